"""Options of an Apache Beam pipeline, from the command line."""

import contextlib
import io
import shlex

import apache_beam as beam  # pyright: ignore[reportMissingImports]
from apache_beam.options.pipeline_options import (  # pyright: ignore[reportMissingImports]
    PipelineOptions,
)
from apache_beam.runners.portability.portable_runner import (  # pyright: ignore[reportMissingImports]
    PortableRunner,
)

from mlm_xling.errors import InputError

_QUIET = "--default_sdk_harness_log_level=WARNING"


def read_options(runner: str, options: str) -> PipelineOptions:
    """Parses the options of a pipeline, before anything is prepared for it.

    Args:
      runner: its name in Beam.
      options: all other options, in shell syntax.

    Raises:
      InputError: Beam does not know the runner or an option, or an option of the runner is missing.
    """
    usage = io.StringIO()
    try:
        with contextlib.redirect_stderr(usage):
            read = PipelineOptions([f"--runner={runner}", _QUIET, *shlex.split(options)])
            told = read.get_all_options(retain_unknown_options=True)
        chosen = beam.Pipeline(options=read).runner
    except SystemExit:
        why = usage.getvalue().strip().rpartition("error: ")[2]
        raise InputError(f"--options={options}: {why}") from None
    except ValueError as error:
        why = " ".join(str(error).split())
        raise InputError(f"--runner={runner} --options={options!r}: {why}") from error
    # Options of Flink and Spark are only known to their job servers.
    if not isinstance(chosen, PortableRunner):
        with contextlib.redirect_stderr(io.StringIO()):
            unknown = told.keys() - read.get_all_options().keys()
        if unknown:
            raise InputError(f"--options: Beam knows no --{', --'.join(sorted(unknown))}")
    return read
