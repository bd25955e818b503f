"""Dictionary induction from single-subword embeddings, from words in context, and a baseline.

For a word of the dictionary's test part, the nearest words of the other language by CSLS: what is
asked is whether the first of them is one of its translations. In a joint vocabulary a word that
both languages spell alike has one embedding, so even an untrained encoder finds it. Hence the
figure to look at is `word_p@1_other`, of words that are spelled unlike all of their translations;
`word_p@1_alike` is that of the others, whose share is `word_same_spelling`. Of all words together,
`word_p@1` is the share whose first candidate is right, `word_p@5` that of a translation among the
first five, `word_mrr@10` the mean of 1/rank of the first translation (0 beyond the tenth
candidate). `_raw` is without any map, within one encoder. Layer is none for the static tables.

Every table (each layer, the supplied vectors, the static one) fits a map on the training words that
it has. Asked and searched for are, in one column of figures, words that all of them have: those
that layers and supplied vectors have, and in `word_p@1_other_single` those that have a static
embedding, too. `word_coverage` is the share of the test words that a table has by itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.inputs.division import Dictionary, Translations, of_choice
from mlm_xling.evaluation.inputs.parallel_rows import language_of
from mlm_xling.evaluation.inputs.translations import ASKED, ASKED_SINGLE, translations
from mlm_xling.evaluation.measures.induction import Questions, normalised, ranks
from mlm_xling.evaluation.measures.intervals import NORMAL, wilson_interval
from mlm_xling.evaluation.measures.ratio import of_hits
from mlm_xling.evaluation.representations.supplied import vectors
from mlm_xling.evaluation.representations.word_types import WordTable
from mlm_xling.evaluation.subject import Subject
from mlm_xling.languages import text_language
from mlm_xling.outcomes import item_digests
from mlm_xling.results import Result

Ranks = Float[np.ndarray, " word"]
Vectors = Float[np.ndarray, "_ embed"]
BASELINE = "vectors"
"""The name in results of the vectors that the user supplies."""


class Tables(NamedTuple):
    """Words of both languages as one way of looking at them has them."""

    source: WordTable
    target: WordTable
    layer: int | None = None
    supplied: bool = False
    """Whether they are the user's vectors."""


class Common(NamedTuple):
    """What all tables have."""

    asked: Translations
    """Test words, and of each those translations."""
    sources: list[str]
    targets: list[str]
    """All words, of which translations are searched among the targets."""

    @property
    def alike(self) -> Bool[np.ndarray, " word"]:
        """Which of the asked words are spelled like one of their translations."""
        return np.array([word in others for word, others in self.asked.items()], bool)


class Figure(NamedTuple):
    """A value and the words that it was measured on."""

    metric: str
    value: float
    interval: tuple[float, float] | None
    words: list[str]
    hits: Bool[np.ndarray, " word"] | None = None
    """Of which the value is the share, if it is one."""


def evaluate_lexicon(subject: Subject) -> list[Result]:
    """Measures dictionary induction for every target that has a dictionary."""
    config, results = subject.config, []
    for target, dictionary in subject.inputs[translations].items():
        static, *others = _tables(subject, target)
        common = _common(dictionary.test, others)
        single = _common(dictionary.of_single, [static, *others])
        if subject.model == "trained":
            pair = config.languages[0], target
            subject.write_beside_results(ASKED.format(*pair), _lines(common.asked))
            subject.write_beside_results(ASKED_SINGLE.format(*pair), _lines(single.asked))
        choice = of_choice(dictionary, config.evaluation.lexicon)
        common_choice = _common(choice.test, others)
        for tables in (static, *others):
            if tables.supplied and not subject.baselines:
                continue
            asked = None if tables is static else common
            figures = _figures(subject, tables, dictionary, asked, single)
            choices = {}
            if tables.layer is not None:
                of_layer = _figures(subject, tables, choice, common_choice, common_choice)
                choices = {figure.metric: figure.value for figure in of_layer}
            results += [_result(subject, target, tables, figure, choices) for figure in figures]
    return results


def _lines(asked: Translations) -> str:
    return "".join(f"{word}\t{other}\n" for word, others in asked.items() for other in others)


def _tables(subject: Subject, target: str) -> Iterator[Tables]:
    config = subject.config.evaluation.lexicon
    languages = subject.config.languages[0], language_of(target)
    x, y = (
        side.words(language, config)
        for side, language in zip((subject.source, subject.target), languages, strict=True)
    )
    yield Tables(x.static, y.static)
    for layer, pair in enumerate(zip(x.layers, y.layers, strict=True)):
        yield Tables(*pair, layer)
    if supplied := subject.inputs[vectors]:
        x, y = (supplied[text_language(name)] for name in languages)
        yield Tables(x, y, supplied=True)


def _common(test: Translations, everything: Sequence[Tables]) -> Common:
    asked = test if everything else {}
    for tables in everything:
        asked = _covered(asked, tables)
    return Common(
        asked,
        _shared([tables.source for tables in everything]),
        _shared([tables.target for tables in everything]),
    )


def _shared(tables: list[WordTable]) -> list[str]:
    indices = [table.index for table in tables]
    first = tables[0].words if tables else ()
    return [word for word in first if all(word in index for index in indices)]


def _covered(words: Translations, tables: Tables) -> Translations:
    """Keeps the words that have a vector and, of their translations, those that have one."""
    sources, targets = tables.source.index, tables.target.index
    return {
        word: kept
        for word, others in words.items()
        if word in sources and (kept := tuple(other for other in others if other in targets))
    }


