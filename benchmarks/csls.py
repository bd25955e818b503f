"""CSLS over whole vocabularies: time and memory, beside plain NumPy and faiss.

    pip install faiss-cpu==1.15.1    # for the comparison only
    python -m benchmarks.csls

All that CSLS costs is `r_S`, the mean similarity of every target with its ten nearest sources.
Three ways of finding it are timed side by side on the same share of the targets: blocks of this
project, plain NumPy (product, then `argpartition`), and faiss's exact index. Then the whole
search is timed, in which most targets are dismissed by a bound. Vectors have a decaying spectrum,
as word vectors do, and a planted translation under noise.
"""

import argparse
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import psutil

from mlm_xling.evaluation.measures import csls as csls_module
from mlm_xling.evaluation.measures.csls import csls
from mlm_xling.evaluation.measures.neighbours import mean_similarity
from mlm_xling.evaluation.measures.procrustes import unit

K = 10
NUMPY_BLOCK = 256


def main() -> None:
    """Prints what is measured, a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("--words", type=int, default=200_000, help="of each vocabulary")
    parser.add_argument("--width", type=int, default=300)
    parser.add_argument("--queries", type=int, default=1_500)
    parser.add_argument(
        "--share", type=int, default=20, help="r_S is timed on one target in so many"
    )
    arguments = parser.parse_args()
    sources, targets = _vocabularies(arguments.words, arguments.width)
    _side_by_side(sources, targets[:: arguments.share])
    queries = sources[: arguments.queries]
    refined = _counting(csls_module)
    with _measured("CSLS of all queries") as held:
        found = csls(queries, targets, sources)
    hits = (found.index[:, 0] == np.arange(len(queries))).mean()
    print(
        f"  {held[0] / 2**30:.2f} GiB above the embeddings; P@1 {hits:.3f}; "
        f"{refined[0]:,} of {len(targets):,} targets needed their exact r_S"
    )


class _AsWritten(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the description."""


def _vocabularies(words: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    scale = (1 / np.sqrt(np.arange(1, width + 1))).astype(np.float32)
    sources = random.standard_normal((words, width), np.float32) * scale
    targets = sources + 0.5 * random.standard_normal((words, width), np.float32) * scale
    return unit(sources), unit(targets)


def _side_by_side(sources: np.ndarray, targets: np.ndarray) -> None:
    ways: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
        "blocks": lambda targets, sources: mean_similarity(targets, sources, K),
        "NumPy": _with_numpy,
        "faiss": _with_faiss,
    }
    mean_similarity(targets[:1024], sources, K)  # compiles
    answers = []
    for name, way in ways.items():
        with _measured(f"r_S of {len(targets):,} targets, {name}") as held:
            answers.append(way(targets, sources))
        print(f"  {held[0] / 2**30:.2f} GiB above the embeddings")
    print(f"largest difference {max(np.abs(a - answers[0]).max() for a in answers):.1e}")


def _with_numpy(targets: np.ndarray, sources: np.ndarray) -> np.ndarray:
    means = []
    for start in range(0, len(targets), NUMPY_BLOCK):
        similar = targets[start : start + NUMPY_BLOCK] @ sources.T
        means.append(np.partition(similar, -K, axis=1)[:, -K:].mean(axis=1))
    return np.concatenate(means)


def _with_faiss(targets: np.ndarray, sources: np.ndarray) -> np.ndarray:
    import faiss  # pyright: ignore[reportMissingImports]

    index = faiss.IndexFlatIP(sources.shape[1])
    index.add(sources)
    return index.search(targets, K)[0].mean(axis=1)


def _counting(module) -> list[int]:
    """Counts the targets that are given their exact `r_S`."""
    refined, refine = [0], module._Penalties.refine

    def counted(self, chosen):
        refined[0] += len(chosen)
        refine(self, chosen)

    module._Penalties.refine = counted
    return refined


@contextmanager
def _measured(name: str) -> Iterator[list[int]]:
    """Prints seconds; yields a list whose only item will be the bytes held at most in addition."""
    process, most, done = psutil.Process(), [0], threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        while not done.wait(0.02):
            most[0] = max(most[0], process.memory_info().rss - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    wall, processor = time.perf_counter(), time.process_time()
    yield most
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    done.set()
    watcher.join()
    print(f"{name}: {wall:.1f} s, {processor:.1f} s of processor", flush=True)


if __name__ == "__main__":
    main()
