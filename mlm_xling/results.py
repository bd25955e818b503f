"""`results.jsonl`: one measurement a line, appended whole, read with the last word winning."""

import dataclasses
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mlm_xling.errors import InputError

FILE_NAME = "results.jsonl"


@dataclass(frozen=True)
class Metric:
    """How a metric is named in a report."""

    title: str
    """With places for the names of `{source}` and `{target}`."""
    percent: bool = False
    """A fraction that reports show in percent."""
    baseline: bool = False
    """What would be scored without any structure; it has no best layer."""


PROBING = {
    "cka": Metric("CKA"),
    "cka_debiased": Metric("CKA debiased"),
    "cka_permuted": Metric("CKA permuted pairs", baseline=True),
    "top_variance_share": Metric("Variance in one dimension", percent=True, baseline=True),
    "cka_without_dominant": Metric("CKA without dominant dimensions"),
    "cka_debiased_without_dominant": Metric("CKA debiased, without dominant dimensions"),
    "svcca": Metric("SVCCA"),
    "anc": Metric("Neuron-wise correlation"),
    "neighbour_overlap": Metric("Shared neighbours", percent=True),
    "p@1_raw_forward": Metric("P@1 raw {source}→{target}", percent=True),
    "p@1_raw_backward": Metric("P@1 raw {target}→{source}", percent=True),
    "p@1_centred_forward": Metric("P@1 centred {source}→{target}", percent=True),
    "p@1_centred_backward": Metric("P@1 centred {target}→{source}", percent=True),
    "p@1_procrustes_forward": Metric("P@1 Procrustes {source}→{target}", percent=True),
    "p@1_procrustes_backward": Metric("P@1 Procrustes {target}→{source}", percent=True),
    "word_p@1": Metric("word P@1 Procrustes {source}→{target}", percent=True),
    "word_p@5": Metric("word P@5 Procrustes {source}→{target}", percent=True),
    "word_mrr@10": Metric("word MRR@10 Procrustes {source}→{target}"),
    "word_p@1_other": Metric("... of words spelled differently", percent=True),
    "word_p@1_raw": Metric("word P@1 raw {source}→{target}", percent=True),
    "word_p@5_raw": Metric("word P@5 raw {source}→{target}", percent=True),
    "word_mrr@10_raw": Metric("word MRR@10 raw {source}→{target}"),
    "word_p@1_other_raw": Metric("... raw, of words spelled differently", percent=True),
    "word_same_spelling": Metric("words spelled alike", percent=True, baseline=True),
    "word_coverage": Metric("dictionary covered", percent=True, baseline=True),
    "aligned_p@1_forward": Metric("aligned word P@1 mapped {source}→{target}", percent=True),
    "aligned_p@1_backward": Metric("aligned word P@1 mapped {target}→{source}", percent=True),
    "aligned_p@1_raw_forward": Metric("aligned word P@1 raw {source}→{target}", percent=True),
    "aligned_p@1_raw_backward": Metric("aligned word P@1 raw {target}→{source}", percent=True),
    "pearson_cka_retrieval": Metric("Pearson of CKA and P@1 over layers"),
}
"""What evaluators measure at every layer of a frozen encoder. `forward` asks with a sentence of
the source language and searches the target language, `backward` the other way round.
`cka_permuted` is the CKA of pairs put together at random. The meaning of raw, centred and
Procrustes is told by `mlm_xling.evaluation.measures.retrieval`, that of the words' figures by
`mlm_xling.evaluation.probes.lexicon` and `mlm_xling.evaluation.probes.contextual`."""

HEADS = {
    "contextual_f1": Metric("F1 mapped, {target}", percent=True),
    "contextual_f1_raw": Metric("F1 raw, {target}", percent=True),
    "contextual_f1_source": Metric("F1 {source} dev", percent=True),
    "contextual_las": Metric("LAS mapped, {target}", percent=True),
    "contextual_las_raw": Metric("LAS raw, {target}", percent=True),
    "contextual_las_source": Metric("LAS {source} dev", percent=True),
    "contextual_uas": Metric("UAS mapped, {target}", percent=True),
    "contextual_uas_raw": Metric("UAS raw, {target}", percent=True),
    "contextual_uas_source": Metric("UAS {source} dev", percent=True),
}
"""What a head that was trained on a frozen layer of the source says, see
`mlm_xling.evaluation.probes.contextual_heads`."""

