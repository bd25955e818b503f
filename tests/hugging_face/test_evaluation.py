"""All instruments take an encoder of Hugging Face's as they take ours."""

from unittest import mock

import jax.numpy as jnp
import numpy as np
import pytest

import mlm_xling
from mlm_xling.config.overrides import override
from mlm_xling.errors import InputError
from mlm_xling.evaluation.evaluators import PROBES
from mlm_xling.preparation import prepare_labelled as preparation
from mlm_xling.preparation.prepare_labelled import prepare_labelled
from mlm_xling.reports.selection import in_tables
from tests.data_fixtures import LANGUAGES, run_here, sentences
from tests.hugging_face.folders import with_positions, write_folder
from tests.labelled_fixtures import with_labelled, write_labelled
from tests.robustness.programs import run_here as run_program_here

POSITIONS = 32


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return with_positions(write_folder(tmp_path_factory.mktemp("hub") / "small"), POSITIONS)


@pytest.fixture(scope="module")
def settings(text_dir, shared_dir):
    return {
        "languages": LANGUAGES,
        "data.parallel": str(text_dir / "parallel.tsv"),
        "data.cache_dir": str(shared_dir / "cache"),
        "evaluation.pairs": 20,
        "evaluation.fit_pairs": 0,
    }


@pytest.fixture(scope="module")
def encoder(folder, settings):
    return mlm_xling.load(f"hf:{folder}", overrides=settings)


def test_a_sentence_is_the_mean_of_its_tokens_without_special_ones(encoder):
    _, tokenizer, model, *_ = encoder.pretrained
    ids = jnp.array([[tokenizer.special.wrap(tokenizer.encode(["ba de."], "en")[0])]])
    states = model(ids, jnp.ones(ids.shape, bool), jnp.array([0]))

    layers = encoder.represent(["ba de."], "en")

    expected = [np.asarray(layer)[0, 0, 1:-1].mean(axis=0) for layer in states]
    np.testing.assert_allclose(layers[:, 0], expected, atol=1e-6)


def test_a_sentence_is_pooled_anew_when_another_pooling_is_asked_for(encoder):
    _, tokenizer, model, *_ = encoder.pretrained
    ids = jnp.array([[tokenizer.special.wrap(tokenizer.encode(["ba de."], "en")[0])]])
    states = model(ids, jnp.ones(ids.shape, bool), jnp.array([0]))
    mean = encoder.represent(["ba de."], "en")

    config = override(encoder.pretrained.config, {"evaluation.pooling": "first"})
    first = encoder.with_config(config).represent(["ba de."], "en")

    assert not np.allclose(first, mean)
    np.testing.assert_allclose(first[:, 0], [np.asarray(s)[0, 0, 0] for s in states], atol=1e-6)


def test_a_long_sentence_is_read_in_windows_of_the_models_positions(encoder):
    layers = encoder.represent(["badeki" * 20], "en")

    assert encoder.pretrained.config.training.length == POSITIONS
    assert np.all(np.any(layers != 0, axis=-1))


def test_without_pairs_to_fit_on_nothing_is_centred_or_mapped(encoder):
    results = mlm_xling.evaluate(encoder, ["cka", "similarity", "retrieval", "language_identity"])

    metrics = {r.metric for r in results if in_tables(r.metric)}
    assert {"cka", "svcca", "p@1_raw_forward", "language_identity"} <= metrics
    assert not [name for name in metrics if "centred" in name or "procrustes" in name]
    assert {r.n for r in results if r.evaluator == "retrieval"} == {20}
    models = {"trained", "random", "random_target", "lexical", "spelling"}
    assert {r.model for r in results} == models


def test_every_instrument_measures_every_layer(folder, settings, text_dir, tmp_path):
    (tmp_path / "en-fr.tsv").write_text("de\tda\nki\tki\nlo\tti\nmu\trê\n")
    (tmp_path / "bitext").write_text("".join(f"{s} ||| {s}\n" for s in sentences("en", 40)))
    (tmp_path / "links").write_text("0-0 1-1\n" * 40)
    encoder = mlm_xling.load(
        f"hf:{folder}",
        overrides=settings
        | {
            "evaluation.fit_pairs": 10,
            "data.text_dir": str(text_dir),
            "data.dictionary": str(tmp_path),
            "evaluation.contextual.bitext": str(tmp_path / "bitext"),
            "evaluation.contextual.links": str(tmp_path / "links"),
        },
    )

    of_layers = [name for name in PROBES if name not in ("perplexity", "description")]

    results = mlm_xling.evaluate(encoder, of_layers)

    for evaluator in of_layers:
        layers = {r.layer for r in results if r.evaluator == evaluator and r.model == "trained"}
        assert layers >= {0, 1, 2}, evaluator


