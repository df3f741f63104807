"""`tieout cases`: the list of cases and one case, from the same queries as the pages."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tieout.cli.output import AsJson, Home, print_json, print_table, print_text, talk
from tieout.errors import Permanent

if TYPE_CHECKING:
    from tieout.calendars import Calendar
    from tieout.store.engine import Database

Day = Annotated[str, typer.Option("--date", help="Opened on this business date, as 2026-05-04.")]
State = Annotated[str, typer.Option("--state", help="open, closed or all.")]
Reason = Annotated[str, typer.Option("--reason", help="Code of the reason, as miss_bank.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="At most this many cases.")]

_LIST_HELP = """List cases: open before closed, then by currency with the largest value first.

The JSON holds no wall-clock time and no run: two databases with the same cases give equal bytes.

Examples:
  tieout cases --home demo --date 2026-05-04
  tieout cases ls --state all --reason miss_bank --json
"""

_SHOW_HELP = """Show one case: both sides, the bytes' place in the files received, its history.

Example: tieout cases show C-ABCDEFGHIJKL
"""


class CaseUnknown(Permanent):
    """No case has this number."""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    cases = typer.Typer(rich_markup_mode=None, help=_LIST_HELP)
    cases.callback(invoke_without_command=True)(list_by_default)
    cases.command("ls", help=_LIST_HELP)(ls)
    cases.command("show", help=_SHOW_HELP)(show)
    app.add_typer(cases, name="cases")


def list_by_default(
    context: typer.Context,
    home: Home,
    day: Day = "",
    state: State = "open",
    reason: Reason = "",
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """List the cases when no other verb follows."""
    if context.invoked_subcommand is None:
        _list(home, day, state, reason, limit, as_json=as_json)


def ls(
    context: typer.Context,
    home: Home,
    day: Day = "",
    state: State = "open",
    reason: Reason = "",
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """List the cases."""
    _list(_home_of(context, home), day, state, reason, limit, as_json=as_json)


def show(
    context: typer.Context,
    case_id: Annotated[str, typer.Argument(help="The case's number.")],
    home: Home,
    as_json: AsJson = False,
) -> None:
    """Show one case."""
    from tieout.reports.as_of import find_as_of
    from tieout.reports.case_detail import find_case
    from tieout.reports.documents import case_document
    from tieout.reports.wording import format_day

    workspace, calendar, database = _open(_home_of(context, home))
    with database.reading() as connection:
        as_of = find_as_of(connection)
        newest = as_of.business_date if as_of else None
        found = find_case(connection, case_id.upper(), calendar=calendar, as_of=newest)
    if found is None:
        raise CaseUnknown(
            f"There is no case {case_id} in {workspace}.",
            hint="`tieout cases ls --state all` lists every case.",
        )
    if as_json:
        print_json(case_document(found))
        return
    row = found.row
    until = f", closed on {format_day(row.closed_on)}" if row.closed_on else ""
    print_text(f"{row.case_id}: {row.reason.words} {_money(row.at_risk_minor, row.currency)}")
    print_text(f"{row.state}, opened on {format_day(row.opened_on)}{until}; {row.explanation}")
    if found.fields:
        sides = [" ".join((side, found.place_of(side))).strip() for side in ("left", "right")]
        print_table(
            ["field", *sides, "compared"],
            [[one.label, one.left, one.right, one.verdict] for one in found.fields],
        )
    places = ["side", "file_name", "record_no", "byte_start", "byte_length", "record_id"]
    print_table(places, [[line.get(name) for name in places] for line in found.lines])
    print_table(
        ["event", "business date", "by", "run"],
        [[one.kind, one.business_date, one.actor, one.run_id] for one in found.events],
    )


def _list(
    home: Path, day: str, state: str, reason: str, limit: int | None, *, as_json: bool
) -> None:
    from tieout.reports.as_of import find_as_of
    from tieout.reports.case_filter import read_filter
    from tieout.reports.case_list import list_cases, total_cases
    from tieout.reports.documents import list_document

    wanted = read_filter(date_text=day, state=state, reason=reason)
    _, calendar, database = _open(home)
    with database.reading() as connection:
        as_of = find_as_of(connection)
        newest = as_of.business_date if as_of else None
        page = list_cases(connection, wanted, calendar=calendar, as_of=newest, limit=limit)
        totals = total_cases(connection, wanted)
    if as_json:
        print_json(list_document(wanted, newest, page, totals))
        return
    columns = ["case", "reason", "state", "leg", "feed", "opened", "age", "at risk", "currency"]
    print_table(
        columns,
        [
            [
                row.case_id,
                row.reason.words,
                row.state,
                row.leg,
                row.feed,
                row.opened_on,
                row.age_days,
                _money(row.at_risk_minor, row.currency, is_unit_beside=True),
                row.currency,
            ]
            for row in page.rows
        ],
    )
    count = sum(total.count for total in totals)
    sums = ", ".join(_money(one.at_risk_minor, one.currency) for one in totals if one.currency)
    shown = "" if len(page.rows) == count else f", {len(page.rows):,} shown"
    kind = "" if state == "all" else f"{wanted.state} "
    cases = f"{count:,} {kind}case{'' if count == 1 else 's'}"
    talk(f"{cases}{shown}{'; at risk ' + sums if sums else ''}")


def _money(minor: int, currency: str | None, *, is_unit_beside: bool = False) -> str:
    from tieout.reports.wording import format_amount

    if currency is None:
        return ""
    text = format_amount(minor, currency)
    return text if is_unit_beside else f"{text} {currency}"


def _open(home: Path) -> tuple[Path, "Calendar", "Database"]:
    from tieout.config import load_workspace
    from tieout.store.engine import Database

    workspace = load_workspace(home)
    database = Database(workspace.database_url, workspace.database_password())
    database.upgrade()
    return workspace.home, workspace.get_calendar(workspace.settings.workspace.calendar), database


def _home_of(context: typer.Context, home: Path) -> Path:
    """Return `home`, or the one given before the second verb: `tieout cases --home X ls`."""
    outer = context.parent
    # Typer brings its own copy of click, so the source is compared by name.
    if outer is None or _source(context) == "COMMANDLINE" or _source(outer) != "COMMANDLINE":
        return home
    return Path(outer.params["home"])


def _source(context: Any) -> str:
    source = context.get_parameter_source("home")
    return "" if source is None else str(source.name)
