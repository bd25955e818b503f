"""How far languages of the lab are apart, against their grammars and words."""

import numpy as np
import pytest

from mlm_xling.config import LabConfig
from mlm_xling.data.distances import read_distances
from tasks.lab.distances import distances, table
from tasks.lab.realise import Language
from tasks.lab.world import World

RELATED = LabConfig(anchors=0.25, cognates=("f:b:0.75",))


@pytest.fixture(scope="module")
def related(world: World) -> list[Language]:
    return [Language(world, code, RELATED) for code in "abcf"]


def test_grammars_are_as_far_apart_as_they_have_different_properties(
    languages: dict[str, Language],
) -> None:
    grammar = distances([languages[code] for code in "abc"])["grammar"]

    assert grammar[0, 1] == 0
    assert grammar[0, 2] == pytest.approx(5 / 15)  # c differs from a in five of fifteen
    assert np.array_equal(grammar, grammar.T)


def test_lexicons_are_as_far_apart_as_they_have_no_words_in_common(related: list[Language]) -> None:
    lexicon = distances(related)["lexicon"]

    assert lexicon[0, 1] == lexicon[1, 2] == 1
    assert lexicon[1, 3] == pytest.approx(0.25, abs=0.01)


def test_with_the_grammar_of_another_a_language_keeps_its_words(world: World) -> None:
    languages = [Language(world, code, LabConfig(anchors=0.0)) for code in ("a", "a:syntax=d", "d")]
    found = distances(languages)

    assert found["lexicon"][0].tolist() == [0, 0, 1]
    assert found["grammar"][1, 2] == 0 < found["grammar"][0, 1]


def test_a_table_of_them_is_one_that_evaluation_reads(related: list[Language], tmp_path) -> None:
    matrix = distances(related)["lexicon"]
    (tmp_path / "lexicon.tsv").write_text(table("abcf", matrix))

    languages, read = read_distances(tmp_path / "lexicon.tsv", ("f", "b"))

    assert languages == ("f", "b")
    assert read[0, 1] == pytest.approx(matrix[1, 3], abs=1e-4)
