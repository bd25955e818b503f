"""Heads on frozen layers: only the head learns, and the map lets it read another encoder."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy.stats import ortho_group

from mlm_xling.config import TaskConfig, TasksConfig
from mlm_xling.errors import InputError
from mlm_xling.evaluation.evaluators import EVALUATORS, TASKS
from mlm_xling.evaluation.finetuning.checkpoints import SettingCheckpoints
from mlm_xling.evaluation.finetuning.grid import of_frozen_layer, settings
from mlm_xling.evaluation.inputs.aligned_words import words_to_align
from mlm_xling.evaluation.inputs.bitext import Bitext
from mlm_xling.evaluation.inputs.labelled_pairs import LabelledPair, labelled_pair
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.measures.contextual_map import ContextualMap
from mlm_xling.evaluation.probes.contextual_heads import Heads, evaluate_heads
from mlm_xling.evaluation.subject import FrozenEncoder, Subject
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.model.stack import FrozenLayer
from mlm_xling.preparation import prepare_labelled as preparation
from mlm_xling.results import fingerprint_items
from mlm_xling.running_text import joined
from tests.data_fixtures import sentences
from tests.evaluation.finetuning.test_loop import KilledError, grid
from tests.labelled_fixtures import repeated

pytestmark = pytest.mark.slow

NER = TASKS["ner"]
NER_PAIR = labelled_pair("ner", "entities")


class Turned(nnx.Module):
    """An encoder whose states are those of another, turned, stretched and moved."""

    def __init__(self, encoder, width):
        self.encoder = encoder
        self.rotation = nnx.Variable(jnp.array(ortho_group.rvs(width, random_state=0), "f4"))

    def __call__(self, *inputs):
        return tuple(3 * h @ self.rotation[...] + 1 for h in self.encoder(*inputs))


@pytest.fixture(scope="module")
def model(tiny_config, tiny_encoder, vocabulary):
    ner = grid(batch_sizes=(32,), learning_rates=(3e-3,), epochs=2)
    evaluation = dataclasses.replace(tiny_config.evaluation, ner=ner)
    evaluation.finetuning = dataclasses.replace(evaluation.finetuning, buckets=1)
    config = dataclasses.replace(tiny_config, evaluation=evaluation)
    return Pretrained(config, vocabulary, tiny_encoder, 5, None)


@pytest.fixture(scope="module")
def turned(model):
    return model._replace(encoder=Turned(model.encoder, model.config.model.width))


@pytest.fixture(scope="module")
def given(tables):
    """The sentences of `en'` are those of `en`; labelled ones that test are the dev sentences."""
    lines = [line.split() for line in sentences("en", 60)]
    others = [line.split() for line in sentences("fr", 60)]
    links = [
        [(i, i) for i in range(min(map(len, pair)))] for pair in zip(lines, others, strict=True)
    ]
    same = [[(i, i) for i in range(len(line))] for line in lines]
    train, dev = repeated(tables["ner"]["train-en"], 40), tables["ner"]["dev-en"]
    learnt = {"train-en": train, "dev-en": dev}
    french, english = bitext_of(lines, others, links), bitext_of(lines, lines, same)
    return {
        "one": LabelledPair(learnt, {"fr": tables["ner"]["test-fr"]}, {"fr": french}),
        "two": LabelledPair(learnt, {"en'": dev}, {"en'": english}),
    }


def bitext_of(source, target, links):
    x, y = ([joined(words, "xx") for words in side] for side in (source, target))
    return Bitext(x, y, links, [i % 10 == 0 for i in range(len(links))])


def choose(model, given, number):
    return Inputs(model, model, {NER_PAIR: given[number]})


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """Shared: heads know nothing of targets, so one encoder's serve beside another too."""
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def within_one(model, given, workdir):
    """Results of one encoder, and its parameters before and after."""
    before = jax.tree.map(np.array, nnx.to_pure_dict(nnx.state(model.encoder)))
    frozen = FrozenEncoder(model)
    results = evaluate_heads(
        Subject(frozen, frozen, choose(model, given, "one"), workdir=workdir), NER
    )
    return results, before, nnx.to_pure_dict(nnx.state(model.encoder))


def values(results, metric):
    return {r.layer: r.value for r in results if r.metric == metric}


def test_within_one_encoder_every_layer_is_read_mapped_and_raw(within_one):
    results, *_ = within_one

    assert {(r.metric, r.layer) for r in results} == {
        (f"contextual_ner_f1{space}", layer)
        for space in ("", "_raw", "_source")
        for layer in range(3)
    }
    assert {(r.evaluator, r.source, r.target, r.n) for r in results} == {
        ("contextual_ner", "en", "fr", 12)
    }
    assert all(r.low <= r.value <= r.high for r in results)


def test_results_tell_which_sentences_they_are_of(within_one, tables):
    results, *_ = within_one
    tested, of_dev = (
        fingerprint_items(NER.items(tables["ner"][name])) for name in ("test-fr", "dev-en")
    )

    assert {(r.metric, r.items) for r in results} == {
        ("contextual_ner_f1", tested),
        ("contextual_ner_f1_raw", tested),
        ("contextual_ner_f1_source", of_dev),
    }


