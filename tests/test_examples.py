"""Examples are read with the results that they are of, and with no others."""

import dataclasses

import pytest

from mlm_xling.errors import InputError
from mlm_xling.examples import (
    FOLDER,
    Candidate,
    Examples,
    Lookup,
    Plane,
    read_examples,
    write_examples,
)
from mlm_xling.reports.runs import require_report
from mlm_xling.results import FILE_NAME, append_results
from tests.reports.made_up import measured

CAT = Candidate("chat", 0.75, True)
WORDS = Examples(
    measured("word_p@1_other", 1, evaluator="lexicon"),
    chosen=(Lookup("cat", (CAT,), (Candidate("chien", 0.8, False), CAT)),),
    mistakes=(Lookup("猫", (), ()),),
    pairs=(("cat", "chat"),),
    planes=(Plane(True, ((0.5, -1.0),), ((0.25, 2.0),), 0.5),),
)
SENTENCES = Examples(measured("p@1_raw_forward", 2))


def test_what_is_written_is_read_again_in_the_order_of_the_results(tmp_path):
    write_examples(tmp_path, [WORDS, SENTENCES])

    found = read_examples(tmp_path, [measured(), SENTENCES.result, WORDS.result])

    assert found == [SENTENCES, WORDS]


@pytest.mark.parametrize("changed", [{"step": 7}, {"config": "other"}, {"value": 0.75}])
def test_examples_of_another_measurement_are_not_read(tmp_path, changed):
    write_examples(tmp_path, [WORDS])

    assert read_examples(tmp_path, [dataclasses.replace(WORDS.result, **changed)]) == []


def test_those_of_the_last_measurement_replace_earlier_ones(tmp_path):
    again = dataclasses.replace(WORDS, mistakes=())

    write_examples(tmp_path, [WORDS])
    write_examples(tmp_path, [again])

    assert read_examples(tmp_path, [WORDS.result]) == [again]


def test_altered_examples_are_refused(tmp_path):
    write_examples(tmp_path, [WORDS])
    (path,) = (tmp_path / FOLDER).iterdir()
    path.write_text(path.read_text().replace("chien", "chat"))

    with pytest.raises(InputError, match=r"altered; remove it and measure again"):
        read_examples(tmp_path, [WORDS.result])


def test_altered_examples_are_told_before_anything_is_measured(tmp_path):
    append_results(tmp_path / FILE_NAME, [WORDS.result])
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / f"lexicon-trained-{WORDS.result.config}.json").write_text("{}")

    with pytest.raises(InputError, match=r"lexicon-trained-\w+.json: altered"):
        require_report(tmp_path, [])
