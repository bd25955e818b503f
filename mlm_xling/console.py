"""How the command-line programs start and end."""

import contextlib
import errno
import io
import logging
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator

from absl import app, flags
from absl import logging as absl_logging

from mlm_xling.errors import DivergedError, InputError

_START = time.monotonic()


def seconds_since_start() -> float:
    """Seconds since the program began; it imports this module first."""
    return time.monotonic() - _START


def run_program(run: Callable[[], None]) -> None:
    """Parses the flags, runs, and exits: 0, 2 for bad input or usage, 1 for a failure of ours.

    What a user can mend is told in one line, without a traceback.
    """
    _quiet_libraries()
    never_fail_to_print()
    app.run(lambda _: sys.exit(_status(run)), flags_parser=_parse)


def never_fail_to_print() -> None:
    """Lets characters that the terminal's encoding lacks be replaced, as in the locale C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextlib.contextmanager
def bad_usage_ends() -> Iterator[None]:
    """Ends the program with status 2 and one line where the command line cannot be understood."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        sys.exit(_tell(str(error.args[0]), 2))


def _quiet_libraries() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    absl_logging.set_verbosity(absl_logging.ERROR)
    for name in ("jax", "orbax"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")


def _parse(argv: list[str]) -> list[str]:
    try:
        rest = flags.FLAGS(argv)
        for value in flags.FLAGS.flag_values_dict().values():
            # A configuration file that could not be loaded says so when it is first looked at.
            getattr(value, "languages", None)
        return rest
    except InputError as error:
        message = str(error)
    except (flags.Error, OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        message = str(error.args[0] if error.args else error)
    sys.exit(_tell(message, 2))


def _status(run: Callable[[], None]) -> int:
    try:
        run()
    except InputError as error:
        return _tell(str(error), 2)
    except DivergedError as error:
        return _tell(str(error), 1)
    except KeyboardInterrupt:
        return _tell("interrupted; the same command goes on from what it has saved", 130)
    except Exception as error:
        # Libraries wrap the operating system's error in many types, and keep its words.
        if os.strerror(errno.ENOSPC) in str(error):
            return _tell("no space left on the disk; the last whole checkpoint is kept", 2)
        traceback.print_exc()
        return 1
    return 0


def _tell(message: str, status: int) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return status
