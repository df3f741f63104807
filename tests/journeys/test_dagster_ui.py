"""An engineer's backfill in Dagster's own UI, and the way from there to the finance team's pages.

The real thing: web server, daemon and code server as `tieout dagster` starts them, a browser that
clicks, and the same dates run one by one by `tieout run` to compare with.
"""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.support.dagster import processes_of, running
from tests.support.launcher import Launcher
from tests.support.nights import outcome_bytes, run_night
from tests.support.processes import free_port
from tests.support.scratch import scratch_folder
from tests.support.seeds import PlayedWorld, login_to, small_world
from tieout.cli.simulated import serving_files
from tieout.config import load_workspace
from tieout.simulator.upload import upload
from tieout.store.engine import Database
from tieout.store.runs import committed_dates

_SEED = 4
_DATES = small_world(_SEED).dates[:5]
_FIRST, _LAST = _DATES[0], _DATES[-1]
_DAEMON_MS = 240_000
"""The daemon looks for backfills twice a minute; then the run has to start and to work."""

_BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A workspace whose core holds a whole world and whose files all lie on the server."""
    folder = scratch_folder("dagster")
    home = folder / "world"
    home.mkdir()
    with serving_files(home, seed=_SEED) as server:
        world = PlayedWorld.begin(home, small_world(_SEED), login_to(server))
        for day in world.simulator.world.dates:
            upload(world.play(day), login_to(server))
        world.database.close()
    with (home / "tieout.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[web]\nport = {free_port()}\n")
    yield home
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_BROWSER)
        context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
        context.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        yield context.new_page()
        browser.close()


def _launch_backfill(page: Page, address: str) -> None:
    page.goto(f"{address}/asset-groups")
    page.get_by_role("button", name="Materialize all").click()
    page.get_by_text("Show all partitions").click()
    chosen = page.get_by_placeholder("ex: ")
    chosen.fill(f"[{_FIRST}...{_LAST}]")
    chosen.press("Tab")
    expect(page.get_by_text("5 partitions", exact=True)).to_be_visible()
    page.get_by_role("button", name="Launch backfill").click()
    created = page.get_by_text("Created backfill")
    expect(created).to_be_visible()
    page.goto(f"{address}/runs/b/{created.inner_text().split()[-1]}")


def _committed(home: Path) -> list[date]:
    database = Database(load_workspace(home).database_url)
    with database.reading() as connection:
        dates = committed_dates(connection)
    database.close()
    return dates


class TestBackfill:
    """Five business dates over a closing day and a weekend, chosen as one range."""

    def test_a_range_from_the_asset_graph_equals_its_dates_run_one_by_one(
        self, home: Path, page: Page
    ) -> None:
        one_by_one = home.with_name("one_by_one")
        shutil.copytree(home, one_by_one)
        with Launcher() as launcher:
            for day in _DATES:
                done = run_night(one_by_one, day, launcher=launcher)
                assert done.code in (0, 4), done.stderr  # 4: a file is late
            expected = [outcome_bytes(one_by_one, day, launcher=launcher) for day in _DATES]
        matched = "/assets/matched/cards/core_clearing"

        with running(home, "dagster", free_port(), path="/server_info") as dagster:
            _launch_backfill(page, dagster)
            # The word heads a column from the start; the second one is the backfill's own state.
            succeeded = page.get_by_text("Succeeded", exact=True)
            expect(succeeded).to_have_count(2, timeout=_DAEMON_MS)

            # The partition shows its own date, not the sum of the range.
            page.goto(f"{dagster}{matched}?view=partitions&partition={_LAST}")
            expect(page.get_by_text("match_rate_pct")).to_be_visible()
            expect(page.get_by_text("Materialized (5)")).to_be_visible()
            self._follow_to_the_cases(home, page)

            page.goto(f"{dagster}{matched}?view=checks")
            expect(page.get_by_text("nothing_lost").first).to_be_visible()
            expect(page.get_by_text("Passed").first).to_be_visible()
            page.goto(f"{dagster}/asset-groups")
            expect(page.get_by_text("mastercard_clearing").first).to_be_visible()
            page.keyboard.press("Alt+e")
            expect(page.get_by_text("discrepancies").first).to_be_visible()

        assert processes_of(home) == {}
        assert _committed(home) == list(_DATES)
        with Launcher() as launcher:
            assert [outcome_bytes(home, day, launcher=launcher) for day in _DATES] == expected

    def _follow_to_the_cases(self, home: Path, page: Page) -> None:
        """Take the link of the partition to the pages, and look at overview and a case."""
        port = load_workspace(home).settings.web.port
        with running(home, "serve", port) as pages:
            with page.expect_popup() as opened:
                page.get_by_role("link", name=f"{pages}/cases").first.click()
            cases = opened.value
            expect(cases.get_by_role("heading", level=1)).to_have_text("Cases")
            expect(cases.get_by_label("Opened on")).to_have_value(_LAST.isoformat())
            cases.goto(f"{pages}/")
            expect(cases.get_by_role("row").nth(1)).to_be_visible()
            cases.goto(f"{pages}/cases?reason=amt_under")
            cases.get_by_role("row").nth(1).get_by_role("link").first.click()
            expect(cases.get_by_role("region", name="Bytes as received").first).to_be_visible()
            cases.close()
