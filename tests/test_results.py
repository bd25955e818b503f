"""The file of results: whole lines only, the last word wins, damage is named."""

import dataclasses
import json
import re
import resource
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.errors import InputError
from mlm_xling.results import (
    Result,
    append_results,
    chosen_layer,
    fingerprint_items,
    read_results,
    require_appendable,
)

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


BAD = {
    "evaluator": (None, 1, "\ud800"),
    "metric": (["p@1"],),
    "target": ({},),
    "layer": (-1, 1.0, "1", True, 10**400),
    "value": ("0.5", None, True, float("nan"), float("inf"), 10**400),
    "low": ("0", float("-inf"), False),
    "high": ([],),
    "n": (None, -1, 2.5, False),
    "step": (None, -1, "10"),
    "seed": (None, 0.5, 2**63),
    "config": (None, 7),
    "seen": (-0.1, 1.1, float("nan"), "0", True),
    "setting": (1, False),
    "items": (0,),
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in BAD.items() for v in values])
def test_a_field_of_the_wrong_kind_is_damage(path, name, value):
    append_results(path, [RESULT])
    with path.open("a") as file:
        file.write(json.dumps(dataclasses.asdict(RESULT) | {name: value}) + "\n")

    with pytest.raises(InputError, match=rf"results\.jsonl:2: field '{name}' cannot be"):
        read_results(path)


def test_a_field_that_stands_twice_is_damage(path):
    append_results(path, [RESULT])
    path.write_text(path.read_text().replace('"n": 100', '"n": 100, "n": 7'))

    with pytest.raises(InputError, match=r"results\.jsonl:1: not JSON"):
        read_results(path)


@given(st.binary(max_size=40), st.integers(0, 300), st.integers(0, 300))
def test_any_damage_gives_results_or_one_line_that_names_the_place(tmp_path_factory, junk, at, cut):
    path = tmp_path_factory.mktemp("any") / "results.jsonl"
    append_results(path, [RESULT] * 2)
    content = path.read_bytes()
    path.write_bytes(content[:at] + junk + content[at + cut :])

    try:
        told = ""
        read_results(path)
    except InputError as error:
        told = str(error)

    assert re.fullmatch(rf"(|{re.escape(str(path))}:\d+: .*; remove (it|the line))", told)


def test_deep_nesting_is_damage(path):
    path.parent.mkdir()
    path.write_text("[" * 10**6 + "\n")

    with pytest.raises(InputError, match=r"results\.jsonl:1: not JSON"):
        read_results(path)


def test_a_file_that_cannot_be_read_is_named(path):
    path.mkdir(parents=True)

    with pytest.raises(InputError, match=r"results\.jsonl: cannot be read"):
        read_results(path)


def test_an_append_that_was_killed_at_any_byte_costs_no_other_result(path, capsys):
    append_results(path, [RESULT])
    whole = path.read_bytes()
    later = dataclasses.replace(RESULT, layer=2)
    torn = (json.dumps(dataclasses.asdict(dataclasses.replace(RESULT, layer=3)))).encode()
    for length in range(1, len(torn)):
        path.write_bytes(whole + torn[:length])

        append_results(path, [later])

        assert read_results(path) == [RESULT, later]
        assert "cut off the last line" in capsys.readouterr().err


def test_the_very_first_append_may_be_killed(path):
    path.parent.mkdir()
    path.write_text('{"evaluator')

    append_results(path, [RESULT])

    assert read_results(path) == [RESULT]


def test_a_last_line_that_lacks_its_end_alone_is_kept(path):
    append_results(path, [RESULT])
    path.write_bytes(path.read_bytes()[:-1])
    later = dataclasses.replace(RESULT, layer=2)

    append_results(path, [later])

    assert read_results(path) == [RESULT, later]


def test_several_processes_append_whole_lines(path):
    others = [dataclasses.replace(RESULT, layer=layer) for layer in range(200)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda result: append_results(path, [result]), others))

    assert {result.layer for result in read_results(path)} == set(range(200))


def test_damage_is_told_before_anything_is_measured(path):
    append_results(path, [RESULT])
    path.write_bytes(b"x" + path.read_bytes())

    with pytest.raises(InputError, match=r"results\.jsonl:1: not JSON"):
        require_appendable(path)


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


def test_the_layer_is_chosen_on_other_items_and_is_the_middle_one_of_those_that_tie():
    def chosen(*choices: float) -> int | None:
        measured = [
            dataclasses.replace(RESULT, layer=layer, value=1.0 - layer, choice=choice)
            for layer, choice in enumerate(choices)
        ]
        return chosen_layer(measured, ("cka",))

    assert chosen(0.5, 0.75, 0.25) == 1
    assert chosen(0.5, 1.0, 1.0, 1.0) == 2
    assert chosen(0.5, 1.0, 1.0) == 1
    assert chosen() is None
