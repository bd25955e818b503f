"""Initial parameters of a run: random, or those of another run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import jax
import numpy as np
from flax import nnx

from mlm_xling.config import Config
from mlm_xling.config.stored import fields, from_json
from mlm_xling.data.manifest import Prepared
from mlm_xling.errors import InputError
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.preparation.lab import with_local_files
from mlm_xling.preparation.prepare import vocabulary_directory, vocabulary_settings
from mlm_xling.preparation.remote_text import named_by_url
from mlm_xling.training.agreement import said_by_all
from mlm_xling.training.checkpointing import load_pretrained
from mlm_xling.training.resuming import newest_metadata
from mlm_xling.training.step import Program, TrainState
from mlm_xling.vocabulary import Vocabulary, is_vocabulary

_SAME = "model.", "vocabulary.", "languages"
_MAY_DIFFER = (
    "model.dropout", "model.attention_dropout", "model.dtype", "vocabulary.training_lines",
)  # fmt: skip
"""Fields that do not affect the parameters or, with less text, the vocabulary."""


def require_beginning(config: Config, workdir: Path) -> None:
    """Checks that the run of `training.init_from` exists and has the same model and vocabulary.

    A resumed run no longer depends on it.

    Raises:
      InputError: there is no checkpoint; its model, its languages or a field that always changes
        the vocabulary differ; or so does the vocabulary, if it has been made before.
    """
    if not config.training.init_from or newest_metadata(workdir) is not None:
        return
    folder = _folder(config)
    metadata = newest_metadata(folder)
    if metadata is None:
        raise InputError(
            f"config.training.init_from={folder}: no checkpoint in it; is it the --workdir of a "
            "run?"
        )
    begun = from_json(metadata.config)
    before, now = dict(fields(begun)), dict(fields(config))
    for name, value in now.items():
        if name.startswith(_SAME) and name not in _MAY_DIFFER and before[name] != value:
            raise InputError(_differing(config, name, before[name], value))
    if _made_vocabulary(config) not in (None, metadata.vocabulary):
        raise _other_vocabulary(config, begun)


def earlier_data(config: Config, workdir: Path) -> list[str]:
    """Lists the prepared texts that the parameters were trained on before the run of `workdir`."""
    if (own := newest_metadata(workdir)) is not None:
        return own.earlier_data
    if not config.training.init_from or (begun := newest_metadata(_folder(config))) is None:
        return []
    return list(dict.fromkeys([begun.data_dir, *begun.earlier_data]))


def dev_text_seen(prepared: Prepared, earlier: Sequence[Path | None]) -> Mapping[str, float | None]:
    """Returns the share of each language's dev sentences that also occur in training text.

    Args:
      earlier: prepared texts of the runs that this one was initialised from; if any differs from
        its own, the shares are unknown (None).
    """
    seen = prepared.manifest.dev_seen
    return seen if set(earlier) <= {prepared.directory} else dict.fromkeys(seen)


def initial_state(config: Config, program: Program, vocabulary: str) -> TrainState:
    """Returns the state of step 0, placed on the devices.

    Args:
      vocabulary: fingerprint of this run's vocabulary.

    Raises:
      InputError: the run of `training.init_from` has another vocabulary, is damaged, or is still
        training and hosts read different checkpoints.
    """
    if not config.training.init_from:
        return program.init()
    begun: Pretrained = load_pretrained(_folder(config), "best")
    if begun.vocabulary.fingerprint != vocabulary:
        raise _other_vocabulary(config, begun.config)
    if len(set(said_by_all(str(begun.step)))) > 1:
        raise InputError(
            f"config.training.init_from={_folder(config)}: hosts read different checkpoints, as a "
            "run trains there; start again when it has ended"
        )
    params = nnx.to_pure_dict(nnx.state(begun.encoder))
    placed = jax.tree.map(_placed, params, program.state_shardings.params)
    return program.init()._replace(params=placed)


def _made_vocabulary(config: Config) -> str | None:
    """Returns the fingerprint of the run's vocabulary if it is in the cache."""
    local = with_local_files(config)
    with named_by_url(config, local):
        directory = vocabulary_directory(local)
    return Vocabulary.load(directory).fingerprint if is_vocabulary(directory) else None


def _other_vocabulary(config: Config, begun: Config) -> InputError:
    before = vocabulary_settings(begun)
    for name, value in vocabulary_settings(config).items():
        if name in before and before[name] != value:
            differing = _differing(config, name, before[name], value)
            return InputError(f"{differing}, and another vocabulary")
    return InputError(
        f"config.training.init_from={_folder(config)}: its vocabulary is another one; give both "
        "runs the same text and held-out pairs, and name languages that are not to be read in "
        "config.training.languages"
    )


def _differing(config: Config, name: str, before: object, now: object) -> str:
    run = f"the run of config.training.init_from={_folder(config)}"
    return f"config.{name}: {run} has {before!r}, not {now!r}"


def _placed(leaf: jax.Array, sharding: jax.sharding.Sharding) -> jax.Array:
    values = np.asarray(leaf)
    return jax.make_array_from_callback(values.shape, sharding, lambda index: values[index])


def _folder(config: Config) -> Path:
    return Path(config.training.init_from).expanduser()
