"""The page of findings: every claim with its numbers and verdict."""

from collections.abc import Mapping

from mlm_xling.reports.sections import Section
from mlm_xling.reports.tables import Table
from mlm_xling.study.estimates import Estimate
from mlm_xling.study.evidence import Evidence
from mlm_xling.study.findings import BESIDE, CLAIMS, FAR, FEW, Claim, Criterion
from mlm_xling.study.ledger import Ledger

HEADER = "claim, and its criteria", "verdict", "number", "95% interval", "range", "fewest seeds"
CAPTION = (
    "A criterion is met if the 95% interval lies inside the range, refuted if it lies outside, "
    "and undecided otherwise. A claim is reproduced if all of its criteria are met, and not "
    "reproduced if one is refuted. Transfer is the mean over the tasks and pairs in which both "
    "sides were measured, as a fraction: 0.1 is ten points. Its interval covers the choice of "
    "seeds and of test items; that of CKA covers seeds only, so one seed decides nothing. "
    f"We read the paper's 'much' as {FAR:g} and 'a few points' as {FEW:g}, in all studies. "
    "Untrained encoders are measured once, and intervals leave out that another one may do better "
    "or worse. With two seeds, 95% intervals cover the true mean in 87 to 93% of cases, so these "
    "verdicts are provisional; they are not corrected for the number of claims, as the stars of "
    "Table 1 are for the number of rows. The last pair of the study is the distant one. A verdict "
    "on the mean need not hold for each pair: the last columns have the numbers and verdicts of "
    "single pairs, over the same tasks, whose intervals are in statistics.csv."
)


def findings_section(evidence: Evidence, ledger: Ledger) -> Section:
    """Decides all claims and lists the evidence; with several pairs also that of each."""
    pairs = evidence.pairs if len(evidence.pairs) > 1 else ()
    rows, bold, links, decided = [], set(), {}, {}
    for claim in CLAIMS:
        found = [criterion.number(evidence) for criterion in claim.criteria]
        bold |= {(len(rows), column) for column in (0, 1)}
        decided[claim.name] = claim.decide(found)
        blank = [""] * (len(HEADER) - 2 + len(pairs))
        rows.append([f"{claim.name}. {claim.says}", decided[claim.name], *blank])
        for criterion, number in claim.with_numbers(found):
            beside = {
                len(HEADER) + i: (pair, _of_pair(criterion, number, evidence, pair))
                for i, pair in enumerate(pairs)
            }
            entered = _enter(claim, criterion, {2: ("", number), **beside}, ledger)
            links |= {(len(rows), column): line for column, line in entered.items()}
            told = [criterion.says + _alone(number), criterion.decide(number)]
            told += _shown(number, criterion.range)
            rows.append([*told, *(_decided(criterion, one) for _, one in beside.values())])
    table = Table([*HEADER, *pairs], rows, frozenset(bold), links)
    return Section(2, "Findings", paragraphs=[_summary(decided), CAPTION], table=table)


def _of_pair(
    criterion: Criterion, number: Estimate | None, evidence: Evidence, pair: str
) -> Estimate | None:
    """Returns the number for one pair only, over the same tasks."""
    return None if number is None else criterion.number(evidence.of_pair(pair, number.of_tasks))


def _enter(
    claim: Claim,
    criterion: Criterion,
    shown: Mapping[int, tuple[str, Estimate | None]],
    ledger: Ledger,
) -> dict[int, int]:
    """Records the numbers of some columns, with their pairs, and returns their lines."""
    of = f"claim {claim.name}", "", criterion.says, ""
    return {
        column: ledger.enter(*of, pair, number)
        for column, (pair, number) in shown.items()
        if number is not None
    }


def _decided(criterion: Criterion, found: Estimate | None) -> str:
    """Shows a number with its verdict."""
    if found is None:
        return "–"
    verdict = criterion.decide(found)
    return f"{found.value:.3f}" + ("" if verdict == BESIDE else f", {verdict}")


def _alone(found: Estimate | None) -> str:
    """Lists the pairs and the tasks of a number, if these are not all."""
    parts = [", ".join(names) for names in (found.of_pairs, found.of_tasks)] if found else []
    told = "; ".join(filter(None, parts))
    return f" ({told} only)" if told else ""


def _shown(found: Estimate | None, wanted: str) -> list[str]:
    if found is None:
        return ["–", "–", wanted, "0"]
    known = found.low is not None and found.high is not None
    ends = f"{found.low:.3f} to {found.high:.3f}" if known else "–"
    return [f"{found.value:.3f}", ends, wanted, str(found.seeds)]


def _summary(decided: Mapping[str, str]) -> str:
    """Lists the claims by verdict."""
    words = dict.fromkeys(decided.values())
    of_words = (
        f"{word}: {', '.join(n for n, w in decided.items() if w == word)}" for word in words
    )
    return f"{len(decided)} claims of the paper. " + "; ".join(of_words) + "."
