"""Span F1 of BIO tags: strict, and after the paper's repair (docs/method.md section 5)."""

from collections import Counter
from collections.abc import Sequence

from mlm_xling.evaluation.measures.ratio import Ratio, ratio

Span = tuple[int, int, str]
"""(first word, word after the last, type)."""
ALL = ""
"""Key for all types together in the counts of `_counts`."""


def spans(tags: Sequence[str]) -> set[Span]:
    """Returns the spans `B-X I-X ... I-X`; an `I-X` that continues no span of type X is ignored."""
    found = set()
    start, kind = 0, None
    for i, tag in enumerate([*tags, "O"]):
        if kind is not None and tag != f"I-{kind}":
            found.add((start, i, kind))
            kind = None
        if tag.startswith("B-"):
            start, kind = i, tag[2:]
    return found


def repaired(tags: Sequence[str]) -> list[str]:
    """Puts all tags into spans: a lone `I-X` opens one, mixed types become the last type."""
    fixed = list(tags)
    kind = ""
    for i in reversed(range(len(tags))):
        if tags[i] == "O":
            continue
        if i + 1 == len(tags) or not tags[i + 1].startswith("I-"):
            kind = tags[i][2:]
        opens = tags[i].startswith("B-") or i == 0 or tags[i - 1] == "O"
        fixed[i] = ("B-" if opens else "I-") + kind
    return fixed


def span_f1(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> dict[str, Ratio]:
    """Computes micro F1 over spans: `f1` (repaired), `f1_strict`, and repaired by type `f1_<type>`.

    Types are those that occur in the gold tags.
    """
    wanted = [spans(tags) for tags in gold]
    kinds = sorted({kind for of_sentence in wanted for _, _, kind in of_sentence})
    mended = [_counts(a, spans(repaired(b))) for a, b in zip(wanted, predicted, strict=True)]
    strict = [_counts(a, spans(b)) for a, b in zip(wanted, predicted, strict=True)]
    scores = {"f1": _f1(mended, ALL), "f1_strict": _f1(strict, ALL)}
    return scores | {f"f1_{kind}": _f1(mended, kind) for kind in kinds}


def _counts(gold: set[Span], predicted: set[Span]) -> tuple[Counter, Counter]:
    """Counts by type: twice the hits, and the spans of both sides together."""
    hits, spans_of_both = Counter(), Counter()
    for kinds, chosen, weight in (
        (hits, gold & predicted, 2),
        (spans_of_both, gold, 1),
        (spans_of_both, predicted, 1),
    ):
        for _, _, kind in chosen:
            kinds[kind] += weight
            kinds[ALL] += weight
    return hits, spans_of_both


def _f1(counts: list[tuple[Counter, Counter]], kind: str) -> Ratio:
    return ratio([(hits[kind], of_both[kind]) for hits, of_both in counts])
