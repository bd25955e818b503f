"""Checks of the files that a study reads, before its first run trains for an hour."""

from collections.abc import Iterable

from mlm_xling.config import Config
from mlm_xling.config.fields import TFDS
from mlm_xling.data.cache import digest
from mlm_xling.data.sources import source_of, text_files
from mlm_xling.evaluation.evaluators import EVALUATORS, find_evaluators, require_inputs
from mlm_xling.evaluation.inputs.aligned_words import require_aligner, words_to_align
from mlm_xling.preparation.remote_text import is_elsewhere
from mlm_xling.study.cell import PRETRAIN, Cell, Stage
from mlm_xling.study.definition import Study, resolved


def require_files(study: Study, cells: Iterable[Cell]) -> None:
    """Checks the text and the evaluation inputs of what is left of a study.

    What the lab generates, and what is fetched, is not checked, nor is what compares two models but
    for the aligner of words.

    Raises:
      InputError: a file is missing or damaged, or does not suit the languages; or the aligner is
        missing.
    """
    checked = set()
    for cell in cells:
        left = cell.left()
        if any(map(_aligns, left)):
            require_aligner(_config(cell).evaluation.contextual)
        if not left or cell.row not in study.rows:
            continue
        asked = {name for stage in left for name in stage.evaluators}
        names = [name for name in study.evaluators_of(cell.row) if name in asked]
        pretrains = any(stage.name == PRETRAIN for stage in left)
        config = resolved(study, cell.pair, cell.row, study.settings_of(cell.row))
        if pretrains:
            names += [one for one in config.evaluation.during_pretraining if one not in names]
        inputs = digest([config.languages, str(config.data), str(config.evaluation), names])
        if config.data.source != "text" or is_elsewhere(config) or (inputs, pretrains) in checked:
            continue
        checked.add((inputs, pretrains))
        if pretrains:
            _require_text(config)
        require_inputs(find_evaluators(names), config)


def _aligns(stage: Stage) -> bool:
    known = [EVALUATORS[name] for name in stage.evaluators if name in EVALUATORS]
    return any(words_to_align in evaluator.checks for evaluator in known)


def _config(cell: Cell) -> Config:
    """Returns the configuration of the (source) model."""
    config = cell.config or cell.needs[0].config
    assert config is not None
    return config


def _require_text(config: Config) -> None:
    for language in config.languages:
        if source_of(config.data, language) not in TFDS:
            text_files(config.data, language)
