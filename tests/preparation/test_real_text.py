"""Real text in five scripts, where it lies beside the repository."""

from pathlib import Path

import numpy as np
import pytest

from mlm_xling.config import Config, VocabularyConfig
from mlm_xling.data.streams import Streams
from mlm_xling.data.text import read_documents
from mlm_xling.vocabulary import END, UNKNOWN, train_vocabulary
from tests.data_fixtures import REAL_DATA as DATA
from tests.data_fixtures import prepare_here

LANGUAGES = ("en", "fr", "ru", "zh", "de")

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real text in {DATA}")


def sentences(language: str) -> list[str]:
    path = DATA / "mono" / "gnomehelp" / f"{language}.txt"
    return [line for document in read_documents(path) for line in document.split("\n")]


def test_real_sentences_come_back_from_their_ids() -> None:
    samples = {language: sentences(language)[:1000] for language in LANGUAGES}
    vocabulary = train_vocabulary(samples, VocabularyConfig(size=4000))
    for language in LANGUAGES:
        lines = [" ".join(line.split()) for line in sentences(language)]
        encoded = vocabulary.encode(lines, language)
        known = [i for i, ids in enumerate(encoded) if UNKNOWN not in ids]
        assert len(known) > 0.8 * len(lines)
        assert all(vocabulary.decode(encoded[i], language) == lines[i] for i in known)


def test_real_text_becomes_streams(tmp_path: Path) -> None:
    config = Config(languages=("en", "zh"))
    config.data.text_dir = str(DATA / "mono" / "gnomehelp")
    config.data.parallel = str(DATA / "parallel" / "gnomehelp.tsv")
    config.data.cache_dir = str(tmp_path)
    config.vocabulary.size, config.training.length = 3000, 64
    config.evaluation.pairs, config.evaluation.fit_pairs = 200, 100
    prepared = prepare_here(config)
    text = set(sentences("en"))
    stream = Streams(prepared, config).dev_chunks("en", 10**6).flatten()
    vocabulary = prepared.vocabulary()
    parts = np.split(stream[1:], np.flatnonzero(stream[1:] == END))[:-1]
    lines = [vocabulary.decode(part[part != END], "en") for part in parts]
    known = [line for line in lines if "⁇" not in line]
    assert len(known) > 0.9 * len(lines) > 10
    assert set(known) <= {" ".join(line.split()) for line in text}
    assert prepared.manifest.languages["zh"].held_out >= 250
