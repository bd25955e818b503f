"""Which source the most similar language makes, in a report."""

import itertools

from mlm_xling.reports.source_choice import source_sections
from mlm_xling.reports.transfer import rows_of, settings_table
from tests.reports.made_up import measured, table_of

LANGUAGES = ("en", "fr", "de")
PAIRS = tuple(itertools.combinations(LANGUAGES, 2))


def fine_tuned(sources=LANGUAGES, **changes):
    """Scores that are higher the later source and target stand in the alphabet."""
    return [
        measured(
            "accuracy", None, (ord(source[0]) + ord(target[0]) - 200) / 50, evaluator="pos",
            source=source, target=target, **changes,
        )
        for source, target in itertools.permutations(LANGUAGES, 2)
        if source in sources
    ]  # fmt: skip


def similar(values, layer=0):
    return [
        measured(
            "language_similarity_raw", layer, value, evaluator="language_similarity",
            source=source, target=target,
        )
        for (source, target), value in zip(PAIRS, values, strict=True)
    ]  # fmt: skip


def test_regret_and_gain_are_those_of_the_most_similar_source():
    """Best is fr for en and de, en for fr; similarity prefers de for en and fr, en for de."""
    (section,) = source_sections([*fine_tuned(), *similar([0.1, 0.5, 0.4])])

    # Points: en from fr 6, from de 2; fr from en 6, from de 4; de from fr 4, from en 2.
    # Regret 4, 2 and 2; beside en as the source of fr and de, 2 points less and the same.
    assert table_of(section).header == ["layer", "raw: regret", "raw: gain", "raw: rank"]
    (row,) = table_of(section).rows
    assert row == ["embeddings, trained", "2.7", "-1.0", "–"]


def far(values, name="lexical", pairs=PAIRS):
    return [
        measured(
            "distance", None, value, evaluator="language_similarity", model=name,
            source=source, target=target,
        )
        for (source, target), value in zip(pairs, values, strict=True)
    ]  # fmt: skip


def test_the_nearest_source_is_chosen_without_an_encoder_too():
    """The distances prefer the languages that the similarities of the test above prefer."""
    given = [*fine_tuned(), *similar([0.1, 0.5, 0.4]), *far([9.0, 5.0, 6.0])]

    _, section = source_sections([*given, *far([1.0], "subwords", PAIRS[:1])])

    assert section.title == "Choosing a source: POS, by distance"
    assert table_of(section).rows == [
        ["lexical", "2.7", "-1.0", "–"],
        ["subwords", "–", "–", "–"],
    ]


def test_the_usual_source_is_judged_where_it_can_be_one():
    """The best source of fr is en, and of de it is fr, by two points; for en there is no en."""
    (section,) = source_sections([*fine_tuned(), *similar([0.1, 0.5, 0.4])])

    (caption,) = section.paragraphs
    assert "the regret is 1.3; for en, over the 2 targets that can use it, 1.0." in caption


def test_a_target_of_which_no_similarity_is_known_is_named_and_left_out():
    values = similar([0.1, 0.5, 0.4])
    spanish = [
        measured("accuracy", None, 0.5 + 0.1 * i, evaluator="pos", source=source, target="es")
        for i, source in enumerate(LANGUAGES)
    ]

    (before,), (section,) = (
        source_sections([*fine_tuned(), *more, *values]) for more in ((), spanish)
    )

    assert table_of(section) == table_of(before)
    assert section.paragraphs[0] == before.paragraphs[0] + (
        " No similarity is known of es, left out."
    )


def test_without_several_sources_there_is_nothing_to_choose():
    assert list(source_sections([*fine_tuned(sources=("en",)), *similar([0.1, 0.2, 0.3])])) == []


def test_each_source_has_a_row_of_its_own_in_the_tables_of_transfer():
    several = rows_of("run", fine_tuned())

    assert [row.name for row in several] == ["run, from en", "run, from fr", "run, from de"]
    assert [row.name for row in rows_of("run", fine_tuned(sources=("en",)))] == ["run"]


def test_settings_of_several_sources_are_told_apart():
    table = settings_table(fine_tuned(setting="rate 1"), "pos")

    assert [row[0] for row in table.rows] == [f"trained, from {name}" for name in LANGUAGES]
    assert table.rows[0][3:] != table.rows[1][3:]


def test_a_source_of_which_no_similarity_is_known_is_named_and_left_out():
    known = [*fine_tuned(), *similar([0.1, 0.5, 0.4])]
    swahili = [
        measured("accuracy", None, 0.9, evaluator="pos", source="sw", target=target)
        for target in LANGUAGES
    ]

    (section,), (without,) = source_sections([*known, *swahili]), source_sections(known)

    assert table_of(section) == table_of(without)
    assert section.paragraphs[0].endswith("No similarity is known of sw, left out.")
