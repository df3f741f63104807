"""The names of a workspace's code location do not change unseen.

Links, history and scripts of users hang on them. After a change on purpose, write the snapshot
anew and commit it:

    python -m tests.pipelines.test_snapshot
"""

import json
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from dagster import AssetKey, Definitions, ScheduleDefinition

from pipelines.build import build_definitions
from tieout.calendars import calendar_named
from tieout.simulator.workspace import write_workspace
from tieout.simulator.world import CALENDAR, FIRST_DATE
from tieout.transfer.sftp import SftpLogin

_SNAPSHOT = Path(__file__).parents[1] / "fixtures" / "pipelines" / "code_location.json"
_NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def _definitions(home: Path) -> Definitions:
    login = SftpLogin("127.0.0.1", 22, "simulator", ".", Path("key"), Path("known_hosts"))
    write_workspace(home, login, seed=1)
    return build_definitions(home)


def _partition_keys(definitions: Definitions, key: AssetKey) -> list[str]:
    partitions = definitions.resolve_asset_graph().get(key).partitions_def
    assert partitions is not None
    return list(partitions.get_partition_keys(current_time=_NOW))


def _described(definitions: Definitions) -> dict[str, Any]:
    graph = definitions.resolve_asset_graph()
    nodes = sorted(graph.asset_nodes, key=lambda node: node.key)
    return {
        "assets": {
            node.key.to_user_string(): {
                "group": node.group_name,
                "kinds": sorted(node.kinds),
                "after": sorted(key.to_user_string() for key in node.parent_keys),
                "checks": sorted(key.name for key in node.check_keys),
            }
            for node in nodes
        },
        "jobs": sorted(job.name for job in definitions.resolve_all_job_defs()),
        "schedules": {
            schedule.name: f"{schedule.cron_schedule} {schedule.execution_timezone}"
            for schedule in definitions.schedules or []
            if isinstance(schedule, ScheduleDefinition)
        },
        "partitions": _partition_keys(definitions, nodes[0].key),
    }


class TestCodeLocation:
    """The demo's workspace, loaded without a server or a database."""

    def test_is_what_was_committed(self, tmp_path: Path) -> None:
        expected = json.loads(_SNAPSHOT.read_text("utf-8"))

        assert _described(_definitions(tmp_path)) == expected

    def test_every_asset_has_a_partition_for_exactly_the_business_days(
        self, tmp_path: Path
    ) -> None:
        definitions = _definitions(tmp_path)
        last = date(2026, 6, 15)
        days = calendar_named(CALENDAR).business_days(FIRST_DATE, last)

        found = {
            key: _partition_keys(definitions, key)
            for key in definitions.resolve_asset_graph().get_all_asset_keys()
        }

        assert len(found) == 12
        assert all(keys == [day.isoformat() for day in days] for keys in found.values())
        assert "2026-05-01" not in found[AssetKey(["cases", "discrepancies"])]

    def test_every_asset_and_check_says_what_it_is(self, tmp_path: Path) -> None:
        graph = _definitions(tmp_path).resolve_asset_graph()

        silent = [str(node.key) for node in graph.asset_nodes if not node.description]
        silent += [
            str(key) for key in graph.asset_check_keys if not graph.get_check_spec(key).description
        ]

        assert silent == []

    def test_loading_writes_nothing(self, tmp_path: Path) -> None:
        definitions = _definitions(tmp_path)
        written = {path for path in tmp_path.rglob("*") if path.is_file()}

        definitions.resolve_all_job_defs()

        found = {path for path in tmp_path.rglob("*") if path.is_file()}
        assert found == written
        assert not list(tmp_path.rglob("*.db"))


def main() -> None:
    """Write the snapshot anew."""
    with tempfile.TemporaryDirectory() as folder:
        text = json.dumps(_described(_definitions(Path(folder))), indent=1)
    _SNAPSHOT.parent.mkdir(parents=True, exist_ok=True)
    _SNAPSHOT.write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
