"""Breaks as causes of cases: the lines they are about, and what explained those that are gone."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from sqlalchemy import Row

from tieout.cases.cause import CauseOfCase
from tieout.frames.reasons import BreakReason
from tieout.frames.storage import FrameStore
from tieout.store.files import Received
from tieout.store.runs import Generation

Files = Mapping[tuple[str, str], Received]
"""The files of the register, by feed and SHA-256."""

LINES_MAX = 100
"""How many lines of one break a case shows; the outcomes hold them all."""

_SHOWN = (
    "side",
    "record_id",
    "feed",
    "file_sha256",
    "record_no",
    "byte_start",
    "byte_length",
    "kind",
    "currency",
    "amount_minor",
    "fee_minor",
    "net_minor",
    "business_date",
    "value_date",
    "first_seen_date",
    "due_date",
    "scheme_ref",
    "rrn",
    "psp_ref",
    "merchant_ref",
    "batch_ref",
    "auth_code",
    "merchant_id",
    "account",
    "pan_masked",
    "narrative",
)


def causes_of(frames: FrameStore, result: Generation, files: Files) -> list[CauseOfCase]:
    """Return the breaks of one leg on one date as causes of cases, in order of break_id."""
    breaks = frames.read(result.breaks_sha256)
    if breaks.is_empty():
        return []
    lines = _lines_of(frames.read(result.outcomes_sha256), files)
    return [
        CauseOfCase(
            reconciliation=result.reconciliation,
            break_id=row["break_id"],
            leg=result.leg,
            feed=lines[row["break_id"]][0]["feed"],
            reason=row["reason"],
            severity=BreakReason(row["reason"]).severity.value,
            currency=row["currency"],
            at_risk_minor=row["at_risk_minor"],
            first_seen_date=row["first_seen_date"],
            explanation=row["explanation"],
            lines=lines[row["break_id"]][:LINES_MAX],
        )
        for row in breaks.sort("break_id").to_dicts()  # breaks only, never a day's lines
    ]


def _lines_of(outcomes: pl.DataFrame, files: Files) -> dict[str, list[dict[str, Any]]]:
    """Return the lines of each break, the one seen first in front."""
    dates = [name for name, kind in outcomes.schema.items() if kind == pl.Date]
    rows = (
        outcomes.filter(pl.col("break_id").is_not_null())
        .sort("break_id", "first_seen_date", "side", "record_id")
        .select("break_id", *_SHOWN)
        .with_columns(pl.col(name).cast(pl.String) for name in dates if name in _SHOWN)
    )
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows.to_dicts():  # breaks only
        file = files.get((row["feed"], row["file_sha256"]))
        row["file_name"] = file.name if file else ""
        grouped.setdefault(row.pop("break_id"), []).append(row)
    return grouped


class Closers:
    """Finds the line that explained a cause which is gone: of its match, the one that came last.

    A line that its sender corrected came with the correction, though it was seen before.
    """

    def __init__(self, outcomes: Mapping[tuple[str, str], pl.DataFrame], files: Files) -> None:
        self._outcomes = outcomes  # by reconciliation and leg
        self._files = files

    def find_all(self, cases: Sequence[Row[Any]]) -> dict[str, dict[str, object]]:
        """Return cause → the closing line, for the cases whose lines are matched by now."""
        found: dict[str, dict[str, object]] = {}
        for place, outcomes in self._outcomes.items():
            wanted = pl.DataFrame(
                [
                    {"cause": case.cause, "side": line["side"], "record_id": line["record_id"]}
                    for case in cases
                    for line in case.lines
                    if (case.reconciliation, case.leg) == place and line.get("record_id")
                ],
                schema={"cause": pl.String(), "side": pl.String(), "record_id": pl.String()},
            )
            found |= self._in_one_leg(outcomes, wanted)
        return found

    def _in_one_leg(
        self, outcomes: pl.DataFrame, wanted: pl.DataFrame
    ) -> dict[str, dict[str, object]]:
        grouped = outcomes.filter(pl.col("match_id").is_not_null())
        matches = wanted.join(
            grouped.select("side", "record_id", "match_id"), on=["side", "record_id"]
        )
        members = grouped.join(
            matches.select("cause", "match_id").unique(maintain_order=True), on="match_id"
        )
        newest = (
            self._dated(members)
            .sort(
                ["cause", "came_on", "side", "record_id"],
                descending=[False, True, True, False],
            )
            .unique("cause", keep="first", maintain_order=True)
        )
        columns = ("feed", "file_sha256", "record_no", "record_id", "byte_start", "byte_length")
        return {
            row.pop("cause"): row
            for row in newest.select("cause", *columns, "file_name").to_dicts()  # closed cases only
        }

    def _dated(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Add `file_name`, and `came_on`: the business date whose run took the file in."""
        files = pl.DataFrame(
            [(*content, *file) for content, file in self._files.items()],
            schema={
                "feed": pl.String(),
                "file_sha256": pl.String(),
                "file_name": pl.String(),
                "came_on": pl.Date(),
            },
            orient="row",
        )
        content = ["feed", "file_sha256"]
        return lines.join(files, on=content, how="left", maintain_order="left").with_columns(
            pl.col("file_name").fill_null(""), pl.col("came_on").fill_null("first_seen_date")
        )
