"""The program on texts whose languages are known, its audit, and what it refuses."""

import csv
import re
from pathlib import Path

import pytest

from mlm_xling.config import VocabularyConfig
from mlm_xling.data.manifest import Prepared
from mlm_xling.vocabulary import train_vocabulary
from tasks import builders
from tasks.contamination import identifier
from tasks.contamination.__main__ import main
from tests.data_fixtures import ROOT
from tests.tasks.contamination.lines_of_languages import lines_of, needs_identifiers
from tests.tasks.test_builders import write_builder

EN, FR, RU = 200, 40, 10
TEXT = f"--config={ROOT}/configs/text.py", "--config.data.text_dir=nothing"


@pytest.fixture
def text(tmp_path) -> Path:
    lines = lines_of("en", EN) + lines_of("fr", FR) + lines_of("ru", RU)
    apart = ["", "Oh yes.", "12:30 -- 14:45", "https://example.org/nothing/else/here"]
    (tmp_path / "en.txt").write_text("\n".join(lines + apart) + "\n")
    return tmp_path / "en.txt"


def table(folder: Path, name: str = "counts.tsv") -> list[dict[str, str]]:
    with (folder / name).open() as file:
        return list(csv.DictReader(file, delimiter="\t"))


def count(folder: Path, language: str, unit: str = "lines", from_p: str = "0") -> int:
    (row,) = (
        row
        for row in table(folder)
        if (row["language"], row["unit"], row["from_p"]) == (language, unit, from_p)
    )
    return int(row["count"])


@needs_identifiers
def test_lines_and_words_are_counted_by_language(text, tmp_path, capsys):
    out = tmp_path / "out"

    assert main([str(text), f"--output={out}"]) == 0

    assert count(out, "fr") == FR
    assert count(out, "ru", from_p="0.9") <= RU == count(out, "ru")
    assert count(out, "ru", "words") == sum(len(line.split()) for line in lines_of("ru", RU))
    assert count(out, "all others") == FR + RU
    assert count(out, "short", from_p="") == 1
    assert count(out, "non-linguistic", from_p="") == 2
    assert count(out, "text", from_p="") == EN + FR + RU
    page = (out / "index.html").read_text()
    assert "40 16% (12–21)" in page
    assert "data:image/png;base64," in page
    assert (out / "chart.png").read_bytes().startswith(b"\x89PNG")
    assert "40 16% (12–21)" in capsys.readouterr().out


@needs_identifiers
def test_subwords_are_those_of_a_vocabulary(text, tmp_path, prepared: Prepared):
    out, folder = tmp_path / "out", prepared.directory / "vocabulary"

    assert main([str(text), f"--output={out}", f"--vocabulary={folder}"]) == 0

    encoded = prepared.vocabulary().encode(lines_of("fr", FR), "en")
    assert count(out, "fr", "subwords") == sum(map(len, encoded))


@needs_identifiers
def test_a_vocabulary_that_was_not_made_for_the_text_is_warned_of(
    tmp_path, prepared: Prepared, capsys
):
    russian = tmp_path / "en.txt"
    russian.write_text("\n".join(lines_of("ru", FR)) + "\n")

    main([str(russian), f"--output={tmp_path / 'out'}",
          f"--vocabulary={prepared.directory / 'vocabulary'}"])  # fmt: skip

    told = capsys.readouterr().err
    assert re.search(r"warning: \d+% of the subwords of en are the unknown token", told)


def fill(folder: Path, category) -> Path:
    """Fills the category of each row of the sample."""
    header, *rows = (folder / "sample.tsv").read_text().splitlines()
    audited = folder / "audited.tsv"
    audited.write_text("\n".join([header, *(row + category(row) for row in rows)]) + "\n")
    return audited


@pytest.fixture
def counted(text, tmp_path) -> Path:
    assert main([str(text), f"--output={tmp_path / 'out'}", "--sample=15"]) == 0
    return tmp_path / "out"


@needs_identifiers
def test_an_audit_corrects_the_counts_of_what_it_finds_wrong(counted):
    """Every fourth line flagged as French is said to be English, and Russian was not audited."""
    seen = [0]

    def category(row: str) -> str:
        seen[0] += "\tfr\t" in row
        return "" if "\tru\t" in row else ("en", "fr", "en+fr", "fr")[seen[0] % 4]

    audited = fill(counted, category)

    assert main([f"--audit={audited}", f"--output={counted}"]) == 0

    of = {r["language"]: r for r in table(counted) if (r["from_p"], r["unit"]) == ("0", "lines")}
    assert float(of["fr"]["audited"]) == pytest.approx(0.75 * FR, rel=0.15)
    assert float(of["fr"]["audited_low"]) < 0.75 * FR < float(of["fr"]["audited_high"])
    assert of["ru"]["audited"] == of["all others"]["audited"] == ""
    assert "not audited" in (counted / "index.html").read_text()


