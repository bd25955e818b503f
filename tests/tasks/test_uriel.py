"""Tables of URIEL's distances, of made-up features."""

import sys
from types import ModuleType

import numpy as np
import pytest

from mlm_xling.data.distances import read_distances
from tasks.uriel import KINDS, angular_distance, code, main, table


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "eng"), ("zh-Hant", "cmn"), ("ar", "arb"), ("pt-BR", "por"), ("nds", "nds")],
)
def test_languages_go_by_the_code_of_a_single_language(language, expected):
    assert code(language) == expected


def test_a_distance_is_the_angle_of_the_features_that_are_known_of_both():
    x, y = np.array([1.0, 0.0, 1.0, -1.0]), np.array([1.0, 1.0, -1.0, 0.0])

    assert angular_distance(x, y) == pytest.approx(0.5)  # 45 degrees of (1, 0) and (1, 1)
    assert angular_distance(x, np.full(4, -1.0)) is None


def test_a_table_is_read_as_it_was_written_without_the_languages_that_nothing_is_known_of(tmp_path):
    unknown = np.full(2, -1.0)
    vectors = {"en": np.array([1.0, 0.0]), "xx": unknown, "fr": np.array([1.0, 1.0])}

    text, left_out = table(vectors)

    (tmp_path / "made.tsv").write_text(text)
    assert left_out == ["xx"]
    languages, matrix = read_distances(tmp_path / "made.tsv", ("fr", "xx", "en"))
    assert languages == ("fr", "en")
    assert matrix[0, 1] == pytest.approx(0.5)


@pytest.fixture
def urielplus(monkeypatch):
    """Stands in for the library, with made-up features of English and French."""

    class URIELPlus:
        langs = (np.array(["eng", "fra"]),)

        def get_vector(self, kind, codes):
            assert kind in KINDS
            return {name: [1.0, float(name == "fra")] for name in codes}

    monkeypatch.setitem(sys.modules, "urielplus", ModuleType("urielplus"))
    library = ModuleType("urielplus.urielplus")
    library.URIELPlus = URIELPlus  # pyright: ignore[reportAttributeAccessIssue]
    monkeypatch.setitem(sys.modules, "urielplus.urielplus", library)


@pytest.mark.parametrize("flag", ["--kinds=genetic", "genetic"])
def test_what_is_no_flag_is_told_in_a_line(tmp_path, capsys, flag):
    with pytest.raises(SystemExit, match="2"):
        main(["--languages=en,fr", f"--output={tmp_path}", flag])

    assert capsys.readouterr().err == f"error: unrecognized arguments: {flag}\n"


def written(arguments, capsys):
    """The exit status of the program, and the lines that it told."""
    status = main(arguments)
    return status, capsys.readouterr().err.splitlines()


@pytest.mark.usefixtures("urielplus")
def test_languages_that_are_not_known_are_named_in_a_line_and_the_rest_goes_on(tmp_path, capsys):
    status, told = written(["--languages=en,a,fr,notalanguage,de", f"--output={tmp_path}"], capsys)

    assert (status, told) == (0, ["URIEL+ does not know a, notalanguage, de"])
    assert {path.stem for path in tmp_path.iterdir()} == set(KINDS)
    languages, matrix = read_distances(tmp_path / "genetic.tsv", ("en", "fr"))
    assert languages == ("en", "fr")
    assert matrix[0, 1] == pytest.approx(0.5)


@pytest.mark.usefixtures("urielplus")
@pytest.mark.parametrize(
    ("languages", "reason"),
    [
        ("en,a", ", and URIEL+ does not know a"),
        ("a,b", ", and URIEL+ does not know a, b"),
        ("en", ""),
    ],
)
def test_a_language_alone_has_no_distance(tmp_path, capsys, languages, reason):
    status, told = written([f"--languages={languages}", f"--output={tmp_path}"], capsys)

    line = f"error: --languages={languages}: a distance takes two{reason}"
    assert (status, told) == (2, [line])
    assert not list(tmp_path.iterdir())


def test_without_urielplus_a_line_says_what_to_install(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "urielplus", None)

    status, told = written(["--languages=en,fr", f"--output={tmp_path}"], capsys)

    install = "`pip install -r requirements-uriel.txt`"
    assert (status, told) == (2, [f"error: urielplus is not installed: {install}"])


def test_a_folder_that_cannot_be_made_is_told_in_a_line(tmp_path, capsys):
    (tmp_path / "file").touch()
    output = tmp_path / "file" / "made"

    status, told = written(["--languages=en,fr", f"--output={output}"], capsys)

    assert (status, told) == (2, [f"error: --output={output}: not a directory"])
