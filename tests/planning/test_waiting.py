"""Breaking off what does not come back to Python."""

import signal

import pytest

from mlm_xling.planning.slices import read_slice
from mlm_xling.planning.waiting import waiting


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_process_while_a_step_is_compiled_and_not_after(number, capsys) -> None:
    before = signal.getsignal(number)

    with waiting(read_slice("v5e:2x4")):
        assert signal.getsignal(number) is signal.SIG_DFL

    assert signal.getsignal(number) is before
    assert "compiling a step for v5e:2x4" in capsys.readouterr().err
