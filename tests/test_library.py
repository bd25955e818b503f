"""The system in five lines, as a notebook uses it."""

import dataclasses
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

import mlm_xling
from mlm_xling import open_progress
from mlm_xling.errors import InputError
from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.evaluators import EVALUATORS
from mlm_xling.evaluation.subject import FrozenEncoder
from mlm_xling.results import FILE_NAME, read_results
from tests.data_fixtures import sentences
from tests.forked import Program


@pytest.fixture(scope="module")
def encoder(saved_run):
    return mlm_xling.load(saved_run, overrides={"evaluation.pairs": 12})


def test_sentences_are_represented_at_every_layer(encoder):
    layers = encoder.represent(["ba de.", "ki."], "en")

    assert layers.shape == (2, 2, 4)
    assert np.isfinite(layers).all()
    assert encoder.languages == ("en", "fr")


def test_no_sentences_have_their_layers_too(encoder):
    assert encoder.represent([], "en").shape == (2, 0, 4)


def test_what_was_represented_stays_as_it_is(encoder):
    vectors = encoder.represent(["ba de."], "en")

    with pytest.raises(ValueError, match="read-only"):
        vectors -= 1.0


@pytest.mark.parametrize(
    "asked",
    [
        lambda encoder: encoder.represent("ba de.", "en"),
        lambda encoder: mlm_xling.evaluate(encoder, "cka"),
        lambda encoder: mlm_xling.evaluate(encoder, ["cka"], models="trained"),
        lambda encoder: mlm_xling.evaluate(encoder, ["cka"], parallel={"en": "ba", "fr": "be"}),
        lambda encoder: mlm_xling.report("results", encoder, beside="runs/en"),
    ],
)
def test_a_single_text_is_not_taken_for_a_list_of_its_letters(encoder, asked):
    with pytest.raises(InputError, match="must be a list"):
        asked(encoder)


def test_a_language_that_the_encoder_does_not_know_is_named(encoder):
    with pytest.raises(InputError, match="language 'ru': the encoder was trained on en, fr"):
        encoder.represent(["да"], "ru")


def test_results_are_a_table_of_columns(encoder):
    results = mlm_xling.evaluate(encoder, ["cka"])

    table = results.table
    assert {len(column) for column in table.values()} == {len(results)}
    assert {"metric", "layer", "value", "low", "high", "n", "model"} <= set(table)
    assert set(table["model"]) == {"trained", "random", "random_target"}


def test_parallel_sentences_may_be_at_hand(encoder):
    pairs = {"en": sentences("en", 30, seed=7), "fr": sentences("fr", 30, seed=7)}

    results = mlm_xling.evaluate(encoder, ["cka"], parallel=pairs)

    assert {(r.source, r.target, r.n) for r in results if r.metric == "cka"} == {("en", "fr", 12)}


def test_sentences_at_hand_are_told_from_others(encoder):
    """One result does not replace the other."""
    measured = [
        mlm_xling.evaluate(encoder, ["cka"], parallel=parallel, models=["trained"])[0].identity
        for seed in (7, 8)
        for parallel in [{name: sentences(name, 30, seed=seed) for name in ("en", "fr")}]
    ]

    assert len(set(measured)) == 2


def test_a_second_model_is_measured_by_the_settings_of_the_first(saved_run):
    """The first model once more: what it is compared with are the same vectors."""
    first = mlm_xling.load(
        saved_run, overrides={"evaluation.pairs": 12, "evaluation.pooling": "weighted"}
    )
    again = mlm_xling.load(saved_run)

    results = mlm_xling.evaluate(first, ["cka"], target=again, models=("trained",))

    like = [r.value for r in results if (r.metric, r.target) == ("cka", "en'")]
    assert like == pytest.approx([1.0] * 2)


def changed(encoder: FrozenEncoder, **values) -> FrozenEncoder:
    """The same encoder, said to be of another step or configuration."""
    return FrozenEncoder(encoder.pretrained._replace(**values))