FINETUNING = {
    "accuracy": Metric("accuracy", percent=True),
    "f1": Metric("F1", percent=True),
    "f1_strict": Metric("F1 without repair", percent=True),
    "las": Metric("LAS", percent=True),
    "uas": Metric("UAS", percent=True),
    "clas": Metric("CLAS", percent=True),
    "las_punct": Metric("LAS with punctuation", percent=True),
    "uas_punct": Metric("UAS with punctuation", percent=True),
}
"""What evaluators measure after fine-tuning on the source language; NER adds `f1_<type>`. The
same with `dev_` before it is measured on the source dev data, which selects."""

METRICS = PROBING | HEADS | FINETUNING
LAYER_PAIR = "cka_debiased_layer_"
"""Begins the metrics of `layer` of the source with another layer, named after it, of the target;
they are for a figure."""
CURVE_POINT = re.compile(r"p@1_procrustes_(\d+)_(?:forward|backward)")
"""Metrics of maps fitted on so many rows; they are for a figure."""


def in_tables(metric: str) -> bool:
    """Whether a metric is one of those that tables list."""
    return not metric.startswith(LAYER_PAIR) and not CURVE_POINT.fullmatch(metric)


@dataclass(frozen=True)
class Result:
    """One measurement; the fields of a line of `results.jsonl`, in this order."""

    evaluator: str
    metric: str
    model: str
    """`trained`, `random` (same architecture, never trained), or a baseline's name."""
    source: str
    target: str
    layer: int | None
    """0 is the embedding output; None where a layer means nothing."""
    value: float
    low: float | None
    """Lower end of a 95% interval, where there is one."""
    high: float | None
    n: int
    """Number of sentence pairs measured on."""
    step: int
    """Training step of the encoder; 0 for a random one."""
    seed: int
    """That initialised (and trained) the encoder."""
    config: str
    """`mlm_xling.config.fingerprint` of the resolved configuration."""
    seen: float | None
    """Fraction of the pairs with a sentence that occurs in the pretraining text; None: unknown."""
    setting: str | None = None
    """Of a fine-tuning grid; None for the mean of the best two by source dev, and for probing."""

    @property
    def identity(self) -> tuple:
        """What was measured: a later result of the same identity replaces an earlier one."""
        what = (self.evaluator, self.metric, self.model, self.source, self.target, self.layer)
        return (*what, self.step, self.config, self.setting)


def append_results(path: Path, results: Iterable[Result]) -> None:
    """Appends whole lines to `path` in one write, or nothing at all.

    Raises:
      InputError: the file cannot be written, e.g. because the disk is full.
      ValueError: a value is not finite.
    """
    lines = [json.dumps(dataclasses.asdict(result), allow_nan=False) for result in results]
    block = "".join(line + "\n" for line in lines).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "ab", buffering=0) as file:
            before = file.tell()
            if file.write(block) != len(block):
                file.truncate(before)
                raise OSError("no space left for the results")
    except OSError as error:
        raise InputError(f"{path}: cannot append: {error.strerror or error}") from error


def read_results(path: Path) -> list[Result]:
    """Reads all measurements, oldest first; of equal identity only the last one stays.

    A missing file holds no results.

    Raises:
      InputError: a line is damaged (cut off, not JSON, wrong fields), with file and line.
    """
    if not path.exists():
        return []
    latest: dict[tuple, Result] = {}
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True), start=1):
        result = _parse(line, f"{path}:{number}")
        latest.pop(result.identity, None)
        latest[result.identity] = result
    return list(latest.values())


def _parse(line: bytes, where: str) -> Result:
    if not line.endswith(b"\n"):
        raise InputError(f"{where}: the line is cut off; remove it")
    try:
        values = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where}: not JSON; remove the line") from error
    if not isinstance(values, dict):
        raise InputError(f"{where}: not a JSON object; remove the line")
    fields = dataclasses.fields(Result)
    required = {field.name for field in fields if field.default is dataclasses.MISSING}
    wrong = sorted(required - set(values) | set(values) - {field.name for field in fields})
    if wrong:
        raise InputError(f"{where}: field {wrong[0]!r} is missing or unknown; remove the line")
    if type(values["value"]) not in (int, float):
        raise InputError(f"{where}: field 'value' is not a number; remove the line")
    return Result(**values)
