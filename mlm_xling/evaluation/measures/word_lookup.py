"""Model-free and context-free baselines for finding linked words.

A word in context has as many candidates as there are words in the searched sentences, most of which
occur more than once: no dictionary, however good, can distinguish the occurrences.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool

from mlm_xling.evaluation.measures.lexical import folded


def most_often_linked(words: Sequence[str], others: Sequence[str]) -> dict[str, str]:
    """Builds a dictionary from links, mapping each word to the one it is most often linked to.

    The first of several equally frequent ones is taken.

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
    """Returns which words have a dictionary translation that only their linked word matches.

    A word that is not in the dictionary is searched for verbatim; if it is empty, all words are.

    Args:
      words: linked to `others`, row by row; the latter are the candidates.
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
