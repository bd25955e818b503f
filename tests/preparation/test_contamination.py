"""Lines of other languages: left out of a text (`data.decontaminate`), or put into it
(`data.contamination`)."""

import copy
import re
from collections import Counter
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest
from array_record.python.array_record_data_source import ArrayRecordDataSource

from mlm_xling.config import Config
from mlm_xling.config.checks import resolve
from mlm_xling.config.contamination import Contamination, parse_contamination
from mlm_xling.data.manifest import Prepared
from mlm_xling.data.parallel import evaluation_rows, read_parallel
from mlm_xling.data.seen import seen_in_training, training_hashes
from mlm_xling.data.text import sentence_hash
from mlm_xling.errors import InputError
from mlm_xling.preparation import prepare as preparation
from mlm_xling.preparation.contaminating import places, shuffled_words
from mlm_xling.training.summary import told_of_preparation
from mlm_xling.vocabulary import END
from tasks.contamination import identifier
from tasks.contamination.identifier import second_opinion
from tests.data_fixtures import prepare_here, write_documents
from tests.tasks.contamination.lines_of_languages import lines_of, needs_identifiers

ACCENTED = set("éçôùêû")
Prepare = Callable[[str], Prepared]


@pytest.fixture(scope="module")
def contaminated(prepared_config: Config, prepared: Prepared) -> Prepare:
    """Prepares the made-up text, in which words with accents are French ones, with a dose."""
    made = {"": prepared}

    def prepare(contamination: str) -> Prepared:
        config = copy.deepcopy(prepared_config)
        config.data.contamination = contamination
        if contamination not in made:
            made[contamination] = prepare_here(resolve(config))
        return made[contamination]

    return prepare


def sentences(prepared: Prepared, language: str, split: str = "train") -> list[str]:
    """Decodes the shards of a split into sentences; the last one may be cut."""
    (shard,) = prepared.shards(language, split)
    source = ArrayRecordDataSource(str(shard))
    records = b"".join(source.__getitems__(range(len(source))))
    ids = np.frombuffer(records, prepared.manifest.dtype).astype(np.int32)
    vocabulary = prepared.vocabulary()
    parts = np.split(ids, np.flatnonzero(ids == END))
    return [text for part in parts if (text := vocabulary.decode(part[part != END], language))]


def accented(lines: list[str]) -> list[str]:
    return [line for line in lines if ACCENTED & set(line)]


def words(line: str) -> list[str]:
    return sorted(line.strip(".").split())


@pytest.mark.parametrize("dose", ["fr:0.1", "fr~shuffled:0.1", "fr:0.1:en"])
def test_the_manifest_counts_the_lines_that_are_in_the_shards(contaminated, prepared, dose):
    found = contaminated(dose)

    before, after = (of.manifest.languages["en"] for of in (prepared, found))
    (label, count), *_ = after.contamination.items()
    assert dose.startswith(f"{label}:")
    assert count == pytest.approx(0.1 * before.train.sentences, abs=1)
    assert after.train.sentences == before.train.sentences
    lines = sentences(found, "en")
    assert len(accented(lines)) == pytest.approx(count, abs=1 + 0.1 * count)  # Few have no accent.
    assert accented(sentences(prepared, "en")) == []
    assert accented(sentences(found, "en", "dev")) == []
    told = "\n".join(told_of_preparation(after))
    assert re.search(
        rf"^contaminated: {count} training sentences \(10\.\d+%\) are {label}$", told, re.M
    )


def test_no_sentence_is_read_in_both_texts_and_both_count_as_seen(contaminated, prepared):
    found = contaminated("fr:0.1")

    moved = accented(sentences(found, "en"))[:-1]
    stayed = set(sentences(found, "fr")) | set(sentences(found, "fr", "dev"))
    assert moved
    assert stayed.isdisjoint(moved)
    assert set(moved) < set(sentences(prepared, "fr"))
    assert all(seen_in_training(found, moved))
    before, after = (of.manifest.languages["fr"] for of in (prepared, found))
    total = after.train.sentences + after.dev.sentences + after.donated
    assert total == before.train.sentences + before.dev.sentences


@pytest.mark.parametrize("label", ["fr", "fr~shuffled"])
def test_what_a_language_gave_counts_as_seen_in_whatever_order_its_words_are_read(
    contaminated, prepared, label
):
    found = contaminated(f"{label}:0.1")

    before, after = (set(sentences(of, "fr")[:-1]) for of in (prepared, found))
    given = sorted(before - after)
    assert len(given) > 10
    assert all(seen_in_training(found, given))


def test_no_language_of_the_donors_text_reads_what_it_gave(prepared_config, tmp_path):
    config = copy.deepcopy(prepared_config)
    config.languages = ("en", "fr", "fr2", "fr:shift")
    config.data.contamination, config.data.same_documents = "fr:0.1:en", True
    config.data.cache_dir = str(tmp_path)

    found = prepare_here(config)

    moved = accented(sentences(found, "en"))[:-1]
    assert moved
    for sister in ("fr2", "fr:shift"):
        assert set(sentences(found, sister)).isdisjoint(moved)


def test_what_evaluation_uses_is_not_put_into_another_text(contaminated, prepared_config):
    found = contaminated("fr:0.1")

    columns, _ = evaluation_rows(read_parallel(Path(prepared_config.data.parallel)), 12, 8)
    (hashes,) = training_hashes(found.directory / "en")
    assert not set(map(sentence_hash, columns["fr"])) & set(hashes.tolist())


