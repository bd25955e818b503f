"""SentencePiece learns byte-pair encoding from lines of text."""

import io
import re
import textwrap
from collections.abc import Iterable, Iterator

import sentencepiece

from mlm_xling.config import SPECIALS, VocabularyConfig
from mlm_xling.errors import InputError

_LONGEST_SENTENCE = 1 << 16
"""Bytes of the longest sentence; SentencePiece leaves longer ones out of training."""
_CHARACTERS = _LONGEST_SENTENCE // 4
"""Number of characters that are never more than `_LONGEST_SENTENCE` bytes."""
_RULES = {"NFC": "identity", "NFKC": "nfkc"}
"""What SentencePiece does to text, which is in NFC when it comes."""


def spaced(text: str) -> str:
    """Puts a space for a tab, of which some versions of SentencePiece make a piece."""
    return text.replace("\t", " ")


def is_long(sentence: str) -> bool:
    """Tells whether a sentence is cut before a vocabulary is trained on it."""
    return len(sentence) > _CHARACTERS


def learn_bpe(
    lines: Iterable[str],
    config: VocabularyConfig,
    special_ids: tuple[int, int, int, int],
    text: str,
) -> bytes:
    """Trains a model; gives it as SentencePiece serialises it.

    Args:
      special_ids: of start, end, padding and unknown, the first four; others follow them.
      text: what messages call the lines.

    Raises:
      InputError: `vocabulary.size` is larger or smaller than they allow, or nothing is in them.
    """
    model, size = io.BytesIO(), config.size
    start, end, padding, unknown = special_ids
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=_cut(lines),
            model_writer=model,
            model_type="bpe",
            vocab_size=size,
            normalization_rule_name=_RULES[config.normal_form],
            character_coverage=0.9995,
            bos_id=start,
            eos_id=end,
            pad_id=padding,
            unk_id=unknown,
            control_symbols=[f"<special{i}>" for i in range(SPECIALS - len(special_ids))],
            max_sentence_length=_LONGEST_SENTENCE,
            num_threads=1,  # it is stored in the model, whose bytes are to be reproducible
            minloglevel=3,
        )
    except RuntimeError as error:
        raise _explained(str(error), size, text) from None
    return model.getvalue()


def _cut(sentences: Iterable[str]) -> Iterator[str]:
    for sentence in map(spaced, sentences):
        if is_long(sentence):
            yield from textwrap.wrap(sentence, _CHARACTERS, break_on_hyphens=False)
        else:
            yield sentence


def _explained(message: str, size: int, text: str) -> Exception:
    found = re.search(r"too high \(\d+\).*<= (\d+)", message)
    if found and int(found[1]) <= SPECIALS:
        return InputError(f"config.vocabulary: {text} has no character to learn pieces from")
    if found:
        return InputError(f"config.vocabulary.size={size}: {text} allows at most {found[1]}")
    if found := re.search(r"smaller than required_chars. \d+ vs (\d+)", message):
        return InputError(
            f"config.vocabulary.size={size}: the characters of {text} need at least {found[1]}"
        )
    return RuntimeError(message)
