"""EP-747: what is booked of a bundle, signs, cross-footing, reports that do not end."""

from datetime import date

import pytest

from parsers import ParsedFile, parse
from tests.support.ep747_files import no_data, recap, report, write_ep747

FUNDS = "1000184100"


def codes(parsed: ParsedFile) -> list[str]:
    return [one.code for one in parsed.findings]


class TestLines:
    """Settlement summaries."""

    def test_the_net_is_booked_and_its_parts_are_not(self) -> None:
        parsed = parse(write_ep747(report(), no_data()))

        booked = parsed.frame.filter("is_booked").to_dicts()

        assert (parsed.format, codes(parsed), parsed.records) == ("visa_ep747", [], 2)
        assert [(one["kind"], one["amount_minor"]) for one in booked] == [("payout", 121716)]
        assert booked[0]["business_date"] == date(2026, 7, 5)
        assert booked[0]["account"] == "1000184102"
        assert parsed.frame.height == 16
        assert parsed.statements[0].net_minor == 121716

    def test_what_a_report_above_includes_is_not_booked_twice(self) -> None:
        parsed = parse(write_ep747(report(), report(entity=FUNDS)))

        booked = parsed.frame.filter("is_booked")

        assert booked["account"].to_list() == [FUNDS]

    def test_debits_are_negative(self) -> None:
        parsed = parse(write_ep747(report(interchange=(0, 1_234_567_89))))

        booked = parsed.frame.filter("is_booked")

        assert booked["amount_minor"].to_list() == [-123456789 - 1234 - 500]

    @pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("KWD", 3), ("840", 2)])
    def test_decimals_follow_the_currency(self, currency: str, decimals: int) -> None:
        parsed = parse(write_ep747(report(currency=currency, decimals=decimals)))

        assert codes(parsed) == []
        assert parsed.frame["exponent"].unique().to_list() == [decimals]
        assert parsed.frame.filter("is_booked")["amount_minor"].to_list() == [121716]

    def test_a_report_goes_on_over_pages(self) -> None:
        lines = report()
        top = report(page=2)[:4]

        parsed = parse(write_ep747([*lines[:20], *top, *lines[20:]]))

        assert (codes(parsed), parsed.records, parsed.frame.height) == ([], 1, 16)


class TestControls:
    """Printed totals are not trusted."""

    def test_a_total_that_its_columns_contradict_is_a_warning(self) -> None:
        text = write_ep747(report()).replace(b"1,217.16CR", b"1,217.17CR")

        parsed = parse(text)

        assert parsed.accepted
        assert set(codes(parsed)) == {"control_total_differs"}
        assert parsed.statements[0].consistent is False

    def test_a_recap_must_agree_with_the_summary(self) -> None:
        right, wrong = (parse(write_ep747(report(), recap(one))) for one in (121716, 121715))

        assert codes(right) == []
        assert codes(wrong) == ["control_total_differs"]

    def test_every_changed_digit_of_a_figure_is_noticed(self) -> None:
        data = write_ep747(report())
        start = data.index(b"INTERCHANGE VALUE\n")
        places = [at for at in range(start, len(data) - 40) if data[at : at + 1].isdigit()]

        silent = [at for at in places if not parse(changed(data, at)).findings]

        assert len(places) > 100
        assert silent == []

    def test_every_truncation_is_refused(self) -> None:
        data = write_ep747(report())

        accepted = [size for size in range(60, len(data) - 5, 7) if parse(data[:size]).accepted]

        assert accepted == []

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            (b"EUR", b"XXQ", "currency_missing"),
            (b"05JUL26", b"05JUX26", "settlement_unreadable"),
            (b"1,234.50CR", b"1,234.50  ", "total_unreadable"),
            (b"TOTAL ISSUER  ", b"TOTAL ACQUIRER", "record_order"),
        ],
    )
    def test_what_cannot_be_read_is_refused(self, old: bytes, new: bytes, code: str) -> None:
        assert code in codes(parse(write_ep747(report()).replace(old, new)))


def changed(data: bytes, at: int) -> bytes:
    """Return the file with another digit at one place."""
    return data[:at] + (b"7" if data[at : at + 1] != b"7" else b"8") + data[at + 1 :]
