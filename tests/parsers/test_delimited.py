"""Delimited files: what each odd file and each odd value means."""

import re
from datetime import UTC, datetime

import pytest

from parsers import ParsedFile, parse
from parsers.declared.forms import check_date_form, check_time_form
from tieout.errors import UsageError

LAYOUT: dict[str, object] = {
    "kind": {"column": "type", "values": {"S": "sale", "R": "refund", "P": "payout"}},
    "columns": {
        "amount": "amount",
        "currency": "currency",
        "business_date": "date",
        "batch_ref": "batch",
    },
}
HEADER = b"type,amount,currency,date,batch\n"


def read(*lines: str, head: bytes = HEADER, **changes: object) -> ParsedFile:
    body = "".join(f"{line}\n" for line in lines).encode()
    return parse(head + body, layout=LAYOUT | changes, feed="ours")


def refusal(parsed: ParsedFile) -> tuple[str, int | None, int | None]:
    first = parsed.refusals[0]
    return first.code, first.line, first.byte_offset


class TestAmounts:
    """Text of amounts: exact, or refused."""

    @pytest.mark.parametrize(
        ("text", "minor"),
        [("1", 100), ("1.5", 150), ("1.50", 150), ("1.500", 150), ("-0", 0), ("00012", 1200)],
    )
    def test_exact_ones_are_read(self, text: str, minor: int) -> None:
        parsed = read(f"S,{text},EUR,2026-03-02,B")

        assert parsed.frame["amount_minor"].to_list() == [minor]

    @pytest.mark.parametrize(
        "text",
        [
            *("1e3", "+1", "1_000", "\uff11\uff12", "\u0663", "\u22121", "(1.00)", "1.00-", " 12"),
            *("12 ", ".5", "5.", "0x10", "NaN", "inf", "1.005", "99999999999999999999", "12}"),
            *("1'000", "1.00 EUR", "1.234.56"),
        ],
    )
    def test_others_are_refused_with_line_and_offset(self, text: str) -> None:
        parsed = read("S,1,EUR,2026-03-02,B", f"S,{text},EUR,2026-03-02,B")

        assert refusal(parsed) == ("amount_unreadable", 3, len(HEADER) + 21)

    def test_currencies_scale_by_their_own_exponent(self) -> None:
        parsed = read("S,1500,JPY,2026-03-02,B", "S,1.234,KWD,2026-03-02,B")

        assert parsed.frame["amount_minor"].to_list() == [1500, 1234]
        assert parsed.frame["exponent"].to_list() == [0, 3]

    def test_thousands_stand_every_three_digits_or_not_at_all(self) -> None:
        changes = {"decimal": ",", "thousands": ".", "delimiter": ";"}
        head = HEADER.replace(b",", b";")

        right = read("S;1.234.567,8;EUR;2026-03-02;B", head=head, **changes)
        wrong = read("S;12.34,5;EUR;2026-03-02;B", head=head, **changes)

        assert right.frame["amount_minor"].to_list() == [123456780]
        assert not wrong.accepted


