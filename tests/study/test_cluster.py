"""Cells as jobs of a scheduler; submitit's local one stands in for Slurm."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import submitit

from mlm_xling.errors import InputError
from mlm_xling.study.cell import Cell, Stage
from mlm_xling.study.cluster import SUBMITTED, Cluster, _values
from mlm_xling.study.jobs import LOG, run_cells
from tests.waits import wait_until

ROOT = Path(__file__).resolve().parents[2]


def cell(folder: Path, seed: int, code: str) -> Cell:
    stage = Stage("train", (sys.executable, "-c", code), f"f{seed}")
    return Cell("a-b", "default", seed, folder / str(seed), (stage,))


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """Makes a cluster of two jobs at a time."""

    monkeypatch.setattr(submitit.Job, "_results_timeout_s", 0)
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.chdir(tmp_path)

    def make(scheduler="local", resources="timeout_min=2") -> Cluster:
        cluster = Cluster(scheduler, 2, resources, tmp_path, ROOT)
        cluster.pause = 0.1
        return cluster

    return make


def test_jobs_run_the_commands_in_the_root_and_write_to_the_log_of_their_cell(cluster, tmp_path):
    cells = [cell(tmp_path, seed, f"import os; print({seed}, os.getcwd())") for seed in range(3)]

    run_cells(cells, cluster(), lambda _: None)

    assert not any(each.left() for each in cells)
    for seed, each in enumerate(cells):
        assert (each.folder / LOG).read_text().splitlines()[-1] == f"{seed} {ROOT}"


def test_a_job_that_fails_is_told_with_its_reason_and_runs_again(cluster, tmp_path):
    mended = tmp_path / "mended"
    code = f"import pathlib, sys; pathlib.Path({str(mended)!r}).exists() or sys.exit('error: no')"
    failing = cell(tmp_path, 0, code)

    run_cells([failing], cluster(), lambda _: None)
    before = failing.failure()
    mended.touch()
    run_cells([failing], cluster(), lambda _: None)

    assert before == "train: no"
    assert not failing.left()


def test_a_job_that_the_scheduler_ends_is_told(cluster, tmp_path):
    killed = cell(tmp_path, 0, "import os, signal; os.kill(os.getppid(), signal.SIGKILL)")

    run_cells([killed], cluster(), lambda _: None)

    assert (killed.failure() or "").startswith("train: job ")


def test_what_a_killed_study_submitted_is_not_submitted_again(cluster, tmp_path, monkeypatch):
    one, executor = cell(tmp_path, 0, "print('once')"), cluster()
    one.folder.mkdir()
    job = executor.start(one, one.stages[0], one.folder / LOG)
    job.wait()
    monkeypatch.setattr(type(job._job), "done", lambda self, force_check=False: not force_check)

    again = cluster().start(one, one.stages[0], one.folder / LOG)

    named = json.loads((one.folder / SUBMITTED).read_text())
    assert again._job.job_id == job._job.job_id == named["job"]
    assert (one.folder / LOG).read_text() == "once\n"


SLURM = {
    "sbatch": (
        "cp $1 {folder}/submitted\n"
        "export SLURM_JOB_ID=7 SLURM_NTASKS=1 SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_NODEID=0\n"
        "export SLURM_JOB_NUM_NODES=1 SLURM_JOB_NODELIST=here\n"
        "(sleep 1; bash {folder}/submitted) > /dev/null 2>&1 &\n"
        "echo Submitted batch job 7"
    ),
    "srun": 'while [[ $1 != */python* ]]; do shift; done; exec "$@"',
    "sacct": "printf 'JobID|State|NodeList\\n7|RUNNING|here\\n'",
}
"""Programs that do what Slurm's do, of one job."""


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """Puts programs in the place of Slurm's."""

    def install(programs: dict[str, str]) -> None:
        for name, code in programs.items():
            program = tmp_path / "bin" / name
            program.parent.mkdir(exist_ok=True)
            program.write_text("#!/bin/bash\n" + code.format(folder=tmp_path))
            program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    return install


def test_slurm_is_told_what_a_job_may_use(cluster, tmp_path, slurm):
    slurm(SLURM)
    one = cell(tmp_path, 0, "print('said')")

    run_cells([one], cluster("slurm", "timeout_min=30,slurm_partition=long"), lambda _: None)

    assert not one.left()
    assert (one.folder / LOG).read_text().endswith("said\n")
    told = (tmp_path / "submitted").read_text()
    assert "#SBATCH --time=30\n" in told
    assert "#SBATCH --partition=long\n" in told


