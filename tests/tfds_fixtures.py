"""Datasets of TFDS on disk."""

from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds
from etils import epath


def write_builder(
    folder: Path, name: str, split: str, examples: list[dict], files: int = 1
) -> None:
    """Writes a builder's data as TFDS does when it has generated them."""
    builder = tfds.builder(name, data_dir=str(folder))
    place, features = Path(str(builder.data_path)), cast(Any, builder.info.features)
    place.mkdir(parents=True)
    template = tfds.core.ShardedFileTemplate(
        data_dir=epath.Path(place),
        dataset_name=builder.name,
        split=split,
        filetype_suffix="tfrecord",
    )
    records = [features.serialize_example(features.encode_example(one)) for one in examples]
    lengths = [len(part) for part in np.array_split(records, files)]
    left = iter(records)
    for number, length in enumerate(lengths):
        path = template.sharded_filepath(shard_index=number, num_shards=files)
        with tf.io.TFRecordWriter(str(path)) as writer:
            for record in islice(left, length):
                writer.write(record)
    info = tfds.core.SplitInfo(
        name=split,
        shard_lengths=lengths,
        num_bytes=sum(map(len, records)),
        filename_template=template,
    )
    tfds.folder_dataset.write_metadata(
        data_dir=place, features=features, split_infos=[info], version=str(builder.version)
    )
