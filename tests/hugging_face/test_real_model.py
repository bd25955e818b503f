"""A real multilingual encoder and professional translations, where they are at hand."""

import numpy as np
import pytest

import mlm_xling
from mlm_xling.data.parallel import read_parallel
from mlm_xling.evaluation.measures.retrieval import retrieve
from tests.data_fixtures import REAL_DATA

E5, PUD = REAL_DATA.parent / "models" / "e5-small", REAL_DATA / "parallel" / "pud.tsv"
pytestmark = pytest.mark.skipif(
    not (E5.is_dir() and PUD.is_file()), reason="needs the real encoder and translations"
)


@pytest.fixture(scope="module")
def encoder():
    asked = {"languages": ("en", "fr"), "training.length": 64}
    return mlm_xling.load(f"hf:{E5}", overrides=asked)


def test_the_last_layer_finds_translations(encoder):
    rows = read_parallel(PUD)
    sides = [[row[rows.header.index(name)] for row in rows.rows[:32]] for name in ("en", "fr")]
    x, y = (
        encoder.represent(side, name)[-1] for side, name in zip(sides, ("en", "fr"), strict=True)
    )

    hits = retrieve(x, y)

    assert np.mean(hits.forward) > 0.95
    assert np.mean(hits.backward) > 0.95


def test_it_has_no_head_and_wraps_as_its_tokenizer_says(encoder):
    _, tokenizer, *_, predicts = encoder.pretrained
    special = tokenizer.special

    assert not predicts
    assert (special.opening, special.between, special.closing) == ((0,), (2, 2), (2,))
    assert (
        tokenizer.decode(tokenizer.encode(["打开 文件, naïve"], "fr")[0], "fr")
        == "打开 文件, naïve"
    )
