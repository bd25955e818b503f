"""Decoding trees: time a sentence, beside the C++ of `ufal.chu-liu-edmonds`.

    pip install ufal.chu-liu-edmonds==1.0.3    # for the comparison only
    python -m benchmarks.trees

Scores are log-softmax of normal ones, as of a parser that knows nothing: they make more cycles
than a trained parser's. Both take turns on the same sentences; figures are median milliseconds of
processor time.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np

from mlm_xling.evaluation.measures.arborescence import best_tree

LENGTHS, SENTENCES = (10, 25, 50, 100), 300


def main() -> None:
    """Prints a table."""
    rng = np.random.default_rng(0)
    print("words    ours    ufal   ratio")
    for words in LENGTHS:
        sentences = [_log_softmax(rng.normal(size=(words, words + 1))) for _ in range(SENTENCES)]
        turns = [(_milliseconds(best_tree, s), _milliseconds(_with_ufal, s)) for s in sentences]
        ours, theirs = (statistics.median(times) for times in zip(*turns, strict=True))
        print(f"{words:5d} {ours:7.3f} {theirs:7.3f} {ours / theirs:7.1f}", flush=True)


def _log_softmax(scores: np.ndarray) -> np.ndarray:
    np.fill_diagonal(scores[:, 1:], -1e9)
    return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))


def _milliseconds(decode: Callable[[np.ndarray], object], scores: np.ndarray) -> float:
    began = time.process_time()
    decode(scores)
    return 1e3 * (time.process_time() - began)


def _with_ufal(scores: np.ndarray) -> np.ndarray:
    """Lowers the root's scores, so that it has one child."""
    from ufal.chu_liu_edmonds import (  # pyright: ignore[reportMissingImports]
        chu_liu_edmonds,  # pyright: ignore[reportAttributeAccessIssue]
    )

    matrix = np.full((len(scores) + 1, len(scores) + 1), np.nan)
    matrix[1:] = scores
    np.fill_diagonal(matrix, np.nan)
    matrix[1:, 0] -= 1 + len(scores) * (np.nanmax(matrix) - np.nanmin(matrix))
    return np.array(chu_liu_edmonds(matrix)[0][1:], np.int32)


if __name__ == "__main__":
    main()
