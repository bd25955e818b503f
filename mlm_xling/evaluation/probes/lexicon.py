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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.inputs.division import Dictionary, Translations, of_choice
from mlm_xling.evaluation.inputs.parallel_rows import language_of
from mlm_xling.evaluation.inputs.translations import ASKED, ASKED_SINGLE, translations
from mlm_xling.evaluation.measures.induction import Found, Questions, look_up, normalised
from mlm_xling.evaluation.measures.intervals import normal_interval, wilson_interval
from mlm_xling.evaluation.measures.neighbours import Neighbours
from mlm_xling.evaluation.measures.ratio import of_hits
from mlm_xling.evaluation.probes.illustration import Searched, evenly, plane
from mlm_xling.evaluation.representations.common_words import (
    Common,
    Tables,
    common_of,
    covered,
    row_pairs,
)
from mlm_xling.evaluation.representations.supplied import vectors
from mlm_xling.evaluation.subject import Subject
from mlm_xling.examples import Examples
from mlm_xling.languages import text_language
from mlm_xling.outcomes import item_digests
from mlm_xling.results import TRAINED, Result, chosen_layer

Vectors = Float[np.ndarray, "_ embed"]
BASELINE = "vectors"
"""The name in results of the vectors that the user supplies."""
HEADLINE = "word_p@1_other"
SHOWN, MISTAKES, DRAWN = 20, 10, 100
"""Words with their neighbours, evenly over frequency; wrong ones; and pairs in a plane."""


class Figure(NamedTuple):
    """A value and the words that it was measured on."""

    metric: str
    value: float
    interval: tuple[float, float] | None
    words: list[str]
    hits: Bool[np.ndarray, " word"] | None = None
    """Whether each word is found, if the value is the share of those that are."""
    candidates: Neighbours | None = None
    """What was found for each word, if that is so."""


def evaluate_lexicon(subject: Subject) -> list[Result]:
    """Measures dictionary induction for every target that has a dictionary."""
    config, results = subject.config, []
    for target, dictionary in subject.inputs[translations].items():
        static, *others = _tables(subject, target)
        common = common_of(dictionary.test, others)
        single = common_of(dictionary.of_single, [static, *others])
        if subject.model == TRAINED:
            if not common.asked:
                asked = f"none of the {len(dictionary.test):,} words is measured"
                subject.inputs.warn(f"lexicon: {asked}: {target!r} has none that subwords spell")
            pair = config.languages[0], target
            subject.write_beside_results(ASKED.format(*pair), _lines(common.asked))
            subject.write_beside_results(ASKED_SINGLE.format(*pair), _lines(single.asked))
        choice = of_choice(dictionary, config.evaluation.lexicon)
        common_choice = common_of(choice.test, others)
        layers: dict[Result, tuple[Tables, Figure]] = {}
        for tables in (static, *others):
            if tables.supplied and not subject.baselines:
                continue
            asked = None if tables is static else common
            figures = list(_figures(subject, tables, dictionary, asked, single))
            choices = {}
            if tables.layer is not None:
                of_layer = _figures(subject, tables, choice, common_choice, common_choice)
                choices = {figure.metric: figure.value for figure in of_layer}
            made = [_result(subject, target, tables, figure, choices) for figure in figures]
            results += made
            if tables.layer is not None:
                layers |= {r: (tables, f) for r, f in zip(made, figures, strict=True)}
        subject.examples += _examples(subject, layers, dictionary, common)
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


def _spaces(
    tables: Tables, dictionary: Dictionary, together: bool
) -> Iterator[tuple[str, tuple[Vectors, Vectors]]]:
    """Yields suffixes of metrics and the vectors of both sides in one space: mapped, and raw."""
    x, y = tables.source.vectors, tables.target.vectors
    if len(pairs := row_pairs(tables, dictionary.train)):
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
    yield Figure("word_coverage", len(covered(test, tables)) / max(1, len(test)), None, list(test))
    if common and common.asked:
        alike = float(np.mean(common.alike))
        yield Figure("word_same_spelling", alike, None, list(common.asked))
        for suffix, vectors in spaces.items():
            yield from _scores(suffix, _look_up(tables, *vectors, common), common)
    if single.asked:
        for suffix, vectors in spaces.items():
            found = _look_up(tables, *vectors, single)
            yield from _first_right(f"word_p@1_other_single{suffix}", found, single, ~single.alike)


