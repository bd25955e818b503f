"""What several processes of a machine share: cores, GPUs, and the memory of these."""

import os

import pytest

from mlm_xling.study.shares import shares


@pytest.fixture
def machine(monkeypatch):
    """Makes this a machine of four cores with some GPUs, by the names CUDA knows them by."""
    monkeypatch.delenv("XLA_PYTHON_CLIENT_PREALLOCATE", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {4, 5, 6, 7})
    return lambda cards: monkeypatch.setenv("CUDA_VISIBLE_DEVICES", cards)


def of_each(jobs: int, variable: str) -> list[str | None]:
    return [share.environment.get(variable) for share in shares(jobs)]


@pytest.mark.parametrize(
    ("jobs", "cores"),
    [(1, [{4, 5, 6, 7}]), (2, [{4, 6}, {5, 7}]), (3, [{4, 7}, {5}, {6}]), (5, [{4, 5, 6, 7}] * 5)],
)
def test_cores_are_dealt_while_there_are_enough(machine, jobs, cores):
    assert [share.cores for share in shares(jobs)] == cores


@pytest.mark.parametrize(
    ("jobs", "cards"),
    [
        (2, ["0,2", "1,3"]),
        (3, ["0,3", "1", "2"]),
        (4, ["0", "1", "2", "3"]),
        (6, ["0", "1", "2", "3", "0", "1"]),
    ],
)
def test_gpus_are_dealt_and_with_more_processes_shared(machine, jobs, cards):
    machine("0,1,2,3")

    assert of_each(jobs, "CUDA_VISIBLE_DEVICES") == cards


def test_gpus_keep_the_names_under_which_they_may_be_used(machine):
    machine("GPU-8932f937, 3")

    assert of_each(2, "CUDA_VISIBLE_DEVICES") == ["GPU-8932f937", "3"]


def test_processes_that_share_a_gpu_take_memory_as_they_need_it(machine):
    machine("0,1")

    assert of_each(2, "XLA_PYTHON_CLIENT_PREALLOCATE") == [None, None]
    assert of_each(3, "XLA_PYTHON_CLIENT_PREALLOCATE") == ["false"] * 3


def test_who_says_how_memory_is_taken_is_obeyed(machine, monkeypatch):
    machine("0")
    monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "true")

    assert of_each(2, "XLA_PYTHON_CLIENT_PREALLOCATE") == ["true"] * 2


def test_a_single_process_is_left_alone(machine):
    machine("0,1")

    assert [share.environment for share in shares(1)] == [{}]


def test_where_no_gpu_may_be_used_none_is_dealt(machine):
    machine("")

    assert of_each(2, "CUDA_VISIBLE_DEVICES") == [None, None]
