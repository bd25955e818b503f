"""Loading of TensorFlow without its messages."""

import contextlib
import os
import sys
from collections.abc import Iterator
from logging import getLogger


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
