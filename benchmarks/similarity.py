"""Similarity of many languages at every layer: matrix products, and pair by pair as it is defined.

    python -m benchmarks.similarity

Times all pairs of languages on random vectors, the shape of a base encoder's, in the spaces and
with the resamples of `language_similarity`; encoding comes on top. Beside it the original's way
(Lin et al., 2024), one cosine a sentence, of a few pairs, with its time for all of them in raw
space alone and without intervals. The figures of both have to be equal.
"""

import argparse
import time

import numpy as np

from mlm_xling.config import EvaluationConfig
from mlm_xling.evaluation.measures.language_similarity import Rows, similarities, spaces


def main() -> None:
    """Prints seconds of each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--languages", type=int, default=100)
    parser.add_argument("--sentences", type=int, default=1_000)
    parser.add_argument("--layers", type=int, default=13)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--looped", type=int, default=5, help="pairs that are looped over")
    asked = parser.parse_args()
    shape = asked.languages, asked.sentences, asked.width
    taken = {"raw": 0.0, "all spaces, with intervals": 0.0, "loop": 0.0}
    for layer in range(asked.layers):
        random = np.random.default_rng(layer)
        test, fit = (random.normal(1, 1, shape).astype(np.float32) for _ in range(2))
        start = time.perf_counter()
        raw = similarities(list(test)).value
        taken["raw"] += time.perf_counter() - start
        start = time.perf_counter()
        for vectors in spaces(list(test), list(fit)).values():
            similarities(vectors, EvaluationConfig().resamples)
        taken["all spaces, with intervals"] += time.perf_counter() - start
        start = time.perf_counter()
        looped = [_mean_cosine(test[0], test[other]) for other in range(1, 1 + asked.looped)]
        taken["loop"] += time.perf_counter() - start
        np.testing.assert_allclose(raw[: asked.looped], looped, rtol=1e-5)
    pairs = asked.languages * (asked.languages - 1) // 2
    print(f"{pairs:,} pairs x {asked.sentences:,} sentences x {asked.layers} layers")
    for name in ("raw", "all spaces, with intervals"):
        print(f"{name}: {taken[name]:.1f} s")
    print(
        f"raw, pair by pair and sentence by sentence: {taken['loop'] / asked.looped * pairs:,.0f} s"
        f" (from {asked.looped} pairs)"
    )


def _mean_cosine(first: Rows, second: Rows) -> float:
    cosines = [
        np.dot(one, other) / (np.linalg.norm(one) * np.linalg.norm(other))
        for one, other in zip(first, second, strict=True)
    ]
    return float(np.mean(cosines))


if __name__ == "__main__":
    main()
