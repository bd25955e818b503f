"""Builders of TensorFlow Datasets: read from disk, or fetched first, or refused in a line."""

import sys
from typing import Any

import seqio
import tensorflow as tf
import tensorflow_datasets as tfds
from tensorflow_datasets.core.constants import DATA_DIR
from tensorflow_datasets.core.registered import DatasetNotFoundError

from mlm_xling.errors import InputError

_UNAVAILABLE = (DatasetNotFoundError, ValueError, OSError, AssertionError, ImportError)
"""What TFDS raises for an unknown language, an unreachable download, a missing manual step, a
package that the builder generates its data with."""
_DATA_DIR: str | None = None
"""Folder of the data; None for where TFDS looks, `TFDS_DATA_DIR` or `~/tensorflow_datasets`."""
# File after file, so that the files, each read by another worker, are together the whole in order.
seqio.set_tfds_read_config_override(tfds.ReadConfig(interleave_cycle_length=1))


def read_builder(
    name: str, split: str, field: str, shard: seqio.ShardInfo | None = None
) -> tuple[tf.data.Dataset, Any]:
    """Reads a split of a builder, unshuffled; TFDS fetches and generates it if it is not on disk,
    which is told on the standard error. Returns the features of its examples, too.

    Args:
      name: of the builder, with configuration and version.
      split: in the builder's own terms.
      field: of the configuration that names the builder, for messages.
      shard: the file that is read alone, one of `builder_files`.

    Raises:
      InputError: TFDS has no such builder or split, or cannot fetch it.
    """
    wanted = f"{name}, split {split}"
    source, builder = _opened(name, split, field)
    if builder.is_prepared():
        try:
            return source.get_dataset(split, shuffle=False, shard_info=shard), builder.info.features
        except _UNAVAILABLE as error:
            raise InputError(f"{field}: TFDS has no {wanted}: {_reason(error)}") from None
    place = _DATA_DIR or DATA_DIR
    print(f"fetching {name} into {place}", file=sys.stderr)
    try:
        return source.get_dataset(split, shuffle=False, shard_info=shard), builder.info.features
    except ImportError as error:
        raise InputError(
            f"{field}: {name} is not in {place}, and TFDS generates it with the package "
            f"{error.name}; install that, or generate it elsewhere and set TFDS_DATA_DIR"
        ) from None
    except _UNAVAILABLE as error:
        raise InputError(
            f"{field}: {name} is not in {place} and cannot be fetched: {_reason(error)}"
        ) from None


def builder_files(name: str, split: str, field: str) -> int:
    """Returns the number of files of a split, after fetching it if it is not on disk.

    Raises:
      InputError: as `read_builder`.
    """
    read_builder(name, split, field)
    source, _ = _opened(name, split, field)
    return len(source.list_shards(split))


def _opened(name: str, split: str, field: str) -> tuple[seqio.TfdsDataSource, Any]:
    """Returns the source of a split and its builder."""
    try:
        source = seqio.TfdsDataSource(name, _DATA_DIR, splits={split: split})
        return source, source.tfds_dataset.builder
    except _UNAVAILABLE as error:
        raise InputError(f"{field}: TFDS has no {name}, split {split}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0].partition(". Here are")[0]
