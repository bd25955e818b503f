"""What benchmarks compare differs in what they say, and in nothing else."""

from benchmarks.emergence import RUNS


def test_runs_with_and_without_anchors_differ_in_the_anchors_alone():
    row, *flags = RUNS["without_anchors"]

    flags.remove("--config.lab.anchors=0")

    assert RUNS["with_anchors"] == (row, *flags)
