"""Files of words and BIO tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from mlm_xling.errors import InputError
from mlm_xling.evaluation.measures.spans import span_f1, spans
from tasks.formats.bio import TaggedSentence, in_bio, read_tagged


@pytest.fixture
def said():
    return []


@pytest.fixture
def read(tmp_path, said):
    def read(text):
        path = tmp_path / "some.bio"
        path.write_bytes(text.encode())
        return read_tagged(path, said.append)

    return read


def test_two_columns_are_read_whatever_separates_them(read):
    for separator in ("\t", " "):
        text = f"Anna{separator}B-PER\nsleeps{separator}O\n\n\nYes{separator}O\r\n"

        assert read(text) == [(["Anna", "sleeps"], ["B-PER", "O"]), (["Yes"], ["O"])]


def test_of_four_columns_the_first_and_the_last_count(read):
    assert read("-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\n") == [(["EU"], ["B-ORG"])]


def test_tags_in_bio_are_not_spoken_of(read, said):
    read("Anna\tB-PER\nSmith\tI-PER\nsleeps\tO\n\nParis\tB-LOC\n")

    assert said == []


def test_conll_2003s_own_iob1_becomes_bio_and_is_told(read, said, tmp_path):
    text = "EU NNP I-NP I-ORG\nrejects VBZ I-VP O\nGerman JJ I-NP I-MISC\nIraq NNP I-NP B-MISC\n"

    (sentence,) = read(text)

    assert sentence.tags == ["B-ORG", "O", "B-MISC", "B-MISC"]
    assert said == [f"{tmp_path}/some.bio: tags in IOB1, converted to BIO"]
    (scored,) = [span_f1([sentence.tags], [sentence.tags])]
    assert scored["f1"].value == 1


def test_tags_that_leave_the_scheme_of_their_file_are_told_with_file_and_line(read, said, tmp_path):
    read("A\tB-PER\nB\tI-PER\n\nC\tO\nD\tI-LOC\n\n\nE\tB-PER\n")

    assert said == [
        f"{tmp_path}/some.bio:5: I-LOC does not fit BIO, which most tags are in (1 do not fit); "
        "entities are read as conlleval reads them"
    ]


def test_a_word_may_hold_a_space_if_tabs_separate(read):
    assert read("New York\tB-LOC\n")[0].words == ["New York"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Anna\tB-PER\nsleeps\n", r"some.bio:2: one column"),
        ("Anna\tPER\n", r"some.bio:1: 'PER' is not a BIO tag"),
        ("\n", r"some.bio: no sentence in it"),
        ("EU NNP B-ORG O\n", r"some.bio: no entity in it; the last column must hold the tags"),
        ("1\tEU\tB-ORG\n2\tsays\tO\n", r"some.bio:1: the first column numbers the words"),
        (
            "en:EU B-ORG\nen:says O\n\nIraq B-LOC\n",
            r"some.bio:4: 'Iraq' has no 'en:' before it, as most words",
        ),
    ],
)
def test_bad_lines_are_told(read, text, message):
    with pytest.raises(InputError, match=message):
        read(text)


@pytest.mark.parametrize("prefix", ["en:", "zh-min-nan:"])
def test_wikianns_language_before_every_word_is_taken_off_and_told(read, said, tmp_path, prefix):
    words = ["http:", prefix, "1:0", ":"]

    (sentence,) = read("".join(f"{prefix}{word} B-X\n" for word in words))

    assert sentence.words == words
    assert said == [f"{tmp_path}/some.bio: '{prefix}' before every word, taken off"]


def test_a_word_with_a_colon_stays_as_it_is(read, said):
    assert read("note: O\nsee O\nEU B-ORG\n")[0].words == ["note:", "see", "EU"]
    assert said == []


def test_a_space_of_another_kind_is_part_of_a_word(read):
    assert read("10\u00a0000 B-X\n")[0].words == ["10\u00a0000"]


TAG = st.sampled_from(["O", *(f"{letter}-{kind}" for letter in "BIESLUM" for kind in ("X", "Y-Z"))])


@given(st.lists(st.lists(TAG, min_size=1, max_size=6), min_size=1, max_size=4))
def test_no_entity_of_the_gold_is_lost_on_the_way_to_the_scorer(sentences):
    """seqeval reads entities in the converted tags as our scorer does, and each word in one."""
    gold = [TaggedSentence(["w"] * len(tags), tags) for tags in sentences]
    if all(tag == "O" for tags in sentences for tag in tags):
        return

    for before, after in zip(
        gold, in_bio(gold, "gold", lambda i, word: f"{i}:{word}", lambda line: None), strict=True
    ):
        found = spans(after.tags)
        assert {(start, stop - 1) for start, stop, _ in found} == {
            (start, stop) for _, start, stop in get_entities(after.tags)
        }
        inside = {word for start, stop, _ in found for word in range(start, stop)}
        assert inside == {i for i, tag in enumerate(before.tags) if tag != "O"}
