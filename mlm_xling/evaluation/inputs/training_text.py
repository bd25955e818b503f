"""A model's training sentences, decoded from its prepared streams."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from mlm_xling.config import TFDS
from mlm_xling.data.manifest import Prepared, open_prepared
from mlm_xling.data.shard_records import ShardRecords
from mlm_xling.data.sources import source_of, text_files
from mlm_xling.data.text import read_documents
from mlm_xling.errors import InputError
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.preparation.lab import with_local_files
from mlm_xling.vocabulary import END
from mlm_xling.word_order import reordered

_RECORDS = 1024
"""Number of records read and decoded at once."""


def training_sentences(model: Pretrained, language: str, limit: int) -> Iterator[str]:
    """Yields the first `limit` training sentences of a language, in bounded memory.

    They are decoded from the prepared streams, so held-out text stays held out, and any source of
    text works; code-switched text is read in its original version. If the streams no longer exist,
    `config.data.text_dir` is read instead.

    Raises:
      InputError: neither exists, or a file is damaged.
    """
    if model.data_dir is not None:
        sentences = _decoded(open_prepared(model.data_dir), language)
    elif model.config.origin and not model.config.data.text_dir:
        raise InputError(
            "config.data.text_dir: words are encoded in context; say where there is text of the "
            "languages, files <lang>.txt"
        )
    elif source_of((data := with_local_files(model.config).data), language) not in TFDS:
        documents = read_documents(*text_files(data, language))
        lines = (line for document in documents for line in document.split("\n"))
        sentences = (reordered(line, language) for line in lines)
    else:
        raise InputError(
            "config.data.cache_dir: the prepared text of this run is gone, and words in context "
            "need it; prepare it again by the command of the training"
        )
    return islice(sentences, limit)


def _decoded(prepared: Prepared, language: str) -> Iterator[str]:
    vocabulary, rest = prepared.vocabulary(), np.zeros(0, np.int64)
    for path in prepared.shards(language, "plain") or prepared.shards(language, "train"):
        for ids in _blocks(path, prepared.manifest.dtype):
            ids = np.concatenate([rest, ids])
            ends = np.flatnonzero(ids == END)
            for start, stop in zip([0, *(ends + 1)], ends, strict=False):
                if stop > start:
                    yield vocabulary.decode(ids[start:stop], language)
            rest = ids[ends[-1] + 1 :] if len(ends) else ids


def _blocks(path: Path, dtype: str) -> Iterator[np.ndarray]:
    records = ShardRecords([path])
    for start in range(0, len(records), _RECORDS):
        numbers = np.arange(start, min(start + _RECORDS, len(records)))
        yield np.frombuffer(b"".join(records.read(numbers)), dtype).astype(np.int64)
