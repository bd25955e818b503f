"""What is exported comes back the same, and in the shapes that `transformers` has.

That `transformers` computes the same of it, `test_export_in_transformers.py` shows where it is
installed, and `test_families.py` by its stored figures: the tensors of its own models are
reproduced here.
"""

import re
import shutil
from dataclasses import replace
from typing import cast

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import yaml
from flax import nnx
from safetensors.numpy import load_file

import mlm_xling
from mlm_xling.config import Config, ModelConfig, TrainingConfig, VocabularyConfig
from mlm_xling.config.overrides import override
from mlm_xling.errors import InputError
from mlm_xling.evaluation.subject import FrozenEncoder
from mlm_xling.hugging_face.export import write_folders
from mlm_xling.hugging_face.loading import load_imported
from mlm_xling.hugging_face.xlm import require_xlm, xlm_config, xlm_tensors
from mlm_xling.model.encoder import Encoder, random_encoder
from mlm_xling.model.language_ids import language_ids
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.reports.model_card import model_card
from mlm_xling.vocabulary import train_vocabulary
from tests.data_fixtures import LANGUAGES, sentences
from tests.hugging_face import golden
from tests.hugging_face.folders import GOLDEN, write_folder
from tests.reports.made_up import measured as made_up
from tests.robustness.programs import content, run_here

SAMPLES = {language: sentences(language, 200) for language in LANGUAGES}
VOCABULARIES = {
    kind: train_vocabulary(SAMPLES, VocabularyConfig(kind=kind, size=100))
    for kind in ("joint", "union", "disjoint")
}
ONE = ("trained",)
MODEL = ModelConfig(layers=2, heads=2, width=8, mlp=16, max_positions=20)
VARIANTS = {
    "shared": ("joint", MODEL),
    "languages": ("joint", replace(MODEL, language_embeddings=True, activation="relu")),
    "private-layer": ("union", replace(MODEL, private=("layer_2",), predict_own_ids=True)),
    "private": (
        "disjoint",
        replace(
            MODEL, private=("embeddings",), mlp=32, positions="sinusoidal", language_embeddings=True
        ),
    ),
}


def pretrained(variant):
    """An encoder whose parameters are all random numbers, biases and scales, too."""
    kind, model = VARIANTS[variant]
    config = Config(languages=LANGUAGES, model=model, training=TrainingConfig(length=16))
    config.vocabulary.kind, config.data.text_dir = kind, "text"
    vocabulary = VOCABULARIES[kind]
    encoder = random_encoder(config, language_ids(vocabulary, config), seed=0)
    graph, state = nnx.split(encoder)
    leaves, tree = jax.tree.flatten(state)
    drawn = [np.random.default_rng(i).normal(0, 0.3, leaf.shape) for i, leaf in enumerate(leaves)]
    state = jax.tree.unflatten(tree, [jnp.asarray(leaf, jnp.float32) for leaf in drawn])
    return Pretrained(config, vocabulary, nnx.merge(graph, state), 7, None)


def outputs(model, language, own):
    """Ids of a sentence of a language, all hidden states, and the scores of the ids `own`."""
    ids = model.vocabulary.special.wrap(model.vocabulary.encode(SAMPLES[language][:1], language)[0])
    number = jnp.array([model.config.languages.index(language)])

    @jax.jit  # One compilation, not one an operation.
    def computed(input_ids, own):
        states = model.encoder(input_ids, jnp.ones_like(input_ids, bool), number)
        scores = model.encoder.logits(states[-1][0], number)[0]
        return jnp.stack(states), scores[:, model.encoder.rows(own[None], number)[0]]

    return ids, *computed(jnp.array([[ids]]), jnp.asarray(own))


@pytest.fixture(scope="module", params=VARIANTS)
def exported(request, tmp_path_factory):
    model, folder = pretrained(request.param), tmp_path_factory.mktemp("out") / "encoder"
    write_folders(model, folder, lambda languages, name: f"# {name} of {' '.join(languages)}\n")
    return model, folder


def test_what_is_read_back_gives_the_same_ids_states_and_scores(exported):
    model, folder = exported
    language = LANGUAGES[1]
    alone = (folder / language).is_dir()
    again = load_imported(
        f"hf:{folder / language if alone else folder}",
        {"languages": (language,) if alone else LANGUAGES},
    )
    own_ids = model.vocabulary.ids_of(language) if model.encoder.own_ids else None
    own = np.arange(model.vocabulary.size) if own_ids is None else own_ids

    ids, states, scores = outputs(model, language, own)
    ids_again, states_again, scores_again = outputs(
        again, language, np.arange(again.vocabulary.size)
    )

    assert ids == ids_again
    assert again.config.training.length == model.config.training.length
    assert again.vocabulary.special == model.vocabulary.special
    np.testing.assert_allclose(states, states_again, atol=1e-5)
    np.testing.assert_allclose(scores, scores_again[:, own], atol=1e-5)
    assert np.all(np.delete(scores_again, own, axis=1) < -1e8)


