"""Words in running text, and the subwords that represent them.

Encoders are trained on running text: to read a word in context, the whole text is encoded as
written, and the word's subword is looked up. In scripts without spaces between words, a word
encoded separately would begin with the mark of a space that is not there.
"""

import itertools
import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from mlm_xling.tokenizer import Spans, Tokenizer
from mlm_xling.words import is_spaced_character, is_unspaced_language, pieces

_NOTHING = "\ufffd"
"""Replaces words that are only white space, so that every word has a span."""


class RunningText(NamedTuple):
    """A sentence, and the spans of some of its words."""

    text: str
    """The sentence as a vocabulary reads it: stripped, with single spaces."""
    spans: Spans

    @property
    def words(self) -> list[str]:
        """The words themselves."""
        return [self.text[begin:end] for begin, end in self.spans]


def located(sentence: str, language: str) -> RunningText:
    """Finds the words of a sentence, and runs of anything else, like `words.split_words`."""
    text = re.sub(" +", " ", sentence.strip(" "))
    spans = []
    for stretch in re.finditer(r"\S+", text):
        end = stretch.start()
        for piece in pieces(stretch[0], language):
            spans.append((end, end := end + len(piece)))
    return RunningText(text, spans)


def joined(words: Sequence[str], language: str, spaces: Sequence[bool] = ()) -> RunningText:
    """Joins words into running text.

    Args:
      spaces: whether a space follows each word; if empty, the language decides: Chinese, Japanese,
        Thai, Lao, Khmer and Burmese only have spaces between words and numbers of other scripts.
    """
    if not words:
        return RunningText("", [])
    words = [" ".join(word.split()) or _NOTHING for word in words]
    spaces = spaces or [
        not is_unspaced_language(language)
        or (is_spaced_character(word[-1]) and is_spaced_character(after[0]))
        for word, after in itertools.pairwise(words)
    ]
    text, spans = "", []
    for word, space in zip(words, [*spaces[: len(words) - 1], False], strict=True):
        spans.append((len(text), len(text) + len(word)))
        text += word + " " * space
    return RunningText(text, spans)


def encode_text(
    text: RunningText, tokenizer: Tokenizer, language: str
) -> tuple[list[int], list[int]]:
    """Returns the ids of running text, and the index of the id that represents each word.

    Tokenizers delete some characters (U+200B); if nothing is left, the text is the unknown token.
    """
    ids, subwords = tokenizer.encode_spans(text.text, language)
    if text.spans and not any(begin < end for begin, end in subwords):
        ids, subwords = [tokenizer.special.unknown], [(0, len(text.text))]
    return ids, first_subwords(text.spans, subwords)


def first_subwords(words: Spans, subwords: Spans) -> list[int]:
    """Returns the index of the subword that represents each word.

    That is the first that begins inside the word, else the last before it, which contains its first
    character unless the tokenizer deleted the word; at the beginning of a text, the first.

    Subwords without a character, such as a lone space mark, are ignored.

    Args:
      words: span of each word, in order; none is empty.
      subwords: span of each subword of the text; one of them has a character.
    """
    visible = [number for number, (begin, end) in enumerate(subwords) if begin < end]
    begins = [subwords[number][0] for number in visible]
    found = []
    for begin, end in words:
        place = bisect_left(begins, begin)
        inside = place < len(begins) and begins[place] < end
        found.append(visible[place if inside else max(place - 1, 0)])
    return found
