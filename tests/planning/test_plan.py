"""A plan tells whether a run fits, what binds it and what it costs, before there is any text."""

import dataclasses
import importlib.util
import json

import jax
import pytest

from configs import demo
from mlm_xling.errors import InputError
from mlm_xling.planning import compiling
from mlm_xling.planning import plan as planning
from mlm_xling.planning.collectives import Collective
from mlm_xling.planning.compiling import temporaries_asked
from mlm_xling.planning.plan import make_plan
from mlm_xling.planning.shown import as_json, lines
from mlm_xling.planning.slices import read_slice
from mlm_xling.planning.step_cost import Memory, StepCost, read_cost
from tests.data_fixtures import ROOT
from tests.planning.test_estimating import config
from tests.robustness.programs import run_here

GIB = 2**30
COMPILED = StepCost(
    Memory(GIB, 2 * GIB, 0, temporaries=5 * GIB),
    flops=197e9,
    moved_bytes=819e7,
    collectives=(Collective("all-reduce", 4, 10**8, 2e8),),
)
needs_libtpu = pytest.mark.skipif(
    importlib.util.find_spec("libtpu") is None,
    reason="libtpu, the compiler of TPUs, is not installed (requirements-plan.txt)",
)


@pytest.fixture
def compiled(monkeypatch):
    """Puts a made-up cost in place of minutes of compilation, or of an estimate."""

    def found(cost: StepCost):
        monkeypatch.setattr(planning, "compiled_step", lambda *_: cost)
        monkeypatch.setattr(planning, "estimated_step", lambda *_: cost)

    return found


def test_what_binds_gives_the_time_and_the_price(compiled):
    compiled(COMPILED)
    settings = config()
    settings.training.steps = 360_000

    plan = make_plan(settings, read_slice("v5e:2x2"), price=2.0)

    # 1 ms of arithmetic, 10 ms of memory, 1 ms of links.
    assert plan.fits
    assert plan.roofline is not None
    assert (plan.roofline.binds, plan.roofline.seconds) == ("memory", 0.01)
    assert plan.run is not None
    assert plan.run.tokens_per_second == pytest.approx(4 * 3 * 64 / 0.01)
    assert plan.run.dollars == pytest.approx(2.0 * 4)
    text = "\n".join(lines(plan))
    assert "fits: 8.00 GiB of 16.00 GiB of a device" in text
    assert "memory binds" in text
    assert "4 chip-hours, $8.00" in text
    assert "4 all-reduce, arrays of 100 MB: 200 MB over ICI" in text


def test_what_does_not_fit_says_by_how_much_and_nothing_of_time(compiled):
    compiled(
        StepCost(dataclasses.replace(COMPILED.memory, temporaries=15 * GIB), 0.0, 0.0, (), False)
    )

    plan = make_plan(config(), read_slice("v5e:2x2"))

    assert not plan.fits
    assert plan.run is None
    text = "\n".join(lines(plan))
    assert "does not fit: 18.00 GiB of 16.00 GiB of a device, 2.00 GiB too much" in text
    assert "tokens/s" not in text
    assert as_json(plan)["seconds"] is None


SHARES = {
    "three quarters": {},
    "more": {"XLA_PYTHON_CLIENT_MEM_FRACTION": "0.9"},
    "by its new name": {"XLA_CLIENT_MEM_FRACTION": "0.9"},
}


@pytest.fixture
def taken(monkeypatch, request):
    """Lets JAX take a share of a GPU's memory, one of `SHARES`."""
    for name in ("XLA_PYTHON_CLIENT_MEM_FRACTION", "XLA_CLIENT_MEM_FRACTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in SHARES[request.param].items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("taken", "fits"),
    [("three quarters", False), ("more", True), ("by its new name", True)],
    indirect=["taken"],
)
@pytest.mark.usefixtures("taken")
def test_a_run_fits_into_what_jax_takes_of_a_gpu(compiled, fits):
    # 19 GiB; three quarters of 24,564 MiB are 18.0, nine tenths 21.6.
    compiled(dataclasses.replace(COMPILED, memory=Memory(GIB, 2 * GIB, 0, temporaries=16 * GIB)))

    plan = make_plan(config(), read_slice("rtx4090:1"))

    assert plan.fits == fits
    verdict = next(line for line in lines(plan) if line.startswith("memory"))
    if fits:
        assert "fits: 19.00 GiB of the 21.59 GiB that JAX takes of a device's 23.99 GiB" in verdict
    else:
        assert "does not fit: 19.00 GiB of the 17.99 GiB that JAX takes" in verdict
        assert "1.01 GiB too much" in verdict
        assert "or raise XLA_PYTHON_CLIENT_MEM_FRACTION" in verdict


@pytest.mark.parametrize("taken", ["more"], indirect=True)
@pytest.mark.usefixtures("taken")
def test_of_a_tpu_all_memory_is_taken(compiled):
    compiled(COMPILED)

    assert make_plan(config(), read_slice("v5e:2x2")).usable == 16 * GIB


