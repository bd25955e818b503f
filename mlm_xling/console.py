"""How the command-line programs start and end."""

import contextlib
import dataclasses
import errno
import logging
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator

from absl import app, flags
from absl import logging as absl_logging
from ml_collections.config_flags import config_flags, tuple_parser

from mlm_xling.errors import DivergedError, InputError
from mlm_xling.paths import user_path

_START = time.monotonic()
_CONFIG = ("--config", "-config")
_IN_FILE = "Error whilst parsing config file"


class _ListParser(tuple_parser.TupleParser):
    """Takes a list as it is written; `config.checks.resolve` splits it.

    The library's own reads it as Python: `fr:c4,de:x.txt` is no such thing, `0x10` is 16, and
    `None` is nothing.
    """

    def parse(self, argument: str | tuple | None) -> tuple:
        return (argument,) if isinstance(argument, str) else argument or ()


config_flags.register_flag_parser_for_type(tuple, _ListParser())


def seconds_since_start() -> float:
    """Seconds since the program began; it imports this module first."""
    return time.monotonic() - _START


def run_program(run: Callable[[], None]) -> None:
    """Parses the flags, runs, and exits: 0, 2 for bad input or usage, 1 for a failure of ours.

    Words that belong to no flag are bad usage: `--config.languages=en, de` would be English alone.

    What a user can mend is told in one line, without a traceback.
    """
    _quiet_libraries()
    app.run(lambda _: sys.exit(_status(run)), flags_parser=_parse)


@contextlib.contextmanager
def bad_usage_ends() -> Iterator[None]:
    """Ends the program with status 2 and one line where the command line cannot be understood."""
    try:
        yield
    except Exception as error:
        sys.exit(_tell(_misuse(error), 2))


def _quiet_libraries() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    absl_logging.set_verbosity(absl_logging.ERROR)
    for name in ("jax", "orbax"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")


def _parse(argv: list[str]) -> list[str]:
    try:
        if sum(word.partition("=")[0] in _CONFIG for word in argv) > 1:
            raise InputError("--config stands twice; give one file")
        rest = flags.FLAGS([_with_home(word) for word in argv])
        for value in flags.FLAGS.flag_values_dict().values():
            # A configuration file that could not be loaded says so when it is first looked at.
            getattr(value, "languages", None)
        _refuse_words(rest[1:])
        _refuse_sections()
        return rest
    except Exception as error:  # A configuration file is a program of the user's: it may do all.
        sys.exit(_tell(_misuse(error), 2))


def _with_home(word: str) -> str:
    """Expands `--config=~/...`, as shells do not after an equals sign."""
    name, _, value = word.partition("=")
    if name in _CONFIG and value.startswith("~"):
        return f"{name}={user_path(value, name)}"
    return word


def _refuse_words(words: list[str]) -> None:
    if words:
        raise InputError(
            f"{words[0]!r} belongs to no flag; write --flag=value, a list without spaces, "
            "and what has spaces in quotes"
        )


def _refuse_sections() -> None:
    """The flags library takes `--config.model=1` for "all defaults"."""
    for name in flags.FLAGS:
        if name.startswith("config.") and dataclasses.is_dataclass(flags.FLAGS[name].value):
            raise InputError(f"--{name}: a section; give its fields, --{name}.<field>=value")


def _misuse(error: BaseException) -> str:
    """Says what is wrong with the command line, or with a configuration file and where."""
    if _IN_FILE in str(error):  # ml_collections pastes a traceback into its message.
        while error.__context__:
            error = error.__context__
    elif isinstance(error, InputError | flags.Error | OSError | SyntaxError):
        return str(error)
    elif isinstance(error, KeyError | TypeError | ValueError | IndexError) and error.args:
        return str(error.args[0])
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{f.filename}:{f.lineno}" for f in frames if not _is_ours(f.filename)]
    return ": ".join([*places[-1:], type(error).__name__, str(error)])


def _is_ours(file: str) -> bool:
    """Whether a line of code is no user's: of this program or of a library."""
    return file in (__file__, sys.argv[0]) or "site-packages" in file


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