@pytest.mark.parametrize("seeds", [(0, 0), (0, 1), (1, 0)])
def test_two_untrained_encoders_start_apart_whichever_seed_comes_first(encoder, seeds):
    config = encoder.pretrained.config
    source, target = (
        changed(
            encoder,
            config=dataclasses.replace(
                config, training=dataclasses.replace(config.training, seed=seed)
            ),
        )
        for seed in seeds
    )

    results = mlm_xling.evaluate(source, ["cka"], target=target, models=["untrained"])

    same_text = {(r.model, r.value) for r in results if (r.target, r.metric) == ("en'", "cka")}
    assert {model for model, _ in same_text} == {"random", "random_target"}
    assert all(value < 0.99 for _, value in same_text)


def test_a_second_model_that_would_be_ignored_is_refused(encoder, tmp_path):
    other = changed(encoder, step=1)

    with pytest.raises(InputError, match="'ner': fine-tunes one encoder and would ignore"):
        mlm_xling.evaluate(encoder, ["cka", "ner"], target=other, output=tmp_path / "out")


def test_checkpoints_of_a_second_model_are_told_apart(encoder):
    first, second, same = (
        mlm_xling.evaluate(encoder, ["cka"], target=changed(encoder, step=step))
        for step in (1, 2, encoder.pretrained.step)
    )

    names = [{result.config for result in results} for results in (first, second, same)]
    assert all(len(of_all_models) == 1 for of_all_models in names)
    assert len(set.union(*names)) == 3


def test_what_compares_two_models_is_not_among_the_results_of_one(encoder, saved_run):
    again = mlm_xling.load(saved_run)

    with pytest.raises(InputError, match="is a run, whose results are of one model"):
        mlm_xling.evaluate(encoder, ["cka"], target=again, output=saved_run)


def test_what_is_measured_of_a_run_is_not_among_the_results_of_another(
    encoder, saved_run, tmp_path, monkeypatch
):
    other = shutil.copytree(saved_run, tmp_path / "other")

    with pytest.raises(InputError, match="is another run, whose results are there"):
        mlm_xling.evaluate(encoder, ["cka"], output=other)

    monkeypatch.chdir(tmp_path)
    own = mlm_xling.load("other")
    monkeypatch.chdir(saved_run)
    mlm_xling.evaluate(own, [MINE], output=other)
    assert {result.evaluator for result in read_results(other / FILE_NAME)} == {"mine"}


def test_what_was_measured_is_kept_when_a_later_evaluator_fails(encoder, tmp_path):
    def fail(subject):
        raise RuntimeError("killed")

    last = Evaluator("last", fail, {})
    with pytest.raises(RuntimeError):
        mlm_xling.evaluate(encoder, ["cka", "retrieval", last], output=tmp_path)

    kept = read_results(tmp_path / FILE_NAME)
    assert {result.evaluator for result in kept} == {"cka", "retrieval"}


def test_damaged_results_are_told_before_anything_is_measured(encoder, tmp_path):
    (tmp_path / FILE_NAME).write_text("[]\n")
    never = Evaluator("never", lambda subject: pytest.fail("measured"), {})

    with pytest.raises(InputError, match=rf"{FILE_NAME}:1: not a JSON object"):
        mlm_xling.evaluate(encoder, [never], output=tmp_path)


def test_unequal_numbers_of_parallel_sentences_are_refused(encoder):
    with pytest.raises(InputError, match="unequal numbers of them"):
        mlm_xling.evaluate(encoder, ["cka"], parallel={"en": ["ba."], "fr": []})


def count_layers(subject):
    return [subject.result("mine", "layers", ("en", "fr"), None, 2.0, n=1, seen=None)]


MINE = Evaluator("mine", count_layers, {"layers": Metric("Layers")})


def test_what_an_evaluator_warns_of_is_told_once_after_it(encoder, capsys):
    def warning(subject):
        subject.inputs.warn("mine: nothing is measured")
        return []

    mlm_xling.evaluate(encoder, [Evaluator("mine", warning, {"mine": Metric("mine")})])

    assert capsys.readouterr().err.count("warning: mine: nothing is measured\n") == 1


def test_an_evaluator_of_ones_own_is_asked_like_the_others(encoder):
    (trained, random) = mlm_xling.evaluate(encoder, [MINE])

    assert (trained.model, random.model, trained.value) == ("trained", "random", 2.0)


