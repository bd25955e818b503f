"""Meshes of hosts and slices that this machine does not have."""

from types import SimpleNamespace

import numpy as np
import pytest

from mlm_xling.config import MeshConfig
from mlm_xling.errors import InputError
from mlm_xling.training.partitioning import arranged, mesh_shape


def gpus(hosts: int, each: int) -> list[SimpleNamespace]:
    """JAX counts the hosts of GPUs as slices."""
    return [
        SimpleNamespace(
            id=i, platform="gpu", device_kind="NVIDIA H100", slice_index=i // each,
            process_index=i // each,
        )
        for i in range(hosts * each)
    ]  # fmt: skip


def tpus(kind: str, *bounds: int) -> list[SimpleNamespace]:
    """A slice that is not numbered, as the compiler describes it."""
    places = enumerate(np.ndindex(*reversed(bounds)))
    return [
        SimpleNamespace(
            id=i, platform="tpu", device_kind=kind, process_index=0, core_on_chip=0,
            coords=(*reversed(place), 0)[:3],
        )
        for i, place in places
    ]  # fmt: skip


def slices_of(kind: str, *bounds: int, slices: int) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(**vars(one) | {"slice_index": number, "id": number * 10**3 + one.id})
        for number in range(slices)
        for one in tpus(kind, *bounds)
    ]


def mesh(devices: list[SimpleNamespace], **sizes: int) -> np.ndarray:
    return arranged(mesh_shape(MeshConfig(**sizes), len(devices)), devices)


@pytest.mark.parametrize("sizes", [{}, {"fsdp": 8}, {"fsdp": 16}, {"fsdp": 2, "tensor": 4}])
def test_gpus_of_several_hosts_stay_in_the_order_of_hosts(sizes):
    devices = gpus(hosts=2, each=8)

    assert [each.id for each in mesh(devices, **sizes).flat] == list(range(16))


@pytest.mark.parametrize(
    ("kind", "bounds", "sizes"),
    [
        ("TPU v5 lite", (4, 4), {"fsdp": 8}),
        ("TPU v6 lite", (4, 4), {"fsdp": 2}),
        ("TPU v6 lite", (4, 4), {"fsdp": 4, "tensor": 2}),
        ("TPU v6 lite", (8, 8), {"fsdp": 4}),
        ("TPU v5", (4, 4, 4), {"fsdp": 8}),
        ("TPU v4", (4, 4, 4), {"fsdp": 2}),
    ],
)
def test_an_axis_need_not_be_one_of_the_slice(kind, bounds, sizes):
    devices = tpus(kind, *bounds)

    found = mesh(devices, **sizes)

    assert found.shape == tuple(mesh_shape(MeshConfig(**sizes), len(devices)).values())
    assert sorted(each.id for each in found.flat) == list(range(len(devices)))


def test_only_the_data_axis_crosses_slices():
    found = mesh(slices_of("TPU v6 lite", 4, 4, slices=4), fsdp=4, tensor=2)

    assert found.shape == (8, 4, 2)
    of_slices = np.vectorize(lambda each: each.slice_index)(found)
    assert (of_slices == np.repeat(range(4), 2)[:, None, None]).all()


def test_parameters_that_would_be_divided_over_slices_are_refused():
    with pytest.raises(InputError, match=r"data=1 is not divisible by the 2 slices"):
        mesh(slices_of("TPU v6 lite", 4, 4, slices=2), fsdp=32)
