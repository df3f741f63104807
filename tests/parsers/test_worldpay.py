"""Both Worldpay files: fixed-width EMIS records with their totals, the US detail file."""

import polars as pl
import pytest

from parsers import ParsedFile, Stream, identify, parse

BLANK = " " * 13


def totals(**found: tuple[int, int]) -> str:
    """Return six sums and six numbers; slots d, r, p (debits) and D, R, P (credits)."""
    slots = [found.get(one, (0, 0)) for one in "drpDRP"]
    return "".join(f"{one:011}" for one, _ in slots) + "".join(f"{one:07}" for _, one in slots)


def transaction(
    number: int,
    value: int,
    *,
    kind: str = "0",
    status: str = "A",
    local: str = BLANK,
    own: str = BLANK,
) -> str:
    return (
        f"15{number:08}411111******1111   1228{value:011}010326101500{kind}E041920{status}  "
        f"{local}{own}AVI   "
    )


def emis_file(sums: str, *records: str) -> bytes:
    head = [
        f"00000000010000000001234{1:07}{sums}260610004004",
        f"05000000020000000021998{1:07}{sums}",
        f"10000000030000088240263010326260302{sums}",
    ]
    return "\n".join([*head, *records, ""]).encode()


def emis(sums: str, *records: str) -> ParsedFile:
    return parse(emis_file(sums, *records), format="worldpay_emis")


class TestEmis:
    """The fixed-width file."""

    def test_purchases_are_credits_and_refunds_debits(self) -> None:
        sums = totals(D=(2500, 1), d=(500, 1))

        parsed = emis(sums, transaction(4, 2500), transaction(5, 500, kind="5"))

        assert parsed.frame["amount_minor"].to_list() == [2500, -500]
        assert parsed.frame["kind"].to_list() == ["sale", "refund"]
        assert parsed.frame["pan_masked"].to_list() == ["411111******1111"] * 2
        assert all(one.agrees for one in parsed.control_totals)
        assert parsed.findings == ()

    def test_the_settlement_value_counts_with_its_own_exponent(self) -> None:
        record = transaction(4, 80, local="000001500JPY0", own="000001000EUR3")

        line = emis(totals(D=(100, 1)), record).frame.row(0, named=True)

        assert (line["amount_minor"], line["currency"], line["exponent"]) == (100, "EUR", 2)
        assert (line["original_amount_minor"], line["original_currency"]) == (1500, "JPY")

    def test_an_amount_that_is_not_exact_is_refused(self) -> None:
        parsed = emis(totals(D=(1, 1)), transaction(4, 80, own="000001001EUR3"))

        assert [one.code for one in parsed.refusals] == ["exponent_differs"]

    @pytest.mark.parametrize("own", ["00000100XEUR2", "000001000EUR9"])
    def test_a_settlement_value_that_cannot_be_read_is_refused(self, own: str) -> None:
        parsed = emis(totals(D=(80, 1)), transaction(4, 80, own=own))

        assert [one.code for one in parsed.refusals] == ["amount_unreadable"]

    def test_only_accepted_transactions_are_booked(self) -> None:
        sums = totals(D=(1, 1), R=(2, 1), P=(3, 1))
        records = [transaction(4 + at, at + 1, status=one) for at, one in enumerate("ARP")]

        parsed = emis(sums, *records)

        assert parsed.frame["is_booked"].to_list() == [True, False, False]
        assert parsed.findings == ()

    def test_a_sum_that_differs_is_a_warning_and_a_number_a_refusal(self) -> None:
        sum_only = emis(totals(D=(2501, 1)), transaction(4, 2500))
        number = emis(totals(D=(2500, 2)), transaction(4, 2500))

        assert (sum_only.accepted, len(sum_only.warnings)) == (True, 3)
        assert {one.code for one in number.refusals} == {"control_total_differs"}

    def test_a_record_that_is_missing_is_noticed_by_the_numbers(self) -> None:
        parsed = emis(totals(D=(2500, 1)), transaction(5, 2500))

        assert [(one.code, one.line) for one in parsed.refusals] == [("message_number", 4)]

    def test_records_stand_below_the_ones_they_belong_to(self) -> None:
        sums = totals(D=(2500, 1))

        parsed = emis(sums, f"05{4:08}{21999:013}{0:07}{sums}", transaction(5, 2500))

        assert [(one.code, one.line) for one in parsed.refusals] == [("record_misplaced", 5)]

    def test_small_batches_give_the_same(self) -> None:
        records = [transaction(4 + at, at + 1, status=one) for at, one in enumerate("ARPX")]
        file = emis_file(totals(D=(1, 1), R=(2, 1), P=(3, 1)), *records)
        stream = Stream(file, format="worldpay_emis", batch_bytes=150)

        lines, whole = pl.concat(list(stream)), parse(file)

        assert lines.equals(whole.frame)
        assert stream.outcome.statements == whole.statements
        assert stream.outcome.findings == whole.findings

    @pytest.mark.parametrize(
        ("record", "code"), [("99" + "0" * 60, "record_unknown"), ("15" + "0" * 60, "record_short")]
    )
    def test_odd_records_are_refused(self, record: str, code: str) -> None:
        parsed = emis(totals(), record)

        assert code in {one.code for one in parsed.refusals}


