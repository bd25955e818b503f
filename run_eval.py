"""Looks into a pretrained encoder or fine-tunes it, and an untrained one beside it.

python run_eval.py --workdir=runs/en-fr --evaluators=cka,retrieval \\
    --config.data.parallel=parallel.tsv
python run_eval.py --workdir=runs/en --target_workdir=runs/fr --evaluators=lexicon,retrieval
python run_eval.py --workdir=runs/en --target_workdir=runs/fr \\
    --evaluators=contextual_ner,contextual_parsing
python run_eval.py --workdir=runs/en-fr --evaluators=nli,ner,parsing
"""

import sys
from pathlib import Path

from absl import flags
from ml_collections import config_flags

from mlm_xling.config import Config
from mlm_xling.console import run_program
from mlm_xling.training.host_memory import keep_freed_memory

WORKDIR = flags.DEFINE_string("workdir", None, "Of run_pretrain.py; results go there too.")
TARGET = flags.DEFINE_string("target_workdir", None, "Of the second model; without it, the first.")
EVALUATORS = flags.DEFINE_list("evaluators", ["cka", "retrieval"], "What to measure.")
CHECKPOINT = flags.DEFINE_enum("checkpoint", "best", ["best", "latest"], "Which one to look into.")
BESIDE = flags.DEFINE_list("beside", [], "Workdirs of runs that the report compares with this.")
BASELINE = flags.DEFINE_string("baseline", None, "Row of the report that differences are taken to.")
flags.mark_flag_as_required("workdir")


def define_overrides() -> None:
    """Defines `--config.<field>=<value>`; the defaults only tell the types of the fields.

    This looks at the command line, so a misspelt field is found here.
    """
    try:
        config_flags.DEFINE_config_dataclass("config", Config(), "Overrides single fields.")
    except (KeyError, TypeError, ValueError) as error:
        print(f"error: {error.args[0]}", file=sys.stderr)
        sys.exit(2)


def evaluate_run() -> None:
    """Measures, appends to the results, and writes the report."""
    keep_freed_memory()  # JAX comes with what is imported here.
    import rich

    from mlm_xling.compilation import keep_compiled
    from mlm_xling.config.overrides import override
    from mlm_xling.data.manifest import read_manifest
    from mlm_xling.errors import InputError
    from mlm_xling.evaluation.evaluators import (
        FINETUNERS,
        check_evaluators,
        evaluate,
    )
    from mlm_xling.evaluation.inputs.loading import load_inputs
    from mlm_xling.evaluation.subject import subjects
    from mlm_xling.preparation.prepare_labelled import prepare_labelled
    from mlm_xling.reports.page import write_report
    from mlm_xling.reports.transfer import console_tables
    from mlm_xling.results import FILE_NAME, append_results, read_results
    from mlm_xling.training.checkpointing import load_pretrained

    workdir = Path(str(WORKDIR.value))
    check_evaluators(EVALUATORS.value)
    beside = [Path(place) for place in BESIDE.value]
    for place in (workdir, *beside):  # A damaged file is told before anything is computed.
        found = read_results(place / FILE_NAME)
        if place in beside and not found:
            raise InputError(f"--beside={place}: no results there; run run_eval.py on it")
    source = load_pretrained(workdir, CHECKPOINT.value)
    values = config_flags.get_override_values(flags.FLAGS["config"])
    config = override(source.config, values)
    source = source._replace(config=config)
    target = load_pretrained(TARGET.value, CHECKPOINT.value) if TARGET.value else source
    keep_compiled(config.data.cache_dir)
    for task in set(EVALUATORS.value) & set(FINETUNERS):
        prepare_labelled(config, task, source.vocabulary)  # As above: bad data is told first.
    inputs = load_inputs(EVALUATORS.value, source, target)
    for warning in inputs.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    results = [
        result
        for subject, names in subjects(source, target, inputs, EVALUATORS.value, workdir)
        for result in evaluate(names, subject)
    ]
    append_results(workdir / FILE_NAME, results)
    manifest = source.data_dir and read_manifest(source.data_dir)
    page = write_report(workdir, config, manifest, beside, BASELINE.value)
    for table in console_tables(workdir.resolve().name, results):
        rich.print(table)
    print(f"results {workdir / FILE_NAME}\nreport  {page}")


if __name__ == "__main__":
    define_overrides()
    run_program(evaluate_run)
