"""Runs on several hosts."""

import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from typing import Any, NamedTuple, NoReturn, TypeVar

import jax
import orbax.checkpoint as ocp
from jax._src.clusters import ClusterEnv

from mlm_xling.console import tell_end
from mlm_xling.errors import DivergedError, InputError, StoppedError
from mlm_xling.training.agreement import said_by_all
from mlm_xling.training.lost_hosts import HEARTBEAT_SECONDS, tell_of_lost_hosts

T = TypeVar("T")
_MAX_WAIT = 300
"""Seconds to wait for the other hosts to start."""
_MAX_WORK = 7 * 24 * 3600 * 1000
"""Milliseconds to wait for the first host while it works on behalf of all."""
_TO_SAY_THE_SAME = 1
"""Seconds for other hosts to report the same error before they see this one as lost."""
_ADDRESS, _COUNT, _NUMBER = "JAX_COORDINATOR_ADDRESS", "JAX_NUM_PROCESSES", "JAX_PROCESS_ID"
_OF_OTHERS = ("Gloo", "NCCL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "oordination", "onnection")
"""Substrings of error messages that another host may have caused."""


class Hosts(NamedTuple):
    """Address of the first host, and this host's place among all."""

    address: str
    """`host:port` of the first host."""
    count: int
    number: int
    """Index of this host, from 0."""


def join_hosts() -> None:
    """Connects this process to the other hosts of the run, if there are any.

    Under SLURM, Open MPI and on TPU slices JAX detects them itself. Elsewhere three variables must
    be set on every host: JAX_COORDINATOR_ADDRESS (host:port of the first), JAX_NUM_PROCESSES,
    JAX_PROCESS_ID; they take precedence over what JAX detects.

    Raises:
      InputError: only some of the variables are set, a value is invalid, or the first host does not
        answer.
    """
    said = any(os.environ.get(name, "").strip() for name in (_COUNT, _NUMBER))
    if not said and (cluster := _detected_cluster()):
        name = cluster.name
        print(f"waiting for the other hosts, found by {name}", file=sys.stderr)
        try:
            _require_free_port(cluster)
            _initialize(f"(found by {name})", initialization_timeout=_MAX_WAIT)
        except (RuntimeError, OSError) as error:
            raise InputError(
                f"hosts, found by {name}: {error}; JAX_COORDINATOR_PORT says another port, if "
                "another process has this one"
            ) from error
    elif hosts := described_hosts(os.environ):
        _meet_first(hosts)
        _initialize(f"at {hosts.address}", *hosts, initialization_timeout=_MAX_WAIT)


def _require_free_port(cluster: type[ClusterEnv]) -> None:
    """Checks that the first host can listen on JAX's port; JAX would crash otherwise."""
    if cluster.get_process_id() == 0:
        said = os.environ.get("JAX_COORDINATOR_PORT")
        _, _, port = cluster.get_coordinator_address(_MAX_WAIT, said).rpartition(":")
        socket.create_server(("", int(port))).close()


def _detected_cluster() -> type[ClusterEnv] | None:
    """The cluster type that JAX would detect; None if there is none, or a single process.

    JAX has no public way to ask before it joins the hosts. A single process must not join: jobs of
    a study that share a machine would all listen on one port.
    """
    if os.environ.get("SLURM_STEP_NUM_TASKS") == "1":
        return None  # In the shell of `salloc` JAX would count the tasks that it may start.
    found = (each for each in ClusterEnv._cluster_types if not each.opt_in_only_method)
    cluster = None
    try:
        cluster = next((each for each in found if each.is_env_present()), None)
        return cluster if cluster and cluster.get_process_count() > 1 else None
    except Exception as error:  # Of any type: it asks servers that a container may not have.
        by = f" by {cluster.name}" if cluster else ""
        print(
            f"warning: other hosts cannot be found{by} ({type(error).__name__}: {error}); goes on "
            f"as one host, or set {_ADDRESS}, {_COUNT} and {_NUMBER}",
            file=sys.stderr,
        )
        return None


def described_hosts(environment: Mapping[str, str]) -> Hosts | None:
    """Reads the hosts from environment variables; None if no variable is set.

    Raises:
      InputError: only some of the variables are set, or a value is invalid.
    """
    names = (_ADDRESS, _COUNT, _NUMBER)
    values = {name: value for name in names if (value := environment.get(name, "").strip())}
    if not values:
        return None
    if missing := ", ".join(name for name in names if name not in values):
        raise InputError(f"several hosts also need {missing} in the environment")
    host, _, port = values[_ADDRESS].rpartition(":")
    if not host or "/" in host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise InputError(f"{_ADDRESS}={values[_ADDRESS]}: not host:port of the first host")
    count, number = (_whole_number(name, values[name]) for name in (_COUNT, _NUMBER))
    if count < 1:
        raise InputError(f"{_COUNT}={count}: must be the number of hosts, at least 1")
    if number >= count:
        raise InputError(f"{_NUMBER}={number}: of {count} hosts ({_COUNT}) the last is {count - 1}")
    return Hosts(values[_ADDRESS], count, number)


@contextlib.contextmanager
def hosts_end_together() -> Iterator[None]:
    """Ends this process at once when it fails, so that the others notice and end, too.

    JAX would wait for the others at exit, in vain.
    """
    try:
        yield
    except BaseException as error:
        if not jax.distributed.is_initialized() or isinstance(error, StoppedError):
            raise
        if _may_be_anothers(error):
            time.sleep(HEARTBEAT_SECONDS + 15)  # Meanwhile JAX finds out which host is lost.
        _end_at_once(error)


def first_host_first(what: str, work: Callable[[], T]) -> T | None:
    """Runs `work` on the first host alone; the others wait until it is done.

    Not a collective: on CPUs those time out after 30 s, and the work may take hours.

    Returns:
      The result of `work` on the first host; None on the others.
    """
    is_first = jax.process_index() == 0
    if not is_first:
        print(f"waiting for the first host, which {what}", file=sys.stderr)
    done = work() if is_first else None
    meet = ocp.multihost.get_barrier_sync_fn()
    _wait_apart(lambda: meet(key=what, timeout_ms=_MAX_WORK))
    return done


def _wait_apart(wait: Callable[[], None]) -> None:
    """Waits for other hosts in another thread, since a thread that waits receives no signals.

    A signal has to end the process at once: a regular exit would wait for that thread, and JAX for
    hosts that never joined.
    """
    try:
        pool = futures.ThreadPoolExecutor(1)
        waiting = pool.submit(wait)
        # Polls: a signal that arrives just before Python blocks on a lock does not interrupt it.
        while not futures.wait([waiting], timeout=0.2).done:
            pass
        waiting.result()
    except KeyboardInterrupt as interruption:
        _end_at_once(interruption)


def _end_at_once(error: BaseException) -> NoReturn:
    for another in (signal.SIGINT, signal.SIGTERM):  # A second one would wait for others.
        signal.signal(another, signal.SIG_IGN)
    status = tell_end(error)
    sys.stderr.flush()
    time.sleep(_TO_SAY_THE_SAME)
    os._exit(status)


def _initialize(where: str, *hosts: Any, **options: Any) -> None:
    machines = tell_of_lost_hosts(where)
    options |= {"heartbeat_timeout_seconds": HEARTBEAT_SECONDS}
    _wait_apart(lambda: jax.distributed.initialize(*hosts, **options))
    # JAX has replaced this program's handler with its own.
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGTERM))
    machines += said_by_all(socket.gethostname())


