"""Stages as jobs of a cluster's scheduler, through submitit."""

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError
from mlm_xling.study.cell import Cell, Stage
from mlm_xling.study.jobs import Process

JOBS = "jobs"
"""Folder of a study's workdir with submitit's own files."""
SUBMITTED = "submitted.json"
"""File of a cell that names its job, so that a study that was killed finds it again."""
_SLOTS = 1_000
"""How often a job may be out of time: each time it goes on."""


class Cluster:
    """Jobs of Slurm; or, to try it, processes of submitit's own on this machine (`local`)."""

    pause = 2.0

    def __init__(self, scheduler: str, jobs: int, resources: str, workdir: Path, root: Path):
        """Takes what each job may use, like `timeout_min=120,slurm_partition=gpu`.

        Args:
          scheduler: `slurm` or `local`.
          jobs: at a time.
          resources: parameters of submitit's executor, `name=value` and commas between.
          workdir: of the study.
          root: where commands are run.

        Raises:
          InputError: submitit or the scheduler is missing, or a parameter is none.
        """
        self.jobs, self._root = jobs, root
        try:
            import submitit
            from submitit.core.utils import FailedJobError
        except ImportError:
            raise InputError(
                "--executor: submitit is not installed: `pip install -r requirements-cluster.txt`"
            ) from None
        # Jobs inherit it, and find `_Command` wherever they begin.
        places = filter(None, (str(root), os.environ.get("PYTHONPATH")))
        os.environ["PYTHONPATH"] = os.pathsep.join(places)
        parameters = _values(resources)
        often = {f"{scheduler}_max_num_timeout": _SLOTS}
        try:
            self._executor = submitit.AutoExecutor(workdir / JOBS, cluster=scheduler, **often)
            self._executor.update_parameters(**parameters)
            self._job_of = {"slurm": submitit.SlurmJob, "local": submitit.LocalJob}[scheduler]
        except (AssertionError, RuntimeError, NameError, TypeError, ValueError) as error:
            raise InputError(f"--executor={scheduler} --resources: {_line(error)}") from None
        self._refusal = FailedJobError

    def start(self, cell: Cell, stage: Stage, log: Path) -> Process:
        """Submits a stage, unless a study before this one did and it has not ended.

        One that the scheduler does not take has ended with its reason in the log.
        """
        place = cell.folder / SUBMITTED
        with contextlib.suppress(OSError, ValueError):
            before = json.loads(place.read_text())
            if before["fingerprint"] == stage.fingerprint:
                job = self._job_of(self._executor.folder, before["job"])
                if not job.done(force_check=True):
                    return ClusterJob(job, log)
        try:
            with _interruptible():
                job = self._executor.submit(_Command(stage.command, self._root, log))
        except self._refusal as error:
            with log.open("a") as output:
                output.write(f"error: {_line(error)}\n")
            return _Refused()
        named = {"fingerprint": stage.fingerprint, "job": job.job_id}
        write_whole(place, json.dumps(named).encode())
        return ClusterJob(job, log)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Lets what is started be interrupted, which a shell denies to all that runs in background.

    submitit cancels a local job so.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class ClusterJob:
    """A job, which is asked like a process."""

    def __init__(self, job: Any, log: Path):
        """Takes submitit's job and the file that its command writes to."""
        self._job, self._log = job, log

    def poll(self) -> int | None:
        """Gives the exit status of its command, or 1 if the scheduler ended it, and logs that."""
        if not self._job.done():
            return None
        from submitit.core.utils import FailedJobError, UncompletedJobError

        try:
            return self._job.result()
        except (FailedJobError, UncompletedJobError):
            with self._log.open("a") as log:
                log.write(f"error: job {self._job.job_id} ended as {self._job.state}\n")
            return 1

    def terminate(self) -> None:
        """Cancels it; its command saves and ends."""
        self._job.cancel(check=False)

    def wait(self) -> None:
        """Waits until it has ended."""
        self._job.wait()


class _Refused:
    """A job that there is not."""

    def poll(self) -> int:
        return 1

    def terminate(self) -> None:
        pass

    def wait(self) -> None:
        pass


class _Command:
    """What a job does; one that is preempted or out of time is queued again, and goes on."""

    def __init__(self, command: Sequence[str], root: Path, log: Path):
        self._command, self._root, self._log = command, root, log

    def __call__(self) -> int:
        # Slurm warns all processes of a job. This one, where submitit queues it again, hands on
        # what the programs understand; the warning alone would kill them.
        deaf = partial(signal.signal, signal.SIGUSR2, signal.SIG_IGN)
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                self._command,
                cwd=self._root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=deaf,
            )
        try:
            return process.wait()
        finally:
            process.terminate()
            process.wait()

    def checkpoint(self) -> Any:
        """Answers submitit's question what to queue."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def _values(resources: str) -> Mapping[str, Any]:
    """Reads `name=value,...`, where a value of JSON is one: `mem_gb=1.5`, `slurm_setup=["..."]`."""
    found: dict[str, Any] = {}
    rest = resources
    while rest:
        name, _, after = rest.partition("=")
        value, _, others = after.partition(",")
        if not (name.isidentifier() and value):
            raise InputError(f"--resources={rest}: say name=value, like timeout_min=120")
        found[name] = value
        with contextlib.suppress(ValueError):
            read, end = json.JSONDecoder().raw_decode(after)
            if after[end : end + 1] in ("", ","):  # `2:00:00` begins with a number.
                found[name], others = read, after[end + 1 :]
        rest = others
    return found


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
