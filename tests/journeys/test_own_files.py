"""A new user's first quarter of an hour: the tour of README.md, with its commands as they stand.

The workspace, the two files and every command are the user's; nothing is prepared by the test.
"""

import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

_README = Path(__file__).parents[2] / "README.md"
_TIEOUT = Path(sys.executable).with_name("tieout")


def _tieout(home: Path, *words: str, expect: int = 0) -> str:
    """Run `tieout` in the workspace as a user does; return what it printed on stdout."""
    result = subprocess.run(
        [_TIEOUT, *words], cwd=home, capture_output=True, text=True, check=False, timeout=300
    )
    assert result.returncode == expect, f"tieout {' '.join(words)}:\n{result.stderr}"
    return result.stdout


def _outcomes(home: Path, day: str) -> list[dict[str, str]]:
    return list(csv.DictReader(_tieout(home, "outcomes", "--date", day).splitlines()))


def _tour() -> list[list[str]]:
    """Return the commands of the README's tour, word by word."""
    block = re.search(r"```sh\n(tieout init .*?)```", _README.read_text("utf-8"), re.S)
    assert block is not None
    return [shlex.split(line) for line in block[1].splitlines()]


def _follow_tour(start: Path) -> tuple[Path, str]:
    """Do what the README says; return where it led and what its last command printed."""
    here, printed = start, ""
    for command, *words in _tour():
        if command == "cd":
            here = here / words[0]
        elif command == "cp":
            shutil.copy(here / words[0], here / words[1])
        else:
            assert command == "tieout"
            printed = _tieout(here, *words)
    return here, printed