def test_layers_are_chosen_by_source_dev_data_alone(within_one):
    results, *_ = within_one

    of_source = values(results, "contextual_ner_f1_source")
    assert {r.layer: r.choice for r in results if r.metric == "contextual_ner_f1"} == of_source
    assert all(r.choice == of_source[r.layer] for r in results)


def test_the_encoder_stays_bit_for_bit_and_is_not_kept(within_one, workdir):
    _, before, after = within_one

    assert jax.tree.all(jax.tree.map(lambda a, b: bool(np.array_equal(a, b)), before, after))
    kept = [path.read_text() for path in workdir.rglob("_METADATA")]
    assert len(kept) == 3
    assert all("stack" in text for text in kept)
    assert not any("embeddings" in text for text in kept)


def test_a_turned_copy_of_the_encoder_scores_through_the_map_as_the_source_does(
    within_one, model, turned, given, workdir
):
    subject = Subject(
        FrozenEncoder(model), FrozenEncoder(turned), choose(model, given, "two"), workdir=workdir
    )

    results = evaluate_heads(subject, NER)

    of_source = values(results, "contextual_ner_f1_source")
    assert max(of_source.values()) > 0.8
    assert values(results, "contextual_ner_f1") == pytest.approx(of_source)
    assert values(results, "contextual_ner_f1_raw") == {}
    assert of_source == values(within_one[0], "contextual_ner_f1_source")  # not trained again
    heads = Heads(subject, NER)
    (without_map,) = heads.test("en'", heads.train(2), None)
    assert without_map["f1"].value < 0.5 * of_source[2]


def test_a_killed_run_goes_on_at_the_layer_and_epoch_where_it_was(
    within_one, model, given, tmp_path, monkeypatch, capsys
):
    frozen = FrozenEncoder(model)
    subject = Subject(frozen, frozen, choose(model, given, "one"), workdir=tmp_path)
    save, saved = SettingCheckpoints.save, []

    def killed(self, state, progress):
        save(self, state, progress)
        saved.append(progress.epoch)
        if saved == [1, 2, 1]:
            raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(SettingCheckpoints, "save", killed)
        with pytest.raises(KilledError):
            evaluate_heads(subject, NER)
    capsys.readouterr()
    again = evaluate_heads(subject, NER)

    first, second, *_ = (s for s in capsys.readouterr().err.splitlines() if " layer " in s)
    assert first.startswith("contextual_ner trained layer 0  ")
    assert "best epoch" in first
    assert second.startswith("contextual_ner trained layer 1  ")
    assert "resuming after epoch 1" in second
    assert again == within_one[0]


def test_a_frozen_layer_is_the_encoders_through_the_map(model):
    random = np.random.default_rng(0)
    width = model.config.model.width
    mapping = ContextualMap.fit(*random.normal(size=(2, 100, width)))
    ids = jnp.arange(14, 24).reshape(1, 2, 5)
    read = (ids, jnp.ones_like(ids, bool), jnp.array([1]))

    run = nnx.jit(lambda encoder, *inputs: encoder(*inputs))

    for layer, states in enumerate(run(model.encoder, *read)):
        np.testing.assert_array_equal(run(FrozenLayer(model.encoder, layer), *read), states)
        found = run(FrozenLayer(model.encoder, layer, mapping.affine), *read)
        np.testing.assert_allclose(found, mapping(np.asarray(states)), atol=1e-5)


def test_the_quick_grid_of_a_layer_is_its_first_setting():
    quick = of_frozen_layer(NER, TasksConfig().ner, quick=True)

    assert settings(quick) == settings(dataclasses.replace(quick, **NER.quick))[:1]
    whole = TaskConfig("", "", "", (16, 8), (1e-3, 1e-4))
    assert of_frozen_layer(NER, whole, quick=False) == whole
    assert settings(of_frozen_layer(NER, whole, quick=True)) == settings(whole), "as asked for"


def test_tasks_that_label_words_have_heads_on_layers():
    spaces = ("", "_raw", "_source")

    assert set(EVALUATORS["contextual_parsing"].metrics) == {
        f"contextual_parsing_{name}{space}" for name in ("las", "uas") for space in spaces
    }
    assert "contextual_nli" not in EVALUATORS


@pytest.mark.parametrize(
    ("changes", "aligned", "message"),
    [
        ({}, ["fr"], r"^config.evaluation.ner.test=none.txt: no such file$"),
        ({}, ["de"], r"^config.evaluation.finetuning.targets=fr: no aligned words, which .* de$"),
        ({"source": "fr"}, ["fr"], r"finetuning.source=fr: heads .* first language, en$"),
    ],
)
def test_what_is_missing_is_told_in_one_line(model, monkeypatch, changes, aligned, message):
    monkeypatch.setattr(preparation, "run_program", pytest.fail)
    evaluation = dataclasses.replace(
        model.config.evaluation,
        ner=dataclasses.replace(model.config.evaluation.ner, test="none.txt"),
        finetuning=dataclasses.replace(model.config.evaluation.finetuning, **changes),
    )
    model = model._replace(config=dataclasses.replace(model.config, evaluation=evaluation))

    with pytest.raises(InputError, match=message):
        Inputs(model, model, {words_to_align: tuple(aligned)})[NER_PAIR]
