"""Builders of TensorFlow Datasets: read from disk, or fetched first, or refused in a line."""

import sys
from collections.abc import Callable

import seqio
import tensorflow as tf
import tensorflow_datasets as tfds
from tensorflow_datasets.core.registered import DatasetNotFoundError

from mlm_xling.errors import InputError

_UNAVAILABLE = (DatasetNotFoundError, ValueError, OSError, AssertionError, ImportError)
"""What TFDS raises for an unknown language, an unreachable download, a missing manual step, a
package that the builder generates its data with."""


def read_builder(
    name: str, split: str, field: str, say: Callable[[str], None] | None = None
) -> tuple[tf.data.Dataset, tfds.core.DatasetInfo]:
    """Reads a split of a builder, unshuffled; TFDS fetches and generates it if it is not on disk.

    Args:
      name: of the builder, with configuration and version.
      split: in the builder's own terms.
      field: of the configuration that names the builder, for messages.
      say: is told in a line if something is to be fetched; by default on the standard error.

    Raises:
      InputError: TFDS has no such builder or split, or cannot fetch it.
    """
    wanted = f"{name}, split {split}"
    try:
        source = seqio.TfdsDataSource(name, splits={split: split})
        builder = source.tfds_dataset.builder
    except _UNAVAILABLE as error:
        raise InputError(f"{field}: TFDS has no {wanted}: {_reason(error)}") from None
    if builder.is_prepared():
        try:
            return source.get_dataset(split, shuffle=False), builder.info
        except _UNAVAILABLE as error:
            raise InputError(f"{field}: TFDS has no {wanted}: {_reason(error)}") from None
    place = builder.data_dir
    (say or _say)(f"fetching {name} into {place}")
    try:
        return source.get_dataset(split, shuffle=False), builder.info
    except ImportError as error:
        raise InputError(
            f"{field}: {name} is not in {place}, and TFDS generates it with the package "
            f"{error.name}; install that, or generate it elsewhere and set TFDS_DATA_DIR"
        ) from None
    except _UNAVAILABLE as error:
        raise InputError(
            f"{field}: {name} is not in {place} and cannot be fetched: {_reason(error)}"
        ) from None


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0].partition(". Here are")[0]


def _say(text: str) -> None:
    print(text, file=sys.stderr)
