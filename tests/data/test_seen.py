"""What training has read is known by its hashes, whichever language's text it stands in."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.data.manifest import Prepared
from mlm_xling.data.seen import dev_seen, hashes_file, seen_in_training
from mlm_xling.data.text import read_documents

NUMBERS = st.lists(st.integers(0, 9), max_size=6)


def test_sentences_of_all_languages_are_known(prepared: Prepared, text_dir: Path) -> None:
    files = [text_dir / f"{language}.txt" for language in prepared.manifest.languages]
    everything = "\n".join(read_documents(*files)).split("\n")

    seen = seen_in_training(prepared, [*everything, "Never written."])

    hashes = [
        np.fromfile(prepared.directory / name / hashes_file("train"), "<u8")
        for name in prepared.manifest.languages
    ]
    assert list(map(len, hashes)) == list(prepared.manifest.sentences.values())
    assert not seen.pop()
    known = {line for line, was_seen in zip(everything, seen, strict=True) if was_seen}
    assert len(known) == len(set(np.concatenate(hashes).tolist())) > 0


@given(st.tuples(NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS))
def test_dev_sentences_in_any_training_text_are_counted(tmp_path_factory, dev, train) -> None:
    directory = tmp_path_factory.mktemp("streams")
    for language, *splits in zip(("en", "fr"), dev, train, strict=True):
        (directory / language).mkdir()
        for split, numbers in zip(("dev", "train"), splits, strict=True):
            np.array(numbers, "<u8").tofile(directory / language / hashes_file(split))

    found = dev_seen(directory, ("en", "fr"))

    read = {*train[0], *train[1]}
    assert found == {
        language: sum(number in read for number in numbers) / max(len(numbers), 1)
        for language, numbers in zip(("en", "fr"), dev, strict=True)
    }
