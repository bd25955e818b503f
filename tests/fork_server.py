"""Forks programs from a process that has loaded the libraries; `tests/forked.py` gives orders.

A line of JSON each: what to start, answered by the number of the process, or a number, answered by
the status with which that process has ended, or null.
"""

import atexit
import json
import os
import sys
import traceback
from typing import Any

import scipy.stats  # noqa: F401
import sklearn.feature_extraction.text  # noqa: F401

import mlm_xling.library
import mlm_xling.reports.screen
import mlm_xling.training.loop  # noqa: F401


def become(code: str, words: list[str], environment: dict[str, str], files: list[str]) -> None:
    """Runs a program on the words of its command line; `files` take what it says."""
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, place in enumerate(files, 1):
        os.dup2(os.open(place, os.O_WRONLY | os.O_CREAT), number)
    sys.argv = words
    try:
        exec(compile(code, words[0], "exec"), {"__name__": "__main__"})
        end(0)
    except SystemExit as exit_:
        end(exit_.code)
    except BaseException:
        traceback.print_exc()
        end(1)


def end(status: Any) -> None:
    """Ends as the interpreter does, without what libraries wait for: threads are not forked."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status or 0)


def status_of(process: int) -> int | None:
    """The exit status of a process that has ended; negative after a signal."""
    ended, status = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def serve() -> dict[str, Any] | None:
    """Takes orders; returns in a forked process, with its order, and when there are no more."""
    for line in sys.stdin:
        order = json.loads(line)
        answer = status_of(order) if isinstance(order, int) else os.fork()
        if answer == 0 and isinstance(order, dict):
            return order
        print(json.dumps(answer), flush=True)
    return None


if __name__ == "__main__" and (order := serve()):
    become(**order)
