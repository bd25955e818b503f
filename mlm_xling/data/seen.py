"""Hashes of the sentences that pretraining reads, one file per split and language."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Bool, UInt64

from mlm_xling.data.manifest import Prepared, verify_files
from mlm_xling.data.text import sentence_hash

_BLOCK = 1 << 20

Hashes = UInt64[np.ndarray, " sentence"]


def hashes_file(split: str) -> str:
    """Returns the name of the file of a split's hashes in the folder of a language."""
    return f"{split}.u64"


def seen_in_training(prepared: Prepared, sentences: Sequence[str]) -> list[bool]:
    """Returns for each sentence whether the training text of any language contains it as a line.

    Args:
      prepared: its files of hashes need not have been verified.

    Raises:
      InputError: a file of hashes is missing or altered.
    """
    manifest = prepared.manifest
    names = [f"{language}/{hashes_file('train')}" for language in manifest.languages]
    verify_files(prepared.directory, {name: manifest.files[name] for name in names})
    wanted = np.array([sentence_hash(sentence) for sentence in sentences], np.uint64)
    return in_training(wanted, prepared.directory, manifest.languages).tolist()


def dev_seen(directory: Path, languages: Collection[str]) -> dict[str, float]:
    """Returns for each language the share of dev sentences that also occur in training text.

    Args:
      directory: the prepared streams, see `mlm_xling.data.manifest`.
    """
    dev = {name: np.fromfile(directory / name / hashes_file("dev"), "<u8") for name in languages}
    wanted = np.unique(np.concatenate(list(dev.values())))
    found = wanted[in_training(wanted, directory, languages)]
    return {
        name: float(np.isin(hashes, found).sum()) / max(len(hashes), 1)
        for name, hashes in dev.items()
    }


def in_training(
    wanted: Hashes, directory: Path, languages: Collection[str]
) -> Bool[np.ndarray, " sentence"]:
    """Returns which hashes belong to training sentences of some languages.

    Args:
      directory: the prepared streams.
    """
    found = np.zeros(len(wanted), bool)
    for language in languages:
        for hashes in training_hashes(directory / language):
            found |= np.isin(wanted, hashes)
    return found


def training_hashes(directory: Path) -> Iterator[Hashes]:
    """Reads the hashes of the training sentences in the folder of a language, block by block."""
    path = directory / hashes_file("train")
    if path.stat().st_size:  # an empty file cannot be mapped
        hashes = np.memmap(path, "<u8", mode="r")
        for start in range(0, len(hashes), _BLOCK):
            yield hashes[start : start + _BLOCK]
