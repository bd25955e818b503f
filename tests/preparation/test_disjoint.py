"""Dealing documents: who gets what of texts that translate each other."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlm_xling.config import Config, DataConfig
from mlm_xling.data.parallel import in_memory
from mlm_xling.data.text import sentence_hash
from mlm_xling.errors import InputError
from mlm_xling.preparation.disjoint import deal_documents
from tests.data_fixtures import write_documents

Documents = list[list[str]]
SAID = [[f"document {i} line {j}" for j in range(1 + i % 7)] for i in range(60)]
"""Sixty documents as they would be in any language."""


def translated(documents: Documents, language: str) -> Documents:
    return [[f"{language} {line}" for line in lines] for lines in documents]


def dealt(
    folder: Path, texts: Mapping[str, Documents], rows: Mapping[str, Sequence[str]]
) -> dict[str, Documents]:
    """What each language keeps."""
    for language, documents in texts.items():
        write_documents(folder / f"{language}.txt", documents)
    config = Config(languages=tuple(texts), data=DataConfig(text_dir=str(folder)))
    left = deal_documents(config, in_memory(rows))
    kept = {
        name: [lines for lines in documents if sentence_hash("\n".join(lines)) not in left[name][0]]
        for name, documents in texts.items()
    }
    for name, documents in texts.items():
        lost = sum(map(len, documents)) - sum(map(len, kept[name]))
        assert left[name].document_sentences == lost
    return {
        name: [
            [line for line in lines if sentence_hash(line) not in left[name].sentences]
            for lines in of
        ]
        for name, of in kept.items()
    }


def numbers(documents: Documents) -> set[int]:
    return {int(line.split()[2]) for lines in documents for line in lines}


def first_lines(languages: Sequence[str], chosen: Sequence[int]) -> dict[str, list[str]]:
    return {name: [translated(SAID, name)[i][0] for i in chosen] for name in languages}


@pytest.mark.parametrize("languages", [("en", "fr"), ("en", "fr", "ru")])
def test_every_document_is_kept_in_one_language(tmp_path: Path, languages) -> None:
    texts = {name: translated(SAID, name) for name in languages}
    kept = dealt(tmp_path, texts, first_lines(languages, range(60)))
    of_language = [numbers(documents) for documents in kept.values()]
    assert set.union(*of_language) == set(range(60))
    assert sum(map(len, of_language)) == 60


def test_languages_get_about_equal_shares_of_their_own_text(tmp_path: Path) -> None:
    longer = [[*lines, *(f"{line} more" for line in lines)] for lines in translated(SAID, "en")]
    texts = {"en": longer, "fr": translated(SAID, "fr")}
    kept = dealt(tmp_path, texts, first_lines(("en", "fr"), range(60)))
    shares = [sum(map(len, kept[name])) / sum(map(len, texts[name])) for name in texts]
    assert shares == pytest.approx([0.5, 0.5], abs=0.03)


def test_documents_between_aligned_ones_are_aligned_by_their_place(tmp_path: Path) -> None:
    texts = {name: translated(SAID, name) for name in ("en", "fr")}
    kept = dealt(tmp_path, texts, first_lines(("en", "fr"), range(0, 60, 2)))
    assert not numbers(kept["en"]) & numbers(kept["fr"]) & set(range(59))


def test_what_nothing_aligns_stays(tmp_path: Path) -> None:
    own = {name: [[f"only {name} {i}"] for i in range(50)] for name in ("en", "fr")}
    texts = {name: translated(SAID, name) + own[name] for name in own}
    kept = dealt(tmp_path, texts, first_lines(("en", "fr"), range(60)))
    for name in own:
        assert kept[name][-50:] == own[name]


def test_a_heading_of_many_documents_aligns_none_but_stays_in_one_language(tmp_path: Path) -> None:
    texts = {
        name: [[f"{name} heading", *of] for of in translated(SAID, name)] for name in ("en", "fr")
    }
    rows = first_lines(("en", "fr"), range(60))
    headings = {"en": ["en heading"], "fr": ["fr heading"]}
    kept = dealt(tmp_path, texts, {name: [*rows[name], *headings[name]] for name in rows})
    assert min(len(kept["en"]), len(kept["fr"])) > 20, "not all in one piece"
    having = [name for name in kept if [f"{name} heading"] in [lines[:1] for lines in kept[name]]]
    assert len(having) == 1


def test_a_language_twice_gets_each_document_once(tmp_path: Path) -> None:
    texts = {"en": translated(SAID, "en"), "en2": translated(SAID, "en")}
    write_documents(tmp_path / "en.txt", texts["en"])
    config = Config(languages=("en", "en2"), data=DataConfig(text_dir=str(tmp_path)))
    left = deal_documents(config, in_memory({"en": ["no line of it"]}))
    everything = {sentence_hash("\n".join(lines)) for lines in texts["en"]}
    assert left["en"].documents | left["en2"].documents == everything
    assert not left["en"].documents & left["en2"].documents


def test_the_order_of_languages_does_not_matter(tmp_path: Path) -> None:
    texts = {name: translated(SAID, name) for name in ("en", "fr")}
    rows = first_lines(("en", "fr"), range(0, 60, 3))
    assert dealt(tmp_path, texts, rows) == dealt(tmp_path, dict(reversed(texts.items())), rows)


def test_a_language_with_nothing_left_is_named(tmp_path: Path) -> None:
    whole = [[line for lines in SAID for line in lines]]
    texts = {name: translated(whole, name) for name in ("en", "fr")}
    with pytest.raises(InputError, match="disjoint_documents: nothing is left of 'fr'"):
        dealt(tmp_path, texts, first_lines(("en", "fr"), range(60)))


lines = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    en=st.lists(lines, min_size=1, max_size=12),
    fr=st.lists(lines, min_size=1, max_size=12),
    rows=st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh"))),
)
def test_no_row_is_left_in_two_languages(tmp_path: Path, en, fr, rows) -> None:
    texts = {"en": translated(en, "en"), "fr": translated(fr, "fr")}
    sides = {"en": [f"en {a}" for a, _ in rows], "fr": [f"fr {b}" for _, b in rows]}
    try:
        kept = dealt(tmp_path, texts, sides)
    except InputError:
        return
    left = {name: {line for lines in of for line in lines} for name, of in kept.items()}
    both = zip(sides["en"], sides["fr"], strict=True)
    assert not [row for row in both if row[0] in left["en"] and row[1] in left["fr"]]
