"""Programs as users start them, each in a process of its own that need not load the libraries.

That takes many seconds of a processor, and most tests are about what comes after.
"""

import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.data_fixtures import ROOT

AS_IT_IS = "import runpy, sys; runpy.run_path(sys.argv[0], run_name='__main__')"


class Ended(NamedTuple):
    """How a program ended."""

    returncode: int
    stdout: str
    stderr: str


class Program:
    """A program that runs."""

    def __init__(
        self, *words: object, environment: Mapping[str, str] | None = None, code: str = AS_IT_IS
    ):
        """Starts it in the project's root.

        Args:
          words: of its command line, the file of the program first.
          environment: what it has beside the variables of these tests.
          code: what it does, if it is no file.
        """
        self._folder = tempfile.TemporaryDirectory()
        self._files = [Path(self._folder.name, name) for name in ("out", "err")]
        self.returncode: int | None = None
        self.pid: int = _ask(
            {
                "code": code,
                "words": [str(word) for word in words],
                "environment": dict(os.environ) | dict(environment or {}),
                "files": list(map(str, self._files)),
            }
        )

    def poll(self) -> int | None:
        """Tells the status, if the program has ended."""
        if self.returncode is None:
            self.returncode = _ask(self.pid)
        return self.returncode

    def end(self, timeout: float = 600) -> Ended:
        """Waits for the end.

        Raises:
          TimeoutError: it does not come in so many seconds.
        """
        last = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > last:
                raise TimeoutError(f"process {self.pid} goes on: {self._files[1].read_text()}")
            time.sleep(0.005)
        assert self.returncode is not None
        return Ended(self.returncode, *(path.read_text() for path in self._files))

    def send_signal(self, number: int) -> None:
        """Sends a signal, unless the program has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kills it."""
        self.send_signal(signal.SIGKILL)


@functools.cache
def _server() -> subprocess.Popen:
    """Ends with this process, as nobody gives it orders any more."""
    command = [sys.executable, "-m", "tests.fork_server"]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def _ask(order: object) -> Any:
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    print(json.dumps(order), file=server.stdin, flush=True)
    return json.loads(server.stdout.readline())