def test_the_control_has_the_words_of_the_same_lines_in_another_order(contaminated):
    plain, shuffled = (
        accented(sentences(contaminated(dose), "en"))[:-1] for dose in ("fr:0.1", "fr~shuffled:0.1")
    )

    assert plain != shuffled
    assert Counter(tuple(words(line)) for line in plain) == Counter(
        tuple(words(line)) for line in shuffled
    )


def test_a_smaller_dose_has_some_of_the_lines_of_a_larger_one_and_the_same_vocabulary(
    contaminated, prepared
):
    small, large = contaminated("fr:0.02"), contaminated("fr:0.1")

    assert set(accented(sentences(small, "en"))[:-1]) < set(accented(sentences(large, "en")))
    assert small.manifest.vocabulary == large.manifest.vocabulary == prepared.manifest.vocabulary


def test_a_dose_of_nothing_changes_nothing(contaminated, prepared):
    found = contaminated("fr:0").manifest.languages["en"]

    assert found.train == prepared.manifest.languages["en"].train
    assert found.contamination == {"fr": 0}


def test_a_dose_larger_than_the_donors_text_is_refused_in_a_line(
    contaminated, prepared_config, tmp_path
):
    config = copy.deepcopy(prepared_config)
    few = tmp_path / "fr.txt"
    write_documents(few, [["bé da çi lô.", f"rê {number} mù da."] for number in range(20)])
    config.data.sources = (f"fr:{few}",)
    config.data.contamination, config.data.cache_dir = "fr:0.5", str(tmp_path / "cache")
    config.vocabulary.size, config.data.parallel = 60, ""

    with pytest.raises(InputError, match=r"fr:0\.5.*wants .* lines for the .* of 'en', and the"):
        prepare_here(config)


@pytest.mark.parametrize("share", [1e-3, 0.07, 0.4, 0.5])
def test_lines_are_replaced_all_over_the_text_in_the_share_that_was_asked(share):
    contamination = Contamination("fr", False, share, "en")

    found = list(takewhile(lambda place: place < 20_000, places(contamination, seed=0)))

    assert len(set(found)) == len(found) == pytest.approx(share * 20_000, abs=1)
    assert sum(place < 10_000 for place in found) == pytest.approx(share * 10_000, abs=1)
    assert found != list(takewhile(lambda place: place < 20_000, places(contamination, seed=1)))


def test_words_change_places_and_signs_stay():
    line = "l'eau, 3 fois ; la nuit !"

    found = shuffled_words(line, "fr", seed=0)

    assert found != line
    assert sorted(found) == sorted(line)
    assert [c for c in found if c in "',;! "] == [c for c in line if c in "',;! "]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", None),
        ("fr:1e-3", Contamination("fr", False, 1e-3, "en")),
        ("fr~shuffled:0.01", Contamination("fr", True, 0.01, "en")),
        ("zh-Hant:0.5:de", Contamination("zh-Hant", False, 0.5, "de")),
    ],
)
def test_a_dose_is_read_as_it_is_written_in_full(value, expected):
    found = parse_contamination(value, "en")

    assert found == expected
    assert parse_contamination(str(found or ""), "xx") == expected


@needs_identifiers
def test_lines_in_other_languages_are_left_out_and_counted(prepared_config, tmp_path):
    """English has 20 lines of French and 10 of Russian, and French 5 of Russian."""
    config = copy.deepcopy(prepared_config)
    config.data.text_dir, config.data.parallel = str(tmp_path), ""
    config.data.cache_dir, config.vocabulary.size = str(tmp_path / "cache"), 150
    fr, ru = lines_of("fr", 200), lines_of("ru", 15)
    texts = {"en": lines_of("en", 180) + fr[:20] + ru[:10], "fr": fr[20:] + ru[10:]}
    for language, lines in texts.items():
        write_documents(tmp_path / f"{language}.txt", [[line] for line in lines])
    before = preparation.streams_directory(config)
    config.data.decontaminate = ("fr", "ru")

    found = prepare_here(config)

    languages = found.manifest.languages
    assert {name: record.decontaminated for name, record in languages.items()} == {
        "en": 30,
        "fr": 5,
    }
    assert not any(letter > "\u0400" for line in sentences(found, "en") for letter in line)
    assert found.directory != before
    assert "left out: 30 sentences in languages of data.decontaminate" in set(
        told_of_preparation(languages["en"])
    )


@needs_identifiers
def test_what_was_injected_is_what_the_identifier_finds(prepared_config, tmp_path):
    config = copy.deepcopy(prepared_config)
    config.data.text_dir, config.data.parallel = str(tmp_path), ""
    config.data.cache_dir, config.vocabulary.size = str(tmp_path / "cache"), 150
    for language in ("en", "fr"):
        write_documents(tmp_path / f"{language}.txt", [[x] for x in lines_of(language, 250)])
    config.data.contamination = "fr:0.2"

    found = prepare_here(config)

    lines = sentences(found, "en")[:-1]
    injected = {line for line in lines_of("fr", 250) if line in set(lines)}
    flagged = {line for line in lines if identifier.identifier()(line).language == "fr"}
    assert len(injected) == pytest.approx(found.manifest.languages["en"].contamination["fr"], abs=1)
    assert len(injected & flagged) > 0.95 * max(len(injected), len(flagged))
    assert {second_opinion(line) for line in injected} == {"fr"}


@pytest.mark.parametrize("name", ["fr", "xx"])
def test_decontamination_is_refused_before_anything_is_done_without_the_package(
    prepared_config, monkeypatch, name
):
    config = copy.deepcopy(prepared_config)
    config.data.decontaminate = (name,)
    identifier.identifier.cache_clear()
    monkeypatch.setattr(identifier, "find_spec", lambda name: None)

    with pytest.raises(InputError, match="pip install -r requirements-contamination"):
        preparation._prepare_here(config)
