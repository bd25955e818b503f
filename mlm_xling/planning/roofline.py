"""Lower bound on the time of a step: the maximum of arithmetic, memory traffic and communication.

Williams, Waterman and Patterson (2009), with links as a third resource. All three are assumed to
overlap at their peaks, so no run is faster.
"""

from dataclasses import dataclass

from mlm_xling.planning.chips import Chip

_SECONDS_OF_HOUR, _SECONDS_OF_DAY = 3600, 86400


@dataclass(frozen=True)
class Roofline:
    """Seconds of a step on each resource alone."""

    arithmetic: float
    memory: float
    links: float

    @property
    def seconds(self) -> float:
        """Lower bound on the time of a step."""
        return max(self.arithmetic, self.memory, self.links)

    @property
    def binds(self) -> str:
        """The slowest resource: `arithmetic`, `memory` or `links`."""
        return max(("arithmetic", "memory", "links"), key=lambda name: getattr(self, name))


@dataclass(frozen=True)
class Run:
    """A whole run at a given speed."""

    tokens_per_second: float
    days: float
    chip_hours: float
    dollars: float | None
    """Price of the run; None without a price per chip hour."""


def roofline(flops: float, moved_bytes: float, sent_bytes: float, chip: Chip) -> Roofline:
    """Divides what one device does in a step by the peaks of its share of the chip."""
    return Roofline(
        flops * chip.cores / chip.flops,
        moved_bytes * chip.cores / chip.bandwidth,
        sent_bytes * chip.cores / chip.link,
    )


def run_at(seconds: float, tokens: int, steps: int, chips: int, price: float | None = None) -> Run:
    """Extrapolates from a step to a run.

    Args:
      seconds: duration of a step.
      tokens: number of tokens per step.
      price: dollars per chip hour.
    """
    chip_hours = seconds * steps * chips / _SECONDS_OF_HOUR
    return Run(
        tokens / seconds,
        seconds * steps / _SECONDS_OF_DAY,
        chip_hours,
        None if price is None else chip_hours * price,
    )
