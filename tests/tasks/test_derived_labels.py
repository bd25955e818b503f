"""Labels of derived languages: they go with their words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.config import VocabularyConfig
from mlm_xling.data.location import Location
from mlm_xling.errors import InputError
from mlm_xling.vocabulary import train_vocabulary
from mlm_xling.word_order import reordered
from tasks import entities, trees
from tasks.formats.bio import TaggedSentence
from tasks.formats.conllu import TreeSentence, read_trees
from tasks.labelled import labelled_table
from tests.data_fixtures import sentences

VOCABULARY = train_vocabulary({"en": sentences("en", 100)}, VocabularyConfig(size=100))


@st.composite
def made_trees(draw) -> TreeSentence:
    count = draw(st.integers(1, 9))
    # Each word hangs on one that comes later in the list, the last is the root: no cycle.
    heads = [draw(st.integers(i + 2, count)) for i in range(count - 1)] + [0]
    spaces = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    names = [f"w{i}" for i in range(count)]
    return TreeSentence(names, heads, [f"r{i}" for i in range(count)], names[:], tuple(spaces))


def edges(tree: TreeSentence) -> set[tuple[str, str, str]]:
    above = ["root", *tree.words]
    found = zip(tree.words, tree.heads, tree.relations, strict=True)
    return {(word, above[head], relation) for word, head, relation in found}


@pytest.mark.parametrize("language", ["en:reverse", "en:permute"])
@given(tree=made_trees())
def test_a_tree_has_the_same_edges_in_every_order(tree: TreeSentence, language: str) -> None:
    moved = trees.in_order(tree, language)

    assert edges(moved) == edges(tree)
    assert moved.upos == moved.words  # what goes with a word stays with it


@given(tree=made_trees())
def test_the_words_of_a_tree_stand_as_in_text(tree: TreeSentence) -> None:
    text = "".join(
        word + " " * space for word, space in zip(tree.words, tree.spaces, strict=True)
    ).strip()

    moved = trees.in_order(tree, "en:reverse").words

    assert "".join(moved) == reordered(text, "en:reverse").replace(" ", "")


def test_a_contraction_is_moved_as_one_word(tmp_path) -> None:
    path = tmp_path / "trees.conllu"
    rows = (
        "1\tI\t_\tPRON\t_\t_\t4\tnsubj\t_\t_", "2-3\tdon't" + 7 * "\t_" + "\t_",
        "2\tdo\t_\tAUX\t_\t_\t4\taux\t_\t_", "3\tn't\t_\tPART\t_\t_\t4\tadvmod\t_\t_",
        "4\tsee\t_\tVERB\t_\t_\t0\troot\t_\t_", "5-6\thim's" + 7 * "\t_" + "\tSpaceAfter=No",
        "5\thim\t_\tPRON\t_\t_\t4\tobj\t_\t_", "6\t's\t_\tPART\t_\t_\t5\tcase\t_\t_",
        "7\t.\t_\tPUNCT\t_\t_\t4\tpunct\t_\t_",
    )  # fmt: skip
    path.write_text("\n".join(rows) + "\n\n")

    (tree,) = read_trees(path)

    assert trees.in_order(tree, "en:reverse").words == ["him", "'s", ".", "see", "do", "n't", "I"]
    assert reordered("I don't see him's.", "en:reverse") == "him's. see don't I"


def test_in_a_script_without_spaces_every_word_is_moved() -> None:
    spaces = (False, False, False)
    tree = TreeSentence(["我", "爱", "你"], [2, 0, 2], ["a", "b", "c"], ["X", "Y", "Z"], spaces)

    assert trees.in_order(tree, "zh:reverse").words == ["你", "爱", "我"]
    assert trees.in_order(tree, "en:reverse").words == tree.words, "between spaces stands one"


def spans(sentence: TaggedSentence) -> set[tuple[str, ...]]:
    found: list[list[str]] = []
    for word, tag in zip(*sentence, strict=True):
        if tag.startswith("B-"):
            found.append([tag[2:]])
        if tag != "O":
            found[-1].append(word)
    return {(kind, *sorted(words)) for kind, *words in found}


@given(st.lists(st.tuples(st.sampled_from("OPL"), st.integers(1, 3)), max_size=6))
def test_backwards_entities_are_the_same_and_begin_at_their_other_end(parts) -> None:
    tags = [
        "O" if kind == "O" else f"{'I' if place else 'B'}-{kind}"
        for kind, size in parts
        for place in range(size)
    ]
    sentence = TaggedSentence([f"w{i}" for i in range(len(tags))], tags)

    moved = entities.in_order(sentence, "en:reverse")

    assert moved.words == sentence.words[::-1]
    assert spans(moved) == spans(sentence)


def test_entities_of_words_in_disorder_are_refused(tmp_path) -> None:
    path = tmp_path / "ner.txt"
    path.write_text("Ada B-PER\n")
    location = Location("test", "en:permute", str(path), "config.evaluation.ner.test")

    with pytest.raises(InputError, match=r"in en:permute the words of an entity do not stand"):
        labelled_table("entities", location, VOCABULARY)


def test_premise_and_hypothesis_are_each_in_order(tmp_path) -> None:
    path = tmp_path / "nli.tsv"
    path.write_text("premise\thypothesis\tlabel\nba de ki\tlo mu\tneutral\n")

    table = labelled_table("pairs", Location("dev", "en:reverse", str(path), "field"), VOCABULARY)

    read = [table.columns[side][0].tolist() for side in ("premise", "hypothesis")]
    assert read == VOCABULARY.encode(["ki de ba", "mu lo"], "en")
