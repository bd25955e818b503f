"""Pretrains a masked language model on several languages, or goes on with an interrupted run.

python run_pretrain.py --config=configs/text.py --config.data.text_dir=text \\
    --config.languages=en,fr --workdir=runs/en-fr
"""

import dataclasses
from pathlib import Path

from absl import flags
from ml_collections import config_flags

from mlm_xling.config import Config
from mlm_xling.config.checks import resolve
from mlm_xling.console import bad_usage_ends, run_program
from mlm_xling.errors import InputError
from mlm_xling.paths import require_folder, require_kinds, user_path
from mlm_xling.training.host_memory import keep_freed_memory

with bad_usage_ends():
    CONFIG = config_flags.DEFINE_config_file("config", None, "What to train: a file in configs/.")
WORKDIR = flags.DEFINE_string("workdir", None, "Where checkpoints and results go.")
WRITTEN = ("checkpoints", "checkpoints/best", "checkpoints/latest", "tensorboard", "vocabulary")
flags.mark_flags_as_required(["config", "workdir"])


def pretrain() -> None:
    """Checks what can be known before any work, then trains."""
    if not isinstance(CONFIG.value, Config):
        raise InputError("--config: get_config() of this file returns no mlm_xling.config.Config")
    config = resolve(dataclasses.replace(CONFIG.value, origin=""))
    workdir = user_path(WORKDIR.value or "", "--workdir")
    _require_places(workdir, Path(config.data.cache_dir).expanduser())
    keep_freed_memory()
    # JAX takes seconds to import: bad input is told before that.
    from mlm_xling.compilation import keep_compiled
    from mlm_xling.evaluation.evaluators import find_evaluators, probe_maker, require_inputs
    from mlm_xling.training.beginning import require_beginning
    from mlm_xling.training.hosts import hosts_end_together, join_hosts
    from mlm_xling.training.loop import train
    from mlm_xling.training.resuming import require_run

    names = config.evaluation.during_pretraining
    make_probe = probe_maker(names) if names else None
    require_run(workdir, config)
    require_beginning(config)
    require_inputs(find_evaluators(names, trains=False) if names else [], config)
    keep_compiled(config.data.cache_dir)
    join_hosts()
    with hosts_end_together():
        train(config, workdir, make_probe)


def _require_places(workdir: Path, cache: Path) -> None:
    require_folder(workdir, "--workdir")
    require_kinds(workdir, files=("results.jsonl",), folders=WRITTEN)
    require_folder(cache, "config.data.cache_dir")
    require_kinds(cache, folders=("compiled", "lab", "streams", "vocabularies"))


if __name__ == "__main__":
    run_program(pretrain)