LYNK_HEAD = '"1","2.0.0","1000709210","3/1/2026","3/1/2026","3/2/2026 8:28:10 AM"'


def detail(kind: str, amount: str, **changes: str) -> str:
    fields = ["0"] * 53
    fields[:9] = [
        "2",
        "24224434241105005644288",
        "5429",
        "LK",
        "3/1/2026",
        "828019",
        "1",
        "Visa",
        kind,
    ]
    fields[14], fields[52] = amount, "PO-1"
    for place, text in changes.items():
        fields[int(place[1:])] = text
    return ",".join(f'"{one}"' for one in fields)


def lynk(count: int, *rows: str) -> ParsedFile:
    text = "\n".join([LYNK_HEAD, "", *rows, f'"3","{count}","3/2/2026 8:28:10 AM"', ""])
    return parse(text.encode())


class TestLynk:
    """The US detail file."""

    def test_types_say_the_direction(self) -> None:
        parsed = lynk(2, detail("Credit Sale", "12.5"), detail("Credit Return", "4"))

        assert parsed.frame["amount_minor"].to_list() == [1250, -400]
        assert parsed.frame["scheme_ref"][0] == "24224434241105005644288"
        assert parsed.findings == ()

    def test_card_numbers_in_clear_are_hidden(self) -> None:
        parsed = lynk(1, detail("Credit Sale", "1", p21="5555555555554444"))

        line = parsed.frame.row(0, named=True)

        assert line["pan_masked"] == "555555******4444"
        assert len(line["pan_fingerprint"]) == 64

    def test_an_authorisation_alone_is_not_booked(self) -> None:
        parsed = lynk(1, detail("Credit Sale", "1", p10="1"))

        assert parsed.frame["is_booked"].to_list() == [False]

    def test_more_fields_may_follow(self) -> None:
        parsed = lynk(2, detail("Credit Sale", "1") + ',"0","0"', detail("Credit Sale", "1"))

        assert parsed.accepted

    @pytest.mark.parametrize(
        ("count", "row", "code"),
        [
            (2, detail("Credit Sale", "1"), "control_total_differs"),
            (1, detail("Credit Sale", "1.005"), "amount_unreadable"),
            (1, detail("Credit Sale", ""), "amount_missing"),
            (1, detail("Credit Sale", "1", p4="13/1/2026"), "date_unreadable"),
            (1, '"2","1","2"', "row_short"),
        ],
    )
    def test_is_refused_with_its_reason(self, count: int, row: str, code: str) -> None:
        assert code in {one.code for one in lynk(count, row).refusals}

    def test_is_known_by_its_header(self) -> None:
        assert identify(LYNK_HEAD.encode()) == "worldpay_lynk"
