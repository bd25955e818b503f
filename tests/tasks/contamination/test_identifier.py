"""Identification on lines of known languages."""

import pytest

from mlm_xling.data.parallel import read_parallel
from mlm_xling.errors import InputError
from tasks.contamination import identifier as module
from tasks.contamination.identifier import Identifier, identifier, second_opinion
from tasks.contamination.lines import Kind, examine
from tasks.contamination.names import label_language, language_of_label
from tests.data_fixtures import REAL_DATA
from tests.tasks.contamination.lines_of_languages import lines_of, needs_identifiers


@pytest.mark.parametrize(
    ("label", "language"), [("zh", "zh-Hant"), ("no", "nb"), ("pt", "pt-BR"), ("en", "en2")]
)
def test_a_label_and_a_tag_of_ours_name_the_same_language(label, language):
    assert language_of_label(label) == label_language(language)


def test_a_code_of_wikipedias_is_not_the_standards():
    assert language_of_label("als") != label_language("als")  # Alemannic, and Tosk Albanian


@needs_identifiers
@pytest.mark.parametrize("language", ["en", "fr", "ru"])
def test_sentences_are_identified_by_both(language):
    lines = lines_of(language, 50)

    assert all(identifier()(line).language == language for line in lines)
    assert sum(second_opinion(line) == language for line in lines) > 47


@needs_identifiers
def test_the_end_of_a_long_line_counts():
    """The package itself would cut it after 80 characters."""
    line = "the house and " * 6 + " ".join(lines_of("ru", 10))

    assert identifier()(line).language == "ru"
    assert 0.5 < identifier()(line).p <= 1


@needs_identifiers
@pytest.mark.skipif(not REAL_DATA.exists(), reason="needs PUD in the shared data")
@pytest.mark.parametrize("language", ["en", "fr", "ru", "zh", "de"])
def test_most_sentences_of_pud_are_identified(language):
    text = read_parallel(REAL_DATA / "parallel" / "pud.tsv")
    column = text.header.index(language)
    examined = [examine(row[column]) for row in text.rows]
    found = [identifier()(asked) for kind, asked in examined if kind is Kind.TEXT]

    assert len(found) > 0.8 * len(text.rows)
    assert sum(one.language == language for one in found) > 0.98 * len(found)


@needs_identifiers
def test_a_language_that_the_model_lacks_is_told():
    with pytest.raises(InputError, match="the identifier knows no language 'xh'"):
        identifier().require("xh", "--language")


def test_without_the_package_a_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)

    with pytest.raises(InputError, match="pip install -r requirements-contamination"):
        Identifier()


@needs_identifiers
def test_another_model_is_refused(monkeypatch):
    monkeypatch.setattr(module, "_DIGEST", "0" * 64)

    with pytest.raises(InputError, match="not the model that is known here"):
        Identifier()
