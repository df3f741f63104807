"""Trustly reports: items and fundings, returns, trailers, processed transactions."""

from datetime import date

import pytest

from parsers import ParsedFile, identify, parse

HEAD = "H,P11KFUN,1.0.0,2026-03-01T12:00:00.000Z,2026-03-02T12:00:00.000Z,3618,0001of0001"


def item(amount: str, reason: str = "AC118", movement: str = "Sale", fee: str = "") -> str:
    return (
        "I,9,2026-03-01T10:00:00.000Z,8,3618,Deferred,1,102,1111,hash,Capture,Completed,"
        f"2026-03-02T10:30:00.000Z,2026-03-02T10:05:00.000Z,USD,{amount},T1,{reason},6001,"
        f"{movement},PO-1,ptx,{fee}"
    )


def funding(amount: str) -> str:
    return f"F,Example,,T1,USD,{amount},21,2026-03-03T10:00:00.000Z"


def read(*rows: str) -> ParsedFile:
    return parse("\n".join([HEAD, *rows, ""]).encode())


class TestLines:
    """What one record becomes."""

    @pytest.mark.parametrize(
        ("reason", "movement", "amount", "kind"),
        [
            ("AC118", "Sale", "5.00", "sale"),
            ("AC118", "", "5.00", "sale"),
            ("AC118", "Refund", "-5.00", "refund"),
            ("R08", "Return", "-5.00", "chargeback"),
            ("R10", "", "-5.00", "chargeback"),
            ("R03", "Return", "-5.00", "reversal"),
            ("R03", "Sale", "5.00", "sale"),
        ],
    )
    def test_kinds(self, reason: str, movement: str, amount: str, kind: str) -> None:
        parsed = read(item(amount, reason, movement), f"L,1,{amount},0,0.00")

        assert parsed.frame["kind"].to_list() == [kind]
        assert parsed.warnings == ()

    def test_fee_and_net(self) -> None:
        line = read(item("5.00", fee="-0.03"), "L,1,5.00,0,0.00").frame.row(0, named=True)

        assert (line["fee_minor"], line["net_minor"], line["batch_ref"]) == (-3, 497, "T1")
        assert (line["merchant_ref"], line["psp_ref"], line["rrn"]) == ("PO-1", "9", "ptx")

    def test_processed_transactions_are_booked_where_they_were(self) -> None:
        head = HEAD.replace("FUN", "REC")
        rows = [
            f"T,{one},2026-03-01T12:05:14Z,8,3618,Deferred,1,51,5314,hash,Capture,{status},"
            "2026-03-02T05:52:53Z,USD,5.00,,,,,USD,,No,ptx"
            for one, status in enumerate(("Processed", "Denied"))
        ]

        parsed = parse("\n".join([head, *rows, "L,2,10.00,0.00", ""]).encode())

        assert parsed.frame["is_booked"].to_list() == [True, False]
        assert (parsed.statements[0].net_minor, parsed.warnings) == (500, ())


class TestControls:
    """Fundings and trailer."""

    def test_items_add_up_to_their_funding(self) -> None:
        parsed = read(item("5.00", fee="-0.03"), funding("4.97"), "L,1,5.00,1,4.97")

        assert [one.agrees for one in parsed.control_totals] == [True] * 5
        assert parsed.statements[0].consistent
        assert parsed.frame["value_date"].to_list() == [None, date(2026, 3, 3)]

    def test_every_figure_that_differs_is_a_warning(self) -> None:
        parsed = read(item("5.00"), funding("4.00"), "L,2,6.00,3,7.00")

        assert parsed.accepted
        assert [one.code for one in parsed.warnings] == [
            *["control_total_differs"] * 4,
            "batch_total_differs",
        ]


class TestRefusals:
    """What cannot be read."""

    @pytest.mark.parametrize(
        ("rows", "code"),
        [
            ((item("5.00"),), "file_cut_off"),
            ((item("5.00"), "L,x,5.00,0,0"), "control_total_unreadable"),
            ((item("5.0O"), "L,1,5.00,0,0"), "amount_unreadable"),
            ((item(""), "L,1,5.00,0,0"), "amount_missing"),
            ((item("5.00")[:60], "L,1,5.00,0,0"), "row_short"),
            (("Q,1", "L,0,0,0,0"), "record_unknown"),
        ],
    )
    def test_is_refused_with_its_reason(self, rows: tuple[str, ...], code: str) -> None:
        assert code in {one.code for one in read(*rows).refusals}

    def test_is_known_by_its_first_record(self) -> None:
        assert identify(HEAD.encode()) == "trustly_funding"
        assert identify(HEAD.replace("P11KFUN", "P11KXXX").encode()) is None
