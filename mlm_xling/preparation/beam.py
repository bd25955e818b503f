"""Prepares text with Apache Beam, on one machine or many; same bytes as the local preparation.

python -m mlm_xling.preparation.beam --config=configs/text.py --config.data.text_dir=text \\
    --config.languages=en,fr --runner=DirectRunner

It needs its own environment, `requirements-beam.txt` (docs/how-to/prepare-on-beam.md).
"""

from functools import partial

from absl import flags
from ml_collections import config_flags

from mlm_xling.command_line import bad_usage_ends
from mlm_xling.config.checks import resolve_flag
from mlm_xling.config.stored import from_json
from mlm_xling.console import run_program
from mlm_xling.errors import InputError
from mlm_xling.paths import require_cache
from mlm_xling.preparation.lab import with_local_files
from mlm_xling.preparation.prepare import (
    check_inputs,
    streams_directory,
    vocabulary_directory,
)
from mlm_xling.preparation.program import as_settings
from mlm_xling.preparation.remote_text import named_by_url
from tasks.quiet import load_tensorflow

_IN_ORDER = ("equal_size", "contamination")
"""Fields of `config.data` that make the treatment of a line depend on all lines before it."""

with bad_usage_ends():
    CONFIG = config_flags.DEFINE_config_file("config", None, "What to train: a file in configs/.")
RUNNER = flags.DEFINE_string("runner", "DirectRunner", "Of Beam: where the pipeline runs.")
OPTIONS = flags.DEFINE_string("options", "", "Others of Beam's, as on its own command line.")
flags.mark_flag_as_required("config")


def prepare_on_beam() -> None:
    """Checks what can be checked before any work, then prepares."""
    config = resolve_flag(CONFIG.value, config_flags.get_override_values(flags.FLAGS["config"]))
    for name in _IN_ORDER:
        if value := getattr(config.data, name):
            raise InputError(
                f"config.data.{name}={value}: goes by the order of lines, which workers do not "
                "know; prepare without Beam, as run_pretrain.py does by itself"
            )
    require_cache(config.data.cache_dir)
    try:
        from mlm_xling.preparation.beam_options import read_options
    except ImportError:
        raise InputError(
            "--runner: apache_beam is not installed; make an environment of requirements-beam.txt"
        ) from None
    options = read_options(RUNNER.value, OPTIONS.value)
    local = from_json(as_settings(with_local_files(config)))
    with named_by_url(config, local):
        check_inputs(local)
        load_tensorflow()
        from mlm_xling.preparation.beam_pipeline import BeamLanguageWriter
        from mlm_xling.preparation.writing import write_streams

        write_streams(
            local,
            streams_directory(local),
            vocabulary_directory(local),
            partial(BeamLanguageWriter, options=options),
        )
    print(streams_directory(local))


if __name__ == "__main__":
    run_program(prepare_on_beam)
