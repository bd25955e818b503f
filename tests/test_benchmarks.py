"""What benchmarks compare differs in what they say, and in nothing else."""

import pytest

from benchmarks import contamination
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
