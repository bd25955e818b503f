"""Text files: documents, hashes, and what is refused."""

import csv
import gzip
import io
import lzma
import unicodedata
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.data.text import (
    LONGEST_DOCUMENT,
    cells_of,
    check_text,
    read_documents,
    read_lines,
    sentence_hash,
    stretches,
)
from mlm_xling.errors import InputError


def test_blank_lines_separate_documents(tmp_path: Path) -> None:
    path = tmp_path / "en.txt"
    path.write_bytes(b"\n\n one \ntwo\r\n  \n\nthree")
    assert list(read_documents(path)) == ["one\ntwo", "three"]


def test_a_file_without_blank_lines_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "en.txt"
    path.write_text("a line\n" * (LONGEST_DOCUMENT * 2 + 1))
    assert [document.count("\n") + 1 for document in read_documents(path)] == [
        LONGEST_DOCUMENT,
        LONGEST_DOCUMENT,
        1,
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("A heading", []),
        ("One sentence, 3.5 words. ", []),
        ("One. Two!", ["One.", "Two!"]),
        ("Dr. Who came. Why?", ["Dr.", "Dr. Who came.", "Who came.", "Who came. Why?", "Why?"]),
        ("我来了。你呢？", ["我来了。", "你呢？"]),
    ],
)
def test_a_line_is_looked_at_in_stretches_of_few_sentences(line, found):
    assert list(stretches(line)) == found


def test_stretches_of_a_paragraph_are_as_many_as_its_sentences():
    paragraph = " ".join(f"Sentence {i}." for i in range(100))

    assert len(list(stretches(paragraph))) == 100 + 99 + 98


@pytest.mark.parametrize("lines_before", [0, 1, 5_000])
def test_the_line_that_is_not_utf8_is_named(tmp_path: Path, lines_before: int) -> None:
    path = tmp_path / "en.txt"
    path.write_bytes(b"line \xc3\xa9\n" * lines_before + b"caf\xe9\nmore\n")
    with pytest.raises(InputError, match=rf"en.txt:{lines_before + 1}: not UTF-8 \(byte 4 "):
        check_text([path])


def test_a_file_of_blank_lines_is_refused(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_text("\n  \n\n")
    with pytest.raises(InputError, match=r"en.txt: no sentence in it"):
        check_text([tmp_path / "en.txt"])


def test_the_hash_of_a_sentence_never_changes() -> None:
    assert sentence_hash("Élan vital.") == 1467233786615974642


@given(st.lists(st.text(), min_size=1))
def test_the_hash_is_blind_to_white_space(parts: list[str]) -> None:
    assert sentence_hash(" ".join(parts)) == sentence_hash(" \t" + "  ".join(parts) + "\n")


def test_what_looks_the_same_is_read_the_same(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_bytes(b"\xef\xbb\xbfe\xcc\x81te\xcc\x81\r\n\r\n\xc3\xa9t\xc3\xa9")
    assert list(read_lines(tmp_path / "en.txt")) == [(1, "été"), (2, ""), (3, "été")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(b"a\nb\n"), "en.txt:1: compressed with gzip; unpack the file"),
        (lzma.compress(b"a\nb\n"), "en.txt:1: compressed with xz; unpack the file"),
        ("a\nb\n".encode("utf-16"), "en.txt:1: UTF-16, not UTF-8; convert the file"),
        (b"a\rb\rc", "en.txt:1: its line breaks are carriage returns alone"),
        (b"a\rb\rc\n", "en.txt:1: its line breaks are carriage returns alone"),
    ],
)
def test_files_of_other_systems_that_would_be_misread_are_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "en.txt").write_bytes(content)
    with pytest.raises(InputError, match=message):
        check_text([tmp_path / "en.txt"])


@pytest.mark.parametrize("sentence", ['"no" he said', 'He said "no".', '"No."', '"', 'a 5" disk'])
def test_quotes_of_a_sentence_are_kept_and_those_of_csv_refused(sentence: str) -> None:
    written = io.StringIO()
    csv.writer(written, "excel-tab", lineterminator="").writerow(["fr", sentence])

    assert cells_of(f"fr\t{sentence}", "rows.tsv:7") == ["fr", sentence]
    with pytest.raises(InputError, match=r"rows.tsv:7: '\"[^']*' is quoted as in CSV"):
        cells_of(written.getvalue(), "rows.tsv:7")


@pytest.mark.parametrize("cell", ['""', '"No" and "yes"', 'he said ""no""', '"so it began', '"""'])
def test_quotes_that_csv_would_not_write_are_kept(cell: str) -> None:
    assert cells_of(f" {cell} \tb", "rows.tsv:7") == [cell, "b"]


@given(st.text())
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_the_hash_is_blind_to_normal_forms(form: Literal["NFC"], sentence: str) -> None:
    assert sentence_hash(unicodedata.normalize(form, sentence)) == sentence_hash(sentence)
