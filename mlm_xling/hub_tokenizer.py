"""Tokenizers of Hugging Face encoders: `tokenizer.json`, read by the `tokenizers` library."""

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tokenizers
from jaxtyping import Int, Int32

from mlm_xling.digests import seal, unseal
from mlm_xling.directories import whole_directory
from mlm_xling.errors import InputError
from mlm_xling.tokenizer import Encoded, Spans, SpecialTokens, Tokenizer

_FILE = "tokenizer.sealed.json"
_SPACE_MARKS = "▁Ġ"
"""Marks for the space before a word in SentencePiece and byte-level BPE."""


class HubTokenizer(Tokenizer):
    """A tokenizer with one id space for all languages; ids are those of `transformers`."""

    def __init__(self, text: str, size: int, named: Mapping[str, str]):
        """Creates a tokenizer from the content of its files.

        Args:
          text: content of `tokenizer.json`.
          size: number of rows of the encoder's embeddings, which may exceed the number of ids.
          named: special tokens by name (`mask_token`), as in `tokenizer_config.json`.

        Raises:
          ValueError: it is not a tokenizer, or lacks special tokens for padding or wrapping.
        """
        try:
            self._tokenizer = tokenizers.Tokenizer.from_str(text)
        except Exception as error:  # The library raises no narrower type.
            raise ValueError(str(error)) from None
        # Evaluators truncate long sentences, and say so.
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._text, self._named, self.size = text, dict(named), size
        self.special = _special_tokens(self._tokenizer, json.loads(text), named)
        one, two = self.encode(["a", "a a"], "")
        self.space = "" if two == one * 2 else " "
        self.fingerprint = hashlib.sha256(json.dumps(self._content).encode()).hexdigest()[:16]

    @property
    def ids(self) -> int:
        """Number of ids of the tokenizer."""
        return max(self._tokenizer.get_vocab(with_added_tokens=True).values(), default=-1) + 1

    def encode(self, sentences: Sequence[str], language: str) -> list[list[int]]:
        """Encodes each sentence as ids, without special tokens at its ends."""
        del language
        found = self._tokenizer.encode_batch_fast(list(sentences), add_special_tokens=False)
        return [encoding.ids for encoding in found]

    def encode_spans(self, text: str, language: str) -> Encoded:
        """Encodes a text like `encode`, and returns the characters that each id stands for."""
        del language
        found = self._tokenizer.encode(text, add_special_tokens=False)
        spans: Spans = []
        for token, (begin, end) in zip(found.tokens, found.offsets, strict=True):
            if token.strip(_SPACE_MARKS):
                spans.append((end - len(text[begin:end].lstrip()), end))
            else:  # The library gives a lone mark the first character of what follows.
                spans.append((begin, begin))
        return Encoded(found.ids, spans)

    def decode(self, ids: Sequence[int] | Int[np.ndarray, " token"], language: str) -> str:
        """Decodes ids; special tokens are dropped."""
        del language
        return self._tokenizer.decode([int(i) for i in ids], skip_special_tokens=True)

    def ids_of(self, language: str) -> Int32[np.ndarray, " id"]:
        """Lists all ids, which belong to no language in particular."""
        del language
        return np.arange(self.size, dtype=np.int32)

    def save(self, directory: Path) -> str | None:
        """Writes a directory for `load`, unless it already exists undamaged."""
        with whole_directory(directory, _is_whole) as partial_directory:
            if partial_directory is not None:
                (partial_directory / _FILE).write_text(seal(self._content))

    @classmethod
    def load(cls, directory: Path) -> "HubTokenizer":
        """Reads the output of `save`.

        Raises:
          InputError: it is missing or has been altered.
        """
        try:
            return cls(**unseal((directory / _FILE).read_text()))
        except (OSError, ValueError, TypeError):
            raise InputError(f"{directory}: no tokenizer, or an altered one; delete it") from None

    @property
    def _content(self) -> dict[str, Any]:
        return {"text": self._text, "size": self.size, "named": self._named}


def is_hub_tokenizer(directory: Path) -> bool:
    """Returns whether a directory was written by `HubTokenizer.save`."""
    return (directory / _FILE).is_file()


def _is_whole(directory: Path) -> bool:
    try:
        HubTokenizer.load(directory)
    except InputError:
        return False
    return True


def _special_tokens(
    tokenizer: tokenizers.Tokenizer, content: Mapping[str, Any], named: Mapping[str, str]
) -> SpecialTokens:
    """Determines the special tokens and, from an example, how texts are wrapped."""
    ids = {token["id"] for token in content.get("added_tokens", ()) if token["special"]}
    found = {name: tokenizer.token_to_id(token) for name, token in named.items()}
    ids |= {number for number in found.values() if number is not None}
    if not ids:
        raise ValueError("it has no special tokens")
    model = content["model"]
    unknown = found.get("unk_token")
    if unknown is None and isinstance(model.get("unk_token"), str):
        unknown = tokenizer.token_to_id(model["unk_token"])
    unknown = model.get("unk_id") if unknown is None else unknown
    single, pair = tokenizer.encode("a"), tokenizer.encode("a", "a")
    opening, closing = _ends(single)
    inner = pair.ids[len(opening) : len(pair.ids) - len(closing)]
    marks = pair.special_tokens_mask[len(opening) : len(pair.ids) - len(closing)]
    return SpecialTokens(
        frozenset(ids),
        min(ids) if unknown is None else unknown,
        found.get("mask_token"),
        opening,
        tuple(itertools.compress(inner, marks)),
        closing,
    )


def _ends(encoding: tokenizers.Encoding) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Returns the ids before and after those of a text."""
    added = [bool(mark) for mark in encoding.special_tokens_mask]
    if all(added):
        raise ValueError("it encodes nothing of the letter a")
    before = list(itertools.takewhile(bool, added))
    after = list(itertools.takewhile(bool, reversed(added)))
    ids = encoding.ids
    return tuple(ids[: len(before)]), tuple(ids[len(ids) - len(after) :])
