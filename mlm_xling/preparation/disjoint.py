"""Assignment of mutual translations to one language each (`data.disjoint_documents`).

Translations are detected by parallel sentences: two documents are aligned if they contain both
sides of a row, and no other documents of their languages do, since a heading found in many
documents proves nothing. Documents without such a sentence are aligned by position: those between
the same two aligned documents in several languages. What is aligned, directly or indirectly, is
assigned as a whole. Single sentences then remain whose translation another language kept elsewhere;
they are assigned in the same way.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import scipy

from mlm_xling.config import Config, DataConfig
from mlm_xling.data.parallel import ParallelText
from mlm_xling.data.sources import text_files
from mlm_xling.data.text import read_documents, sentence_hash
from mlm_xling.data.translated import Sides, sides
from mlm_xling.errors import InputError

_LONGEST_GAP = 32
"""Maximum number of documents between two aligned ones that are aligned by position. Longer
stretches are more likely unrelated text."""


class Dealt(NamedTuple):
    """What a language leaves to others; hashes by `sentence_hash`."""

    documents: frozenset[int] = frozenset()
    document_sentences: int = 0
    sentences: frozenset[int] = frozenset()
    """Single sentences in documents that the language keeps."""


@dataclass
class _Text:
    """The documents of a language, by hash: copies count as the same document."""

    sizes: dict[int, int] = field(default_factory=dict)
    """Number of sentences of each document, in file order."""
    places: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Documents that contain the language's side of each row."""


Components = dict[int, int]
"""The component of each document."""


def deal_documents(config: Config, parallel: ParallelText) -> dict[str, Dealt]:
    """Determines what each language leaves to others; a function of the files alone.

    Raises:
      InputError: a language would have nothing left.
    """
    # Sorted, so that the result does not depend on the order of languages.
    known = {language: sides(parallel, language) for language in sorted(config.languages)}
    texts = {language: _read(config.data, language, known[language]) for language in known}
    edges = list(_same_row(texts, len(parallel.rows)))
    edges += _same_place(texts, _components(texts, edges))
    kept = _deal(texts, _components(texts, edges))
    for language, documents in kept.items():
        if not documents:
            raise InputError(
                f"config.data.disjoint_documents: nothing is left of {language!r}, as its "
                "documents are connected with those of other languages; separate documents by "
                "blank lines"
            )
    dropped = _deal_sentences(texts, known, kept)
    return {
        language: _dealt(texts[language], kept[language], dropped[language]) for language in texts
    }


def _read(data: DataConfig, language: str, known: Sides) -> _Text:
    text = _Text()
    for document in read_documents(*text_files(data, language)):
        name, lines = sentence_hash(document), document.split("\n")
        text.sizes[name] = text.sizes.get(name, 0) + len(lines)
        for line in lines:
            for row in known.get(sentence_hash(line), ()):
                text.places[row].add(name)
    return text


Edges = Iterable[tuple[int, int]]


def _same_row(texts: Mapping[str, _Text], rows: int) -> Iterator[tuple[int, int]]:
    """Aligns documents that are the only ones in their languages with a side of a row."""
    for row in range(rows):
        places = [text.places[row] for text in texts.values() if row in text.places]
        yield from pairwise(next(iter(place)) for place in places if len(place) == 1)


def _same_place(texts: Mapping[str, _Text], components: Components) -> Iterator[tuple[int, int]]:
    """Aligns documents between the same two aligned documents in several languages."""
    aligned = _languages(texts, components)
    gaps: dict[tuple[int, int], list[list[int]]] = defaultdict(list)
    for text in texts.values():
        gap: list[int] = []
        before = None
        for document in text.sizes:
            component = components[document]
            if len(aligned[component]) < 2:
                gap.append(document)
                continue
            if before is not None and 0 < len(gap) <= _LONGEST_GAP:
                gaps[before, component].append(gap)
            before, gap = component, []
    for found in gaps.values():
        if len(found) > 1:
            yield from pairwise(document for gap in found for document in gap)


def _components(texts: Mapping[str, _Text], edges: Edges) -> Components:
    aligned = scipy.cluster.hierarchy.DisjointSet(
        name for text in texts.values() for name in text.sizes
    )
    for one, other in edges:
        aligned.merge(one, other)
    numbers: dict[int, int] = {}
    return {name: numbers.setdefault(aligned[name], len(numbers)) for name in aligned}


def _languages(texts: Mapping[str, _Text], components: Components) -> dict[int, dict[str, int]]:
    """Returns the number of sentences of each component in each of its languages."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for language, text in texts.items():
        for document, size in text.sizes.items():
            sizes = found[components[document]]
            sizes[language] = sizes.get(language, 0) + size
    return found


def _deal(texts: Mapping[str, _Text], components: Components) -> dict[str, set[int]]:
    """Returns the documents that each language keeps.

    Components are assigned in order of size to the language that has received the smallest share of
    its own aligned text so far, so that the shares end up about equal.
    """
    owners: dict[int, str] = {}
    sizes = _languages(texts, components)
    several = [component for component, of in sizes.items() if len(of) > 1]
    several.sort(key=lambda component: (-sum(sizes[component].values()), component))
    total = {name: sum(sizes[c].get(name, 0) for c in several) for name in texts}
    got = dict.fromkeys(texts, 0)
    for component in several:
        owner = min(sizes[component], key=lambda name: got[name] / total[name])
        got[owner] += sizes[component][owner]
        owners[component] = owner
    return {
        name: {d for d in text.sizes if owners.get(components[d], name) == name}
        for name, text in texts.items()
    }


def _deal_sentences(
    texts: Mapping[str, _Text], known: Mapping[str, Sides], kept: Mapping[str, set[int]]
) -> dict[str, frozenset[int]]:
    """Returns the sentences that each language leaves out of the documents it keeps."""
    lost: dict[str, set[int]] = defaultdict(set)
    for row in set().union(*(text.places for text in texts.values())):
        having = [
            name
            for name, text in texts.items()
            if row in text.places and text.places[row] & kept[name]
        ]
        for name in having:
            if name != having[row % len(having)]:
                lost[name].add(row)
    return {
        name: frozenset(
            value for value, rows in known[name].items() if not lost[name].isdisjoint(rows)
        )
        for name in texts
    }


def _dealt(text: _Text, kept: set[int], sentences: frozenset[int]) -> Dealt:
    left = {document: size for document, size in text.sizes.items() if document not in kept}
    return Dealt(frozenset(left), sum(left.values()), sentences)
