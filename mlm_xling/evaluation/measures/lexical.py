"""What retrieval finds without any model: translations that share strings.

Names, numbers, commands and loan words are written alike in many languages, and software manuals
are full of them. What an encoder retrieves says something about meaning only as far as it goes
beyond that.
"""

import unicodedata
from collections.abc import Sequence

from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from mlm_xling.evaluation.measures.retrieval import BLOCK, TIE, Hits, strict_hits
from mlm_xling.words import pieces


def surface_tokens(sentence: str, language: str) -> list[str]:
    """Cuts a sentence into words, numbers and what stands between them, with case folded.

    Compatibility forms are folded, too: full-width digits are digits.
    """
    folded = unicodedata.normalize("NFKC", sentence).casefold()
    return [
        piece for stretch in folded.split() for piece in pieces(stretch, language, numbers=True)
    ]


def retrieve_by_tokens(
    x: Sequence[str], y: Sequence[str], languages: tuple[str, str], block: int = BLOCK
) -> Hits:
    """Retrieves by the cosine of TF-IDF vectors of surface tokens, in both directions.

    Frequencies of documents (`idf = 1 + ln((1 + n) / (1 + df))`) are counted over all sentences
    of both sides. As in `retrieval.retrieve`, a translation that is not strictly nearest is no
    hit: where nothing is shared, all candidates tie, and none is found.

    Args:
      x: sentences; `y` their translations, row by row.
      languages: those of `x` and of `y`, which tell how to cut words.
    """
    tokens = [
        surface_tokens(sentence, language)
        for sentences, language in zip((x, y), languages, strict=True)
        for sentence in sentences
    ]
    vectors = csr_matrix(TfidfVectorizer(analyzer=list).fit_transform(tokens))  # pyright: ignore[reportArgumentType]
    of_x, of_y = vectors[: len(x)], vectors[len(x) :]
    gold = of_x.multiply(of_y).sum(axis=1).A1
    return strict_hits(lambda rows: (of_x[rows] @ of_y.T).toarray(), gold, TIE, block)
