"""Premises and hypotheses whose label follows from their meanings, and from nothing less.

Whatever a rule might look at is drawn before the label: the hypothesis, the words that the premise
has beside those of the hypothesis, how many of the hypothesis's it lacks, whether it has the word
for not. Only then the label decides which version of the hypothesis (`tasks.lab.versions`) the
premise asserts or denies:

    hypothesis   entailed by            contradicted by        neutral to
    h            more                   opposite, not less     other, not not_implied
    not h        opposite, not less     more                   other, not not_implied

Most premises have a second clause, about something else, in which the word for not may stand too.
"""

import numpy as np

from tasks.lab.discourse import singles
from tasks.lab.meanings import CLAUSE, FRONTED
from tasks.lab.sampling import Generator
from tasks.lab.usage import Usage
from tasks.lab.versions import ROLES, Versions, another_adjective, arranged, worded
from tasks.lab.world import World

LABELS = ("entailment", "neutral", "contradiction")
_MORE, _LESS, _OPPOSITE, _OTHER, _NOT_IMPLIED = range(5)
"""Places in `Versions`, after h."""
_TWO_CLAUSES = 0.75
_DENIES = 0.67
"""Share of the premises of two clauses that have the word for not."""
_DENIES_VERSION = 0.2
"""Share of these that deny the version of h, where the label lets them."""
_AT_ONCE = 4096

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]


