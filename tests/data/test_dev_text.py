"""What goes to dev together: documents, or blocks of sentences where documents will not do."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.config import DataConfig
from mlm_xling.data.dev_text import MIN_DOCUMENTS, block_size, blocks
from mlm_xling.data.left_out import LeftOut
from mlm_xling.data.text import read_documents, sentence_hash
from tasks import documents as source
from tests.data_fixtures import sentences


def written(folder: Path, sizes: list[int]) -> Path:
    """A text of documents of so many sentences each."""
    lines = iter(sentences("en", sum(sizes)))
    text = "\n\n".join("\n".join(next(lines) for _ in range(size)) for size in sizes)
    (folder / "en.txt").write_text(text + "\n")
    return folder / "en.txt"


@pytest.mark.parametrize("sizes", [[10] * 500, [5, 15] * 300])
def test_many_documents_stay_whole(tmp_path: Path, sizes: list[int]) -> None:
    assert block_size([written(tmp_path, sizes)], dev_fraction=0.02) == 0


@pytest.mark.parametrize(
    "sizes",
    [[6_447], [3_000, 3_447], [1_000] * 6, [1] * 1_000 + [5_447]],
    ids=["no blank line", "one blank line", "few", "many, and most text in one"],
)
def test_few_or_large_documents_are_cut(tmp_path: Path, sizes: list[int]) -> None:
    # 2% of the sentences are MIN_DOCUMENTS blocks, on average.
    assert block_size([written(tmp_path, sizes)], 0.02) == int(sum(sizes) * 0.02 / MIN_DOCUMENTS)


def test_documents_that_others_have_do_not_count(tmp_path: Path) -> None:
    path = written(tmp_path, [10] * 500)
    most = {sentence_hash(document) for document in list(read_documents(path))[:450]}

    assert block_size([path], 0.02) == 0
    assert block_size([path], 0.02, most) == 1


@given(st.lists(st.integers(0, 9), min_size=1), st.integers(0, 12))
def test_blocks_are_the_document(lines: list[int], size: int) -> None:
    document = "\n".join(map(str, lines))
    cut = list(blocks(document, size))

    assert "\n".join(cut) == document
    assert all(block.count("\n") + 1 == size for block in cut[:-1])


def test_a_text_without_blank_lines_has_dev_text_of_consecutive_sentences(tmp_path: Path) -> None:
    path = written(tmp_path, [2_000])
    lines = path.read_text().split("\n")
    data = DataConfig(text_dir=str(tmp_path), dev_fraction=0.1)
    size = block_size([path], data.dev_fraction)

    train, dev = (
        [
            example["text"].decode().split("\n")
            for example in source.documents(data, "en", LeftOut(block=size))
            .get_dataset(split, shuffle=False)
            .as_numpy_iterator()
        ]
        for split in ("train", "dev")
    )

    assert 50 < sum(map(len, dev)) < 400  # 200, give or take a third
    assert sum(map(len, train + dev)) == 2_000
    assert all(block == lines[(i := lines.index(block[0])) : i + len(block)] for block in dev)
