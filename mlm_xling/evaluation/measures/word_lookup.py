"""What finds linked words without a model, and without their context.

A word in context has as many candidates as there are words in the sentences that are searched, and
most of these occur more than once: a dictionary, however good, cannot tell the occurrences apart.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool

from mlm_xling.evaluation.measures.lexical import folded


def most_often_linked(words: Sequence[str], others: Sequence[str]) -> dict[str, str]:
    """Makes a dictionary of links: to each word the one that it is most often linked to.

    Of several that are as frequent it is the first one met.

    Args:
      words: linked to `others`, row by row.
    """
    links: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for word, other in zip(map(folded, words), map(folded, others), strict=True):
        links[word][other] += 1
    return {word: of_word.most_common(1)[0][0] for word, of_word in links.items()}


def found_by_lookup(
    words: Sequence[str], others: Sequence[str], dictionary: Mapping[str, str]
) -> Bool[np.ndarray, " word"]:
    """Tells which words have a translation by the dictionary that only their link is.

    A word that it lacks is looked for as it is written: with an empty dictionary, all are.

    Args:
      words: linked to `others`, row by row; these are the candidates.
    """
    candidates = list(map(folded, others))
    count = Counter(candidates)
    return np.array(
        [
            dictionary.get(word, word) == other and count[other] == 1
            for word, other in zip(map(folded, words), candidates, strict=True)
        ],
        bool,
    )
