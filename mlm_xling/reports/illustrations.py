"""Report sections that readers can check: word maps, neighbours, and mistakes."""

from collections.abc import Iterator, Sequence

from mlm_xling.examples import Candidate, Examples, Lookup
from mlm_xling.reports.figures import Picture
from mlm_xling.reports.figures.word_map import as_svg, fonts_of, make_panel, map_figure
from mlm_xling.reports.sections import Section
from mlm_xling.reports.selection import CURVES
from mlm_xling.reports.tables import Table
from mlm_xling.results import RANDOM, TRAINED

HIT = "✓ "
WORDS, SENTENCES = "lexicon", "retrieval"
WORD_MAP = "Word map: {}-{}"
NEIGHBOURS = {
    WORDS: "Words and their neighbours: {}-{}",
    SENTENCES: "Sentences and their neighbours: {}-{}",
}
"""Evaluator -> section title."""
OF_MAP = (
    "{count} test words, sampled evenly over frequency, that are spelled differently from their "
    "translations: {source} as blue dots, {target} as orange squares, with a line to the first "
    "translation in the dictionary. Each panel shows the first two principal components of the "
    "normalised vectors of both languages, and their share of the variance. The map was fitted on "
    "other words. If translations are aligned, lines are short; if the languages differ only by an "
    "offset, lines are parallel. Labels are shown where there is room; on the page, point at a "
    "pair to see both words."
)
NO_FONT = (
    " No installed font has some characters ({missing}), so their words have no label in the PNG: "
    "install one (Noto Sans; for Chinese, Japanese and Korean, Noto Sans CJK) and write the report "
    "again. The page shows them in the fonts of the browser."
)
OF_WORDS = (
    "{space}, at layer {layer}: {count} test words of {source}, sampled evenly over frequency, and "
    "the nearest words of {target} by CSLS, as for P@1; the numbers are cosines. ✓ marks "
    "translations."
)
OF_SENTENCES = (
    "{space}, at layer {layer}: {count} test sentences of {source}, sampled evenly over length, "
    "and the nearest sentences of {target} by cosine. ✓ marks the translation; if it is not among "
    "the nearest, it is shown below them."
)
MISTAKES = (
    "The most confident mistakes: the queries with a wrong nearest neighbour and the highest "
    "score. Some are right and only missing in the data."
)
RAW, MAPPED = "Without a map", "After Procrustes, fitted on other items"


def word_maps(examples: Sequence[Examples]) -> Iterator[Picture]:
    """Draws a map per pair of languages whose words were looked up in a trained encoder."""
    for one in examples:
        if one.planes and one.result.model == TRAINED:
            before = next((other for other in examples if _is_untrained(other, one)), None)
            yield _word_map(one, before)


def _is_untrained(one: Examples, trained: Examples) -> bool:
    what, of_trained = one.result, trained.result
    pair = of_trained.source, of_trained.target
    return bool(one.planes) and (what.model, what.source, what.target) == (RANDOM, *pair)


def _word_map(trained: Examples, untrained: Examples | None) -> Picture:
    """Draws word pairs of a trained encoder, and of the same encoder before training.

    For two encoders, there is no unmapped picture.
    """
    source, target = trained.result.source, trained.result.target
    shown = [("before training", untrained, False), ("trained", trained, False)]
    shown.append(("trained, after Procrustes", trained, True))
    if not any(plane.mapped is False for plane in trained.planes):
        shown = [("before training, after Procrustes", untrained, True), shown[-1]]
    panels = [
        make_panel(
            f"{name} (layer {one.result.layer}; {plane.share:.0%} of the variance)", one, plane
        )
        for name, one, mapped in shown
        if one is not None
        for plane in one.planes
        if plane.mapped is mapped
    ]
    fonts = fonts_of(panels)
    caption = OF_MAP.format(count=len(trained.pairs), source=source, target=target)
    if fonts.missing:
        caption += NO_FONT.format(missing=" ".join(sorted(fonts.missing)[:5]))
    title = WORD_MAP.format(source, target)
    name = f"word_map-{source}-{target}".replace("'", "_again")
    svg = as_svg(panels, (source, target))
    return Picture(name, title, caption, map_figure(panels, fonts), svg)


def neighbour_sections(examples: Sequence[Examples]) -> Iterator[Section]:
    """Yields sections with neighbours, and with mistakes, for each pair of languages."""
    for one in examples:
        if one.chosen:
            result = one.result
            title = NEIGHBOURS[result.evaluator].format(result.source, result.target)
            is_word = result.evaluator == WORDS
            table = _words_table if is_word else _sentences_table
            caption = (OF_WORDS if is_word else OF_SENTENCES).format(
                space=_space_of(one), layer=result.layer, count=len(one.chosen),
                source=result.source, target=result.target,
            )  # fmt: skip
            yield Section(2, title, paragraphs=[caption], table=table(one.chosen))
            if one.mistakes:
                title = f"{title}, mistakes"
                yield Section(3, title, paragraphs=[MISTAKES], table=table(one.mistakes))


def _space_of(examples: Examples) -> str:
    """Describes the space in which neighbours were searched."""
    raw = "word_p@1_other_raw", *CURVES["P@1 raw"]
    return RAW if examples.result.metric in raw else MAPPED


def _words_table(lookups: Sequence[Lookup]) -> Table:
    """Builds a table with one row per word."""
    most = max(len(lookup.found) for lookup in lookups)
    header = ["word", "translations", *(f"nearest {i}" for i in range(1, most + 1))]
    rows, bold = [], set()
    for number, lookup in enumerate(lookups):
        found = list(map(_shown, lookup.found))
        answers = ", ".join(answer.text for answer in lookup.answers)
        rows.append([lookup.text, answers, *found, *[""] * (most - len(found))])
        bold |= {(number, 2 + i) for i, one in enumerate(lookup.found) if one.right}
    return Table(header, rows, frozenset(bold))


def _sentences_table(lookups: Sequence[Lookup]) -> Table:
    """Builds a table with a block per sentence: its neighbours, and the translation if missed."""
    rows, bold = [], set()
    for lookup in lookups:
        bold.add((len(rows), 0))
        rows.append([lookup.text, ""])
        rows += [
            [(HIT if one.right else "") + one.text, f"{one.cosine:.3f}"] for one in lookup.found
        ]
        further = [answer for answer in lookup.answers if answer not in lookup.found]
        rows += [[f"… {HIT}{answer.text}", f"{answer.cosine:.3f}"] for answer in further]
    return Table(["sentence, and its nearest", "cosine"], rows, frozenset(bold))


def _shown(candidate: Candidate) -> str:
    return f"{HIT if candidate.right else ''}{candidate.text} {candidate.cosine:.2f}"
