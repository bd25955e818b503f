"""What the paper published, to stand beside our own numbers.

Source: Conneau et al. (2020), Table 1, as METHOD.md section 4 gives it: zero-shot transfer from
English, a mean over the best two settings by English dev. Fractions.
"""

LANGUAGES = ("fr", "ru", "zh")

_PERCENT: dict[str, tuple[tuple[float, float, float], ...]] = {
    "default": ((73.6, 68.7, 68.3), (79.8, 60.9, 63.6), (73.2, 56.6, 28.8)),
    "wiki_cc": ((74.2, 65.8, 66.5), (74.0, 49.6, 61.9), (71.3, 54.8, 25.2)),
    "no_anchors": ((72.1, 67.5, 67.7), (74.0, 57.9, 65.0), (72.3, 56.2, 27.4)),
    "default_anchors": ((74.0, 68.1, 68.9), (76.8, 56.3, 61.2), (73.0, 57.0, 28.3)),
    "extra_anchors": ((74.0, 69.8, 72.1), (76.1, 59.7, 66.8), (73.3, 56.9, 29.2)),
    "sep_emb": ((72.7, 63.6, 60.8), (75.5, 57.5, 59.0), (71.7, 54.0, 27.5)),
    "sep_l1_3": ((72.4, 65.0, 63.1), (74.0, 53.3, 60.8), (69.7, 54.1, 26.4)),
    "sep_l1_6": ((61.9, 43.6, 37.4), (61.2, 23.7, 3.1), (61.7, 31.6, 12.0)),
    "sep_emb_l1_3": ((69.2, 61.7, 56.4), (73.8, 46.8, 53.5), (68.2, 53.6, 23.9)),
    "sep_emb_l1_6": ((51.6, 35.8, 34.4), (56.5, 5.4, 1.0), (50.9, 6.4, 1.5)),
}
"""Row -> NLI accuracy, NER F1, parsing LAS."""

PUBLISHED: dict[tuple[str, str, str], float] = {
    (row, task, language): percent / 100
    for row, of_row in _PERCENT.items()
    for task, of_task in zip(("nli", "ner", "parsing"), of_row, strict=True)
    for language, percent in zip(LANGUAGES, of_task, strict=True)
}
"""(row, task, target language) -> the task's selection metric."""


def published_row(name: str) -> str | None:
    """The paper's row that a run's name ends in (`en-fr-sep_l1_3` is `sep_l1_3`), if any."""
    plain = name.lower().replace("-", "_")
    rows = [row for row in _PERCENT if plain == row or plain.endswith(f"_{row}")]
    return max(rows, key=len, default=None)
