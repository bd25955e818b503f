"""The lab as files in the usual formats, in two directories. One is for training and probing,

<lang>.txt                 documents: a sentence a line, a blank line between documents
parallel.tsv               the same sentences in all languages
paraphrases.<lang>.tsv     the same sentences said in another way
dictionary.<a>-<b>.tsv     source, target, weight, the source's lemma
distances/<kind>.tsv       how far languages are apart in grammar and in lexicon

the other for fine-tuning:

trees/<lang>-<split>.conllu
ner/<lang>-<split>.txt     words and BIO tags
nli/<lang>-<split>.tsv     premise, hypothesis, label
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from mlm_xling.config import LabConfig
from tasks.lab.bitext import parallel_meanings, paraphrased
from tasks.lab.dictionary import dictionary
from tasks.lab.discourse import documents, singles
from tasks.lab.distances import distances, table
from tasks.lab.entailment import LABELS, pairs
from tasks.lab.realise import Language
from tasks.lab.trees import analyse, conllu, tagged
from tasks.lab.usage import Usage
from tasks.lab.world import World

_SPLITS = {"train": (1.0, 1.0), "dev": (0.25, 1 / 12), "test": (0.25, 1 / 12)}
"""Shares of `lab.labelled` and of `lab.nli_pairs`."""
_AT_ONCE = 4096
"""Sentences; larger tables do not fit the processor's cache."""


def write_text(lab: LabConfig, directory: Path, say: Callable[[str], None]) -> None:
    """Writes the files of a lab but for the labelled; the same configuration gives the same bytes.

    Args:
        lab: what to write.
        directory: where; it exists.
        say: is told how far it is, a line at a time.
    """
    world = World(lab)
    languages = [Language(world, code, lab) for code in lab.languages]
    for language in languages:
        say(f"lab: {lab.sentences:,} sentences of {language.code}")
        with (directory / f"{language.code}.txt").open("w", encoding="utf-8") as file:
            file.writelines(monolingual(world, language, lab))
    _write_parallel(Usage(world, lab), languages, lab, directory)
    for source in languages:
        for target in languages:
            if source is not target:
                _write_dictionary(world, source, target, directory)
    (directory / "distances").mkdir()
    for kind, matrix in distances(languages).items():
        text = table(lab.languages, matrix)
        (directory / "distances" / f"{kind}.tsv").write_text(text, encoding="utf-8")


def write_labelled(lab: LabConfig, directory: Path, say: Callable[[str], None]) -> None:
    """Writes the labelled files of a lab as `write_text` writes the others."""
    world = World(lab)
    usage = Usage(world, lab)
    for folder in ("trees", "ner", "nli"):
        (directory / folder).mkdir()
    for code in lab.languages:
        say(f"lab: trees, names and pairs of sentences in {code}")
        _write_labelled(usage, Language(world, code, lab), lab, directory)


def monolingual(world: World, language: Language, lab: LabConfig) -> Iterator[str]:
    """Yields blocks of lines: documents that no other language has."""
    rng = np.random.default_rng([lab.seed, 4, *language.code.encode()])
    usage = Usage(world, lab, language.lexicon.code)
    domain = "web" if language.code in lab.web else "wiki"
    left = lab.sentences
    while left > 0:
        made, document = documents(usage, domain, min(left, _AT_ONCE), rng)
        made, document = made[:left], document[:left]
        left -= len(made)
        ends = np.append(document[1:] != document[:-1], True)
        breaks = np.where(ends, "\n\n", "\n").tolist()
        yield "".join(map(str.__add__, language.sentences(made), breaks))


def _write_parallel(
    usage: Usage, languages: list[Language], lab: LabConfig, directory: Path
) -> None:
    rng = np.random.default_rng([lab.seed, 5])
    made = parallel_meanings(usage, lab.parallel_rows, rng)
    columns = {language.code: language.sentences(made) for language in languages}
    _write_rows(directory / "parallel.tsv", list(columns), zip(*columns.values(), strict=True))
    again = paraphrased(usage.world, made, rng)
    for language in languages:
        rows = zip(columns[language.code], language.sentences(again), strict=True)
        path = directory / f"paraphrases.{language.code}.tsv"
        _write_rows(path, [language.code, "paraphrase"], rows)


def _write_dictionary(world: World, source: Language, target: Language, directory: Path) -> None:
    path = directory / f"dictionary.{source.code}-{target.code}.tsv"
    with path.open("w", encoding="utf-8") as file:
        for entry in dictionary(world, source, target):
            file.write(f"{entry.source}\t{entry.target}\t{entry.weight:.3g}\t{entry.lemma}\n")


def _write_labelled(usage: Usage, language: Language, lab: LabConfig, directory: Path) -> None:
    held_out = usage.world.held_out
    for number, (split, (share, of_pairs)) in enumerate(_SPLITS.items()):
        spoken = usage.with_names(~held_out if split == "train" else held_out)
        own = language.code.encode() if split != "test" else b""
        rng = np.random.default_rng([lab.seed, 6, number, *own])
        name, count = f"{language.code}-{split}", max(round(share * lab.labelled), 1)
        made = singles(spoken, "wiki", count, rng)
        sentences = list(analyse(language, made))
        trees = directory / "trees" / f"{name}.conllu"
        trees.write_text("".join(map(conllu, sentences)), encoding="utf-8")
        ner = directory / "ner" / f"{name}.txt"
        ner.write_text("".join(map(tagged, sentences)), encoding="utf-8")
        premises, hypotheses, labels = pairs(spoken, max(round(of_pairs * lab.nli_pairs), 1), rng)
        rows = zip(
            language.sentences(premises),
            language.sentences(hypotheses),
            (LABELS[label] for label in labels),
            strict=True,
        )
        header = ["premise", "hypothesis", "label"]
        _write_rows(directory / "nli" / f"{name}.tsv", header, rows)


def _write_rows(path: Path, header: list[str], rows) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines("\t".join(row) + "\n" for row in (header, *rows))
