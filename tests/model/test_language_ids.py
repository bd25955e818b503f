"""Private parts: a language does not meet the ids of another, nor predict private ones."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mlm_xling.config import Config, ModelConfig, VocabularyConfig
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.language_ids import (
    LanguageIds,
    expected_ids,
    language_ids,
    private_owners,
    same_ids,
)
from mlm_xling.training.masking import mask_tokens
from mlm_xling.vocabulary import PAD, UNKNOWN, Vocabulary, train_vocabulary
from tests.data_fixtures import sentences

SAMPLES = {
    "en": sentences("en", 200),
    "fr": sentences("fr", 200),
    "zh": sentences("fr", 300, seed=1),
}
VOCABULARIES = {
    kind: train_vocabulary(SAMPLES, VocabularyConfig(kind=kind, size=60))
    for kind in ("joint", "union", "disjoint")
}
EMBEDDINGS = [("disjoint", "embeddings"), ("union", "embeddings")]
SEPARATE = [("union", "layer_1"), *EMBEDDINGS]
LANGUAGE = jnp.array([2, 0, 1, 0])


def config(*private: str, groups: tuple[str, ...] = (), predict_own_ids: bool = False) -> Config:
    model = ModelConfig(
        layers=1, heads=1, width=4, mlp=4, max_positions=32, private=private, private_groups=groups,
        predict_own_ids=predict_own_ids,
    )  # fmt: skip
    return Config(languages=("zh", "en", "fr"), model=model)


def own(vocabulary: Vocabulary, language: int) -> set[int]:
    return set(vocabulary.ids_of(config().languages[language]).tolist())


@pytest.mark.parametrize(
    ("kind", "part", "asked"),
    [(*each, False) for each in EMBEDDINGS] + [("union", "layer_1", True)],
)
def test_only_ids_of_the_own_language_can_be_predicted_from_private_embeddings_or_if_asked_for(
    kind: str, part: str, asked: bool
) -> None:
    vocabulary, settings = VOCABULARIES[kind], config(part, predict_own_ids=asked)
    encoder = random_encoder(settings, language_ids(vocabulary, settings), seed=0)
    hidden = jax.random.normal(jax.random.key(0), (4, 3, 4))

    scores = encoder.logits(hidden, LANGUAGE)

    for group, language in enumerate(LANGUAGE.tolist()):
        ids = jnp.array(sorted(own(vocabulary, language)))
        rows = encoder.rows(jnp.broadcast_to(ids, (4, len(ids))), LANGUAGE)[group]
        possible = np.isfinite(scores[group])
        assert len(set(rows.tolist())) == len(ids)
        assert possible[:, rows].all()
        assert (possible.sum(1) == len(ids)).all()
        assert encoder.predicted_ids(language) == len(ids)


def test_shared_embeddings_predict_among_the_ids_of_all_languages() -> None:
    """Also where layers are private, as in the paper's `sep_l1_3`: docs/method.md section 3."""
    vocabulary, settings = VOCABULARIES["union"], config("layer_1")
    encoder = random_encoder(settings, language_ids(vocabulary, settings), seed=0)

    scores = encoder.logits(jnp.ones((4, 1, 4)), LANGUAGE)

    assert len(own(vocabulary, 0)) < vocabulary.size
    assert scores.shape[-1] == vocabulary.size == encoder.predicted_ids(0)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize(
    ("kind", "parts", "asked"),
    [(kind, (part,), False) for kind, part in SEPARATE]
    + [(kind, (), True) for kind in ("union", "disjoint")],
)
def test_random_replacements_are_of_the_own_language_with_private_parts_or_if_asked_for(
    kind: str, parts: tuple[str, ...], asked: bool
) -> None:
    vocabulary, settings = VOCABULARIES[kind], config(*parts)
    settings.training.replace_by_own_ids = asked
    streams = jnp.full((4, 320, 64), 14)

    masked = mask_tokens(
        jax.random.key(0), streams, LANGUAGE, language_ids(vocabulary, settings), 0.15
    ).input_ids

    for group, language in enumerate(LANGUAGE.tolist()):
        drawn = set(masked[group].flatten().tolist()) - {14}
        assert drawn <= own(vocabulary, language)
        assert len(drawn) > 0.9 * len(own(vocabulary, language))


