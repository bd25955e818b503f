"""Evaluates or fine-tunes a pretrained encoder, along with an untrained one.

python run_eval.py --workdir=runs/en-fr --evaluators=cka,retrieval \\
    --config.data.parallel=parallel.tsv
python run_eval.py --workdir=runs/en --target_workdir=runs/fr --output=runs/en-and-fr \\
    --evaluators=lexicon,retrieval
python run_eval.py --workdir=runs/en --target_workdir=runs/fr --output=runs/en-and-fr \\
    --evaluators=contextual_ner,contextual_parsing
python run_eval.py --workdir=runs/en-fr --evaluators=nli,ner,parsing
python run_eval.py --workdir=hf:xlm-roberta --output=runs/xlm-roberta \\
    --config.languages=en,fr,ru --config.data.parallel=parallel.tsv
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from absl import flags
from ml_collections import config_flags

from mlm_xling.command_line import bad_usage_ends
from mlm_xling.config import Config
from mlm_xling.console import run_program
from mlm_xling.errors import InputError
from mlm_xling.hugging_face.folder import is_imported
from mlm_xling.paths import user_path
from mlm_xling.training.host_memory import keep_freed_memory

WORKDIR = flags.DEFINE_string(
    "workdir", None, "Folder of run_pretrain.py, or hf:<folder>, transformers:<folder>."
)
OUTPUT = flags.DEFINE_string("output", None, "Folder of results and report; else --workdir.")
TARGET = flags.DEFINE_string("target_workdir", None, "Folder of a second model to compare with.")
EVALUATORS = flags.DEFINE_list("evaluators", ["cka", "retrieval"], "What to measure.")
CHECKPOINT = flags.DEFINE_enum("checkpoint", "best", ["best", "latest"], "Which one to look into.")
MODELS = flags.DEFINE_list("models", ["trained", "untrained"], "What to measure of the run.")
BESIDE = flags.DEFINE_list("beside", None, "Folders of runs that the report compares with this.")
BASELINE = flags.DEFINE_string("baseline", None, "Checkpoint that the report takes differences to.")
flags.mark_flag_as_required("workdir")


def evaluate_run() -> None:
    """Measures, appends to the results, and writes the report."""
    keep_freed_memory()  # The imports below load JAX.
    from mlm_xling.evaluation.evaluators import find_evaluators, find_models
    from mlm_xling.library import evaluate, load, report
    from mlm_xling.reports.runs import (
        name_runs,
        read_runs,
        require_measurable_baseline,
        require_report,
    )
    from mlm_xling.reports.screen import print_tables

    model, output = _model(WORKDIR), _output()
    target = None if TARGET.value is None else _model(TARGET)
    others = [] if BESIDE.value is None else BESIDE.value or [""]
    beside = [user_path(folder, "--beside") for folder in others]
    evaluators, models = find_evaluators(EVALUATORS.value or [""]), find_models(MODELS.value or [])
    require_report(output, beside)
    overrides = config_flags.get_override_values(flags.FLAGS["config"])
    encoder = load(model, CHECKPOINT.value, overrides)
    config = encoder.pretrained.config
    require_measurable_baseline(output, beside, BASELINE.value, evaluators, config, models)
    second = None
    if target is not None:
        told = _as_the_first(config, overrides) if is_imported(target) else {}
        second = load(target, CHECKPOINT.value, told)
    results = evaluate(encoder, evaluators, target=second, output=output, models=models)
    if not results:
        raise InputError(f"--evaluators={','.join(EVALUATORS.value or [])}: nothing was measured")
    page = report(output, encoder, beside=beside, baseline=BASELINE.value)
    print_tables(results, read_runs(name_runs([output, *beside])), BASELINE.value)
    print(f"results {output / 'results.jsonl'}\nreport  {page}")


def _as_the_first(first: Config, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Returns settings that a Hugging Face folder does not specify itself."""
    given = {
        name: overrides[name] for name in ("model.dtype", "training.length") if name in overrides
    }
    return {"languages": first.languages, "data.text_dir": first.data.text_dir, **given}


def _model(flag: flags.FlagHolder) -> str | Path:
    place = flag.value or ""
    return place if is_imported(place) else user_path(place, f"--{flag.name}")


def _output() -> Path:
    if OUTPUT.value is not None:
        return user_path(OUTPUT.value, "--output")
    if is_imported(WORKDIR.value or ""):
        raise InputError("--output: say where results go; nothing is written into such a folder")
    if TARGET.value is not None:
        raise InputError(
            "--output: say where results of two models go; a run's folder has those of its own"
        )
    return user_path(WORKDIR.value or "", "--workdir")


if __name__ == "__main__":
    with bad_usage_ends():  # The defaults only provide types; misspelt fields are found here.
        config_flags.DEFINE_config_dataclass("config", Config(), "Overrides single fields.")
    run_program(evaluate_run)
