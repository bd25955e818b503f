"""Products: the gradients of `einsum`, without those that CPUs do badly."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mlm_xling.model.products import similarity_scores, transform, weighted_sums

SCORES, SUMS = "bhqd,bhkd->bhqk", "bhqk,bhkd->bhqd"
WIDER, NARROWER = "rq,qm->rm", "rm,mq->rq"
OF_ATTENTION = pytest.mark.parametrize(
    ("product", "definition"), [(similarity_scores, SCORES), (weighted_sums, SUMS)]
)
PRODUCTS = pytest.mark.parametrize(
    ("product", "definition"),
    [(similarity_scores, SCORES), (weighted_sums, SUMS), (transform, WIDER), (transform, NARROWER)],
)
OF_CPUS = pytest.mark.skipif(
    jax.default_backend() != "cpu", reason="a property of the program for CPUs"
)


def operands_of(definition, dtype="float32"):
    sizes = {"b": 2, "h": 3, "q": 5, "k": 5, "d": 4, "r": 6, "m": 7}
    shapes = [[sizes[axis] for axis in axes] for axes in re.split(",|->", definition)]
    keys = jax.random.split(jax.random.key(0), 3)
    return [jax.random.normal(*made).astype(dtype) for made in zip(keys, shapes, strict=True)]


@PRODUCTS
def test_a_product_and_its_gradients_are_those_of_the_definition(product, definition):
    left, right, upper = operands_of(definition)
    axes = re.split(",|->", definition)
    exact = [np.asarray(x, np.float64) for x in (left, right, upper)]

    result, pullback = jax.vjp(product, left, right)
    by_left, by_right = pullback(upper)

    np.testing.assert_allclose(result, np.einsum(definition, *exact[:2]), atol=1e-5)
    of_left = np.einsum(f"{axes[2]},{axes[1]}->{axes[0]}", exact[2], exact[1])
    of_right = np.einsum(f"{axes[2]},{axes[0]}->{axes[1]}", exact[2], exact[0])
    np.testing.assert_allclose(by_left, of_left, atol=1e-5)
    np.testing.assert_allclose(by_right, of_right, atol=1e-5)


@PRODUCTS
def test_gradients_keep_the_type_of_the_operands(product, definition):
    left, right, upper = operands_of(definition, "bfloat16")

    gradients = jax.vjp(product, left, right)[1](upper)

    assert [gradient.dtype for gradient in gradients] == [jnp.bfloat16] * 2


def program_of_gradients(product, definition):
    gradients = jax.jit(lambda left, right, upper: jax.vjp(product, left, right)[1](upper))
    return gradients.lower(*operands_of(definition)).compile().as_text() or ""


@OF_CPUS
@OF_ATTENTION
def test_no_left_operand_of_a_cpu_is_contracted_over_an_earlier_axis(product, definition):
    program = program_of_gradients(product, definition)

    contracted = re.findall(r"lhs_contracting_dims=\{(\d)\}", program)
    assert contracted
    assert set(contracted) == {"3"}


@OF_CPUS
@pytest.mark.parametrize("definition", [WIDER, NARROWER])
def test_no_sum_over_rows_of_a_cpu_has_more_rows_than_columns(definition):
    program = program_of_gradients(transform, definition)

    sums = re.findall(r"f32\[(\d+),(\d+)\]\S* dot\(.*lhs_contracting_dims=\{0\}", program)
    assert sums == [("5", "7")]
