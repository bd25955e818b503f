"""Sentence pairs: which rows they are, and which steps read them."""

import copy
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from mlm_xling.config import Config
from mlm_xling.data.manifest import Prepared
from mlm_xling.data.pairs import paired_steps
from mlm_xling.data.parallel import evaluation_rows, read_parallel, reserved
from mlm_xling.data.seen import seen_in_training
from mlm_xling.data.streams import Batch, Streams
from mlm_xling.data.text import sentence_hash
from mlm_xling.errors import InputError
from mlm_xling.preparation import prepare as preparation
from mlm_xling.preparation.pairs import choose_pairs
from mlm_xling.preparation.prepare import stream_inputs
from mlm_xling.training.summary import told_of_pairs
from mlm_xling.vocabulary import END, PAD
from tests.data_fixtures import prepare_here

PAIRS, LENGTH, GROUPS, ROWS = 8, 32, 3, 4


@pytest.fixture(scope="module")
def pairs_config(prepared_config: Config) -> Config:
    config = copy.deepcopy(prepared_config)
    config.data.pairs, config.training.length, config.training.pair_share = PAIRS, LENGTH, 0.25
    return config


@pytest.fixture(scope="module")
def found(pairs_config: Config) -> Prepared:
    return prepare_here(pairs_config)


@pytest.fixture
def config(pairs_config: Config) -> Config:
    return copy.deepcopy(pairs_config)


def translations(config: Config) -> dict[str, str]:
    return {row[0]: row[1] for row in read_parallel(Path(config.data.parallel)).rows}


def same(first: Batch, second: Batch) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def sentences(prepared: Prepared, batch: Batch) -> list[list[str]]:
    """What the rows of each group say."""
    vocabulary = prepared.vocabulary()
    return [
        [vocabulary.decode(row[row != PAD], ("en", "fr")[language]) for row in group]
        for group, language in zip(batch.input_ids, batch.language, strict=True)
    ]


def of_pairs(streams: Streams, steps: int) -> list[int]:
    return [step for step in range(steps) if streams.reads_pairs(step)]


