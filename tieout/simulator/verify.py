"""Comparing what a reconciliation said with what was planted: exact set equality, both ways."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tieout.simulator.anomalies import FILES
from tieout.simulator.manifest import Anomaly

REFERENCES = ("scheme_ref", "psp_ref", "batch_ref", "merchant_ref")
"""The columns of an outcome in which a manifest's reference may stand."""

_CLOSED = "closed"


@dataclass(frozen=True)
class Verification:
    """`found` of `planted` anomalies came out as the manifest says.

    `missed` says of each other one what was expected and what was there; `unexpected` names every
    case that no anomaly accounts for. Both empty: precision and recall are 1.
    """

    found: int
    planted: int
    missed: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Tell whether everything planted was found, and nothing else."""
        return not self.missed and not self.unexpected


def compare(
    manifest: Mapping[str, Any], outcomes: pl.DataFrame, cases: Sequence[Mapping[str, Any]]
) -> Verification:
    """Compare a manifest with the outcomes and cases of all its business dates.

    Args:
        manifest: `manifest.json`, decoded.
        outcomes: the rows of `tieout outcomes` of all dates together, shape (rows, at least
            business_date, leg, record_id, scheme_ref, psp_ref, batch_ref, merchant_ref, outcome,
            pass, break_reason). Of each record and leg, the row of the last date counts.
        cases: one mapping per case, open or closed: `leg` ("files" for one about a file), `reason`,
            `state` ("closed", or anything else while it is open) and `references`: every reference
            of its lines (ARN, batch reference, the bank's own); for a missing file, its expected
            name or "<feed>/<business date>".

    An anomaly with a case needs exactly one on its leg that shares a reference with it, with the
    reason and in the state expected, and a record with the outcome and reason expected. An
    anomaly without a case must have none, and every record with its references must have come to
    the outcome and pass expected.
    """
    anomalies = [Anomaly.from_json(one) for one in manifest["anomalies"]]
    last = _last_outcomes(outcomes)
    missed, accounted = [], set()
    for anomaly in anomalies:
        own = [number for number, case in enumerate(cases) if _is_about(case, anomaly)]
        faults = [*_case_faults(anomaly, [cases[number] for number in own])]
        faults += _outcome_faults(anomaly, last)
        if anomaly.case != "none" and own:
            accounted.add(own[0])
        if faults:
            missed.append(f"{anomaly.anomaly_id} {anomaly.kind}: {'; '.join(faults)}")
    unexpected = [_describe(case) for number, case in enumerate(cases) if number not in accounted]
    return Verification(
        len(anomalies) - len(missed), len(anomalies), tuple(missed), tuple(sorted(unexpected))
    )


def references_of(
    *, leg: str, feed: str, business_date: str, lines: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Return the references of a case, as `compare` wants them, from its lines.

    A case about a missing file has no reference in its lines: it is named by feed and date.
    """
    names = (*REFERENCES, "file_name") if leg == FILES else REFERENCES
    found = {str(line[name]) for line in lines for name in names if line.get(name)}
    return sorted(found | {f"{feed}/{business_date}"} if leg == FILES else found)


def _last_outcomes(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return the row of the last business date of each record on each leg."""
    return outcomes.sort("leg", "record_id", "business_date").unique(
        ["leg", "record_id"], keep="last", maintain_order=True
    )


def _is_about(case: Mapping[str, Any], anomaly: Anomaly) -> bool:
    references: Collection[str] = case["references"]
    return case["leg"] == anomaly.leg and any(one in references for one in anomaly.references)


def _case_faults(anomaly: Anomaly, own: list[Mapping[str, Any]]) -> list[str]:
    if anomaly.case == "none":
        return [f"expected no case, found {_describe(case)}" for case in own]
    expected = (anomaly.reason, anomaly.case)
    if len(own) != 1:
        found = ", ".join(_describe(case) for case in own) or "none"
        return [f"expected one {' '.join(map(str, expected))} case, found {len(own)} ({found})"]
    if (own[0]["reason"], _state(own[0])) != expected:
        return [f"expected case {' '.join(map(str, expected))}, found {_describe(own[0])}"]
    return []


def _outcome_faults(anomaly: Anomaly, last: pl.DataFrame) -> list[str]:
    """Compare the records that carry one of the anomaly's references; a file has none."""
    if anomaly.leg == FILES:
        return []
    mine = last.filter(
        (pl.col("leg") == anomaly.leg)
        & (pl.col("outcome") != "excluded")
        & pl.any_horizontal(pl.col(REFERENCES).is_in(anomaly.references).fill_null(value=False))
    )
    as_expected = mine.filter(
        (pl.col("outcome") == anomaly.outcome)
        & pl.col("break_reason").eq_missing(anomaly.reason)
        & (pl.col("pass").eq_missing(anomaly.matching_pass) | pl.lit(anomaly.reason is not None))
    )
    wanted = 1 if anomaly.reason is not None else max(mine.height, 1)
    if as_expected.height >= wanted:
        return []
    found = sorted({" ".join(map(str, row)) for row in mine.select(_SHOWN).iter_rows()})
    expected = f"{anomaly.outcome} {anomaly.matching_pass} {anomaly.reason}"
    return [f"expected outcome {expected}, found {', '.join(found) or 'no record'}"]


_SHOWN = ("outcome", "pass", "break_reason")


def _state(case: Mapping[str, Any]) -> str:
    return _CLOSED if case["state"] == _CLOSED else "open"


def _describe(case: Mapping[str, Any]) -> str:
    references = " ".join(sorted(map(str, case["references"]))[:6])
    return f"{case['leg']} {case['reason']} {_state(case)} [{references}]"
