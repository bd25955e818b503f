"""Encoding of sentences as ids and back: SentencePiece BPE behind one interface.

There is one id space for all languages. Pieces with the same name share an id, so the three kinds
differ only slightly (docs/method.md section 4):

- `joint`: one model, trained on all languages;
- `union`: one model per language, pieces are named by their string;
- `disjoint`: one model per language, pieces are named `<language>:<string>`.

A language derived from another uses that one's model. If it is shifted (`en:shift`), or if ids are
disjoint, it has its own ids for the same pieces.
"""

import hashlib
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import sentencepiece
from jaxtyping import Int, Int32

from mlm_xling.bpe import learn_bpe, spaced
from mlm_xling.config import SPECIALS, VocabularyConfig
from mlm_xling.digests import as_records, first_damage, folder_records, seal, unseal
from mlm_xling.directories import whole_directory
from mlm_xling.errors import InputError
from mlm_xling.languages import derivations, underived
from mlm_xling.tokenizer import Encoded, SpecialTokens, Tokenizer

START, END, PAD, UNKNOWN = _FIRST = 0, 1, 2, 3
MASK = 5
MAX_UNKNOWN = 0.05
"""Share of a text's tokens that may be unknown without a warning."""

_DESCRIPTION = "vocabulary.json"
_JOINT = "joint"

XLM_SPECIAL = SpecialTokens(
    frozenset(range(SPECIALS)), UNKNOWN, MASK, opening=(END,), between=(END,), closing=(END,)
)
"""`</s>` opens and closes every sentence (docs/method.md section 2)."""


class Vocabulary(Tokenizer):
    """The pieces of all languages in one id space."""

    special = XLM_SPECIAL
    space = ""

    def __init__(self, kind: str, models: Mapping[str, bytes], derived: Iterable[str] = ()):
        """Creates a vocabulary from serialised SentencePiece models that begin with XLM's specials.

        Args:
          kind: `joint`, `union` or `disjoint`.
          models: by language; kind `joint` has a single one, named `joint`.
          derived: languages with their own ids for the pieces of another's model.
        """
        self.kind = kind
        self._derived = sorted(derived)
        self._models = dict(sorted(models.items()))
        self._processors = {
            name: sentencepiece.SentencePieceProcessor(model_proto=model)
            for name, model in self._models.items()
        }
        ids: dict[str, int] = {}
        self._ids = {  # By model and derived language: the id of each piece.
            name: [ids.setdefault(piece, len(ids)) for piece in self._named_pieces(name)]
            for name in (*self._models, *self._derived)
        }
        self._places = {
            name: {number: place for place, number in enumerate(numbers)}
            for name, numbers in self._ids.items()
        }
        self.pieces: tuple[str, ...] = tuple(ids)
        """The name of every id."""
        self.size: int = len(ids)
        self.fingerprint: str = self._digest()

    def encode(self, sentences: Sequence[str], language: str) -> list[list[int]]:
        """Encodes each sentence as ids; specials are neither added nor recognised in text.

        Case and characters are preserved; tabs become spaces, and runs of spaces count as one.
        """
        ids = self._ids[self._inventory_of(language)]
        encoded = self._processor_of(language).encode(list(map(spaced, sentences)))
        return [[ids[place] for place in sentence] for sentence in encoded]

    def encode_spans(self, text: str, language: str) -> Encoded:
        """Encodes a text like `encode`, and returns the characters that each id stands for."""
        ids = self._ids[self._inventory_of(language)]
        found = self._processor_of(language).encode(spaced(text), return_type="offset_mapping")
        spans = [(end - len(text[begin:end].lstrip(" \t")), end) for begin, end in found["offsets"]]
        return Encoded([ids[place] for place in found["ids"]], spans)

    def decode(self, ids: Sequence[int] | Int[np.ndarray, " token"], language: str) -> str:
        """Decodes ids; specials are dropped, except unknown, which becomes U+2047.

        Raises:
          IndexError: an id does not belong to the language.
        """
        places = self._places[self._inventory_of(language)]
        try:
            return self._processor_of(language).decode([places[int(i)] for i in ids])
        except KeyError as error:
            raise IndexError(f"{error} is not an id of {language!r}") from None

    def has(self, language: str) -> bool:
        """Returns whether text of a language can be encoded."""
        return _model_of(language, self.kind) in self._models

    def ids_of(self, language: str) -> Int32[np.ndarray, " id"]:
        """Lists the ids that text of a language can have, and the specials, in ascending order."""
        return np.sort(np.array(self._ids[self._inventory_of(language)], np.int32))

    def own_pieces(self, language: str) -> dict[str, int]:
        """Returns the id of each piece of a language's SentencePiece model.

        Pieces are named as in the model, in the order of its training, i.e. of its merges.
        """
        processor, ids = self._processor_of(language), self._ids[self._inventory_of(language)]
        return {processor.id_to_piece(place): i for place, i in enumerate(ids)}

    def save(self, directory: Path) -> str | None:
        """Writes a directory for `load`; returns what was wrong with an existing one.

        An undamaged directory of the same vocabulary is left unchanged.
        """
        problem = self._problem_of(directory) if directory.exists() else None
        if problem:
            shutil.rmtree(directory)
        with whole_directory(directory) as partial:
            if partial is not None:
                self.write(partial)
        return problem

    def write(self, directory: Path) -> None:
        """Writes the files of `save` into a directory that the caller has locked."""
        for name, model in self._models.items():
            (directory / f"{name}.model").write_bytes(model)
        description = {
            "kind": self.kind,
            "models": list(self._models),
            **({"derived": self._derived} if self._derived else {}),
            "size": self.size,
            "fingerprint": self.fingerprint,
            "files": {name: asdict(each) for name, each in folder_records(directory).items()},
        }
        (directory / _DESCRIPTION).write_text(seal(description))

    @classmethod
    def load(cls, directory: Path) -> "Vocabulary":
        """Reads the output of `save`, after verifying it.

        Raises:
          InputError: a file is missing or has been altered.
        """
        try:
            description = unseal((directory / _DESCRIPTION).read_text())
            files = as_records(description["files"])
        except FileNotFoundError:
            raise _damaged(directory, _DESCRIPTION, "no such file") from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise _damaged(directory, _DESCRIPTION, "not a vocabulary, or an altered one") from None
        if found := first_damage(directory, files):
            raise _damaged(directory, *found)
        models = {
            name: (directory / f"{name}.model").read_bytes() for name in description["models"]
        }
        return cls(description["kind"], models, description.get("derived", ()))

    def _problem_of(self, directory: Path) -> str | None:
        try:
            kept = Vocabulary.load(directory)
        except InputError as error:
            return str(error).partition(";")[0]
        return None if kept.fingerprint == self.fingerprint else f"{directory}: of another run"

    def _inventory_of(self, language: str) -> str:
        return language if language in self._derived else _model_of(language, self.kind)

    def _processor_of(self, language: str) -> sentencepiece.SentencePieceProcessor:
        return self._processors[_model_of(language, self.kind)]

    def _named_pieces(self, name: str) -> list[str]:
        processor = self._processors.get(name) or self._processor_of(name)
        pieces = [processor.id_to_piece(i) for i in range(processor.get_piece_size())]
        prefix = f"{name}:" if self.kind == "disjoint" or name in self._derived else ""
        return pieces[:SPECIALS] + [prefix + piece for piece in pieces[SPECIALS:]]

    def _digest(self) -> str:
        digest = hashlib.sha256(" ".join([self.kind, *self._derived]).encode())
        for name, model in self._models.items():
            digest.update(f"\n{name} {len(model)}\n".encode() + model)
        return digest.hexdigest()[:16]


