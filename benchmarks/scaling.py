"""What more languages, more groups and longer sequences cost, in steps of as many tokens.

    python -m benchmarks.scaling languages
    python -m benchmarks.scaling groups
    python -m benchmarks.scaling lengths
    python -m benchmarks.scaling plan    # minutes a line; needs requirements-plan.txt

Recorded in docs/results/scaling.md.

Processor seconds of steps taken in turns on one CPU device, medians. `languages`: the lab's model,
8 groups of 32 x 32 tokens, 500 ids a language. `groups`: the same of two languages, in 2 to 32
groups. `lengths`: four layers of width 256, two groups of 4,096 tokens, 8,000 ids. `plan`: the
paper's model compiled for v5e:8x8, 64 groups of 12 x 256 tokens, parameters divided over all chips,
40,000 ids a language where embeddings are private and 80,000 for all languages where they are
shared.
"""

import itertools
import string
import sys
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.private_cost import parameter_bytes, repeater, times
from configs import demo, paper
from mlm_xling.config import Config, MeshConfig, ModelConfig, TrainingConfig
from mlm_xling.config.checks import resolve
from mlm_xling.data.streams import Batch
from mlm_xling.languages import is_language
from mlm_xling.model.language_ids import LanguageIds, same_ids
from mlm_xling.planning.plan import make_plan
from mlm_xling.planning.slices import read_slice
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import Program, make_program
from mlm_xling.vocabulary import SPECIALS

COUNTS = (2, 10, 30, 100)
PRIVATE = {"private embeddings": ("embeddings",), "shared": ()}
LAB = TrainingConfig(groups=8, batch_size=32, length=32)
OWN_IDS = 500
GROUPS = (2, 4, 8, 16, 32)
LENGTHS = (64, 128, 256, 512)


def names(count: int) -> tuple[str, ...]:
    """Lists codes of languages."""
    letters = itertools.product(string.ascii_lowercase, repeat=2)
    return tuple(itertools.islice(filter(is_language, map("".join, letters)), count))


def lab_program(count: int, private: tuple[str, ...], training: TrainingConfig = LAB) -> Program:
    """Makes the lab's training step with so many languages, each with ids of its own."""
    model = demo.get_config().model
    model.private = private
    config = Config(names(count), model=model, training=training)
    own = np.arange(count * OWN_IDS, dtype=np.int32).reshape(count, -1) + SPECIALS
    specials = np.arange(SPECIALS, dtype=np.int32)
    ids = LanguageIds(
        SPECIALS + own.size, tuple(range(count)), tuple(np.append(specials, row) for row in own)
    )
    return make_program(config, ids, make_mesh(MeshConfig(), jax.devices()[:1]))


def batch_of(count: int, training: TrainingConfig = LAB) -> Batch:
    """Draws a batch in which every group is of another language, as far as there are so many."""
    language = np.arange(training.groups) * max(1, count // training.groups) % count
    shape = training.groups, training.batch_size, training.length
    ids = np.random.default_rng(0).integers(0, OWN_IDS, shape)
    ids += (SPECIALS + OWN_IDS * language)[:, None, None]
    return Batch(jnp.asarray(ids, jnp.int32), jnp.asarray(language, jnp.int32))


def print_languages() -> None:
    """A line for each number of languages, shared and private."""
    programs = {
        (label, count): lab_program(count, private)
        for label, private in PRIVATE.items()
        for count in COUNTS
    }
    updates = {
        f"{label}, {count}": repeater(program, program.train, batch_of(count))
        for (label, count), program in programs.items()
    }
    taken = times(updates, rounds=15)
    print("| | languages | parameters | CPU ms per step | relative to 2 |")
    print("|---|---|---|---|---|")
    for (label, count), program in programs.items():
        seconds, of_two = taken[f"{label}, {count}"], taken[f"{label}, 2"]
        print(
            f"| {label} | {count} | {parameter_bytes(program) / 4e6:.2f}M | "
            f"{1e3 * seconds:.0f} | {seconds / of_two:.2f} |"
        )


def print_groups() -> None:
    """A line for each number of groups, shared and private."""
    tokens = LAB.groups * LAB.batch_size
    updates = {}
    for label, private in PRIVATE.items():
        for groups in GROUPS:
            training = replace(LAB, groups=groups, batch_size=tokens // groups)
            program = lab_program(2, private, training)
            batch = batch_of(2, training)
            updates[f"{label} | {groups}"] = repeater(program, program.train, batch)
    taken = times(updates, rounds=15)
    print("| | groups | CPU ms per step | relative to 2 |\n|---|---|---|---|")
    for what, seconds in taken.items():
        of_two = taken[f"{what.split(' | ')[0]} | {GROUPS[0]}"]
        print(f"| {what} | {1e3 * seconds:.0f} | {seconds / of_two:.2f} |")


def print_lengths() -> None:
    """A line for each length."""
    updates = {}
    for length in LENGTHS:
        model = ModelConfig(
            layers=4, heads=4, width=256, mlp=1024, max_positions=512, dtype="float32"
        )
        training = TrainingConfig(groups=2, batch_size=4096 // length, length=length)
        config = Config(("en", "fr"), model=model, training=training)
        program = make_program(config, same_ids(8_000, config), make_mesh(MeshConfig()))
        shape = 2, training.batch_size, length
        ids = jax.random.randint(jax.random.key(0), shape, SPECIALS, 8_000)
        updates[str(length)] = repeater(program, program.train, Batch(ids, jnp.arange(2)))
    taken = times(updates, rounds=7)
    print("| length | CPU ms per step | relative to 64 |")
    print("|---|---|---|")
    for length, seconds in taken.items():
        print(f"| {length} | {1e3 * seconds:.0f} | {seconds / taken['64']:.2f} |")


def print_plans() -> None:
    """A line for each number of languages, shared and private."""
    print("| | languages | memory of 16 GiB | FLOPs | moved | sent | upper bound |")
    print("|---|---|---|---|---|---|---|")
    for label, private in PRIVATE.items():
        for count in COUNTS:
            config = paper.get_config("en-fr/sep_emb" if private else "en-fr/default")
            config.languages = names(count)
            config.training = TrainingConfig(groups=64, batch_size=12)
            config.mesh = MeshConfig(fsdp=64)
            plan = make_plan(resolve(config), read_slice("v5e:8x8"))
            step = plan.step
            print(
                f"| {label} | {count} | {step.memory.needed / 2**30:.2f} GiB | "
                f"{step.flops / 1e12:.2f} T | {step.moved_bytes / 1e9:.1f} GB | "
                f"{step.sent_bytes / 1e9:.2f} GB | "
                f"{plan.run.tokens_per_second / 1e6 if plan.run else 0:.2f}M tokens/s |",
                flush=True,
            )


if __name__ == "__main__":
    printing = {
        "languages": print_languages,
        "groups": print_groups,
        "lengths": print_lengths,
        "plan": print_plans,
    }
    printing[sys.argv[1]]()
