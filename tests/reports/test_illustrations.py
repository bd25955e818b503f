"""Neighbours to read: words in lines, sentences in blocks, hits marked."""

from mlm_xling.examples import Candidate, Examples, Lookup, write_examples
from mlm_xling.reports.illustrations import neighbour_sections
from mlm_xling.reports.page import write_report
from mlm_xling.results import FILE_NAME, append_results
from tests.reports.made_up import measured

CAT, DOG = Candidate("chat", 0.75, True), Candidate("chien", 0.875, False)
FOUND = Lookup("cat", (CAT,), (DOG, CAT))
NOT_FOUND = Lookup("cat", (CAT,), (DOG,))


def words(*lookups, metric="word_p@1_other", mistakes=()):
    return Examples(measured(metric, 2, evaluator="lexicon"), lookups, mistakes)


def sentences(*lookups, metric="p@1_raw_forward", mistakes=()):
    return Examples(measured(metric, 3), lookups, mistakes)


def test_a_word_is_a_line_with_its_neighbours_and_their_cosines():
    (section,) = neighbour_sections([words(FOUND, NOT_FOUND)])

    assert section.title == "Words and their neighbours: en-fr"
    assert section.table is not None
    assert section.table.rows == [
        ["cat", "chat", "chien 0.88", "✓ chat 0.75"],
        ["cat", "chat", "chien 0.88", ""],
    ]
    assert section.table.bold == {(0, 3)}


def test_a_sentence_is_a_block_that_ends_with_its_translation():
    (section,) = neighbour_sections([sentences(FOUND, NOT_FOUND)])

    assert section.table is not None
    assert section.table.rows == [
        ["cat", ""],
        ["chien", "0.875"],
        ["✓ chat", "0.750"],
        ["cat", ""],
        ["chien", "0.875"],
        ["… ✓ chat", "0.750"],
    ]
    assert section.table.bold == {(0, 0), (3, 0)}


def test_mistakes_stand_below():
    above, below = neighbour_sections([words(FOUND, mistakes=(NOT_FOUND,))])

    assert (above.level, below.level) == (2, 3)
    assert below.title == "Words and their neighbours: en-fr, mistakes"


def test_the_caption_says_in_which_space_they_were_looked_for():
    captions = [
        section.paragraphs[0]
        for section in neighbour_sections(
            [words(FOUND), words(FOUND, metric="word_p@1_other_raw"), sentences(FOUND)]
        )
    ]

    spaces = [caption.partition(",")[0] for caption in captions]
    assert spaces == ["After Procrustes", "Without a map", "Without a map"]
    assert "at layer 2" in captions[0]


def test_the_report_shows_the_examples_of_what_was_measured_last(tmp_path):
    last = sentences(Lookup("last", (CAT,), (CAT,)))
    for one in (sentences(Lookup("first", (CAT,), (CAT,)), metric="p@1_raw_backward"), last):
        append_results(tmp_path / FILE_NAME, [one.result])
        write_examples(tmp_path, [one])

    text = write_report(tmp_path).with_name("report.md").read_text()

    assert "**last**" in text
    assert "first" not in text
