"""Startup and exit of the command-line programs."""

import contextlib
import errno
import io
import logging
import os
import select
import shlex
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

from absl import app, flags
from absl import logging as absl_logging

from mlm_xling.command_line import parse_flags, tell
from mlm_xling.errors import DivergedError, InputError, StoppedError

_START = time.monotonic()


def seconds_since_start() -> float:
    """Returns the seconds since the program started; it imports this module first."""
    return time.monotonic() - _START


def run_program(run: Callable[[], None]) -> None:
    """Parses the flags, runs, and exits.

    The exit status is 0; 2 for errors that the user can fix, which are reported in one line; 1 for
    internal errors, whose traceback goes to a file; 130 or 143 after SIGINT or SIGTERM; 141,
    silently, if whoever reads the output has ended. Words that belong to no flag are bad usage:
    `--config.languages=en, de` would be English alone.
    """
    _quiet_libraries()
    signal.signal(signal.SIGTERM, _terminate)
    never_fail_to_print()
    app.run(lambda _: _exit(run), flags_parser=parse_flags)


def never_fail_to_print() -> None:
    """Replaces characters that the terminal's encoding lacks, e.g. in the locale C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _quiet_libraries() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    absl_logging.set_verbosity(absl_logging.ERROR)
    for name in ("jax", "orbax"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")


def _terminate(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt(number)


def _exit(run: Callable[[], None]) -> NoReturn:
    try:
        run()
        _flush()
    except KeyboardInterrupt as error:
        status = tell_end(error)
        with contextlib.suppress(BrokenPipeError):  # Ctrl-C also ends what reads the output.
            _flush()
        # Threads of Orbax and XLA may still be running: a normal interpreter exit would crash.
        os._exit(status)
    except Exception as error:
        sys.exit(tell_end(error))
    sys.exit(0)


def _flush() -> None:
    print(end="", flush=True)  # Does nothing, as other prints, if standard output is closed.


def tell_end(error: BaseException) -> int:
    """Reports in one line how a program ended, and returns the exit status."""
    if isinstance(error, StoppedError):
        return 128 + error.signal
    if isinstance(error, KeyboardInterrupt):
        number = error.args[0] if error.args else signal.SIGINT
        return tell("interrupted; the same command goes on from what it has saved", 128 + number)
    if isinstance(error, BrokenPipeError) and _reader_has_ended():
        return 128 + signal.SIGPIPE
    if isinstance(error, DivergedError):
        return tell(str(error), 1)
    if what := what_to_mend(error):
        return tell(what, 2)
    what = "".join(traceback.format_exception_only(error)).strip().partition("\n")[0]
    last = traceback.extract_tb(error.__traceback__)[-1]
    return tell(
        f"this is a failure of mlm_xling, not yours: {what} (in {last.name}); please report it "
        f"with {_write_log(error)}",
        1,
    )


def _reader_has_ended() -> bool:
    """Returns whether standard output leads nowhere, as after `| head`, and discards it then."""
    if sys.stdout is None:
        return False
    output = select.poll()
    output.register(sys.stdout, select.POLLOUT)
    if not any(event & select.POLLERR for _, event in output.poll(0)):
        return False
    # The interpreter writes what is left as it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


def what_to_mend(error: BaseException) -> str | None:
    """Returns one line on how to fix an error; None for internal errors."""
    text = str(error)
    if isinstance(error, InputError):
        return text
    # Libraries wrap operating system errors in many types, but keep the message.
    if os.strerror(errno.ENOSPC) in text:
        return "no space left on the disk; the last complete checkpoint is kept"
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror.lower()}"
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in text:
        return (
            "the memory is not enough; smaller config.training.batch_size, config.training.groups "
            "or config.model needs less, and config.mesh.fsdp divides parameters over devices"
        )
    if "Unable to initialize backend" in text:
        return f"JAX finds no such device: {text}"
    return None


def _write_log(error: BaseException) -> str:
    """Writes a full report of an error into the workdir, or else into the temporary folder."""
    content = "\n".join((shlex.join(sys.argv), sys.version, *traceback.format_exception(error)))
    name = f"failure-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    workdir = flags.FLAGS["workdir"].value if "workdir" in flags.FLAGS else None
    for folder in (Path(workdir or tempfile.gettempdir()), Path(tempfile.gettempdir())):
        with contextlib.suppress(OSError):
            (folder / name).write_text(content, encoding="utf-8", errors="backslashreplace")
            return str(folder / name)
    sys.stderr.write(content)
    return "the traceback above"
