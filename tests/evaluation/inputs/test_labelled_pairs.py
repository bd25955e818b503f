"""Labelled data of a head that reads one encoder through a map from another."""

import pytest

from mlm_xling.data.labelled import make_table
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs import labelled_pairs
from mlm_xling.evaluation.inputs.aligned_words import aligned_words, words_to_align
from mlm_xling.evaluation.inputs.bitext import Bitext
from mlm_xling.evaluation.inputs.labelled_pairs import labelled, labelled_pair
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.running_text import located

PAIRS = 30


@pytest.fixture
def read(tiny_config, vocabulary, monkeypatch):
    """Reads the pair whose test data has these sentences, and what is said of it."""

    def read(*tested: list[str]):
        table = make_table({"words": list(tested)})
        monkeypatch.setattr(labelled_pairs, "prepare_labelled", lambda *_: {"test-fr": table})
        encoder = None  # Nothing is encoded.
        model = Pretrained(tiny_config, vocabulary, encoder, 5, None)  # pyright: ignore[reportArgumentType]
        text = [located(f"bon jour, numéro {i}!", "fr") for i in range(PAIRS)]
        bitext = Bitext(text, text, [[(0, 0), (1, 1)]] * PAIRS, [i % 10 == 0 for i in range(PAIRS)])
        given = {words_to_align: ("fr",), aligned_words: {"fr": bitext}}
        inputs = Inputs(model, model, given)
        return inputs[labelled_pair("ner", "entities")].aligned["fr"], inputs

    return read


def test_a_map_is_not_fitted_on_the_sentences_that_it_is_tested_on(read):
    aligned, inputs = read(["bon", "jour", ",", "numéro", "7", "!"], ["another"])

    assert [other.text[-2] for other in aligned.target].count("7") == 2, "17 and 27"
    assert len(aligned.source) == len(aligned.links) == len(aligned.tested) == PAIRS - 1
    assert aligned.tested.count(True) == 3
    assert inputs.notes == [
        "ner: its test data has 1 of the 30 aligned sentences of fr, which were left out of its map"
    ]


def test_nothing_is_said_where_nothing_is_left_out(read):
    aligned, inputs = read(["another", "sentence"])

    assert len(aligned.target) == PAIRS
    assert inputs.notes == inputs.warnings == []


def test_a_file_read_as_one_sentence_is_warned_of_before_anything_is_trained(read):
    _, inputs = read(["word"] * 75_753)
    of_heads = inputs.warnings.copy()
    inputs.warnings.clear()

    inputs[labelled("ner", "entities")]

    (warning,) = inputs.warnings
    assert of_heads == [warning]
    assert warning.startswith("ner: test-fr has a sentence of 75,753 words; are blank lines")


def test_a_map_that_would_be_tested_on_what_fits_it_is_refused(read):
    tested = [["bon", "jour,", "numéro", f"{i}!"] for i in range(PAIRS - 5)]

    with pytest.raises(InputError, match="ner: its test data has 25 of the 30 aligned sentences"):
        read(*tested)
