"""Sentence pairs that are trained on (`data.pairs`): what was prepared, and which steps read it."""

from dataclasses import dataclass

from mlm_xling.config import Config


@dataclass(frozen=True)
class PairsRecord:
    """What was made of the sentence pairs of two languages (`data.pairs`)."""

    languages: tuple[str, str]
    pairs: int
    tokens: int
    """Ids of both sides, `</s>` included; the rest of their places is padding."""
    cut: int
    """Sides that were too long, and lack their end."""
    held_out: int
    """Rows that were passed over because evaluation uses a side of them, or what differs from it by
    a word."""

    @property
    def folder(self) -> str:
        """Where their shards are, as `Prepared.shards` takes it for a language."""
        return "/".join(self.languages)

    def padding(self, length: int) -> float:
        """The share of padding in records of a length."""
        return 1 - self.tokens / (self.pairs * length)


def paired_steps(config: Config, steps: int | None = None) -> int:
    """Counts those of the first steps of a run, by default of all, that read pairs.

    It is the share of `training.pair_share`, give or take one.
    """
    training = config.training
    later = max((training.steps if steps is None else steps) - training.short_steps, 0)
    return round(later * training.pair_share) if config.data.pairs else 0
