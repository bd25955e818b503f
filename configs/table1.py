"""The rows of the paper's Table 1 (METHOD.md section 4), written once for all configurations.

    --config=configs/paper.py:en-fr/sep_emb_l1_3

names languages and a row. More than two languages are possible in every row.
"""

from dataclasses import dataclass

from mlm_xling.config import PAPER_LAYERS, Config
from mlm_xling.errors import InputError


@dataclass(frozen=True)
class Row:
    """What distinguishes a row from the others."""

    vocabulary: str
    embeddings: bool = False
    """Private."""
    layers: int = 0
    """So many of the lowest, of the paper's eight, are private."""
    code_switching: float = 0.0
    """Probability that a word is replaced by its translation."""
    equal_size: str = ""
    """What the corpora have equally many of."""


ROWS = {
    "default":         Row("joint"),
    "wiki_cc":         Row("joint", equal_size="sentences"),  # and languages from another source
    "no_anchors":      Row("disjoint"),
    "default_anchors": Row("union"),
    "extra_anchors":   Row("joint", code_switching=0.3),
    "sep_emb":         Row("disjoint", embeddings=True),
    "sep_l1_3":        Row("union", layers=3),
    "sep_l1_6":        Row("union", layers=6),
    "sep_emb_l1_3":    Row("disjoint", embeddings=True, layers=3),
    "sep_emb_l1_6":    Row("disjoint", embeddings=True, layers=6),
    # For METHOD.md section 6: en/monolingual is one language, en/en_en is one language twice.
    "monolingual":     Row("disjoint"),
    "en_en":           Row("disjoint", embeddings=True),
}  # fmt: skip


def with_row(config: Config, argument: str) -> Config:
    """Fills in the fields of a row; everything else stays as in `config`.

    A vocabulary with a model for each language has half the size of the joint one for each, as
    40,000 stand beside 80,000 in the paper. Whoever then overrides `model.layers` sets
    `model.private`, too.

    Args:
      argument: `<language>-<language>.../<row>`.

    Raises:
      InputError: no such row, or too many or too few languages for it.
    """
    names, _, name = argument.rpartition("/")
    if not names or name not in ROWS:
        raise InputError(
            f"config:{argument}: say <languages>/<row>, like en-fr/sep_emb; rows are "
            f"{' '.join(ROWS)}"
        )
    row = ROWS[name]
    config.languages, config.row = _languages(names, name), name
    config.vocabulary.kind = row.vocabulary
    if row.vocabulary != "joint":
        config.vocabulary.size //= 2
    layers = range(1, scaled(row.layers, config.model.layers) + 1)
    embeddings = ("embeddings",) if row.embeddings else ()
    config.model.private = (*embeddings, *(f"layer_{i}" for i in layers))
    config.data.code_switching.probability = row.code_switching
    config.data.equal_size = row.equal_size
    return config


def scaled(private: int, layers: int) -> int:
    """How many of `layers` are private where `private` of the paper's eight are.

    Other models keep the proportions half (of 1-3) and three quarters (of 1-6), rounded down.
    """
    if layers == PAPER_LAYERS or not private:
        return private
    return max(1, layers // 2 if private == 3 else layers * 3 // 4)


def _languages(names: str, row: str) -> tuple[str, ...]:
    languages = tuple(names.split("-"))
    alone = row in ("monolingual", "en_en")
    if alone != (len(languages) == 1):
        wanted = f"one language, like en/{row}" if alone else f"two or more, like en-fr/{row}"
        raise InputError(f"config:{names}/{row}: row {row} is of {wanted}")
    return (names, f"{names}2") if row == "en_en" else languages
