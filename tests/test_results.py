"""The file of results: whole lines only, the last word wins, damage is named."""

import dataclasses
import json
import resource

import pytest

from mlm_xling.errors import InputError
from mlm_xling.results import Result, append_results, fingerprint_items, read_results

RESULT = Result(
    evaluator="cka",
    metric="cka",
    model="trained",
    source="en",
    target="fr",
    layer=1,
    value=0.5,
    low=None,
    high=None,
    n=100,
    step=10,
    seed=0,
    config="abc",
    seen=None,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run" / "results.jsonl"


def test_a_line_has_exactly_the_documented_fields_in_order(path):
    append_results(path, [RESULT])

    fields = (
        "evaluator metric model source target layer value low high n step seed config seen setting "
        "items choice"
    )
    assert list(json.loads(path.read_text())) == fields.split()


def test_what_was_appended_is_read_again(path):
    others = [dataclasses.replace(RESULT, layer=layer) for layer in (2, None)]
    append_results(path, [RESULT])
    append_results(path, others)

    assert read_results(path) == [RESULT, *others]


def test_no_file_holds_no_results(path):
    assert read_results(path) == []


def test_measuring_again_supersedes_the_older_line(path):
    other_step = dataclasses.replace(RESULT, step=20)
    again = dataclasses.replace(RESULT, value=0.7, n=50)
    append_results(path, [RESULT, other_step, again])

    assert read_results(path) == [other_step, again]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ('{"evaluator": "ck\n', "not JSON"),
        ("\n", "not JSON"),
        ("[1]\n", "not a JSON object"),
        ('{"evaluator": "cka"}\n', "field 'config' is missing or unknown"),
        ('{"evaluator": "cka"', "cut off"),
    ],
)
def test_a_damaged_line_is_named_with_file_and_line(path, damage, message):
    append_results(path, [RESULT, RESULT])
    with path.open("a") as file:
        file.write(damage)

    with pytest.raises(InputError, match=rf"results\.jsonl:3: .*{message}"):
        read_results(path)


@pytest.mark.parametrize("value", ["0.5", None, True])
def test_a_value_that_is_no_number_is_damage(path, value):
    append_results(path, [RESULT])
    path.write_text(json.dumps(dataclasses.asdict(RESULT) | {"value": value}) + "\n")

    with pytest.raises(InputError, match="'value'"):
        read_results(path)


def test_a_value_that_is_not_finite_is_never_written(path):
    with pytest.raises(ValueError, match="JSON"):
        append_results(path, [RESULT, dataclasses.replace(RESULT, value=float("nan"))])

    assert not path.exists()


def test_running_out_of_space_leaves_no_half_line(path):
    append_results(path, [RESULT])
    before = path.read_bytes()
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, old[1]))
    try:
        with pytest.raises(InputError, match="cannot append: no space left"):
            append_results(path, [RESULT])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)

    assert path.read_bytes() == before


def test_the_same_items_have_the_same_fingerprint_in_any_order():
    assert fingerprint_items(["a", "b"]) == fingerprint_items(["b", "a"])
    assert fingerprint_items(["a", "b"]) != fingerprint_items(["a"])
    assert fingerprint_items(["a", "b"]) != fingerprint_items(["ab"])
