"""The opening says what was found, beside what trivial baselines find."""

import pytest

from mlm_xling.reports.leads import leads
from mlm_xling.reports.page import write_report
from mlm_xling.results import FILE_NAME, append_results
from tests.reports.made_up import everything, lexical, measured


def retrieval(target="fr", value=0.5, **changes):
    return [
        measured(f"p@1_raw_{direction}", layer, share * value, target=target, **changes)
        for direction in ("forward", "backward")
        for layer, share in enumerate((0.5, 1.0))
    ]


def test_retrieval_is_told_with_all_that_finds_translations_without_training():
    (lead,) = leads([*retrieval(), *retrieval(value=0.1, model="random"), *lexical()], [])

    assert lead.text == (
        "The nearest sentence of the other language is the translation for 50.0% (en-fr) of 1,000 "
        "sentences (by cosine, without a map); before training 10.0%, by strings "
        "alone 30.0%, by chance 0.1%."
    )


def test_languages_that_differ_are_listed():
    results = [*retrieval(), *retrieval("ru", 0.25), *retrieval(value=0.1, model="random")]

    (lead,) = leads(results, [])

    assert "for 50.0% (en-fr), 25.0% (en-ru) of 1,000 sentences" in lead.text
    assert "before training 10.0%" in lead.text


def test_of_many_languages_the_range_is_told():
    targets = ("fr", "ru", "zh", "de", "es", "it", "pt")
    results = [r for n, name in enumerate(targets) for r in retrieval(name, (n + 1) / 10)]

    (lead,) = leads(results, [])

    assert "for 10.0% to 70.0% (7 pairs of languages, median 40.0%) of 1,000" in lead.text


def test_two_encoders_are_told_through_their_map():
    (lead,) = leads([measured("p@1_procrustes_forward"), measured("p@1_procrustes_backward")], [])

    assert "after a map fitted on other sentences" in lead.text


def test_what_was_measured_on_untrained_encoders_alone_is_no_finding():
    assert leads(retrieval(model="random"), []) == []


@pytest.mark.parametrize(
    ("titles", "to"),
    [
        (["Layer by layer", "Word map: en-fr"], "Word map: en-fr"),
        (["Layer by layer"], "Layer by layer"),
        ([], ""),
    ],
)
def test_a_finding_leads_to_the_nearest_section_that_there_is(titles, to):
    (lead,) = leads([measured("word_p@1_other", 1, evaluator="lexicon")], titles)

    assert lead.to == to


def test_the_report_opens_with_two_sentences_whose_links_lead_to_sections(tmp_path):
    append_results(tmp_path / FILE_NAME, everything())

    page = write_report(tmp_path)

    html, text = page.read_text(), page.with_name("report.md").read_text()
    assert html.count('<p class="lead">') == 2
    assert html.count('<a href="#layer-by-layer">Layer by layer</a>') == 2
    assert '<h2 id="layer-by-layer">' in html
    assert "[Layer by layer](#layer-by-layer)" in text
