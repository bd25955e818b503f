"""Files of words and BIO tags."""

import pytest

from mlm_xling.errors import InputError
from tasks.formats.bio import read_tagged


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "some.bio"
        path.write_bytes(text.encode())
        return read_tagged(path)

    return read


def test_two_columns_are_read_whatever_separates_them(read):
    for separator in ("\t", " "):
        text = f"Anna{separator}B-PER\nsleeps{separator}O\n\n\nYes{separator}O\r\n"

        assert read(text) == [(["Anna", "sleeps"], ["B-PER", "O"]), (["Yes"], ["O"])]


def test_of_four_columns_the_first_and_the_last_count(read):
    assert read("-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\n") == [(["EU"], ["I-ORG"])]


def test_a_word_may_hold_a_space_if_tabs_separate(read):
    assert read("New York\tB-LOC\n")[0].words == ["New York"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Anna\tB-PER\nsleeps\n", r"some.bio:2: one column"),
        ("Anna\tPER\n", r"some.bio:1: 'PER' is not a BIO tag"),
        ("\n", r"some.bio: no sentence in it"),
    ],
)
def test_bad_lines_are_told(read, text, message):
    with pytest.raises(InputError, match=message):
        read(text)
