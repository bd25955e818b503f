"""Every field that shapes what is prepared gives it a directory of its own, new fields too."""

import copy
import dataclasses
from functools import reduce
from pathlib import Path

import pytest

from mlm_xling.config import Config, LabConfig
from mlm_xling.config.stored import fields
from mlm_xling.preparation.lab import lab_directory, labelled_lab_directory
from mlm_xling.preparation.prepare import (
    BY_CONTENT,
    NOT_PREPARED,
    streams_directory,
    vocabulary_directory,
)

PREPARED = [
    name
    for name, _ in fields(Config())
    if name.startswith(("data.", "vocabulary."))
    and name.removeprefix("data.") not in NOT_PREPARED | BY_CONTENT
]


@pytest.fixture
def config(prepared_config: Config, tmp_path: Path) -> Config:
    """A configuration that uses everything that has fields of its own."""
    config = copy.deepcopy(prepared_config)
    config.data.dictionary = str(tmp_path / "en-fr.tsv")
    Path(config.data.dictionary).write_text("ba\tbé\n")
    config.data.code_switching.probability = 0.5
    return config


def other(value: object) -> object:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case float():
            return value / 2 + 0.3
        case tuple():
            return (*value, "x")
    return f"{value}x"


@pytest.mark.parametrize("name", PREPARED)
def test_every_field_of_data_and_vocabulary_but_the_named_ones_matters(config, name) -> None:
    before = streams_directory(config)
    *sections, field = name.split(".")
    section = reduce(getattr, sections, config)

    setattr(section, field, other(getattr(section, field)))

    assert streams_directory(config) != before


@pytest.mark.parametrize("name", [name for name, _ in fields(LabConfig())])
def test_every_field_of_the_lab_makes_another_world(config, name) -> None:
    text, labelled = lab_directory(config), labelled_lab_directory(config)

    setattr(config.lab, name, other(getattr(config.lab, name)))

    assert labelled_lab_directory(config) != labelled
    of_text = name not in {"labelled", "nli_pairs"}
    assert (lab_directory(config) != text) == of_text


@pytest.mark.parametrize("name", sorted(NOT_PREPARED - {"cache_dir"}))
def test_the_named_ones_prepare_nothing_again(config, name) -> None:
    before = streams_directory(config)

    setattr(config.data, name, other(getattr(config.data, name)))

    assert streams_directory(config) == before


@pytest.mark.parametrize(
    ("section", "directory"),
    [
        ("data", streams_directory),
        ("data", vocabulary_directory),
        ("data.code_switching", streams_directory),
        ("vocabulary", vocabulary_directory),
        ("lab", lab_directory),
        ("lab", labelled_lab_directory),
    ],
)
def test_a_new_field_matters_though_nobody_named_it(config, section, directory) -> None:
    *above, name = section.split(".")
    parent = reduce(getattr, above, config)
    old = getattr(parent, name)
    wider = dataclasses.make_dataclass("Wider", [("new", int, 0)], bases=(type(old),))
    values = {field.name: getattr(old, field.name) for field in dataclasses.fields(old)}
    found = set()

    for new in (0, 1):
        setattr(parent, name, wider(**values, new=new))
        found.add(directory(config))

    assert len(found) == 2
