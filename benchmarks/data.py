"""Speed of preparation and of reading, on one core.

    python -m benchmarks.data --text_dir=../shared/data/mono/lohelp --languages=en,fr

Preparation is timed after vocabulary training and without the loading of TensorFlow (both are
printed too). Processor seconds are what a shared machine can be judged by.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from mlm_xling.config import Config
from mlm_xling.data.manifest import open_prepared
from mlm_xling.data.parallel import configured_parallel
from mlm_xling.data.streams import Streams
from mlm_xling.preparation.prepare import streams_directory, vocabulary_directory
from tasks.quiet import load_tensorflow


def main() -> None:
    """Prints what is measured, a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("--text_dir", required=True, help="folder of <language>.txt")
    parser.add_argument("--languages", default="en,fr")
    parser.add_argument("--parallel", default="", help="TSV of sentences to hold out")
    parser.add_argument("--length", type=int, default=256)
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        config = Config(languages=tuple(arguments.languages.split(",")))
        config.data.text_dir, config.data.cache_dir = arguments.text_dir, folder
        config.data.parallel = arguments.parallel
        config.vocabulary.size = 8_000
        config.training.length, config.training.batch_size = arguments.length, 32
        _prepare(config)
        _read(config)


class _AsWritten(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the description."""


def _prepare(config: Config) -> None:
    with _timed("loading TensorFlow and SeqIO"):
        load_tensorflow()
        from mlm_xling.preparation.leaving_out import leave_out
        from mlm_xling.preparation.writing import prepare_vocabulary, write_streams
    with _timed("finding what is left out"):
        left_out = leave_out(config, configured_parallel(config))
    with _timed("vocabulary training"):
        prepare_vocabulary(config, vocabulary_directory(config), left_out)
    directory = streams_directory(config)
    with _timed("preparation") as tokens:
        write_streams(config, directory, vocabulary_directory(config))
        records = open_prepared(directory).manifest.languages.values()
        tokens.append(sum(record.train.tokens + record.dev.tokens for record in records))


def _read(config: Config) -> None:
    streams = Streams(open_prepared(streams_directory(config)), config)
    with _timed("first batch"):
        streams.batch_at(0)
    with _timed("a batch at step one million"):
        streams.batch_at(1_000_000)
    with _timed("random access") as tokens:
        tokens.extend(streams.batch_at(step).input_ids.size for step in range(50))
    with _timed("iteration with read-ahead") as tokens:
        batches = streams.batches_from(0)
        tokens.extend(next(batches).input_ids.size for _ in range(50))


@contextmanager
def _timed(name: str) -> Iterator[list[int]]:
    tokens: list[int] = []
    wall, processor = time.perf_counter(), time.process_time()
    yield tokens
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    line = f"{name}: {wall:.2f} s, {processor:.2f} s of processor"
    if tokens:
        total = sum(tokens)
        line += f"; {total / wall:,.0f} tokens/s, {total / processor:,.0f} a processor second"
    print(line, flush=True)


if __name__ == "__main__":
    main()
