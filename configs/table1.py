"""The rows of the paper's Table 1 (docs/method.md section 4), for all configurations.

    --config=configs/paper.py:en-fr/sep_emb_l1_3

specifies languages and a row. Every row supports more than two languages, and tags with several
parts: `en-pt-BR-zh-Hant` is three languages (`mlm_xling.languages.split_languages`).
"""

from dataclasses import dataclass

from mlm_xling.config import TFDS, Config
from mlm_xling.errors import InputError
from mlm_xling.languages import split_languages


@dataclass(frozen=True)
class Row:
    """What distinguishes a row from the others."""

    vocabulary: str
    private: tuple[str, ...] = ()
    """Parts that each language has for itself, as in `model.private`: the paper's layers 1-3 are
    the lowest three eighths of any encoder."""
    code_switching: float = 0.0
    """Probability that a word is replaced by its translation."""
    equal_size: str = ""
    """The unit in which the corpora have equal size."""
    crawled: bool = False
    """Whether all languages but the first are read from a crawl."""


ROWS = {
    "default":         Row("joint"),
    "wiki_cc":         Row("joint", equal_size="sentences", crawled=True),
    "no_anchors":      Row("disjoint"),
    "default_anchors": Row("union"),
    "extra_anchors":   Row("joint", code_switching=0.3),
    "sep_emb":         Row("disjoint", ("embeddings",)),
    "sep_l1_3":        Row("union", ("lowest_3/8",)),
    "sep_l1_6":        Row("union", ("lowest_6/8",)),
    "sep_emb_l1_3":    Row("disjoint", ("embeddings", "lowest_3/8")),
    "sep_emb_l1_6":    Row("disjoint", ("embeddings", "lowest_6/8")),
    # For docs/method.md section 6: en/monolingual is one language, en/en_en is one language twice.
    "monolingual":     Row("disjoint"),
    "en_en":           Row("disjoint", ("embeddings",)),
}  # fmt: skip
PAPER = tuple(name for name in ROWS if name not in ("monolingual", "en_en"))
"""The ten rows of the table itself."""
MAPPED_HEADS: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("default", "monolingual"), ("contextual_ner", "contextual_parsing")
)
"""Evaluators of Figures 5 and 8, and the rows whose layers they read through a map."""


def with_row(config: Config, argument: str) -> Config:
    """Fills in the fields of a row; everything else stays as in `config`.

    With one model per language, each vocabulary has half the size of a joint one, just as the paper
    has 40,000 and 80,000.

    Args:
      argument: `<language>-<language>.../<row>`.

    Raises:
      InputError: there is no such row, or it has too many or too few languages.
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
    config.model.private = row.private
    config.data.code_switching.probability = row.code_switching
    config.data.equal_size = row.equal_size
    if row.crawled:
        _read_from_crawl(config, config.languages[1:])
    return config


def _read_from_crawl(config: Config, languages: tuple[str, ...]) -> None:
    """Uses Common Crawl from TFDS, the lab's other domain, or the user's files."""
    if config.data.source == "lab":
        config.lab.web = languages
    else:
        crawl = "c4" if config.data.source in TFDS else ""
        config.data.sources = tuple(f"{language}:{crawl}" for language in languages)


def _languages(names: str, row: str) -> tuple[str, ...]:
    languages = split_languages(names)
    alone = row in ("monolingual", "en_en")
    if alone != (len(languages) == 1):
        wanted = f"one language, like en/{row}" if alone else f"two or more, like en-fr/{row}"
        raise InputError(f"config:{names}/{row}: row {row} takes {wanted}")
    return (names, f"{names}2") if row == "en_en" else languages
