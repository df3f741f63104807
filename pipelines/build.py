"""Build the code location of a workspace: assets, the nightly job, its schedule, the night."""

from pathlib import Path

from dagster import (
    AssetSelection,
    Definitions,
    define_asset_job,
    in_process_executor,
)

from assets.definitions import build_assets
from assets.night import load_plans
from pipelines.partitions import business_dates
from pipelines.resources import NightResource
from pipelines.schedules import nightly_schedule
from tieout.config import load_workspace

JOB = "nightly"


def build_definitions(home: Path, *, takes_lock: bool = True) -> Definitions:
    """Return the definitions of the workspace at `home`.

    In process on purpose: each step in a process of its own would cost its start again, and would
    outlive a killed parent.
    """
    workspace = load_workspace(home)
    partitions = business_dates(workspace)
    plans = sorted(load_plans(workspace).items())
    legs = [(name, leg) for name, plan in plans for leg in plan.legs]
    job = define_asset_job(
        JOB,
        selection=AssetSelection.all(),
        executor_def=in_process_executor,
        description="Everything of one business date: fetch, parse, match, prove, open cases.",
    )
    schedule = nightly_schedule(job, workspace)
    return Definitions(
        assets=build_assets(workspace, legs, partitions),
        jobs=[job],
        schedules=[schedule],
        executor=in_process_executor,
        resources={"night": NightResource(home=str(workspace.home), takes_lock=takes_lock)},
    )
