"""The commands of the documents begin their work.

They are taken to where it would begin: flags are parsed as the programs parse them, the
configuration is checked, evaluators are looked up.
"""

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest
from absl import flags
from ml_collections import config_flags

from mlm_xling.config import Config
from mlm_xling.config.checks import resolve
from mlm_xling.config.overrides import override
from mlm_xling.evaluation.evaluators import find_evaluators
from mlm_xling.hugging_face.folder import is_imported
from mlm_xling.planning.slices import read_slice
from mlm_xling.study.cells import cells_of
from mlm_xling.study.definition import load_study
from mlm_xling.training.partitioning import imagined_mesh, require_groups
from tests.documents import DOCUMENTS, ROOT, Place, blocks, inline_code, named

NOT_RUN = {
    "source .venv/bin/activate": "changes the shell alone; `make` creates what it names",
    "pip install -r requirements.txt": "`make demo` does it",
    "pip install -r requirements-transformers.txt": "optional; tests that use it skip without it",
    "pip install -r requirements-contamination.txt": "optional; tests that use it skip without it",
    "pip install -r requirements-uriel.txt": "optional; distances are read without it",
    "python3 -m venv .venv-beam": "optional; tests that use it skip without it",
    ".venv-beam/bin/pip install -r requirements-beam.txt": "the same",
    "python -m apache_beam.runners.worker.worker_pool_main "
    "--service_port=50000": "serves until it is stopped",
    "pip install eflomal==2.0.0": "is compiled; tests of it skip where it is missing",
    "pip install -r requirements-plan.txt": "optional; plans of TPUs skip without it",
    "pip install -r requirements-cluster.txt": "optional; `make environment` installs it for tests",
    "pip install jax[cuda12]==0.10.2": "needs a GPU; the version is that of requirements.txt",
    "pip install jax[cuda13]==0.10.2": "needs a GPU; the version is that of requirements.txt",
    "pip install jax[tpu]==0.10.2": "needs a TPU; the version is that of requirements.txt",
    "tensorboard --logdir runs": "serves until it is stopped",
    "gcloud compute tpus tpu-vm ssh mlm --zone=us-west4-a --worker=0 "
    "--command=pkill -TERM -f run_pretrain.py": "needs a TPU",
}
"""Commands that stand in a document and of which nothing is checked, and why."""

ROWS = {"pud.tsv": 986}
"""Numbers of complete and unique rows of files that commands name."""


def commands() -> list[Place]:
    """All commands: those of shell blocks, loops unrolled, and those in running text."""
    found = [
        (path, command)
        for path, block in blocks("sh")
        for line in unrolled(block.replace("\\\n", " ")).splitlines()
        if (command := shlex.join(shlex.split(line, comments=True)))
    ]
    programs = ("python ", "make ", "pip ", "source .", "tensorboard ", "git ")
    found += [
        (path, shlex.join(shlex.split(code)))
        for path, code in inline_code()
        if code.startswith(programs)
    ]
    return list(dict.fromkeys(found))


def unrolled(block: str) -> str:
    """Writes the body of each shell loop once for each of its values."""

    def bodies(loop: re.Match) -> str:
        name, values, body = loop.groups()
        return "\n".join(body.replace(f"${name}", value) for value in values.split())

    return re.sub(
        r"for (\w+) in ([^;]+); do\n(.*?)^done.*?$", bodies, block, flags=re.DOTALL | re.M
    )


def words_of(command: str) -> list[str]:
    """The words of a command without the variables before it and the ampersand after it."""
    words = [word for word in shlex.split(command) if word != "&"]
    while re.match(r"[A-Z_]+=", words[0]):
        del words[0]
    return words


def parsed(program: str, arguments: list[str], stored: Config | None = None) -> flags.FlagValues:
    """Parses the flags of a program as it does; `stored` is the configuration that they change."""
    values = flags.FlagValues()
    arguments = [program, *arguments]
    for name in re.findall(r'DEFINE_(?!config)\w+\(\s*"(\w+)"', (ROOT / program).read_text()):
        flags.DEFINE_string(name, None, "", flag_values=values)
    how = {"flag_values": values, "sys_argv": arguments}
    if stored is None:
        config_flags.DEFINE_config_file("config", **how)
    else:
        config_flags.DEFINE_config_dataclass("config", stored, **how)
    values(arguments)
    return values