def _whole_number(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()):
        raise InputError(f"{name}={value}: must be a whole number")
    return int(value)


def _meet_first(hosts: Hosts) -> None:
    """Waits for the first host; the first host checks instead that it can listen."""
    host, _, port = hosts.address.rpartition(":")
    me = f"host {hosts.number} of 0 to {hosts.count - 1}"
    if hosts.number == 0:
        try:
            socket.create_server(("", int(port))).close()
        except OSError as error:
            raise InputError(
                f"{_ADDRESS}={hosts.address}: this host cannot listen there "
                f"({os.strerror(error.errno or 0).lower()}); another process may have the port"
            ) from error
        if hosts.count > 1:
            print(f"{me}: waiting for the others", file=sys.stderr)
        return
    until, said = time.monotonic() + _MAX_WAIT, ""
    while reason := _why_not(host.strip("[]"), int(port)):
        if reason != said:
            said = reason
            print(f"{me}: waiting for host 0 at {hosts.address} ({reason})", file=sys.stderr)
        if time.monotonic() > until:
            raise InputError(
                f"{_ADDRESS}={hosts.address}: no answer of host 0 for {_MAX_WAIT} s ({reason})"
            )
        time.sleep(1)


def _why_not(host: str, port: int) -> str:
    try:
        socket.create_connection((host, port), timeout=5).close()
    except (OSError, UnicodeError) as error:
        return (getattr(error, "strerror", None) or str(error)).lower()
    return ""


def _may_be_anothers(error: BaseException) -> bool:
    own = isinstance(error, InputError | DivergedError) or not isinstance(error, Exception)
    return not own and any(word in str(error) for word in _OF_OTHERS)
