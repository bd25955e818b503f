"""What reaches a device's memory is read off a program as XLA writes it, by the rows it touches."""

import jax
import jax.numpy as jnp
import pytest

from mlm_xling.planning.moved import Moved, moved, moved_bytes

# Shortened from a compiled program. What stays on the chip is in memory space 1: S(1).
PROGRAM = """
%fused_add (param_0: f32[80,8], param_1: s32[4], param_2: f32[4,8]) -> f32[80,8] {
  %param_0 = f32[80,8]{1,0:T(8,128)} parameter(0)
  %param_1 = s32[4]{0:T(1024)} parameter(1)
  %param_2 = f32[4,8]{1,0:T(8,128)S(1)} parameter(2)
  ROOT %scatter.1 = f32[80,8]{1,0:T(8,128)} scatter(%param_0, %param_1, %param_2), to_apply=%add
}

%fused_turn (param_0.1: bf16[24,8]) -> bf16[8,24] {
  %param_0.1 = bf16[24,8]{1,0:T(8,128)(2,1)} parameter(0)
  ROOT %bitcast.1 = bf16[8,24]{0,1:T(8,128)(2,1)} bitcast(%param_0.1)
}

%fused_product (param_0.2: bf16[24,8], param_1.2: bf16[24,8]) -> bf16[8,8] {
  %param_0.2 = bf16[24,8]{1,0:T(8,128)(2,1)} parameter(0)
  %param_1.2 = bf16[24,8]{1,0:T(8,128)(2,1)} parameter(1)
  %fusion.9 = bf16[8,24]{0,1} fusion(%param_0.2), kind=kLoop, calls=%fused_turn
  ROOT %convolution.1 = bf16[8,8]{1,0} convolution(%fusion.9, %param_1.2), dim_labels=fb_io->bf
}

ENTRY %main (table: f32[80,8], rows: s32[4]) -> f32[80,8] {
  %table = f32[80,8]{1,0:T(8,128)} parameter(0)
  %rows = s32[4]{0:T(1024)} parameter(1)
  %slice-start = (f32[80,8]{1,0:T(8,128)}, f32[4,8]{1,0:T(8,128)S(1)}, u32[]{:S(2)}) \
slice-start(%table), slice={[0:4], [0:8]}
  %slice-done = f32[4,8]{1,0:T(8,128)S(1)} slice-done(%slice-start)
  %near = bf16[24,8]{1,0:T(8,128)(2,1)S(1)} broadcast(%slice-done), dimensions={}
  %far = bf16[24,8]{1,0:T(8,128)(2,1)} copy(%near)
  %fusion.1 = bf16[8,8]{1,0:T(8,128)(2,1)} fusion(%near, %far), calls=%fused_product
  %fusion.2 = bf16[8,8]{1,0:T(8,128)(2,1)S(1)} fusion(%far, %near), calls=%fused_product
  ROOT %fusion.3 = f32[80,8]{1,0:T(8,128)} fusion(%table, %rows, %slice-done), calls=%fused_add
}
"""


def test_what_stays_on_the_chip_does_not_count():
    sizes = [each.bytes for each in moved(PROGRAM)]

    rows, whole = 4 * 8 * 4, 24 * 8 * 2
    prefetched, near, far, written, read = rows, 0, whole, whole + 8 * 8 * 2, whole
    added = rows + rows + 4 * 4  # What is read and written again, and which rows.
    assert sizes == [prefetched, near, far, written, read, added]


# An array that is gathered while other operations run is handed on by fusions.
HANDED_ON = """
%part (p: f32[1,8], q: f32[4,4]) -> (f32[4,4], f32[1,8], f32[8,8]) {
  %p = f32[1,8]{1,0} parameter(0)
  %q = f32[4,4]{1,0} parameter(2)
  %n = f32[4,4]{1,0} negate(%q)
  ROOT %t = (f32[4,4]{1,0}, f32[1,8]{1,0}, f32[8,8]{1,0}) tuple(%n, %p, %p)
}

ENTRY %main (own: f32[1,8], other: f32[4,4]) -> f32[8,8] {
  %own = f32[1,8]{1,0} parameter(0)
  %other = f32[4,4]{1,0} parameter(1)
  %begin = (f32[1,8]{1,0}, f32[8,8]{1,0}) fusion(%own), \
output_to_operand_aliasing={{0}: (0, {})}, calls=%part
  %one = f32[1,8]{1,0} get-tuple-element(%begin), index=0
  %all = f32[8,8]{1,0} get-tuple-element(%begin), index=1
  %go_on = (f32[4,4]{1,0}, f32[1,8]{1,0}, f32[8,8]{1,0}) fusion(%one, %all, %other), \
output_to_operand_aliasing={{1}: (0, {}), {2}: (1, {})}, calls=%part
  %whole = f32[8,8]{1,0} get-tuple-element(%go_on), index=2
  ROOT %end = f32[8,8]{1,0} fusion(%whole), output_to_operand_aliasing={{}: (0, {})}, calls=%part
}
"""


def test_what_is_handed_on_while_it_is_gathered_counts_once():
    sizes = [each.bytes for each in moved(HANDED_ON)]

    gathered, beside = 8 * 8 * 4, 2 * 4 * 4 * 4
    assert sizes == [gathered, beside, 0]


def test_operations_are_named_with_the_arrays_they_make_and_take():
    copied = next(each for each in moved(PROGRAM) if each.operation.startswith("copy "))

    assert copied == Moved(
        "copy bf16[24,8]{1,0:T(8,128)(2,1)}  bf16[24,8]{1,0:T(8,128)(2,1)S(1)} ", 24 * 8 * 2
    )


def _compiled(function, *shapes, donated=()) -> tuple[str, dict]:
    """The program as XLA writes it, and what XLA counts of it."""
    described = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
    compiled = jax.jit(function, donate_argnums=donated).lower(*described).compile()
    return compiled.as_text() or "", compiled.cost_analysis() or {}


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (lambda a, b: jax.nn.gelu(a @ b), ((64, 128), (128, 32))),
        (lambda a, b: a.sum(0) + b, ((1000, 16), (16,))),
        (lambda a, b: jnp.concatenate([a, b]) * 2, ((1000, 16), (3, 16))),
    ],
    ids=["product", "sum", "joined"],
)
def test_where_all_is_in_memory_the_count_is_that_of_xla(function, shapes):
    program, counted = _compiled(function, *shapes)

    assert moved_bytes(program) == counted["bytes accessed"]


def test_rows_of_a_table_count_and_not_the_table():
    table, rows, ids = (1000, 16), (5, 16), (5,)
    taken, _ = _compiled(lambda t, i: jnp.sin(t[i.astype(int)]), table, ids)
    replaced, _ = _compiled(
        lambda t, r: jax.lax.dynamic_update_slice(t, r, (3, 0)), table, rows, donated=(0,)
    )

    size = 5 * 16 * 4
    assert moved_bytes(taken) == 2 * size + 5 * 4  # Read, with their ids, and written.
    assert moved_bytes(replaced) == 2 * size + 2 * 4  # The same, and where.
