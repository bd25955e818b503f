"""Batches: a function of (seed, step), mixed as the paper asks."""

import copy
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import islice

import numpy as np
import pytest
from array_record.python.array_record_data_source import ArrayRecordDataSource
from hypothesis import given, settings
from hypothesis import strategies as st

from mlm_xling.config import Config
from mlm_xling.data.manifest import Prepared
from mlm_xling.data.streams import Batch, Shares, Streams


@pytest.fixture
def config(prepared_config: Config) -> Config:
    return copy.deepcopy(prepared_config)


@pytest.fixture(scope="module")
def streams(prepared: Prepared, prepared_config: Config) -> Streams:
    return Streams(prepared, prepared_config)


def same(first: Batch, second: Batch) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_batch_has_a_language_for_each_group(streams: Streams) -> None:
    batch = streams.batch_at(0)
    assert batch.input_ids.shape == (3, 4, 16)
    assert batch.input_ids.dtype == batch.language.dtype == np.int32
    assert batch.language.shape == (3,)


def test_a_group_holds_chunks_of_its_language(prepared: Prepared, streams: Streams) -> None:
    vocabulary = prepared.vocabulary()
    for step in range(20):
        batch = streams.batch_at(step)
        for ids, language in zip(batch.input_ids, batch.language, strict=True):
            text = vocabulary.decode(ids.flatten(), "en")
            assert any(letter in text for letter in "éçôùêû") == (language == 1)


@settings(deadline=None, max_examples=20)
@given(start=st.integers(0, 10**12))
def test_iteration_from_a_step_equals_random_access(streams: Streams, start: int) -> None:
    for offset, batch in enumerate(islice(streams.batches_from(start), 5)):
        assert same(batch, streams.batch_at(start + offset))


def test_the_first_steps_read_the_same_tokens_in_shorter_rows(
    prepared: Prepared, config: Config, streams: Streams
) -> None:
    config.training.short_steps, config.training.short_length = 2, 8
    short = Streams(prepared, config)
    for step in range(2):
        rows = streams.batch_at(step).input_ids
        halves = np.concatenate([rows[..., :8], rows[..., 8:]], axis=2).reshape(3, 8, 8)
        np.testing.assert_array_equal(short.batch_at(step).input_ids, halves)
    assert same(short.batch_at(2), streams.batch_at(2))


@pytest.mark.parametrize("trained", [("fr",), ("fr", "en")])
def test_only_the_languages_that_are_trained_on_are_read(
    prepared: Prepared, config: Config, streams: Streams, trained: tuple[str, ...]
) -> None:
    config.training.languages = trained

    found = Streams(prepared, config)

    read = {number for step in range(9) for number in found.batch_at(step).language.tolist()}
    assert read == {config.languages.index(name) for name in trained}
    if len(trained) > 1:
        assert all(same(found.batch_at(step), streams.batch_at(step)) for step in range(5))


def test_the_same_seed_gives_the_same_batches(prepared: Prepared, config: Config) -> None:
    first, second = Streams(prepared, config), Streams(prepared, config)
    assert all(same(first.batch_at(step), second.batch_at(step)) for step in range(10))


def test_another_seed_gives_other_batches(prepared: Prepared, config: Config) -> None:
    before = Streams(prepared, config).batch_at(0)
    config.training.seed = 1
    assert not same(Streams(prepared, config).batch_at(0), before)


@pytest.mark.parametrize("hosts", [1, 3])
def test_hosts_together_read_what_one_would(prepared: Prepared, config: Config, hosts: int) -> None:
    whole = Streams(prepared, config)
    size = config.training.groups // hosts
    parts = [Streams(prepared, config, slice(i * size, (i + 1) * size)) for i in range(hosts)]
    for step in (0, 1, 1_000_000):
        joined = Batch(
            *map(np.concatenate, zip(*(part.batch_at(step) for part in parts), strict=True))
        )
        assert same(joined, whole.batch_at(step))


