"""Words where they stand in running text, and the subwords that stand for them there.

An encoder was trained on running text: to read a word in context, the whole text is encoded as it
is written, and the word's subword is looked up. In scripts that leave no space between words, a
word encoded by itself would begin with the mark of a space that is not there.
"""

import itertools
import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from mlm_xling.tokenizer import Spans
from mlm_xling.words import is_spaced_character, is_unspaced_language, pieces

_NOTHING = "\ufffd"
"""Stands for a word without a visible character, so that every word has a subword."""


class RunningText(NamedTuple):
    """A sentence, and where each of some words begins and ends in it."""

    text: str
    """The sentence as a vocabulary reads it: no spaces at its ends, and single ones inside."""
    spans: Spans

    @property
    def words(self) -> list[str]:
        """The words themselves."""
        return [self.text[begin:end] for begin, end in self.spans]


def located(sentence: str, language: str) -> RunningText:
    """Finds the words of a sentence, and runs of anything else: those of `words.split_words`."""
    text = re.sub(" +", " ", sentence.strip(" "))
    spans = []
    for stretch in re.finditer(r"\S+", text):
        end = stretch.start()
        for piece in pieces(stretch[0], language):
            spans.append((end, end := end + len(piece)))
    return RunningText(text, spans)


def joined(words: Sequence[str], language: str, spaces: Sequence[bool] = ()) -> RunningText:
    """Writes words as running text.

    Args:
      spaces: whether a space follows each word; where nothing is said, the language decides:
        Chinese, Japanese, Thai, Lao, Khmer and Burmese have spaces between words and numbers of
        other scripts alone.
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


def first_subwords(words: Spans, subwords: Spans) -> list[int]:
    """Finds the subword that stands for each word: the first that begins inside the word, else
    the one that its first character belongs to.

    A subword without a character, as the mark of a space can be, stands for none.

    Args:
      words: where each word begins and ends, in order; none is empty.
      subwords: the same of all subwords of the text.
    """
    visible = [number for number, (begin, end) in enumerate(subwords) if begin < end]
    begins = [subwords[number][0] for number in visible]
    found = []
    for begin, end in words:
        place = bisect_left(begins, begin)
        inside = place < len(begins) and begins[place] < end
        found.append(visible[place if inside else place - 1])
    return found
