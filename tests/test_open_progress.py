"""What is said while work goes on whose end nobody knows."""

import pytest

from mlm_xling import open_progress


def test_without_a_terminal_a_plain_line_comes_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(open_progress.time, "monotonic", lambda: now)
    with open_progress.OpenProgress() as shown:
        shown.begin()
        for _ in range(100):
            now += 1
            shown.done("fr", 2000 * int(now - 100), "tokens")
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "fr  62,000 tokens  2,000 tokens/s",
        "fr  124,000 tokens  2,000 tokens/s",
        "fr  186,000 tokens  2,000 tokens/s",
    ]
