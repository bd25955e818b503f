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
from tasks.formats.conllu import TreeSentence
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
    spaces = tree.spaces if any(tree.spaces) else [True] * len(tree.words)
    text = "".join(
        word + " " * space for word, space in zip(tree.words, spaces, strict=True)
    ).strip()

    moved = trees.in_order(tree, "en:reverse").words

    assert "".join(moved) == reordered(text, "en:reverse").replace(" ", "")


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
