"""What reports say of how alike each two languages are."""

import itertools

import numpy as np
import pytest

from mlm_xling.evaluation.measures.matrix_correlation import permutations
from mlm_xling.reports.distances import worth
from mlm_xling.reports.figures.languages import cluster, label_font
from mlm_xling.reports.languages import (
    between_languages,
    language_picture,
    language_sections,
    shown_layer,
)
from mlm_xling.reports.page import write_report
from mlm_xling.reports.screen import print_tables
from mlm_xling.results import append_results
from tests.reports.made_up import PNG, measured, table_of

LANGUAGES = ("en", "fr", "ru")
SPACES = {"raw": 0.9, "centred": 0.4, "standardised": 0.3}


def between(languages=LANGUAGES, chosen=1, **changes):
    """Pairs of languages in a trained and a random encoder; layer `chosen` is to be shown."""
    return [
        measured(
            f"language_similarity_{space}{suffix}",
            layer,
            (share * value + 0.1 * (target == "ru")) * (0.1 if suffix else 1),
            evaluator="language_similarity",
            model=model,
            source=source,
            target=target,
            choice=None if suffix else float(layer == chosen),
            **changes,
        )
        for model, share in (("trained", 1.0), ("random", 0.5))
        for space, value in SPACES.items()
        for suffix in ("", "_permuted")
        for layer in range(3)
        for source, target in itertools.combinations(languages, 2)
    ]


def test_the_closest_languages_join_first_and_groups_are_as_far_as_their_farthest_two():
    similarity = np.array(
        [[1.0, 0.2, 0.9, 0.3], [0.2, 1.0, 0.1, 0.8], [0.9, 0.1, 1.0, 0.4], [0.3, 0.8, 0.4, 1.0]]
    )

    found = cluster(similarity)

    assert found.tree[:, 2] == pytest.approx([0.1, 0.2, 0.9])  # 0-2, 1-3, and 1 - 0.1 of 1-2
    assert [{0, 2}, {1, 3}] in (
        [{*found.order[:2]}, {*found.order[2:]}],
        [{*found.order[2:]}, {*found.order[:2]}],
    )


@pytest.mark.parametrize(("count", "side"), [(2, 2.8), (15, 5.1), (100, 12.0)])
def test_labels_of_few_and_of_many_languages_stand_apart(count, side):
    assert 5.5 <= label_font(count, side) <= 72 * side / count


def test_the_layer_is_chosen_on_sentences_that_are_not_scored():
    assert shown_layer(between(chosen=2))[0] == 2


def test_without_such_sentences_it_is_the_middle_one():
    results = [r for r in between() if "raw" in r.metric]

    layer, rule = shown_layer(results)

    assert layer == 1
    assert "fit_pairs" in rule


def test_both_models_are_drawn_at_that_layer():
    picture = language_picture(between(chosen=2))

    assert picture is not None
    assert picture.png.startswith(PNG)
    assert "(centred) at layer 2" in picture.caption
    assert "1,000 sentences" in picture.caption


def test_tables_have_the_means_of_all_pairs_and_each_pair():
    by_layer, each = language_sections(between())

    assert table_of(by_layer).header[:3] == [
        "layer",
        "raw, trained",
        "raw other sentences, trained",
    ]
    assert table_of(by_layer).rows[0][:3] == ["embeddings", "0.967", "0.097"]
    assert [row[0] for row in table_of(each).rows] == ["en-fr", "en-ru", "fr-ru"]
    assert table_of(each).rows[1][1:] == ["0.500", "–", "0.300", "–"]


def test_a_page_may_have_nothing_else(tmp_path):
    append_results(tmp_path / "results.jsonl", between(seen=None))

    page = write_report(tmp_path).read_text()

    assert "Languages side by side" in page
    assert "unknown whether pretraining saw the sentences" in page
    assert page.count("fr-ru") == 1  # its line in the table; no section of its own


def test_pairs_without_the_source_have_no_place_in_other_sections(tmp_path):
    append_results(tmp_path / "results.jsonl", [measured("cka"), *between()])

    page = write_report(tmp_path).read_text()

    assert "What emerged: en-fr<" in page


def test_languages_that_were_only_measured_earlier_are_left_out():
    earlier, later = between(("en", "xx"), config="earlier"), between(config="later")

    assert between_languages([measured("cka"), *earlier, *later]) == later


def test_the_screen_has_no_table_for_each_pair(capsys):
    print_tables(between(), {"run": between()})

    assert capsys.readouterr().out == ""


def correlated(metric, value, n, layer=1, model="trained"):
    return measured(
        f"distance_{metric}", layer, value, evaluator="language_similarity", model=model,
        source="centred", target="syntactic", n=n, seen=None,
    )  # fmt: skip


def test_correlations_with_distances_are_shown_at_the_same_layer_and_at_every_layer():
    results = [
        *between(),
        correlated("pearson", 0.25, 5),
        correlated("mantel", 0.5, 10),
        correlated("mantel_p", 0.125, 10),
        correlated("mantel", -0.5, 10, layer=0),
        correlated("mantel", 0.0625, 10, model="random"),
    ]

    *_, at_layer, every_layer = language_sections(results)

    assert table_of(at_layer).rows == [
        ["syntactic, centred, trained", "10", "0.250", "–", "0.500", "0.125", "–", "–"],
        ["syntactic, centred, untrained", "10", "–", "–", "0.062", "–", "–", "–"],
    ]
    assert table_of(every_layer).rows == [["embeddings", "-0.500", "–"], ["1", "0.500", "0.062"]]


def test_the_page_says_what_a_correlation_over_five_languages_is_worth():
    said = worth(5)

    assert "each has 4 points" in said
    assert "from 0.95 on" in said  # the critical value of r for n = 4
    assert "with 120 permutations of the languages no p-value is below 0.0083" in said


@pytest.mark.parametrize(
    ("languages", "orders", "least"), [(7, "5,040", "0.0002"), (8, "2,000", "0.0005")]
)
def test_no_p_value_is_below_one_of_the_orders_that_are_tried(languages, orders, least):
    said = worth(languages)

    assert f"with {orders} permutations of the languages no p-value is below {least}." in said
    assert len(permutations(languages, seed=0)) == int(orders.replace(",", ""))