def test_a_job_that_slurm_does_not_take_is_told_and_stops_no_other(cluster, tmp_path, slurm):
    slurm({**SLURM, "sbatch": "echo 'sbatch: error: no partition nope' >&2; exit 1"})
    cells = [cell(tmp_path, seed, "") for seed in range(2)]

    run_cells(cells, cluster("slurm", "slurm_partition=nope"), lambda _: None)

    for each in cells:
        assert each.failure() == "train: sbatch: error: no partition nope"


SAVING = (
    "import pathlib, signal, sys, time\n"
    "def save(*_): pathlib.Path({0!r}, 'saved').touch(); sys.exit(143)\n"
    "signal.signal(signal.SIGTERM, save)\n"
    "pathlib.Path({0!r}, 'running').touch()\n"
    "time.sleep(60)"
)
"""A program that saves when it is asked to end."""


def wait_for(path: Path) -> None:
    wait_until(path.exists, f"for {path.name}")


@pytest.mark.parametrize("disposition", [signal.SIG_IGN, signal.default_int_handler])
def test_an_interrupted_study_has_its_jobs_save(cluster, tmp_path, disposition):
    """Also one that runs in the background of a shell, where interrupts are ignored."""
    before = signal.signal(signal.SIGINT, disposition)
    one = cell(tmp_path, 0, SAVING.format(str(tmp_path)))
    one.folder.mkdir()
    job = cluster().start(one, one.stages[0], one.folder / LOG)
    signal.signal(signal.SIGINT, before)
    wait_for(tmp_path / "running")

    job.terminate()
    job.wait()

    wait_for(tmp_path / "saved")


@pytest.mark.parametrize(
    ("told", "status"),
    [
        pytest.param(signal.SIGUSR2, 9, id="out of time"),
        pytest.param(signal.SIGTERM, 143, id="preempted"),
    ],
)
def test_a_job_that_is_to_go_on_saves_and_leaves_no_result(tmp_path, told, status):
    """Slurm signals all processes of a job; what submitit does then is written out."""
    program = (
        "import signal, sys; from pathlib import Path\n"
        "from mlm_xling.study.cluster import _Command\n"
        "signal.signal(signal.SIGUSR2, lambda *_: sys.exit(9))  # As submitit, which queues it.\n"
        "signal.signal(signal.SIGTERM, lambda *_: None)  # As submitit: Slurm queues it.\n"
        f"command = (sys.executable, '-c', {SAVING.format(str(tmp_path))!r})\n"
        f"here = Path({str(tmp_path)!r})\n"
        "_Command(command, here, here / 'log')()\n"
        "(here / 'result').touch()"
    )
    job = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, start_new_session=True)
    wait_for(tmp_path / "running")

    os.killpg(job.pid, told)

    assert job.wait() == status
    assert (tmp_path / "saved").exists()
    assert not (tmp_path / "result").exists()


@pytest.mark.parametrize(
    ("resources", "values"),
    [
        ("timeout_min=120,mem_gb=1.5", {"timeout_min": 120, "mem_gb": 1.5}),
        ("slurm_time=2:00:00,slurm_qos=high", {"slurm_time": "2:00:00", "slurm_qos": "high"}),
        (
            'slurm_setup=["module load a", "export B=1,C=2"],slurm_account=me',
            {"slurm_setup": ["module load a", "export B=1,C=2"], "slurm_account": "me"},
        ),
        (
            'slurm_additional_parameters={"qos": "high", "constraint": "a100"}',
            {"slurm_additional_parameters": {"qos": "high", "constraint": "a100"}},
        ),
        ("", {}),
    ],
)
def test_resources_are_numbers_words_and_json(resources, values):
    assert _values(resources) == values


@pytest.mark.parametrize(
    ("scheduler", "resources", "message"),
    [
        ("local", "timeout_min", "--resources=timeout_min: say name=value"),
        ("local", "hours=3", "--executor=local --resources: .*hours"),
        ("local", "timeout_min=long", "--executor=local --resources: .*timeout_min"),
        ("slurm", "", "--executor=slurm --resources: .*"),
    ],
)
def test_what_cannot_be_submitted_is_refused(cluster, monkeypatch, scheduler, resources, message):
    monkeypatch.setenv("PATH", "")  # There is no Slurm.
    with pytest.raises(InputError, match=message):
        cluster(scheduler, resources)
