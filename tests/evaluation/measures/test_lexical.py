"""The lexical baseline against TF-IDF worked by hand."""

import math
from collections import Counter

import pytest
from scipy.sparse import csr_matrix

from mlm_xling.evaluation.measures.lexical import (
    found_by_spelling,
    retrieve_by_spelling,
    retrieve_by_tokens,
    surface_tokens,
)


def test_tokens_are_words_numbers_and_signs_with_case_folded():
    assert surface_tokens("Press F5, then Straße 12!", "en") == [
        "press", "f5", ",", "then", "strasse", "12", "!"
    ]  # fmt: skip


def test_full_width_digits_are_digits_and_unspaced_words_are_cut():
    assert surface_tokens("第１２章", "zh")[1:] == ["12", "章"]


def idf(containing, sentences=6):
    return 1 + math.log((1 + sentences) / (1 + containing))


def cosine(shared, x, y):
    """Cosine of two sets of weights that have `shared` in common."""
    lengths = (math.sqrt(sum(w * w for w in side)) for side in (x, y))
    return sum(w * w for w in shared) / math.prod(lengths)


def test_hits_are_those_of_tf_idf_by_hand():
    english = ["save 7 now", "save it", "hello"]
    french = ["Save 7", "7 fichiers", "bonjour"]
    save, seven, now = idf(3), idf(3), idf(1)
    own = cosine([save, seven], [save, seven, now], [save, seven])
    other = cosine([save], [save, idf(1)], [save, seven])
    assert own > other > 0  # so "Save 7" answers the first, and the second's translation does not

    hits = retrieve_by_tokens(english, french, ("en", "fr"))

    assert hits.forward.tolist() == [True, False, False]
    assert hits.backward.tolist() == [True, False, False]


def test_a_rare_string_tells_more_than_a_frequent_one():
    english = ["the Qt 3", "the the 1", "the 2", "the 4"]
    french = ["Qt la", "the 9", "the 8", "the 7"]

    assert retrieve_by_tokens(english, french, ("en", "fr")).backward[0]


def test_sentences_that_share_nothing_tie_and_are_no_hits():
    hits = retrieve_by_tokens(["a b", "c"], ["x", "y"], ("en", "fr"))

    assert not hits.forward.any()
    assert not hits.backward.any()


def test_a_translation_as_near_as_another_sentence_is_no_hit():
    hits = retrieve_by_tokens(["5 a", "6 b"], ["5 x", "5 y"], ("en", "fr"))

    assert hits.forward.tolist() == [False, False]
    assert hits.backward.tolist() == [True, False]


def pieces(sentence):
    """Pieces of two to four characters of words with a space before and after, and how often."""
    words = [f" {word} " for word in sentence.split()]
    cut = (word[i : i + n] for word in words for n in (2, 3, 4) for i in range(len(word) - n + 1))
    return Counter(cut)


def test_pieces_of_words_are_weighed_as_by_hand():
    english = ["The Music is loud", "the house", "no animals"]
    french = ["la musique est forte", "la maison", "les animaux"]
    counts = [pieces(sentence.casefold()) for sentence in (*english, *french)]
    weights = {p: idf(sum(p in c for c in counts)) for p in set().union(*counts)}
    vectors = [{p: (1 + math.log(k)) * weights[p] for p, k in c.items()} for c in counts]
    lengths = [math.sqrt(sum(w * w for w in v.values())) for v in vectors]

    def cosine_of(i, j):
        shared = vectors[i].keys() & vectors[j].keys()
        return sum(vectors[i][p] * vectors[j][p] for p in shared) / (lengths[i] * lengths[j])

    scores = [[cosine_of(i, 3 + j) for j in range(3)] for i in range(3)]
    nearest = [row[i] > max(row[:i] + row[i + 1 :]) for i, row in enumerate(scores)]

    hits = retrieve_by_spelling(english, french)

    assert hits.forward.tolist() == nearest == [True, False, True]
    assert not retrieve_by_tokens(english, french, ("en", "fr")).forward.any(), "no word is shared"


def test_words_are_found_that_share_most_pieces_with_a_translation():
    words, others = ["music", "dog", "tree", "cat"], ["chien", "musique", "chat", "arbre", "tree"]
    right = [{1}, {0}, {3}, {2, 0}]

    hits = found_by_spelling(words, others, right)

    # Of "dog" nothing is shared, "tree" is spelled as a word that is no translation.
    assert hits.tolist() == [True, False, False, True]


@pytest.mark.parametrize("block", [1, 7, 20])
def test_the_block_changes_nothing(block):
    english = [f"word{i} {i % 5} same" for i in range(12)]
    french = [f"mot {i % 5} {'same' if i % 2 else 'autre'} word{i - i % 3}" for i in range(12)]

    hits, expected = (
        retrieve_by_tokens(english, french, ("en", "fr"), size) for size in (block, 1_000)
    )

    assert hits.forward.tolist() == expected.forward.tolist()
    assert hits.backward.tolist() == expected.backward.tolist()
    assert 0 < expected.forward.mean() < 1


@pytest.mark.parametrize(("block", "held"), [(1, 1), (29, 2), (30, 3), (1_000, 12)])
def test_of_words_no_more_similarities_are_held_than_the_block_has(monkeypatch, block, held):
    words = [f"word{i % 7}{i % 5}" for i in range(12)]
    others = [f"wort{i % 5}{i % 7}" for i in range(10)]
    right = [{i % 10} for i in range(12)]
    expected, shapes, dense = found_by_spelling(words, others, right), [], csr_matrix.toarray
    monkeypatch.setattr(csr_matrix, "toarray", lambda m: shapes.append(m.shape) or dense(m))

    hits = found_by_spelling(words, others, right, block)

    assert hits.tolist() == expected.tolist()
    assert 0 < hits.mean() < 1
    assert max(shapes) == (held, 10)
