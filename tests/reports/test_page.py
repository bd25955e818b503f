"""Reports made from made-up results."""

import json
import re

import pytest

from mlm_xling.config import Config
from mlm_xling.config.stored import fingerprint
from mlm_xling.configurations import write_configuration
from mlm_xling.data.anchors import AnchorRecord
from mlm_xling.data.manifest import LanguageRecord, LeftToOthers, Manifest, SplitRecord
from mlm_xling.digests import seal
from mlm_xling.errors import InputError
from mlm_xling.reports.figures import layer_figure
from mlm_xling.reports.page import write_report
from mlm_xling.results import FILE_NAME, append_results
from tests.reports.made_up import PNG, everything, lexical, measured


@pytest.fixture
def report(tmp_path):
    def write(results, *configs):
        append_results(tmp_path / FILE_NAME, results)
        if configs:
            write_configuration(tmp_path, fingerprint(*configs), configs)
        write_report(tmp_path)
        return tmp_path / "report"

    return write


def test_the_report_is_a_page_a_text_and_figures_and_nothing_else(report):
    folder = report(everything())

    names = ("layers", "retrieval", "similarity")
    figures = {f"{name}.{form}" for name in names for form in ("png", "svg")}
    assert {path.name for path in folder.iterdir()} == {"index.html", "report.md", *figures}
    assert (folder / "layers.png").read_bytes().startswith(PNG)
    assert "</svg>" in (folder / "layers.svg").read_text()


def test_pictures_of_an_earlier_report_are_removed(report):
    folder = report(everything())
    (folder / "of_other_languages.png").write_bytes(PNG)
    (folder / "of_other_languages.svg").write_text("<svg/>")
    (folder / "notes.txt").write_text("mine")

    report(everything())

    left = {path.name for path in folder.iterdir()}
    assert not {"of_other_languages.png", "of_other_languages.svg"} & left
    assert {"layers.png", "layers.svg", "notes.txt"} <= left


@pytest.mark.parametrize(
    ("sources", "targets", "title"),
    [
        (["en"], ["fr", "ru"], "en-fr, en-ru"),
        (["en"], ["fr", "ru", "zh", "de", "es", "it", "pt"], "en and 7 others"),
        (["en", "fr"], ["en", "fr", "ru", "zh"], "en, fr and 2 others"),
    ],
)
def test_the_title_names_a_few_pairs_and_counts_many(report, sources, targets, title):
    results = [measured(source=source, target=target) for source in sources for target in targets]

    text = (report(results) / "report.md").read_text()

    assert text.startswith(f"# What emerged: {title}\n")


def test_the_page_needs_no_other_file(report):
    page = (report(everything()) / "index.html").read_text()

    assert re.findall(r'src="(.{22})', page) == ["data:image/png;base64,"] * 3
    assert {target[0] for target in re.findall(r'href="(.*?)"', page)} == {"#"}


def test_fractions_become_percent_in_the_report_only(report):
    text = (report(everything()) / "report.md").read_text()

    assert "| P@1 raw en→fr (%) | 1 | 62.5 |" in text
    assert "| CKA | 1 | 0.625 |" in text


def test_pairs_seen_in_pretraining_are_marked(report):
    folder = report(everything(seen=0.125))

    for name in ("report.md", "index.html"):
        assert "pretraining saw 12.5% of the evaluated pairs" in (folder / name).read_text()


def test_words_in_context_whose_sentences_were_seen_are_marked(report):
    aligned = measured("aligned_p@1_forward", 1, evaluator="contextual", seen=0.25)

    assert "pretraining saw 25.0%" in (report([aligned]) / "report.md").read_text()


def test_what_an_evaluator_that_is_not_registered_says_was_seen_is_marked(report):
    own = measured("my_metric", 1, evaluator="mine", seen=0.9)

    assert "pretraining saw 90.0%" in (report([own]) / "report.md").read_text()


def test_unknown_exposure_is_marked(report):
    text = (report(everything(seen=None)) / "report.md").read_text()

    assert "unknown whether pretraining saw" in text


def test_held_out_pairs_need_no_warning(report):
    assert "Warning" not in (report(everything()) / "report.md").read_text()


@pytest.fixture
def other():
    config = Config()
    config.model.layers, config.training.seed = 6, 1
    return config


def test_the_configuration_is_listed_if_it_is_the_measured_one(report, other):
    assert "model.layers" not in (report(everything(), other) / "report.md").read_text()
    assert "| model.layers | 8 |" in (report(everything(), Config()) / "report.md").read_text()


def test_of_two_models_both_configurations_are_listed(report, other):
    name = fingerprint(Config(), other)
    both = everything(config=name)

    text = (report(both, Config(), other) / "report.md").read_text()

    assert f"| field | {name} | {name}, second model |" in text
    assert "| model.layers | 8 | 6 |" in text


def test_maps_that_are_not_determined_are_told_of(report):
    few = Config()
    few.model.width, few.evaluation.fit_pairs = 1_000, 999

    text = (report(everything(config=fingerprint(few)), few) / "report.md").read_text()

    assert "they are not determined, and mapped figures are too low" in text


def test_what_was_measured_under_two_configurations_has_both(report, other):
    name = fingerprint(other)
    tags = measured("accuracy", None, evaluator="pos", config=name)

    report(everything(), Config())
    text = (report([tags], other) / "report.md").read_text()

    assert f"configuration {fingerprint(Config())}, {name}" in text
    assert f"| field | {fingerprint(Config())} | {name} |" in text
    assert "| model.layers | 8 | 6 |" in text


