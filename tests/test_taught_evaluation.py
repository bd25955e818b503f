"""An evaluation with a teacher, and what is refused before it begins."""

import copy
import shutil
from unittest import mock

import pytest
from flax import nnx

import mlm_xling
from mlm_xling.config import Config, VocabularyConfig
from mlm_xling.config.stored import to_json
from mlm_xling.errors import InputError
from mlm_xling.evaluation.evaluators import EVALUATORS
from mlm_xling.evaluation.finetuning import teaching
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.language_ids import language_ids
from mlm_xling.preparation import prepare_labelled as preparation
from mlm_xling.reports.runs import require_measurable_baseline
from mlm_xling.reports.selection import newest
from mlm_xling.reports.transfer import rows_of
from mlm_xling.results import FILE_NAME, read_results
from mlm_xling.training.checkpoint_metadata import Metadata
from mlm_xling.training.checkpointing import Checkpoints
from mlm_xling.vocabulary import train_vocabulary
from tests.data_fixtures import run_here, sentences
from tests.labelled_fixtures import with_labelled, write_labelled

pytestmark = pytest.mark.slow


def save_monolingual(folder, config, language, seed=6):
    """Saves an encoder of one language and one more layer, with a vocabulary of its own."""
    samples = {language: sentences(language, 200)}
    vocabulary = train_vocabulary(samples, VocabularyConfig(size=90))
    config = copy.deepcopy(config)
    config.languages, config.model.layers = (language,), 2
    encoder = random_encoder(config, language_ids(vocabulary, config), seed=seed)
    vocabulary.save(folder / "vocabulary")
    metadata = Metadata(2, to_json(config), vocabulary.fingerprint, "", "gone")
    checkpoints = Checkpoints(folder, metadata)
    checkpoints.save_best(2, nnx.to_pure_dict(nnx.state(encoder)), 9.0)
    checkpoints.close()
    return str(folder)


@pytest.fixture(scope="module")
def student(saved_run):
    return mlm_xling.load(saved_run)


@pytest.fixture(scope="module")
def teachers(student, tmp_path_factory):
    """Workdirs by language."""
    config = student.pretrained.config
    return {
        language: save_monolingual(tmp_path_factory.mktemp(language), config, language)
        for language in ("en", "fr")
    }


@pytest.fixture(scope="module")
def evaluate(student, tmp_path_factory):
    folder = tmp_path_factory.mktemp("labelled")
    write_labelled(folder, 12)

    def evaluate(output, evaluators=("parsing",), models=("trained", "untrained"), **finetuning):
        asked = {f"evaluation__finetuning__{name}": value for name, value in finetuning.items()}
        config = with_labelled(student.pretrained.config, folder, **asked)
        with mock.patch.object(preparation, "run_program", run_here):
            return mlm_xling.evaluate(
                student.with_config(config), evaluators, output=output, models=models
            )

    return evaluate


@pytest.fixture(scope="module")
def taught(evaluate, teachers, tmp_path_factory):
    """Where results are, those with a teacher the last."""
    output = tmp_path_factory.mktemp("taught")
    evaluate(output, models=("trained",))
    evaluate(output, teacher=teachers["en"])
    return output


def test_the_teacher_is_measured_beside_its_students_under_one_configuration(taught):
    results = read_results(taught / FILE_NAME)
    plain, with_teacher = dict.fromkeys(result.config for result in results)

    of = {
        config: {r.model for r in results if r.config == config} for config in (plain, with_teacher)
    }
    assert of[plain] == {"trained"}
    assert of[with_teacher] == {"teacher", "trained", "random", "majority", "lookup"}
    of_teacher = [result for result in results if result.model == "teacher"]
    assert {result.metric.partition("_")[0] for result in of_teacher} == {"dev"}
    assert {(result.target, result.step) for result in of_teacher} == {("en", 2)}


def test_a_teacher_that_knows_the_targets_is_tested_on_them(evaluate, saved_run, tmp_path):
    results = evaluate(tmp_path, models=("trained",), teacher=str(saved_run))

    tests = {(r.model, r.target) for r in results if r.metric == "las"}
    assert tests == {("teacher", "fr"), ("trained", "fr")}


def test_a_folder_of_hugging_faces_is_taken_to_know_the_source(evaluate, teachers, tmp_path):
    place = mlm_xling.export(teachers["en"], tmp_path / "hf")

    results = evaluate(tmp_path / "out", models=("trained",), teacher=f"hf:{place}")

    assert {r.target for r in results if r.model == "teacher"} == {"en"}


def test_the_report_names_the_teacher(taught):
    text = mlm_xling.report(taught).with_name("report.md").read_text()

    assert f"| {taught.name}, teacher |" in text
    assert "'teacher': the encoder that was fine-tuned first" in text


def test_differences_are_taken_to_the_student_unless_another_is_named(taught):
    first, *others = rows_of("run", newest(read_results(taught / FILE_NAME)))

    assert first.name == "run"
    assert "run, teacher" in [row.name for row in others]


