"""Tags of several parts, from loosely named files to code-switched streams."""

import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from array_record.python.array_record_data_source import ArrayRecordDataSource

from mlm_xling.config import Config
from mlm_xling.data.manifest import Prepared, open_prepared
from mlm_xling.data.parallel import column_of, evaluation_rows, read_parallel
from mlm_xling.data.seen import seen_in_training
from mlm_xling.evaluation.inputs.training_text import training_sentences
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.preparation.prepare import streams_directory, vocabulary_directory
from mlm_xling.preparation.writing import write_streams
from mlm_xling.vocabulary import END
from tests.data_fixtures import small_config

NOTHING: Any = None
LEXICONS = {
    "pt-BR": ["o", "gato", "vê", "a", "casa", "grande", "e", "vende", "pão", "às", "meninas"],
    "zh-Hant": ["我們", "喜歡", "這個", "房子", "學校", "老師", "語言", "今天"],
}
TRANSLATIONS = {"gato": "老師", "casa": "房子", "às": "喜歡"}
ROWS = 20


def made_lines(language: str) -> list[str]:
    rng, space = random.Random(language), "" if language == "zh-Hant" else " "
    return list({space.join(rng.choices(LEXICONS[language], k=9)): None for _ in range(600)})


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Text, parallel sentences and a dictionary, all named in another case than the languages."""
    folder = tmp_path_factory.mktemp("languages")
    texts = {language: made_lines(language) for language in LEXICONS}
    for language, lines in texts.items():
        blocks = ["\n".join(lines[start : start + 5]) for start in range(0, len(lines), 5)]
        (folder / f"{language.lower()}.txt").write_text("\n\n".join(blocks))
    rows = map("\t".join, zip(*(lines[:ROWS] for lines in texts.values()), strict=True))
    (folder / "parallel.tsv").write_text("\n".join(["PT-br\tzh-hant", *rows]))
    pairs = "".join(f"{word}\t{other}\n" for word, other in TRANSLATIONS.items())
    (folder / "dictionary.pt-br-ZH-HANT.tsv").write_text(pairs)
    config = small_config(folder, folder / "cache")
    config.languages, config.vocabulary.size = tuple(LEXICONS), 80
    config.data.parallel = str(folder / "parallel.tsv")
    config.data.code_switching.probability, config.data.code_switching.versions = 0.9, 1
    return config


@pytest.fixture(scope="module")
def switched(config: Config) -> Prepared:
    write_streams(config, streams_directory(config), vocabulary_directory(config))
    return open_prepared(streams_directory(config))


def switched_sentences(prepared: Prepared, language: str) -> list[str]:
    chunks = ArrayRecordDataSource(prepared.shards(language, "train"))
    ids = np.concatenate([np.frombuffer(chunks[i], "<u2") for i in range(len(chunks))])
    parts = np.split(ids[1:], np.flatnonzero(ids[1:] == END))[:-1]  # the last may have been cut
    vocabulary = prepared.vocabulary()
    return [vocabulary.decode(part[part != END].tolist(), language) for part in parts]


def test_languages_keep_their_spelling_and_their_text(switched: Prepared) -> None:
    assert list(switched.manifest.languages) == list(LEXICONS)
    assert min(switched.manifest.sentences.values()) > 400


def test_rows_are_held_out_whatever_the_case_of_their_columns(config, switched) -> None:
    for part in evaluation_rows(read_parallel(Path(config.data.parallel)), 12, 8):
        for language in LEXICONS:
            lines = part[str(column_of(language, part))]
            assert not any(seen_in_training(switched, lines))
            assert switched.manifest.languages[language].held_out == ROWS


def test_word_tables_are_made_of_text_that_is_not_switched(config, switched) -> None:
    model = Pretrained(config, switched.vocabulary(), NOTHING, 0, switched.directory)
    for language in LEXICONS:
        plain = list(training_sentences(model, language, 10**6))
        assert len(plain) > 400
        assert set(plain) <= set(made_lines(language))


def test_words_of_a_spaced_language_are_switched_whole(switched) -> None:
    foreign = set(TRANSLATIONS.values())
    words = [word for line in switched_sentences(switched, "pt-BR") for word in line.split()]
    assert set(words) == {*LEXICONS["pt-BR"], *foreign}
    share = sum(word in foreign for word in words) / len(words)
    assert 0.05 < share <= 0.15
    assert switched.manifest.languages["pt-BR"].switched == pytest.approx(share, rel=0.01)


def test_words_of_an_unspaced_language_are_switched_whole_and_set_apart(switched) -> None:
    own = re.compile(f"({'|'.join(LEXICONS['zh-Hant'])})+")
    stretches = [part for line in switched_sentences(switched, "zh-Hant") for part in line.split()]
    assert {part for part in stretches if not own.fullmatch(part)} == set(TRANSLATIONS)
