"""Named entities: WikiAnn, CoNLL-2003, or files of words and tags (docs/method.md, 5)."""

import sys
from collections.abc import Iterator
from functools import partial

import numpy as np
import seqio

from mlm_xling.data.location import Location
from mlm_xling.data.text import normal
from mlm_xling.errors import InputError
from mlm_xling.languages import derivations
from mlm_xling.tokenizer import Tokenizer
from mlm_xling.word_order import has_order, word_order
from tasks.formats.bio import TaggedSentence, check_tag, in_bio, read_tagged
from tasks.records import STRINGS, cells, encode_words, records_source, tfds_examples


def entities_task(location: Location, vocabulary: Tokenizer) -> seqio.Task:
    """Gives `ids: int32[n]`, `subwords: int32[w]`; `words`, `tags`: string[w]."""
    return seqio.Task(
        name="entities",
        source=records_source(location, _read, {"words": STRINGS, "tags": STRINGS}),
        preprocessors=[
            partial(encode_words, vocabulary=vocabulary, language=location.language),
        ],
        output_features=cells("ids", "subwords", strings=["words", "tags"]),
        shuffle_buffer_size=None,
    )


def _read(location: Location) -> list[TaggedSentence]:
    if "permute" in derivations(location.language):
        raise InputError(
            f"{location.field}={location.place}: in {location.language} the words of an entity do "
            "not stand together; leave ner out, or the language"
        )
    sentences = _in_text(location)
    if not has_order(location.language):
        return sentences
    return [in_order(sentence, location.language) for sentence in sentences]


def in_order(sentence: TaggedSentence, language: str) -> TaggedSentence:
    """Puts words in the order of a derived language; the words of an entity stay together."""
    entity = np.cumsum([tag.startswith("B-") for tag in sentence.tags])
    order = word_order(sentence.words, language)
    tags: list[str] = []
    for before, i in zip([None, *order], order, strict=False):
        _, _, kind = sentence.tags[i].partition("-")
        goes_on = (
            before is not None and sentence.tags[before] != "O" and entity[before] == entity[i]
        )
        tags.append(f"{'I' if goes_on else 'B'}-{kind}" if kind else "O")
    return TaggedSentence([sentence.words[i] for i in order], tags)


def _in_text(location: Location) -> list[TaggedSentence]:
    if location.path is not None:
        return read_tagged(location.path, _say)
    name = f"{location.field}={location.place}"
    return in_bio(
        list(_from_tfds(location)),
        name,
        lambda i, word: f"{name}: sentence {i + 1}, word {word + 1}",
        _say,
    )


def _from_tfds(location: Location) -> Iterator[TaggedSentence]:
    examples, features = tfds_examples(location)
    column = "ner" if "ner" in features else "tags"
    names = features[column].feature.names
    for name in names:
        check_tag(name, f"{location.field}={location.place}")
    for example in examples:
        words = [normal(word.decode()) for word in example["tokens"]]
        if words:
            yield TaggedSentence(words, [names[tag] for tag in example[column]])


def _say(text: str) -> None:
    print(text, file=sys.stderr)
