"""Languages use their words alike as far as the configuration says, and no farther."""

from collections.abc import Callable

import numpy as np
import pytest

from mlm_xling.config import LabConfig
from tasks.lab.dictionary import CONTENT
from tasks.lab.discourse import documents
from tasks.lab.order import PHRASES
from tasks.lab.usage import Usage
from tasks.lab.world import World

SENTENCES = 10_000
SHARES = (0.0, 0.5, 1.0)


def text(world: World, language: str, lab: LabConfig) -> np.ndarray:
    usage = Usage(world, lab, language)
    return documents(usage, "wiki", SENTENCES, np.random.default_rng(list(language.encode())))[0]


def log_frequencies(world: World, made: np.ndarray) -> np.ndarray:
    """The logarithm of each content concept's count; one is added."""
    columns = [made["main"]["adverb"]]
    for clause, phrases in PHRASES.items():
        columns.append(made[clause]["verb"])
        columns += [made[clause][one][part] for one in phrases for part in ("head", "adjective")]
    counts = np.bincount(np.concatenate(columns), minlength=len(world.concepts))
    return np.log(1 + counts[np.concatenate([world.of(category) for category in CONTENT])])


def log_preferences(world: World, made: np.ndarray) -> np.ndarray:
    """The logarithm of how often each noun that may be a verb's object is; one is added."""
    counts = np.ones((len(world.concepts), len(world.concepts)))
    np.add.at(counts, (made["main"]["verb"], made["main"]["object"]["head"]), 1)
    fits = np.array([[noun.kind in verb.objects for noun in world.nouns] for verb in world.verbs])
    return np.log(counts[np.ix_(world.of("verb"), world.of("noun"))][fits])


def agreement(measure: Callable, world: World, lab: LabConfig) -> float:
    """Correlation of translations, mean over the pairs of four languages."""
    seen = [measure(world, text(world, language, lab)) for language in "abcd"]
    return np.corrcoef(seen)[np.triu_indices(len(seen), 1)].mean()


def test_frequencies_of_translations_agree_as_far_as_asked(world: World) -> None:
    found = [
        agreement(
            log_frequencies, world, LabConfig(common_frequencies=share, common_preferences=1.0)
        )
        for share in SHARES
    ]
    assert found == sorted(found)
    assert found[0] < 0.65
    assert found[-1] > 0.97


def test_preferences_of_translations_agree_as_far_as_asked(world: World) -> None:
    found = [
        agreement(
            log_preferences, world, LabConfig(common_frequencies=1.0, common_preferences=share)
        )
        for share in SHARES
    ]
    assert found == sorted(found)
    assert found[0] < 0.75 * found[-1]


def test_by_default_frequencies_agree_as_in_real_text(world: World) -> None:
    assert agreement(log_frequencies, world, LabConfig()) == pytest.approx(0.6, abs=0.07)


def test_what_all_languages_have_in_common_does_not_depend_on_how_much_it_is(
    world: World,
) -> None:
    few, many = (
        Usage(world, LabConfig(common_frequencies=share, common_preferences=share)).subject
        for share in (0.0, 1.0)
    )
    rng = np.random.default_rng
    conditions = np.arange(12 * len(world.verbs))
    assert np.array_equal(few.draw(rng(0), conditions), many.draw(rng(0), conditions))


def test_a_language_at_one_uses_its_words_as_all_do(world: World) -> None:
    lab = LabConfig(common_frequencies=1.0, common_preferences=1.0)
    own, common = (
        documents(Usage(world, lab, language), "wiki", 500, np.random.default_rng(0))[0]
        for language in ("c", "")
    )
    assert np.array_equal(own, common)