@pytest.mark.parametrize("parts", [(), ("positions",), ("specials",), ("positions", "specials")])
@pytest.mark.parametrize("kind", VOCABULARIES)
def test_without_private_embeddings_or_layers_everything_can_be_met_and_predicted(
    kind: str, parts: tuple[str, ...]
) -> None:
    vocabulary, settings = VOCABULARIES[kind], config(*parts)
    ids = language_ids(vocabulary, settings)
    drawn = mask_tokens(
        jax.random.key(0), jnp.full((4, 320, 64), 14), LANGUAGE, ids, 0.15
    ).input_ids
    scores = random_encoder(settings, ids, seed=0).logits(jnp.ones((4, 1, 4)), LANGUAGE)

    assert (ids.owners == 1) == (not parts)
    assert drawn.max() > 0.95 * vocabulary.size
    for of_group in drawn:
        assert len(np.unique(of_group)) > 0.75 * vocabulary.size
    assert scores.shape[-1] == vocabulary.size
    assert np.isfinite(scores).all()


def test_private_tables_hold_the_largest_language_and_no_more() -> None:
    settings = config("embeddings")
    ids = language_ids(VOCABULARIES["disjoint"], settings)

    assert ids.most == 60
    parameters = nnx.to_pure_dict(nnx.state(random_encoder(settings, ids, seed=0)))
    assert parameters["embeddings"]["private"]["token"].shape == (3, 60, 4)


def test_places_are_those_among_the_own_ids_and_a_foreign_id_is_unknown() -> None:
    vocabulary, settings = VOCABULARIES["disjoint"], config("embeddings")
    ids = language_ids(vocabulary, settings)
    everything = jnp.broadcast_to(jnp.arange(vocabulary.size), (4, vocabulary.size))

    places = ids.index(LANGUAGE, everything)

    for group, language in enumerate(LANGUAGE.tolist()):
        sorted_own = sorted(own(vocabulary, language))
        expected = [sorted_own.index(i) if i in sorted_own else UNKNOWN for i in range(ids.size)]
        assert places[group].tolist() == expected
        assert places[group, PAD] == PAD


def test_grouped_languages_have_one_owner() -> None:
    settings = config("embeddings", groups=("fr+zh",))
    ids = language_ids(VOCABULARIES["union"], settings)

    assert private_owners(settings) == (("zh", "fr"), ("en",))
    assert ids.owner == (0, 1, 0)
    assert set(ids.own[0].tolist()) == own(VOCABULARIES["union"], 0) | own(VOCABULARIES["union"], 2)


def test_equal_content_is_equal() -> None:
    assert same_ids(9, config()) == same_ids(9, config())
    assert hash(same_ids(9, config())) == hash(same_ids(9, config()))
    assert same_ids(9, config()) != same_ids(8, config())
    assert isinstance(same_ids(9, config("layer_1")), LanguageIds)
    assert same_ids(9, config("layer_1")) != same_ids(9, config())


@pytest.mark.parametrize("kind", ["joint", "disjoint"])
@pytest.mark.parametrize("groups", [(), ("en+fr",)])
def test_the_ids_that_a_configuration_asks_for_are_those_that_its_vocabulary_has(kind, groups):
    settings = config("embeddings", groups=groups)
    settings.vocabulary = VocabularyConfig(kind=kind, size=60)

    assert expected_ids(settings) == language_ids(VOCABULARIES[kind], settings)


def test_languages_of_a_union_are_expected_to_have_no_piece_in_common():
    settings = config()
    settings.vocabulary = VocabularyConfig(kind="union", size=60)

    assert expected_ids(settings).size == 14 + 3 * 46 >= VOCABULARIES["union"].size


@pytest.mark.parametrize(
    ("kind", "languages"),
    [
        ("joint", ("en", "en:shift", "fr")),
        ("union", ("en", "en:reverse")),
        ("union", ("en", "en:shift")),
        ("disjoint", ("en", "en:reverse", "fr")),
    ],
)
def test_derived_languages_are_expected_to_have_the_ids_that_they_will_have(kind, languages):
    samples = {name: SAMPLES[name.partition(":")[0]] for name in languages}
    settings = Config(languages=languages, vocabulary=VocabularyConfig(kind=kind, size=60))

    assert expected_ids(settings) == language_ids(
        train_vocabulary(samples, settings.vocabulary), settings
    )