def test_shifted_languages_have_a_folder_each_with_their_own_ids(tmp_path):
    languages = ("en", "en:shift")
    samples: dict[str, list[str]] = dict.fromkeys(languages, SAMPLES["en"])
    settings = VocabularyConfig(size=100)
    config = Config(languages=languages, model=MODEL, training=TrainingConfig(length=16))
    vocabulary = train_vocabulary(samples, settings)
    encoder = random_encoder(config, language_ids(vocabulary, config), seed=0)
    folder = tmp_path / "encoder"

    write_folders(Pretrained(config, vocabulary, encoder, 7, None), folder, lambda *_: "")

    for language, name in zip(languages, ("en", "en_shift"), strict=True):
        again = load_imported(f"hf:{folder / name}", {"languages": ("en",)})
        expected = vocabulary.encode(SAMPLES["en"][:5], language)
        assert again.vocabulary.encode(SAMPLES["en"][:5], "en") == expected
    with pytest.raises(InputError, match=r"has no ids of 'en:shift' and would read it as 'en'"):
        load_imported(f"hf:{folder / 'en'}", {"languages": ("en,en:shift",)})


@pytest.mark.parametrize("exported", ["private"], indirect=True)
def test_folders_of_two_languages_are_compared_as_the_languages_of_the_encoder(exported):
    model, folder = exported
    asked = {"evaluation.pairs": 20, "evaluation.fit_pairs": 0, "evaluation.resamples": 0}
    encoder = FrozenEncoder(model._replace(config=override(model.config, asked)))
    english, french = (
        mlm_xling.load(f"hf:{folder / language}", overrides=asked | {"languages": LANGUAGES})
        for language in LANGUAGES
    )
    given = {"parallel": {name: lines[:30] for name, lines in SAMPLES.items()}, "models": ONE}

    together = mlm_xling.evaluate(encoder, ["cka"], **given)
    apart = mlm_xling.evaluate(english, ["cka"], target=french, **given)

    before, after = (
        [r.value for r in results if (r.source, r.target) == LANGUAGES]
        for results in (together, apart)
    )
    assert before
    assert before == pytest.approx(after, abs=1e-5)


def test_languages_with_parts_or_tokenizers_of_their_own_have_a_folder_each(exported):
    model, folder = exported
    files = {"README.md", "config.json", "model.safetensors", "tokenizer.json"}
    files |= {"tokenizer_config.json"}
    alone = model.config.model.private or model.config.vocabulary.kind != "joint"

    found = {name for name, bytes_ in content(folder).items() if bytes_ is not None}

    folders = [f"{language}/" for language in LANGUAGES] if alone else [""]
    assert found == {f"{place}{file}" for place in folders for file in files}
    last = "encoder-fr of fr" if alone else "encoder of en fr"
    assert (folder / folders[-1] / "README.md").read_text() == f"# {last}\n"


@pytest.mark.parametrize("model", ["xlm", "xlm-wide", "xlm-sinusoidal"])
def test_the_tensors_of_a_model_of_transformers_come_back_as_they_were(model, tmp_path):
    folder = write_folder(tmp_path, model)
    languages = ("en", "fr", "ru") if model == "xlm-wide" else ("en",)
    read = load_imported(f"hf:{folder}", {"languages": languages})

    made = xlm_tensors(cast(Encoder, read.encoder), read.config, languages)
    config = xlm_config(read.config, languages, golden.ROWS)

    expected = load_file(folder / "model.safetensors")
    if model == "xlm-sinusoidal":  # Theirs is a table that they make themselves.
        del made["transformer.position_embeddings.weight"]
        del expected["transformer.position_embeddings.weight"]
        config["sinusoidal_embeddings"] = True
    assert made.keys() == expected.keys()
    for name, tensor in made.items():
        np.testing.assert_array_equal(tensor, expected[name])
    known = {**GOLDEN[model]["config"], "mask_token_id": 5, "use_lang_emb": model == "xlm-wide"}
    assert config == {name: known[name] for name in config}


@pytest.mark.parametrize(
    ("field", "value"), [("mlp", 33), ("activation", "gelu_tanh"), ("output_transform", True)]
)
def test_what_xlm_has_no_place_for_is_refused_by_its_field(field, value):
    config = Config(model=replace(MODEL, **{field: value}))

    with pytest.raises(InputError, match=f"config.model.{field}={value}: cannot be exported"):
        require_xlm(config)


@pytest.fixture(scope="module")
def measured(saved_run, tmp_path_factory):
    """The workdir of a run with results, and these."""
    workdir = tmp_path_factory.mktemp("run") / "en-fr"
    shutil.copytree(saved_run, workdir)
    encoder = mlm_xling.load(workdir)
    return workdir, mlm_xling.evaluate(encoder, ["cka", "retrieval"], output=workdir, models=ONE)


