"""Suppression of other libraries' output."""

import contextlib
import os
import sys
from collections.abc import Iterator
from logging import getLogger
from typing import TextIO


def load_tensorflow() -> None:
    """Imports TensorFlow silently, without accelerators, which are for training."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    with _without_stderr():
        import tensorflow
        from absl import logging

        logging.set_verbosity(logging.ERROR)
        getLogger("urllib3").setLevel("ERROR")  # its retries; final failures are raised
        tensorflow.constant(0)  # the first tensor starts drivers, which print messages


@contextlib.contextmanager
def _without_stderr() -> Iterator[None]:
    """Discards everything written to standard error, including by C++ code."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextlib.contextmanager
def answer_channel() -> Iterator[TextIO]:
    """Yields standard output, while redirecting what others print there to standard error."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(kept), "w", encoding="utf-8", errors="replace") as answer:
            yield answer
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