@pytest.mark.parametrize("share", ["much", "0", "-0.5", "nan"])
def test_what_is_no_share_is_refused(monkeypatch, share):
    monkeypatch.delenv("XLA_CLIENT_MEM_FRACTION", raising=False)
    monkeypatch.setenv("XLA_PYTHON_CLIENT_MEM_FRACTION", share)

    with pytest.raises(InputError, match=f"XLA_PYTHON_CLIENT_MEM_FRACTION={share}: must be a numb"):
        make_plan(config(), read_slice("l4:1"))


@pytest.mark.parametrize(("taken", "size"), [("three quarters", 13_759)], indirect=["taken"])
@pytest.mark.usefixtures("taken")
def test_the_largest_batch_of_the_lab_on_an_l4_is_the_one_that_is_documented(size):
    settings, card = demo.get_config(), read_slice("l4:1")
    assert f"| {size:,} |" in (ROOT / "docs" / "how-to" / "gpu.md").read_text()

    for batch_size in (size, size + 1):
        settings.training.batch_size = batch_size
        assert make_plan(settings, card).fits == (batch_size == size)


@pytest.mark.parametrize(
    ("message", "temporaries"),
    [
        ("space hbm. Used 20.50G of 15.75G hbm. Exceeded hbm capacity by 4.75G.", 17.5),
        ("memory required for HLO temporaries (39.75G) exceeds available HBM (15.75G).", 39.75),
        ("Ran out of memory", 0),
    ],
)
def test_the_compiler_says_how_much_would_be_needed(message, temporaries):
    state = dataclasses.replace(COMPILED.memory, temporaries=0)

    assert temporaries_asked(message, state) == temporaries * GIB


def test_a_cost_is_read_as_it_was_written_and_damage_is_noticed(tmp_path):
    file = tmp_path / "cost.json"
    content = json.dumps(dataclasses.asdict(COMPILED))

    file.write_text(content)
    assert read_cost(file) == COMPILED

    for damaged in (content[:-9], "{}", "[]", content.replace("flops", "flop")):
        file.write_text(damaged)
        assert read_cost(file) is None
    assert read_cost(tmp_path / "none") is None


@pytest.fixture
def start(monkeypatch, tmp_path):
    """Starts `run_pretrain.py` on the lab's configuration, with no text anywhere."""
    monkeypatch.chdir(tmp_path)

    def start(*words: str):
        cache = f"--config.data.cache_dir={tmp_path}/cache"
        return run_here(
            monkeypatch, "run_pretrain.py", f"--config={ROOT}/configs/demo.py", cache, *words
        )

    return start


def test_without_a_workdir_a_plan_is_printed_and_nothing_is_written(start, tmp_path):
    ended = start("--plan=h100:2", "--price=3")

    assert ended.status == 0, ended.error
    assert ended.out.startswith("h100:2        2 chips, mesh data 2 x fsdp 1 x tensor 1\n")
    assert "estimated" in ended.out
    assert not list(tmp_path.iterdir())


def test_a_workdir_keeps_the_plan_as_numbers_and_in_tensorboard(start, tmp_path):
    ended = start("--plan=l4:1", "--workdir=run")

    assert ended.status == 0, ended.error
    kept = json.loads((tmp_path / "run" / "plan.json").read_text())
    assert kept["slice"] == "l4:1"
    assert kept["fits"] is True
    assert kept["vocabulary"] == 1_000
    (events,) = (tmp_path / "run" / "tensorboard").iterdir()
    assert b"plan/l4:1/text_summary" in events.read_bytes()


def test_a_row_of_which_a_field_was_overridden_is_not_called_that_row(start, tmp_path):
    ended = start("--plan=l4:1", "--workdir=run", "--config.model.private=layer_1")

    assert ended.status == 0, ended.error
    assert "configuration default but for model.private, bfloat16" in ended.out
    kept = json.loads((tmp_path / "run" / "plan.json").read_text())
    assert kept["row"] == "default but for model.private"


@pytest.mark.skipif(
    importlib.util.find_spec("libtpu") is not None, reason="libtpu is installed here"
)
def test_without_the_compiler_one_line_says_how_to_install_it(start):
    ended = start("--plan=v5e:2x2", "--config.training.groups=4")

    assert ended.status == 2
    assert ended.error.splitlines()[-1] == (
        "error: --plan=v5e:2x2: needs the compiler of TPUs; `pip install -r requirements-plan.txt` "
        "installs it, and no TPU is needed"
    )


@pytest.fixture(params=["cpu", pytest.param("tpu", marks=needs_libtpu)])
def compiler(request, monkeypatch):
    """Lets the compiler of CPUs, which is everywhere, stand in for that of TPUs."""
    if request.param == "cpu":
        monkeypatch.setattr(
            compiling, "slice_devices", lambda wanted: jax.devices()[: wanted.devices]
        )
        monkeypatch.setattr(compiling, "version", lambda _: "none")


@pytest.mark.usefixtures("compiler")
def test_a_second_plan_finds_what_the_first_has_compiled(tmp_path, monkeypatch):
    settings = config()
    settings.data.cache_dir = str(tmp_path)
    first = make_plan(settings, read_slice("v5e:2x2"))
    monkeypatch.setattr("jax.stages.Lowered.compile", None)

    assert make_plan(settings, read_slice("v5e:2x2")) == first
    assert first.step.flops > 0
    assert {each.kind for each in first.step.collectives} == {"all-reduce"}