class TestShape:
    """Lines and fields, before any value is read."""

    @pytest.mark.parametrize(
        ("data", "code", "line", "offset"),
        [
            (HEADER + b"S,1,EUR,2026-03-02\n", "row_short", 2, 32),
            (HEADER + b"S,1,EUR,2026-03-02,B,x\n", "row_long", 2, 32),
            (HEADER + b"\nS,1,EUR,2026-03-02,B\n", "blank_line", 2, 32),
            (HEADER.replace(b"\n", b"\r") + b"S,1,EUR,2026-03-02,B\r", "line_ending_cr", 1, 31),
            ((HEADER + b"S").decode().encode("utf-16"), "encoding_differs", 1, 0),
            (HEADER + b"S,1,EUR,2026-03-02,\0\n", "nul_byte", 2, 51),
            (HEADER + b"S,1,EUR,2026-03-02,\xfc\n", "encoding_differs", 2, 51),
            (HEADER.replace(b"batch", b"date") + b"", "header_duplicate", 1, 0),
            (HEADER + b'S,1,EUR,2026-03-02,"B\n', "quote_unclosed", 2, 51),
            (HEADER + b'S,1,EUR,2026-03-02,B"B"\n', "quote_misplaced", 2, 52),
            (b"", "header_missing", None, 0),
        ],
    )
    def test_is_refused_where_it_is_wrong(
        self, data: bytes, code: str, line: int | None, offset: int
    ) -> None:
        parsed = parse(data, layout=LAYOUT)

        assert refusal(parsed) == (code, line, offset)

    def test_a_byte_order_mark_is_skipped_with_a_warning(self) -> None:
        parsed = read("S,1,EUR,2026-03-02,B", head=b"\xef\xbb\xbf" + HEADER)

        assert parsed.accepted
        assert [one.code for one in parsed.warnings] == ["byte_order_mark"]

    def test_line_breaks_inside_quotes_belong_to_the_field(self) -> None:
        parsed = read('S,1,EUR,2026-03-02,"a', 'b"', "R,-2,EUR,2026-03-02,B")

        assert parsed.frame["batch_ref"].to_list() == ["a\nb", "B"]
        assert parsed.frame["byte_start"].to_list() == [32, 57]
        assert parsed.frame["byte_length"].to_list() == [24, 21]

    def test_columns_that_nobody_asks_for_are_no_obstacle(self) -> None:
        head = b"type,note,amount,currency,,date,batch,\n"

        parsed = read("S,x,1,EUR,y,2026-03-02,B,z", head=head)

        assert parsed.frame["batch_ref"].to_list() == ["B"]

    def test_without_header_columns_are_numbers(self) -> None:
        columns = {"amount": 1, "currency": "2", "business_date": 3}

        parsed = parse(
            b"1.00,EUR,2026-03-02\n",
            layout={"header": False, "kind": {"constant": "sale"}, "columns": columns},
        )

        assert parsed.frame["amount_minor"].to_list() == [100]


class TestSigns:
    """Where the direction of money comes from."""

    def test_two_columns(self) -> None:
        layout = {
            "kind": {"constant": "payout"},
            "sign": {"rule": "two_columns", "credit": "in", "debit": "out"},
            "columns": {"currency": "c", "business_date": "d"},
        }

        parsed = parse(b"in,out,c,d\n5,,EUR,2026-03-02\n,7,EUR,2026-03-02\n", layout=layout)

        assert parsed.frame["amount_minor"].to_list() == [500, -700]

    def test_an_indicator(self) -> None:
        sign = {"rule": "indicator", "column": "batch", "credit": "C", "debit": ["D", "DB"]}

        parsed = read("S,5,EUR,2026-03-02,C", "S,7,EUR,2026-03-02,DB", sign=sign)
        unknown = read("S,5,EUR,2026-03-02,X", sign=sign)

        assert parsed.frame["amount_minor"].to_list() == [500, -700]
        assert refusal(unknown)[0] == "indicator_unknown"


class TestTrailer:
    """What the file declares about itself."""

    TRAILER = {  # noqa: RUF012 - a constant of the tests
        "record": "T",
        "count": {"field": 2},
        "sums": [{"field": 3}],
        "hash": {"field": 4, "over": "batch", "digits": 4},
    }

    @pytest.mark.parametrize(
        ("trailer", "accepted"),
        [
            ("T,2,3.00,30", True),
            ("T,3,3.00,30", False),
            ("T,2,3.01,30", False),
            ("T,2,3,31", False),
        ],
    )
    def test_contradictions_refuse_the_file(self, trailer: str, accepted: bool) -> None:
        lines = ("S,1,EUR,2026-03-02,B10", "S,2,EUR,2026-03-02,B20")

        parsed = read(*lines, trailer, trailer=self.TRAILER)

        assert parsed.accepted is accepted

    def test_a_missing_one_refuses_the_file(self) -> None:
        parsed = read("S,1,EUR,2026-03-02,B10", trailer=self.TRAILER)

        assert refusal(parsed)[0] == "trailer_missing"


class TestGroupTotal:
    """What a line declares about the lines of its batch."""

    def test_a_difference_is_a_warning(self) -> None:
        lines = ("S,1,EUR,2026-03-02,B", "P,3,EUR,2026-03-02,B")

        parsed = read(*lines, group_total={"over": "amount"})

        assert parsed.accepted
        assert [one.code for one in parsed.warnings] == ["batch_total_differs"]
        assert not parsed.control_totals[0].agrees


