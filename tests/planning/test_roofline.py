"""The longest of three times binds, and the run follows from it."""

import pytest

from mlm_xling.planning.chips import Chip
from mlm_xling.planning.roofline import roofline, run_at


def chip(cores: int = 1) -> Chip:
    return Chip("made-up", 1e12, 10**9, 1e10, 1e8, "wires", cores)


@pytest.mark.parametrize(
    ("flops", "moved", "sent", "binds", "seconds"),
    [
        (2e12, 1e10, 1e8, "arithmetic", 2),
        (2e12, 3e10, 1e8, "memory", 3),
        (2e12, 3e10, 4e8, "links", 4),
    ],
)
def test_the_longest_binds(flops, moved, sent, binds, seconds):
    found = roofline(flops, moved, sent, chip())

    assert (found.binds, found.seconds) == (binds, seconds)


def test_devices_of_one_chip_share_its_peaks():
    assert roofline(2e12, 0.0, 0.0, chip(cores=2)).seconds == 4


def test_a_run_costs_all_its_chips_for_all_its_steps():
    run = run_at(seconds=0.5, tokens=1_000, steps=14_400, chips=8, price=1.5)

    assert run.tokens_per_second == 2_000
    assert run.days == 2 / 24
    assert run.chip_hours == 16
    assert run.dollars == 24


def test_no_price_no_dollars():
    assert run_at(seconds=1.0, tokens=1, steps=1, chips=1).dollars is None
