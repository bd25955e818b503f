"""Languages derived from another by word order (`mlm_xling.languages.DERIVATIONS`).

`en:reverse` reads every English sentence from last word to first. `en:permute` has an order per
sentence, drawn by its hash, so that it is the same wherever the sentence occurs. Words are
delimited by spaces, including punctuation; in scripts without spaces, `mlm_xling.words` segments
them. Sentences are reordered when they are read.
"""

from collections.abc import Sequence
from random import Random

from mlm_xling.languages import derivations
from mlm_xling.running_text import joined
from mlm_xling.words import is_unspaced_language, split_words


def has_order(language: str) -> bool:
    """Returns whether a language has another word order than its text."""
    return not {"reverse", "permute"}.isdisjoint(derivations(language))


def word_order(words: Sequence[str], language: str) -> list[int]:
    """Returns the indices of a sentence's words, in the order of a language."""
    order = list(range(len(words)))
    for rule in derivations(language):
        if rule == "reverse":
            order.reverse()
        elif rule == "permute":
            Random(" ".join(words)).shuffle(order)
    return order


def reordered(sentence: str, language: str) -> str:
    """Reorders the words of a sentence as a language requires."""
    if not has_order(language):
        return sentence
    unspaced = is_unspaced_language(language)
    words = split_words(sentence, language) if unspaced else sentence.split()
    return joined([words[i] for i in word_order(words, language)], language).text
