"""What is known of a line, a match, a break, a case or a reference: found, and put side by side."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tieout.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    import polars as pl
    from sqlalchemy import Connection

    from matchers.plan import LegPlan
    from tieout.config import Workspace
    from tieout.frames.storage import FrameStore
    from tieout.store.runs import Generation

_FIELDS = (
    *("kind", "currency", "amount_minor", "net_minor", "business_date", "value_date"),
    *("scheme_ref", "rrn", "psp_ref", "merchant_ref", "batch_ref", "auth_code", "narrative"),
)
_REFERENCES = ("scheme_ref", "rrn", "psp_ref", "merchant_ref", "batch_ref", "auth_code")
_OUTCOME = (
    *("outcome", "match_id", "break_id", "break_reason"),
    *("pass", "evidence_class", "residual_minor"),
)
ONE_OF_MANY = "One of several lines with this reference: explain its record_id."
_CHANGED = "The plan has changed since: run the date again to see what each pass says."


@dataclass(frozen=True)
class Books:
    """The results in force on some dates, newest first."""

    workspace: "Workspace"
    frames: "FrameStore"
    connection: "Connection"
    dates: "Sequence[date]"

    def of_id(self, named: str, leg: str | None = None) -> list[dict[str, Any]]:
        """Return what is known of the id on the newest date that has it, leg by leg."""
        for day in self.dates:
            said = []
            for result in self._results(day):
                outcomes = self.frames.read(result.outcomes_sha256)
                own = _lines(outcomes, named)
                if not own.is_empty() and leg in (None, result.leg):
                    said.append(_head(result) | self._explained(result, outcomes, own))
            if said:
                return said
        return []

    def of_case(self, named: str) -> list[dict[str, Any]]:
        """Return what became of the lines of a case, on the leg that it is of.

        Raises:
            UsageError: the case is about a file.
        """
        from sqlalchemy import select

        from tieout.store.tables.cases import discrepancy_case

        query = select(discrepancy_case).where(discrepancy_case.c.case_id == named.upper())
        case = self.connection.execute(query).first()
        if case is None:
            return []
        names = [line["record_id"] for line in case.lines if line.get("record_id")]
        if not names:
            raise UsageError(
                f"Case {case.case_id} is about a file, not about lines.",
                hint=f"`tieout cases show {case.case_id}` says what happened to it.",
            )
        found = (self.of_id(name, case.leg) for name in names)
        return next((one for one in found if one), [])

    def of_reference(self, named: str) -> list[dict[str, Any]]:
        """Return the group of the lines with this reference; all lines where they are of several.

        A line that was carried counts on the newest date that has it.
        """
        import polars as pl

        has_it = pl.any_horizontal(pl.col(name) == named for name in _REFERENCES)
        hits: dict[tuple[str, str, str], tuple[Generation, dict[str, Any]]] = {}
        for day in self.dates:
            for result in self._results(day):
                outcomes = self.frames.read(result.outcomes_sha256)
                for row in outcomes.filter(has_it).sort("side", "record_id").iter_rows(named=True):
                    hits.setdefault((result.leg, row["side"], row["record_id"]), (result, row))
        groups = {
            (result.leg, row["match_id"] or row["break_id"] or row["record_id"])
            for result, row in hits.values()
        }
        if len(groups) == len({leg for leg, _ in groups}):
            first = {leg: name for (leg, _, name) in reversed(hits)}
            return [one for leg, name in sorted(first.items()) for one in self.of_id(name, leg)]
        return [_head(result) | _listed(row) for result, row in hits.values()]

    def _results(self, day: "date") -> "list[Generation]":
        from tieout.store.runs import current_generations

        return current_generations(self.connection, first=day, last=day)

    def _explained(
        self, result: "Generation", outcomes: "pl.DataFrame", own: "pl.DataFrame"
    ) -> dict[str, Any]:
        leg = _leg_in_force(self.workspace, result)
        matches = self.frames.read(result.matches_sha256)
        breaks = self.frames.read(result.breaks_sha256)
        return _explained(outcomes, own, leg, matches, breaks)


def _head(result: "Generation") -> dict[str, Any]:
    names = ("business_date", "leg", "plan_digest")
    return {name: getattr(result, name) for name in names}


def _listed(row: "dict[str, Any]") -> dict[str, Any]:
    """Return one of several lines in the shape of an explanation, with nothing compared."""
    return {
        **{name: row[name] for name in _OUTCOME},
        "said": None,
        "lines": [{name: row[name] for name in ("side", "record_id", *_FIELDS)}],
        "compared": [],
        "passes": [],
        "note": ONE_OF_MANY,
    }


def _lines(outcomes: "pl.DataFrame", named: str) -> "pl.DataFrame":
    """Return the lines that the id names: itself, or those of the match or break."""
    import polars as pl

    ids = ("record_id", "match_id", "break_id")
    return outcomes.filter(pl.any_horizontal(pl.col(name) == named for name in ids)).sort(
        "side", "record_id"
    )


def _explained(
    outcomes: "pl.DataFrame",
    own: "pl.DataFrame",
    leg: "LegPlan | None",
    matches: "pl.DataFrame",
    breaks: "pl.DataFrame",
) -> dict[str, Any]:
    """Return the group that the lines are in, its fields side by side, and each pass of one line.

    The passes are told of the first line: of a match or break, the others met the same ones.
    """
    import polars as pl

    from matchers.explain import explain_line

    first = own.row(0, named=True)
    group = own
    said = None
    if first["match_id"] is not None:
        group = _lines(outcomes, first["match_id"])
        said = matches.filter(pl.col("match_id") == first["match_id"])["evidence"]
    elif first["break_id"] is not None:
        group = _lines(outcomes, first["break_id"])
        said = breaks.filter(pl.col("break_id") == first["break_id"])["explanation"]
    passes = explain_line(outcomes, leg, first["side"], first["record_id"]) if leg else []
    return {
        **{name: first[name] for name in _OUTCOME},
        "said": said[0] if said is not None and len(said) else None,
        "lines": group.select("side", "record_id", *_FIELDS).to_dicts(),  # one group
        "compared": _compared(group),
        "passes": [asdict(one) for one in passes],
        "note": None if leg else _CHANGED,
    }


def _leg_in_force(workspace: "Workspace", result: "Generation") -> "LegPlan | None":
    """Return the leg as it was when the result was made; None when the plan is another by now."""
    from matchers.plan import build_plan

    table = workspace.reconciliations.get(result.reconciliation)
    if table is None:
        return None
    plan = build_plan(table, source=result.reconciliation)
    return plan.get_leg(result.leg) if plan.digest == result.plan_digest else None


def _compared(group: "pl.DataFrame") -> list[dict[str, Any]]:
    """Return each field that a line of the group has: the values of both sides, and if they agree.

    Amounts of several lines are added up; other values are listed once each.
    """
    import polars as pl

    compared = []
    for name in _FIELDS:
        values = [
            _amounts(lines, name) if name.endswith("_minor") else _texts(lines[name])
            for lines in (group.filter(pl.col("side") == side) for side in ("left", "right"))
        ]
        if any(values):
            test = "equal" if values[0] == values[1] else "differs"
            test = test if all(values) else "one side only"
            field = name.removesuffix("_minor")
            left, right = (", ".join(one) for one in values)
            compared.append({"field": field, "left": left, "right": right, "result": test})
    return compared


def _texts(values: "pl.Series") -> list[str]:
    return [str(one) for one in values.drop_nulls().unique(maintain_order=True).to_list()]


def _amounts(lines: "pl.DataFrame", name: str) -> list[str]:
    """Return what a side's lines come to in each of their currencies: `100.00 EUR`."""
    import polars as pl

    from tieout.money import format_minor

    sums = (
        lines.filter(pl.col(name).is_not_null())
        .group_by("currency")
        .agg(pl.col(name).cast(pl.Int128).sum())
        .sort("currency")
    )
    return [f"{format_minor(int(minor), code)} {code}" for code, minor in sums.iter_rows()]
