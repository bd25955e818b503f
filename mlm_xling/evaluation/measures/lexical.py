"""Model-free retrieval baselines: translations that share strings.

Names, numbers, commands and loan words are written alike in many languages, and software manuals
are full of them; related languages spell many more words nearly alike. An encoder's retrieval is
evidence of meaning only to the extent that it exceeds these baselines.
"""

import unicodedata
from collections.abc import Iterable, Sequence, Set
from typing import Any

import numpy as np
from jaxtyping import Bool
from scipy.sparse import csr_matrix

from mlm_xling.evaluation.measures.retrieval import BLOCK, TIE, Hits, strict_hits
from mlm_xling.words import pieces

_PIECES = (2, 4)
"""Minimum and maximum length of character n-grams."""


def surface_tokens(sentence: str, language: str) -> list[str]:
    """Splits a sentence into words, numbers and what is between them, case-folded.

    Compatibility forms are folded, too: full-width digits are digits.
    """
    return [
        piece
        for stretch in folded(sentence).split()
        for piece in pieces(stretch, language, numbers=True)
    ]


def retrieve_by_tokens(
    x: Sequence[str], y: Sequence[str], languages: tuple[str, str], block: int = BLOCK
) -> Hits:
    """Retrieves by the cosine of TF-IDF vectors of surface tokens, in both directions.

    Document frequencies (`idf = 1 + ln((1 + n) / (1 + df))`) are counted over all sentences of both
    sides. As in `retrieval.retrieve`, a translation that is not strictly nearest is no hit: if
    nothing is shared, all candidates tie, and none is found.

    Args:
      x: sentences; `y` has their translations, row by row.
      languages: those of `x` and of `y`, which determine word segmentation.
    """
    tokens = [
        surface_tokens(sentence, language)
        for sentences, language in zip((x, y), languages, strict=True)
        for sentence in sentences
    ]
    return _retrieve(_tf_idf(tokens, analyzer=list), len(x), block)


def retrieve_by_spelling(x: Sequence[str], y: Sequence[str], block: int = BLOCK) -> Hits:
    """Retrieves like `retrieve_by_tokens`, by n-grams of two to four characters within words.

    Term frequencies are sublinear, `1 + ln(tf)`. Of the n-gram lengths tried on PUD and on manuals,
    these retrieve the most, by a margin of a point or two.
    Source: McNamee and Mayfield, Character n-gram tokenization for European language text
    retrieval, 2004.
    """
    return _retrieve(_pieces_of((*x, *y)), len(x), block)


def found_by_spelling(
    words: Sequence[str], others: Sequence[str], right: Sequence[Set[int]], block: int = BLOCK
) -> Bool[np.ndarray, " word"]:
    """Returns which words share more n-grams with a translation than with any other word.

    Args:
      right: indices of each word's translations in `others`.
      block: maximum number of similarities to hold at a time, or those of one word.
    """
    vectors = _pieces_of((*words, *others))
    of_words, of_others = vectors[: len(words)], vectors[len(words) :]
    count = max(1, block // len(others))
    hits = []
    for start in range(0, len(words), count):
        rows = slice(start, start + count)
        scores = (of_words[rows] @ of_others.T).toarray()
        for row, of_word in zip(scores, right[rows], strict=True):
            of_right = list(of_word)
            best = row[of_right].max()
            row[of_right] = -np.inf
            hits.append(best > max(row.max(), 0.0) + TIE)
    return np.array(hits, bool)


def _pieces_of(texts: Iterable[str]) -> csr_matrix:
    same = map(folded, texts)
    return _tf_idf(same, analyzer="char_wb", ngram_range=_PIECES, sublinear_tf=True)


def _tf_idf(texts: Iterable, **options: Any) -> csr_matrix:
    # Importing it takes as long as importing JAX, and most programs do not need it.
    from sklearn.feature_extraction.text import TfidfVectorizer

    return csr_matrix(TfidfVectorizer(**options).fit_transform(texts))


def folded(sentence: str) -> str:
    """Folds case and compatibility characters."""
    return unicodedata.normalize("NFKC", sentence).casefold()


def _retrieve(vectors: csr_matrix, count: int, block: int) -> Hits:
    """Searches the first `count` vectors for the others, and vice versa."""
    of_x, of_y = vectors[:count], vectors[count:]
    gold = of_x.multiply(of_y).sum(axis=1).A1
    return strict_hits(lambda rows: (of_x[rows] @ of_y.T).toarray(), gold, TIE, block)
