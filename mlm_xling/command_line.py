"""Command lines: flags and configuration files, and in one line what is wrong with them."""

import argparse
import contextlib
import dataclasses
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from absl import flags
from ml_collections.config_flags import config_flags, tuple_parser

from mlm_xling.errors import InputError
from mlm_xling.paths import user_path

_CONFIG = ("--config", "-config")
_IN_FILE = "Error whilst parsing config file"


class OneLineParser(argparse.ArgumentParser):
    """`ArgumentParser` that ends the program with status 2 and one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Ends the program."""
        sys.exit(tell(message, 2))


class _ListParser(tuple_parser.TupleParser):
    """Passes a list on as written; `config.checks.resolve` splits it.

    The library's parser evaluates it as Python: it rejects `fr:c4,de:x.txt`, reads `0x10` as 16,
    and `None` as nothing.
    """

    def parse(self, argument: str | tuple | None) -> tuple:
        return (argument,) if isinstance(argument, str) else argument or ()


config_flags.register_flag_parser_for_type(tuple, _ListParser())


def parse_flags(argv: list[str], known: flags.FlagValues = flags.FLAGS) -> list[str]:
    """Parses flags of absl, and returns the program's name.

    The program ends if they are invalid, or if a word belongs to no flag.
    """
    with bad_usage_ends():  # A configuration file is user code and may raise anything.
        if sum(word.partition("=")[0] in _CONFIG for word in argv) > 1:
            raise InputError("--config is given twice; give one file")
        argv = [_with_home(word) for word in _joined(argv)]
        for word in argv:
            _require_config_file(word, known)
        rest = known(argv)
        for value in known.flag_values_dict().values():
            # A configuration file that failed to load raises on first access.
            getattr(value, "languages", None)
        _refuse_words(rest[1:])
        _refuse_sections(known)
        return rest


def read_config(words: Sequence[str]) -> Any:
    """Reads the configuration of `--config=<file>` and `--config.<field>=<value>` alone.

    The program ends if they are invalid.
    """
    known, argv = flags.FlagValues(), [sys.argv[0], *words]
    with bad_usage_ends():
        config = config_flags.DEFINE_config_file("config", flag_values=known, sys_argv=argv)
    parse_flags(argv, known)
    return config.value


@contextlib.contextmanager
def bad_usage_ends() -> Iterator[None]:
    """Ends the program with status 2 and one line if the command line is invalid."""
    try:
        yield
    except Exception as error:
        sys.exit(tell(_misuse(error), 2))


def tell(message: str, status: int) -> int:
    """Prints an error as one line, and returns the exit status."""
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return status


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


def _require_config_file(word: str, known: flags.FlagValues) -> None:
    """Rejects `--config=<file>` of no file, or where the configuration is that of a run."""
    name, _, value = word.partition("=")
    if name not in _CONFIG or not value or "config" not in known:
        return
    if dataclasses.is_dataclass(known["config"].default):
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


def _refuse_sections(known: flags.FlagValues) -> None:
    """Rejects `--config.model=1`, which the flags library takes as "all defaults"."""
    for name in known:
        if name.startswith("config.") and dataclasses.is_dataclass(known[name].value):
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
