"""From sentences to ids and back: SentencePiece BPE behind one interface.

Only the `joint` kind exists, one model for all languages. Methods take the language
nevertheless, because kinds that split the ids between languages need it.
"""

import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import sentencepiece
from jaxtyping import Int

from mlm_xling.config import VocabularyConfig
from mlm_xling.data.directories import whole_directory
from mlm_xling.errors import InputError

START, END, PAD, UNKNOWN = 0, 1, 2, 3
MASK = 5
SPECIALS = 14
"""XLM's: `<s>` (unused), `</s>`, `<pad>`, `<unk>`, then ten reserved, the second is the mask."""

_KIND = "joint"
_LONGEST_SENTENCE = 1 << 16
"""Bytes; SentencePiece leaves longer ones out of training."""


class Vocabulary:
    """One SentencePiece model for all languages."""

    def __init__(self, model: bytes):
        """Takes a serialised SentencePiece model whose first ids are XLM's specials."""
        self._model = model
        self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        self.size: int = self._processor.get_piece_size()
        self.fingerprint: str = hashlib.sha256(_KIND.encode() + b"\n" + model).hexdigest()[:16]

    def encode(self, sentences: Sequence[str], language: str) -> list[list[int]]:
        """The ids of each sentence; no special is added, and none can be written in text.

        Case and characters are kept; a run of white space counts as one space.
        """
        del language  # joint: the same pieces for all
        return self._processor.encode(list(sentences))

    def decode(self, ids: Sequence[int] | Int[np.ndarray, " token"], language: str) -> str:
        """The text of ids; specials vanish, except unknown, which becomes U+2047.

        Raises:
          IndexError: an id is not in the vocabulary.
        """
        del language
        return self._processor.decode([int(i) for i in ids])

    def save(self, directory: Path) -> None:
        """Writes a directory that `load` reads; one that is there already stays as it is."""
        with whole_directory(directory) as partial:
            if partial is not None:
                self.write(partial)

    def write(self, directory: Path) -> None:
        """Writes the files of `save` into a directory that the caller guards."""
        description = {"kind": _KIND, "size": self.size, "fingerprint": self.fingerprint}
        (directory / "joint.model").write_bytes(self._model)
        (directory / "vocabulary.json").write_text(json.dumps(description, indent=2) + "\n")

    @classmethod
    def load(cls, directory: Path) -> "Vocabulary":
        """Reads what `save` wrote.

        Raises:
          InputError: nothing is there, or it was altered.
        """
        try:
            expected = json.loads((directory / "vocabulary.json").read_text())["fingerprint"]
            vocabulary = cls((directory / "joint.model").read_bytes())
        except FileNotFoundError as error:
            raise InputError(f"{error.filename}: no such file; is this a vocabulary?") from None
        except (ValueError, KeyError, RuntimeError):
            raise InputError(f"{directory}: not a vocabulary, or a damaged one") from None
        if vocabulary.fingerprint != expected:
            raise InputError(f"{directory}/joint.model: altered since it was written")
        return vocabulary


def train_vocabulary(samples: Mapping[str, Sequence[str]], config: VocabularyConfig) -> Vocabulary:
    """Trains BPE on sentences of every language, in the order of the language codes.

    Args:
      samples: sentences by language, equally many of each (`equal_samples`).

    Raises:
      InputError: `vocabulary.size` is larger or smaller than the text allows.
    """
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=(line for name in sorted(samples) for line in samples[name]),
            model_writer=model,
            model_type="bpe",
            vocab_size=config.size,
            normalization_rule_name="identity",
            character_coverage=0.9995,
            bos_id=START,
            eos_id=END,
            pad_id=PAD,
            unk_id=UNKNOWN,
            control_symbols=[f"<special{i}>" for i in range(SPECIALS - UNKNOWN - 1)],
            max_sentence_length=_LONGEST_SENTENCE,
            num_threads=1,  # it is stored in the model, whose bytes are to be reproducible
            minloglevel=3,
        )
    except RuntimeError as error:
        raise _explained(str(error), config.size) from None
    return Vocabulary(model.getvalue())


def _explained(message: str, size: int) -> Exception:
    if found := re.search(r"too high \(\d+\).*<= (\d+)", message):
        return InputError(f"config.vocabulary.size={size}: this text allows at most {found[1]}")
    if found := re.search(r"smaller than required_chars. \d+ vs (\d+)", message):
        return InputError(
            f"config.vocabulary.size={size}: the characters of this text need at least {found[1]}"
        )
    return RuntimeError(message)
