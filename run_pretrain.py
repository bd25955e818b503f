"""Pretrains a masked language model on several languages, or resumes an interrupted run.

python run_pretrain.py --config=configs/text.py --config.data.text_dir=text \\
    --config.languages=en,fr --workdir=runs/en-fr

With `--plan=v5e:2x4` nothing is trained: it prints what the run would take there; no text needed.
"""

import os
from pathlib import Path

from absl import flags
from ml_collections import config_flags

from mlm_xling.command_line import bad_usage_ends
from mlm_xling.config import Config
from mlm_xling.config.checks import resolve_flag
from mlm_xling.console import run_program
from mlm_xling.errors import InputError
from mlm_xling.paths import require_cache, require_folder, require_kinds, user_path
from mlm_xling.training.host_memory import keep_freed_memory

with bad_usage_ends():
    CONFIG = config_flags.DEFINE_config_file("config", None, "What to train: a file in configs/.")
WORKDIR = flags.DEFINE_string("workdir", None, "Where checkpoints and results go.")
PLAN = flags.DEFINE_string("plan", None, "Only plan the run, on chips like v5e:2x4 or h100:8.")
PRICE = flags.DEFINE_float("price", None, "Dollars for an hour of a chip, for --plan.")
WRITTEN = ("checkpoints", "checkpoints/best", "checkpoints/latest", "tensorboard", "vocabulary")
flags.mark_flag_as_required("config")
flags.register_multi_flags_validator(
    ["workdir", "plan"],
    lambda given: any(value is not None for value in given.values()),
    "--workdir must have a value; only --plan does without",
)


def pretrain() -> None:
    """Checks what can be checked before any work, then trains."""
    overridden = config_flags.get_override_values(flags.FLAGS["config"])
    config = resolve_flag(CONFIG.value, overridden, reads_text=PLAN.value is None)
    if PLAN.value is not None:
        _plan(config, PLAN.value)
        return
    if PRICE.value is not None:
        raise InputError("--price: has no effect without --plan")
    workdir = user_path(WORKDIR.value or "", "--workdir")
    _require_workdir(workdir)
    require_cache(config.data.cache_dir)
    keep_freed_memory()
    # JAX takes seconds to import, so bad input is reported before.
    from mlm_xling.compilation import keep_compiled
    from mlm_xling.evaluation.evaluators import find_evaluators, probe_maker, require_inputs
    from mlm_xling.training.beginning import require_beginning
    from mlm_xling.training.hosts import hosts_end_together, join_hosts
    from mlm_xling.training.loop import train
    from mlm_xling.training.resuming import require_run

    names = config.evaluation.during_pretraining
    make_probe = probe_maker(names) if names else None
    require_beginning(config, workdir)  # Before the lab is made.
    require_run(workdir, config)
    require_inputs(find_evaluators(names, trains=False) if names else [], config)
    keep_compiled(config.data.cache_dir)
    with hosts_end_together():
        join_hosts()
        train(config, workdir, make_probe)


def _plan(config: Config, text: str) -> None:
    """Plans the run; `--workdir`, if given, stores the plan."""
    workdir = None if WORKDIR.value is None else user_path(WORKDIR.value, "--workdir")
    require_cache(config.data.cache_dir)
    if workdir:
        _require_workdir(workdir)
    # A plan only computes with shapes: available devices are left to others.
    os.environ["JAX_PLATFORMS"] = "cpu"
    from mlm_xling.planning.plan import make_plan
    from mlm_xling.planning.shown import keep_plan, print_plan
    from mlm_xling.planning.slices import read_price, read_slice

    plan = make_plan(config, read_slice(text), read_price(PRICE.value))
    print_plan(plan)
    if workdir:
        keep_plan(plan, workdir)


def _require_workdir(workdir: Path) -> None:
    require_folder(workdir, "--workdir")
    require_kinds(workdir, files=("plan.json", "results.jsonl"), folders=WRITTEN)


if __name__ == "__main__":
    run_program(pretrain)
