"""Slices are read as they are rented: chips of a public table, in shapes that exist."""

import math

import pytest

from mlm_xling.errors import InputError
from mlm_xling.planning.chips import CHIPS
from mlm_xling.planning.slices import read_slice


@pytest.mark.parametrize(
    ("text", "chips", "devices"),
    [
        ("v5e:1x1", 1, 1),
        ("v5e:2x4", 8, 8),
        ("V6E:16x16", 256, 256),
        ("v5p:2x2x1", 4, 4),
        ("v4:4x4x8", 128, 128),
        # Two devices a chip.
        ("v3:2x2", 4, 8),
        ("tpu7x:2x2x1", 4, 8),
        ("h100:8", 8, 8),
        ("rtx4090:1", 1, 1),
    ],
)
def test_a_slice_has_chips_and_devices(text, chips, devices):
    wanted = read_slice(text)

    assert (wanted.chips, wanted.devices) == (chips, devices)
    assert str(wanted) == text.lower()


@pytest.mark.parametrize(
    "text",
    ["v5e:2x8", "v5e:32x32", "v5e:2x2x2", "v5e:0x0", "v5p:2x4", "v5p:8x4x4", "h100:2x4", "h100:0"],
)
def test_a_shape_that_nobody_rents_is_refused(text):
    with pytest.raises(InputError, match="there is no such slice"):
        read_slice(text)


@pytest.mark.parametrize("text", ["", "v5e", "v5e:", "v5e:axb", "v5e:2x", "v7:2x2", "h100:-1"])
def test_what_is_no_slice_is_refused(text):
    with pytest.raises(InputError, match="--plan="):
        read_slice(text)


@pytest.mark.parametrize("text", ["v9:1", "v5e", "v5e:3x3"])
def test_a_slip_is_told_where_it_is_written(text):
    with pytest.raises(InputError, match=r"^study: chips=v"):
        read_slice(text, "study: chips")


@pytest.mark.parametrize("chip", CHIPS.values(), ids=CHIPS)
def test_peaks_are_in_plain_units(chip):
    # FLOPs for a byte of memory and for a byte of the links: of all chips, within an order.
    assert 100 < chip.flops / chip.bandwidth < 600
    assert 300 < chip.flops / chip.link < 6_000
    assert 8e9 < chip.memory < 256e9
    assert math.isfinite(chip.link)
