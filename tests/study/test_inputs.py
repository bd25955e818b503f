"""What a study reads is checked before its first run trains."""

import dataclasses
import shutil
import sys
from pathlib import Path

import pytest

from mlm_xling.errors import InputError
from mlm_xling.paths import CHECKPOINTS
from mlm_xling.study.cells import cells_of
from mlm_xling.study.definition import Study
from mlm_xling.study.inputs import require_files


@pytest.fixture
def study(text_dir, tmp_path) -> Study:
    """A study of text of its own, that compares retrieval."""
    shutil.copytree(text_dir, tmp_path / "text")
    return Study(
        config="configs/text.py",
        rows=("default", "sep_emb"),
        pairs=("en-fr",),
        seeds=(0,),
        evaluators=("retrieval",),
        settings={
            "data.text_dir": str(tmp_path / "text"),
            "data.parallel": str(tmp_path / "text" / "parallel.tsv"),
            "evaluation.pairs": 20,
            "evaluation.fit_pairs": 10,
            "evaluation.during_pretraining": (),
        },
    )


def check(study: Study, folder: Path) -> None:
    require_files(study, cells_of(study, folder / "study"))


def test_a_study_whose_files_are_all_there_may_begin(study, tmp_path):
    check(study, tmp_path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fr.txt", r"fr\.txt: no such file; config\.data\.text_dir"),
        ("parallel.tsv", r"config.data.parallel: .*no such file"),
    ],
)
def test_a_missing_file_is_named(study, tmp_path, name, message):
    (tmp_path / "text" / name).unlink()

    with pytest.raises(InputError, match=message):
        check(study, tmp_path)


def test_what_is_measured_while_a_run_trains_is_checked_too(study, tmp_path):
    probed = study.settings | {"evaluation.during_pretraining": ("lexicon",)}

    with pytest.raises(InputError, match=r"config\.data\.dictionary"):
        check(dataclasses.replace(study, settings=probed), tmp_path)


def test_what_no_run_reads_any_more_may_be_gone(study, tmp_path):
    done = cells_of(study, tmp_path / "study")
    for cell in done:
        for stage in cell.stages:
            cell.finish(stage, 1.0)
    shutil.rmtree(tmp_path / "text")

    check(study, tmp_path)


def test_what_only_a_finished_evaluation_read_may_be_gone(study, tmp_path):
    places = {"evaluation.pos.train": str(tmp_path / "none.conllu")}
    study = dataclasses.replace(
        study, evaluators=("retrieval", "pos"), settings=study.settings | places
    )
    for cell in cells_of(study, tmp_path / "study"):
        (cell.folder / CHECKPOINTS).mkdir(parents=True)
        for stage in cell.stages:
            if "pos" not in stage.evaluators:
                cell.finish(stage, 1.0)
    (tmp_path / "text" / "parallel.tsv").unlink()

    with pytest.raises(InputError, match=r"config\.evaluation\.pos\.train=.*no such file"):
        check(study, tmp_path)


def test_text_to_predict_is_checked_without_a_model(study, tmp_path):
    predicted = {"evaluation.perplexity.text": str(tmp_path / "text" / "{language}.txt")}
    study = dataclasses.replace(
        study, evaluators=("perplexity",), settings=study.settings | predicted
    )
    check(study, tmp_path)

    absent = {"evaluation.perplexity.text": str(tmp_path / "none.{language}")}
    with pytest.raises(InputError, match=r"none\.en: no such file"):
        check(dataclasses.replace(study, settings=study.settings | absent), tmp_path)


def test_the_lab_generates_its_text(study, tmp_path):
    lab = dataclasses.replace(study, config="configs/demo.py", pairs=("a-b",), settings={})

    check(lab, tmp_path)


def test_a_missing_aligner_is_told_before_models_train_whose_words_it_aligns(
    study, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "eflomal", None)
    names = {"monolingual": ("contextual_ner",)}
    of_two = {"beside": ("monolingual",), "evaluators_of_row": names}
    lab = dataclasses.replace(
        study, config="configs/demo.py", pairs=("a-b",), settings={}, **of_two
    )
    links = {"evaluation.contextual.links": "links", "evaluation.contextual.bitext": "bitext"}

    with pytest.raises(InputError, match="pip install eflomal"):
        check(lab, tmp_path)
    check(dataclasses.replace(lab, settings=links), tmp_path)
