"""A language of the lab and one derived from it, which differ in one property.

    python run_pretrain.py --config=configs/controlled.py:a/shift --workdir=runs/a-shift

The rows test what two languages must have in common to share meaning, with everything else equal
(docs/how-to/controlled-languages.md). Settings are those of `configs/demo.py`. Documents are
disjoint; `--config.data.same_documents` combines with any row. Languages that are learnt later
(`training.init_from`) and parts that are reset before fine-tuning need two runs, so they are not
rows; `benchmarks/later_embeddings.py` and `benchmarks/controlled.py` make them.
"""

from dataclasses import dataclass

from configs import demo
from mlm_xling.config import Config
from mlm_xling.errors import InputError
from mlm_xling.languages import is_language, underived


@dataclass(frozen=True)
class Row:
    """The second language, and how the encoder separates the two."""

    derived: str
    """What follows the language's name."""
    private: tuple[str, ...] = ()
    """Parts that each language has for itself."""
    replace_by_own_ids: bool = False


ROWS = {
    "reverse":                 Row(":reverse"),
    "permute":                 Row(":permute"),
    "syntax":                  Row(":syntax=d"),
    "shift":                   Row(":shift"),
    "shift_reverse":           Row(":shift:reverse"),
    "shift_permute":           Row(":shift:permute"),
    "shift_syntax":            Row(":syntax=d:shift"),
    "shift_own_positions":     Row(":shift", ("positions",)),
    "shift_own_specials":      Row(":shift", ("specials",)),
    "shift_own_replacements":  Row(":shift", (), replace_by_own_ids=True),
    "shift_own_all":           Row(":shift", ("positions", "specials"), replace_by_own_ids=True),
}  # fmt: skip


def get_config(argument: str = "a/shift") -> Config:
    """Returns the configuration of a row, `<language>/<row>`.

    Raises:
      InputError: there is no such row or language.
    """
    language, _, name = argument.partition("/")
    if name not in ROWS or not is_language(language):
        raise InputError(
            f"config:{argument}: say <language>/<row>, like a/shift; rows are {' '.join(ROWS)}"
        )
    row = ROWS[name]
    config = demo.get_config(f"{language}-{language}2/default")
    second = language + row.derived
    config.languages, config.row = (language, second), name
    config.lab.languages = tuple(dict.fromkeys((*config.lab.languages, underived(second))))
    config.model.private = row.private
    config.training.replace_by_own_ids = row.replace_by_own_ids
    return config
