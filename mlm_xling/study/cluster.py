"""Stages as jobs of a cluster scheduler, through submitit."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError
from mlm_xling.study.cell import Cell, Stage
from mlm_xling.study.jobs import Process

JOBS = "jobs"
"""Folder in a study's workdir for submitit's files."""
SUBMITTED = "submitted.json"
"""File in a cell's folder with its job id, so that a killed study can find the job again."""
_SLOTS = 1_000
"""Maximum number of times that a job may time out and resume."""
_TERMINATED = 128 + signal.SIGTERM
"""Exit status of a program that has saved because it was told to end."""


class Cluster:
    """Slurm jobs; or, for testing, local processes of submitit (`local`)."""

    pause = 2.0

    def __init__(self, scheduler: str, jobs: int, resources: str, workdir: Path, root: Path):
        """Configures the resources of each job, such as `timeout_min=120,slurm_partition=gpu`.

        Args:
          scheduler: `slurm` or `local`.
          jobs: maximum number of jobs at a time.
          resources: comma-separated parameters of submitit's executor, `name=value`.
          workdir: workdir of the study.
          root: folder in which commands are run.

        Raises:
          InputError: submitit or the scheduler is missing, or a parameter is invalid.
        """
        self.jobs, self._root = jobs, root
        try:
            import submitit
            from submitit.core.utils import FailedJobError
        except ImportError:
            raise InputError(
                "--executor: submitit is not installed: `pip install -r requirements-cluster.txt`"
            ) from None
        # Jobs inherit it, so that they can import `_Command` in any folder.
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
        """Submits a stage, unless a previous study's job for it is still running.

        If the scheduler refuses it, it counts as failed, with the reason in the log.
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
    """Lets child processes be interrupted, which shells disable for background jobs.

    submitit cancels local jobs by an interrupt.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class ClusterJob:
    """A job with the interface of a process."""

    def __init__(self, job: Any, log: Path):
        """Wraps submitit's job and the log file of its command."""
        self._job, self._log = job, log

    def poll(self) -> int | None:
        """Returns the command's exit status, or 1 if the scheduler ended it, which is logged."""
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
        """Cancels the job; its command saves and ends."""
        self._job.cancel(check=False)

    def wait(self) -> None:
        """Waits until the job has ended."""
        self._job.wait()


class _Refused:
    """A job that was not accepted."""

    def poll(self) -> int:
        return 1

    def terminate(self) -> None:
        pass

    def wait(self) -> None:
        pass


class _Command:
    """The work of a job; it is requeued and resumes if preempted or timed out."""

    def __init__(self, command: Sequence[str], root: Path, log: Path):
        self._command, self._root, self._log = command, root, log

    def __call__(self) -> int:
        # Slurm signals all processes of a job. If submitit requeues the job, this one forwards a
        # signal that the programs understand; Slurm's own signal would kill them.
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
            status = process.wait()
        finally:
            process.terminate()
            process.wait()
        if status == _TERMINATED:
            # Slurm cancels the job, or queues it again. Of a job with a result, submitit would
            # not wait for the next start.
            sys.exit(status)
        return status

    def checkpoint(self) -> Any:
        """Tells submitit what to requeue."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def _values(resources: str) -> Mapping[str, Any]:
    """Parses `name=value,...`, where values may be JSON: `mem_gb=1.5`, `slurm_setup=["..."]`."""
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
