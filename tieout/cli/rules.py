"""`tieout rules preview`: what another plan would have made of past dates."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tieout.cli.output import AsJson, Home, parse_date, print_json, print_table, talk
from tieout.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from assets.night import Night
    from matchers.plan import MatchPlan
    from tieout.config import Workspace

_HELP = """Try rules before they are in force.

Example: tieout rules preview new-cards.toml --from 2026-05-01 --to 2026-05-31 --home demo
"""
_PREVIEW = """Match past dates with another plan, and show what comes out differently.

Nothing is kept and nothing changes. Counted by leg and currency: lines gained (matched now), lost
(open now), changed (matched with others or by another pass), ambiguous (one of several candidates
now), and open for another reason.

Examples:
  tieout rules preview new-cards.toml --from 2026-05-01 --to 2026-05-31 --home demo
  tieout rules preview new-cards.toml --from 2026-05-04 --to 2026-05-04 --out changes.csv
"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    rules = typer.Typer(rich_markup_mode=None, help=_HELP, no_args_is_help=True)
    rules.callback()(lambda: None)
    rules.command("preview", help=_PREVIEW)(preview)
    app.add_typer(rules, name="rules")


def preview(
    plan: Annotated[Path, typer.Argument(metavar="RULES", help="The candidate plan, TOML.")],
    first: Annotated[str, typer.Option("--from", help="First business date, as 2026-05-01.")],
    last: Annotated[str, typer.Option("--to", help="Last business date.")],
    home: Home,
    reconciliation: Annotated[
        str | None, typer.Option(help="Which one it would replace. Default: the plan's own name.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write each changed line to this .csv or .parquet file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a plan would change."""
    from assets import preview as shadow
    from matchers import load_plan
    from tieout.config import load_workspace
    from tieout.money import format_minor

    workspace = load_workspace(home)
    candidate = load_plan(plan)
    name = _replaced(workspace, candidate, reconciliation)
    night = _read_only(workspace)
    found = shadow.preview(night, name, candidate, first=parse_date(first), last=parse_date(last))
    counts = _counted(found.changes)
    gone = sorted(_legs(night, name) - {leg.name for leg in candidate.legs})
    if out is not None:
        _write(found.changes, out)
    if as_json:
        print_json(
            {
                "reconciliation": name,
                "plan_digest": candidate.digest,
                "dates": found.dates,
                "lines": found.lines,
                "legs_left_out": gone,
                "changes": counts.to_dicts(),  # legs and currencies, not lines
            }
        )
        return
    rows = [(*row[:4], format_minor(row[4], row[2], thousands=",")) for row in counts.iter_rows()]
    print_table(("leg", "change", "currency", "lines", "amount"), rows, right=("lines", "amount"))
    days = f"{len(found.dates)} dates, {found.lines:,} lines"
    talk(f"{days}: {found.changes.height:,} come out differently. Nothing was changed.")
    if gone:
        talk(f"Not compared, because the plan has no such leg: {', '.join(gone)}.")


def _replaced(workspace: "Workspace", plan: "MatchPlan", named: str | None) -> str:
    from tieout.config.faults import suggest

    name = named or plan.name
    if name not in workspace.reconciliations:
        known = list(workspace.reconciliations)
        raise UsageError(
            f"There is no reconciliation {name!r}; {suggest(name, known)}",
            hint="Say with --reconciliation which one the plan would replace.",
        )
    return name


def _read_only(workspace: "Workspace") -> "Night":
    """Return a night that takes no number in the queue, because it stages nothing."""
    from assets.night import Night, load_plans, open_database
    from tieout.frames.storage import FrameStore
    from tieout.transfer.landing import LocalLandingStore

    return Night(
        workspace=workspace,
        database=open_database(workspace),
        landing=LocalLandingStore(workspace.landing_path),
        frames=FrameStore(workspace.frames_path),
        plans=load_plans(workspace),
        run_id="preview",
        fence=0,
    )


def _legs(night: "Night", reconciliation: str) -> set[str]:
    return {leg.name for leg in night.plans[reconciliation].legs}


def _counted(changes: "pl.DataFrame") -> "pl.DataFrame":
    """Return lines and money by leg, change and currency, in the order of CHANGES."""
    import polars as pl

    from assets.preview import CHANGES

    order = pl.Enum(CHANGES)
    return (
        changes.group_by("leg", "change", "currency")
        .agg(pl.len().alias("lines"), pl.col("amount_minor").cast(pl.Int128).abs().sum())
        .with_columns(pl.col("change").cast(order), pl.col("amount_minor").cast(pl.Int64))
        .sort("leg", "change", "currency")
        .with_columns(pl.col("change").cast(pl.String))
    )


def _write(changes: "pl.DataFrame", out: Path) -> None:
    if out.suffix == ".parquet":
        changes.write_parquet(out, compression="zstd", compression_level=1)
    elif out.suffix == ".csv":
        changes.write_csv(out)
    else:
        raise UsageError(f"{out} ends in neither .csv nor .parquet.", hint="Choose one of them.")
    talk(f"{changes.height:,} rows written to {out}")
