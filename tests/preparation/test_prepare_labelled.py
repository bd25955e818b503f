"""Labelled data: prepared once by the program, verified, and bad input in one line."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.data.labelled import make_table, read_table, write_table
from mlm_xling.errors import InputError
from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.preparation import prepare_labelled as preparation
from mlm_xling.preparation.prepare_labelled import locations, prepare_labelled
from tests.data_fixtures import run_here
from tests.labelled_fixtures import with_labelled, write_labelled

NUMBERS, WORDS = (
    st.lists(st.integers(0, 2), max_size=3),
    st.lists(st.sampled_from("ab"), max_size=3),
)
COLUMNS = st.integers(1, 3).flatmap(
    lambda rows: st.fixed_dictionaries(
        {"heads": st.lists(NUMBERS, min_size=rows, max_size=rows)},
        optional={"tags": st.lists(WORDS, min_size=rows, max_size=rows)},
    )
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labelled")
    write_labelled(folder, 5)
    return folder


@pytest.fixture
def config(prepared_config, folder):
    return with_labelled(prepared_config, folder)


def test_tables_keep_numbers_and_strings(tmp_path):
    table = make_table({"heads": [[1, 0], []], "relations": [["b", "a"], []]})

    write_table(tmp_path, table)
    read = read_table(tmp_path)

    assert [cell.tolist() for cell in read.columns["heads"]] == [[1, 0], []]
    assert read.strings("relations") == [["b", "a"], []]
    assert len(read) == 2
    assert read.digest() == table.digest()


def test_a_long_word_takes_its_own_room_alone(tmp_path):
    words = [[f"w{i}"] for i in range(2_000)] + [["x" * 100_000]]

    write_table(tmp_path, make_table({"words": words}))

    with np.load(tmp_path / "table.npz") as archive:
        assert sum(array.nbytes for array in archive.values()) < 200_000
    assert read_table(tmp_path).strings("words") == words


@given(a=COLUMNS, b=COLUMNS)
def test_only_equal_tables_have_equal_digests(a, b):
    assert (make_table(a).digest() == make_table(b).digest()) == (a == b)


def test_a_damaged_table_is_told(tmp_path):
    write_table(tmp_path, make_table({"heads": [[1]]}))
    path = tmp_path / "table.npz"
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(InputError, match=r"table.npz: \d+ bytes instead of \d+; delete"):
        read_table(tmp_path)


def test_the_program_prepares_once(config, prepared, monkeypatch):
    vocabulary = prepared.vocabulary()

    first = prepare_labelled(config, "parsing", "trees", vocabulary)

    monkeypatch.setattr(preparation, "run_program", pytest.fail)
    again = prepare_labelled(config, "parsing", "trees", vocabulary)
    assert set(again) == set(first) == {"train-en", "dev-en", "test-fr"}
    table = first["test-fr"]
    assert len(table) == 5
    for ids, subwords, heads in zip(
        *(table.columns[name] for name in ("ids", "subwords", "heads")), strict=True
    ):
        assert subwords.sum() == len(ids)
        assert heads.tolist() == [*range(2, len(subwords) + 1), 0]


def test_the_program_hands_back_file_and_line(config, prepared, tmp_path):
    bad = tmp_path / "bad.bio"
    bad.write_text("a\tO\nb\n")
    config.evaluation.ner.test = str(bad)

    with pytest.raises(InputError, match=r"bad.bio:2: one column") as error:
        prepare_labelled(config, "ner", "entities", prepared.vocabulary())
    assert "\n" not in str(error.value)


def test_of_another_test_file_only_its_table_is_prepared(config, prepared, folder, monkeypatch):
    vocabulary = prepared.vocabulary()
    before = prepare_labelled(config, "parsing", "trees", vocabulary)
    orders = []

    def run(module, order):
        orders.append(json.loads(order))
        run_here(module, order)

    monkeypatch.setattr(preparation, "run_program", run)
    config.evaluation.parsing.test = str(folder / "dev-fr.conllu")
    after = prepare_labelled(config, "parsing", "trees", vocabulary)

    ((_, (split, language, *_)),) = orders[0]["places"]
    assert (split, language, len(orders)) == ("test", "fr", 1)
    assert after["train-en"].digest() == before["train-en"].digest()


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("", r"config.evaluation.ner.test: say where the labelled data is"),
        ("{language}.bio", r"config.evaluation.ner.test=fr.bio: no such file"),
    ],
)
def test_a_location_that_is_none_is_told(config, place, message):
    config.evaluation.ner.test = place

    with pytest.raises(InputError, match=message):
        locations(config, "ner", "entities")


def test_a_kind_that_the_lab_has_not_is_told(config):
    config.evaluation.ner.test = "lab:"

    with pytest.raises(InputError, match=r"ner.test=lab:: the lab has no chunks; name one of its"):
        locations(config, "ner", "chunks", [("test", "fr")])


@pytest.mark.parametrize(
    ("task", "place"),
    [
        ("ner", "{folder}/test-fr.bio"),
        ("pos", "{folder}/test-fr.conllu"),
        ("parsing", "tfds:universal_dependencies/fr_gsd"),
        ("nli", "{folder}/test-fr.tsv"),
    ],
)
def test_one_language_s_data_for_several_targets_is_told(config, folder, task, place):
    place = place.format(folder=folder)
    getattr(config.evaluation, task).test = place

    with pytest.raises(InputError, match=rf"{task}.test={place}: the same data for fr, en; write"):
        locations(config, task, TASKS[task].kind, [("test", "fr"), ("test", "en")])


@pytest.mark.parametrize("targets", [("fr",), ("en", "en2", "en:reverse")])
def test_targets_of_the_same_text_share_one_file(config, folder, targets):
    config.evaluation.ner.test = str(folder / "test-fr.bio")

    places = locations(config, "ner", "entities", [("test", name) for name in targets])

    assert {place.path for place in places} == {folder / "test-fr.bio"}


@pytest.mark.parametrize("place", ["tfds:xnli:1.1.0", "{folder}/all.tsv"])
def test_pairs_may_have_all_languages_in_one_place(config, tmp_path, place):
    (tmp_path / "all.tsv").write_text("language\tpremise\thypothesis\tlabel\n")
    config.evaluation.nli.test = place.format(folder=tmp_path)

    assert len(locations(config, "nli", "pairs", [("test", "fr"), ("test", "en")])) == 2


@pytest.mark.parametrize(
    ("default", "full"),
    [
        ("tfds:wikiann/{language}", "tfds:wikiann/{language}:1.0.0"),
        ("lab:", "lab:ner/{language}-dev.txt"),
    ],
)
def test_own_files_beside_a_default_are_told_unless_it_is_written_out(
    config, tmp_path, monkeypatch, default, full
):
    monkeypatch.setattr(preparation, "labelled_lab_files", lambda _: tmp_path)
    (tmp_path / "ner").mkdir()
    (tmp_path / "ner" / "en-dev.txt").write_text("...")
    config.evaluation.ner.dev = default

    message = f"config.evaluation.ner.dev: not given, while .*ner.train is a file; .*{full}"
    with pytest.raises(InputError, match=message):
        locations(config, "ner", "entities")

    config.evaluation.ner.dev = full
    assert len(locations(config, "ner", "entities")) == 3


def test_an_empty_test_file_is_told(config, tmp_path):
    (tmp_path / "fr.bio").touch()
    config.evaluation.ner.test = str(tmp_path / "{language}.bio")

    with pytest.raises(InputError, match=r"ner.test=.*fr.bio: empty"):
        locations(config, "ner", "entities")


def test_tfds_builders_get_their_pinned_version(config):
    for task in ("nli", "ner", "parsing"):
        default = type(config)().evaluation
        setattr(config.evaluation, task, getattr(default, task))

    builders = {
        task: [place.builder for place in locations(config, task, TASKS[task].kind)]
        for task in ("nli", "ner", "parsing")
    }

    assert builders["nli"] == ["multi_nli:1.1.0", "xnli:1.1.0", "xnli:1.1.0"]
    assert builders["ner"] == ["wikiann/en:1.0.0", "wikiann/en:1.0.0", "wikiann/fr:1.0.0"]
    assert builders["parsing"][1:] == [
        "universal_dependencies/en_ewt:1.0.1",
        "universal_dependencies/fr_gsd:1.0.1",
    ]


def test_builders_are_asked_for_the_primary_subtag(config):
    config.languages = ("en", "pt-BR")
    config.evaluation.ner = type(config)().evaluation.ner

    assert (
        locations(config, "ner", "entities", [("test", "pt-BR2")])[0].builder == "wikiann/pt:1.0.0"
    )


@pytest.mark.parametrize("language", ["pt-BR", "pt-BR2"])
def test_the_file_of_a_tag_is_found_whatever_its_case(config, tmp_path, language):
    (tmp_path / "pt-br-test.bio").write_text("a\tO\n")
    config.evaluation.ner.test = str(tmp_path / "{language}-test.bio")

    (place,) = locations(config, "ner", "entities", [("test", language)])
    assert (place.path, place.table) == (tmp_path / "pt-br-test.bio", f"test-{language}")


def test_only_targets_that_are_asked_for_are_read(config):
    config.evaluation.finetuning.targets = ("fr", "en")

    assert [place.table for place in locations(config, "ner", "entities")] == [
        "train-en",
        "dev-en",
        "test-fr",
        "test-en",
    ]


def test_columns_of_numbers_are_small_integers():
    assert make_table({"heads": [[1]]}).columns["heads"][0].dtype == np.int32


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_a_language_once_more_reads_the_files_of_the_first(task, config, tmp_path, monkeypatch):
    monkeypatch.setattr(preparation, "labelled_lab_files", lambda _: tmp_path)
    own = tmp_path / preparation.LABELLED[task.kind].format(language="a", split="test")
    own.parent.mkdir()
    own.write_text("...")
    config.languages = ("a", "a2")
    places = getattr(config.evaluation, task.name)
    places.train = places.dev = places.test = "lab:"

    (location,) = locations(config, task.name, task.kind, [("test", "a2")])

    assert location.path == own
    assert location.table == "test-a2"


def test_english_once_more_reads_english_files(config, folder):
    config.languages = ("en", "en2")

    train, dev, test = locations(config, "parsing", "trees")

    assert [place.path for place in (train, dev, test)] == [
        folder / f"{split}-en.conllu" for split in ("train", "dev", "test")
    ]
    assert test.table == "test-en2"
