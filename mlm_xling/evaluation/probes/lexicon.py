"""Dictionary induction from single-subword embeddings, words in context, and a baseline.

For each word of the dictionary's test part, the nearest words of the other language are found by
CSLS: the question is whether the first of them is one of its translations. In a joint vocabulary a
word spelled alike in both languages has one embedding, so even an untrained encoder finds it. Hence
the headline figure is `word_p@1_other`, over words spelled unlike all of their translations;
`word_p@1_alike` is over the others, whose share is `word_same_spelling`. Over all words, `word_p@1`
is the share whose first candidate is right, `word_p@5` that of a translation among the first five,
`word_mrr@10` the mean of 1/rank of the first translation (0 beyond the tenth candidate). `_raw` is
without a map, within one encoder. The static tables have no layer. `word_spelling_p@1_other` is
what character n-grams find, without any model, on the words of `word_p@1_other`: *music* and
*musique* share some.

Every table (each layer, the supplied vectors, the static one) fits a map on the training words that
it has. Within one column of figures, queries and candidates are words that all tables have: those
of layers and supplied vectors, and in `word_p@1_other_single` those that also have a static
embedding. `word_coverage` is the share of the test words that a table has by itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.inputs.division import Dictionary, Translations, of_choice
from mlm_xling.evaluation.inputs.parallel_rows import language_of
from mlm_xling.evaluation.inputs.translations import ASKED, ASKED_SINGLE, translations
from mlm_xling.evaluation.measures.intervals import clustered_interval
from mlm_xling.evaluation.measures.lexical import found_by_spelling
from mlm_xling.evaluation.measures.ratio import of_hits
from mlm_xling.evaluation.probes.illustration import Searched, evenly, plane
from mlm_xling.evaluation.probes.lexicon_figures import (
    Figure,
    Vectors,
    figures_of,
    rows_of,
    spaces_of,
)
from mlm_xling.evaluation.representations.common_words import (
    Common,
    Tables,
    common_of,
)
from mlm_xling.evaluation.representations.supplied import vectors
from mlm_xling.evaluation.subject import Subject
from mlm_xling.examples import Examples
from mlm_xling.languages import text_language
from mlm_xling.outcomes import cluster_digests, item_digests
from mlm_xling.results import TRAINED, Result, chosen_layer

BASELINE = "vectors"
"""Name in results of the vectors supplied by the user."""
HEADLINE = "word_p@1_other"
SPELLING = "word_spelling_p@1_other"
SHOWN, MISTAKES, DRAWN = 20, 10, 100
"""Numbers of words to show (evenly over frequency), of mistakes, and of pairs in a plane."""


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
        if subject.baselines:
            results += _by_spelling(subject, target, common, dictionary)
        choice = of_choice(dictionary, config.evaluation.lexicon)
        common_choice = common_of(choice.test, others)
        layers: dict[Result, tuple[Tables, Figure]] = {}
        for tables in (static, *others):
            if tables.supplied and not subject.baselines:
                continue
            asked = None if tables is static else common
            together = subject.together and not tables.supplied
            figures = list(
                figures_of(tables, dictionary, asked, single, subject.seed, together=together)
            )
            choices = {}
            if tables.layer is not None:
                of_layer = figures_of(
                    tables,
                    choice,
                    common_choice,
                    common_choice,
                    seed=None,  # Only values select a layer.
                    together=together,
                )
                choices = {figure.metric: figure.value for figure in of_layer}
            model = BASELINE if tables.supplied else None
            made = [
                _result(subject, target, tables.layer, f, dictionary, choices, model)
                for f in figures
            ]
            results += made
            if tables.layer is not None:
                layers |= {r: (tables, f) for r, f in zip(made, figures, strict=True)}
        subject.examples += _examples(subject, layers, dictionary, common)
    return results


def _by_spelling(
    subject: Subject, target: str, common: Common, dictionary: Dictionary
) -> Iterator[Result]:
    """Looks up, without a model, the words that are spelled unlike their translations."""
    places = {word: number for number, word in enumerate(common.targets)}
    words = [word for word, alike in zip(common.asked, common.alike, strict=True) if not alike]
    if words:
        right = [{places[other] for other in common.asked[word]} for word in words]
        hits = found_by_spelling(words, common.targets, right)
        interval = clustered_interval(hits, dictionary.components_of(words), subject.seed)
        found = Figure(SPELLING, float(hits.mean()), interval, words, hits)
        yield _result(subject, target, None, found, dictionary, {}, "spelling")


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


def _examples(
    subject: Subject,
    layers: Mapping[Result, tuple[Tables, Figure]],
    dictionary: Dictionary,
    common: Common,
) -> Iterator[Examples]:
    """Yields examples behind the headline figure, at the layer that reports choose.

    Of several translations the dictionary's first is drawn.
    """
    measured = {result.metric for result in layers}
    metric = next((name for name in (HEADLINE, f"{HEADLINE}_raw") if name in measured), None)
    if subject.brief or metric is None:
        return
    of_metric = {result.layer: result for result in layers if result.metric == metric}
    result = of_metric[chosen_layer(of_metric.values(), (metric,))]
    tables, figure = layers[result]
    spaces = dict(spaces_of(tables, dictionary, subject.together))
    rank = {word: number for number, word in enumerate(common.sources)}
    order = sorted(range(len(figure.words)), key=lambda row: rank[figure.words[row]])
    drawn = [figure.words[order[i]] for i in evenly(len(order), DRAWN)]
    others = [common.asked[word][0] for word in drawn]
    planes = [
        plane(*rows_of(tables, *vectors, drawn, others), mapped=not suffix)
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
    x, y = rows_of(tables, *vectors, figure.words, common.targets)
    answers = [{others[other] for other in common.asked[word]} for word in figure.words]
    index, score = figure.candidates
    return Searched(figure.words, x, answers, common.targets, y, index, score, figure.hits)


def _result(
    subject: Subject,
    target: str,
    layer: int | None,
    figure: Figure,
    dictionary: Dictionary,
    choices: dict[str, float],
    model: str | None = None,
) -> Result:
    result = subject.result(
        "lexicon",
        figure.metric,
        (subject.config.languages[0], target),
        layer,
        figure.value,
        figure.interval,
        n=len(figure.words),
        seen=None,
        items=figure.words,
        choice=choices.get(figure.metric),
    )
    if model:
        result = replace(result, model=model, step=0)
    if figure.hits is not None:
        components = cluster_digests(dictionary.components_of(figure.words))
        subject.keep(result, [of_hits(figure.hits)], item_digests(figure.words), components)
    return result


EVALUATOR = Evaluator(
    "lexicon",
    evaluate_lexicon,
    {
        "word_p@1_other": Metric(
            "word P@1 Procrustes {source}→{target}",
            percent=True,
            curve="word P@1",
            beside=(SPELLING,),
        ),
        "word_p@1_other_raw": Metric(
            "word P@1 raw {source}→{target}",
            percent=True,
            curve="word P@1 raw",
            beside=(SPELLING,),
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
        SPELLING: Metric("word P@1 spelled alike in part", percent=True, baseline=True),
        "word_same_spelling": Metric("words spelled alike", percent=True, baseline=True),
        "word_coverage": Metric("dictionary covered", percent=True, baseline=True),
    },
    needs=(translations, vectors),
)