def test_the_program_exports_a_run_which_hf_reads_with_the_same_results(
    measured, tmp_path, monkeypatch
):
    workdir, results = measured
    folder = tmp_path / "exported" / "en-fr"

    ended = run_here(monkeypatch, "run_export.py", f"--workdir={workdir}", f"--to={folder}")

    assert (ended.status, ended.out) == (0, f"exported {folder}\n"), ended.error
    config = mlm_xling.load(workdir).pretrained.config
    asked = {name: getattr(config.evaluation, name) for name in ("pairs", "fit_pairs")}
    overrides = {f"evaluation.{name}": value for name, value in asked.items()}
    overrides |= {"languages": LANGUAGES, "data.parallel": config.data.parallel}
    again = mlm_xling.load(f"hf:{folder}", overrides=overrides)
    values = [(r.metric, r.target, r.layer, r.value) for r in results]
    for before, after in zip(
        values, mlm_xling.evaluate(again, ["cka", "retrieval"], models=ONE), strict=True
    ):
        assert before[:3] == (after.metric, after.target, after.layer)
        assert before[3] == pytest.approx(after.value, abs=1e-5)


def test_the_card_tells_languages_configuration_data_and_results(measured, tmp_path):
    workdir, _ = measured

    folder = mlm_xling.export(workdir, tmp_path / "my-encoder")

    _, head, card = (folder / "README.md").read_text().split("---\n", 2)
    assert yaml.safe_load(head)["language"] == ["en", "fr"]
    assert "\n# license: " in head
    assert card.startswith("\n# my-encoder\n")
    assert 'AutoModelForMaskedLM.from_pretrained("my-encoder")' in card
    assert "| model.width | 4 |" in card
    assert "| data.text_dir | text |" in card
    assert "Step 3, seed 0; dev perplexity 9.00" in card
    assert "\n### en-fr, at the chosen layers\n" in card
    assert str(tmp_path.parent) not in card


def test_the_card_compares_with_the_trained_encoder_whatever_was_measured_first():
    las = [
        made_up("las", None, value, evaluator="parsing", model=model, step=7)
        for model, value in (("random", 0.05), ("trained", 0.6))
    ]

    card = model_card(pretrained("languages"), None, las, LANGUAGES, "x")

    table = card.partition("### Zero-shot transfer")[2]
    assert "Source: en." in table
    assert "Δ is the mean difference to this encoder" in table
    assert re.search(r"this encoder, untrained \|.*-55.0", table)


def test_of_embeddings_of_languages_the_card_says_how_they_are_given():
    cards = {
        languages: model_card(pretrained("languages"), None, [], languages, "x")
        for languages in (LANGUAGES, ("en",))
    }

    assert 'model.config.lang2id["en"]' in cards[LANGUAGES]
    assert "lang2id" not in cards["en",]
    assert "with the parts of en" in cards["en",]


def test_norwegian_is_a_language_to_what_reads_cards():
    model = pretrained("languages")
    model = model._replace(config=replace(model.config, languages=("no", "en")))

    _, head, _ = model_card(model, None, [], ("no", "en"), "x").split("---\n", 2)

    assert yaml.safe_load(head)["language"] == ["no", "en"]


def test_the_card_tells_what_was_read_from_what_is_known():
    model = pretrained("languages")

    def card(**training):
        config = replace(model.config, training=replace(model.config.training, **training))
        return model_card(model._replace(config=config), None, [], LANGUAGES, "x")

    alone = card(languages=("en",))
    begun = card(languages=("fr",), init_from="/home/somebody/runs/en-body")

    assert 'language:\n- "en"\n#' in alone
    assert "trained with mlm_xling on en;" in alone
    assert "Its vocabulary includes fr, which it was not trained on." in alone
    assert 'language:\n- "en"\n- "fr"\n#' in begun
    assert "on fr;" in begun
    assert "Training started from the parameters of another run, en-body." in begun


@pytest.mark.parametrize("there", ["a file", "a folder"])
def test_what_is_there_already_stays(saved_run, tmp_path, monkeypatch, there):
    place = tmp_path / "there"
    place.mkdir() if there == "a folder" else place.touch()

    ended = run_here(monkeypatch, "run_export.py", f"--workdir={saved_run}", f"--to={place}")

    assert ended.status == 2
    assert ended.error == f"error: to={place}: already exists; delete it, or choose another\n"
    assert list(tmp_path.iterdir()) == [place]


def test_a_folder_of_transformers_is_not_exported_again(tmp_path):
    with pytest.raises(InputError, match="hf:somewhere: is a folder of transformers already"):
        mlm_xling.export("hf:somewhere", tmp_path / "to")


def test_a_failure_leaves_nothing(tmp_path):
    def card(languages, name):
        raise InputError("no")

    with pytest.raises(InputError):
        write_folders(pretrained("private"), tmp_path / "to", card)

    assert not [path for path in tmp_path.iterdir() if path.suffix != ".lock"]
