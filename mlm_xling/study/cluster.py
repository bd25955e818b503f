"""Stages as jobs of a cluster's scheduler, through submitit."""

import contextlib
import json
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError
from mlm_xling.study.cells import Cell, Stage

JOBS = "jobs"
"""Folder of a study's workdir with submitit's own files."""
SUBMITTED = "submitted.json"
"""File of a cell that names its job, so that a study that was killed finds it again."""


class Cluster:
    """Jobs of Slurm; or, to try it, processes of submitit's own on this machine (`local`)."""

    pause = 2.0

    def __init__(
        self, scheduler: str, jobs: int, resources: Sequence[str], workdir: Path, root: Path
    ):
        """Takes what each job may use, like `timeout_min=120` or `slurm_partition=gpu`.

        Args:
          scheduler: `slurm` or `local`.
          jobs: at a time.
          resources: parameters of submitit's executor.
          workdir: of the study.
          root: where commands are run.

        Raises:
          InputError: submitit or the scheduler is missing, or a parameter is none.
        """
        self.jobs = jobs
        try:
            import submitit
        except ImportError:
            raise InputError(
                "--executor: submitit is not installed: `pip install -r requirements-cluster.txt`"
            ) from None
        parameters = {f"{scheduler}_setup": [f"cd {shlex.quote(str(root))}"], **_values(resources)}
        try:
            self._executor = submitit.AutoExecutor(workdir / JOBS, cluster=scheduler)
            self._executor.update_parameters(**parameters)
            self._job_of = {"slurm": submitit.SlurmJob, "local": submitit.LocalJob}[scheduler]
        except (RuntimeError, NameError, TypeError, ValueError) as error:
            raise InputError(f"--executor={scheduler} --resources: {error}") from None

    def start(self, cell: Cell, stage: Stage, log: Path) -> "ClusterJob":
        """Submits a stage, unless a study before this one did and it has not ended."""
        place = cell.folder / SUBMITTED
        with contextlib.suppress(OSError, ValueError):
            before = json.loads(place.read_text())
            if before["fingerprint"] == stage.fingerprint:
                job = self._job_of(self._executor.folder, before["job"])
                if not job.done(force_check=True):
                    return ClusterJob(job, log)
        job = self._executor.submit(_Command(stage.command, log))
        named = {"fingerprint": stage.fingerprint, "job": job.job_id}
        write_whole(place, json.dumps(named).encode())
        return ClusterJob(job, log)


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


class _Command:
    """What a job does; one that is preempted or out of time is queued again, and goes on."""

    def __init__(self, command: Sequence[str], log: Path):
        self._command, self._log = command, log

    def __call__(self) -> int:
        with self._log.open("ab") as log:
            return subprocess.run(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
            ).returncode

    def checkpoint(self) -> Any:
        """Answers submitit's question what to queue."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def _values(resources: Sequence[str]) -> Mapping[str, Any]:
    """Reads `name=value`; what looks like a number is one."""
    found: dict[str, Any] = {}
    for text in resources:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise InputError(f"--resources={text}: say name=value, like timeout_min=120")
        found[name] = int(value) if value.isdecimal() else value
    return found
