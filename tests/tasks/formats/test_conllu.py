"""CoNLL-U files: what is read, and what is refused with file and line."""

import pytest

from mlm_xling.errors import InputError
from tasks.formats.conllu import read_trees
from tests.data_fixtures import REAL_DATA


def row(number, head, relation="dep", word="w", tag="NOUN"):
    return f"{number}\t{word}\t_\t{tag}\t_\t_\t{head}\t{relation}\t_\t_\n"


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "some.conllu"
        path.write_text(text)
        return read_trees(path)

    return read


def test_words_heads_and_relations_without_subtypes(read):
    text = "# text\n" + row(1, 2, "nsubj:pass", "he") + row(2, 0, "root") + row(3, 2, tag="SYM")

    (tree,) = read(text + "\n")

    assert tree.words == ["he", "w", "w"]
    assert tree.heads == [2, 0, 2]
    assert tree.relations == ["nsubj", "root", "dep"]
    assert tree.upos == ["NOUN", "NOUN", "SYM"]


def test_ranges_and_empty_nodes_are_no_words(read):
    blank = "\t_" * 8 + "\n"
    text = f"1-2\tdu{blank}" + row(1, 2) + row(2, 0, "root") + f"2.1\tx{blank}"

    (tree,) = read(text)

    assert (tree.words, tree.heads) == (["w", "w"], [2, 0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (row(1, 0) + row(2, 1) + row(3, 0), r"some.conllu:3: a second root; this is not a tree"),
        (row(1, 2) + row(2, 1) + row(3, 0), r"some.conllu:1: part of a cycle"),
        ("\n# x\n" + row(1, 1), r"some.conllu:3: a sentence without a root"),
        (row(1, 0) + row(2, 5), r"some.conllu:2: head 5, but there are 2 words"),
        (row(1, 0) + row(3, 1), r"some.conllu:2: word 3 where word 2 belongs"),
        (row(1, "_"), r"some.conllu:1: a word without HEAD"),
        (row(1, 0) + "2 words\n", r"some.conllu:2: not a line of CoNLL-U: 1 columns"),
        (row(1, "one"), r"some.conllu:1: not a line of CoNLL-U: HEAD 'one'"),
        ("\n\n", r"some.conllu: no sentence in it"),
    ],
)
def test_what_is_no_tree_is_told_with_its_line(read, text, message):
    with pytest.raises(InputError, match=message) as error:
        read(text)
    assert "\n" not in str(error.value)


def test_a_treebank_without_its_text_is_refused_but_not_an_underscore_in_text(read):
    words = [row(1, 0, word="w"), row(2, 1, word="_")]

    assert read("".join(words))[0].words == ["w", "_"]
    with pytest.raises(InputError, match=r"some.conllu: most words are '_'.* merge it first"):
        read("".join([*words, row(3, 1, word="_")]))


def test_a_real_treebank_is_read_whole():
    path = REAL_DATA / "ud" / "fr_pud-test.conllu"
    if not path.exists():
        pytest.skip("the real data is not on this machine")

    trees = read_trees(path)

    assert len(trees) == 1000
    assert sum(len(tree.words) for tree in trees) == 24726
