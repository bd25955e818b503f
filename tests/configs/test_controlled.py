"""Rows of a language and one that is derived from it."""

import pytest

from configs import controlled, demo
from mlm_xling.config.checks import resolve
from mlm_xling.errors import InputError


@pytest.mark.parametrize("row", controlled.ROWS)
def test_a_row_differs_from_the_lab_in_its_languages_and_in_what_keeps_them_apart(row: str) -> None:
    config = resolve(controlled.get_config(f"a/{row}"))
    plain = resolve(demo.get_config("a-b/default"))

    assert config.languages == ("a", f"a{controlled.ROWS[row].derived}")
    plain.languages, plain.row = config.languages, row
    if "syntax" in row:
        plain.lab.languages += ("a:syntax=d",)
    plain.model.private = controlled.ROWS[row].private
    plain.training.replace_by_own_ids = "replacements" in row or "all" in row
    assert config == plain


@pytest.mark.parametrize("argument", ["a", "a/default", "English/shift", "a-b/shift"])
def test_an_unknown_row_or_language_is_told(argument: str) -> None:
    with pytest.raises(InputError, match="say <language>/<row>, like a/shift; rows are reverse"):
        controlled.get_config(argument)