def inventory(language: str, kind: str) -> str:
    """Returns the name under which a language's ids are stored: its own, or that of its model."""
    if "shift" in derivations(language) or (derivations(language) and kind == "disjoint"):
        return language
    return _model_of(language, kind)


def _model_of(language: str, kind: str) -> str:
    return _JOINT if kind == _JOINT else underived(language)


def is_vocabulary(directory: Path) -> bool:
    """Returns whether a directory holds an undamaged vocabulary."""
    try:
        Vocabulary.load(directory)
    except InputError:
        return False
    return True


def _damaged(directory: Path, name: str, what: str) -> InputError:
    return InputError(
        f"{directory / name}: {what}; delete {directory} and start the command of the training "
        "again, which writes it anew"
    )


def train_vocabulary(samples: Mapping[str, Sequence[str]], config: VocabularyConfig) -> Vocabulary:
    """Trains BPE on sentences: one model for all languages, or one for each.

    Args:
      samples: sentences by language, equally many of each (`equal_samples`). Those that are too
        long for SentencePiece are split (`bpe.is_long`).

    Raises:
      InputError: `vocabulary.size` is larger or smaller than the text allows.
    """
    derived = [n for n in samples if derivations(n) and inventory(n, config.kind) == n]
    if config.kind == _JOINT:
        lines = (line for name in sorted(samples) for line in samples[name])
        return Vocabulary(_JOINT, {_JOINT: learn_bpe(lines, config, _FIRST, "this text")}, derived)
    of_model: dict[str, list[str]] = {}
    for name in sorted(samples):
        of_model.setdefault(underived(name), []).extend(samples[name])
    models = {
        name: learn_bpe(lines, config, _FIRST, f"the text of {name!r}")
        for name, lines in of_model.items()
    }
    return Vocabulary(config.kind, models, derived)
