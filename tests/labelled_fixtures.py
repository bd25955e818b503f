"""Small labelled files of the made-up languages: trees, tags, and pairs, all learnable."""

import dataclasses
from pathlib import Path

from mlm_xling.config import Config
from mlm_xling.config.overrides import override
from mlm_xling.data.labelled import Table
from tests.data_fixtures import LANGUAGES, sentences

RELATIONS = ("nsubj", "obj", "det", "advmod")


def label_of(word: str, labels: tuple[str, ...]) -> str:
    """A label that the word determines."""
    return labels[sum(map(ord, word)) % len(labels)]


def tree_block(words: list[str]) -> str:
    """CoNLL-U: the last word is the root, every other hangs on the next."""
    rows = []
    for i, word in enumerate(words, 1):
        root = i == len(words)
        relation = "root" if root else f"{label_of(word, RELATIONS)}:sub"
        tag = "PUNCT" if word.endswith(".") else "NOUN"
        rows.append(f"{i}\t{word}\t_\t{tag}\t_\t_\t{0 if root else i + 1}\t{relation}\t_\t_\n")
    return "# a comment\n" + "".join(rows) + "\n"


def tag_block(words: list[str]) -> str:
    """Two columns: some words begin an entity of a type that they determine."""
    tags = ("O", "O", "B-PER", "B-LOC")
    return "".join(f"{word}\t{label_of(word, tags)}\n" for word in words) + "\n"


def pair_line(words: list[str]) -> str:
    """A pair whose label the first word determines."""
    label = label_of(words[0], ("entailment", "neutral", "contradiction"))
    return f"{' '.join(words)}\t{words[-1]}\t{label}\n"


def write_labelled(folder: Path, count: int) -> None:
    """Writes `<split>-<language>.conllu`, `.bio` and `.tsv` of `count` sentences each."""
    for language in LANGUAGES:
        for seed, split in enumerate(("train", "dev", "test"), 1):
            lines = [line.split() for line in sentences(language, count, seed)]
            stem = folder / f"{split}-{language}"
            stem.with_suffix(".conllu").write_text("".join(map(tree_block, lines)))
            stem.with_suffix(".bio").write_text("".join(map(tag_block, lines)))
            header = "premise\thypothesis\tlabel\n"
            stem.with_suffix(".tsv").write_text(header + "".join(map(pair_line, lines)))


def repeated(table: Table, times: int) -> Table:
    """Every sentence so many times."""
    columns = {name: cells * times for name, cells in table.columns.items()}
    return dataclasses.replace(table, columns=columns)


def with_labelled(config: Config, folder: Path, **changes) -> Config:
    """The configuration with the made-up data and a grid of one setting; `__` for the dot."""
    values: dict = {
        f"evaluation.{task}.{split}": str(folder / f"{split}-{{language}}.{suffix}")
        for task, suffix in (("parsing", "conllu"), ("ner", "bio"), ("nli", "tsv"))
        for split in ("train", "dev", "test")
    }
    for task in ("parsing", "ner", "nli"):
        values |= {
            f"evaluation.{task}.batch_sizes": (16,),
            f"evaluation.{task}.learning_rates": (3e-3,),
            f"evaluation.{task}.head_learning_rates": (3e-3,),
            f"evaluation.{task}.epochs": 2,
            f"evaluation.{task}.epoch_examples": 0,
        }
    values["evaluation.finetuning.buckets"] = 1
    values |= {name.replace("__", "."): value for name, value in changes.items()}
    return override(config, values)


def flags_of(config: Config) -> list[str]:
    """The command line that makes the evaluation's part of a configuration."""
    flags = []
    for task in ("parsing", "ner", "nli"):
        for name, value in vars(getattr(config.evaluation, task)).items():
            shown = ",".join(map(str, value)) if isinstance(value, tuple) else value
            if shown != "":
                flags.append(f"--config.evaluation.{task}.{name}={shown}")
    return [
        *flags,
        f"--config.evaluation.finetuning.buckets={config.evaluation.finetuning.buckets}",
    ]
