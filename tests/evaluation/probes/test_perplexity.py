"""Prediction of a text against one token hidden at a time, by hand."""

import itertools
import math

import jax.numpy as jnp
import numpy as np
import pytest

import mlm_xling
from mlm_xling.errors import InputError
from tests.data_fixtures import LANGUAGES
from tests.hugging_face.folders import with_positions, write_folder

LINES = ["ba de ki.", "lo.", "vo zu ti mu ra ba de."]


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    for language in LANGUAGES:
        (folder / f"{language}.txt").write_text("\n\n".join([*LINES, "☃ is unknown"]) + "\n")
    return {"evaluation.perplexity.text": str(folder / "{language}.txt")}


@pytest.fixture(scope="module", params=["ours", "bert", "xlm-wide"])
def encoder(request, saved_run, text, tmp_path_factory):
    if request.param == "ours":
        return mlm_xling.load(saved_run, overrides=text)
    folder = write_folder(tmp_path_factory.mktemp("hub"), request.param)
    if request.param == "bert":
        with_positions(folder, 64)
    return mlm_xling.load(f"hf:{folder}", overrides={**text, "languages": LANGUAGES})


def nats_by_hand(pretrained, ids, language):
    """-log p of each token of one sequence, from a softmax in float64."""
    special, number = pretrained.vocabulary.special, jnp.array([language])
    places = np.arange(len(ids))
    masked = [special.wrap([*ids[:i], special.mask, *ids[i + 1 :]]) for i in places]
    asked = jnp.array([masked])
    last = pretrained.encoder(asked, jnp.ones(asked.shape, bool), number)[-1][0]
    at_masks = last[places, places + len(special.opening)]
    scores = np.asarray(pretrained.encoder.logits(at_masks[None], number), np.float64)[0]
    return (np.log(np.exp(scores).sum(1)) - scores[places, ids]).tolist()


def test_three_sentences_by_hand(encoder):
    pretrained = encoder.pretrained
    length = pretrained.config.training.length
    room = pretrained.vocabulary.special.room(length)
    encoded = pretrained.vocabulary.encode(LINES, "fr")
    nats = []
    for ids in encoded:
        windows = -(-len(ids) // room)
        edges = [len(ids) * i // windows for i in range(windows + 1)]
        for start, stop in itertools.pairwise(edges):
            nats += nats_by_hand(pretrained, ids[start:stop], language=1)

    results = mlm_xling.evaluate(encoder, ["perplexity"])

    found = {r.metric: r for r in results if (r.model, r.source) == ("trained", "fr")}
    perplexity, bits = found["pseudo_perplexity"], found["bits_per_character"]
    assert (perplexity.n, perplexity.target, perplexity.layer) == (3, "fr", None)
    assert perplexity.value == pytest.approx(math.exp(np.mean(nats)), rel=1e-4)
    characters = sum(map(len, LINES))
    assert bits.value == pytest.approx(np.sum(nats) / math.log(2) / characters, rel=1e-4)
    assert bits.low is not None
    assert bits.high is not None
    assert bits.low <= bits.value <= bits.high
    assert {r.model for r in results} == {"trained", "random"}


def test_lines_with_unknown_tokens_are_left_out_and_counted(saved_run, text, capsys):
    mlm_xling.evaluate(mlm_xling.load(saved_run, overrides=text), ["perplexity"])

    assert "fr: 1 of 4 lines have a token that is unknown" in capsys.readouterr().err


def test_the_report_has_its_table_and_nothing_else_is_needed(saved_run, text, tmp_path):
    encoder = mlm_xling.load(saved_run, overrides=text)
    mlm_xling.evaluate(encoder, ["perplexity"], output=tmp_path)

    page = mlm_xling.report(tmp_path, encoder)

    report = (page.parent / "report.md").read_text()
    assert "## Prediction of a text" in report
    assert "| en | bits per character | trained |" in report


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"evaluation.perplexity.text": ""}, "name a text file"),
        ({"evaluation.perplexity.text": "none-{language}.txt"}, "no such file"),
        ({"evaluation.perplexity.text": "one.txt"}, "one file for en, fr"),
    ],
)
def test_text_that_is_not_there(saved_run, changed, told):
    with pytest.raises(InputError, match=told):
        mlm_xling.evaluate(mlm_xling.load(saved_run, overrides=changed), ["perplexity"])


def test_an_encoder_without_a_softmax_predicts_nothing(text, tmp_path):
    from safetensors.numpy import load_file, save_file

    path = write_folder(tmp_path) / "model.safetensors"
    save_file({n: t for n, t in load_file(path).items() if n.startswith("bert.")}, path)
    encoder = mlm_xling.load(f"hf:{tmp_path}", overrides={**text, "languages": LANGUAGES})

    with pytest.raises(InputError, match="has no masked-LM head or no mask token"):
        mlm_xling.evaluate(encoder, ["perplexity"])
