"""Training of SentencePiece byte-pair encoding on lines of text."""

import io
import re
import textwrap
from collections.abc import Iterable, Iterator

import sentencepiece

from mlm_xling.config import SPECIALS, VocabularyConfig
from mlm_xling.errors import InputError

_LONGEST_SENTENCE = 1 << 16
"""Maximum sentence length in bytes; SentencePiece skips longer sentences in training."""
_CHARACTERS = _LONGEST_SENTENCE // 4
"""Number of characters that always fit in `_LONGEST_SENTENCE` bytes."""
_RULES = {"NFC": "identity", "NFKC": "nfkc"}
"""SentencePiece's normalisation of text, which is already in NFC."""


def spaced(text: str) -> str:
    """Replaces tabs by spaces, since some versions of SentencePiece make pieces of tabs."""
    return text.replace("\t", " ")


def is_long(sentence: str) -> bool:
    """Returns whether a sentence is split before a vocabulary is trained on it."""
    return len(sentence) > _CHARACTERS


def learn_bpe(
    lines: Iterable[str],
    config: VocabularyConfig,
    special_ids: tuple[int, int, int, int],
    text: str,
) -> bytes:
    """Trains a model and returns it as serialised by SentencePiece.

    Args:
      special_ids: ids of start, end, padding and unknown, which come first; others follow.
      text: name of the lines, for messages.

    Raises:
      InputError: the lines do not allow for `vocabulary.size` pieces, or they are empty.
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
            num_threads=1,  # stored in the model, whose bytes must be reproducible
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
