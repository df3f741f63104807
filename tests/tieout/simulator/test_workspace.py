"""The workspace that the simulator writes loads as anybody's would."""

import stat
from pathlib import Path

from matchers.plan import build_plan
from tests.tieout.simulator.reconciling import NOBODY
from tieout.config import load_workspace
from tieout.simulator.merchants import contract_fee
from tieout.simulator.workspace import write_workspace


class TestWorkspace:
    """Settings, feeds and the plan."""

    def test_loads_with_four_feeds_and_three_legs(self, tmp_path: Path) -> None:
        written = write_workspace(tmp_path, NOBODY, seed=1)

        workspace = load_workspace(tmp_path)

        plan = build_plan(workspace.reconciliations["cards"])
        assert [leg.name for leg in plan.legs] == [
            "core_clearing",
            "clearing_advice",
            "advice_bank",
        ]
        assert {feed for leg in plan.legs for feed in (leg.left, leg.right)} == set(workspace.feeds)
        assert all((tmp_path / path).is_file() for path in written)

    def test_states_the_contract_that_the_processor_charges_by(self, tmp_path: Path) -> None:
        write_workspace(tmp_path, NOBODY, seed=1)

        plan = build_plan(load_workspace(tmp_path).reconciliations["cards"])

        (fees,) = plan.get_leg("clearing_advice").fees
        for kind, fee in fees.kinds.items():
            for currency in ("EUR", "USD", "JPY"):
                share = (10_000 * fee.percent_bps + 5_000) // 10_000
                expected = contract_fee(kind, 10_000, currency)
                assert share + fee.flat_minor.get(currency, 0) == expected

    def test_keeps_the_fingerprint_key_to_its_owner_and_to_its_seed(self, tmp_path: Path) -> None:
        for name, seed in (("one", 1), ("again", 1), ("other", 2)):
            write_workspace(tmp_path / name, NOBODY, seed=seed)

        keys = {name: (tmp_path / name / "data/pan.key") for name in ("one", "again", "other")}

        assert stat.S_IMODE(keys["one"].stat().st_mode) == 0o600
        assert keys["one"].read_text() == keys["again"].read_text() != keys["other"].read_text()

    def test_uses_another_database_where_one_is_named(self, tmp_path: Path) -> None:
        url = "mysql+pymysql://tieout@127.0.0.1:3306/tieout"

        write_workspace(tmp_path, NOBODY, seed=1, database_url=url)

        assert load_workspace(tmp_path).database_url == url
