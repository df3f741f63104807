"""The core's own lines, exported again after it has learnt of more."""

from datetime import UTC, date, datetime
from pathlib import Path

from assets.landed import land_dates
from assets.lines import lines_received
from assets.night import open_night
from assets.parsed import parse_dates
from tests.tieout.store.scripted import Clock, ScriptedProvider, order, service_on
from tieout.config import load_workspace
from tieout.money import Money
from tieout.simulator.workspace import write_workspace
from tieout.store.engine import Database
from tieout.store.files import files_received_on
from tieout.transfer.sftp import SftpLogin

DAY = date(2026, 4, 28)


class TestRestatedExport:
    """Two runs of one date, with a capture in between."""

    def test_both_exports_are_kept_and_each_line_counts_once(self, tmp_path: Path) -> None:
        login = SftpLogin("127.0.0.1", 22, "nobody", ".", Path("key"), Path("known_hosts"))
        write_workspace(tmp_path, login, seed=1)
        workspace = load_workspace(tmp_path)
        database = Database(workspace.database_url)
        database.upgrade()
        clock = Clock(datetime(2026, 4, 28, 9, tzinfo=UTC))
        payments = service_on(database, ScriptedProvider(), clock)
        heights = []

        for number in (1, 2):
            payment = payments.authorise(order(f"order-{number}"))
            payments.capture(payment.id, f"capture-{number}", Money(10_000, "EUR"))
            with open_night(workspace, first=DAY, last=DAY) as night:
                for _ in range(2):  # asking again for what is known changes nothing
                    land_dates(night, workspace.feeds["core"], [DAY])
                    parse_dates(night, workspace.feeds["core"], [DAY])
                with night.database.reading() as connection:
                    heights.append(lines_received(night, connection, "core", DAY).height)
                    files = files_received_on(connection, "core", DAY)

        assert heights == [1, 2]
        assert [(file.state, file.version) for file in files] == [("parsed", 1), ("parsed", 1)]
        assert len({file.name for file in files}) == 2
        database.close()
