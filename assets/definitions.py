"""The assets of a workspace, made from its feeds and legs: load, call one function, tell.

    landed/<feed>/files  ──► parsed/<feed>/lines ──┐
    ledger/<feed>/export ──► parsed/<feed>/lines ──┴─► matched/<reconciliation>/<leg> ──► cases/…

The last part of a key is what Dagster shows in its graph, so it says what the asset holds.

Every asset has the same daily partitions; a run over a range of dates works through them in order
inside each asset. Nothing takes effect before `cases/discrepancies` commits.
"""

import warnings
from collections.abc import Iterator
from datetime import date
from typing import Any, Protocol

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    MaterializeResult,
    PartitionsDefinition,
    asset,
)
from dagster._utils.warnings import BetaWarning

from assets import metadata as describe
from assets.commit import commit_night
from assets.landed import land_dates
from assets.matched import match_dates
from assets.night import Night
from assets.parsed import parse_dates
from matchers.plan import LegPlan
from tieout.config import Feed, Workspace

Dates = PartitionsDefinition[str]
Yielded = Iterator[MaterializeResult[Any] | AssetCheckResult]


class HasNight(Protocol):
    """The resource called `night`."""

    @property
    def night(self) -> Night:
        """The open night of the run."""
        ...


def landed_key(feed: Feed) -> AssetKey:
    """Return the key of a feed's files: `ledger` for the core's own export."""
    is_core = feed.transport == "core"
    return AssetKey(["ledger", feed.name, "export"] if is_core else ["landed", feed.name, "files"])


def parsed_key(feed: Feed) -> AssetKey:
    """Return the key of a feed's lines."""
    return AssetKey(["parsed", feed.name, "lines"])


def matched_key(reconciliation: str, leg: LegPlan) -> AssetKey:
    """Return the key of a leg's result."""
    return AssetKey(["matched", reconciliation, leg.name])


CASES_KEY = AssetKey(["cases", "discrepancies"])


def build_assets(
    workspace: Workspace,
    legs: list[tuple[str, LegPlan]],
    partitions: Dates,
) -> list[AssetsDefinition]:
    """Return every asset of the workspace."""
    assets: list[AssetsDefinition] = []
    # Backfill policies are marked beta; the pinned version has what we use of them.
    warnings.filterwarnings("ignore", category=BetaWarning)
    for feed in workspace.feeds.values():
        assets += [_landed_asset(feed, partitions), _parsed_asset(feed, partitions)]
    assets += [_matched_asset(workspace, name, leg, partitions) for name, leg in legs]
    assets.append(_cases_asset([matched_key(name, leg) for name, leg in legs], partitions))
    return assets


def _dates(context: AssetExecutionContext) -> list[date]:
    return sorted(date.fromisoformat(key) for key in context.partition_keys)


def _dates_to_run(context: AssetExecutionContext, night: Night) -> list[date]:
    """Return the run's dates and those before them that an earlier run left unfinished."""
    return sorted({*_dates(context), *night.unfinished})


def _tell(context: AssetExecutionContext, day: date, metadata: describe.Metadata) -> None:
    """Show `metadata` with one date's partition, also where the run covers a range of dates."""
    if day.isoformat() in context.partition_keys:
        context.add_asset_metadata(metadata, partition_key=day.isoformat())


def _landed_asset(feed: Feed, partitions: Dates) -> AssetsDefinition:
    described = feed.description or f"Files of {feed.counterparty or feed.name}, as received."

    @asset(
        key=landed_key(feed),
        group_name=feed.name,
        description=described + " Every byte is kept, named by its hash, and registered once.",
        kinds={"sftp" if feed.transport == "sftp" else "file"},
        required_resource_keys={"night"},
        partitions_def=partitions,
        backfill_policy=BackfillPolicy.single_run(),
    )
    def landed(context: AssetExecutionContext) -> MaterializeResult[Any]:
        night: HasNight = context.resources.night
        dates = _dates_to_run(context, night.night)
        for day, found in land_dates(night.night, feed, dates).items():
            _tell(context, day, describe.of_landings(night.night, feed, found))
        return MaterializeResult()

    return landed


