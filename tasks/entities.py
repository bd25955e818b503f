"""Named entities: WikiAnn, CoNLL-2003, or files of words and BIO tags (docs/method.md, 5)."""

from collections.abc import Iterator
from functools import partial

import seqio

from mlm_xling.data.location import Location
from mlm_xling.vocabulary import Vocabulary
from tasks.formats.bio import TaggedSentence, read_tagged
from tasks.records import STRINGS, cells, encode_words, records_source, tfds_examples


def entities_task(location: Location, vocabulary: Vocabulary) -> seqio.Task:
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
        return read_tagged(location.path)
    return list(_from_tfds(location))


def _from_tfds(location: Location) -> Iterator[TaggedSentence]:
    examples, features = tfds_examples(location)
    column = "ner" if "ner" in features else "tags"
    names = features[column].feature.names
    for example in examples:
        words = [word.decode() for word in example["tokens"]]
        if words:
            yield TaggedSentence(words, [names[tag] for tag in example[column]])