def test_the_pair_that_an_evaluator_has_come_to_is_shown(encoder, capsys, monkeypatch):
    monkeypatch.setattr(open_progress, "_PLAIN_EVERY", -1.0)

    mlm_xling.evaluate(encoder, [MINE], models=["trained"])

    assert capsys.readouterr().err.splitlines() == ["mine  trained  en-fr"]


def test_training_shows_how_far_it_is_by_itself(encoder, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(open_progress, "_PLAIN_EVERY", -1.0)
    learner = dataclasses.replace(MINE, name="learner", metrics={}, trains=True)

    mlm_xling.evaluate(encoder, [MINE, learner], models=["trained"], output=tmp_path)

    assert capsys.readouterr().err.splitlines() == ["mine  trained  en-fr"]


def test_results_and_report_go_to_a_folder(encoder, tmp_path):
    results = mlm_xling.evaluate(encoder, ["language_identity"], output=tmp_path)
    page = mlm_xling.report(tmp_path, encoder)

    assert read_results(tmp_path / FILE_NAME) == list(results)
    assert "Language told" in page.read_text()


def test_a_report_of_sentences_at_hand_has_their_configuration(encoder, tmp_path):
    pairs = {name: sentences(name, 30, seed=7) for name in ("en", "fr")}
    mlm_xling.evaluate(encoder, ["cka"], parallel=pairs, output=tmp_path, models=["trained"])

    text = mlm_xling.report(tmp_path, encoder).with_name("report.md").read_text()

    assert "| data.parallel | memory:" in text


MISTAKES = """
import sys
import mlm_xling
from mlm_xling.errors import InputError
encoder = mlm_xling.load(sys.argv[1])
for asked in (
    lambda: mlm_xling.evaluate(sys.argv[1], ["cka"]),
    lambda: mlm_xling.evaluate(encoder, ["cka"], target=sys.argv[1]),
    lambda: mlm_xling.evaluate(encoder, ["cka"], target=""),
    lambda: mlm_xling.report(".", sys.argv[1]),
    lambda: mlm_xling.report(".", encoder, beside=None),
    lambda: encoder.represent(["ba", None], "en"),
    lambda: encoder.represent(3, "en"),
    lambda: encoder.represent((text for text in ["ba"]), "en").shape,
    lambda: mlm_xling.evaluate(encoder, [["cka"]]),
    lambda: mlm_xling.evaluate(encoder, None),
    lambda: mlm_xling.evaluate(encoder, [3]),
    lambda: mlm_xling.evaluate(encoder, ["cka"], models=None),
    lambda: mlm_xling.evaluate(encoder, ["cka"], parallel={"en": None, "fr": ["be"]}),
    lambda: mlm_xling.evaluate(encoder, ["cka"], parallel={1: ["ba"], "fr": ["be"]}),
    lambda: mlm_xling.evaluate(encoder, ["cka"], parallel={"en": ["ba"], "EN": ["be"]}),
):
    try:
        asked()
    except InputError as error:
        print(error)
"""


def test_mistakes_in_a_notebook_are_told_in_a_line(saved_run):
    """In a process without the hook that checks types before we do."""
    place = repr(str(saved_run))

    ended = Program("mistakes.py", saved_run, code=MISTAKES).end()

    told = re.sub("<generator .*>", "<generator>", ended.stdout)
    assert told.splitlines() == [
        f"encoder={place}: is no encoder; load one, encoder=load(folder)",
        f"target={place}: is no encoder; load one, target=load(folder)",
        "target='': is no encoder; load one, target=load(folder)",
        f"encoder={place}: is no encoder; load one, encoder=load(folder)",
        "beside=None: must be a list",
        "sentences[1]: None is no text",
        "sentences=3: must be a list",
        "sentences=<generator>: must be a list",
        f"unknown evaluator ['cka']; known are {', '.join(EVALUATORS)}",
        "evaluators=None: must be a list",
        f"unknown evaluator 3; known are {', '.join(EVALUATORS)}",
        "models=None: must be a list",
        "parallel['en']=None: must be a list",
        "parallel: the header must name each column's language, each once",
        "parallel: the header must name each column's language, each once",
    ], ended.stderr


def test_what_trains_something_needs_a_folder(encoder):
    with pytest.raises(InputError, match=r"output: .* needs a folder"):
        mlm_xling.evaluate(encoder, ["parsing"])


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, mlm_xling.config; sys.exit('jax' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
