"""Tables of distances between languages."""

import numpy as np
import pytest

from mlm_xling.data.distances import read_distances
from mlm_xling.errors import InputError

TABLE = "\ten\tfr\tru\nen\t0\t0.25\t0.5\nfr\t0.25\t0\t0.75\nru\t0.5\t0.75\t0\n"


@pytest.fixture
def write(tmp_path):
    def written(text):
        (tmp_path / "table.tsv").write_text(text)
        return tmp_path / "table.tsv"

    return written


def test_languages_are_found_by_name_and_those_that_are_not_there_left_out(write):
    languages, matrix = read_distances(write(TABLE), ("ru", "de", "en2", "FR"))

    assert languages == ("ru", "en2", "FR")
    assert matrix.tolist() == [[0, 0.5, 0.75], [0.5, 0, 0.25], [0.75, 0.25, 0]]


@pytest.mark.parametrize("languages", [("en", "fr"), ("en", "en:shift", "fr", "en2")])
def test_half_a_table_is_enough_and_what_is_derived_has_no_place_of_its_own(write, languages):
    found, matrix = read_distances(write("\ten\tfr\nen\t\t\nfr\t0.25\t\n"), languages)

    assert found == ("en", "fr")
    assert np.array_equal(matrix, [[0, 0.25], [0.25, 0]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"table\.tsv: empty; the first line names the languages"),
        ("\ten\tfr\nen\t0\nfr\t1\t0\n", r"table\.tsv:2: 1 distances, the first line names 2"),
        ("\ten\tfr\nen\t0\tfar\nfr\t1\t0\n", r"table\.tsv:2: the distance 'far' is not a number"),
        ("\ten\tfr\nen\t0\t-1\nfr\t1\t0\n", r"table\.tsv:2: the distance '-1' is not a number"),
        ("\ten\tfr\nen\t0\tnan\nfr\t1\t0\n", r"table\.tsv:2: the distance 'nan' is not a number"),
        ("\ten\tfr\nen\t0\t2\nfr\t1\t0\n", r"table\.tsv:2: en-fr has two distances, 1\.0 and 2\.0"),
        ("\ten\tfr\nen\t0\t1\nen\t1\t0\n", r"table\.tsv:3: 'en' has a line already"),
        ("\ten\ten\nen\t0\t1\n", r"table\.tsv:1: 'en' has two columns"),
        ("\ten\tfr\nen\t0\t\nfr\t\t0\n", r"table\.tsv:2: no distance of en-fr"),
    ],
)
def test_a_damaged_table_is_refused_with_its_line(write, text, message):
    with pytest.raises(InputError, match=message):
        read_distances(write(text), ("en", "fr"))


def test_a_missing_table_is_named_with_its_field(tmp_path):
    with pytest.raises(InputError, match=r"config\.evaluation\.distances: .*no such file"):
        read_distances(tmp_path / "none.tsv", ("en",))
