"""The summary says whose the parameters are."""

import jax
import jax.numpy as jnp

from mlm_xling.model.owners import parameter_owners, show_count

PARAMS = {
    "encoder": {
        "embeddings": {"shared": {"token": jnp.zeros((5, 2))}},
        "layer_1": {"private": {"kernel": jnp.zeros((2, 3, 256))}},
    },
    "head": {"kernel": jnp.zeros((2, 4))},
}
OWNERS = (("en",), ("fr", "es"))


def test_private_parts_are_named_with_their_languages() -> None:
    assert parameter_owners(PARAMS, OWNERS, ("en", "fr", "es")) == [
        ("shared, trained", "embeddings head: 18 (72.0 B)"),
        ("private to en, trained", "layer_1: 768 (3.0 KiB)"),
        ("private to fr+es, trained", "layer_1: 768 (3.0 KiB)"),
    ]


def test_fine_tuning_freezes_what_is_private() -> None:
    names = [name for name, _ in parameter_owners(PARAMS, OWNERS, trained=())]
    assert names == ["shared, trained", "private to en, frozen", "private to fr+es, frozen"]


def test_what_is_private_to_a_language_that_is_not_trained_on_is_frozen() -> None:
    names = [name for name, _ in parameter_owners(PARAMS, OWNERS, trained=("es",))]

    assert names == ["shared, trained", "private to en, frozen", "private to fr+es, trained"]


def test_parts_that_are_not_to_be_trained_are_frozen_whosever_they_are() -> None:
    lines = dict(parameter_owners(PARAMS, OWNERS, ("en", "fr", "es"), trainable=("embeddings",)))

    assert lines == {
        "shared, trained": "embeddings: 10 (40.0 B)",
        "shared, frozen": "head: 8 (32.0 B)",
        "private to en, frozen": "layer_1: 768 (3.0 KiB)",
        "private to fr+es, frozen": "layer_1: 768 (3.0 KiB)",
    }


def test_counts_include_everything() -> None:
    assert show_count(jax.tree.leaves(PARAMS)) == "1,554 (6.1 KiB)"
