"""Dictionary induction where the dictionary is known."""

from dataclasses import replace

import numpy as np
import pytest

from mlm_xling.config import LexiconConfig
from mlm_xling.evaluation.evaluators import EVALUATORS, METRICS
from mlm_xling.evaluation.inputs.division import Dictionary, of_choice
from mlm_xling.evaluation.inputs.translations import read_single_words
from mlm_xling.evaluation.probes.lexicon import evaluate_lexicon
from mlm_xling.evaluation.representations.word_types import WordTable
from mlm_xling.evaluation.subject import Subject
from mlm_xling.outcomes import item_digests
from mlm_xling.reports.selection import CURVES
from mlm_xling.results import fingerprint_items
from tests.evaluation.probes.known_words import Known, planted

__all__ = ["planted"]


def measure(x, y, dictionary, together=False):
    """Results for English words `x` and French words `y` at one layer, of one encoder or of two."""
    source = Known(en=(x,), fr=(y,))
    target = source if together else Known(fr=(y,))
    results = evaluate_lexicon(Subject(source, target, source.inputs(dictionary, target)))
    return [result for result in results if result.layer == 0]


def figures(*asked, **options):
    return {result.metric: (result.value, result.n) for result in measure(*asked, **options)}


def without(table, *words):
    """A table that lacks some words."""
    rows = [row for row, word in enumerate(table.words) if word not in words]
    return WordTable(tuple(table.words[row] for row in rows), table.vectors[rows])


def test_a_planted_dictionary_is_found_completely(planted):
    found = figures(*planted)

    for metric in ("word_p@1", "word_p@5", "word_mrr@10"):
        assert found[metric] == (1.0, 100)
    assert found["word_coverage"] == (1.0, 100)


def test_where_all_words_are_found_at_once_the_mean_reciprocal_rank_is_as_uncertain_as_their_share(
    planted,
):
    found = {result.metric: (result.low, result.high) for result in measure(*planted)}

    assert found["word_mrr@10"] == found["word_p@1"]


def test_layers_are_chosen_by_words_that_fit_the_map(planted):
    x, y, dictionary = planted
    wrong = Dictionary(dictionary.train, dict.fromkeys(dictionary.test, ("y0",)))

    choices = {result.metric: result.choice for result in measure(x, y, wrong)}

    asked = figures(x, y, of_choice(dictionary, LexiconConfig()))
    assert figures(x, y, wrong)["word_p@1"][0] < 0.1
    assert choices["word_p@1"] == asked["word_p@1"][0] == 1.0


def test_without_a_map_a_rotated_space_says_nothing(planted):
    assert figures(*planted, together=True)["word_p@1_raw"][0] < 0.1


def test_one_right_answer_of_several_is_enough(planted):
    x, y, dictionary = planted
    several = {word: ("y0", *right, "absent") for word, right in dictionary.test.items()}

    assert figures(x, y, Dictionary(dictionary.train, several))["word_p@1"] == (1.0, 100)


def test_words_without_a_vector_lower_the_coverage_and_are_not_asked(planted):
    x, y, dictionary = planted
    test = dictionary.test | {"unheard": ("y1",), "x1": ("unheard",)}

    found = figures(x, y, Dictionary(dictionary.train, test))

    assert found["word_coverage"] == (pytest.approx(100 / 102), 102)
    assert found["word_p@1"] == (1.0, 100)


def test_words_spelled_alike_are_counted_and_scored_apart(planted):
    x, y, dictionary = planted
    alike = WordTable(tuple(word.replace("x29", "y29") for word in x.words), x.vectors)
    renamed = {word.replace("x29", "y29"): right for word, right in dictionary.test.items()}

    found = figures(alike, y, Dictionary(dictionary.train, renamed))

    assert found["word_same_spelling"] == (0.1, 100)
    assert found["word_p@1_other"] == (1.0, 90)
    assert found["word_p@1_alike"] == (1.0, 10)


