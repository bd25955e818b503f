"""Models whose inputs are read."""

import pytest

from tests.evaluation.inputs.unread_models import model


@pytest.fixture
def bilingual(prepared_config, prepared):
    return model(prepared_config, prepared.directory)
