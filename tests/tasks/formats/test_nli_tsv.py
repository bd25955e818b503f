"""TSV files of premises, hypotheses and labels."""

import pytest

from mlm_xling.errors import InputError
from tasks.formats.nli_tsv import read_pairs

HEADER = "premise\thypothesis\tlabel\n"


@pytest.fixture
def read(tmp_path):
    def read(text, language="fr"):
        path = tmp_path / "some.tsv"
        path.write_text(text)
        return read_pairs(path, language)

    return read


def test_our_columns(read):
    assert read(HEADER + "a b\tc\tneutral\n") == [("a b", "c", "neutral")]


def test_columns_are_known_whatever_their_case(read):
    header = "Language\tGold_Label\t Sentence1\tSENTENCE2\n"

    assert read(header + "fr\tneutral\ta\tb\nen\tneutral\tc\td\n") == [("a", "b", "neutral")]


def test_columns_as_in_xnli_of_one_language(read):
    header = "language\tgold_label\tsentence1\tsentence2\n"
    rows = "en\tneutral\ta\tb\nfr\tcontradictory\tc\td\nfr\t-\te\tf\n"

    assert read(header + rows) == [("c", "d", "contradiction")]


@pytest.mark.parametrize("language", ["pt-BR", "pt-BR2"])
def test_the_language_of_a_line_is_compared_without_regard_to_case(read, language):
    header = "language\tlabel\tpremise\thypothesis\n"

    assert read(header + "pt\tneutral\ta\tb\npt-br\tneutral\tc\td\n", language) == [
        ("c", "d", "neutral")
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("premise\tlabel\n", r"some.tsv:1: no column 'hypothesis'"),
        (HEADER + "a\tb\n", r"some.tsv:2: 2 columns, the header has 3"),
        (HEADER + "a\tb\tmaybe\n", r"some.tsv:2: label 'maybe'; must be one of entailment"),
        (HEADER + 'a\t"a ""b"""\tneutral\n', r"some.tsv:2: .* is quoted as in CSV"),
        (HEADER, r"some.tsv: no pair of 'fr' in it"),
        ("", r"some.tsv:1: no column 'premise'"),
    ],
)
def test_bad_lines_are_told(read, text, message):
    with pytest.raises(InputError, match=message):
        read(text)