@pytest.fixture(scope="module")
def toured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The workspace after the tour, and what the tour printed last."""
    return _follow_tour(tmp_path_factory.mktemp("user"))


class TestTour:
    """`tieout init` to `tieout outcomes`, then again."""

    def test_every_line_of_both_files_has_its_outcome(self, toured: tuple[Path, str]) -> None:
        _, printed = toured

        rows = list(csv.DictReader(printed.splitlines()))

        found = {(row["feed"], row["merchant_ref"]): row["outcome"] for row in rows}
        matched = ("A-0988", "A-1001", "A-1002", "A-1003", "A-1004", "A-1007")
        assert Counter(row["feed"] for row in rows) == {"orders": 8, "bank": 9}
        assert {found["orders", order] for order in matched} == {"matched"}
        assert {found["bank", order] for order in matched} == {"matched"}
        assert found["orders", "A-1006"] == "proposed"
        assert Counter(row["outcome"] for row in rows)["excluded"] == 1

    def test_the_planted_difference_is_one_break(self, toured: tuple[Path, str]) -> None:
        _, printed = toured

        rows = [row for row in csv.DictReader(printed.splitlines()) if row["outcome"] == "break"]

        assert [(row["feed"], row["amount_minor"]) for row in rows] == [
            ("orders", "24990"),
            ("bank", "24909"),
        ]
        assert {row["break_reason"] for row in rows} == {"amt_under"}
        assert len({row["case_id"] for row in rows}) == 1

    def test_not_a_cent_is_lost(self, toured: tuple[Path, str]) -> None:
        home, printed = toured

        rows = list(csv.DictReader(printed.splitlines()))

        orders = sum(int(row["amount_minor"]) for row in rows if row["feed"] == "orders")
        bank = sum(int(row["amount_minor"]) for row in rows if row["feed"] == "bank")
        assert orders == _cents_of(home / "inbox/orders/orders_2026-03-02.csv")
        assert bank == 4990 + 125000 + 1875 + 9899 + 24909 + 7320 + 32000 - 3550 - 490

    def test_running_it_again_changes_nothing(self, toured: tuple[Path, str]) -> None:
        home, printed = toured

        again = json.loads(_tieout(home, "run", "--date", "2026-03-02", "--json"))

        assert again["changed"] == 0
        assert _tieout(home, "outcomes", "--date", "2026-03-02") == printed

    def test_the_case_names_both_amounts(self, toured: tuple[Path, str]) -> None:
        home, printed = toured
        broken = [row for row in csv.DictReader(printed.splitlines()) if row["case_id"]]

        shown = _tieout(home, "cases", "show", broken[0]["case_id"])

        assert "249.90" in shown
        assert "249.09" in shown


class TestNextDay:
    """The days after: a payment that comes late, a file that does not come."""

    def test_an_order_waits_for_its_payment_until_the_day_after(self, tmp_path: Path) -> None:
        home, _ = _follow_tour(tmp_path)
        _write_orders(home, "2026-03-03", [("A-1010", "59.00")])
        _write_bank(home, "03.03.2026", [])

        _tieout(home, "run", "--date", "2026-03-03")
        waiting = _outcome_of(home, "2026-03-03", "A-1010")
        _write_orders(home, "2026-03-04", [])
        _write_bank(home, "04.03.2026", [("A-1010", "59,00")])
        _tieout(home, "run", "--date", "2026-03-04")

        assert waiting == "carried"
        assert _outcome_of(home, "2026-03-04", "A-1010") == "matched"

    def test_a_missing_file_is_exit_code_4_and_no_storm_of_breaks(self, tmp_path: Path) -> None:
        home, _ = _follow_tour(tmp_path)
        _write_orders(home, "2026-03-03", [("A-1010", "59.00"), ("A-1011", "60.00")])

        _tieout(home, "run", "--date", "2026-03-03", expect=4)

        reasons = Counter(row["break_reason"] for row in _outcomes(home, "2026-03-03"))
        assert reasons["miss_bank"] == 0


class TestWrongFile:
    """What a user gets wrong first: a column that is called otherwise."""

    def test_is_refused_with_what_to_do_and_exit_code_6(self, tmp_path: Path) -> None:
        _tieout(tmp_path, "init", "books")
        home = tmp_path / "books"
        for feed in ("orders", "bank"):
            name = f"{feed}_2026-03-02.csv"
            text = (home / "examples" / name).read_text("utf-8").replace("Betrag", "Summe")
            (home / "inbox" / feed / name).write_text(text, "utf-8")

        _tieout(home, "run", "--date", "2026-03-02", expect=6)

        listed = _tieout(home, "cases", "ls", "--json")
        assert "file_integrity" in listed
        assert "Betrag" in listed


def _outcome_of(home: Path, day: str, order: str) -> str:
    rows = [row for row in _outcomes(home, day) if row["feed"] == "orders"]
    return next(row["outcome"] for row in rows if row["merchant_ref"] == order)


def _cents_of(orders: Path) -> int:
    """Sum the file as a person would: credits less refunds."""
    total = 0
    for row in csv.DictReader(orders.read_text("utf-8").splitlines()):
        cents = int(row["amount"].replace(".", ""))
        total += -cents if row["kind"] == "refund" else cents
    return total


def _write_orders(home: Path, day: str, orders: list[tuple[str, str]]) -> None:
    lines = ["order_id,ordered_on,kind,amount,currency,customer"]
    lines += [f"{order},{day},sale,{amount},EUR,Ibsen" for order, amount in orders]
    path = home / "inbox" / "orders" / f"orders_{day}.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _write_bank(home: Path, day: str, payments: list[tuple[str, str]]) -> None:
    head = (home / "examples" / "bank_2026-03-02.csv").read_text("utf-8").splitlines()[0]
    lines = [head]
    lines += [
        f'"DE02120300000000202051";"{day}";"{day}";"GUTSCHRIFT";"{order}";"{amount}";"EUR"'
        for order, amount in payments
    ]
    iso = "-".join(reversed(day.split(".")))
    (home / "inbox" / "bank" / f"bank_{iso}.csv").write_text("\n".join(lines) + "\n", "utf-8")
