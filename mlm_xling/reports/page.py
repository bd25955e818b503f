"""The report of a run: `report.md`, a self-contained `index.html`, figures as PNG and SVG."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mlm_xling.config import Config
from mlm_xling.config.stored import fields, unusual
from mlm_xling.configurations import read_configurations
from mlm_xling.data.manifest import Manifest
from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError
from mlm_xling.evaluation.evaluators import METRICS
from mlm_xling.evaluation.inputs.parallel_rows import underdetermined
from mlm_xling.examples import Examples, read_examples
from mlm_xling.model.owners import describe_private
from mlm_xling.reports.captions import (
    ANCHORS_CAPTION,
    PERPLEXITY_CAPTION,
    PREDICTION_CAPTION,
    TEACHER_CAPTION,
    TRANSFER_CAPTION,
    overview_caption,
)
from mlm_xling.reports.comparability import setting_notes, unlike_notes
from mlm_xling.reports.figures import Picture, layer_figure, pictures, write_pictures
from mlm_xling.reports.illustrations import neighbour_sections, word_maps
from mlm_xling.reports.languages import (
    between_languages,
    is_between_languages,
    language_picture,
    language_sections,
    seen_of_all,
)
from mlm_xling.reports.leads import OVERVIEW, leads
from mlm_xling.reports.runs import (
    REPORT,
    find_baseline,
    name_runs,
    read_runs,
    require_baseline,
    require_report,
)
from mlm_xling.reports.sections import Section, html, markdown
from mlm_xling.reports.selection import (
    ON_SENTENCES,
    baselines_beside,
    by_pair,
    dominance_notes,
    named_pairs,
    seen_notes,
    while_training,
)
from mlm_xling.reports.source_choice import source_sections
from mlm_xling.reports.tables import (
    Table,
    anchor_table,
    chosen_layers,
    description_table,
    per_layer,
    perplexity_table,
    prediction_table,
)
from mlm_xling.reports.transfer import (
    beaten_notes,
    describe_baselines,
    detail_table,
    is_transfer,
    rows_of,
    settings_table,
    transfer_table,
)
from mlm_xling.results import (
    FILE_NAME,
    RANDOM,
    RANDOM_TARGET,
    TEACHER,
    TRAINED,
    Result,
    read_results,
)

FIGURE = "layers"
MODEL_TITLES = {
    TRAINED: "trained encoder",
    RANDOM: "untrained encoder",
    RANDOM_TARGET: "trained source, untrained target encoder",
    "vectors": "supplied vectors",
}


def write_report(
    workdir: Path,
    manifest: Manifest | None = None,
    beside: Sequence[Path] = (),
    baseline: str | None = None,
) -> Path:
    """Creates `<workdir>/report/` from `<workdir>/results.jsonl` and returns the HTML page.

    For each evaluator and pair, it shows the results of the configuration measured last, and its
    fields; with the `manifest` of the training data, also its anchor points.

    Args:
      beside: workdirs of other runs to include in figures and in the tables of transfer.
      baseline: the checkpoint to compare the others with; by default this run.

    Raises:
      InputError: there are no results, a line or a configuration is damaged, or there is no such
        checkpoint.
    """
    everything = read_results(workdir / FILE_NAME)
    if not everything:
        raise InputError(f"{workdir / FILE_NAME}: no results to report; run run_eval.py")
    require_report(workdir, beside)
    named = name_runs([workdir, *beside])
    runs = read_runs(named)
    between = between_languages(next(iter(runs.values())))
    runs = {n: [r for r in of if not is_between_languages(r)] for n, of in runs.items()}
    results = next(iter(runs.values()))
    examples = read_examples(workdir, results)
    sections, drawn = _figure_sections(runs, while_training(everything), examples)
    _add_languages(between, sections, drawn)
    sections += source_sections([*results, *between])
    sections += neighbour_sections(examples)
    settings = read_configurations(workdir, (result.config for result in (*results, *between)))
    opening = _opening(runs, baseline, settings | _settings_beside(named, runs), between)
    sections = [*opening, *sections, *_layer_sections(results)]
    sections[0].leads = leads(results, [section.title for section in sections])
    if (table := perplexity_table(results)).rows:
        sections.append(Section(2, "Perplexity", paragraphs=[PERPLEXITY_CAPTION], table=table))
    if (table := prediction_table(results)).rows:
        sections.append(Section(2, "Prediction of a text", [], [PREDICTION_CAPTION], table=table))
    if settings:
        sections.append(Section(2, "Configuration", table=_configuration_table(settings)))
    if manifest is not None:
        table = anchor_table(manifest)
        sections.append(Section(2, "Anchor points", paragraphs=[ANCHORS_CAPTION], table=table))
    directory = workdir / REPORT
    directory.mkdir(parents=True, exist_ok=True)
    write_pictures(drawn, directory)
    images = {picture.name: picture.png for picture in drawn}
    for name, text in (("report.md", markdown(sections)), ("index.html", html(sections, images))):
        # A path may contain bytes that are not characters.
        write_whole(directory / name, text.encode(errors="backslashreplace"))
    return directory / "index.html"


def _settings_beside(
    named: Mapping[str, Path], runs: Mapping[str, Sequence[Result]]
) -> dict[str, list[Config]]:
    """Reads the configurations of all runs but the first, by fingerprint."""
    _, *beside = named
    found = {}
    for name in beside:
        found |= read_configurations(named[name], (result.config for result in runs[name]))
    return found


def _opening(
    runs: dict[str, list[Result]],
    baseline: str | None,
    settings: Mapping[str, Sequence[Config]],
    between: list[Result],
) -> list[Section]:
    """Returns the first sections; the first of `runs` is reported, the others are for comparison.

    Args:
      settings: configurations of all runs' results, by fingerprint.
      between: results between all languages, possibly the only ones.
    """
    with_source = [r for r in between if r.source == between[0].source]
    everything = next(iter(runs.values())) or with_source
    results = [r for r in everything if r.evaluator != "perplexity"]
    names = named_pairs(results or everything)
    notes = seen_notes(results) + dominance_notes(results)
    notes += unlike_notes(runs) + setting_notes(runs, settings)
    under = {r.config for r in results if r.evaluator == "retrieval"}
    notes += dict.fromkeys(
        warning for name in sorted(under & {*settings}) if (warning := _of_maps(settings[name][0]))
    )
    summary = _summary(results or everything, settings)
    opening = Section(1, f"What emerged: {names}", notes, [summary])
    return [opening, *_transfer_sections(runs, baseline)]


def _of_maps(config: Config) -> str | None:
    """Returns a warning if maps of sentences are fitted on too few pairs."""
    asked = config.evaluation
    # If another file is searched, all of `data.parallel` is used to fit maps.
    fitted = asked.fit_pairs + (asked.pairs if config.data.retrieval else 0)
    return underdetermined(fitted, config.model.width)


def _figure_sections(
    runs: dict[str, list[Result]], history: list[Result], examples: Sequence[Examples]
) -> tuple[list[Section], list[Picture]]:
    """Returns the sections with figures, and the figures."""
    drawn = [*word_maps(examples)]
    reported = next(iter(runs.values()))
    if overview := layer_figure(reported):
        drawn.append(Picture(FIGURE, OVERVIEW, overview_caption(reported), overview))
    drawn += pictures(runs, history)
    sections = [
        Section(2, one.title, [], [one.caption], one.name, one.alt, drawing=one.drawing)
        for one in drawn
    ]
    return sections, drawn


def _add_languages(between: list[Result], sections: list[Section], beside: list[Picture]) -> None:
    """Adds the similarity of all pairs of languages, if measured."""
    if (drawn := language_picture(between)) is None:
        return
    notes = seen_of_all(between)
    sections.append(Section(2, drawn.title, notes, [drawn.caption], drawn.name, drawn.alt))
    sections += language_sections(between)
    beside.append(drawn)


def _layer_sections(results: list[Result]) -> list[Section]:
    probed = [r for r in results if not is_transfer(r) and r.evaluator != "perplexity"]
    sections, baselines = [], baselines_beside(METRICS)
    for (source, target), of_pair in by_pair(probed).items():
        title = f"{source}-{target}: at the chosen layers"
        if (table := chosen_layers(of_pair)).rows:
            sections.append(Section(2, title, table=table))
        if (table := description_table(of_pair)).rows:
            sections.append(Section(2, f"{source}-{target}: description", table=table))
        by_models = [r for r in of_pair if r.metric not in baselines]
        for model, evaluator in dict.fromkeys((r.model, r.evaluator) for r in by_models):
            chosen = [r for r in of_pair if r.evaluator == evaluator]
            title = (
                f"{source}-{target}: {evaluator} at every layer, {MODEL_TITLES.get(model, model)}"
            )
            if any(result.layer is not None for result in chosen):
                sections.append(Section(3, title, table=per_layer(chosen, model)))
    return sections


def _transfer_sections(runs: dict[str, list[Result]], baseline: str | None) -> list[Section]:
    rows = [row for name, results in runs.items() for row in rows_of(name, results)]
    if baseline is not None:
        baseline = require_baseline(baseline, rows)
    if not rows:
        return []
    baseline = baseline or find_baseline(next(iter(runs)), rows) or rows[0].name
    table = transfer_table(rows, baseline)
    caption = TRANSFER_CAPTION.format(baseline=baseline)
    if any(result.model == TEACHER for row in rows for result in row.results):
        caption += TEACHER_CAPTION
    notes = [note for name, results in runs.items() for note in beaten_notes(name, results)]
    sections = [Section(2, "Zero-shot transfer", notes, [caption], table=table)]
    results = next(iter(runs.values()))
    for evaluator in dict.fromkeys(r.evaluator for r in results if is_transfer(r)):
        title = f"{evaluator}: every metric, mean of the best two settings"
        described = [describe_baselines(evaluator)]
        table = detail_table(results, evaluator)
        sections.append(Section(3, title, paragraphs=described, table=table))
        title = f"{evaluator}: every setting"
        sections.append(Section(3, title, table=settings_table(results, evaluator)))
    return sections


def _summary(results: list[Result], settings: Mapping[str, Sequence[Config]]) -> str:
    config = next(iter(settings.get(results[0].config, ())), None)
    trained = [result for result in results if result.model == TRAINED] or results
    steps = sorted({result.step for result in trained})
    pairs = sorted({result.n for result in results if result.evaluator in ON_SENTENCES})
    step = f"Step {', '.join(f'{step:,}' for step in steps)}"
    transfer = config and any(map(is_transfer, results))
    finetuned = unusual(config.evaluation.finetuning) if config and transfer else []
    parts = [
        config.origin if config and config.origin else step,
        *([f"{', '.join(f'{n:,}' for n in pairs)} pairs of sentences"] if pairs else []),
        f"seed {trained[0].seed}",
        *([f"row {config.row}"] if config and config.row else []),
        *([describe_private(config.model)] if config else []),
        *([f"fine-tuned with {', '.join(finetuned)}"] if finetuned else []),
        f"configuration {', '.join(dict.fromkeys(result.config for result in results))}",
    ]
    return "; ".join(parts) + "."


def _configuration_table(settings: Mapping[str, Sequence[Config]]) -> Table:
    """Lists the fields of each configuration; for two models, the target's come second."""
    columns = {
        f"{name}, second model" if place else name: [_field(value) for _, value in fields(config)]
        for name, configs in settings.items()
        for place, config in enumerate(configs)
    }
    names = [name for name, _ in fields(Config())]
    return Table(
        ["field", *columns], [list(row) for row in zip(names, *columns.values(), strict=True)]
    )


def _field(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
