"""Rows of the sample as they are written."""

import numpy as np
import pytest

from tasks.contamination.counts import THRESHOLDS, band_of
from tasks.contamination.identifier import Identified
from tasks.contamination.sample import Sample


@pytest.mark.parametrize("edge", [*THRESHOLDS[1:], 1.0])
@pytest.mark.parametrize("towards", [0, 2])
def test_p_is_written_within_its_band(edge, towards):
    p = float(np.nextafter(np.float32(edge), np.float32(towards)))
    sample = Sample()
    sample.add("en", Identified("fr", min(p, 1.0)), "en.txt", 1, "Une ligne.", "Une ligne.")

    ((row,),) = sample.strata().values()

    _, _, from_p, written, *_ = row.cells()
    assert band_of(float(written)) == THRESHOLDS.index(float(from_p)) == row.stratum.band
    assert float(written) == pytest.approx(p, abs=1e-3)
