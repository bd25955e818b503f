"""Sentence pairs for training (`data.pairs`): what was prepared, and which steps read it."""

from dataclasses import dataclass

from mlm_xling.config import Config


@dataclass(frozen=True)
class PairsRecord:
    """What was prepared from the sentence pairs of two languages (`data.pairs`)."""

    languages: tuple[str, str]
    pairs: int
    tokens: int
    """Number of ids of both sides, including `</s>`; the remaining positions are padding."""
    cut: int
    """Number of sides that were too long and lost their end."""
    held_out: int
    """Rows skipped because evaluation uses one of their sides, or one within a word of it."""

    @property
    def folder(self) -> str:
        """Folder of their shards, to be passed to `Prepared.shards` as a language."""
        return "/".join(self.languages)

    def padding(self, length: int) -> float:
        """Returns the share of padding in records of a length."""
        return 1 - self.tokens / (self.pairs * length)


def paired_steps(config: Config, steps: int | None = None) -> int:
    """Returns how many of the first `steps` steps of a run (by default all) read pairs.

    The result is within one of the share `training.pair_share`.
    """
    training = config.training
    later = max((training.steps if steps is None else steps) - training.short_steps, 0)
    return round(later * training.pair_share) if config.data.pairs else 0
