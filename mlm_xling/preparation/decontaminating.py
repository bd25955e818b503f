"""Finding the lines of a text that are in other languages (`data.decontaminate`)."""

from collections.abc import Iterator

from mlm_xling.config import DataConfig
from mlm_xling.data.text import sentence_hash
from tasks.contamination.identifier import identifier
from tasks.contamination.lines import Kind, examine
from tasks.contamination.names import label_language
from tasks.documents import SPLITS, documents
from tasks.streams import split_sentences

FLAGGED_FROM = 0.5
"""Least probability of a language at which a line counts as being in it: no other is likelier."""


def foreign_lines(data: DataConfig, language: str) -> frozenset[int]:
    """Hashes the lines of a language's text that are identified as of `data.decontaminate`.

    Short lines and non-linguistic ones are not asked about (`tasks.contamination.lines`). Memory
    holds what is found.

    Raises:
      InputError: the identifier is not installed, or knows no such language.
    """
    identify = identifier()
    asked = {identify.require(name, "config.data.decontaminate") for name in data.decontaminate}
    asked.discard(label_language(language))
    found = set()
    for line in _lines(data, language) if asked else ():
        kind, text = examine(line)
        if kind is Kind.TEXT:
            identified = identify(text)
            if identified.language in asked and identified.p >= FLAGGED_FROM:
                found.add(sentence_hash(line))
    return frozenset(found)


def _lines(data: DataConfig, language: str) -> Iterator[str]:
    for split in SPLITS:
        dataset = documents(data, language).get_dataset(split, shuffle=False)
        for example in split_sentences(dataset).as_numpy_iterator():
            yield from (line.decode() for line in example["text"])
