"""Progress reports of a run: a progress line, log lines, TensorBoard."""

import math
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import jax
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from mlm_xling.config import Config
from mlm_xling.console import seconds_since_start
from mlm_xling.data.manifest import Manifest
from mlm_xling.results import Result, chosen_layer
from mlm_xling.training.curves import Curves
from mlm_xling.training.perplexity import Perplexity
from mlm_xling.training.step import Metrics, Program
from mlm_xling.training.summary import summary, warnings

_SMOOTHING = 0.98
_PLAIN_WIDTH = 140
_PLAIN_EVERY = 30.0
"""Seconds between progress lines without a terminal."""


class Reporter:
    """Reports on one run; only the first host prints."""

    def __init__(
        self,
        config: Config,
        workdir: Path,
        manifest: Manifest,
        rates: Mapping[str, float],
        program: Program,
        mesh: jax.sharding.Mesh,
    ):
        self._config, self._workdir = config, workdir
        speaking = jax.process_index() == 0
        self._console = Console(
            stderr=True,
            quiet=not speaking,
            markup=False,
            emoji=False,
            highlight=False,
            width=None if sys.stderr.isatty() else _PLAIN_WIDTH,
        )
        self._curves = Curves(workdir, lambda line: self.warned([line])) if speaking else None
        self._progress = Progress(
            TextColumn("step {task.completed:,.0f}/{task.total:,.0f}"),
            BarColumn(bar_width=20),
            TextColumn("{task.description}", markup=False),
            console=self._console,
        )
        self._task = self._progress.add_task("compiling", total=config.training.steps)
        self._language_nats: dict[str, float] = {}
        self._loss = math.nan
        self._dropped = 0
        self._clock = _Clock(config)
        self._said = time.monotonic()
        self._console.print(summary(config, workdir, manifest, rates, program, mesh))
        for line in warnings(config, manifest):
            self._console.print(f"warning: {line}", style="bold yellow", markup=False)

    def __enter__(self) -> "Reporter":
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()
        if self._curves:
            self._curves.close()

    def warned(self, warnings: Iterable[str]) -> None:
        """Prints warnings, one line each."""
        for line in warnings:
            self._console.print(f"warning: {line}", markup=False, soft_wrap=True)

    def resumed(self, step: int) -> None:
        """Reports the step at which a run resumes."""
        self._console.print(f"resuming at step {step:,}")
        self._progress.update(self._task, completed=step)

    def compiles(self) -> None:
        """Notes that the next step includes compilation."""
        self._clock.pause()

    def trained(self, step: int, metrics: Metrics) -> None:
        """Accumulates the metrics of one step."""
        if math.isnan(self._loss):
            self._console.print(f"first step {seconds_since_start():.1f} s after the start")
        self._loss = _smooth(self._loss, float(metrics.loss))
        for name, nats, targets in zip(
            self._config.languages, metrics.language_loss, metrics.language_targets, strict=True
        ):
            if targets:
                before = self._language_nats.get(name, math.nan)
                self._language_nats[name] = _smooth(before, float(nats / targets))
        self._warn_of_dropped(step, int(metrics.dropped_targets))
        self._clock.tick(step)
        if step % self._config.training.log_every == 0:
            self._draw_curves(step, metrics)
        self._show(step)

    def evaluated(self, step: int, perplexities: Mapping[str, Perplexity]) -> None:
        """Prints and records the dev perplexities of a step."""
        shown = "  ".join(
            f"{name} {found.value:,.2f} over {found.ids:,} ids"
            for name, found in perplexities.items()
        )
        nothing = "no dev text: the best checkpoint is the latest"
        self._console.print(f"step {step:,}  dev perplexity  {shown or nothing}")
        self._scalars(
            step, {f"dev_perplexity/{name}": found.value for name, found in perplexities.items()}
        )
        self._clock.pause()

    def probed(self, step: int, results: list[Result], seconds: float) -> None:
        """Prints each metric at the layer that reports would select, and records all layers.

        Args:
          seconds: total time spent on probing in this run.
        """
        self._clock.pause()
        if not results:
            return
        measured: dict[tuple[str, str, str], list[Result]] = {}
        for result in results:
            measured.setdefault((result.target, result.metric, result.model), []).append(result)
        for (target, metric, model), of_metric in measured.items():
            layer = chosen_layer(of_metric, (metric,))
            result = next(result for result in of_metric if result.layer == layer)
            where = model if layer is None else f"layer {layer}"
            self._console.print(
                f"step {step:,}  {result.source}-{target}  {metric} {result.value:.3f} ({where})"
            )
        share = self._clock.share(seconds)
        self._console.print(
            f"step {step:,}  probing took {seconds:.1f} s so far"
            + ("" if math.isnan(share) else f", {share:.1%} of the training time")
        )
        self._scalars(step, {_tag(result): result.value for result in results})
        self._scalars(step, {"probing/share_of_training_time": share})

    def finished(self, step: int, interrupted: bool) -> None:
        """Reports how the run ended."""
        if interrupted:
            self._console.print(f"stopped and saved at step {step:,}; the same command resumes")
        else:
            self._console.print(f"done: {step:,} steps in {self._workdir}")

    def _show(self, step: int) -> None:
        by_language = " ".join(
            f"{name} {math.exp(min(nats, 700.0)):,.1f}"
            for name, nats in self._language_nats.items()
        )
        text = (
            f"loss {self._loss:.3f}  perplexity {by_language}  "
            f"{self._clock.tokens_per_second():,.0f} tokens/s  {self._clock.left(step)} left"
        )
        if self._console.is_terminal:
            self._progress.update(self._task, completed=step, description=text)
        elif time.monotonic() - self._said > _PLAIN_EVERY:
            self._said = time.monotonic()
            self._console.print(f"step {step:,}/{self._config.training.steps:,}  {text}")

    def _warn_of_dropped(self, step: int, dropped: int) -> None:
        if dropped:
            self._dropped += dropped
            self._console.print(
                f"step {step:,}: {dropped} masked tokens beyond the cap were not predicted "
                f"({self._dropped} so far)"
            )

    def _draw_curves(self, step: int, metrics: Metrics) -> None:
        languages = zip(
            self._config.languages,
            metrics.language_loss / np.maximum(metrics.language_targets, 1),
            metrics.language_targets,
            strict=True,
        )
        self._scalars(
            step,
            {
                "loss": metrics.loss,
                "gradient_norm": metrics.gradient_norm,
                "learning_rate": metrics.learning_rate,
                "dropped_targets": self._dropped,
                "tokens_per_second": self._clock.tokens_per_second(),
                **{f"loss/{name}": loss for name, loss, targets in languages if targets},
            },
        )

    def _scalars(self, step: int, values: Mapping[str, Any]) -> None:
        if self._curves:
            self._curves.add(step, values)


