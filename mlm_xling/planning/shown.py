"""Output of a plan: as text, as JSON, and in TensorBoard."""

import contextlib
import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorboardX

from mlm_xling.directories import write_whole
from mlm_xling.planning.collectives import Collective
from mlm_xling.planning.plan import Plan
from mlm_xling.planning.roofline import Run

FILE_NAME = "plan.json"
_KINDS = ("parameters", "moments", "batch", "padding", "temporaries", "code")
_ESTIMATED = (
    "no compiler for GPUs runs without one, so this is read off the program's trace. Temporaries "
    "are gradients and all that automatic differentiation keeps: compilers keep less. Bytes moved "
    "are those of products and reductions: compilers move more"
)
_BOUND = (
    "no run is faster: peaks, with arithmetic, memory and links all busy at once. On an H100 the "
    "paper's step took 2.3 times its bound, the small one of the lab 150 times (docs/how-to/gpu.md)"
)


def lines(plan: Plan) -> list[str]:
    """Formats a plan as lines of text."""
    return [f"{name:14}{text}" for name, text in _rows(plan)]


def print_plan(plan: Plan) -> None:
    """Prints the lines to standard output."""
    sys.stdout.write("\n".join(lines(plan)) + "\n")


def keep_plan(plan: Plan, workdir: Path) -> None:
    """Writes `plan.json` and TensorBoard's text into a workdir."""
    workdir.mkdir(parents=True, exist_ok=True)
    write_whole(workdir / FILE_NAME, (json.dumps(as_json(plan), indent=2) + "\n").encode())
    with contextlib.closing(tensorboardX.SummaryWriter(str(workdir / "tensorboard"))) as writer:
        text = "\n".join(f"    {line}" for line in lines(plan))
        writer.add_text(f"plan/{plan.slice}", text)


def as_json(plan: Plan) -> dict[str, Any]:
    """Returns all numbers of a plan, in bytes, FLOPs, seconds and dollars."""
    memory, bound = plan.step.memory, plan.roofline
    return {
        "slice": str(plan.slice),
        "chips": plan.slice.chips,
        "devices": plan.slice.devices,
        "mesh": plan.mesh,
        "config": plan.fingerprint,
        "row": plan.config.row,
        "vocabulary": plan.vocabulary,
        "dtype": plan.config.model.dtype,
        "estimated": plan.estimated,
        "fits": plan.fits,
        "memory": {
            **dataclasses.asdict(memory),
            "needed": memory.needed,
            "available": plan.usable,
        },
        "flops": plan.step.flops,
        "moved_bytes": plan.step.moved_bytes,
        "sent_bytes": plan.step.sent_bytes,
        "collectives": [dataclasses.asdict(each) for each in plan.step.collectives],
        "seconds": bound and {**dataclasses.asdict(bound), "binds": bound.binds},
        "run": plan.run and dataclasses.asdict(plan.run),
    }


def _rows(plan: Plan) -> Iterator[tuple[str, str]]:
    step, chip = plan.step, plan.slice.chip
    mesh = " x ".join(f"{axis} {size}" for axis, size in plan.mesh.items())
    chips = f"{plan.slice.chips} chips" if plan.slice.chips > 1 else "1 chip"
    yield str(plan.slice), f"{chips}, mesh {mesh}"
    row = f"{plan.config.row}, " if plan.config.row else ""
    yield (
        "configuration",
        f"{row}{plan.config.model.dtype}, {plan.vocabulary:,} ids, sizes as the configuration asks "
        f"for them (config {plan.fingerprint})",
    )
    yield "memory", verdict(plan)
    for kind in _KINDS:
        if size := getattr(step.memory, kind):
            yield "", f"{kind:12}{_binary(size)}"
    if plan.roofline is None or plan.run is None:
        return
    about = "about " if plan.estimated else ""
    yield (
        "a step",
        f"{about}{_decimal(step.flops)}FLOP, {_decimal(step.moved_bytes)}B to and from memory, "
        f"{_decimal(step.sent_bytes)}B sent, on each device",
    )
    for collective in step.collectives:
        yield "", _sent(collective, chip.links)
    seconds = plan.roofline
    yield (
        "bound",
        f"arithmetic {seconds.arithmetic * 1e3:.3g} ms, memory {seconds.memory * 1e3:.3g} ms, "
        f"{chip.links} {seconds.links * 1e3:.3g} ms: {seconds.binds} binds",
    )
    yield "run", run_text(plan, plan.run)
    for line in qualifications(plan):
        yield "", line


def verdict(plan: Plan) -> str:
    """Tells whether a plan fits into memory, and what to do if it does not."""
    needed, usable, whole = plan.step.memory.needed, plan.usable, plan.slice.memory
    there = f"{_binary(usable)} of a device"
    if usable != whole:
        there = f"the {_binary(usable)} that JAX takes of a device's {_binary(whole)}"
    figures = f"{_binary(needed)} of {there}"
    if plan.fits:
        return f"fits: {figures}"
    by = f"{_binary(needed - usable)} too much" if needed > usable else "the compiler found no room"
    mends = "divide more by config.mesh.fsdp", "take a smaller config.training.batch_size"
    if usable < needed <= whole:
        mends += ("raise XLA_PYTHON_CLIENT_MEM_FRACTION",)
    return f"does not fit: {figures}, {by}; {', or '.join(mends)}"


def _sent(collective: Collective, links: str) -> str:
    return (
        f"{collective.count} {collective.kind}, arrays of {_decimal(collective.array_bytes)}B: "
        f"{_decimal(collective.sent_bytes)}B over {links}"
    )


def _binary(size: int) -> str:
    return f"{size / 2**30:.2f} GiB" if size >= 2**30 / 100 else f"{size / 2**20:.2f} MiB"


def _decimal(value: float | int) -> str:
    """Formats a number with a decimal prefix: `10.4 T`."""
    power = next((power for power in (4, 3, 2) if value >= 1000**power), 1)
    return f"{value / 1000**power:.3g} {' kMGT'[power]}"


def qualifications(plan: Plan) -> list[str]:
    """Tells how to read the time of a plan."""
    return [_BOUND, f"estimated: {_ESTIMATED}"] if plan.estimated else [_BOUND]


def run_text(plan: Plan, run: Run) -> str:
    """Tells what a planned run takes in all."""
    training = plan.config.training
    return (
        f"{training.steps:,} steps of {training.tokens_per_step:,} tokens: "
        f"{run.tokens_per_second:,.0f} tokens/s, {time_text(run.days)}, "
        f"{run.chip_hours:,.3g} chip-hours{price_text(run.dollars)}"
    )


def time_text(days: float) -> str:
    """Formats a duration in days or, if it is short, in minutes or seconds."""
    seconds = days * 86_400
    if days >= 0.01:
        return f"{days:.3g} days"
    return f"{seconds / 60:.3g} minutes" if seconds >= 60 else f"{seconds:.3g} seconds"


def price_text(dollars: float | None) -> str:
    """Formats a price to follow other figures; empty without one."""
    if dollars is None:
        return ""
    return f", ${dollars:,.2f}" if dollars >= 0.01 else ", less than $0.01"
