"""Tables of URIEL's distances, of made-up features."""

import importlib.util

import numpy as np
import pytest

from mlm_xling.data.distances import read_distances
from tasks.uriel import angular_distance, code, main, table


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


@pytest.mark.skipif(importlib.util.find_spec("urielplus") is not None, reason="it is installed")
def test_without_urielplus_a_line_says_what_to_install(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["--languages=en,fr", f"--output={tmp_path}"])
    assert "pip install -r requirements-uriel.txt" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("languages", "output", "told"),
    [
        ("en,notalanguage", "made", "'notalanguage' is not a language"),
        ("en,a", "made", "--languages: "),
        ("en", "file/made", "--output="),
    ],
)
def test_what_is_wrong_is_told_before_the_data_is_read(tmp_path, capsys, languages, output, told):
    (tmp_path / "file").touch()

    with pytest.raises(SystemExit, match="2"):
        main([f"--languages={languages}", f"--output={tmp_path / output}"])

    assert told in capsys.readouterr().err
