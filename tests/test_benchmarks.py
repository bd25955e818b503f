"""What benchmarks compare differs in what they say, and in nothing else."""

import pytest

from benchmarks import contamination, tlm
from benchmarks.emergence import RUNS
from tests.test_documentation import require_pretraining_begins


def test_runs_with_and_without_anchors_differ_in_the_anchors_alone():
    row, *flags = RUNS["without_anchors"]

    flags.remove("--config.lab.anchors=0")

    assert RUNS["with_anchors"] == (row, *flags)


@pytest.mark.parametrize("dose", contamination.DOSES.values())
def test_every_dose_could_be_trained(dose):
    dosed = f"--config.data.contamination={dose}"

    require_pretraining_begins([*contamination.SETTINGS, dosed, "--workdir=runs/dose"])


@pytest.mark.parametrize("name", tlm.RUNS)
def test_every_run_on_pairs_could_be_trained(name):
    require_pretraining_begins([*tlm.flags_of(name), "--workdir=runs/pairs"])


def test_runs_on_pairs_differ_in_pairs_alone():
    alone = tlm.flags_of("pairs_0")

    for name in tlm.RUNS:
        if name != "anchors_0":
            assert tlm.flags_of(name)[: len(alone)] == alone
            assert all("pair" in flag for flag in tlm.flags_of(name)[len(alone) :])