@needs_identifiers
@pytest.mark.parametrize(("truly", "foreign"), [("en", RU), ("de", FR + RU), ("en+de", FR + RU)])
def test_an_audit_of_all_others_asks_whether_lines_are_foreign(counted, truly, foreign):
    audited = fill(counted, lambda row: truly if "\tfr\t" in row else "ru")

    assert main([f"--audit={audited}", f"--output={counted}"]) == 0

    of = {r["language"]: r for r in table(counted) if (r["from_p"], r["unit"]) == ("0", "lines")}
    assert float(of["fr"]["audited"]) == 0
    assert float(of["all others"]["audited"]) == foreign


@needs_identifiers
def test_a_sample_that_someone_has_audited_is_not_drawn_anew(counted, text, capsys):
    audited = fill(counted, lambda row: "fr").rename(counted / "sample.tsv")
    before = audited.read_bytes()

    assert main([str(text), f"--output={counted}"]) == 2

    assert "has categories that someone wrote" in capsys.readouterr().err
    assert audited.read_bytes() == before


@needs_identifiers
def test_an_audit_of_files_in_a_folder_of_decomposed_letters_is_read_back(tmp_path):
    folder = tmp_path / "te\u0301xt"
    folder.mkdir()
    (folder / "en.txt").write_text("\n".join(lines_of("fr", 5)))
    assert main([str(folder / "en.txt"), f"--output={tmp_path / 'out'}"]) == 0

    audited = fill(tmp_path / "out", lambda row: "en + fr")

    assert main([f"--audit={audited}", f"--output={tmp_path / 'out'}"]) == 0


@needs_identifiers
def test_a_vocabulary_without_the_language_is_refused(tmp_path, capsys):
    (tmp_path / "ru.txt").write_text("\n".join(lines_of("ru", 3)))
    samples = {name: lines_of(name, 20) for name in ("en", "fr")}
    train_vocabulary(samples, VocabularyConfig(kind="union", size=80)).save(tmp_path / "vocabulary")

    assert main([str(tmp_path / "ru.txt"), f"--vocabulary={tmp_path / 'vocabulary'}"]) == 2

    assert "has no ids for 'ru'" in capsys.readouterr().err


@needs_identifiers
def test_an_audit_may_come_back_from_a_spreadsheet(tmp_path):
    """Rows sorted, a column added, numbers and line breaks written otherwise, cells quoted."""
    quoted = '"\u202fNon, merci\u202f", dit-elle en fermant doucement la porte du jardin.'
    (tmp_path / "en.txt").write_text("\n".join([*lines_of("fr", 5), quoted, '"' + quoted, ""]))
    out, saved = tmp_path / "out", tmp_path / "saved.tsv"
    assert main([str(tmp_path / "en.txt"), f"--output={out}"]) == 0
    rows = table(out, "sample.tsv")

    with saved.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, "excel-tab", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(["note", *rows[0]])
        for row in reversed(rows):
            row |= {"p": row["p"].replace(".", ","), "from_p": "", "category": "fr"}
            writer.writerow(["sure", *row.values()])
        writer.writerow([""] * 9)

    assert main([f"--audit={saved}", f"--output={out}"]) == 0
    assert len(rows) == 7
    assert {row["audited"] for row in table(out) if row["language"] == "fr"} >= {"7.0"}
    assert "7 100% (65–100)" in (out / "index.html").read_text()


@needs_identifiers
@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda rows: rows[:-1], "lacks the row of"),
        (lambda rows: [*rows, rows[-1]], "is not of the sample, or appears twice"),
        (lambda rows: [rows[0], rows[1].replace("\tfr\t", "\tde\t"), *rows[2:]], ":2: this row"),
        (lambda rows: [rows[0].replace("\tp\t", "\tq\t"), *rows[1:]], ":1: the columns"),
        (lambda rows: [rows[0], rows[1] + "French", *rows[2:]], "'French' is not a language"),
        (lambda rows: [rows[0], rows[1] + "en + q", *rows[2:]], "'q' is not a language"),
        (lambda rows: rows, "no category in it"),
    ],
)
def test_an_audit_that_does_not_match_the_sample_is_refused_in_a_line(
    counted, capsys, damage, told
):
    rows = damage((counted / "sample.tsv").read_text().splitlines())
    (counted / "audited.tsv").write_text("\n".join(rows) + "\n")

    assert main([f"--audit={counted / 'audited.tsv'}", f"--output={counted}"]) == 2

    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


