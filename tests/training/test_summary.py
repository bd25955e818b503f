"""The table at the start of a run tells what became of the text."""

import pytest

from mlm_xling.config import Config
from mlm_xling.data.anchors import AnchorRecord
from mlm_xling.data.manifest import LanguageRecord, LeftToOthers, Manifest, SplitRecord
from mlm_xling.training.summary import told_of_preparation, warnings

SPLIT = SplitRecord(1_000, 20_000, 100)
ANCHORS = AnchorRecord(500, 40, 0.125)


def test_it_tells_what_was_left_out_what_others_have_and_what_was_switched():
    others = LeftToOthers(1_035, 17_454)
    record = LanguageRecord(
        SPLIT, SPLIT, 0.0, 0, False, 1_424, 365, others, {"fr": 0.385}, 0.146, [100], ANCHORS,
        decontaminated=12, contamination={"ru": 5}, donated=7, dev_seen=0.052,
    )  # fmt: skip

    assert list(told_of_preparation(record)) == [
        "5.2% of the dev sentences also occur in training text",
        "held out: 1,424 sentences that evaluation uses, 365 that differ from one by a word",
        "left out: 12 sentences in languages of data.decontaminate",
        "contaminated: 5 training sentences (0.50%) are ru",
        "assigned to another language by data.contamination: 7 sentences",
        "assigned to other languages: 1,035 documents, 17,454 sentences in all",
        "38.5% of the sentences have their translation in the text of fr",
        "14.6% of the words are switched",
    ]


def test_it_is_silent_where_nothing_was_done():
    record = LanguageRecord(
        SPLIT, SPLIT, 0.0, 0, False, 0, 0, LeftToOthers(0, 0), {}, 0.0, [100], ANCHORS
    )

    assert list(told_of_preparation(record)) == []


def test_languages_that_the_vocabulary_hardly_knows_are_warned_of():
    def record(unknown: float) -> LanguageRecord:
        others = LeftToOthers(0, 0)
        return LanguageRecord(
            SPLIT, SPLIT, unknown, 0, False, 0, 0, others, {}, 0.0, [100], ANCHORS
        )

    languages = {"en": record(0.04), "el": record(0.4)}
    manifest = Manifest("text", "vocabulary", 600, 200, "<u2", languages, {})

    (warning,) = warnings(Config(), manifest)

    assert warning.startswith("40% of the tokens of 'el' are unknown to the vocabulary")


@pytest.mark.parametrize("schedule", ["inverse_sqrt", "cosine"])
def test_a_warm_up_that_takes_all_of_training_is_warned_of(schedule):
    config = Config()
    config.optimizer.schedule, config.optimizer.learning_rate = schedule, 1e-3
    config.optimizer.warmup_steps, config.training.steps = 1_000, 400
    nothing = Manifest("text", "vocabulary", 600, 200, "<u2", {}, {})

    (warning,) = warnings(config, nothing)

    assert warning.startswith("config.optimizer.warmup_steps=1,000 takes all of config.training.st")
    assert warning.endswith("the learning rate never falls, and ends at 0.0004")
    config.training.steps = 1_001
    assert not [*warnings(config, nothing)]
