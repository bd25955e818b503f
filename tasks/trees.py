"""Dependency trees: Universal Dependencies of TFDS or CoNLL-U files (docs/method.md section 5)."""

from collections.abc import Iterator
from functools import partial

import seqio

from mlm_xling.data.location import Location
from mlm_xling.data.text import normal
from mlm_xling.errors import InputError
from mlm_xling.tokenizer import Tokenizer
from mlm_xling.word_order import has_order, word_order
from mlm_xling.words import is_unspaced_language
from tasks.formats.conllu import (
    NotATreeError,
    TreeSentence,
    make_tree,
    read_trees,
    require_words,
)
from tasks.records import NUMBERS, STRINGS, cells, encode_words, records_source, tfds_examples

_NUMBERS = ("heads", "spaces")
"""Fields of a tree that hold numbers, the others strings."""
_NOT_A_WORD = "None"
"""TFDS writes so the head of a multiword range or an empty node."""


def trees_task(location: Location, vocabulary: Tokenizer) -> seqio.Task:
    """Gives the ids of a sentence, and columns of its words.

    `ids: int32[n]`; `subwords`, `heads`: int32[w]; `words`, `relations`, `upos`: string[w]. Read is
    `spaces`, too: whether one follows each word, where that is known.
    """
    signature = dict.fromkeys(TreeSentence._fields, STRINGS) | dict.fromkeys(_NUMBERS, NUMBERS)
    return seqio.Task(
        name="trees",
        source=records_source(location, _read, signature),
        preprocessors=[
            partial(encode_words, vocabulary=vocabulary, language=location.language),
        ],
        output_features=cells("ids", "subwords", "heads", strings=["words", "relations", "upos"]),
        shuffle_buffer_size=None,
    )


def _read(location: Location) -> list[TreeSentence]:
    if location.path is not None:
        trees = read_trees(location.path)
    else:
        trees = list(_from_tfds(location))
        require_words(trees, f"{location.field}=tfds:{location.builder}")
    if not has_order(location.language):
        return trees
    return [in_order(tree, location.language) for tree in trees]


def in_order(tree: TreeSentence, language: str) -> TreeSentence:
    """Puts the words of a tree in the order of a derived language.

    What stands between spaces is moved as a whole, as in text, where it is known. A permutation is
    that of the text unless a contraction there is not its words joined.
    """
    stretches = _stretches(tree, apart=is_unspaced_language(language))
    said = ["".join(tree.words[i] for i in stretch) for stretch in stretches]
    order = [i for place in word_order(said, language) for i in stretches[place]]
    numbers = {0: 0} | {old + 1: new for new, old in enumerate(order, 1)}
    heads = [numbers[tree.heads[i]] for i in order]
    words, relations, upos = ([column[i] for i in order] for column in tree[:1] + tree[2:4])
    return TreeSentence(words, heads, relations, upos)


def _stretches(tree: TreeSentence, *, apart: bool) -> list[list[int]]:
    """The words between two spaces, for each such stretch.

    Args:
      apart: whether each word is one, as in scripts without spaces.
    """
    stretches: list[list[int]] = [[]]
    for i in range(len(tree.words)):
        stretches[-1].append(i)
        if i + 1 < len(tree.words) and (apart or not tree.spaces or tree.spaces[i]):
            stretches.append([])
    return stretches


def _from_tfds(location: Location) -> Iterator[TreeSentence]:
    examples, features = tfds_examples(location)
    tags = features["upos"].feature.names
    for number, example in enumerate(examples, 1):
        heads = [head.decode() for head in example["head"]]
        words = [i for i, head in enumerate(heads) if head != _NOT_A_WORD]
        try:
            tree = make_tree(
                [normal(example["tokens"][i].decode()) for i in words],
                [int(heads[i]) for i in words],
                [example["deprel"][i].decode() for i in words],
                [tags[example["upos"][i]] for i in words],
            )
        except NotATreeError as error:
            word, what = error.args
            raise InputError(
                f"{location.field}=tfds:{location.builder}: sentence {number}, word {word}: "
                f"{what}; this is not a tree"
            ) from None
        if tree.words:
            yield tree
