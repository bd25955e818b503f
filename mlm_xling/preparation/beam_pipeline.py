"""The steps of `beam_job` as an Apache Beam pipeline, which writes the same as `LanguageWriter`."""

import json
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import apache_beam as beam  # pyright: ignore[reportMissingImports]
import numpy as np
from apache_beam.options.pipeline_options import (  # pyright: ignore[reportMissingImports]
    PipelineOptions,
)
from apache_beam.pvalue import AsSingleton  # pyright: ignore[reportMissingImports]
from apache_beam.runners.portability.portable_runner import (  # pyright: ignore[reportMissingImports]
    PortableRunner,
)
from apache_beam.transforms.combiners import (  # pyright: ignore[reportMissingImports]
    Count,
    ToDict,
)

from mlm_xling.data.left_out import Reason
from mlm_xling.data.manifest import SplitRecord
from mlm_xling.data.seen import hashes_file
from mlm_xling.errors import InputError
from mlm_xling.preparation.beam_job import (
    KEPT,
    SWITCHED,
    WORDS,
    LanguageJob,
    hashes_files,
)
from mlm_xling.preparation.language_writing import LanguageWriter, Written
from mlm_xling.preparation.layout import Layout, Stream
from mlm_xling.preparation.shards import UNFINISHED

_TOLD = "beam.json"
"""Counts from the workers; read and removed by the launching process."""


class BeamLanguageWriter(LanguageWriter):
    """Writes the shards of one language with a pipeline."""

    def __init__(self, *arguments: Any, options: PipelineOptions):
        """Takes the arguments of `LanguageWriter`, and the pipeline's options."""
        super().__init__(*arguments)
        self._options = options

    def write(self, directory: Path, cut: tuple[int, int] | None = None) -> Written:
        """Writes both splits and the hashes of their sentences, without truncation."""
        directory.mkdir()
        job = LanguageJob(
            self._config,
            self._language,
            self._vocabulary,
            self._left_out,
            self._switches(),
            directory,
        )
        self._progress.say(f"{self._language}: the pipeline runs")
        pipeline = beam.Pipeline(options=self._options)
        _build(pipeline, job)
        _start(pipeline).wait_until_finish()
        # Lost workers may have left files.
        shutil.rmtree(directory / UNFINISHED, ignore_errors=True)
        for split in KEPT:
            with (directory / hashes_file(split)).open("wb") as hashes:
                for path in hashes_files(directory, split):
                    hashes.write(path.read_bytes())
                    path.unlink()
        told = json.loads((directory / _TOLD).read_text())
        (directory / _TOLD).unlink()
        return self._written(job, told)

    def _written(self, job: LanguageJob, told: dict) -> Written:
        counts, length = Counter(told["counts"]), self._config.training.length
        chunks = {Stream(*stream): count for stream, count in told["chunks"]}
        versions = [
            chunks.get(stream, 0) for stream, _ in job.streams("train") if stream.prefix == "train"
        ]
        dev = chunks.get(Stream("dev", 0), 0)
        ids = told["ids"].get("train") or [0] * self._vocabulary.size
        return Written(
            SplitRecord(counts[KEPT["train"]], versions[0] * length, versions[0]),
            SplitRecord(counts[KEPT["dev"]], dev * length, dev),
            versions,
            np.array(ids, np.int64),
            {reason: counts[str(reason)] for reason in Reason},
            counts[SWITCHED] / max(counts[WORDS], 1),
            {},
        )


def _start(pipeline: beam.Pipeline) -> Any:
    """Submits a pipeline to its runner.

    Raises:
      InputError: there is no job server, or it does not accept the pipeline.
    """
    if not isinstance(pipeline.runner, PortableRunner):
        return pipeline.run()
    try:
        return pipeline.run()
    except Exception as error:
        why = str(error).splitlines() or ["no answer"]
        raise InputError(f"--runner={type(pipeline.runner).__name__}: {why[0]}") from error


def _build(pipeline: beam.Pipeline, job: LanguageJob) -> beam.PCollection:
    """Adds all steps; the last one runs when everything is written."""
    units = (
        pipeline
        | "parts" >> beam.Create(job.parts())
        | "to workers" >> beam.Reshuffle()
        | "read" >> beam.FlatMap(job.read)
    )
    sizes = AsSingleton(
        units
        | "part of unit" >> beam.Map(lambda unit: (unit[0][0], None))
        | "units of part" >> Count.PerKey()
        | "sizes" >> ToDict()
    )
    places = (
        pipeline | "splits" >> beam.Create(list(KEPT)) | "order" >> beam.FlatMap(job.order, sizes)
    )
    numbered = units | "number" >> beam.Map(job.numbered, sizes)
    encoded = (
        {"text": numbered, "place": places}
        | "join" >> beam.CoGroupByKey()
        | "batch" >> beam.Map(job.batch)
        | "batches" >> beam.GroupByKey()
        | "encode" >> beam.FlatMap(job.encode)
    )
    layout = (
        encoded
        | "length" >> beam.Map(lambda each: (each.batch, len(each.ids)))
        | "lengths" >> ToDict()
        | "layout" >> beam.Map(job.layout)
    )
    ids = (
        encoded
        | "place"
        >> beam.FlatMap(lambda each, laid: laid.place(each.batch, each.ids), AsSingleton(layout))
        | "shards" >> beam.GroupByKey()
        | "write" >> beam.Map(job.write_shard)
        | "ids of split" >> beam.CombinePerKey(_total)
        | "ids" >> ToDict()
    )
    counts = (
        encoded
        | "counts of batch" >> beam.FlatMap(lambda each: each.counts.items())
        | "counts of language" >> beam.CombinePerKey(sum)
        | "counts" >> ToDict()
    )
    hashed = (
        encoded
        | "hashes" >> beam.FlatMap(job.hashes)
        | "files of hashes" >> beam.GroupByKey()
        | "write hashes" >> beam.Map(job.write_hashes)
        | "hashes written" >> Count.Globally()
    )
    counted = AsSingleton(counts), AsSingleton(ids), AsSingleton(hashed)
    return layout | "tell" >> beam.Map(_tell, *counted, job.directory / _TOLD)


def _total(counts: Iterable[np.ndarray]) -> Any:
    return sum(counts)


def _tell(
    layout: Layout, counts: dict[str, int], ids: dict[str, np.ndarray], hashed: int, path: Path
) -> None:
    del hashed  # waited for, since all reported output must exist
    values = {
        "counts": counts,
        "ids": {prefix: found.tolist() for prefix, found in ids.items()},
        "chunks": list(layout.chunks.items()),
    }
    path.write_text(json.dumps(values))
