"""Languages derived from another by the order of its words (`mlm_xling.languages.DERIVATIONS`).

`en:reverse` reads every sentence of English from its last word to its first. `en:permute` has an
order for each sentence, drawn by its hash, so that it is the same wherever the sentence stands. A
word is what stands between spaces, with the signs on it; where a script leaves none, what
`mlm_xling.words` says is one. Sentences are put in order where they are read.
"""

from collections.abc import Sequence
from random import Random

from mlm_xling.languages import derivations
from mlm_xling.words import is_unspaced_language, split_words


def has_order(language: str) -> bool:
    """Tells whether a language puts words in another order than its text does."""
    return not {"reverse", "permute"}.isdisjoint(derivations(language))


def word_order(words: Sequence[str], language: str) -> list[int]:
    """Gives the places that a sentence's words have in it, in the order of a language."""
    order = list(range(len(words)))
    for rule in derivations(language):
        if rule == "reverse":
            order.reverse()
        elif rule == "permute":
            Random(" ".join(words)).shuffle(order)
    return order


def reordered(sentence: str, language: str) -> str:
    """Puts the words of a sentence in the order of a language."""
    if not has_order(language):
        return sentence
    spaced = not is_unspaced_language(language)
    words = sentence.split() if spaced else split_words(sentence, language)
    return (" " if spaced else "").join(words[i] for i in word_order(words, language))