def pairs(usage: Usage, count: int, rng: Generator) -> Pairs:
    """Premises, hypotheses and labels (places in `LABELS`), all labels equally frequent."""
    blocks: list[Pairs] = []
    while sum(len(block[0]) for block in blocks) < count:
        drawn = _with_second_clause(usage, _plain(singles(usage, "wiki", _AT_ONCE, rng)), rng)
        words, order = worded(usage, drawn, rng), arranged(usage, drawn, rng)
        few = Versions(*(column[: len(words.h) // 9] for column in order))
        blocks += [_pairs(usage, words, 0.5, rng), _pairs(usage, few, 1.0, rng)]
    premise, hypothesis, label = map(np.concatenate, zip(*blocks, strict=True))
    chosen = rng.permutation(len(premise))[:count]
    return premise[chosen], hypothesis[chosen], label[chosen]


def _plain(made: np.ndarray) -> np.ndarray:
    """Affirmed statements of one clause about those who are known, each called by one word."""
    made = made[(made["link"] == 0) & (made["relative"]["verb"] == 0) & ~made["question"]]
    made["main"]["negated"] = False
    made["fronted"], made["extraposed"], made["second_first"] = 0, False, False
    for role in ("subject", "object", "oblique"):
        phrase = made["main"][role]
        phrase["definite"] = phrase["head"] > 0
        phrase["numeral"] = phrase["last"] = 0
    return made


def _with_second_clause(usage: Usage, made: np.ndarray, rng: Generator) -> np.ndarray:
    """Adds to most sentences what another one of the same topic says of two nouns."""
    world, main, topic = usage.world, made["main"], made["topic"]
    others = np.flatnonzero(np.all([world.is_a("noun")[main[role]["head"]] for role in ROLES], 0))
    others = others[np.argsort(topic[others], kind="stable")]
    first, end = (np.searchsorted(topic[others], topic, side) for side in ("left", "right"))
    second = main[
        others[np.minimum(rng.integers(first, np.maximum(end, first + 1)), len(others) - 1)]
    ]
    related = (second["verb"] == main["verb"]) | (second["verb"] == world.antonyms[main["verb"]])
    two = ~related & (rng.random(len(made)) < _TWO_CLAUSES)
    made["link"] = np.where(two, rng.choice(world.of("coordination"), len(made)), 0)
    made["second"] = np.where(two, second, np.zeros(1, CLAUSE))
    for clause in ("main", "second"):  # The second clause has no place for them.
        for part in ("adverb", "oblique"):
            made[clause][part][two] = np.zeros(1, CLAUSE)[part]
    for role in ROLES:
        made["second"][role]["adjective"] = 0
    return made


def _pairs(usage: Usage, versions: Versions, longer: float, rng: Generator) -> Pairs:
    """Pairs of h and a version of it; of those with one clause, a share has one word more."""
    h, count = versions.h, len(versions.h)
    two, negated = h["link"] > 0, rng.random(count) < 0.5
    denies = two & (rng.random(count) < _DENIES)
    adds = rng.random(count) < np.where(two, 0.5, longer)
    label, version, of_h = _labels(negated, denies, rng)

    premise = np.stack(versions[1:-1])[version, np.arange(count)]
    _add_word(usage, premise, adds, version == _LESS, rng)
    _add_word(usage, premise, (version == _LESS) & versions.shorter, version == _LESS, rng)
    premise["main"]["negated"], premise["second"]["negated"] = of_h, denies & ~of_h
    turned = two & (rng.random(count) < 0.5)
    clauses = premise["main"][turned], premise["second"][turned]
    premise["second"][turned], premise["main"][turned] = clauses

    hypothesis = h.copy()
    hypothesis["main"]["negated"] = negated
    hypothesis["link"], hypothesis["second"] = 0, np.zeros(1, CLAUSE)
    premise["register"] = hypothesis["register"] = rng.random(count) < 0.5
    premise["fronted"], hypothesis["fronted"] = _fronted(premise, rng), _fronted(hypothesis, rng)
    return premise, hypothesis, label


def _labels(
    negated: np.ndarray, denies: np.ndarray, rng: Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, the versions of h that have them, and whether these are what the premise denies."""
    count = len(negated)
    label = (rng.permutation(count) + rng.integers(len(LABELS))) % len(LABELS)
    neutral = label == LABELS.index("neutral")
    says_more = ~neutral & ((label == LABELS.index("entailment")) != negated)
    of_h = denies & ~says_more & (rng.random(count) < _DENIES_VERSION)
    version = np.select(
        [says_more, of_h & neutral, of_h, neutral], [_MORE, _NOT_IMPLIED, _LESS, _OTHER], _OPPOSITE
    )
    return label, version, of_h


def _add_word(usage: Usage, made: np.ndarray, where, only_beside, rng: Generator) -> None:
    """Adds an adjective or an adverb where there is none, perhaps only in the second clause."""
    main, second = made["main"], made["second"]
    phrases = [clause[role] for clause in (main, second) for role in ROLES]
    free = [_is_bare(usage.world, phrase) for phrase in phrases]
    free[:2] = [there & ~only_beside for there in free[:2]]
    free.append((main["adverb"] == 0) & (made["link"] == 0))
    place = (rng.random((len(made), len(free))) * np.stack(free, 1)).argmax(1)
    where = where & np.any(free, 0)
    for number, phrase in enumerate(phrases):
        rows = np.flatnonzero(where & (place == number))
        said = phrases[number ^ 1]["adjective"][rows]  # of the other noun in this clause
        adjectives = another_adjective(usage, phrase["head"][rows], said, rng)
        phrase["adjective"][rows] = adjectives
    rows = np.flatnonzero(where & (place == len(phrases)))
    condition = usage.given_tense(made["topic"][rows], main["tense"][rows])
    main["adverb"][rows] = usage.adverb.draw(rng, condition)


def _is_bare(world: World, phrase: np.ndarray) -> np.ndarray:
    return world.is_a("noun")[phrase["head"]] & (phrase["adjective"] == 0)


def _fronted(made: np.ndarray, rng: Generator) -> np.ndarray:
    """Places in `FRONTED`, the adverb's or the oblique's now and then."""
    adverb, oblique = made["main"]["adverb"] > 0, made["main"]["oblique"]["head"] > 0
    place = np.where(adverb, FRONTED.index("adverb"), oblique * FRONTED.index("oblique"))
    return np.where(rng.random(len(made)) < 0.3, place, 0)
