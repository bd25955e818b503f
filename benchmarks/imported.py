"""All layers of sentences through an imported encoder: ours, and `transformers` on PyTorch.

    python -m benchmarks.imported --model=models/e5-small --parallel=pud.tsv --torch=venv/bin/python

The other Python has torch and transformers. Both are given the same padded batches, use two
threads and float32, and take the mean over tokens at every layer. They take turns, so that
whatever else the machine does slows both down; what is printed, as JSON, is seconds of wall and of
processor time for one round, the median of several. Ours has compiled before.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from mlm_xling import load
from mlm_xling.data.parallel import read_parallel
from mlm_xling.evaluation.representations.batching import batches
from mlm_xling.evaluation.representations.sentences import represent, windows
from mlm_xling.tokenizer import PADDING

ROUNDS = 5


def main() -> None:
    """Prints a line of JSON."""
    parser = argparse.ArgumentParser(usage=argparse.SUPPRESS, description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--parallel", type=Path, required=True)
    parser.add_argument("--torch", required=True)
    parser.add_argument("--sentences", type=int, default=200)
    options = parser.parse_args()
    text = read_parallel(options.parallel)
    encoder = load(f"hf:{options.model}", overrides={"languages": text.header})
    _, tokenizer, model, *_ = encoder.pretrained
    lines = [cell for row in text.rows[: options.sentences] for cell in row if cell]
    ids, length = tokenizer.encode(lines, text.header[0]), encoder.pretrained.config.training.length
    padded = [batch for _, batch in batches(windows(ids, length, tokenizer.special), length)]
    represent(model, ids, 0, length, tokenizer.special)
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "batches.npz")
        np.savez(path, *padded)
        command = [options.torch, "-m", "benchmarks.imported_torch", options.model, str(path)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other:
            assert other.stdin
            assert other.stdout
            assert other.stdout.readline() == "ready\n"
            for _ in range(ROUNDS):
                began = time.perf_counter(), time.process_time()
                represent(model, ids, 0, length, tokenizer.special)
                ours.append((time.perf_counter() - began[0], time.process_time() - began[1]))
                print("again", file=other.stdin, flush=True)
                theirs.append(tuple(json.loads(other.stdout.readline())))
            other.stdin.close()
    tokens = sum(int((batch != PADDING).sum()) for batch in padded)
    shown: dict[str, object] = {
        "sentences": len(lines),
        "tokens": tokens,
        "positions": sum(b.size for b in padded),
    }
    for name, seconds in (("ours", ours), ("torch", theirs)):
        wall, processor = (statistics.median(column) for column in zip(*seconds, strict=True))
        shown[name] = {"wall": round(wall, 2), "processor": round(processor, 2)}
    print(json.dumps(shown))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main()