def test_the_headline_is_of_words_spelled_differently():
    first, *_ = EVALUATORS["lexicon"].metrics

    assert first == "word_p@1_other"
    assert CURVES["word P@1"] == ("word_p@1_other",)
    assert METRICS["word_p@1_alike"].baseline


@pytest.fixture
def unlike(planted, tmp_path):
    """An encoder whose two layers, static embeddings and supplied vectors lack different words."""
    x, y, dictionary = planted
    words = list(dictionary.test)
    encoder = Known(
        {"en": without(x, *words[:60]), "fr": y},
        en=(without(x, *words[:10]), x),
        fr=(without(y, f"y{words[20][1:]}"), without(y, "y0")),
    )
    encoder.pretrained.config.data.vectors = str(tmp_path)
    (tmp_path / "en.vec").write_text(lines_of(without(x, *words[10:15])))
    (tmp_path / "fr.vec").write_text(lines_of(y))
    return encoder, dictionary, {*words[:15], words[20]}, words[60:]


def scored(results, metric):
    """(model, layer) of each figure of a metric -> the number of words and their fingerprint."""
    return {(r.model, r.layer): (r.n, r.items) for r in results if r.metric == metric}


def test_layers_and_vectors_are_asked_the_words_that_all_have(unlike, tmp_path):
    encoder, dictionary, lacking, _ = unlike

    results = evaluate_lexicon(
        Subject(encoder, encoder, encoder.inputs(dictionary), workdir=tmp_path)
    )

    asked = fingerprint_items(set(dictionary.test) - lacking)
    for metric in ("word_p@1_other", "word_p@1", "word_p@5", "word_mrr@10"):
        assert scored(results, metric) == dict.fromkeys(
            [("trained", 0), ("trained", 1), ("vectors", None)], (84, asked)
        )
    assert {(r.model, r.layer): r.value for r in results if r.metric == "word_coverage"} == {
        ("trained", None): 0.4, ("trained", 0): 0.89, ("trained", 1): 1, ("vectors", None): 0.95
    }  # fmt: skip


def test_words_that_have_a_static_embedding_are_asked_of_all_once_more(unlike, tmp_path):
    encoder, dictionary, _, single = unlike

    results = evaluate_lexicon(
        Subject(encoder, encoder, encoder.inputs(dictionary), workdir=tmp_path)
    )

    assert scored(results, "word_p@1_other_single") == dict.fromkeys(
        [("trained", None), ("trained", 0), ("trained", 1), ("vectors", None)],
        (40, fingerprint_items(single)),
    )


def test_what_was_asked_is_left_in_the_folder(unlike, tmp_path):
    encoder, dictionary, lacking, single = unlike

    evaluate_lexicon(Subject(encoder, encoder, encoder.inputs(dictionary), workdir=tmp_path))

    assert read_single_words(tmp_path / "lexicon.en-fr.tsv").pairs == {
        word: others for word, others in dictionary.test.items() if word not in lacking
    }
    assert set(read_single_words(tmp_path / "lexicon_single.en-fr.tsv").pairs) == set(single)


def test_what_each_word_adds_is_kept_with_the_component_that_it_depends_on(planted):
    x, y, dictionary = planted
    first, second, *_ = dictionary.test
    encoder = Known(en=(x,), fr=(y,))
    forms = replace(dictionary, component={first: first, second: first})
    subject = Subject(encoder, encoder, encoder.inputs(forms))

    evaluate_lexicon(subject)

    kept = next(one for one in subject.outcomes if one.result.metric == "word_p@1_other")
    components = dict(zip(kept.items, kept.clusters, strict=True))
    one, other = item_digests([first, second])
    assert components[one] == components[other]
    assert len(set(kept.clusters)) == len(kept.items) - 1


def test_the_untrained_encoder_is_asked_what_supplied_vectors_leave(unlike):
    encoder, dictionary, *_ = unlike
    inputs = encoder.inputs(dictionary)

    trained, random = (
        evaluate_lexicon(
            Subject(encoder, encoder, inputs, model=model, baselines=model == "trained")
        )
        for model in ("trained", "random")
    )

    assert {r.model for r in random} == {"random"}
    of_trained = {r.items for r in trained if r.metric == "word_p@1"}
    assert {r.items for r in random if r.metric == "word_p@1"} == of_trained


