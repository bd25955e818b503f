"""Batching of examples into few shapes, so that few programs are compiled."""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Int

from mlm_xling.evaluation.finetuning.examples import UNKNOWN_TARGET, Example
from mlm_xling.tokenizer import PADDING

_STEP = 8
"""Lengths and numbers of words are rounded up to multiples of this."""


class Bucket(NamedTuple):
    """The shape of examples."""

    windows: int
    length: int
    words: int

    @property
    def tokens(self) -> int:
        """Number of positions that an example of this shape takes."""
        return self.windows * self.length


class Batch(NamedTuple):
    """Arrays in the shape of a bucket; unused rows are all padding."""

    input_ids: Int[np.ndarray, "batch window length"]
    places: Int[np.ndarray, "batch word"]
    """Positions of each word's first subword in the concatenated windows of its example."""
    real: Bool[np.ndarray, "batch word"]
    """False for padding, where an example has no more words."""
    targets: Int[np.ndarray, "batch word target"]
    soft: tuple[Float32[np.ndarray, "batch word _"], ...] = ()
    """A teacher's scores of all answers, one array per target; empty without a teacher."""


def choose_buckets(examples: Sequence[Example], count: int, length: int) -> tuple[Bucket, ...]:
    """Chooses the `count` shapes that hold all examples with the least padding in total.

    Args:
      length: maximum number of tokens in a window.
    """
    shapes = [_shape(example, length) for example in examples]
    sizes, numbers = np.unique([shape.tokens for shape in shapes], return_counts=True)
    limits = [0, *(int(sizes[i]) for i in _cheapest(sizes, numbers, count))]
    return tuple(
        Bucket(*(max(column) for column in zip(*held, strict=True)))
        for low, high in itertools.pairwise(limits)
        if (held := [shape for shape in shapes if low < shape.tokens <= high])
    )


def with_room(
    shapes: Sequence[Bucket], examples: Sequence[Example], length: int
) -> tuple[Bucket, ...]:
    """Adds a shape for those examples that `shapes` do not hold, if there are any."""
    larger = [one for one in examples if not any(_fits(one, shape) for shape in shapes)]
    return (*shapes, *(choose_buckets(larger, 1, length) if larger else ()))


def batches(
    examples: Sequence[Example],
    buckets: Sequence[Bucket],
    size: int,
    rng: np.random.Generator | None = None,
) -> Iterator[tuple[list[int], Batch]]:
    """Yields (indices of the examples, batch), in random order if `rng` is given.

    Each batch has examples of one bucket; the last one of a bucket is padded.
    """
    order = np.arange(len(examples)) if rng is None else rng.permutation(len(examples))
    rows: dict[Bucket, list[int]] = {bucket: [] for bucket in buckets}
    for i in map(int, order):
        rows[bucket_of(examples[i], buckets)].append(i)
    chosen = [
        (bucket, of_bucket[start : start + size])
        for bucket, of_bucket in rows.items()
        for start in range(0, len(of_bucket), size)
    ]
    if rng is not None:
        rng.shuffle(chosen)
    for bucket, numbers in chosen:
        yield numbers, pad([examples[i] for i in numbers], bucket, size)


def bucket_of(example: Example, buckets: Sequence[Bucket]) -> Bucket:
    """Returns the first bucket that holds an example; the last holds all."""
    for bucket in buckets:
        if _fits(example, bucket):
            return bucket
    raise ValueError("an example longer than every bucket")


def pad(examples: Sequence[Example], bucket: Bucket, size: int) -> Batch:
    """Pads examples into a batch of `size`."""
    targets = examples[0].targets.shape[-1]
    batch = Batch(
        np.full((size, bucket.windows, bucket.length), PADDING, np.int32),
        np.zeros((size, bucket.words), np.int32),
        np.zeros((size, bucket.words), bool),
        np.full((size, bucket.words, targets), UNKNOWN_TARGET, np.int32),
    )
    for row, example in enumerate(examples):
        words = len(example.targets)
        for number, window in enumerate(example.windows):
            batch.input_ids[row, number, : len(window)] = window
        batch.places[row, :words] = example.window * bucket.length + example.position
        batch.real[row, :words] = True
        batch.targets[row, :words] = example.targets
    return batch


def _shape(example: Example, length: int) -> Bucket:
    longest = max(map(len, example.windows))
    return Bucket(
        len(example.windows),
        min(-(-longest // _STEP) * _STEP, length),
        -(-len(example.targets) // _STEP) * _STEP if len(example.targets) > 1 else 1,
    )


def _fits(example: Example, bucket: Bucket) -> bool:
    return (
        len(example.windows) <= bucket.windows
        and max(map(len, example.windows)) <= bucket.length
        and len(example.targets) <= bucket.words
    )


def _cheapest(sizes: np.ndarray, numbers: np.ndarray, count: int) -> list[int]:
    """Picks `count` sizes (or all) so that rounding up to them costs the fewest tokens.

    Uses dynamic programming over the largest picked size.

    Args:
      sizes: in increasing order; `numbers` counts the examples of each size.
    """
    before = np.concatenate([[0], np.cumsum(numbers)])
    # cost[i, j]: tokens of all examples of sizes i to j if rounded up to size j.
    cost = np.where(np.tri(len(sizes), k=-1), np.inf, sizes * (before[1:] - before[:-1, None]))
    least, steps = cost[0], []
    for _ in range(min(count, len(sizes)) - 1):
        # both[i, j]: the same for sizes 0 to j if the largest two picked are i and j.
        both = least[:-1, None] + cost[1:]
        steps.append(both.argmin(axis=0))
        least = both.min(axis=0)
    picked = [len(sizes) - 1]
    for step in reversed(steps):
        picked.append(int(step[picked[-1]]))
    return picked[::-1]
