"""The cost of a study on chips: plans of the runs to train, and their sum."""

from collections.abc import Iterator, Sequence

from mlm_xling.config import Config
from mlm_xling.config.stored import fields
from mlm_xling.data.cache import digest
from mlm_xling.planning.plan import Plan, make_plan
from mlm_xling.planning.roofline import Run
from mlm_xling.planning.shown import qualifications, run_text, verdict
from mlm_xling.planning.slices import Slice
from mlm_xling.study.cell import PRETRAIN, Cell

_NAMES = ("languages", "training.seed")
"""Fields whose values do not affect the cost, except for the number of languages."""


def cost(cells: Sequence[Cell], wanted: Slice, price: float | None = None) -> Iterator[str]:
    """Yields a line for each run to train, and their sum; runs of one shape are planned once.

    Raises:
      InputError: as `make_plan`.
    """
    plans: dict[str, Plan] = {}
    found: list[Plan] = []
    for cell in cells:
        if cell.config is None or PRETRAIN not in (stage.name for stage in cell.left()):
            continue
        shape = _shape(cell.config)
        if shape not in plans:
            plans[shape] = make_plan(cell.config, wanted, price)
        plan = plans[shape]
        found.append(plan)
        yield f"{cell.name:<40} {run_text(plan, plan.run) if plan.run else verdict(plan)}"
    runs = [plan.run for plan in found if plan.run]
    told = f"{len(runs)} of {len(cells)} runs to train{_sum(runs, wanted)}; measuring comes on top"
    yield told
    if runs:
        yield from qualifications(found[0])


def _shape(config: Config) -> str:
    known = [field for field in fields(config) if field[0] not in _NAMES]
    return digest([len(config.languages), known])


def _sum(runs: Sequence[Run], wanted: Slice) -> str:
    if not runs:
        return ""
    days, hours = sum(run.days for run in runs), sum(run.chip_hours for run in runs)
    dollars = [run.dollars for run in runs if run.dollars is not None]
    priced = f", ${sum(dollars):,.2f}" if dollars else ""
    return f": {days:.3g} days of {wanted}, {hours:,.3g} chip-hours{priced}"