def test_a_configuration_of_another_version_is_passed_over(report, tmp_path):
    folder = report(everything(), Config())
    (kept,) = (tmp_path / "configurations").iterdir()
    fields = json.loads(kept.read_text().replace('"layers"', '"storeys"'))
    kept.write_text(seal({"configurations": fields["configurations"]}))

    text = write_report(folder.parent).with_name("report.md").read_text()

    assert "## Configuration" not in text


def test_an_altered_configuration_is_told(report, tmp_path):
    folder = report(everything(), Config())
    (kept,) = (tmp_path / "configurations").iterdir()
    for text in ("[", "[]", "{}", "[[]]", kept.read_text().replace('"layers": 8', '"layers": 6')):
        kept.write_text(text)

        with pytest.raises(InputError, match=f"{kept.name}: altered; remove it and measure again"):
            write_report(folder.parent)


def test_a_figure_is_told_in_words(report):
    page = (report(everything()) / "index.html").read_text()

    (retrieval,) = re.findall(r'alt="(.*P@1, Procrustes.*?)"', page)
    assert "panels: en – fr (n = 1,000)" in retrieval
    assert "upwards: sentence P@1, Procrustes" in retrieval
    assert "to the right: layer" in retrieval
    assert "told apart: " in retrieval


def test_text_is_escaped_in_the_page(report):
    page = (report([measured(target="<fr>"), measured(model="<b|>")]) / "index.html").read_text()

    assert "<fr>" not in page
    assert "&lt;b|&gt;" in page


def test_the_report_tells_the_anchor_points(tmp_path):
    train = SplitRecord(sentences=1_000, tokens=20_000, chunks=100)
    others, anchors = LeftToOthers(0, 0), AnchorRecord(500, 40, 0.125)
    record = LanguageRecord(train, train, 0.0, 0, False, 0, 0, others, {}, 0.0, [100], anchors)
    manifest = Manifest("text", "vocabulary", 600, 200, "<u2", {"en": record}, {})
    append_results(tmp_path / FILE_NAME, everything())

    page = write_report(tmp_path, manifest=manifest).with_name("report.md").read_text()

    assert "## Anchor points" in page
    assert "| en | 1,000 | 20,000 | 500 | 40 | 12.5 |" in page


def test_nothing_measured_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="no results"):
        write_report(tmp_path)


def test_what_retrieval_finds_without_a_model_stands_beside_every_figure_of_it(report):
    lines = (report([*everything(), *lexical()]) / "report.md").read_text().splitlines()

    header = ["metric", "layer", "trained", "95% interval", "untrained encoder", "without a model"]
    assert f"| {' | '.join(header)} | n | step |" in lines
    for start, shown in (("| P@1 raw en→fr (%) |", "31.0"), ("| P@1 centred fr→en (%) |", "29.0")):
        (line,) = (line for line in lines if line.startswith(start))
        assert line.endswith(f" | {shown} | 1,000 | 6,000 |")
    (cka,) = (line for line in lines if line.startswith("| CKA | 1"))
    assert cka.endswith(" | – | 1,000 | 6,000 |")
    of_models = [line for line in lines if line.startswith("| without a model | 31.0 | 29.0 |")]
    assert len(of_models) == 2  # trained and untrained
    assert not any("lexical" in line for line in lines)


def test_a_dominant_dimension_is_remarked_with_what_is_left_without_it(report):
    results = [
        measured("cka", 2, 0.9),
        measured("top_variance_share", 2, 0.34),
        measured("cka_without_dominant", 2, 0.4),
    ]
    text = (report(results) / "report.md").read_text()

    assert "layer 2: 34%, CKA 0.90 with and 0.40 without" in text


def test_what_was_measured_during_training_is_no_pair_of_languages(report):
    perplexity = [
        measured(metric, None, 20.0, evaluator="perplexity", source="en", target="en")
        for metric in ("dev_perplexity", "dev_perplexity_ids")
    ]
    text = (report([*everything(), *perplexity]) / "report.md").read_text()

    assert "en-en" not in text


def test_a_perplexity_says_over_how_many_ids_it_is(report):
    perplexity = [
        measured(metric, None, value, evaluator="perplexity", source="en", target="en", n=512)
        for metric, value in (("dev_perplexity", 20.0), ("dev_perplexity_ids", 40_000.0))
    ]
    text = (report([*everything(), *perplexity]) / "report.md").read_text()

    assert "| en | 20.00 | 40,000 | 512 | 6,000 |" in text


def test_the_report_warns_of_a_run_beside_it_that_was_measured_on_other_items(report, tmp_path):
    append_results(tmp_path / "other" / FILE_NAME, everything(items="y"))
    report(everything(items="x"))

    write_report(tmp_path, beside=[tmp_path / "other"])

    text = (tmp_path / "report" / "report.md").read_text()
    assert "figures of cka are measured on different items" in text


def test_the_figure_bears_what_was_not_measured():
    assert layer_figure([measured(target="de"), measured(model="other")]) is not None
    assert layer_figure([measured("word_p@1")]) is None


@pytest.mark.parametrize("evaluators", [{"cka"}, {"retrieval"}, {"cka", "retrieval"}])
def test_the_figure_has_a_row_for_each_kind_of_measurement(evaluators):
    results = [result for result in everything() if result.evaluator in evaluators]
    figure = layer_figure(results)

    assert figure is not None
    assert len({axes.get_position().y0 for axes in figure.axes}) == len(evaluators)
