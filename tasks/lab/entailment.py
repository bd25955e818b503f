"""Premises and hypotheses whose label follows from their meanings, and from nothing less.

Whatever a rule might look at is drawn before the label: the hypothesis, whether it is denied, and
whether the premise has a word more than it. Only then the label decides which version of the
hypothesis (`tasks.lab.versions`) the premise asserts:

    hypothesis   entailed by   contradicted by   neutral to
    h            more          opposite          other
    not h        opposite      more              other

Sentences are short: encoders of the lab read 32 tokens.
"""

import numpy as np

from tasks.lab.discourse import singles
from tasks.lab.meanings import CLAUSE, FRONTED
from tasks.lab.sampling import Generator
from tasks.lab.usage import Usage
from tasks.lab.versions import ROLES, Versions, another_adjective, arranged, worded

LABELS = ("entailment", "neutral", "contradiction")
_MORE, _OPPOSITE, _OTHER = range(3)
"""Places in `Versions`, after h."""
_AT_ONCE = 4096

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]


def pairs(usage: Usage, count: int, rng: Generator) -> Pairs:
    """Premises, hypotheses and labels (places in `LABELS`), all labels equally frequent."""
    blocks: list[Pairs] = []
    while sum(len(block[0]) for block in blocks) < count:
        drawn = _plain(singles(usage, "wiki", _AT_ONCE, rng))
        words, order = worded(usage, drawn, rng), arranged(usage, drawn, rng)
        few = Versions(*(column[: len(words.h) // 9] for column in order))
        blocks += [_pairs(usage, words, 0.5, rng), _pairs(usage, few, 1.0, rng)]
    premise, hypothesis, label = map(np.concatenate, zip(*blocks, strict=True))
    chosen = rng.permutation(len(premise))[:count]
    return premise[chosen], hypothesis[chosen], label[chosen]


def _plain(made: np.ndarray) -> np.ndarray:
    """Affirmed statements of one clause about two who are known, each called by one word."""
    made = made[(made["link"] == 0) & (made["relative"]["verb"] == 0) & ~made["question"]]
    main = made["main"]
    main["negated"], main["oblique"] = False, np.zeros(1, CLAUSE)["oblique"]
    made["fronted"], made["extraposed"], made["second_first"] = 0, False, False
    for role in ROLES:
        phrase = main[role]
        phrase["definite"] = phrase["head"] > 0
        phrase["numeral"] = phrase["last"] = 0
    return made


def _pairs(usage: Usage, versions: Versions, longer: float, rng: Generator) -> Pairs:
    """Pairs of h and a version of it, a share of which has one word more."""
    count = len(versions.h)
    negated, adds = rng.random(count) < 0.5, rng.random(count) < longer
    label = (rng.permutation(count) + rng.integers(len(LABELS))) % len(LABELS)
    premise = np.stack(versions[1:])[_version(label, negated), np.arange(count)]
    _add_word(usage, premise, adds, rng)
    hypothesis = versions.h.copy()
    hypothesis["main"]["negated"] = negated
    premise["register"] = hypothesis["register"] = rng.random(count) < 0.5
    premise["fronted"], hypothesis["fronted"] = _fronted(premise, rng), _fronted(hypothesis, rng)
    return premise, hypothesis, label


def _version(label: np.ndarray, negated: np.ndarray) -> np.ndarray:
    """Picks the version of h to which h, or not h, has the label."""
    says_more = (label == LABELS.index("entailment")) != negated
    return np.where(label == LABELS.index("neutral"), _OTHER, np.where(says_more, _MORE, _OPPOSITE))


def _add_word(usage: Usage, made: np.ndarray, where: np.ndarray, rng: Generator) -> None:
    """Adds an adjective or an adverb where there is none."""
    main, noun = made["main"], usage.world.is_a("noun")
    phrases = [main[role] for role in ROLES]
    free = [noun[phrase["head"]] & (phrase["adjective"] == 0) for phrase in phrases]
    free.append(main["adverb"] == 0)
    place = (rng.random((len(made), len(free))) * np.stack(free, 1)).argmax(1)
    where = where & np.any(free, 0)
    for number, phrase in enumerate(phrases):
        rows = np.flatnonzero(where & (place == number))
        said = phrases[1 - number]["adjective"][rows]  # of the other noun
        adjectives = another_adjective(usage, phrase["head"][rows], said, rng)
        phrase["adjective"][rows] = adjectives
    rows = np.flatnonzero(where & (place == len(phrases)))
    condition = usage.given_tense(made["topic"][rows], main["tense"][rows])
    main["adverb"][rows] = usage.adverb.draw(rng, condition)


def _fronted(made: np.ndarray, rng: Generator) -> np.ndarray:
    """Places in `FRONTED`: the adverb's now and then."""
    adverb = made["main"]["adverb"] > 0
    return np.where(adverb & (rng.random(len(made)) < 0.3), FRONTED.index("adverb"), 0)
