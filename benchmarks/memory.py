"""Time and peak memory of the programs on much more data than memory would hold.

python -m benchmarks.memory pairs folder      # 200,000 parallel sentences, cka and retrieval
python -m benchmarks.memory languages folder  # 100 languages, cka and retrieval from the first
python -m benchmarks.memory tokens folder     # 10^9 tokens: preparation, 1,000 steps, reading
"""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.scaling import names
from mlm_xling.config import LabConfig
from mlm_xling.config.stored import from_json
from mlm_xling.data.manifest import open_prepared
from mlm_xling.data.streams import Streams
from mlm_xling.preparation.prepare import streams_directory
from mlm_xling.training.resuming import newest_metadata
from tasks.lab.bitext import parallel_meanings
from tasks.lab.realise import Language
from tasks.lab.usage import Usage
from tasks.lab.world import World

ROWS = 200_000
LINES, CLAUSES, WORDS = 18_500_000, 200_000, 40_000
"""Lines of each language, 350 million words; what they are made of."""
AT_ONCE = 100_000
SMALL = ("--config.model.layers=2", "--config.model.width=64", "--config.model.heads=2")
SMALL = (*SMALL, "--config.model.mlp=256")
MANY = 100
READ = 200
"""Steps whose batches are timed."""


def main() -> None:
    """Makes the data, runs the programs and prints what they needed."""
    which, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    {"pairs": pairs, "languages": languages, "tokens": tokens}[which](folder)


def pairs(folder: Path) -> None:
    """Evaluates a model of a few steps on a large file, of which it measures 1,000 pairs."""
    file = parallel_text(folder, ROWS)
    cache = f"--config.data.cache_dir={folder / 'cache'}"
    trained = ("--config=configs/demo.py", "--config.training.steps=10", cache)
    measured("run_pretrain.py", f"--workdir={folder / 'run'}", *trained)
    asked = ("--evaluators=cka,retrieval", f"--config.data.parallel={file}")
    measured("run_eval.py", f"--workdir={folder / 'run'}", *asked)


def parallel_text(folder: Path, rows: int) -> Path:
    """Writes so many sentences of the lab in two languages, none of them twice."""
    lab = LabConfig(languages=("a", "b"))
    world = World(lab)
    drawn = rows * 6 // 5
    made = parallel_meanings(Usage(world, lab), drawn, np.random.default_rng(77))
    columns = [list(Language(world, code, lab).sentences(made)) for code in lab.languages]
    pairs = list(dict(zip(*columns, strict=True)).items())[:rows]
    assert len(pairs) == rows, "draw more"
    file = folder / "parallel.tsv"
    file.write_text("a\tb\n" + "".join(f"{a}\t{b}\n" for a, b in pairs))
    return file


def languages(folder: Path) -> None:
    """Evaluates a model of a few steps in a hundred languages, each with the first."""
    codes = ",".join(names(MANY))
    flags = (
        f"--config.data.cache_dir={folder / 'cache'}",
        f"--config.languages={codes}",
        f"--config.lab.languages={codes}",
        "--config.lab.sentences=2000",
        "--config.lab.parallel_rows=2500",
        "--config.vocabulary.size=8000",
        "--config.training.groups=8",
        "--config.training.batch_size=8",
        "--config.training.steps=20",
    )
    place = f"--workdir={folder / 'run'}"
    measured("run_pretrain.py", "--config=configs/demo.py", place, *flags)
    measured("run_eval.py", place, "--evaluators=cka,retrieval", "--models=trained")


def tokens(folder: Path) -> None:
    """Prepares a text of 10^9 tokens, trains a small model on it and goes on, and reads steps."""
    for seed, language in enumerate(("x", "y")):
        with (folder / f"{language}.txt").open("w") as file:
            file.writelines(text(np.random.default_rng(seed)))
    cache = f"--config.data.cache_dir={folder / 'cache'}"
    flags = (f"--config.data.text_dir={folder}", "--config.languages=x,y", cache, *SMALL)
    flags = ("--config=configs/text.py", f"--workdir={folder / 'run'}", *flags)
    measured("run_pretrain.py", *flags, "--config.training.steps=1000")
    measured("run_pretrain.py", *flags, "--config.training.steps=1001")
    reading(folder / "run")


def reading(workdir: Path) -> None:
    """Prints how long the batches of steps take to read that lie anywhere in a run's text."""
    trained = newest_metadata(workdir)
    assert trained, "no checkpoint"
    config = from_json(trained.config)
    streams = Streams(open_prepared(streams_directory(config)), config)
    steps = np.random.default_rng(0).integers(10**6, size=READ)
    streams.batch_at(0)
    taken = []
    for step in steps.tolist():
        began = time.perf_counter()
        streams.batch_at(step)
        taken.append(1000 * (time.perf_counter() - began))
    middle, most = np.median(taken), np.quantile(taken, 0.99)
    print(f"a batch of any step: median {middle:.1f} ms, 99th percentile {most:.1f}")


def text(random: np.random.Generator) -> Iterator[str]:
    """Yields lines of three clauses of words that are as frequent as Zipf says."""
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    drawn = ("".join(random.choice(syllables, random.integers(1, 5))) for _ in range(2 * WORDS))
    words = np.array(list(dict.fromkeys(drawn))[:WORDS])
    frequency = 1 / np.arange(1, len(words) + 1)
    lengths = random.integers(4, 9, CLAUSES)
    said = random.choice(words, lengths.sum(), p=frequency / frequency.sum())
    clauses = [" ".join(clause) for clause in np.split(said, np.cumsum(lengths)[:-1])]
    for start in range(0, LINES, AT_ONCE):
        parts = random.integers(CLAUSES, size=(min(AT_ONCE, LINES - start), 3)).tolist()
        lines = (f"{clauses[a]} {clauses[b]} {clauses[c]} .\n" for a, b, c in parts)
        yield "".join(line + "\n" * (i % 20 == 0) for i, line in enumerate(lines))


def measured(*command: str) -> None:
    """Runs a program; prints its seconds and the largest memory of any process so far."""
    began = time.monotonic()
    subprocess.run([sys.executable, *command], check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{command[0]}: {time.monotonic() - began:,.0f} s, peak {used.ru_maxrss / 2**20:.2f} GiB, "
        f"{used.ru_utime + used.ru_stime:,.0f} processor seconds since the start"
    )


if __name__ == "__main__":
    main()
