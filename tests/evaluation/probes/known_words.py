"""Two languages whose words have vectors that are known, and so their translations."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import ortho_group

from mlm_xling.config import Config
from mlm_xling.evaluation.inputs.division import Dictionary
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.translations import translations
from mlm_xling.evaluation.representations.word_types import WordTable, WordVectors
from mlm_xling.evaluation.subject import FrozenEncoder
from mlm_xling.model.pretrained import Pretrained

WORDS, WIDTH = 300, 24
NOTHING: Any = None


class Known(FrozenEncoder):
    """An encoder whose words have the given vectors, static ones and those of layers."""

    def __init__(self, static=None, **layers: tuple[WordTable, ...]):
        super().__init__(Pretrained(Config(), NOTHING, NOTHING, 0, None))
        self.static, self.layers = static or {}, layers

    def words(self, language, config):
        layers = self.layers[language]
        return WordVectors(self.static.get(language, layers[0]), layers)

    def inputs(self, dictionary, target=None):
        given = {translations: {"fr": dictionary}}
        return Inputs(self.pretrained, (target or self).pretrained, given)


@pytest.fixture
def planted():
    """Target vectors are the source's, rotated, shifted and shuffled; x7 means y7."""
    random = np.random.default_rng(0)
    source = random.normal(size=(WORDS, WIDTH)).astype(np.float32) + 1
    target = 3 * source @ ortho_group.rvs(WIDTH, random_state=0).astype(np.float32)
    order = random.permutation(WORDS)
    x = WordTable(tuple(f"x{i}" for i in range(WORDS)), source)
    y = WordTable(tuple(f"y{i}" for i in order), target[order])
    translations = {f"x{i}": (f"y{i}",) for i in range(WORDS)}
    names = list(translations)
    dictionary = Dictionary(
        train={name: translations[name] for name in names[:200]},
        test={name: translations[name] for name in names[200:]},
    )
    return x, y, dictionary
