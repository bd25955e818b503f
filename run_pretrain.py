"""Pretrains a masked language model on several languages, or goes on with an interrupted run.

python run_pretrain.py --config=configs/text.py --config.data.text_dir=text \\
    --config.languages=en,fr --workdir=runs/en-fr
"""

from pathlib import Path

from absl import flags
from ml_collections import config_flags

from mlm_xling.config.checks import resolve
from mlm_xling.console import run_program
from mlm_xling.training.host_memory import keep_freed_memory

CONFIG = config_flags.DEFINE_config_file("config", None, "What to train: a file in configs/.")
WORKDIR = flags.DEFINE_string("workdir", None, "Where checkpoints and results go.")
flags.mark_flags_as_required(["config", "workdir"])


def pretrain() -> None:
    """Resolves the configuration, then trains."""
    config = resolve(CONFIG.value)
    keep_freed_memory()
    # JAX takes seconds to import: bad input is told before that.
    from mlm_xling.compilation import keep_compiled
    from mlm_xling.evaluation.evaluators import probe_maker
    from mlm_xling.training.hosts import hosts_end_together, join_hosts
    from mlm_xling.training.loop import train

    names = config.evaluation.during_pretraining
    make_probe = probe_maker(names) if names else None
    keep_compiled(config.data.cache_dir)
    join_hosts()
    with hosts_end_together():
        train(config, Path(str(WORKDIR.value)), make_probe)


if __name__ == "__main__":
    run_program(pretrain)
