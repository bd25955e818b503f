"""Prepared text and tables that are not as they were written are refused by the file's name."""

import re
import shutil
from pathlib import Path

import pytest

from mlm_xling.data.labelled import make_table, read_table, write_table
from mlm_xling.data.manifest import Prepared, open_prepared, read_manifest
from mlm_xling.data.seen import hashes_file, seen_in_training
from mlm_xling.errors import InputError
from mlm_xling.vocabulary import Vocabulary
from tests.robustness.damage import every_damage, files_below

HASHES = f"en/{hashes_file('train')}"
FILES = [
    "manifest.json",
    "vocabulary/vocabulary.json",
    "vocabulary/joint.model",
    HASHES,
    "en/train-00000.array_record",
    "fr/dev-00000.array_record",
]


@pytest.fixture
def text(prepared: Prepared, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared.directory, tmp_path / "text"))


def test_the_table_names_every_kind_of_file(text: Path) -> None:
    kinds = {re.sub("^(en|fr)/|train|dev", "", str(f.relative_to(text))) for f in files_below(text)}
    assert kinds == {re.sub("^(en|fr)/|train|dev", "", name) for name in FILES}


@every_damage
@pytest.mark.parametrize("name", FILES)
def test_training_reads_no_altered_text(text: Path, name: str, damage) -> None:
    damage(text / name)
    with pytest.raises(InputError, match=rf"text/{name}: .*; delete \S*text to have it prepared"):
        open_prepared(text)


@every_damage
@pytest.mark.parametrize("name", ["manifest.json", HASHES])
def test_altered_hashes_do_not_pass_for_unseen_sentences(text: Path, name: str, damage) -> None:
    damage(text / name)
    with pytest.raises(InputError, match=rf"text/{name}: "):
        seen_in_training(Prepared(text, read_manifest(text)), ["Whatever."])


def test_a_shifted_file_of_hashes_is_refused(text: Path) -> None:
    path = text / HASHES
    path.write_bytes(b"\0" + path.read_bytes()[:-1])
    with pytest.raises(InputError, match=rf"{HASHES}: altered"):
        seen_in_training(Prepared(text, read_manifest(text)), ["Whatever."])


@pytest.mark.parametrize("place", range(0, 400, 7))
def test_no_byte_of_a_manifest_can_change(text: Path, place: int) -> None:
    path = text / "manifest.json"
    content = bytearray(path.read_bytes())
    content[place * len(content) // 400] ^= 4
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"manifest\.json: "):
        open_prepared(text)


@every_damage
@pytest.mark.parametrize("name", ["vocabulary.json", "joint.model"])
def test_an_altered_vocabulary_is_named(text: Path, name: str, damage) -> None:
    damage(text / "vocabulary" / name)
    with pytest.raises(InputError, match=rf"vocabulary/{name}: "):
        Vocabulary.load(text / "vocabulary")


@every_damage
@pytest.mark.parametrize("name", ["manifest.json", "table.npz"])
def test_an_altered_table_is_named(tmp_path: Path, name: str, damage) -> None:
    write_table(tmp_path, make_table({"ids": [[1, 2], [3]]}))
    damage(tmp_path / name)
    with pytest.raises(InputError, match=rf"{name}: "):
        read_table(tmp_path)
