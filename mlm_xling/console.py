"""Startup and exit of the command-line programs."""

import contextlib
import dataclasses
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
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from absl import app, flags
from absl import logging as absl_logging
from ml_collections.config_flags import config_flags, tuple_parser

from mlm_xling.errors import DivergedError, InputError, StoppedError
from mlm_xling.paths import user_path

_START = time.monotonic()
_CONFIG = ("--config", "-config")
_IN_FILE = "Error whilst parsing config file"


class _ListParser(tuple_parser.TupleParser):
    """Passes a list on as written; `config.checks.resolve` splits it.

    The library's parser evaluates it as Python: it rejects `fr:c4,de:x.txt`, reads `0x10` as 16,
    and `None` as nothing.
    """

    def parse(self, argument: str | tuple | None) -> tuple:
        return (argument,) if isinstance(argument, str) else argument or ()


config_flags.register_flag_parser_for_type(tuple, _ListParser())


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
    app.run(lambda _: _exit(run), flags_parser=_parse)


def never_fail_to_print() -> None:
    """Replaces characters that the terminal's encoding lacks, e.g. in the locale C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextlib.contextmanager
def bad_usage_ends() -> Iterator[None]:
    """Ends the program with status 2 and one line if the command line is invalid."""
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
            raise InputError("--config is given twice; give one file")
        argv = [_with_home(word) for word in _joined(argv)]
        for word in argv:
            _require_config_file(word)
        rest = flags.FLAGS(argv)
        for value in flags.FLAGS.flag_values_dict().values():
            # A configuration file that failed to load raises on first access.
            getattr(value, "languages", None)
        _refuse_words(rest[1:])
        _refuse_sections()
        return rest
    except Exception as error:  # A configuration file is user code and may raise anything.
        sys.exit(_tell(_misuse(error), 2))


def _joined(argv: list[str]) -> list[str]:
    """Writes `--config <file>` as one word."""
    words = iter(argv)
    return [f"{word}={next(words, '')}" if word in _CONFIG else word for word in words]


def _with_home(word: str) -> str:
    """Expands `--config=~/...`, since shells do not after an equals sign."""
    name, _, value = word.partition("=")
    if name in _CONFIG and value.startswith("~"):
        return f"{name}={user_path(value, name)}"
    return word


def _require_config_file(word: str) -> None:
    """Rejects `--config=<file>` of no file, or where the configuration is that of a run."""
    name, _, value = word.partition("=")
    if name not in _CONFIG or not value or "config" not in flags.FLAGS:
        return
    if dataclasses.is_dataclass(flags.FLAGS["config"].default):
        raise InputError(
            "--config: a run has its own; override single fields, --config.<section>.<field>=value"
        )
    path = value.partition(":")[0]
    if not Path(path).exists():
        raise InputError(f"--config: {path}: no such file")


def _refuse_words(words: list[str]) -> None:
    if words:
        raise InputError(
            f"{words[0]!r} belongs to no flag; write --flag=value, a list without spaces, "
            "and what has spaces in quotes"
        )


def _refuse_sections() -> None:
    """Rejects `--config.model=1`, which the flags library takes as "all defaults"."""
    for name in flags.FLAGS:
        if name.startswith("config.") and dataclasses.is_dataclass(flags.FLAGS[name].value):
            raise InputError(f"--{name}: a section; give its fields, --{name}.<field>=value")


def _misuse(error: BaseException) -> str:
    """Describes what is wrong with the command line, or with a configuration file and where."""
    if _IN_FILE in str(error):  # ml_collections includes a traceback in its message.
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
    """Returns whether a line of code is from this program or a library, not the user's."""
    return file in (__file__, sys.argv[0]) or "site-packages" in file


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
        return _tell("interrupted; the same command goes on from what it has saved", 128 + number)
    if isinstance(error, BrokenPipeError) and _reader_has_ended():
        return 128 + signal.SIGPIPE
    if isinstance(error, DivergedError):
        return _tell(str(error), 1)
    if what := what_to_mend(error):
        return _tell(what, 2)
    what = "".join(traceback.format_exception_only(error)).strip().partition("\n")[0]
    last = traceback.extract_tb(error.__traceback__)[-1]
    return _tell(
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


def _tell(message: str, status: int) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return status
