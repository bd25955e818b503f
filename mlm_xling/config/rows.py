"""Names of rows, which say what a configuration is until one of the row's fields is overridden."""

from collections.abc import Iterable

OF_ROWS = (
    "vocabulary.kind",
    "model.private",
    "model.private_groups",
    "data.code_switching.probability",
    "data.equal_size",
    "lab.web",
    "training.replace_by_own_ids",
)
"""Fields by which the rows of `configs/` differ, whatever the languages and sizes."""


def row_but_for(row: str, overridden: Iterable[str]) -> str:
    """Returns what to call a row of which fields were overridden: `sep_emb but for model.private`.

    Args:
      row: its name, or empty.
      overridden: dotted names of fields, also of those that do not make a row.
    """
    names = sorted(set(OF_ROWS).intersection(overridden))
    return f"{row} but for {' and '.join(names)}" if row and names else row
