"""The program: `python -m tasks.contamination`, see the package."""

import argparse
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mlm_xling.errors import InputError
from mlm_xling.languages import is_language
from mlm_xling.open_progress import OpenProgress
from mlm_xling.vocabulary import MAX_UNKNOWN, Vocabulary, is_vocabulary
from tasks.contamination.audit import Audited, is_audited, read_audit
from tasks.contamination.counts import Counts
from tasks.contamination.identifier import identifier, require_second
from tasks.contamination.page import write_report
from tasks.contamination.reading import read_texts
from tasks.contamination.record import Record, read_record
from tasks.contamination.sample import KEPT, write_sample
from tasks.contamination.tables import main_table

SAMPLE = "sample.tsv"
AUDITED = 20
"""Lines of a stratum, by default."""


def main(arguments: Sequence[str]) -> int:
    """Counts, or reads an audit; the exit status is 0, or 2 for what a user can mend."""
    asked = _parser().parse_args(arguments)
    try:
        record, audited = _audit(asked) if asked.audit else (_count(asked), {})
        write_report(asked.output, record, audited)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.filename}: {(error.strerror or '').lower()}", file=sys.stderr)
        return 2
    for text in record.texts:
        _print(text, record, audited)
    print(f"{asked.output / 'index.html'}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tasks.contamination", description="Counts the languages in the lines of text files."
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="text/en.txt")
    parser.add_argument("--language", help="of all files; by default each file's name says it")
    parser.add_argument("--output", type=Path, default=Path("contamination"), help="a folder")
    parser.add_argument("--vocabulary", type=Path, help="<workdir>/vocabulary, to count subwords")
    parser.add_argument(
        "--sample",
        type=int,
        help=f"lines to audit of each language and band of p, 1 to {KEPT}; by default {AUDITED}",
    )
    parser.add_argument("--audit", type=Path, help=f"{SAMPLE} of the output, with categories")
    return parser


def _count(asked: argparse.Namespace) -> Record:
    if not asked.files:
        raise InputError("name files of text, such as text/en.txt, or an --audit")
    sampled = AUDITED if asked.sample is None else asked.sample
    if not 1 <= sampled <= KEPT:
        raise InputError(f"--sample={sampled}: must be from 1 to {KEPT}")
    _require_once(asked.files)
    files = [(asked.language or _language_of(path), path) for path in asked.files]
    if asked.language and not is_language(asked.language):
        raise InputError(f"--language={asked.language}: no language code (BCP 47) like en or pt-BR")
    identify = identifier()
    require_second()
    vocabulary = _vocabulary(asked.vocabulary, {language for language, _ in files})
    if is_audited(asked.output / SAMPLE):
        raise InputError(
            f"{asked.output / SAMPLE}: has categories that someone wrote, and counting again draws "
            "another sample; name another --output, or move it away"
        )
    asked.output.mkdir(parents=True, exist_ok=True)
    with OpenProgress() as progress:
        record, rows = read_texts(files, identify, vocabulary, sampled, progress)
    if not any(size for text in record.texts for size, *_ in text.kinds.values()):
        raise InputError(f"{asked.files[0]}: no line with anything in it")
    record.write(asked.output)
    write_sample(asked.output / SAMPLE, rows)
    return record


def _require_once(paths: Sequence[Path]) -> None:
    places = [path.resolve() for path in paths]
    for path, place in zip(paths, places, strict=True):
        if places.count(place) > 1:
            raise InputError(f"{path}: is listed twice; its lines would count twice")


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


def _audit(asked: argparse.Namespace) -> tuple[Record, Audited]:
    if asked.files or asked.language or asked.vocabulary or asked.sample is not None:
        raise InputError("--audit: goes without files, their languages, a vocabulary and --sample")
    record = read_record(asked.output)
    return record, read_audit(asked.audit, record.sampled)


def _language_of(path: Path) -> str:
    if not is_language(path.stem):
        raise InputError(f"{path}: its name is not a language; give --language")
    return path.stem


def _print(text: Counts, record: Record, audited: Audited) -> None:
    if text.unknown_share > MAX_UNKNOWN:
        print(
            f"warning: {text.unknown_share:.0%} of the subwords of {text.language} are the unknown "
            "token: the vocabulary was not made for it",
            file=sys.stderr,
        )
    header, *rows = main_table(text, record.agreed, audited)
    table = Table(*header, title=f"Languages in the text of {text.language}")
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 160, emoji=False).print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
