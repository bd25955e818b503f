"""A world and its five languages, drawn once."""

import pytest

from mlm_xling.config import LabConfig
from tasks.lab.realise import Language
from tasks.lab.usage import Usage
from tasks.lab.world import World


@pytest.fixture(scope="session")
def lab() -> LabConfig:
    return LabConfig(sentences=600, parallel_rows=300, labelled=120, nli_pairs=120)


@pytest.fixture(scope="session")
def world(lab: LabConfig) -> World:
    return World(lab)


@pytest.fixture(scope="session")
def usage(world: World, lab: LabConfig) -> Usage:
    return Usage(world, lab)


@pytest.fixture(scope="session")
def languages(world: World, lab: LabConfig) -> dict[str, Language]:
    return {code: Language(world, code, lab) for code in lab.languages}