@needs_identifiers
def test_the_texts_of_a_configuration_are_counted_as_files_are(text, tmp_path):
    """English is in two shards, `en2` is the same text, and French comes from elsewhere."""
    whole = text.rename(tmp_path / "all.txt").read_text().splitlines(keepends=True)
    for number, lines in enumerate((whole[:100], whole[100:])):
        (tmp_path / f"en-{number:05d}-of-00002.txt").write_text("".join(lines))
    (tmp_path / "other.txt").write_text("\n".join(lines_of("fr", 7)) + "\n")
    config = [
        f"--config={ROOT}/configs/text.py",
        f"--config.data.text_dir={tmp_path}",
        "--config.languages=en,en2,fr",
        f"--config.data.sources=fr:{tmp_path / 'other.txt'}",
    ]

    assert main([str(tmp_path / "all.txt"), "--language=en", f"--output={tmp_path / 'files'}"]) == 0
    assert main([*config, f"--output={tmp_path / 'config'}"]) == 0
    assert main([*config, "--language=en", f"--output={tmp_path / 'one'}"]) == 0

    expected = table(tmp_path / "files")
    assert [row for row in table(tmp_path / "config") if row["text"] == "en"] == expected
    assert {row["text"] for row in table(tmp_path / "config")} == {"en", "fr"}
    assert table(tmp_path / "one") == expected
    assert {Path(row["file"]).name for row in table(tmp_path / "one", "sample.tsv")} == {
        "en-00001-of-00002.txt"
    }


@needs_identifiers
def test_a_data_set_of_a_configuration_is_streamed(tmp_path, monkeypatch):
    monkeypatch.setattr(builders, "_DATA_DIR", str(tmp_path))
    documents = [lines_of("en", 9), lines_of("fr", 3)]
    examples = [
        {"wikidata_id": "Q", "version_id": "1", "text": "_NEWLINE_".join(lines)}
        for lines in documents
    ]
    write_builder(tmp_path, "wiki40b/en:1.3.0", "train", examples)
    config = f"--config={ROOT}/configs/text.py", "--config.data.source=wiki40b"

    assert main([*config, "--language=en", f"--output={tmp_path / 'out'}"]) == 0

    assert (count(tmp_path / "out", "en"), count(tmp_path / "out", "fr")) == (9, 3)
    assert {row["file"] for row in table(tmp_path / "out", "sample.tsv")} == {"wiki40b/en:1.3.0"}


@needs_identifiers
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "name files of text"),
        (["nothing/en.txt"], "no such file"),
        (["nothing/english words.txt"], "its name is not a language; give --language"),
        (["en.txt", "--language=english words"], "no language code"),
        (["en.txt", "--language=xh"], "the identifier knows no language 'xh'"),
        (["en.txt", "--language=q"], "the identifier knows no language 'q'"),
        (["en.txt", "en.txt"], "en.txt: is listed twice"),
        (["en.txt", "../{folder}/en.txt"], "en.txt: is listed twice"),
        (["en.txt", "--vocabulary=."], "--vocabulary=.: no vocabulary, or a damaged one; name"),
        (["--audit=sample.tsv", "--sample=5"], "--audit: goes without texts"),
        (["en.txt", "--sample=0"], "--sample=0: must be from 1 to"),
        (["--audit=sample.tsv"], "no such file; --output must be"),
        (["en.txt", "--audit=sample.tsv"], "--audit: goes without texts"),
        ([*TEXT, "--audit=sample.tsv"], "--audit: goes without texts"),
        ([*TEXT], "nothing/en.txt: no such file"),
        ([*TEXT, "en.txt"], "en.txt: files go without --config"),
        ([*TEXT, "--language=ru"], "--language=ru: not one of config.languages=en,fr"),
        (["--config.data.text_dir=nothing"], "has no effect without --config"),
        ([f"--config={ROOT}/configs/demo.py"], "config.data.source=lab: its languages are made up"),
    ],
)
def test_bad_usage_is_told_in_a_line(tmp_path, monkeypatch, capsys, arguments, told):
    monkeypatch.chdir(tmp_path)

    assert main([word.format(folder=tmp_path.name) for word in arguments]) == 2

    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["en.txt", "--langauge=en"], "--langauge=en: no such flag"),
        (["en.txt", "--sample=x"], "argument --sample: invalid int value: 'x'"),
        (["--config=none.py"], "--config: none.py: no such file"),
        ([*TEXT, "--config.data.textdir=text"], "textdir"),
    ],
)
def test_a_flag_that_is_wrong_is_told_in_a_line(capsys, arguments, told):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)

    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_without_the_packages_a_line_says_what_to_install(text, monkeypatch, capsys):
    identifier.identifier.cache_clear()
    monkeypatch.setattr(identifier, "find_spec", lambda name: None)

    assert main([str(text)]) == 2

    assert "pip install -r requirements-contamination.txt" in capsys.readouterr().err
