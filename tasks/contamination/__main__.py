"""The program: `python -m tasks.contamination`, see the package."""

import sys
from argparse import Namespace
from collections.abc import Collection, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mlm_xling.command_line import OneLineParser, read_config, tell
from mlm_xling.config.checks import resolve_flag
from mlm_xling.errors import InputError
from mlm_xling.open_progress import OpenProgress
from mlm_xling.vocabulary import MAX_UNKNOWN, Vocabulary, is_vocabulary
from tasks.contamination.audit import Audit, is_audited, read_audit
from tasks.contamination.counts import Counts
from tasks.contamination.identifier import identifier, require_second
from tasks.contamination.page import write_report
from tasks.contamination.reading import read_texts
from tasks.contamination.record import Record, read_record
from tasks.contamination.sample import KEPT, write_sample
from tasks.contamination.sources import Source, sources_of_config, sources_of_files
from tasks.contamination.tables import main_table

SAMPLE = "sample.tsv"
AUDITED = 20
"""Lines of a stratum, by default."""


def main(arguments: Sequence[str]) -> int:
    """Counts, or reads an audit; the exit status is 0, or 2 for what a user can mend."""
    asked = _asked(arguments)
    try:
        record, audit = _audit(asked) if asked.audit else (_count(asked), Audit({}, {}))
        write_report(asked.output, record, audit)
    except InputError as error:
        return tell(str(error), 2)
    except OSError as error:
        return tell(f"{error.filename}: {(error.strerror or '').lower()}", 2)
    for text in record.texts:
        _print(text, record, audit)
    print(f"{asked.output / 'index.html'}")
    return 0


def _asked(arguments: Sequence[str]) -> Namespace:
    """Parses the command line; changes of the configuration are put into `overrides`."""
    parser = OneLineParser(
        prog="tasks.contamination", description="Counts the languages in the lines of texts."
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="text/en.txt")
    parser.add_argument(
        "--config",
        metavar="configs/text.py",
        help="count the text of this configuration instead, --config.data.text_dir=text",
    )
    parser.add_argument(
        "--language", help="of all files, by default each file's name says it; or one of --config"
    )
    parser.add_argument("--output", type=Path, default=Path("contamination"), help="a folder")
    parser.add_argument("--vocabulary", type=Path, help="<workdir>/vocabulary, to count subwords")
    parser.add_argument(
        "--sample",
        type=int,
        help=f"lines to audit of each language and band of p, 1 to {KEPT}; by default {AUDITED}",
    )
    parser.add_argument("--audit", type=Path, help=f"{SAMPLE} of the output, with categories")
    asked, others = parser.parse_known_args(arguments)
    if unknown := [word for word in others if not word.startswith("--config.")]:
        parser.error(f"{unknown[0]}: no such flag; --help lists those there are")
    asked.overrides = others
    return asked


def _sources(asked: Namespace) -> list[Source]:
    if asked.config is None:
        if asked.overrides:
            raise InputError(f"{asked.overrides[0]}: has no effect without --config")
        return sources_of_files(asked.files, asked.language)
    if asked.files:
        raise InputError(f"{asked.files[0]}: files go without --config")
    config = resolve_flag(read_config([f"--config={asked.config}", *asked.overrides]))
    return sources_of_config(config, asked.language)


def _count(asked: Namespace) -> Record:
    sampled = AUDITED if asked.sample is None else asked.sample
    if not 1 <= sampled <= KEPT:
        raise InputError(f"--sample={sampled}: must be from 1 to {KEPT}")
    sources = _sources(asked)
    identify = identifier()
    require_second()
    vocabulary = _vocabulary(asked.vocabulary, {source.language for source in sources})
    if is_audited(asked.output / SAMPLE):
        raise InputError(
            f"{asked.output / SAMPLE}: has categories that someone wrote, and counting again draws "
            "another sample; name another --output, or move it away"
        )
    asked.output.mkdir(parents=True, exist_ok=True)
    with OpenProgress() as progress:
        record, rows = read_texts(sources, identify, vocabulary, sampled, progress)
    if not any(size for text in record.texts for size, *_ in text.kinds.values()):
        raise InputError(f"{sources[0].name}: no line with anything in it")
    record.write(asked.output)
    write_sample(asked.output / SAMPLE, rows)
    return record


def _vocabulary(folder: Path | None, languages: Collection[str]) -> Vocabulary | None:
    if folder is None:
        return None
    if not is_vocabulary(folder):
        raise InputError(
            f"--vocabulary={folder}: no vocabulary, or a damaged one; name that of a "
            "run, <workdir>/vocabulary"
        )
    vocabulary = Vocabulary.load(folder)
    for language in languages:
        if not vocabulary.has(language):
            raise InputError(f"--vocabulary={folder}: has no ids for {language!r}")
    return vocabulary


def _audit(asked: Namespace) -> tuple[Record, Audit]:
    given = asked.files, asked.config, asked.overrides, asked.language, asked.vocabulary
    if any(given) or asked.sample is not None:
        raise InputError("--audit: goes without texts, their languages, a vocabulary and --sample")
    record = read_record(asked.output)
    return record, read_audit(asked.audit, record.sampled)


def _print(text: Counts, record: Record, audit: Audit) -> None:
    if text.unknown_share > MAX_UNKNOWN:
        print(
            f"warning: {text.unknown_share:.0%} of the subwords of {text.language} are the unknown "
            "token: the vocabulary was not made for it",
            file=sys.stderr,
        )
    header, *rows = main_table(text, record.agreed, audit)
    table = Table(*header, title=f"Languages in the text of {text.language}")
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 160, emoji=False).print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
