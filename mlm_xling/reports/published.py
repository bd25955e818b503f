"""The paper's published numbers, for comparison with ours.

Source: Conneau et al. (2020), Table 1 (docs/method.md section 4): zero-shot transfer from English,
the mean over the best two settings by English dev.
"""

from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.languages import is_language, split_languages

LANGUAGES = ("fr", "ru", "zh")
PUBLISHED: dict[tuple[str, str, str], float] = {
    (row, task.name, language): percent / 100
    for task in TASKS.values()
    for row, of_row in task.published.items()
    for language, percent in zip(LANGUAGES, of_row, strict=True)
}
"""(row, task, target language) -> the task's selection metric, as a fraction."""
_ROWS = {row for row, _, _ in PUBLISHED}


def published_row(name: str) -> str | None:
    """Returns the paper's row in the name of a run: the whole name, or what follows its languages.

    `sep_l1_3`, `Sep-L1-3` and `en-fr-sep_l1_3` are the row `sep_l1_3`. `en-fr-half_sep_emb` is not
    in the paper: it may be another row, or something else.
    """
    name = name.rpartition("/")[2]
    if (alone := name.lower().replace("-", "_")) in _ROWS:
        return alone
    languages, _, row = name.rpartition("-")
    after_languages = all(map(is_language, split_languages(languages)))
    return row.lower() if after_languages and row.lower() in _ROWS else None
