"""Files of words and BIO tags."""

import pytest

from mlm_xling.errors import InputError
from mlm_xling.evaluation.measures.spans import span_f1
from tasks.formats.bio import read_tagged


@pytest.fixture
def said():
    return []


@pytest.fixture
def read(tmp_path, said):
    def read(text):
        path = tmp_path / "some.bio"
        path.write_bytes(text.encode())
        return read_tagged(path, said.append)

    return read


def test_two_columns_are_read_whatever_separates_them(read):
    for separator in ("\t", " "):
        text = f"Anna{separator}B-PER\nsleeps{separator}O\n\n\nYes{separator}O\r\n"

        assert read(text) == [(["Anna", "sleeps"], ["B-PER", "O"]), (["Yes"], ["O"])]


def test_of_four_columns_the_first_and_the_last_count(read):
    assert read("-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\n") == [(["EU"], ["B-ORG"])]


def test_tags_in_bio_are_not_spoken_of(read, said):
    read("Anna\tB-PER\nSmith\tI-PER\nsleeps\tO\n\nParis\tB-LOC\n")

    assert said == []


def test_conll_2003s_own_iob1_becomes_bio_and_is_told(read, said, tmp_path):
    text = "EU NNP I-NP I-ORG\nrejects VBZ I-VP O\nGerman JJ I-NP I-MISC\nIraq NNP I-NP B-MISC\n"

    (sentence,) = read(text)

    assert sentence.tags == ["B-ORG", "O", "B-MISC", "B-MISC"]
    assert said == [f"{tmp_path}/some.bio: tags in IOB1, converted to BIO"]
    (scored,) = [span_f1([sentence.tags], [sentence.tags])]
    assert scored["f1"].value == 1


def test_tags_that_leave_the_scheme_of_their_file_are_told_with_file_and_line(read, said, tmp_path):
    read("A\tB-PER\nB\tI-PER\n\nC\tO\nD\tI-LOC\n\n\nE\tB-PER\n")

    assert said == [
        f"{tmp_path}/some.bio:5: I-LOC does not fit BIO, which most tags are in (1 do not fit); "
        "entities are read as conlleval reads them"
    ]


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
