"""Premises and hypotheses whose label follows from their meanings.

A hypothesis is drawn before its label, so that it tells nothing about it, and every label comes
with longer and shorter, negated and affirmed premises, so that neither length nor any single word
tells. With h a sentence, h+ one that says more (the *old* farmer, a *horse* for an animal) and h-
one that says less,

    hypothesis   entailed by   contradicted by   neutral to
    h            h+            not h-            h-, not h+
    not h        not h-        h+                not h+, h-

and, hypothesis and premise both affirmed, h is entailed by h in other words, contradicted by what
has an opposite in place of a word or doer and sufferer exchanged, and neutral to what has another
participant.
"""

import numpy as np

from tasks.lab.discourse import singles
from tasks.lab.meanings import FRONTED
from tasks.lab.ontology import CLASSES, TENSES
from tasks.lab.sampling import Generator
from tasks.lab.world import World

LABELS = ("entailment", "neutral", "contradiction")
_WORDS = ("subject adjective", "object adjective", "adverb")
"""Parts that h+ has and h- has not."""
_AFFIRMED_AND_DENIED = 0.25
"""Share of the neutral pairs about kinds. The word for not makes a difference in length, as an
adjective does; with a larger share, differences in length would be a sign of neutral pairs."""
_AT_ONCE = 4096

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]


def pairs(world: World, count: int, rng: Generator) -> Pairs:
    """Premises, hypotheses and labels (places in `LABELS`), all labels equally frequent."""
    blocks: list[tuple[np.ndarray, ...]] = []
    while sum(len(block[0]) for block in blocks) < count:
        drawn = _plain(world, singles(world, "wiki", _AT_ONCE, rng))
        some = _with_degrees(world, drawn)
        half = len(some) // 2
        made = [
            _by_degree(*_kinds(world, some[:half], rng), rng),
            _by_degree(*_words(world, some[half:], rng), rng),
            [column[: len(some)] for column in _by_opposites(world, drawn, rng)],
        ]
        block = [np.concatenate(columns) for columns in zip(*made, strict=True)]
        for side in block[:2]:
            _say_in_some_way(side, rng)
        chosen = _balanced(block[2], rng)
        blocks.append(tuple(column[chosen] for column in block))
    premise, hypothesis, label = map(np.concatenate, zip(*blocks, strict=True))
    return premise[:count], hypothesis[:count], label[:count]


def _balanced(label: np.ndarray, rng: Generator) -> np.ndarray:
    each = [rng.permutation(np.flatnonzero(label == value)) for value in range(len(LABELS))]
    return rng.permutation(np.concatenate([rows[: min(map(len, each))] for rows in each]))


def _say_in_some_way(made: np.ndarray, rng: Generator) -> None:
    """The words that are chosen and the part that comes first tell nothing about the label."""
    made["register"] = rng.random(len(made)) < 0.5
    adverb, oblique = made["main"]["adverb"] > 0, made["main"]["oblique"]["head"] > 0
    fronts = rng.random(len(made)) < 0.3
    place = np.where(adverb, FRONTED.index("adverb"), oblique * FRONTED.index("oblique"))
    made["fronted"] = np.where(fronts, place, 0)


def _plain(world: World, made: np.ndarray) -> np.ndarray:
    """Affirmed statements of one clause about someone known."""
    made = made[(made["link"] == 0) & (made["relative"]["verb"] == 0) & ~made["question"]]
    made["main"]["negated"] = False
    made["fronted"], made["extraposed"], made["second_first"] = 0, False, False
    for phrase in ("subject", "object", "oblique"):
        made["main"][phrase]["definite"] = made["main"][phrase]["head"] > 0
        made["main"][phrase]["numeral"] = 0
    return made


def _by_degree(h: np.ndarray, less: np.ndarray, more: np.ndarray, rng: Generator) -> Pairs:
    """The table of the module's description."""
    label = rng.integers(len(LABELS), size=len(h))
    negated = rng.random(len(h)) < 0.5
    kinds = h["main"]["subject"]["head"] != less["main"]["subject"]["head"]
    kinds |= h["main"]["object"]["head"] != less["main"]["object"]["head"]
    differ = kinds & (rng.random(len(h)) < _AFFIRMED_AND_DENIED)
    # Entailment, neutral, contradiction:
    says_less = np.choose(label, [negated, np.where(differ, negated, ~negated), ~negated])
    denies = np.choose(label, [negated, negated ^ differ, ~negated])
    premise = np.where(says_less, less, more)
    premise["main"]["negated"], h["main"]["negated"] = denies, negated
    return premise, h, label


def _with_degrees(world: World, made: np.ndarray) -> np.ndarray:
    """Sentences that `_kinds` and `_words` can both work on: the two differ in nothing else."""
    main = made["main"]
    there, can = _adjectives_and_adverb(world, made)
    hyponyms = [world.hypernyms[main[name]["head"]] > 0 for name in ("subject", "object")]
    return made[there.any(1) & can.any(1) & hyponyms[0] & hyponyms[1]]


