"""What the rows of Table 1 ask of preparation: switched, cut, doubled and foreign text."""

import copy
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from array_record.python.array_record_data_source import ArrayRecordDataSource

from mlm_xling.config import Config
from mlm_xling.data.manifest import LeftToOthers, Prepared
from mlm_xling.data.seen import hashes_file, seen_in_training
from mlm_xling.data.text import sentence_hash
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.training_text import training_sentences
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.preparation.prepare import prepare, streams_directory, vocabulary_directory
from mlm_xling.vocabulary import SPECIALS
from tests.data_fixtures import LANGUAGES, documents, prepare_here, write_documents

NOTHING: Any = None


@pytest.fixture
def config(prepared_config: Config, tmp_path: Path) -> Config:
    """Like the prepared one, but with an empty cache."""
    config = copy.deepcopy(prepared_config)
    config.data.cache_dir = str(tmp_path / "cache")
    return config


def with_dictionary(config: Config, lines: str = "ba\tbé\n") -> Config:
    folder = Path(config.data.cache_dir).parent
    (folder / "en-fr.tsv").write_text(lines)
    config.data.dictionary, config.data.code_switching.probability = str(folder), 0.3
    return config


def test_code_switching_and_its_dictionary_matter_only_to_the_streams(config: Config) -> None:
    vocabulary, directories = vocabulary_directory(config), {streams_directory(config)}
    directories.add(streams_directory(with_dictionary(config)))
    directories.add(streams_directory(with_dictionary(config, "ba\tda\n")))
    assert len(directories) == 3
    assert vocabulary_directory(config) == vocabulary


def frequent_words(config: Config, language: str) -> list[str]:
    text = Path(config.data.text_dir, f"{language}.txt").read_text()
    return [word for word, _ in Counter(text.replace(".", "").split()).most_common()]


def test_code_switched_versions_follow_each_other(config: Config, prepared: Prepared) -> None:
    english, french = (frequent_words(config, name) for name in LANGUAGES)
    foreign = next(word for word in french if any(letter in word for letter in "éçôùêû"))
    with_dictionary(config, "".join(f"{word}\t{foreign}\n" for word in english[:50]))
    config.data.code_switching.versions = 2

    switched = prepare_here(config)

    record = switched.manifest.languages["en"]
    vocabulary = switched.vocabulary()
    chunks = ArrayRecordDataSource(switched.shards("en", "train"))
    assert sum(record.versions) == len(chunks)
    ids = np.stack([np.frombuffer(chunks[i], "<u2") for i in range(len(chunks))])
    first, second = np.split(ids, record.versions[:1])
    texts = [vocabulary.decode(part.ravel().tolist(), "en") for part in (first, second)]
    share = [text.lower().count(foreign.lower()) / text.count(" ") for text in texts]
    assert 0.02 < share[0] < 0.15
    assert share[0] == pytest.approx(share[1], rel=0.3)
    assert 0.02 < record.switched <= 0.15
    assert prepared.manifest.languages["en"].switched == 0
    assert texts[0] != texts[1]
    assert switched.manifest.sentences == prepared.manifest.sentences
    assert record.dev == prepared.manifest.languages["en"].dev
    assert record.anchors.shared_tokens > prepared.manifest.languages["en"].anchors.shared_tokens


def test_words_are_counted_in_the_text_before_code_switching(
    config: Config, prepared: Prepared
) -> None:
    everything = "".join(f"{word}\tfrançais\n" for word in frequent_words(config, "en"))
    switched = prepare_here(with_dictionary(config, everything))
    models = [
        Pretrained(config, of.vocabulary(), NOTHING, 0, of.directory) for of in (switched, prepared)
    ]
    before, never = (list(training_sentences(model, "en", 10**6)) for model in models)
    assert before == never


def test_the_share_of_translated_sentences_is_recorded(
    config: Config, prepared: Prepared, text_dir: Path
) -> None:
    rows = [line.split("\t") for line in (text_dir / "parallel.tsv").read_text().splitlines()[1:]]
    present = seen_in_training(prepared, [french for _, french in rows])
    known = {sentence_hash(row[0]) for row, there in zip(rows, present, strict=True) if there}
    hashes = np.fromfile(prepared.directory / "en" / hashes_file("train"), "<u8").tolist()
    expected = sum(value in known for value in hashes) / len(hashes)
    assert expected > 0
    assert prepared.manifest.languages["en"].translated == {"fr": expected}
    config.data.parallel = ""
    assert prepare_here(config).manifest.languages["en"].translated == {}


def test_disjoint_documents_leave_no_translation(config: Config, prepared: Prepared) -> None:
    config.data.disjoint_documents = True
    for name, record in prepare_here(config).manifest.languages.items():
        before = prepared.manifest.languages[name]
        assert set(record.translated.values()) == {0}
        assert 10 < record.left_to_others.documents < 30
        assert record.train.sentences < before.train.sentences
        assert before.left_to_others == LeftToOthers(0, 0)


def test_every_sentence_is_accounted_for(config: Config, text_dir: Path) -> None:
    config.data.disjoint_documents = True
    for name, record in prepare_here(config).manifest.languages.items():
        lines = (text_dir / f"{name}.txt").read_text().split("\n")
        kept = record.train.sentences + record.dev.sentences
        dropped = record.held_out + record.near_duplicates + record.left_to_others.sentences
        assert kept + dropped == sum(line.strip() != "" for line in lines)


@pytest.mark.parametrize("unit", ["sentences", "tokens"])
def test_texts_are_cut_to_equal_size(config: Config, tmp_path: Path, unit: str) -> None:
    write_documents(tmp_path / "few.txt", documents("fr", 60))
    config.data.sources, config.data.equal_size = (f"fr:{tmp_path / 'few.txt'}",), unit

    english, french = (prepare_here(config).manifest.languages[name].train for name in LANGUAGES)

    if unit == "sentences":
        assert english.sentences == french.sentences < 500
    else:
        assert english.tokens == pytest.approx(french.tokens, abs=100)


def test_a_language_with_a_number_has_the_same_text(config: Config, prepared: Prepared) -> None:
    config.languages, config.vocabulary.kind = ("en", "en2"), "disjoint"
    config.vocabulary.size = 100

    twice = prepare_here(config).manifest

    assert twice.vocabulary_size == 2 * 100 - SPECIALS
    assert twice.languages["en2"].train.sentences == prepared.manifest.sentences["en"]
    assert twice.languages["en2"].held_out == prepared.manifest.languages["en"].held_out
    assert twice.languages["en2"].anchors.shared_types == 0


def test_a_source_that_is_none_is_named(config: Config) -> None:
    config.data.sources = ("fr:c5",)
    with pytest.raises(InputError, match=r"config.data.sources=fr:c5: neither one of wikipedia, "):
        prepare(config)
