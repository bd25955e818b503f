"""Checks of the files that a study reads, before its first run trains for an hour."""

from collections.abc import Iterable

from mlm_xling.config import Config
from mlm_xling.config.fields import TFDS
from mlm_xling.data.cache import digest
from mlm_xling.data.sources import source_of, text_files
from mlm_xling.evaluation.evaluators import find_evaluators, require_inputs
from mlm_xling.preparation.remote_text import is_elsewhere
from mlm_xling.study.cell import PRETRAIN, Cell
from mlm_xling.study.definition import Study, resolved


def require_files(study: Study, cells: Iterable[Cell]) -> None:
    """Checks the text and the evaluation inputs of what is left of a study.

    What the lab generates, and what is fetched, is not checked, nor is what compares two models.

    Raises:
      InputError: a file is missing or damaged, or does not suit the languages.
    """
    checked = set()
    for cell in cells:
        left = cell.left()
        if not left or cell.row not in study.rows:
            continue
        asked = {name for stage in left for name in stage.evaluators}
        names = [name for name in study.evaluators if name in asked]
        pretrains = any(stage.name == PRETRAIN for stage in left)
        config = resolved(study, cell.pair, cell.row, study.settings_of(cell.row))
        inputs = digest([config.languages, str(config.data), str(config.evaluation), names])
        if config.data.source != "text" or is_elsewhere(config) or (inputs, pretrains) in checked:
            continue
        checked.add((inputs, pretrains))
        if pretrains:
            _require_text(config)
        require_inputs(find_evaluators(names), config)


def _require_text(config: Config) -> None:
    for language in config.languages:
        if source_of(config.data, language) not in TFDS:
            text_files(config.data, language)
