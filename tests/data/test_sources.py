"""Where the text of a language lies: files by tag, TFDS by the builder's own codes."""

import ast
from pathlib import Path

import pytest
import tensorflow_datasets

from mlm_xling.config import DataConfig
from mlm_xling.data import sources
from mlm_xling.data.sources import (
    check_sources,
    source_fingerprint,
    text_files,
    tfds_language,
    tfds_name,
)
from mlm_xling.errors import InputError

BUILDERS = Path(tensorflow_datasets.__file__).parent / "text"


def known_codes(builder: str) -> set[str]:
    """The longest list of strings in the source of a TFDS builder: its languages."""
    nodes = ast.walk(ast.parse((BUILDERS / f"{builder}.py").read_text()))
    lists = [node.elts for node in nodes if isinstance(node, ast.List)]
    return set(map(ast.literal_eval, max(lists, key=len)))


@pytest.mark.parametrize("language", ["pt-BR", "pt-BR2"])
@pytest.mark.parametrize("name", ["pt-br.txt", "PT-BR.txt", "pt-BR.txt"])
def test_the_file_of_a_tag_is_found_whatever_its_case(tmp_path, name, language) -> None:
    (tmp_path / name).write_text("Bom dia.\n")
    (tmp_path / "pt.txt").write_text("Bom dia.\n")
    assert text_files(DataConfig(text_dir=str(tmp_path)), language) == [tmp_path / name]


def test_a_missing_file_is_named_as_the_tag_is_spelled(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"pt-BR.txt: no such file"):
        text_files(DataConfig(text_dir=str(tmp_path)), "pt-BR2")


def shards(folder: Path, *numbers: int, count: int = 2) -> list[Path]:
    paths = [folder / f"pt-BR-{number:05d}-of-{count:05d}.txt" for number in numbers]
    for path in paths:
        path.write_text("Bom dia.\n")
    return paths


def test_shards_are_read_in_order_in_the_place_of_a_file(tmp_path: Path) -> None:
    second, first = shards(tmp_path, 1, 0)
    (tmp_path / "pt-BR-00000-of-00002.txt.bak").write_text("Boa noite.\n")
    assert text_files(DataConfig(text_dir=str(tmp_path)), "pt-br") == [first, second]


def test_a_lost_shard_is_named(tmp_path: Path) -> None:
    shards(tmp_path, 0, 2, count=3)
    with pytest.raises(InputError, match=r"pt-BR-00001-of-00003.txt: no such file"):
        text_files(DataConfig(text_dir=str(tmp_path)), "pt-BR")


def test_a_file_beside_shards_is_refused(tmp_path: Path) -> None:
    shards(tmp_path, 0, 1)
    (tmp_path / "pt-BR.txt").write_text("Bom dia.\n")
    with pytest.raises(InputError, match=r"pt-BR.txt or .*00000-of-00002.txt and so on\? Remove"):
        text_files(DataConfig(text_dir=str(tmp_path)), "pt-BR")


def test_shards_of_two_divisions_are_refused(tmp_path: Path) -> None:
    shards(tmp_path, 0, 1)
    shards(tmp_path, 0, 1, 2, count=3)
    with pytest.raises(InputError, match=r"00000-of-00002.txt or .*00000-of-00003.txt and so on"):
        text_files(DataConfig(text_dir=str(tmp_path)), "pt-BR")


@pytest.mark.parametrize("numbers", [(0, 1, 2), (1, 2)])
def test_a_shard_beyond_the_count_is_not_passed_over(
    tmp_path: Path, numbers: tuple[int, ...]
) -> None:
    shards(tmp_path, *numbers)
    with pytest.raises(InputError, match=r"00002-of-00002.txt: shards are numbered from 00000"):
        text_files(DataConfig(text_dir=str(tmp_path)), "pt-BR")


def test_the_text_of_shards_is_known_by_their_order(tmp_path: Path) -> None:
    first, second = shards(tmp_path, 0, 1)
    data = DataConfig(text_dir=str(tmp_path))
    second.write_text("Boa noite.\n")
    before = source_fingerprint(data, "pt-BR")
    first.write_text("Boa noite.\n")
    second.write_text("Bom dia.\n")
    assert source_fingerprint(data, "pt-BR") != before


@pytest.mark.parametrize("builder", sources.TFDS)
def test_every_exception_is_a_code_of_its_builder(builder: str) -> None:
    assert set(sources._TFDS_CODES[builder].values()) <= known_codes(builder)


@pytest.mark.parametrize(
    ("builder", "language", "code"),
    [
        ("wiki40b", "zh", "zh-cn"),
        ("wiki40b", "zh-Hans", "zh-cn"),
        ("wiki40b", "zh-Hant", "zh-tw"),
        ("wiki40b", "zh-TW", "zh-tw"),
        ("wiki40b", "zh-Hant-HK", "zh-tw"),
        ("wikipedia", "zh-Hant", "zh"),
        ("wikipedia", "gsw", "als"),
        ("wikipedia", "nds", "nds"),
        ("c4", "he", "iw"),
        ("c4", "hi-Latn", "hi-Latn"),
        ("c4", "hi-Deva", "hi"),
        ("c4", "es-419", "es"),
        ("c4", "en2", "en"),
        ("c4", "pt-BR2", "pt"),
    ],
)
def test_a_tag_has_the_builders_code_or_its_primary_subtag(builder, language, code) -> None:
    assert tfds_language(builder, language) == code
    assert code in known_codes(builder)


def test_the_code_is_in_the_builders_name() -> None:
    assert tfds_name("wiki40b", "zh-Hant") == "wiki40b/zh-tw:1.3.0"
    assert tfds_name("wikipedia", "pt-BR") == "wikipedia/20230601.pt:1.0.0"


def test_one_text_for_two_languages_is_refused_unless_it_is_meant() -> None:
    data = DataConfig(source="wikipedia")
    check_sources(data, ("en", "en2", "pt-BR"))
    check_sources(DataConfig(source="wikipedia", sources=("pt-PT:c4",)), ("pt-BR", "pt-PT"))
    with pytest.raises(InputError, match="wikipedia has one text for pt-BR and pt-PT; leave"):
        check_sources(data, ("pt-BR", "pt-PT"))


def test_texts_of_one_builder_have_fingerprints_of_their_own() -> None:
    data = DataConfig(source="c4")
    prints = {source_fingerprint(data, language) for language in ("hi", "hi-Latn", "hi2", "en")}
    assert len(prints) == 3