def require_pretraining_begins(arguments: list[str]) -> None:
    given = parsed("run_pretrain.py", arguments)
    config = resolve(given.config)
    if given["plan"].value:
        wanted = read_slice(given["plan"].value)
        require_groups(config.training, imagined_mesh(config.mesh, wanted.devices))
        return
    assert given["workdir"].value
    find_evaluators(config.evaluation.during_pretraining, trains=False)


def require_evaluation_begins(arguments: list[str]) -> None:
    stored = Config()
    stored.data.text_dir = "text"
    given = parsed("run_eval.py", arguments, stored)
    workdir: str = given["workdir"].value or ""
    if is_imported(workdir):
        stored.origin, stored.training.length = workdir, 512
        assert given["output"].value
    config = override(stored, config_flags.get_override_values(given["config"]))
    asked = config.evaluation.pairs + config.evaluation.fit_pairs
    assert config.data.parallel not in ROWS or asked <= ROWS[config.data.parallel]
    assert workdir
    assert find_evaluators((given["evaluators"].value or "cka").split(","))


def require_export_begins(arguments: list[str]) -> None:
    split = (argument.removeprefix("--").partition("=") for argument in arguments)
    given = {name: value for name, _, value in split}
    assert given["workdir"]
    assert given["to"]
    assert set(given) <= set(re.findall(r'DEFINE_\w+\("(\w+)"', Path("run_export.py").read_text()))


def require_study_begins(arguments: list[str]) -> None:
    split = (argument.removeprefix("--").partition("=") for argument in arguments)
    given = {name: value for name, _, value in split}
    assert given["workdir"]
    assert set(given) <= set(
        re.findall(r'DEFINE_\w+\(\s*"(\w+)"', Path("run_study.py").read_text())
    )
    if "plan" in given:
        read_slice(given["plan"])
    assert cells_of(load_study(Path(given["study"])), Path(given["workdir"]))


def require_module_begins(module: str, arguments: list[str]) -> None:
    found = find_spec(module)
    assert found
    assert found.origin
    source = Path(found.origin).read_text()
    required = re.findall(r'add_argument\("(--\w+)"[^\n]*required=True', source)
    assert set(required) <= {argument.partition("=")[0] for argument in arguments}


def require_target(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M), target


@pytest.mark.parametrize("place", commands(), ids=named)
def test_a_command_could_begin_its_work(place, monkeypatch):
    monkeypatch.chdir(ROOT)
    match words_of(place[1]):
        case ["python", "run_pretrain.py", *arguments]:
            require_pretraining_begins(arguments)
        case ["python", "run_eval.py", *arguments]:
            require_evaluation_begins(arguments)
        case ["python", "run_export.py", *arguments]:
            require_export_begins(arguments)
        case ["python", "run_study.py", *arguments]:
            require_study_begins(arguments)
        case words if " ".join(words) in NOT_RUN:
            pass
        case ["python", "-m", module, *arguments]:
            require_module_begins(module, arguments)
        case ["make", target]:
            require_target(target)
        case ["srun" | "gcloud", *words] if "run_pretrain.py " in " ".join(words):
            elsewhere = " ".join(words).partition("||")[0].partition("run_pretrain.py")[2]
            require_pretraining_begins(elsewhere.split())
        case words:
            pytest.fail(f"{' '.join(words)}: neither checked here nor in NOT_RUN")


def test_nothing_is_excused_that_no_document_says():
    said = {" ".join(words_of(command)) for _, command in commands()}

    assert set(NOT_RUN) <= said


def test_commands_are_found_in_loops_in_variables_and_in_running_text():
    found = {" ".join(words_of(command)) for _, command in commands()}

    assert "make check" in found
    assert any("a-b/sep_l1_6" in command for command in found)
    assert any("runs/two-hosts" in command for command in found)


def test_pinned_versions_are_those_of_the_requirements():
    pinned = dict(re.findall(r"^([\w-]+)==(\S+)", (ROOT / "requirements.txt").read_text(), re.M))
    told = [
        found
        for path in DOCUMENTS
        for found in re.findall(r"(jax)\[\w+\]==([\d.]+)", path.read_text())
    ]

    assert told
    assert all(pinned[name] == version for name, version in told)