class TestLayout:
    """Configuration errors are for people to fix."""

    @pytest.mark.parametrize(
        ("changes", "hint"),
        [
            ({"delimeter": ";"}, "did you mean 'delimiter'"),
            ({"columns": {"amuont": "a"}}, "did you mean 'amount'"),
            ({"kind": {"constant": "sail"}}, "'sail' is no kind"),
            ({"columns": {"amount": "a"}}, "must name business_date, currency"),
            ({"decimal": ",", "thousands": ","}, "decimal and thousands are both ','"),
            ({"delimiter": ";", "quote": ";"}, "delimiter and quote are both ';'"),
            ({"datetime_format": "%Y-%m-%d %H:%M:%S.%f%f"}, "has %f twice"),
        ],
    )
    def test_mistakes_are_wrong_use(self, changes: dict[str, object], hint: str) -> None:
        with pytest.raises(UsageError, match=hint):
            parse(HEADER, layout=LAYOUT | changes)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"date_format": "TT.MM.JJJJ"}, "write %d.%m.%Y"),
            ({"date_format": "%Q"}, "'%Q' in '%Q' is no part of a date"),
            ({"date_format": "%m.%Y"}, "does not name one day, month and year"),
            ({"datetime_format": "HH:MM"}, "write %Y-%m-%d %H:%M:%S"),
        ],
    )
    def test_a_wrong_date_format_is_a_fault_of_the_layout(
        self, changes: dict[str, object], said: str
    ) -> None:
        with pytest.raises(UsageError, match=said):
            parse(HEADER, layout=LAYOUT | changes)

    @pytest.mark.parametrize("form", ["%d.%m.%Y", "%y%m%d", "%d %b %Y", "%B %d, %Y", "%Y-%j"])
    def test_every_way_to_write_a_date_is_a_date_format(self, form: str) -> None:
        assert check_date_form(form) == form

    @pytest.mark.parametrize(
        "form", ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y%m%d%H%M%S"]
    )
    def test_every_way_to_write_a_time_is_a_datetime_format(self, form: str) -> None:
        assert check_time_form(form) == form

    @pytest.mark.parametrize(
        ("form", "text", "microsecond"),
        [
            ("%Y-%m-%d %H:%M:%S.%f", "2026-03-02 14:05:00.25", 250_000),
            ("%Y-%m-%d %H:%M:%S,%f", "2026-03-02 14:05:00,250", 250_000),
            ("%Y%m%d%H%M%S%f", "20260302140500250", 250_000),
            ("%d.%m.%Y %H:%M:%S,%f%z", "02.03.2026 15:05:00,000001+01:00", 1),
        ],
    )
    @pytest.mark.filterwarnings("error")
    @pytest.mark.parametrize("lines", [1, 300])
    def test_a_fraction_of_a_second_is_one_whatever_stands_before_it(
        self, form: str, text: str, microsecond: int, lines: int
    ) -> None:
        data = b"a|c|d|at\n" + f"1|EUR|2026-03-02|{text}\n".encode() * lines
        columns = {"amount": "a", "currency": "c", "business_date": "d", "event_at": "at"}
        layout = {"kind": {"constant": "sale"}, "columns": columns, "datetime_format": form}

        found = parse(data, layout=layout | {"delimiter": "|"}).frame["event_at"]

        assert set(found) == {datetime(2026, 3, 2, 14, 5, 0, microsecond, tzinfo=UTC)}

    @pytest.mark.parametrize(
        ("table", "key", "said"),
        [
            ("trailer", "is_expected", "above the first [table]"),
            ("columns", "is_expected", "above the first [table]"),
            ("columns", "fee_sign", "it belongs to [layout] itself"),
        ],
    )
    def test_a_key_that_stands_too_low_is_told_where_it_belongs(
        self, table: str, key: str, said: str
    ) -> None:
        tables = {"trailer": {"record": "END"}, "columns": LAYOUT["columns"]}
        below = {table: {**tables[table], key: "x"}}  # type: ignore[dict-item]

        with pytest.raises(UsageError, match=re.escape(said)):
            parse(HEADER, layout=LAYOUT | below)


class TestCardNumbers:
    """No card number in clear leaves the parser."""

    def test_leave_only_masked_and_fingerprinted(self) -> None:
        columns = dict(LAYOUT["columns"]) | {"pan": "batch"}  # type: ignore[call-overload]

        parsed = read("S,1,EUR,2026-03-02,4111111111111111", columns=columns)

        assert parsed.frame["pan_masked"].to_list() == ["411111******1111"]
        assert len(parsed.frame["pan_fingerprint"][0]) == 64

    def test_are_not_shown_in_refusals(self) -> None:
        parsed = read("S,4111111111111111.001,EUR,2026-03-02,B")

        assert "4111111111111111" not in str(parsed.as_json())
