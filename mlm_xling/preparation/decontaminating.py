"""Detection of lines in other languages (`data.decontaminate`)."""

from mlm_xling.config import DataConfig
from mlm_xling.data.text import sentence_hash
from tasks.contamination.identifier import identifier
from tasks.contamination.lines import Kind, examine
from tasks.contamination.names import label_language
from tasks.streams import all_sentences

FLAGGED_FROM = 0.5
"""Minimum probability for a line to count as in a language; no other can be likelier."""


def foreign_lines(data: DataConfig, language: str) -> frozenset[int]:
    """Returns hashes of a text's lines that are identified as in `data.decontaminate`.

    Short and non-linguistic lines are not classified (`tasks.contamination.lines`). Only the hashes
    found are kept in memory.

    Raises:
      InputError: the identifier is not installed, or does not know such a language.
    """
    identify = identifier()
    asked = {identify.require(name, "config.data.decontaminate") for name in data.decontaminate}
    asked.discard(label_language(language))
    found = set()
    for line in all_sentences(data, language) if asked else ():
        kind, text = examine(line)
        if kind is Kind.TEXT:
            identified = identify(text)
            if identified.language in asked and identified.p >= FLAGGED_FROM:
                found.add(sentence_hash(line))
    return frozenset(found)
