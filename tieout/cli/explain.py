"""`tieout match explain`: why a line, a match or a break is what it is."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tieout.cli.output import AsJson, Home, parse_date, print_json, print_table, talk
from tieout.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from matchers.plan import LegPlan
    from tieout.config import Workspace
    from tieout.store.runs import Generation

_FIELDS = (
    *("kind", "currency", "amount_minor", "net_minor", "business_date", "value_date"),
    *("scheme_ref", "rrn", "psp_ref", "merchant_ref", "batch_ref", "auth_code", "narrative"),
)
_CHANGED = "The plan has changed since: run the date again to see what each pass says."
EXPLAIN_HELP = """Say why: the fields compared, each pass, whom it met and why it went on.

ID is a record, match or break as `tieout outcomes` shows it.

Examples:
  tieout match explain core_clearing:P000123 --home demo
  tieout match explain 9f3a1c2b4d5e6f70-0000012 --home demo --date 2026-05-04 --json
"""


def explain(
    named: Annotated[str, typer.Argument(metavar="ID", help="Record, match or break.")],
    home: Home,
    day: Annotated[
        str | None, typer.Option("--date", help="As of this date. Default: the newest with it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say why a line, a match or a break is what it is."""
    from tieout.config import load_workspace

    workspace = load_workspace(home)
    found = list(_found(workspace, named, parse_date(day) if day else None))
    if not found:
        raise UsageError(
            f"Nothing is called {named!r}" + (f" on {day}." if day else " on any date."),
            hint="`tieout outcomes --date D` lists records, matches and breaks.",
        )
    if as_json:
        print_json(found)
        return
    for one in found:
        _show(one)


def _found(workspace: "Workspace", named: str, day: "date | None") -> "list[dict[str, Any]]":
    """Return what is known of the id on the newest date that has it, leg by leg."""
    from tieout.frames.storage import FrameStore
    from tieout.store.engine import Database
    from tieout.store.runs import committed_dates, current_generations

    frames = FrameStore(workspace.frames_path)
    database = Database(workspace.database_url, workspace.database_password())
    database.upgrade()
    with database.reading() as connection:
        dates = [day] if day else sorted(committed_dates(connection), reverse=True)
        for date_ in dates:
            said = []
            for result in current_generations(connection, first=date_, last=date_):
                outcomes = frames.read(result.outcomes_sha256)
                own = _lines(outcomes, named)
                if not own.is_empty():
                    leg = _leg_in_force(workspace, result)
                    matches = frames.read(result.matches_sha256)
                    breaks = frames.read(result.breaks_sha256)
                    head = {"business_date": date_, "leg": result.leg}
                    head["plan_digest"] = result.plan_digest
                    said.append(head | _explained(outcomes, own, leg, matches, breaks))
            if said:
                return said
    return []


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
        **{name: first[name] for name in ("outcome", "match_id", "break_id", "break_reason")},
        **{name: first[name] for name in ("pass", "evidence_class", "residual_minor")},
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


def _show(one: dict[str, Any]) -> None:
    what = one["match_id"] or one["break_id"] or "one line"
    talk(f"{one['leg']}, {one['business_date']}: {what}, {one['break_reason'] or one['outcome']}")
    if one["said"]:
        talk(one["said"])
    names = ("field", "left", "right", "result")
    print_table(names, [[row[name] for name in names] for row in one["compared"]])
    if one["note"]:
        talk(one["note"])
        return
    marks = {True: "took it", False: ""}
    rows = [[row["code"], row["type"], marks[row["took"]], row["why"]] for row in one["passes"]]
    print_table(("pass", "type", "", "why"), rows)
