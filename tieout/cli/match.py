"""`tieout match`: the matcher alone, on any two frames."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tieout.cli import decide
from tieout.cli.explain import EXPLAIN_HELP, explain
from tieout.cli.output import AsJson, parse_date, print_json, print_table, talk
from tieout.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from matchers import LegPlan

_HELP = """Match two Parquet files of settlement lines by one leg of a plan.

Needed columns: record_id, currency, amount_minor and the keys of the plan; the other columns of a
settlement line are used where they are there. Writes outcomes, matches, members and breaks as
Parquet and the proof as JSON. The same input and plan give the same bytes, in whatever order the
rows stand.

Examples:
  tieout match --left ours.parquet --right theirs.parquet --plan cards.toml --out result
  tieout match --left l.parquet --right r.parquet --plan cards.toml --leg core_clearing
    --date 2026-05-04 --out result --json
"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    verbs = typer.Typer(help=_HELP, rich_markup_mode=None)
    verbs.callback(invoke_without_command=True)(match)
    verbs.command("explain", help=EXPLAIN_HELP)(explain)
    decide.register(verbs)
    app.add_typer(verbs, name="match")


def match(
    context: typer.Context,
    left: Annotated[Path | None, typer.Option(help="Parquet file of our lines.")] = None,
    right: Annotated[
        Path | None, typer.Option(help="Parquet file of the other side's lines.")
    ] = None,
    plan: Annotated[Path | None, typer.Option(help="The match plan, TOML.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the result; made if need be.")
    ] = None,
    leg: Annotated[str | None, typer.Option(help="Which leg, if the plan has several.")] = None,
    day: Annotated[
        str | None,
        typer.Option("--date", help="Reconcile as of this date. Default: the latest in the files."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Match two frames and write what became of every line."""
    if context.invoked_subcommand is not None:
        return
    given = {"--left": left, "--right": right, "--plan": plan, "--out": out}
    paths = [path for path in given.values() if path is not None]
    if len(paths) < len(given):
        raise UsageError(
            f"Not given: {', '.join(name for name, path in given.items() if path is None)}.",
            hint="`tieout match --help` shows an example; `tieout match explain ID` says why.",
        )
    _match(*paths, leg=leg, day=day, as_json=as_json)


def _match(
    left: Path,
    right: Path,
    plan: Path,
    out: Path,
    *,
    leg: str | None,
    day: str | None,
    as_json: bool,
) -> None:
    from matchers import load_plan, match_leg
    from matchers.writing import write_result

    rules = load_plan(plan)
    chosen = rules.get_leg(leg)
    sides = [_read(path) for path in (left, right)]
    as_of = parse_date(day) if day else _latest(sides)
    ours = _with_due_dates(sides[0], chosen.left_lag_days, chosen)
    theirs = _with_due_dates(sides[1], chosen.right_lag_days, chosen)
    result = match_leg(ours, theirs, chosen, as_of=as_of)
    write_result(result, out)
    counts = {
        "outcomes": _counts(result.outcomes, "outcome"),
        "breaks": _counts(result.breaks, "reason"),
    }
    summary = {
        "plan": rules.name,
        "plan_digest": rules.digest,
        "leg": chosen.name,
        "date": as_of,
        "lines": {"left": ours.height, "right": theirs.height},
        "outcomes": counts["outcomes"],
        "passes": _counts(result.matches, "pass"),
        "breaks": counts["breaks"],
        "proof": result.proof.as_json(),
    }
    if as_json:
        print_json(summary)
        return
    rows = [(what, name, n) for what, found in counts.items() for name, n in found.items()]
    print_table(("what", "name", "count"), rows)
    talk(f"Leg {chosen.name} as of {as_of}: proved; written to {out}.")


def _read(path: Path) -> "pl.DataFrame":
    import polars as pl

    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.ComputeError) as error:
        raise UsageError(
            f"{path} cannot be read as Parquet: {error}.",
            hint="Give a file that `tieout parse --out` wrote, or any Parquet file of lines.",
        ) from error


def _latest(sides: list["pl.DataFrame"]) -> date:
    from tieout.clock import now

    dates = [side["business_date"].max() for side in sides if "business_date" in side.columns]
    known = [day for day in dates if isinstance(day, date)]
    return max(known) if known else now().date()


def _with_due_dates(lines: "pl.DataFrame", lag: int, leg: "LegPlan") -> "pl.DataFrame":
    from matchers import with_due_dates

    if "due_date" in lines.columns or "business_date" not in lines.columns:
        return lines
    return with_due_dates(lines, lag, leg.calendar)


def _counts(frame: "pl.DataFrame", column: str) -> dict[str, int]:
    import polars as pl

    return dict(frame.group_by(column).agg(pl.len()).sort(column).iter_rows())