def _spaces(
    tables: Tables, dictionary: Dictionary, together: bool
) -> Iterator[tuple[str, tuple[Vectors, Vectors]]]:
    """Yields suffixes of metrics and the vectors of both sides in one space: mapped, and raw."""
    x, y = tables.source.vectors, tables.target.vectors
    if len(pairs := _pairs(tables, dictionary.train)):
        yield "", normalised(x, y, pairs)
    if together:
        yield "_raw", (x, y)


def _figures(
    subject: Subject,
    tables: Tables,
    dictionary: Dictionary,
    common: Common | None,
    single: Common,
) -> Iterator[Figure]:
    test = dictionary.test
    spaces = dict(_spaces(tables, dictionary, subject.together and not tables.supplied))
    yield Figure("word_coverage", len(_covered(test, tables)) / max(1, len(test)), None, list(test))
    if common and common.asked:
        alike = float(np.mean(common.alike))
        yield Figure("word_same_spelling", alike, None, list(common.asked))
        for suffix, vectors in spaces.items():
            yield from _scores(suffix, _ranks(tables, *vectors, common), common)
    if single.asked:
        for suffix, vectors in spaces.items():
            found = _ranks(tables, *vectors, single)
            yield from _first_right(f"word_p@1_other_single{suffix}", found, single, ~single.alike)


def _ranks(
    tables: Tables,
    x: Vectors,
    y: Vectors,
    common: Common,
) -> Ranks:
    """Looks the common words up among the common words, in one space."""
    rows_x, rows_y = tables.source.index, tables.target.index
    numbers, others = (
        {word: number for number, word in enumerate(side)}
        for side in (common.sources, common.targets)
    )
    questions = Questions(
        [numbers[word] for word in common.asked],
        [{others[other] for other in right} for right in common.asked.values()],
    )
    x = x[[rows_x[word] for word in common.sources]]
    y = y[[rows_y[word] for word in common.targets]]
    return ranks(x, y, questions)


def _scores(suffix: str, found: Ranks, common: Common) -> Iterator[Figure]:
    words, everything = list(common.asked), np.ones(len(found), bool)
    yield from _first_right(f"word_p@1_other{suffix}", found, common, ~common.alike)
    yield from _first_right(f"word_p@1_alike{suffix}", found, common, common.alike)
    yield from _first_right(f"word_p@1{suffix}", found, common, everything)
    hits = found <= 5
    yield Figure(f"word_p@5{suffix}", float(hits.mean()), wilson_interval(hits), words)
    reciprocal = 1 / found
    mean = float(reciprocal.mean())
    half = NORMAL * float(reciprocal.std()) / len(found) ** 0.5
    yield Figure(
        f"word_mrr@10{suffix}", mean, (max(0.0, mean - half), min(1.0, mean + half)), words
    )


def _first_right(
    metric: str, found: Ranks, common: Common, chosen: Bool[np.ndarray, " word"]
) -> Iterator[Figure]:
    """Yields the P@1 of the chosen words, if there are any."""
    if chosen.any():
        hits = found[chosen] <= 1
        words = [word for word, is_one in zip(common.asked, chosen, strict=True) if is_one]
        yield Figure(metric, float(hits.mean()), wilson_interval(hits), words, hits)


def _pairs(tables: Tables, train: Translations) -> Int[np.ndarray, "pair 2"]:
    rows_x, rows_y = tables.source.index, tables.target.index
    pairs = [
        (rows_x[word], rows_y[other])
        for word, others in _covered(train, tables).items()
        for other in others
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _result(
    subject: Subject, target: str, tables: Tables, figure: Figure, choices: dict[str, float]
) -> Result:
    result = subject.result(
        "lexicon",
        figure.metric,
        (subject.config.languages[0], target),
        tables.layer,
        figure.value,
        figure.interval,
        n=len(figure.words),
        seen=None,
        items=figure.words,
        choice=choices.get(figure.metric),
    )
    if tables.supplied:
        result = replace(result, model=BASELINE, step=0)
    if figure.hits is not None:
        subject.keep(result, [of_hits(figure.hits)], item_digests(figure.words))
    return result


EVALUATOR = Evaluator(
    "lexicon",
    evaluate_lexicon,
    {
        "word_p@1_other": Metric(
            "word P@1 Procrustes {source}→{target}", percent=True, curve="word P@1"
        ),
        "word_p@1_other_raw": Metric(
            "word P@1 raw {source}→{target}", percent=True, curve="word P@1 raw"
        ),
        "word_p@1_other_single": Metric("... of words that are a single subword", percent=True),
        "word_p@1_other_single_raw": Metric(
            "... raw, of words that are a single subword", percent=True
        ),
        "word_p@1_alike": Metric("... of words spelled alike", percent=True, baseline=True),
        "word_p@1_alike_raw": Metric(
            "... raw, of words spelled alike", percent=True, baseline=True
        ),
        "word_p@1": Metric("word P@1 Procrustes, spelled alike or not", percent=True),
        "word_p@5": Metric("word P@5 Procrustes, spelled alike or not", percent=True),
        "word_mrr@10": Metric("word MRR@10 Procrustes, spelled alike or not"),
        "word_p@1_raw": Metric("word P@1 raw, spelled alike or not", percent=True),
        "word_p@5_raw": Metric("word P@5 raw, spelled alike or not", percent=True),
        "word_mrr@10_raw": Metric("word MRR@10 raw, spelled alike or not"),
        "word_same_spelling": Metric("words spelled alike", percent=True, baseline=True),
        "word_coverage": Metric("dictionary covered", percent=True, baseline=True),
    },
    needs=(translations, vectors),
)