def _parsed_asset(feed: Feed, partitions: Dates) -> AssetsDefinition:
    key = parsed_key(feed)

    @asset(
        key=key,
        deps=[landed_key(feed)],
        group_name=feed.name,
        description=f"Lines of {feed.name} ({feed.format}), in the one shape all feeds share.",
        kinds={"polars"},
        required_resource_keys={"night"},
        check_specs=[
            AssetCheckSpec(
                "lines_kept",
                asset=key,
                blocking=True,
                description="The kept lines hold the count and the sums that the parser reported.",
            ),
            AssetCheckSpec(
                "controls_agree",
                asset=key,
                description="Balances and totals that files state agree with their lines.",
            ),
            AssetCheckSpec(
                "no_file_refused",
                asset=key,
                description="No file had to be refused whole. A refused file stops only itself.",
            ),
        ],
        partitions_def=partitions,
        backfill_policy=BackfillPolicy.single_run(),
    )
    def parsed(context: AssetExecutionContext) -> Yielded:
        night: HasNight = context.resources.night
        by_date = parse_dates(night.night, feed, _dates_to_run(context, night.night))
        for day, parsed in by_date.items():
            _tell(context, day, describe.of_parsed(night.night, parsed))
        yield MaterializeResult()
        files = [file for parsed in by_date.values() for file in parsed]
        yield _check("lines_kept", [file.name for file in files if not file.is_intact])
        yield _check(
            "controls_agree", [f.name for f in files if not f.controls_agree], is_warning=True
        )
        refused = [file.name for file in files if file.state == "refused"]
        yield _check("no_file_refused", refused)

    return parsed


def _check(name: str, files: list[str], *, is_warning: bool = False) -> AssetCheckResult:
    """Return a check that passes when it names no file."""
    severity = AssetCheckSeverity.WARN if is_warning else AssetCheckSeverity.ERROR
    metadata = {"files": ", ".join(files) or "none"}
    return AssetCheckResult(check_name=name, passed=not files, severity=severity, metadata=metadata)


def _matched_asset(
    workspace: Workspace, reconciliation: str, leg: LegPlan, partitions: Dates
) -> AssetsDefinition:
    key = matched_key(reconciliation, leg)

    @asset(
        key=key,
        deps=[parsed_key(workspace.feeds[leg.left]), parsed_key(workspace.feeds[leg.right])],
        group_name=reconciliation,
        description=f"{leg.left} against {leg.right}: every line has exactly one outcome. "
        "Lines are those received on the date and those left open before it; match_rate_pct is of "
        "the lines that were due.",
        kinds={"polars"},
        required_resource_keys={"night"},
        check_specs=[
            AssetCheckSpec(
                "nothing_lost",
                asset=key,
                blocking=True,
                description="Lines and money in equal lines and money out, per file and currency.",
            )
        ],
        partitions_def=partitions,
        backfill_policy=BackfillPolicy.single_run(),
    )
    def matched(context: AssetExecutionContext) -> Yielded:
        night: HasNight = context.resources.night
        dates = _dates_to_run(context, night.night)
        results = match_dates(night.night, reconciliation, leg, dates)
        recomputed = [one.business_date for one in results if one.business_date not in dates]
        for one in results:
            if one.business_date in dates:
                summary = describe.of_result(night.night, one, recomputed)
                _tell(context, one.business_date, summary)
        yield MaterializeResult()
        yield AssetCheckResult(
            check_name="nothing_lost",
            passed=True,
            metadata=describe.of_proof(night.night, leg, results),
        )

    return matched


def _cases_asset(matched: list[AssetKey], partitions: Dates) -> AssetsDefinition:
    @asset(
        key=CASES_KEY,
        deps=matched,
        group_name="cases",
        description="One case per cause. Here the run takes effect: all of it, or nothing.",
        kinds={"sql"},
        required_resource_keys={"night"},
        partitions_def=partitions,
        backfill_policy=BackfillPolicy.single_run(),
    )
    def discrepancies(context: AssetExecutionContext) -> MaterializeResult[Any]:
        night: HasNight = context.resources.night
        dates = _dates(context)
        committed = commit_night(night.night, dates)
        for day in dates:
            _tell(context, day, describe.of_commit(night.night, committed, day))
        return MaterializeResult()

    return discrepancies


def ordered_specs(assets: list[AssetsDefinition]) -> list[AssetSpec]:
    """Return the specs of all assets by key, for the snapshot that guards their names."""
    specs = [spec for definition in assets for spec in definition.specs]
    return sorted(specs, key=lambda spec: spec.key)
