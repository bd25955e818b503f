"""Schemes of tags: entities survive being written in any and read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.scheme import BILOU, IOB1, IOB2, IOBES, IOE2, Entities

from tasks.formats.tag_schemes import SCHEMES, read_scheme

ORACLES = {"BIO": IOB2, "IOB1": IOB1, "BIOES": IOBES, "IOE2": IOE2}
"""Schemes of seqeval; its IOE1 misses entities of one word before another of their type."""

entity = st.tuples(st.sampled_from(["PER", "LOC"]), st.integers(1, 4))
outside = st.tuples(st.none(), st.integers(1, 2))
sentence = st.lists(entity | outside, min_size=1, max_size=8)


def written(runs, scheme):
    """Tags of entities, (type, words) one after the other; worked by hand from the definitions."""
    tags = []
    for number, (kind, length) in enumerate(runs):
        after = number > 0 and runs[number - 1][0] == kind
        before = number + 1 < len(runs) and runs[number + 1][0] == kind
        letters = {
            "BIO": "B" + "I" * (length - 1),
            "IOB1": ("B" if after else "I") + "I" * (length - 1),
            "IOE1": "I" * (length - 1) + ("E" if before else "I"),
            "IOE2": "I" * (length - 1) + "E",
            "BIOES": "S" if length == 1 else "B" + "I" * (length - 2) + "E",
        }[scheme]
        tags += ["O"] * length if kind is None else [f"{letter}-{kind}" for letter in letters]
    return tags


@pytest.mark.parametrize("scheme", SCHEMES)
@given(sentences=st.lists(sentence, min_size=1, max_size=4))
def test_entities_written_in_a_scheme_come_back_in_bio(scheme, sentences):
    reading = read_scheme([written(runs, scheme) for runs in sentences])

    assert reading.tags == [written(runs, "BIO") for runs in sentences]
    assert reading.odd == []


@pytest.mark.parametrize("scheme", ORACLES)
@given(runs=sentence)
def test_seqeval_finds_the_same_entities_in_the_scheme_as_in_bio(scheme, runs):
    given, bio = written(runs, scheme), read_scheme([written(runs, scheme)]).tags[0]

    def found(tags, scheme):
        (entities,) = Entities([tags], scheme).entities
        return [entity.to_tuple()[1:] for entity in entities]

    assert found(bio, IOB2) == found(given, ORACLES[scheme])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_scheme_is_told_from_touching_and_single_entities(scheme):
    runs = [("PER", 2), ("PER", 1), (None, 1), ("LOC", 1), ("PER", 3)]

    assert read_scheme([written(runs, scheme)]).scheme == scheme


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        ("B-PER I-PER L-PER U-LOC U-LOC O", "BIOES"),
        ("B-PER M-PER E-PER S-LOC S-LOC O", "BIOES"),
        ("I-ORG O I-MISC O", "IOB1"),
        ("O O", "BIO"),
        ("B-PER B-PER", "BIO"),
    ],
)
def test_other_letters_and_files_that_fit_several_schemes(tags, scheme):
    reading = read_scheme([tags.split()])

    assert (reading.scheme, reading.odd) == (scheme, [])


def test_bilou_is_read_as_seqeval_reads_it():
    tags = ["B-PER", "I-PER", "L-PER", "U-PER", "O", "U-LOC"]
    (entities,) = Entities([tags], BILOU).entities

    assert [e.to_tuple()[1:] for e in entities] == [("PER", 0, 3), ("PER", 3, 4), ("LOC", 5, 6)]
    assert read_scheme([tags]).tags == [["B-PER", "I-PER", "I-PER", "B-PER", "O", "B-LOC"]]


def test_of_mixed_schemes_the_better_one_is_told_and_where_tags_leave_it():
    reading = read_scheme([["B-PER", "I-PER", "O"], ["O", "I-LOC", "I-LOC"], ["B-PER"]])

    assert reading.scheme == "BIO"
    assert reading.odd == [(1, 1)]
    assert reading.tags[1] == ["O", "B-LOC", "I-LOC"]
