"""The cost of a study on chips: plans of the runs to train, and their sum."""

from collections.abc import Iterator, Sequence

from mlm_xling.config import Config
from mlm_xling.config.stored import fields
from mlm_xling.data.cache import digest
from mlm_xling.errors import InputError
from mlm_xling.model.language_ids import LanguageIds, expected_ids
from mlm_xling.planning.plan import Plan, make_plan, require_devices
from mlm_xling.planning.roofline import Run
from mlm_xling.planning.shown import price_text, qualifications, run_text, time_text, verdict
from mlm_xling.planning.slices import Slice
from mlm_xling.study.cell import PRETRAIN, Cell

_NAMES = ("languages", "row", "training.seed")
_TEXT = ("data.", "lab.")
"""Beginnings of fields that do not affect a step's program but through the ids of the languages."""
_Shape = tuple[LanguageIds, str]


def cost(cells: Sequence[Cell], wanted: Slice, price: float | None = None) -> Iterator[str]:
    """Yields a line for each run to train, and their sum; runs of one shape are planned once.

    Raises:
      InputError: as `require_devices`, after the name of the run, or as `make_plan`.
    """
    trained = {cell.name: cell.config for cell in cells if cell.config and _is_untrained(cell)}
    for name, config in trained.items():
        try:
            require_devices(config, wanted)
        except InputError as error:
            raise InputError(f"{name}: {error}") from None
    plans: dict[_Shape, Plan] = {}
    runs: list[Run] = []
    for name, config in trained.items():
        if (shape := _shape(config)) not in plans:
            plans[shape] = make_plan(config, wanted, price)
        plan = plans[shape]
        yield f"{name:<40} {run_text(plan, plan.run) if plan.run else verdict(plan)}"
        runs += [plan.run] if plan.run else []
    yield f"{len(trained)} of {len(cells)} runs are to be trained{_sum(runs, wanted)}"
    if len(runs) < len(trained):
        yield f"{len(trained) - len(runs)} of them do not fit and are left out of the sum"
    if runs:
        yield from qualifications(next(iter(plans.values())))


def _is_untrained(cell: Cell) -> bool:
    return PRETRAIN in (stage.name for stage in cell.left())


def _shape(config: Config) -> _Shape:
    """Returns what the program of a step depends on."""
    known = [
        (name, value)
        for name, value in fields(config)
        if name not in _NAMES and not name.startswith(_TEXT)
    ]
    return expected_ids(config), digest(known)


def _sum(runs: Sequence[Run], wanted: Slice) -> str:
    if not runs:
        return ""
    time = time_text(sum(run.days for run in runs))
    hours = sum(run.chip_hours for run in runs)
    prices = [run.dollars for run in runs if run.dollars is not None]
    paid = price_text(sum(prices) if prices else None)
    return f": {time} of {wanted}, {hours:,.3g} chip-hours{paid}; measuring comes on top"
