"""The tables of docs/how-to/tpu.md and gpu.md: plans of the paper's rows, without a device.

    python -m benchmarks.plans tpu    # an hour of one core the first time, then a minute
    python -m benchmarks.plans gpu

A v6e:16x16 has more devices than the paper has groups, so there 256 groups of 3 sequences stand for
8 of 96: as many tokens a step.
"""

import argparse
import functools
import os
from collections.abc import Callable

# Shapes are all that a plan computes with.
os.environ["JAX_PLATFORMS"] = "cpu"

from configs import demo, paper, text
from mlm_xling.config import Config
from mlm_xling.config.checks import resolve, resolve_flag
from mlm_xling.planning.chips import CHIPS
from mlm_xling.planning.estimating import estimated_step
from mlm_xling.planning.plan import Plan, make_plan
from mlm_xling.planning.slices import read_slice
from mlm_xling.planning.usable import USUAL_SHARE

ROWS = ("default", "sep_emb_l1_3")
SLICES = ("v5e:2x4", "v5p:2x2x1", "v6e:16x16")
CARDS = {
    "RTX 4060 (8 GB)": 8188 * 2**20,
    "T4 (16 GB)": 15360 * 2**20,
    "L4 (24 GB)": CHIPS["l4"].memory,
    "H100 (80 GB)": CHIPS["h100"].memory,
}
"""Bytes of memory, as `nvidia-smi` reports it."""
MODELS: dict[str, Callable[[], Config]] = {
    "`configs/demo.py`": demo.get_config,
    "`configs/text.py`": text.get_config,
    "`configs/paper.py:en-fr/default`": paper.get_config,
    "`configs/paper.py:en-fr/sep_emb_l1_3`": lambda: paper.get_config("en-fr/sep_emb_l1_3"),
}


def main() -> None:
    """Prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", choices=["tpu", "gpu"])
    {"tpu": print_slices, "gpu": print_cards}[parser.parse_args().table]()


def print_slices() -> None:
    """A line for each row of Table 1 on each slice."""
    print(
        "| | row | memory | FLOPs, bytes moved, sent | arithmetic, memory, links | at most | run |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in SLICES:
        for row in ROWS:
            config = paper.get_config(f"en-fr/{row}")
            if name == "v6e:16x16":
                config.training.groups, config.training.batch_size = 256, 3
            print(_line(make_plan(resolve(config), read_slice(name))), flush=True)


def print_cards() -> None:
    """A line for each model: its memory, and the largest batch on each card."""
    print("| | needs | at most, `batch_size` on " + " | ".join(CARDS) + " |")
    print("|---|---" + "|---" * len(CARDS) + "|")
    for name, get_config in MODELS.items():
        config = resolve_flag(get_config(), reads_text=False)
        config.model.dtype = "bfloat16"
        configured = config.training.batch_size
        needed = functools.cache(functools.partial(_needed, config))
        most = [largest_batch(needed, USUAL_SHARE * memory) for memory in CARDS.values()]
        here = needed(configured) / 2**30
        print(f"| {name} | {here:.2f} GiB | " + " | ".join(map(_shown, most)) + " |", flush=True)


def _line(plan: Plan) -> str:
    step, bound, run = plan.step, plan.roofline, plan.run
    held = f"{step.memory.needed / 2**30:.1f} of {plan.slice.memory / 2**30:.0f} GiB"
    if bound is None or run is None:
        return f"| {plan.slice} | {plan.config.row} | {held} | | | | does not fit |"
    moved, sent = step.moved_bytes / 1e9, step.sent_bytes / 1e9
    work = f"{step.flops / 1e12:.2f} T, {moved:.1f} GB, {sent:.2f} GB"
    times = f"{bound.arithmetic * 1e3:.1f}, {bound.memory * 1e3:.1f}, {bound.links * 1e3:.1f} ms"
    return (
        f"| {plan.slice} | {plan.config.row} | {held} | {work} | {times} | "
        f"{run.tokens_per_second / 1e6:.2f}M tokens/s | "
        f"{run.days:.2f} days, {run.chip_hours:.0f} chip-hours |"
    )


def _needed(config: Config, batch_size: int) -> int:
    config.training.batch_size = batch_size
    return estimated_step(config, read_slice("h100:1")).memory.needed


def largest_batch(needed: Callable[[int], int], room: float) -> int:
    """The largest batch that needs no more than there is room for; 0 if none does."""
    fits, too_large = 0, 1
    while needed(too_large) <= room:
        fits, too_large = too_large, 2 * too_large
    while too_large - fits > 1:
        middle = (fits + too_large) // 2
        if needed(middle) <= room:
            fits = middle
        else:
            too_large = middle
    return fits


def _shown(batch_size: int) -> str:
    return f"{batch_size:,}" if batch_size > 0 else "none"


if __name__ == "__main__":
    main()
