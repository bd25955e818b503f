"""Which sentences count as the same but for a word, against the edit distance itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlm_xling.data.near_duplicates import SHORTEST, NearDuplicates

RESERVED = "The old cat sleeps on page 12 of the book."


def distance(a: list[str], b: list[str]) -> int:
    """Levenshtein's, by his recurrence."""
    if not a or not b:
        return len(a) + len(b)
    return min(
        distance(a[1:], b) + 1,
        distance(a, b[1:]) + 1,
        distance(a[1:], b[1:]) + (a[0] != b[0]),
    )


words = st.lists(st.sampled_from("abc"), max_size=6)


@settings(max_examples=300)
@given(sentence=words, others=st.lists(words, max_size=3))
def test_is_the_edit_distance_of_at_most_a_word(sentence, others) -> None:
    near = NearDuplicates(map(" ".join, others), "en")
    expected = any(distance(sentence, other) <= 1 for other in others if len(other) >= SHORTEST)
    assert (" ".join(sentence) in near) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "The old cat sleeps on page 12 of the book.",
        "the OLD cat  sleeps on page 7 of the book",
        "The old dog sleeps on page 12 of the book.",
        "The cat sleeps on page 12 of the book.",
        "The very old cat sleeps on page 12 of the book.",
        "The old cat sleeps on page 12 of the book!",
        "«The old cat» sleeps, on page 1,234 of the “book”",
    ],
)
def test_case_space_punctuation_numbers_and_a_word_do_not_count(sentence: str) -> None:
    assert sentence in NearDuplicates([RESERVED], "en")


@pytest.mark.parametrize(
    "sentence",
    [
        "The young dog sleeps on page 12 of the book.",
        "The cat old sleeps on page 12 of the book.",
        "Le vieux chat dort à la page 12 du livre.",
        "",
    ],
)
def test_two_words_do(sentence: str) -> None:
    assert sentence not in NearDuplicates([RESERVED], "en")


def test_short_sentences_have_no_near_duplicates() -> None:
    near = NearDuplicates(["Open the file.", "Table 3 of 12"], "en")
    assert "Open the file." not in near
    assert "Table 4 of 12" not in near


@pytest.mark.parametrize(
    ("language", "reserved", "near", "far"),
    [
        ("zh", "我们喜欢这个房子。", "我们喜欢这个学校。", "他们喜欢这个学校。"),
        (
            "ja",
            "私は日本語を勉強しています。",
            "私は英語を勉強しています。",
            "彼は英語を勉強しています。",
        ),
        ("hi", "लड़का कमरे में रोटी खाता है।", "लड़का कमरे में सेब खाता है।", "बच्चा कमरे में सेब खाता है।"),
    ],
)
def test_words_are_those_of_the_script(language, reserved, near, far) -> None:
    duplicates = NearDuplicates([reserved], language)
    assert near in duplicates
    assert far not in duplicates


def test_forms_of_characters_do_not_count() -> None:
    near = NearDuplicates(["The old caf\u00e9 serves \ufb01ne cake."], "en")
    assert "The new cafe\u0301 serves fine cake." in near