def test_partners_say_the_same_row_by_row(found: Prepared, config: Config) -> None:
    streams = Streams(found, config)
    rows = translations(config)

    for step in of_pairs(streams, 40):
        batch = streams.batch_at(step)
        assert batch.input_ids.shape == (2 * GROUPS, ROWS, LENGTH // 2)
        assert batch.language.tolist() == [0, 1] * GROUPS
        said = sentences(found, batch)
        for english, french in zip(said[::2], said[1::2], strict=True):
            for one, other in zip(english, french, strict=True):
                (whole,) = (row for row in rows if row.startswith(one))
                assert rows[whole].startswith(other)


def test_every_side_stands_between_ends_and_is_filled_up(found: Prepared, config: Config) -> None:
    streams = Streams(found, config)
    step, *_ = of_pairs(streams, 40)

    for side in streams.batch_at(step).input_ids.reshape(-1, LENGTH // 2):
        real = side[side != PAD]
        assert (side[: len(real)] == real).all()
        assert real[0] == real[-1] == END
        assert END not in real[1:-1]


def test_steps_are_dealt_to_pairs_in_proportion_and_text_goes_on_between(
    found: Prepared, config: Config
) -> None:
    streams = Streams(found, config)
    config.data.pairs = 0
    alone = Streams(found, config)

    kinds = [streams.reads_pairs(step) for step in range(400)]

    for step in range(0, 400, 4):
        assert sum(kinds[step : step + 4]) == 1
    text = (streams.batch_at(step) for step, reads in enumerate(kinds) if not reads)
    for number, batch in enumerate(islice(text, 30)):
        assert same(batch, alone.batch_at(number))
    assert not any(alone.reads_pairs(step) for step in range(40))


def test_every_pair_is_read_once_an_epoch(found: Prepared, config: Config) -> None:
    config.training.groups, config.training.batch_size = 1, PAIRS
    streams = Streams(found, config)

    epochs = [
        sentences(found, streams.batch_at(step))[0] for step in of_pairs(streams, 40)
    ]  # of English

    assert all(sorted(epoch) == sorted(epochs[0]) for epoch in epochs)
    assert len(set(epochs[0])) == PAIRS
    assert len({tuple(epoch) for epoch in epochs}) > 5


def test_short_steps_come_first_and_read_text(found: Prepared, config: Config) -> None:
    config.training.short_steps, config.training.short_length = 10, 8
    streams = Streams(found, config)
    config.data.pairs = 0
    alone = Streams(found, config)

    assert of_pairs(streams, 10) == []
    assert len(of_pairs(streams, 50)) == 10
    text = [step for step in range(30) if not streams.reads_pairs(step)]
    for number, step in enumerate(text):
        assert same(streams.batch_at(step), alone.batch_at(number))


@pytest.mark.parametrize("hosts", [1, 3])
def test_hosts_together_read_what_one_would(found: Prepared, config: Config, hosts: int) -> None:
    whole, size = Streams(found, config), GROUPS // hosts
    parts = [Streams(found, config, slice(i * size, (i + 1) * size)) for i in range(hosts)]

    for step in of_pairs(whole, 40):
        read = (part.batch_at(step) for part in parts)
        assert same(Batch(*map(np.concatenate, zip(*read, strict=True))), whole.batch_at(step))


def test_shuffled_pairs_have_the_same_sentences_and_never_the_translation(
    found: Prepared, config: Config
) -> None:
    config.training.groups, config.training.batch_size = 1, PAIRS
    true = Streams(found, config)
    config.training.pair_control = "shuffled"
    shuffled = Streams(found, config)
    step, later, *_ = of_pairs(true, 40)

    (english, french), (one, other) = (
        sentences(found, streams.batch_at(step)) for streams in (true, shuffled)
    )

    translation = dict(zip(english, french, strict=True))
    assert one == english
    assert sorted(other) == sorted(french)
    assert all(translation[a] != b for a, b in zip(one, other, strict=True))
    again = dict(zip(*sentences(found, shuffled.batch_at(later)), strict=True))
    assert again == dict(zip(one, other, strict=True))


def test_what_evaluation_uses_is_in_no_pair(found: Prepared, config: Config) -> None:
    text = read_parallel(Path(config.data.parallel))

    (chosen,) = choose_pairs(config, text)

    for language, lines in zip(("en", "fr"), zip(*chosen.rows, strict=True), strict=True):
        for part in evaluation_rows(text, 12, 8):
            assert set(lines).isdisjoint(part[language])
        assert not reserved(config, text) & set(map(sentence_hash, lines))


def test_nor_is_what_differs_from_it_by_a_word_and_too_few_pairs_are_refused(
    config: Config,
) -> None:
    text, config.data.pairs = read_parallel(Path(config.data.parallel)), 1
    evaluated, _ = evaluation_rows(text, 12, 8)
    long = next(line for line in evaluated["fr"] if len(line.split()) > 4)
    near = "something else altogether", " ".join(["autre", *long.split()[1:]])
    text.chosen[20:] = [near]

    with pytest.raises(InputError, match=r"pairs=1: .* has 0 pairs of en and fr to train on"):
        choose_pairs(config, text)

    text.chosen[20:] = [near, ("something else altogether", "autre chose")]
    (chosen,) = choose_pairs(config, text)
    assert (chosen.rows, chosen.held_out) == ([["something else altogether", "autre chose"]], 1)


def test_pairs_count_as_seen_and_are_counted(found: Prepared, config: Config) -> None:
    (chosen,) = choose_pairs(config, read_parallel(Path(config.data.parallel)))
    (record,) = found.manifest.pairs

    for lines in zip(*chosen.rows, strict=True):
        assert all(seen_in_training(found, list(lines)))
    streams = Streams(found, config)
    config.training.groups, config.training.batch_size = 1, PAIRS
    epoch = Streams(found, config).batch_at(of_pairs(streams, 40)[0]).input_ids
    assert record.languages == ("en", "fr")
    assert (record.pairs, record.tokens) == (PAIRS, (epoch != PAD).sum())


def test_a_side_that_is_too_long_is_cut_and_counted(config: Config, tmp_path: Path) -> None:
    config.data.cache_dir, config.training.length = str(tmp_path), 8

    (record,) = prepare_here(config).manifest.pairs

    assert record.cut > PAIRS
    assert record.tokens <= PAIRS * 8
    assert record.padding(8) < 0.2


def test_without_pairs_the_prepared_text_is_that_of_before(config: Config) -> None:
    with_pairs = stream_inputs(config)
    config.data.pairs = 0

    assert {**stream_inputs(config), "pairs": PAIRS} == with_pairs


def test_the_summary_says_how_many_pairs_how_often_and_how_much_is_padding(
    found: Prepared, config: Config
) -> None:
    config.training.steps, config.training.pair_control = 40, "blocked"
    (record,) = found.manifest.pairs

    (line,) = told_of_pairs(config, found.manifest)

    assert paired_steps(config) == 10
    padding = 1 - record.tokens / (PAIRS * LENGTH)
    assert line == (
        f"en-fr: 8 pairs, {record.tokens} tokens, {padding:.0%} padding, "
        f"{record.cut} sides truncated; "
        "25.0% of the steps (15.0 epochs), control: blocked"
    )


def test_languages_that_have_no_pairs_are_refused(
    found: Prepared, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.training.languages = ("en", "ru")
    monkeypatch.setattr(preparation, "is_prepared", lambda _: True)
    monkeypatch.setattr(preparation, "open_prepared", lambda _: found)

    with pytest.raises(InputError, match=r"pairs=8: .* no columns of two languages .* en, ru"):
        preparation.prepare(config)
