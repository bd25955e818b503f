"""Rules that solve a labelled task without reading: what each scores on the lab's files."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from mlm_xling.evaluation.measures.spans import span_f1
from tasks.lab.realise import Language

Words = Sequence[str]
Pair = tuple[Words, Words, str]
"""Premise, hypothesis, label."""
Tagged = Sequence[tuple[str, str]]
"""Words of a sentence and their tags."""


def words_for_not(language: Language) -> set[str]:
    """The particle, and all verbs with the ending that denies."""
    world, forms = language.world, language.forms
    if language.grammar.negation != "ending":
        return {forms[world.number("particle", "not"), 0, 0].strip()}
    return {
        forms[verb, register, cell].strip()
        for verb in world.of("verb")
        for register in (0, 1)
        for cell in range(forms.shape[2])
        if "negation" in language.lexicon.endings_in(verb, cell)
    }


def features(language: Language) -> dict[str, Callable[[Words, Words], object]]:
    """What rules of NLI look at, by name."""
    denying = words_for_not(language)

    def negation(premise: Words, hypothesis: Words) -> bool:
        return denying.isdisjoint(premise) == denying.isdisjoint(hypothesis)

    def polarity(premise: Words, hypothesis: Words) -> tuple[bool, bool]:
        return denying.isdisjoint(premise), denying.isdisjoint(hypothesis)

    def overlap(premise: Words, hypothesis: Words) -> int:
        both = len({*premise} & {*hypothesis}) / len({*premise, *hypothesis})
        return round(10 * both)

    def lacking(premise: Words, hypothesis: Words) -> int:
        return len({*hypothesis} - {*premise})

    def longer(premise: Words, hypothesis: Words) -> int:
        return len(premise) - len(hypothesis)

    return {
        "negation": negation,
        "overlap": overlap,
        "negation x overlap": lambda p, h: (polarity(p, h), overlap(p, h)),
        "words lacking": lacking,
        "negation x words lacking": lambda p, h: (polarity(p, h), lacking(p, h)),
        "difference in length": longer,
        "first word of the hypothesis": lambda p, h: h[0],
        "last word of the hypothesis": lambda p, h: h[-2],
    }


def shared_alone(shared: set[str]) -> Callable[[Words, Words], object]:
    """What the rule looks at that knows which strings two languages share: some name kinds."""

    def looks_at(premise: Words, hypothesis: Words) -> object:
        added, missing = {*hypothesis} - {*premise}, {*premise} - {*hypothesis}
        return frozenset(added & shared), len(added), len(missing)

    return looks_at


def differing_words(premise: Words, hypothesis: Words) -> object:
    """The words that only one of the sentences has."""
    return frozenset({*hypothesis} - {*premise}), frozenset({*premise} - {*hypothesis})


def accuracy(train: Sequence[Pair], test: Sequence[Pair], feature: Callable) -> float:
    """Accuracy of the label that is most frequent in training with the same value of a feature."""
    seen: dict[object, Counter] = defaultdict(Counter)
    for premise, hypothesis, label in train:
        seen[feature(premise, hypothesis)][label] += 1
    told = {value: labels.most_common(1)[0][0] for value, labels in seen.items()}
    default = Counter(label for _, _, label in train).most_common(1)[0][0]
    return sum(told.get(feature(p, h), default) == label for p, h, label in test) / len(test)


def most_telling_word(train: Sequence[Pair], test: Sequence[Pair]) -> float:
    """Accuracy of the label that goes with the hypothesis's least evenly labelled word."""
    seen: dict[str, Counter] = defaultdict(Counter)
    for _, hypothesis, label in train:
        for word in {*hypothesis}:
            seen[word][label] += 1
    frequent = {word: labels for word, labels in seen.items() if labels.total() >= 30}
    best = {word: labels.most_common(1)[0] for word, labels in frequent.items()}
    share = {word: count / frequent[word].total() for word, (_, count) in best.items()}

    def told(hypothesis: Words) -> str | None:
        known = [word for word in hypothesis if word in share]
        return best[max(known, key=share.__getitem__)][0] if known else None

    return sum(told(hypothesis) == label for _, hypothesis, label in test) / len(test)


def taggers(train: Sequence[Tagged], known: set[str]) -> dict[str, Callable[[Words], list[str]]]:
    """Rules of NER, by name; `known` are the words of all labelled training data."""
    rules = {
        "most frequent tag of the word": _by_most_frequent(train, lambda words: words),
        "most frequent tag after a word": _by_most_frequent(train, lambda w: ["", *w[:-1]]),
        "most frequent tag before a word": _by_most_frequent(train, lambda w: [*w[1:], ""]),
        "most frequent tag of the place": _by_most_frequent(train, lambda w: range(len(w))),
    }
    for kind in ("PER", "LOC", "ORG"):
        rules |= {
            f"unknown words are {kind}": _runs(kind, lambda word: word not in known),
            f"unknown words in Latin letters are {kind}": _runs(
                kind, lambda word: word not in known and word.isascii()
            ),
            f"capitalised words are {kind}": _runs(kind, lambda word: word[0].isupper()),
            f"the first word is {kind}": lambda words, kind=kind: [
                f"B-{kind}", *["O"] * (len(words) - 1)
            ],
        }  # fmt: skip
    return rules


def f1(tagger: Callable[[Words], list[str]], test: Sequence[Tagged]) -> float:
    """Span F1 as the evaluator of NER counts it."""
    gold = [[tag for _, tag in sentence] for sentence in test]
    return span_f1(gold, [tagger([word for word, _ in sentence]) for sentence in test])["f1"].value


def _by_most_frequent(
    train: Sequence[Tagged], keys: Callable[[Words], Iterable]
) -> Callable[[Words], list[str]]:
    seen: dict[object, Counter] = defaultdict(Counter)
    for sentence in train:
        for key, (_, tag) in zip(keys([word for word, _ in sentence]), sentence, strict=True):
            seen[key][tag] += 1
    told = {key: tags.most_common(1)[0][0] for key, tags in seen.items()}
    return lambda words: [told.get(key, "O") for key in keys(words)]


def _runs(kind: str, belongs: Callable[[str], bool]) -> Callable[[Words], list[str]]:
    """Each run of words of a sort is one name."""

    def tag(words: Words) -> list[str]:
        inside = [belongs(word) for word in words]
        before = [False, *inside[:-1]]
        return [
            f"{'I' if goes_on else 'B'}-{kind}" if here else "O"
            for here, goes_on in zip(inside, before, strict=True)
        ]

    return tag
