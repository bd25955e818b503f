"""Named entities: WikiAnn, CoNLL-2003, or files of words and tags (docs/method.md, 5)."""

import sys
from collections.abc import Iterator
from functools import partial

import seqio

from mlm_xling.data.location import Location
from mlm_xling.data.text import normal
from mlm_xling.tokenizer import Tokenizer
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
