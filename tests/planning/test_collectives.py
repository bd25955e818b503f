"""Collectives are read off a program as XLA writes it, and counted as a ring sends them."""

import pytest

from mlm_xling.planning.collectives import Collective, compiled_collectives, expected_collectives

# A line of each kind, shortened from compiled programs; layouts are full of brackets.
PROGRAM = """
ENTRY %main {
  %fusion.1 = f32[1024]{0:T(1024)} fusion(%p), kind=kLoop, calls=%fused
  %all-reduce.1 = (f32[1000]{0:T(1024)}, bf16[8,500]{1,0:T(8,128)(2,1)S(1)}) all-reduce(%a, %b), \
channel_id=1, replica_groups=mesh['axis_0'=4,'axis_1'=2] {'axis_0'}, to_apply=%add
  %all-reduce.2 = f32[] all-reduce(%fusion.1), replica_groups={}, to_apply=%add
  %all-gather-start = (f32[25]{0}, f32[100]{0}) all-gather-start(%c), replica_groups=[2,4]<=[8]
  %all-gather-done = f32[100]{0} all-gather-done(%all-gather-start)
  %reduce-scatter = f32[50]{0} reduce-scatter(%d), replica_groups={{0,1},{2,3},{4,5},{6,7}}
  %all-to-all = bf16[10,10]{1,0} all-to-all(%e), replica_groups=mesh['x'=8] {'x':(2)4}
  %permute = (s32[6]{0}, s32[6]{0}) collective-permute-start(%f), source_target_pairs={{0,1}}
  ROOT %tuple = (f32[100]{0}) tuple(%all-gather-done)
}
"""


def test_every_kind_is_counted_with_its_bytes():
    assert compiled_collectives(PROGRAM, devices=8) == (
        Collective("all-gather", 1, 400, 400 * 3 / 4),
        # Among 4 of the first axis, and among all 8.
        Collective("all-reduce", 2, 4000 + 8000 + 4, 2 * (12000 * 3 / 4) + 2 * (4 * 7 / 8)),
        Collective("all-to-all", 1, 200, 200 * 3 / 4),
        Collective("collective-permute", 1, 24, 24.0),
        Collective("reduce-scatter", 1, 200 * 2, 400 / 2),
    )


def test_a_collective_in_parts_of_several_fusions_is_one():
    """Others can have the same channel without being the same."""
    line = "%a.{} = f32[8,10]{{1,0}} all-gather(%p), channel_id={}, replica_groups=[1,8]<=[8]{}"
    chained, apart = ', frontend_attributes={chain_id="0"}', ""
    lines = [
        line.format(number, channel, attributes)
        for number, (channel, attributes) in enumerate(
            [(5, chained), (5, chained), (6, chained), (5, chained), (1, apart), (1, apart)]
        )
    ]

    (found,) = compiled_collectives("\n".join(lines), devices=8)

    assert found == Collective("all-gather", 4, 4 * 320, 4 * 320 * 7 / 8)


def test_an_all_reduce_of_which_each_device_keeps_its_part_is_a_reduce_scatter():
    """As libtpu writes it; what comes after that computation is not in it."""
    whole = "%r{} = f32[64,128]{{1,0:T(8,128)}} all-reduce(%p), replica_groups={{{{0,1,2,3}}}}"
    program = f"""
%all-reduce-scatter.1 (input: f32[64,128]) -> f32[64,32] {{
  {whole.format(1)}
  ROOT %slice = f32[64,32]{{1,0}} dynamic-slice(%r1, %i, %j), dynamic_slice_sizes={{64,32}}
}}

ENTRY %main (p: f32[64,128]) -> f32[64,128] {{
  %fusion = f32[64,32]{{1,0}} fusion(%p), kind=kCustom, calls=%all-reduce-scatter.1
  ROOT {whole.format(2)}
}}
"""

    found = compiled_collectives(program, devices=4)

    size = 4 * 64 * 128
    assert found == (
        Collective("all-reduce", 1, size, 2 * size * 3 / 4),
        Collective("reduce-scatter", 1, size, size * 3 / 4),
    )


def test_a_program_of_one_device_has_none():
    assert compiled_collectives("ROOT %a = f32[2]{0} add(%b, %c)", devices=1) == ()


@pytest.mark.parametrize(
    ("mesh", "expected"),
    [
        ((1, 1, 1), ()),
        ((8, 1, 1), (Collective("all-reduce", 1, 800, 2 * 800 * 7 / 8),)),
        (
            (2, 4, 1),
            (
                Collective("all-gather", 2, 1200, 2 * 600 * 3 / 4),
                Collective("all-reduce", 1, 200, 200.0),
                Collective("all-to-all", 2, 200, 2 * 100 * 3 / 4),
                Collective("reduce-scatter", 1, 600, 600 * 3 / 4),
            ),
        ),
        ((1, 1, 2), (Collective("all-reduce", 12, 12 * 64, 12 * 64.0),)),
    ],
)
def test_a_mesh_sums_gradients_and_gathers_parameters(mesh, expected):
    shape: dict[str, int] = dict(zip(("data", "fsdp", "tensor"), mesh, strict=True))
    sizes = {"shared": 600, "private": 200, "slices": 100, "activations": 64}

    assert expected_collectives(**sizes, layers=3, mesh=shape) == expected
