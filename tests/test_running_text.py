"""Words in running text and the subwords that stand for them, script by script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.config import VocabularyConfig
from mlm_xling.running_text import first_subwords, joined, located
from mlm_xling.vocabulary import train_vocabulary
from mlm_xling.words import split_words

TEXTS = {
    "zh": "我们打开文件。请保存文件，然后关闭Linux系统！打开系统设置，在2010年保存。",
    "ja": "私たちはファイルを開きます。「保存」を押してください。ファイルを閉じます。",
    "th": "เราเปิดไฟล์ กรุณาบันทึกไฟล์ แล้วปิดระบบ เปิดการตั้งค่าระบบ",
    "en": "I don't open a (word) file; we don't save the file, we open the word.",
    "ru": "Мы открываем файл (слово), а затем сохраняем файл: слово в файле.",
}


@pytest.fixture(scope="module")
def vocabulary():
    lines = [line for text in TEXTS.values() for line in [text, *text.split()] * 30]
    return train_vocabulary({"xx": lines}, VocabularyConfig(size=330))


WRITTEN = {
    "zh": (
        "我们 打开 文件 ， 关闭 Linux 系统 （ 2010 年 ）",
        "我们打开文件，关闭Linux系统（2010年）",
    ),
    "ja": ("ファイル を 開き ます 。", "ファイルを開きます。"),
    "th": ("เรา เปิด ไฟล์", "เราเปิดไฟล์"),
    "en": ("I do n't open a ( word ) .", "I do n't open a ( word ) ."),
    "ru": ("файл ( слово ) .", "файл ( слово ) ."),
    "zh-Latn": ("women dakai", "women dakai"),
}


@pytest.mark.parametrize("language", WRITTEN)
def test_words_are_written_as_their_language_is(language):
    words, text = WRITTEN[language][0].split(), WRITTEN[language][1]

    assert joined(words, language).text == text
    assert joined(words, language).words == words


def test_words_of_other_scripts_keep_their_space_among_chinese_ones():
    words = ["我", "用", "Red", "Hat", "9", "系统"]

    assert joined(words, "zh").text == "我用Red Hat 9系统"


def test_spaces_that_are_told_are_heeded():
    assert joined(["เปิด", "ไฟล์", "แล้ว"], "th", [False, True, False]).text == "เปิดไฟล์ แล้ว"


@pytest.mark.parametrize("language", TEXTS)
def test_words_of_a_sentence_are_found_where_they_stand(language):
    text = located(f" {TEXTS[language]}  {TEXTS[language]} ", language)

    assert text.text == f"{TEXTS[language]} {TEXTS[language]}"
    assert text.words == split_words(TEXTS[language], language) * 2


@pytest.mark.parametrize("language", TEXTS)
def test_the_ids_are_those_of_the_text_as_pretraining_read_it(vocabulary, language):
    text = located(TEXTS[language], language)

    encoded = vocabulary.encode_spans(text.text, language)

    assert encoded.ids == vocabulary.encode([TEXTS[language]], language)[0]
    for number, (begin, end) in zip(encoded.ids, encoded.spans, strict=True):
        assert text.text[begin:end] == vocabulary.decode([number], language)


@pytest.mark.parametrize("language", TEXTS)
def test_every_word_is_read_at_a_subword_with_characters_of_it(vocabulary, language):
    text = located(TEXTS[language], language)
    encoded = vocabulary.encode_spans(text.text, language)

    found = first_subwords(text.spans, encoded.spans)

    for (begin, end), number in zip(text.spans, found, strict=True):
        piece = encoded.spans[number]
        assert piece[0] < end
        assert begin < piece[1]
        # No earlier subword begins inside the word, or none at all does.
        inside = [i for i, (b, e) in enumerate(encoded.spans) if begin <= b < end and b < e]
        assert number == inside[0] if inside else piece[0] < begin


@pytest.mark.parametrize("language", ["zh", "ja", "th"])
def test_no_word_is_read_at_the_mark_of_a_space(vocabulary, language):
    """Encoded one by one, many begin with the mark of a space that is not there."""
    words = split_words(TEXTS[language], language)
    text = joined(words, language)
    encoded = vocabulary.encode_spans(text.text, language)

    read = [encoded.ids[i] for i in first_subwords(text.spans, encoded.spans)]
    alone = [ids[0] for ids in vocabulary.encode(words, language)]

    assert all(vocabulary.decode([number], language) for number in read)
    assert sum(not vocabulary.decode([number], language) for number in alone) > len(words) / 4


@pytest.mark.parametrize(
    ("words", "subwords", "found"),
    [
        ([(0, 1), (1, 3)], [(0, 0), (0, 2), (2, 3)], [1, 2]),  # 我|打开 in ▁ 我打 开
        ([(0, 1), (1, 2)], [(0, 2)], [0, 0]),  # one subword for both
        ([(0, 3), (3, 4), (4, 5)], [(0, 3), (3, 4), (4, 5)], [0, 1, 2]),  # don ' t
        ([(0, 1), (1, 5)], [(0, 3), (3, 5)], [0, 1]),  # ( word in (wo rd
        ([(0, 2), (3, 5)], [(0, 2), (2, 2), (3, 5)], [0, 2]),  # a bare mark between
        ([(0, 1), (1, 2), (2, 3)], [(0, 1), (2, 3)], [0, 0, 1]),  # the second word deleted
        ([(0, 1), (1, 2), (2, 3)], [(1, 2), (2, 3)], [0, 0, 1]),  # the first deleted
    ],
)
def test_a_word_is_read_at_what_begins_in_it_or_else_before_it_or_first(words, subwords, found):
    assert first_subwords(words, subwords) == found


SENTENCES = st.lists(st.text("我打开文件abc9，. ", min_size=1, max_size=4), min_size=1, max_size=9)


@given(SENTENCES, st.sampled_from(["zh", "en"]))
def test_every_word_has_a_subword_whatever_it_is(vocabulary, words, language):
    text = joined(words, language)
    encoded = vocabulary.encode_spans(text.text, language)

    found = first_subwords(text.spans, encoded.spans)

    assert len(found) == len(words)
    assert found == sorted(found)
    assert all(0 <= place < len(encoded.ids) for place in found)
