"""Dictionary induction from single-subword embeddings, from words in context, and a baseline.

For a word of the dictionary's test part, the nearest words of the other language by CSLS, among
its most frequent words: `word_p@1` is the share of words whose first candidate is one of their
translations, `word_p@5` that of a translation among the first five, `word_mrr@10` the mean of
1/rank of the first translation (0 beyond the tenth candidate). They are measured on the words
that have a vector and a translation with one; `word_coverage` is the share of those. `_raw` is
without any map, within one encoder. Layer is none for the static tables.

In a joint vocabulary a word that both languages spell alike has one embedding, so even an
untrained encoder finds it. `word_same_spelling` is the share of such words, and `word_p@1_other`
is P@1 on all others.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int

from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.inputs.division import Dictionary, Translations
from mlm_xling.evaluation.inputs.parallel_rows import language_of
from mlm_xling.evaluation.inputs.translations import translations
from mlm_xling.evaluation.measures.induction import Questions, normalised, ranks
from mlm_xling.evaluation.measures.retrieval import wilson_interval
from mlm_xling.evaluation.representations.fasttext import read_vectors
from mlm_xling.evaluation.representations.word_types import WordTable
from mlm_xling.evaluation.subject import Subject
from mlm_xling.languages import find_file, text_language
from mlm_xling.results import Result

Ranks = Float[np.ndarray, " word"]
BASELINE = "vectors"
"""The name in results of the vectors that the user supplies."""


def evaluate_lexicon(subject: Subject) -> list[Result]:
    """Measures dictionary induction for every target that has a dictionary."""
    results = []
    for target, dictionary in subject.inputs[translations].items():
        results += _of_encoders(subject, target, dictionary)
        if subject.config.data.vectors and subject.model == "trained":
            results += _of_vectors(subject, target, dictionary)
    return results


def _of_encoders(subject: Subject, target: str, dictionary: Dictionary) -> list[Result]:
    first, config = subject.config.languages[0], subject.config.evaluation.lexicon
    x = subject.source.words(first, config)
    y = subject.target.words(language_of(target), config)
    tables = [(None, x.static, y.static), *zip(range(len(x.layers)), x.layers, y.layers)]  # noqa: B905
    return [
        subject.result("lexicon", metric, (first, target), layer, value, interval, n=n, seen=None)
        for layer, table_x, table_y in tables
        for metric, value, interval, n in _figures(table_x, table_y, dictionary, subject.together)
    ]


def _of_vectors(subject: Subject, target: str, dictionary: Dictionary) -> list[Result]:
    first, folder = subject.config.languages[0], Path(subject.config.data.vectors).expanduser()
    x, y = (
        read_vectors(find_file(folder, f"{name}.vec"), subject.config.evaluation.lexicon.words)
        for name in map(text_language, (first, language_of(target)))
    )
    results = [
        subject.result("lexicon", metric, (first, target), None, value, interval, n=n, seen=None)
        for metric, value, interval, n in _figures(x, y, dictionary, together=False)
    ]
    return [replace(result, model=BASELINE, step=0) for result in results]


def _figures(
    x: WordTable, y: WordTable, dictionary: Dictionary, together: bool
) -> Iterator[tuple[str, float, tuple[float, float] | None, int]]:
    """Yields (metric, value, interval, number of words)."""
    pairs, questions = _pairs(x, y, dictionary.train), _questions(x, y, dictionary.test)
    asked, covered = len(dictionary.test), len(questions.words)
    yield "word_coverage", covered / asked if asked else 0.0, None, asked
    if not covered:
        return
    alike = _alike(x, y, questions)
    yield "word_same_spelling", float(alike.mean()), None, covered
    if len(pairs):
        yield from _scores("", ranks(*normalised(x.vectors, y.vectors, pairs), questions), alike)
    if together:
        yield from _scores("_raw", ranks(x.vectors, y.vectors, questions), alike)


def _scores(
    suffix: str, found: Ranks, alike: Bool[np.ndarray, " word"]
) -> Iterator[tuple[str, float, tuple[float, float], int]]:
    if not alike.all():
        hits = found[~alike] <= 1
        yield f"word_p@1_other{suffix}", float(hits.mean()), wilson_interval(hits), len(hits)
    for top in (1, 5):
        hits = found <= top
        yield f"word_p@{top}{suffix}", float(hits.mean()), wilson_interval(hits), len(found)
    reciprocal = 1 / found
    mean = float(reciprocal.mean())
    half = 1.959964 * float(reciprocal.std()) / len(found) ** 0.5
    yield f"word_mrr@10{suffix}", mean, (max(0.0, mean - half), min(1.0, mean + half)), len(found)


def _pairs(x: WordTable, y: WordTable, train: Translations) -> Int[np.ndarray, "pair 2"]:
    rows_x, rows_y = x.index, y.index
    pairs = [
        (rows_x[word], rows_y[translation])
        for word, others in train.items()
        for translation in others
        if word in rows_x and translation in rows_y
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _questions(x: WordTable, y: WordTable, test: Translations) -> Questions:
    rows_x, rows_y = x.index, y.index
    answers = {
        rows_x[word]: {rows_y[translation] for translation in others if translation in rows_y}
        for word, others in test.items()
        if word in rows_x
    }
    answers = {row: rows for row, rows in answers.items() if rows}
    return Questions(list(answers), list(answers.values()))


def _alike(x: WordTable, y: WordTable, questions: Questions) -> Bool[np.ndarray, " word"]:
    """Which words are spelled like one of their translations."""
    asked = zip(questions.words, questions.answers, strict=True)
    return np.array([x.words[row] in {y.words[i] for i in answers} for row, answers in asked])


EVALUATOR = Evaluator(
    "lexicon",
    evaluate_lexicon,
    {
        "word_p@1": Metric("word P@1 Procrustes {source}→{target}", percent=True, curve="word P@1"),
        "word_p@5": Metric("word P@5 Procrustes {source}→{target}", percent=True),
        "word_mrr@10": Metric("word MRR@10 Procrustes {source}→{target}"),
        "word_p@1_other": Metric("... of words spelled differently", percent=True),
        "word_p@1_raw": Metric("word P@1 raw {source}→{target}", percent=True),
        "word_p@5_raw": Metric("word P@5 raw {source}→{target}", percent=True),
        "word_mrr@10_raw": Metric("word MRR@10 raw {source}→{target}"),
        "word_p@1_other_raw": Metric("... raw, of words spelled differently", percent=True),
        "word_same_spelling": Metric("words spelled alike", percent=True, baseline=True),
        "word_coverage": Metric("dictionary covered", percent=True, baseline=True),
    },
    needs=(translations,),
)
