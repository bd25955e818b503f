"""Words of many scripts, whole, and every text again from its pieces."""

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling import words
from mlm_xling.words import is_unspaced, pieces, split_words

SENTENCES = {
    "zh": "我们喜欢这个房子，房子很大。",
    "ja": "私は日本語を勉強しています。",
    "th": "ผมรักภาษาไทยมาก",
    "lo": "ຂ້ອຍຮັກພາສາລາວ",
    "km": "ខ្ញុំរៀនភាសាខ្មែរ។",
    "my": "မြန်မာဘာသာစကားကိုလေ့လာသည်။",
    "hi": "लड़का कुर्सी पर बैठा है।",
    "ta": "தமிழ் மொழி இனிது.",
    "ar": "مَرْحَبًا بِالعَالَمِ!",
    "he": "שָׁלוֹם עוֹלָם",
    "fr": unicodedata.normalize("NFD", "L'été à Nîmes, déjà."),
    "fa": "می‌خواهم بروم.",
    "si": "ශ්‍රී ලංකාව",
}
texts = st.text() | st.lists(st.sampled_from([*"".join(SENTENCES.values()), *"a1_-'𠀀😀‍️ "])).map(
    "".join
)


def words_of(text: str, language: str = "en") -> list[str]:
    return [piece for piece in pieces(text, language) if piece[0].isalpha()]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh", "我们 喜欢 这个 房子 房子 很大"),
        ("ja", "私 は 日本語 を 勉強 し てい ます"),
        ("th", "ผม รัก ภาษา ไทย มาก"),
        ("lo", "ຂ້ອຍ ຮັກ ພາສາ ລາວ"),
        ("km", "ខ្ញុំ រៀន ភាសាខ្មែរ"),
        ("my", "မြန်မာဘာသာ စကား ကို လေ့လာ သည်"),
        ("hi", "लड़का कुर्सी पर बैठा है"),
        ("ta", "தமிழ் மொழி இனிது"),
        ("ar", "مَرْحَبًا بِالعَالَمِ"),
        ("he", "שָׁלוֹם עוֹלָם"),
        ("fr", unicodedata.normalize("NFD", "L été à Nîmes déjà")),
        ("fa", "می‌خواهم بروم"),
        ("si", "ශ්‍රී ලංකාව"),
    ],
)
def test_words_are_whole(language: str, expected: str) -> None:
    assert words_of(SENTENCES[language], language) == expected.split(" ")


def test_the_script_decides_and_not_the_language() -> None:
    assert words_of("Ce mot 房子很大 et « ภาษาไทย »", "fr") == [
        *("Ce", "mot", "房子", "很大"),
        *("et", "ภาษา", "ไทย"),
    ]
    assert words_of("用Linux系统", "zh") == ["用", "Linux", "系统"]


def test_characters_beyond_the_basic_plane_do_not_shift_the_words() -> None:
    assert pieces("𠮷😀喜欢𝒳房子", "zh") == ["𠮷", "😀", "喜欢", "𝒳", "房子"]


def test_a_mark_is_of_the_word_before_it_and_no_word_by_itself() -> None:
    assert words_of("❤\ufe0f \u0301abc 葛\U000e0100城市") == ["abc", "葛\U000e0100", "城市"]


def test_digits_and_underscores_end_words_or_are_in_them() -> None:
    text = "word2 x_y 3rd"
    assert pieces(text, "en") == ["word", "2 ", "x", "_", "y", " 3", "rd"]
    assert pieces(text, "en", numbers=True) == ["word2", " ", "x_y", " ", "3rd"]


@given(text=texts, language=st.sampled_from([*SENTENCES, "en"]), numbers=st.booleans())
def test_pieces_join_to_the_text(text: str, language: str, numbers: bool) -> None:
    found = pieces(text, language, numbers=numbers)
    assert "".join(found) == text
    assert all(found)


@given(text=texts)
def test_words_hold_letters_with_their_marks_and_nothing_else_holds_letters(text: str) -> None:
    found = pieces(text, "en")
    for piece in found:
        categories = {unicodedata.category(c)[0] for c in piece if c not in "\u200c\u200d"}
        assert categories <= {"L", "M"} if piece[0].isalpha() else "L" not in categories
    for one, other in pairwise(found):
        spaced = [piece for piece in (one, other) if not is_unspaced(piece)]
        assert len({piece[0].isalpha() for piece in spaced}) == len(spaced)


@given(st.text(st.characters(max_codepoint=0x5FF, exclude_categories=["M"])))
def test_without_marks_words_with_numbers_are_those_of_a_regular_expression(text: str) -> None:
    assert pieces(text, "en", numbers=True) == re.findall(r"\w+|\W+", text)


def test_another_segmenter_cuts_the_text_of_its_language_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(words.SEGMENTERS, "zh", list)
    for language in ("zh", "zh-Hant", "zh2"):
        assert pieces("喜欢 房子", language) == ["喜", "欢", " ", "房", "子"]
    assert pieces("喜欢 房子", "fr") == ["喜欢", " ", "房子"]


@pytest.mark.parametrize(
    "word", ["房子", "𠮷", "々", "カタカナ", "ｶﾅ", "ひらがな", "ไทย", "ລາວ", "ខ្មែរ", "မြန်မာ"]
)
def test_scripts_without_spaces_are_told(word: str) -> None:
    assert is_unspaced(word)


@pytest.mark.parametrize("word", ["word", "한국", "हिन्दी", "བོད", "،", "，", "7"])
def test_other_scripts_and_what_is_no_letter_have_spaces(word: str) -> None:
    assert not is_unspaced(word)


def test_an_aligner_gets_words_and_runs_of_the_rest() -> None:
    assert split_words("L'objet, ici ...", "fr") == ["L", "'", "objet", ",", "ici", "..."]
    assert split_words("打开 PDF文件。", "zh") == ["打开", "PDF", "文件", "。"]