def _look_up(tables: Tables, x: Vectors, y: Vectors, common: Common) -> Found:
    """Looks the common words up among the common words, in one space."""
    numbers, others = (
        {word: number for number, word in enumerate(side)}
        for side in (common.sources, common.targets)
    )
    questions = Questions(
        [numbers[word] for word in common.asked],
        [{others[other] for other in right} for right in common.asked.values()],
    )
    return look_up(*_rows(tables, x, y, common.sources, common.targets), questions)


def _rows(
    tables: Tables, x: Vectors, y: Vectors, words: Sequence[str], others: Sequence[str]
) -> tuple[Vectors, Vectors]:
    """The vectors of some words, in a space of all."""
    rows_x, rows_y = tables.source.index, tables.target.index
    return x[[rows_x[word] for word in words]], y[[rows_y[word] for word in others]]


def _scores(suffix: str, found: Found, common: Common) -> Iterator[Figure]:
    words, everything = list(common.asked), np.ones(len(found.ranks), bool)
    yield from _first_right(f"word_p@1_other{suffix}", found, common, ~common.alike)
    yield from _first_right(f"word_p@1_alike{suffix}", found, common, common.alike)
    yield from _first_right(f"word_p@1{suffix}", found, common, everything)
    hits = found.ranks <= 5
    yield Figure(f"word_p@5{suffix}", float(hits.mean()), wilson_interval(hits), words)
    reciprocal = 1 / found.ranks
    mean = float(reciprocal.mean())
    yield Figure(f"word_mrr@10{suffix}", mean, normal_interval(reciprocal), words)


def _first_right(
    metric: str, found: Found, common: Common, chosen: Bool[np.ndarray, " word"]
) -> Iterator[Figure]:
    """Yields the P@1 of the chosen words, if there are any."""
    if chosen.any():
        hits = found.ranks[chosen] <= 1
        words = [word for word, is_one in zip(common.asked, chosen, strict=True) if is_one]
        candidates = Neighbours(*(side[chosen] for side in found.candidates))
        yield Figure(metric, float(hits.mean()), wilson_interval(hits), words, hits, candidates)


def _examples(
    subject: Subject,
    layers: Mapping[Result, tuple[Tables, Figure]],
    dictionary: Dictionary,
    common: Common,
) -> Iterator[Examples]:
    """Shows what the first figure comes from, at the layer that reports choose.

    Of several translations the dictionary's first is drawn.
    """
    measured = {result.metric for result in layers}
    metric = next((name for name in (HEADLINE, f"{HEADLINE}_raw") if name in measured), None)
    if subject.brief or metric is None:
        return
    of_metric = {result.layer: result for result in layers if result.metric == metric}
    result = of_metric[chosen_layer(of_metric.values(), (metric,))]
    tables, figure = layers[result]
    spaces = dict(_spaces(tables, dictionary, subject.together))
    rank = {word: number for number, word in enumerate(common.sources)}
    order = sorted(range(len(figure.words)), key=lambda row: rank[figure.words[row]])
    drawn = [figure.words[order[i]] for i in evenly(len(order), DRAWN)]
    others = [common.asked[word][0] for word in drawn]
    planes = [
        plane(*_rows(tables, *vectors, drawn, others), mapped=not suffix)
        for suffix, vectors in spaces.items()
    ]
    chosen, mistakes = [], []
    if subject.model == TRAINED:
        searched = _searched(tables, spaces[metric.removeprefix(HEADLINE)], figure, common)
        chosen = [searched.look_up(order[i]) for i in evenly(len(order), SHOWN)]
        mistakes = searched.mistakes(MISTAKES)
    pairs = tuple(zip(drawn, others, strict=True))
    yield Examples(result, tuple(chosen), tuple(mistakes), pairs, tuple(planes))


def _searched(
    tables: Tables, vectors: tuple[Vectors, Vectors], figure: Figure, common: Common
) -> Searched:
    assert figure.hits is not None
    assert figure.candidates is not None
    others = {word: number for number, word in enumerate(common.targets)}
    x, y = _rows(tables, *vectors, figure.words, common.targets)
    answers = [{others[other] for other in common.asked[word]} for word in figure.words]
    index, score = figure.candidates
    return Searched(figure.words, x, answers, common.targets, y, index, score, figure.hits)


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
