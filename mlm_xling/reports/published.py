"""What the paper published, to stand beside our own numbers.

Source: Conneau et al. (2020), Table 1 (docs/method.md section 4): zero-shot transfer from English,
the mean over the best two settings by English dev.
"""

from mlm_xling.evaluation.evaluators import TASKS

LANGUAGES = ("fr", "ru", "zh")
PUBLISHED: dict[tuple[str, str, str], float] = {
    (row, task.name, language): percent / 100
    for task in TASKS.values()
    for row, of_row in task.published.items()
    for language, percent in zip(LANGUAGES, of_row, strict=True)
}
"""(row, task, target language) -> the task's selection metric, a fraction."""
_ROWS = {row for row, _, _ in PUBLISHED}


def published_row(name: str) -> str | None:
    """Finds the paper's row that a run's name ends in (`en-fr-sep_l1_3` is `sep_l1_3`)."""
    plain = name.rpartition("/")[2].lower().replace("-", "_")
    rows = [row for row in _ROWS if plain == row or plain.endswith(f"_{row}")]
    return max(rows, key=len, default=None)
