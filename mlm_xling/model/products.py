"""The products of the encoder, with gradients that suit CPUs, too (`benchmarks/products.py`).

`einsum` would do, but for two things that XLA's CPU library does badly:

- It multiplies whole batches only where the left operand is contracted over its last axis. The
  gradients of keys and values are contracted over the queries, which come first, and go to Eigen
  product by product: 2,048 a step of `configs/demo.py`, each of which allocates memory, for which
  threads queue.
- A sum over rows, as the gradient of a kernel is, takes up to twice as long if the result has more
  rows than columns.
"""

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

ByFeature = Float[Array, "stream heads length head_dim"]
ByPosition = Float[Array, "stream heads length length"]
Inputs = Float[Array, "row inputs"]
Outputs = Float[Array, "row outputs"]
Kernel = Float[Array, "inputs outputs"]


@jax.custom_vjp
def transform(rows: Inputs, kernel: Kernel) -> Outputs:
    """Returns `rows @ kernel`."""
    return rows @ kernel


def _transform_backward(operands: tuple[Inputs, Kernel], gradient: Outputs):
    rows, kernel = operands
    of_kernel = lax.platform_dependent(rows, gradient, cpu=_fewer_rows, default=_product_of_columns)
    return gradient @ kernel.T, of_kernel


transform.defvjp(lambda *operands: (transform(*operands), operands), _transform_backward)


def _product_of_columns(rows: Inputs, gradient: Outputs) -> Kernel:
    return rows.T @ gradient


def _fewer_rows(rows: Inputs, gradient: Outputs) -> Kernel:
    if rows.shape[1] <= gradient.shape[1]:
        return _product_of_columns(rows, gradient)
    # Without the barrier XLA folds the transposition into the product, which undoes it.
    return lax.optimization_barrier(_product_of_columns(gradient, rows)).T


@jax.custom_vjp
def similarity_scores(query: ByFeature, keys: ByFeature) -> ByPosition:
    """Returns the product of every query with every key of its head."""
    return jnp.einsum("bhqd,bhkd->bhqk", query, keys)


def _scores_backward(operands: tuple[ByFeature, ByFeature], gradient: ByPosition):
    query, keys = operands
    return weighted_sums(gradient, keys), _sum_over_queries(gradient, query)


similarity_scores.defvjp(
    lambda *operands: (similarity_scores(*operands), operands), _scores_backward
)


@jax.custom_vjp
def weighted_sums(weights: ByPosition, values: ByFeature) -> ByFeature:
    """Returns for every query the sum of its head's values by its weights."""
    return jnp.einsum("bhqk,bhkd->bhqd", weights, values)


def _sums_backward(operands: tuple[ByPosition, ByFeature], gradient: ByFeature):
    weights, values = operands
    return similarity_scores(gradient, values), _sum_over_queries(weights, gradient)


weighted_sums.defvjp(lambda *operands: (weighted_sums(*operands), operands), _sums_backward)


def _sum_over_queries(weights: ByPosition, vectors: ByFeature) -> ByFeature:
    """Returns for every key the sum of the queries' vectors by the weights of the key."""
    return lax.platform_dependent(weights, vectors, cpu=_by_rows, default=_by_columns)


def _by_columns(weights: ByPosition, vectors: ByFeature) -> ByFeature:
    return jnp.einsum("bhqk,bhqd->bhkd", weights, vectors)


def _by_rows(weights: ByPosition, vectors: ByFeature) -> ByFeature:
    # Without barriers XLA folds both transpositions into the product, which undoes them.
    rows = lax.optimization_barrier(vectors.swapaxes(2, 3))
    sums = lax.optimization_barrier(jnp.einsum("bhdq,bhqk->bhdk", rows, weights))
    return sums.swapaxes(2, 3)