def test_what_is_searched_is_what_all_have(planted):
    """A word that one table lacks misleads no other."""
    x, y, dictionary = planted
    twin = WordTable(("twin", *y.words), np.vstack([y.vectors[y.index["y250"]], y.vectors]))
    encoder = Known({"en": x, "fr": y}, en=(x, x), fr=(twin, y))

    results = evaluate_lexicon(Subject(encoder, encoder, encoder.inputs(dictionary)))

    assert {r.value for r in results if r.metric == "word_p@1"} == {1.0}


def test_without_static_embeddings_of_test_words_the_layers_are_asked_nevertheless(planted):
    x, y, dictionary = planted
    encoder = Known({"en": without(x, *dictionary.test), "fr": y}, en=(x,), fr=(y,))

    results = evaluate_lexicon(Subject(encoder, encoder, encoder.inputs(dictionary)))

    assert scored(results, "word_p@1").keys() == {("trained", 0)}
    assert scored(results, "word_p@1_other_single") == {}


def lines_of(table):
    rows = zip(table.words, table.vectors.tolist(), strict=True)
    lines = [f"{word} {' '.join(map(str, values))}\n" for word, values in rows]
    return f"{len(lines)} {table.vectors.shape[1]}\n{''.join(lines)}"


def test_without_anything_to_ask_only_the_coverage_is_told(planted):
    x, y, dictionary = planted

    assert figures(x, y, Dictionary(dictionary.train, {"no": ("none",)})) == {
        "word_coverage": (0.0, 1)
    }
    assert set(figures(x, y, Dictionary({}, dictionary.test))) == {
        "word_coverage",
        "word_same_spelling",
    }


def test_a_language_of_which_no_word_can_be_measured_is_named(planted):
    x, y, dictionary = planted
    source = Known(en=(x,), fr=(y,))
    nothing = source.inputs(Dictionary(dictionary.train, {"no": ("none",)}), source)

    evaluate_lexicon(Subject(source, source, nothing))

    assert any("lexicon: none of the 1 words is measured" in line for line in nothing.warnings)


def test_intervals_lie_around_the_scores(planted):
    x, y, dictionary = planted
    noise = 3 * np.random.default_rng(1).normal(size=y.vectors.shape).astype(np.float32)
    noisy = WordTable(y.words, y.vectors + noise)

    found = measure(x, noisy, dictionary, together=True)
    intervals = [
        (r.low, r.value, r.high) for r in found if r.low is not None and r.high is not None
    ]

    assert {result.metric for result in found if result.low is not None} == {
        f"word_{score}{space}"
        for score in ("p@1", "p@1_other", "p@1_other_single", "p@5", "mrr@10")
        for space in ("", "_raw")
    }
    assert all(0 <= low <= value <= high <= 1 for low, value, high in intervals)
    assert any(low < value < high for low, value, high in intervals)


def test_spelling_looks_up_the_words_that_the_headline_is_of():
    words, others = ("music", "dog", "red", "blue"), ("musik", "hund", "rot", "blau")
    x, y = (WordTable(side, np.eye(4, dtype=np.float32)) for side in (words, others))
    dictionary = Dictionary({"red": ("rot",)}, {"music": ("musik",), "dog": ("hund",)})
    one = Known(en=(x,), fr=(y,))

    results = evaluate_lexicon(Subject(one, one, one.inputs(dictionary, one)))

    (spelling,) = [r for r in results if r.metric == "word_spelling_p@1_other"]
    headline = next(r for r in results if r.metric == "word_p@1_other_raw")
    assert (spelling.model, spelling.layer, spelling.value) == ("spelling", None, 0.5)
    assert (spelling.n, spelling.items) == (headline.n, headline.items)