def test_every_chunk_is_read_once_an_epoch_in_another_order(
    prepared: Prepared, config: Config
) -> None:
    chunks = prepared.manifest.languages["en"].train.chunks
    config.languages, config.training.batch_size = ("en",), chunks
    epochs = Streams(prepared, config).batch_at(0).input_ids
    orders = [[chunk.tobytes() for chunk in epoch] for epoch in epochs]
    assert Counter(orders[0]) == Counter(orders[1]) == Counter(orders[2])
    assert orders[0] != orders[1] != orders[2]


def test_epochs_take_turns_with_the_versions_of_a_text_each_in_another_order(
    prepared: Prepared, config: Config
) -> None:
    record = prepared.manifest.languages["en"]
    half = record.train.chunks // 2
    languages = {"en": replace(record, versions=[half, half])}
    config.languages, config.training.groups, config.training.batch_size = ("en",), 1, half
    manifest = replace(prepared.manifest, languages=languages)
    streams = Streams(Prepared(prepared.directory, manifest), config)
    chunks = [chunk.tobytes() for chunk in chunks_of(prepared, "en")]
    versions = [Counter(chunks[:half]), Counter(chunks[half : 2 * half])]

    epochs = [[chunk.tobytes() for chunk in streams.batch_at(i).input_ids[0]] for i in range(100)]

    read = [versions.index(Counter(epoch)) for epoch in epochs]
    assert set(read) == {0, 1}
    places = {chunk: place % half for place, chunk in enumerate(chunks)}
    assert len({tuple(places[chunk] for chunk in epoch) for epoch in epochs}) == 100


def chunks_of(prepared: Prepared, language: str) -> list[np.ndarray]:
    source = ArrayRecordDataSource(prepared.shards(language, "train"))
    return [
        np.frombuffer(source[i], prepared.manifest.dtype).astype(np.int32)
        for i in range(len(source))
    ]


def test_ten_thousand_groups_have_the_languages_in_proportion(
    prepared: Prepared, config: Config
) -> None:
    config.training.groups, config.training.batch_size = 100, 1
    streams = Streams(prepared, config)
    drawn = np.concatenate([streams.batch_at(step).language for step in range(100)])
    for index, language in enumerate(config.languages):
        assert np.mean(drawn == index) == pytest.approx(streams.rates[language], rel=0.01)


def test_the_languages_of_a_step_vary(prepared: Prepared, config: Config) -> None:
    config.training.groups = 8
    streams = Streams(prepared, config)
    ones = [streams.batch_at(step).language.sum() for step in range(100)]
    assert np.std(ones) == pytest.approx(np.sqrt(8 * 0.25), rel=0.25)  # as of independent draws


@given(
    weights=st.lists(st.integers(1000, 10**6), min_size=1, max_size=8), start=st.integers(0, 10**18)
)
def test_shares_hold_for_every_prefix_and_number_elements_in_order(
    weights: list[int], start: int
) -> None:
    """A count rounds the dataset's own share once, and what is left to it once a dataset before."""
    whole = 10**9  # Shares are kept in billionths.
    weights = [weight * whole // sum(weights) for weight in weights]
    weights[-1] += whole - sum(weights)
    shares, following = Shares([weight / whole for weight in weights]), {}

    for index in range(start, start + 200):
        dataset, position = shares[index]
        assert abs(position - Fraction(index * weights[dataset], whole)) <= max(1, dataset)
        assert position == following.get(dataset, position)
        following[dataset] = position + 1


def test_dev_chunks_are_the_first_of_the_split(prepared: Prepared, streams: Streams) -> None:
    chunks = prepared.manifest.languages["fr"].dev.chunks
    everything = streams.dev_chunks("fr", 10**6)
    assert everything.shape == (chunks, 16)
    assert everything.dtype == np.int32
    assert np.array_equal(streams.dev_chunks("fr", 2), everything[:2])


def test_what_training_imports_is_free_of_what_it_does_not_use() -> None:
    program = (
        "import sys\n"
        "import mlm_xling.evaluation.evaluators, mlm_xling.training.loop\n"
        "slow = {'tensorflow', 'seqio', 'tensorflow_datasets'}\n"
        "slow |= {'sklearn', 'scipy.stats', 'scipy.cluster', 'matplotlib'}\n"
        "assert not slow & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