def _adjectives_and_adverb(world: World, made: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of `_WORDS` are there, and which others could be."""
    there = np.stack([_part(made, part) for part in _WORDS], 1) > 0
    nouns = [world.is_a("noun")[made["main"][name]["head"]] for name in ("subject", "object")]
    could = np.stack([*nouns, np.ones(len(made), bool)], 1)
    could[there] = False
    return there, could


def _words(world: World, h: np.ndarray, rng: Generator) -> Pairs:
    """Sentences h that have an adjective or adverb and can have another; h-, h+."""
    there, can = _adjectives_and_adverb(world, h)
    less, more = h.copy(), h.copy()
    dropped = (rng.random(there.shape) * there).argmax(1)
    added = (rng.random(can.shape) * can).argmax(1)
    for number, part in enumerate(_WORDS):
        _part(less, part)[dropped == number] = 0
        rows = np.flatnonzero(added == number)
        _part(more, part)[rows] = _draw(world, h[rows], part, rng)
    return h, less, more


def _part(made: np.ndarray, part: str) -> np.ndarray:
    phrase, _, adjective = part.partition(" ")
    return made["main"][phrase]["adjective"] if adjective else made["main"]["adverb"]


def _draw(world: World, made: np.ndarray, part: str, rng: Generator) -> np.ndarray:
    if part == "adverb":
        return world.adverb.draw(rng, made["topic"] * len(TENSES) + made["main"]["tense"])
    noun = made["main"][part.partition(" ")[0]]["head"]
    return world.adjective.draw(rng, world.noun_index(noun))


def _kinds(world: World, more: np.ndarray, rng: Generator) -> Pairs:
    """Sentences h about a kind and one of another kind; h- about both kinds, h+ about neither."""
    subject_is_kind = rng.random(len(more)) < 0.5
    h, less = more.copy(), more.copy()
    for name, in_h in (("subject", subject_is_kind), ("object", ~subject_is_kind)):
        head = more["main"][name]["head"]
        less["main"][name]["head"] = world.hypernyms[head]
        h["main"][name]["head"] = np.where(in_h, world.hypernyms[head], head)
    return h, less, more


def _by_opposites(world: World, h: np.ndarray, rng: Generator) -> Pairs:
    """The second half of the module's description."""
    choice, possible = _opposites(world, h, rng)
    other, changed = _other_participant(world, h, rng)
    both = possible & changed
    h, other, choice = h[both], other[both], choice[both]
    label = rng.integers(len(LABELS), size=len(h))
    opposite, opposite_other = _opposite(world, h, choice), _opposite(world, other, choice)
    # A word and its opposite are not equally frequent in the world, but they are here.
    flip = rng.random(len(h)) < 0.5
    h, opposite = np.where(flip, opposite, h), np.where(flip, h, opposite)
    other = np.where(flip, opposite_other, other)
    return np.where(label == 0, h, np.where(label == 1, other, opposite)), h, label


def _opposites(world: World, h: np.ndarray, rng: Generator) -> tuple[np.ndarray, np.ndarray]:
    """One of `_OPPOSITES` for each sentence, and whether there is any."""
    main = h["main"]
    subject, thing = main["subject"], main["object"]
    person = 1 + CLASSES.index("person")
    persons = (world.classes[subject["head"]] == person) & (world.classes[thing["head"]] == person)
    possible = np.stack(
        [
            world.antonyms[main["verb"]] > 0,
            subject["adjective"] > 0,
            thing["adjective"] > 0,
            persons & (subject["head"] != thing["head"]),
        ],
        1,
    )
    return (rng.random(possible.shape) * possible).argmax(1), possible.max(1)


_OPPOSITES = ("verb", "subject", "object", "exchange")


def _opposite(world: World, h: np.ndarray, choice: np.ndarray) -> np.ndarray:
    main, changed = h["main"], h.copy()
    said = changed["main"]
    for number, place in enumerate(_OPPOSITES):
        rows = choice == number
        if place == "verb":
            said["verb"][rows] = world.antonyms[main["verb"][rows]]
        elif place == "exchange":
            said["subject"][rows], said["object"][rows] = (
                main["object"][rows],
                main["subject"][rows],
            )
        else:
            said[place]["adjective"][rows] = world.antonyms[main[place]["adjective"][rows]]
    return changed


def _other_participant(
    world: World, h: np.ndarray, rng: Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Each sentence with someone or something else in it, and whether that was possible."""
    changed = h.copy()
    main, topic = changed["main"], changed["topic"]
    on_object = (rng.random(len(h)) < 0.5) & (main["object"]["head"] > 0)
    condition = world.given_verb(topic, main["verb"])
    for phrase, choice, rows in (
        ("subject", world.subject, ~on_object),
        ("object", world.object, on_object),
    ):
        rows = np.flatnonzero(rows)
        head = main[phrase]["head"][rows]
        new = choice.draw(rng, condition[rows])
        for category, names in world.named.items():
            named = np.flatnonzero(world.is_a(category)[head])
            new[named] = names.draw(rng, topic[rows[named]])
        main[phrase]["head"][rows] = new
    possible = np.zeros(len(h), bool)
    for phrase in ("subject", "object"):
        old, new = h["main"][phrase]["head"], main[phrase]["head"]
        kin = (world.hypernyms[old] == new) | (world.hypernyms[new] == old)
        possible |= (old != new) & ~kin & (new > 0)
    return changed, possible
