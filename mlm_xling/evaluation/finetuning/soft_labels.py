"""Soft labels: a teacher's scores of all answers, for every word of the training data.

Words are common to teacher and student; tokens, windows and batches are not. So the teacher's
scores are stored and looked up by sentence and word.
"""

import io
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from mlm_xling.digests import as_records, file_record, first_damage, seal, unseal
from mlm_xling.directories import write_whole
from mlm_xling.evaluation.finetuning.batching import Batch
from mlm_xling.evaluation.finetuning.examples import Example
from mlm_xling.model.objective import IMPOSSIBLE

Scores = tuple[Float32[np.ndarray, "_ _"], ...]
"""One array [word, answer] per target of a word."""
_SCORES, _SEAL = "soft_labels.npz", "soft_labels.json"


@dataclass(frozen=True)
class SoftLabels:
    """A teacher's scores on training sentences; `IMPOSSIBLE` where it has none."""

    name: str
    """Identifies what they were computed from."""
    sentences: list[Scores]
    answers: Callable[[int], tuple[int, ...]]
    """Returns the numbers of columns of the scores for a sentence of so many words."""

    @classmethod
    def silent(
        cls, name: str, words: Sequence[int], answers: Callable[[int], tuple[int, ...]]
    ) -> "SoftLabels":
        """Creates empty soft labels for sentences with the given numbers of words."""
        sentences = [
            tuple(np.full((count, size), IMPOSSIBLE, np.float32) for size in answers(count))
            for count in words
        ]
        return cls(name, sentences, answers)

    def of(self, example: Example) -> Scores:
        """Returns a view of an example's scores; heads are among its words and the root."""
        count = len(example.targets)
        rows = slice(example.first, example.first + count)
        sizes = self.answers(count)
        scores = self.sentences[example.sentence]
        return tuple(of[rows, :size] for of, size in zip(scores, sizes, strict=True))

    def put(self, example: Example, scores: Scores) -> None:
        """Stores a teacher's scores on an example, which may be padded.

        Words whose answer the teacher has not read, such as heads beyond its windows, are skipped.
        """
        known = (example.targets >= 0).all(axis=1)
        for kept, said in zip(self.of(example), scores, strict=True):
            kept[known] = said[: kept.shape[0], : kept.shape[1]][known]

    def added(self, batch: Batch, examples: Sequence[Example]) -> Batch:
        """Adds the scores of a batch's examples to the batch."""
        rows, words = batch.real.shape
        soft = tuple(
            np.full((rows, words, size), IMPOSSIBLE, np.float32) for size in self.answers(words)
        )
        for row, example in enumerate(examples):
            for padded, scores in zip(soft, self.of(example), strict=True):
                padded[row, : scores.shape[0], : scores.shape[1]] = scores
        return batch._replace(soft=soft)

    def permuted(self, seed: int) -> "SoftLabels":
        """Gives each sentence the scores of another of equal length, or none if there is none."""
        words = [len(scores[0]) for scores in self.sentences]
        sentences = SoftLabels.silent(self.name, words, self.answers).sentences
        alike = defaultdict(list)
        for number, count in enumerate(words):
            alike[count].append(number)
        rng = np.random.default_rng(seed)
        for numbers in alike.values():
            order = rng.permutation(numbers)  # A cycle: no sentence keeps its own.
            for one, other in zip(order, np.roll(order, 1), strict=True):
                if one != other:
                    sentences[one] = self.sentences[other]
        return replace(
            self, name=f"{self.name}, permuted among others by {seed}", sentences=sentences
        )


def write_soft_labels(folder: Path, labels: SoftLabels) -> None:
    """Saves soft labels in a folder, sealed."""
    arrays = {
        str(column): np.concatenate([scores[column].ravel() for scores in labels.sentences])
        for column in range(len(labels.answers(1)))
    }
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # pyright: ignore[reportArgumentType]
    write_whole(folder / _SCORES, content.getvalue())
    files = {_SCORES: asdict(file_record(folder / _SCORES))}
    write_whole(folder / _SEAL, seal({"name": labels.name, "files": files}).encode())


def read_soft_labels(folder: Path, silent: SoftLabels) -> SoftLabels | None:
    """Reads soft labels of the same name, for sentences of the same lengths.

    Returns None if there are none.

    Raises:
      ValueError: a file has been altered; the message names it.
    """
    if not (folder / _SEAL).is_file():
        return None
    try:
        sealed = unseal((folder / _SEAL).read_text())
    except (OSError, ValueError):
        raise ValueError(f"{folder / _SEAL}: altered") from None
    if sealed["name"] != silent.name:
        return None
    if found := first_damage(folder, as_records(sealed["files"])):
        raise ValueError(f"{folder / found[0]}: {found[1]}")
    with np.load(folder / _SCORES) as archive:
        columns = [archive[name] for name in sorted(archive)]
    shapes = [
        [scores[column].shape for scores in silent.sentences] for column in range(len(columns))
    ]
    read = [_divided(*pair) for pair in zip(columns, shapes, strict=True)]
    return replace(silent, sentences=list(zip(*read, strict=True)))


def _divided(
    values: Float32[np.ndarray, " value"], shapes: Sequence[tuple[int, ...]]
) -> list[Float32[np.ndarray, "_ _"]]:
    ends = np.cumsum([rows * columns for rows, columns in shapes])
    parts = np.split(values, ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