class _Clock:
    """Throughput of training alone: compilation, evaluation and probes do not count."""

    def __init__(self, config: Config):
        training = config.training
        self._tokens = training.tokens_per_step
        self._steps = training.steps
        self._seconds = math.nan
        self._last: float | None = None
        self._trained = 0.0

    def tick(self, step: int) -> None:
        now = time.monotonic()
        if self._last is not None:
            self._trained += now - self._last
            self._seconds = _smooth(self._seconds, now - self._last)
        self._last = now

    def pause(self) -> None:
        self._last = None

    def share(self, seconds: float) -> float:
        """Seconds as a fraction of the time spent on training steps."""
        return seconds / self._trained if self._trained else math.nan

    def tokens_per_second(self) -> float:
        return 0.0 if math.isnan(self._seconds) else self._tokens / self._seconds

    def left(self, step: int) -> str:
        if math.isnan(self._seconds):
            return "?"
        minutes, seconds = divmod(int((self._steps - step) * self._seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}"


def _smooth(mean: float, value: float) -> float:
    return value if math.isnan(mean) else _SMOOTHING * mean + (1 - _SMOOTHING) * value


def _tag(result: Result) -> str:
    layer = "" if result.layer is None else f"/layer_{result.layer}"
    return f"{result.metric}/{result.source}-{result.target}{layer}"