def test_a_teacher_yet_to_be_measured_can_be_the_baseline(tmp_path):
    name, config = f"{tmp_path.name}, teacher", Config(languages=("en", "fr"))

    with pytest.raises(InputError, match="no such checkpoint in the table"):
        require_measurable_baseline(tmp_path, [], name, [EVALUATORS["ner"]], config)

    config.evaluation.finetuning.teacher = "runs/en"
    require_measurable_baseline(tmp_path, [], name, [EVALUATORS["ner"]], config)


def test_nothing_is_trained_or_scored_again(taught, evaluate, teachers, capsys):
    with mock.patch.object(teaching, "score_answers", pytest.fail):
        evaluate(taught, teacher=teachers["en"], temperature=4.0, models=("trained",))

    told = capsys.readouterr().err
    assert "parsing teacher  batch=16,lr=0.003 (1/1)  best epoch" in told
    assert "parsing teacher  batch=16,lr=0.003 (1/1)  epoch" not in told
    assert "parsing trained  batch=16,lr=0.003 (1/1)  epoch 2/2" in told


def test_a_teacher_that_was_trained_anew_teaches_anew(evaluate, student, tmp_path, capsys):
    place, output = tmp_path / "en", tmp_path / "out"
    for seed in (6, 7):
        shutil.rmtree(place, ignore_errors=True)
        save_monolingual(place, student.pretrained.config, "en", seed)
        evaluate(output, models=("trained",), teacher=str(place))

    told = capsys.readouterr().err
    for learner in ("teacher", "trained"):
        assert told.count(f"parsing {learner}  batch=16,lr=0.003 (1/1)  epoch 1/2") == 2


def test_what_is_not_fine_tuned_asks_for_no_teacher(evaluate, tmp_path):
    results = evaluate(tmp_path, ("description",), ("trained",), teacher="nowhere")

    assert results


def test_soft_labels_alone_come_before_right_answers_alone(evaluate, teachers, tmp_path, capsys):
    evaluate(tmp_path, models=("trained",), teacher=teachers["en"], then_gold=True)

    told = capsys.readouterr().err
    assert told.count("parsing trained  batch=16,lr=0.003 (1/1)  epoch 2/2") == 2
    (first,) = tmp_path.glob("finetuning/parsing-trained-*/soft/*/scores.json")
    assert (first.parents[2] / first.parent.name / first.name).is_file()


@pytest.mark.parametrize(
    ("teacher", "evaluator", "message"),
    [
        ("fr", "parsing", r"teacher=.*: knows fr, and the training data is in en"),
        ("nowhere", "parsing", r"teacher=nowhere: nowhere: no best checkpoint"),
        ("hf:nowhere/at/all", "parsing", r"teacher=hf:nowhere/at/all: .*: no such folder"),
        ("en", "contextual_parsing", r"'contextual_parsing' takes no teacher"),
    ],
)
def test_who_cannot_teach_is_refused(evaluate, teachers, tmp_path, teacher, evaluator, message):
    with pytest.raises(InputError, match=message):
        evaluate(tmp_path, (evaluator,), teacher=teachers.get(teacher, teacher))

    assert not list(tmp_path.iterdir())


def test_a_teacher_of_another_task_is_refused(evaluate, teachers, tmp_path):
    place = mlm_xling.export(teachers["en"], tmp_path / "hf")
    text = (place / "config.json").read_text()
    (place / "config.json").write_text(text.replace("WithLMHeadModel", "ForTokenClassification"))

    with pytest.raises(InputError, match=r"teacher=hf:.*: XLMForTokenClassification has learnt"):
        evaluate(tmp_path / "out", teacher=f"hf:{place}")


def test_a_damaged_teacher_is_refused(evaluate, teachers, student, tmp_path):
    place = save_monolingual(tmp_path / "en", student.pretrained.config, "en")
    (path,) = (tmp_path / "en" / "checkpoints" / "best").glob("*/digests.json")
    path.write_text("")

    with pytest.raises(InputError, match=rf"teacher={place}: .*digests.json: altered"):
        evaluate(tmp_path / "out", teacher=place)


def test_parts_that_no_evaluator_would_begin_anew_are_refused(evaluate, tmp_path):
    with pytest.raises(InputError, match=r"reinitialise=layer_1: 'contextual_parsing' fine-tunes"):
        evaluate(tmp_path, ("parsing", "contextual_parsing"), reinitialise=("layer_1",))

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("then_gold", True),
        ("permute_teacher", True),
        ("temperature", 4.0),
        ("teacher_weight", 1.0),
    ],
)
def test_what_is_asked_of_nobody_is_refused(evaluate, tmp_path, field, value):
    with pytest.raises(InputError, match=rf"finetuning\.{field}: has no effect without a teacher"):
        evaluate(tmp_path, **{field: value})


def test_smoothed_labels_are_no_teachers(evaluate, tmp_path):
    with pytest.raises(InputError, match="label_smoothing: is a control without a teacher"):
        evaluate(tmp_path, teacher=str(tmp_path), label_smoothing=0.3)
