"""Files of word vectors."""

import numpy as np
import pytest

from mlm_xling.errors import InputError
from mlm_xling.evaluation.representations.fasttext import read_vectors


@pytest.fixture
def vectors(tmp_path):
    def write(text):
        (tmp_path / "en.vec").write_text(text)
        return tmp_path / "en.vec"

    return write


def test_vectors_are_read_in_fasttexts_format(vectors):
    table = read_vectors(vectors("4 2\nThe 1 2\nthe 3 4\nnew york 5 6 \nlast 7 8\n"), limit=2)

    assert table.words == ("the", "new york")
    np.testing.assert_array_equal(table.vectors, [[1, 2], [5, 6]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("the 1 2\n", r"en.vec:1: the first line"),
        ("2 2\nthe 1 2\ncat 1\n", r"en.vec:3: not a word and 2 numbers"),
        ("1 2\nthe 1 x\n", r"en.vec:2: not a number"),
        ("0 2\n", r"en.vec: no vectors"),
        ("2 2\nthe 1 2\ncat 1 nan\n", r"en.vec:3: nan among the values; numbers must be finite"),
        ("1 2\nthe -inf 2\n", r"en.vec:2: -inf among the values"),
        ("1 2\nthe 1e99 2\n", r"en.vec:2: 1e99 among the values"),
        ("1 0\nthe\n", r"en.vec:1: the first line"),
    ],
)
def test_damaged_vectors_are_refused(vectors, text, message):
    with pytest.raises(InputError, match=message):
        read_vectors(vectors(text), limit=10)


def test_missing_vectors_are_named(tmp_path):
    with pytest.raises(InputError, match=r"config.data.vectors: .*en.vec: no such file"):
        read_vectors(tmp_path / "en.vec", limit=10)