def test_words_in_context_want_text(encoder, tmp_path):
    (tmp_path / "en-fr.tsv").write_text("de\tda\n")
    config = override(encoder.pretrained.config, {"data.dictionary": str(tmp_path)})

    with pytest.raises(InputError, match=r"data.text_dir: words are encoded in context; say where"):
        mlm_xling.evaluate(encoder.with_config(config), ["lexicon"])


def test_labelled_data_is_prepared_in_the_ids_of_the_model(encoder, tmp_path):
    write_labelled(tmp_path, 4)
    tokenizer = encoder.pretrained.vocabulary
    config = with_labelled(encoder.pretrained.config, tmp_path)

    with mock.patch.object(preparation, "run_program", run_here):
        table = prepare_labelled(config, "ner", "entities", tokenizer)["train-en"]

    first = sentences("en", 4, seed=1)[0]
    assert table.columns["ids"][0].tolist() == tokenizer.encode([first], "en")[0]


def test_the_program_writes_results_and_report_where_it_is_told(
    folder, settings, tmp_path, monkeypatch
):
    flags = [f"--config.{name}={value}" for name, value in settings.items() if name != "languages"]
    flags += [f"--config.languages={','.join(LANGUAGES)}", "--evaluators=retrieval"]
    before = sorted(folder.iterdir())

    refused = run_program_here(monkeypatch, "run_eval.py", f"--workdir=hf:{folder}", *flags)
    done = run_program_here(
        monkeypatch, "run_eval.py", f"--workdir=hf:{folder}", f"--output={tmp_path}", *flags
    )

    assert refused.status == 2
    assert refused.error.startswith("error: --output: say where results go")
    assert done.status == 0, done.error
    assert "hf:small" in (tmp_path / "report" / "report.md").read_text()
    assert (tmp_path / "results.jsonl").is_file()
    assert sorted(folder.iterdir()) == before


def test_a_folder_has_results_of_one_model_in_any_of_its_languages(
    encoder, folder, settings, tmp_path
):
    again = mlm_xling.load(f"hf:{folder}", overrides=settings | {"languages": ("fr", "en")})
    other = mlm_xling.load(f"hf:{write_folder(tmp_path / 'other')}", overrides=settings)
    for asked in (encoder, again):
        mlm_xling.evaluate(asked, ["cka"], output=tmp_path / "out", models=["trained"])

    with pytest.raises(InputError, match=r"results of hf:small .*folder for hf:other "):
        mlm_xling.evaluate(other, ["cka"], output=tmp_path / "out", models=["trained"])


def test_a_second_model_of_hugging_face_is_compared_in_the_same_languages(encoder, tmp_path):
    other = with_positions(write_folder(tmp_path / "other"), POSITIONS)
    second = mlm_xling.load(f"hf:{other}", overrides={"languages": encoder.languages})

    results = mlm_xling.evaluate(encoder, ["cka"], target=second)

    assert {(r.source, r.target) for r in results} == {("en", "en'"), ("en", "fr")}


def test_words_of_a_second_model_are_encoded_in_the_text_of_the_first(
    folder, settings, text_dir, tmp_path, monkeypatch
):
    (tmp_path / "en-fr.txt").write_text("de da\nki ki\n")
    given = {
        **{name: value for name, value in settings.items() if name != "languages"},
        "languages": ",".join(LANGUAGES),
        "data.text_dir": text_dir,
        "data.dictionary": tmp_path,
        "model.dtype": "float32",
        "training.length": 16,
    }

    done = run_program_here(
        monkeypatch,
        "run_eval.py",
        *(f"--{name}=hf:{folder}" for name in ("workdir", "target_workdir")),
        f"--output={tmp_path / 'out'}",
        "--evaluators=lexicon",
        "--models=trained",
        *(f"--config.{name}={value}" for name, value in given.items()),
    )

    assert done.status == 0, done.error
