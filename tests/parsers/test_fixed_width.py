"""Fixed-width files: forms of fields, kinds of records, controls, mistakes in a layout."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import ParsedFile, parse
from tieout.errors import UsageError

FIXTURES = Path(__file__).parents[1] / "fixtures" / "fixed_width"

Layout = dict[str, Any]


def layout(place: object, **changes: object) -> Layout:
    """Return a layout whose lines are nothing but an amount and a mark of their kind."""
    return {
        "records": [{"role": "detail", "fields": {"amount": place}}],
        "kind": {"constant": "payout"},
        "columns": {"amount": "amount"},
        "constants": {"currency": "EUR", "business_date": "2026-03-02"},
    } | changes


def read(data: bytes, described: Layout) -> ParsedFile:
    return parse(data, format="fixed_width", layout=described, feed="ours")


def amount(data: bytes, form: str, decimals: int = 2, **changes: object) -> int | str:
    """Return the minor units that a whole record says, or the code of its refusal."""
    size = len(data)
    place = {"at": [1, size], "form": form, "decimals": decimals}
    found = read(data, layout(place, **{"line_ends": False, "record_bytes": size} | changes))
    return found.frame["amount_minor"][0] if found.accepted else found.refusals[0].code


def fixture(name: str) -> tuple[bytes, Layout]:
    path = next(one for one in FIXTURES.glob(f"{name}*") if one.suffix in (".txt", ".dat"))
    feed = tomllib.loads(path.with_suffix(".layout.toml").read_text("utf-8"))
    return path.read_bytes(), feed["layout"]


class TestForms:
    """How numbers are written."""

    @pytest.mark.parametrize(
        ("data", "form", "minor"),
        [
            (b"0001250", "text", 1250),
            (b"-001250", "text", -1250),
            (b"   1250", "text", 1250),
            (b"1250+", "signed", 1250),
            (b"1250-", "signed", -1250),
            (b"-  1250", "signed", -1250),
            (b"+1250", "signed", 1250),
            (b"00125{", "zoned", 1250),
            (b"00125}", "zoned", -1250),
            (b"00012I", "zoned", 129),
            (b"00012R", "zoned", -129),
            (b"00012y", "zoned", -129),
            (b"001250", "zoned", 1250),
            (b"\x00\x01\x25\x0c", "packed", 1250),
            (b"\x00\x01\x25\x0d", "packed", -1250),
            (b"\x00\x01\x25\x0f", "packed", 1250),
        ],
    )
    def test_are_read_as_what_they_say(self, data: bytes, form: str, minor: int) -> None:
        assert amount(data, form) == minor

    @pytest.mark.parametrize(
        ("data", "form"),
        [
            (b"12.50", "text"),
            (b"+1250", "text"),
            (b"1e300", "text"),
            (b"-1250-", "signed"),
            (b"--1250", "signed"),
            (b"12-50", "signed"),
            (b"12{50", "zoned"),
            (b"0012Z", "zoned"),
            (b" 0012", "zoned"),
            (b"\x00\x01\x25\x00", "packed"),
            (b"\x00\x0a\x25\x0c", "packed"),
            (b"\x00\x01\x25\x01", "packed"),
        ],
    )
    def test_others_are_refused(self, data: bytes, form: str) -> None:
        assert amount(data, form) == "amount_unreadable"

    @pytest.mark.parametrize("data", [b"     ", b"\0\0\0\0\0"])
    @pytest.mark.parametrize("form", ["text", "signed", "zoned", "packed"])
    def test_blanks_and_lowest_values_are_absent(self, data: bytes, form: str) -> None:
        assert amount(data, form) == "amount_missing"

    @pytest.mark.parametrize(
        ("data", "form", "minor"),
        [
            ("1250".encode("cp037"), "text", 1250),
            (b"\xf0\xf1\xf2\xf5\xc0", "zoned", 1250),
            (b"\xf0\xf1\xf2\xf5\xd9", "zoned", -1259),
            (b"\x12\x50\x0d", "packed", -12500),
        ],
    )
    def test_of_ebcdic(self, data: bytes, form: str, minor: int) -> None:
        assert amount(data, form, encoding="cp500") == minor

    @pytest.mark.parametrize(
        ("currency", "decimals", "minor"), [("JPY", 2, 125), ("KWD", 3, 12500), ("JPY", 0, 12500)]
    )
    def test_decimals_of_the_sender_become_those_of_the_currency(
        self, currency: str, decimals: int, minor: int
    ) -> None:
        constants = {"currency": currency, "business_date": "2026-03-02"}

        assert amount(b"12500", "zoned", decimals, constants=constants) == minor

    def test_a_fraction_that_the_currency_lacks_is_refused(self) -> None:
        constants = {"currency": "JPY", "business_date": "2026-03-02"}

        assert amount(b"12550", "text", constants=constants) == "amount_unreadable"

    @given(st.lists(st.integers(-(10**15) + 1, 10**15 - 1), min_size=1, max_size=200))
    @settings(max_examples=20, deadline=None)
    def test_every_number_comes_back_from_every_form(self, numbers: list[int]) -> None:
        for form, write in (("zoned", _zoned), ("packed", _packed), ("signed", _signed)):
            data = b"".join(map(write, numbers))
            size = len(data) // len(numbers)
            place = {"at": [1, size], "form": form, "decimals": 2}

            found = read(data, layout(place, line_ends=False, record_bytes=size))

            assert found.frame["amount_minor"].to_list() == numbers


def _zoned(number: int) -> bytes:
    digits = str(abs(number)).zfill(15)
    return (digits[:-1] + ("}JKLMNOPQR" if number < 0 else "{ABCDEFGHI")[int(digits[-1])]).encode()


def _packed(number: int) -> bytes:
    return bytes.fromhex(str(abs(number)).zfill(15) + ("d" if number < 0 else "c"))


def _signed(number: int) -> bytes:
    return f"{abs(number):015}{'-' if number < 0 else '+'}".encode()


class TestLines:
    """Records that end with a line end."""

    def test_cut_blanks_are_padded_when_the_sender_cuts_them(self) -> None:
        place = {"at": [1, 20], "form": "signed", "decimals": 2}

        padded = read(b"1250-\r\n  7500+   \r\n", layout(place, pad=True))
        strict = read(b"1250-\r\n", layout(place))

        assert padded.frame["amount_minor"].to_list() == [-1250, 7500]
        assert padded.frame["byte_length"].to_list() == [5, 10]
        assert strict.refusals[0].code == "record_length"

    def test_bytes_that_are_no_text_of_the_encoding_are_refused_where_they_stand(self) -> None:
        found = read(b"1250\n12\xe950\n", layout([1, 4], encoding="utf-8"))

        assert [(one.code, one.line, one.byte_offset) for one in found.refusals] == [
            ("encoding_differs", 2, 5)
        ]

    def test_an_empty_line_in_between_is_refused(self) -> None:
        found = read(b"1250\n\n1250\n\n", layout([1, 4]))

        assert [(one.code, one.line) for one in found.refusals] == [("blank_line", 2)]


class TestRecords:
    """Which record is which, and what belongs together."""

    def test_fields_of_headers_and_addenda_belong_to_their_detail(self) -> None:
        found = read(*fixture("ordinary"))

        assert found.frame["account"].unique().to_list() == ["ACME BANK"]
        assert found.frame["narrative"].to_list() == ["ORDER 4711", None, None]
        assert found.frame["byte_length"].to_list() == [45, 22, 22]
        assert found.frame["amount_minor"].to_list() == [123450, -500, 15000]

    def test_kinds_of_details_have_their_fields_in_places_of_their_own(self) -> None:
        found = read(*fixture("ugly"))

        assert found.frame["amount_minor"].to_list() == [123450, -2500, -1025]
        assert found.frame["batch_ref"].to_list() == ["BATCH1", "BATCH1", "BATCH2"]
        assert found.frame["business_date"].dt.ordinal_day().to_list() == [61, 61, 62]

    def test_several_addenda_are_joined(self) -> None:
        data, described = fixture("ordinary")
        more = data.replace(b"NORDER 4711           \n", b"NORDER                \n" * 2)

        assert read(more, described).frame["narrative"][0] == "ORDER ORDER"

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            (b"H20260302ACME BANK    \n", b"", "header_missing"),
            (b"H20260302ACME BANK    \n", b"N                     \n" * 2, "record_order"),
            (b"D0000003", b"E0000003", "record_unknown"),
            (b"T0000003     +1622950 \n", b"", "trailer_missing"),
            (b"T0000003     +1622950 \n", b"T0000003     +1622950 \n" * 2, "record_order"),
            (b"T0000003     +1622950 ", b"T0000003     +162295", "record_length"),
        ],
    )
    def test_what_is_missing_doubled_or_out_of_place_refuses(
        self, old: bytes, new: bytes, code: str
    ) -> None:
        data, described = fixture("ordinary")

        found = read(data.replace(old, new), described)

        assert code in {one.code for one in found.refusals}


class TestControls:
    """What trailers declare."""

    @pytest.mark.parametrize("name", ["ordinary", "ugly"])
    def test_every_truncation_is_refused(self, name: str) -> None:
        data, described = fixture(name)
        blanks = 2 if name == "ordinary" else 40  # the last blank and line end; the filler record

        for size in range(len(data) - blanks):
            assert not read(data[:size], described).accepted, size

    def test_every_changed_digit_of_an_amount_count_or_total_is_refused(self) -> None:
        data, described = fixture("ordinary")
        lines = data.split(b"\n")
        starts = [sum(len(one) + 1 for one in lines[:row]) for row in range(len(lines))]
        places = [starts[row] + at for row in (1, 3, 4) for at in range(11, 21)]
        places += [starts[5] + at for at in (*range(1, 8), *range(14, 21))]

        for place in places:
            edited = bytearray(data)
            edited[place] = ord("7") if edited[place] != ord("7") else ord("8")
            assert not read(bytes(edited), described).accepted, place

    def test_groups_are_counted_apart(self) -> None:
        found = read(*fixture("refused_group"))

        wrong = [one.name for one in found.control_totals if not one.agrees]
        assert wrong == ["batch trailer 2: sum of amount"]


class TestLayout:
    """Mistakes are told, with what was probably meant."""

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"recrods": []}, "did you mean 'records'?"),
            ({"records": [{"role": "detial"}]}, "did you mean 'detail'?"),
            ({"records": [{"role": "detail", "feilds": {}}]}, "did you mean 'fields'?"),
            ({"records": [{"role": "header"}]}, "no record with role = 'detail'"),
            ({"columns": {"amount": "amuont"}}, "did you mean 'amount'?"),
            ({"columns": {"amuont": "amount"}}, "did you mean 'amount'?"),
            ({"line_ends": False}, "line_ends = false needs record_bytes"),
            ({"encoding": "cp0037"}, "did you mean 'cp037'?"),
            ({"record_bytes": 3}, "reaches to position 5"),
        ],
    )
    def test_of_keys_and_names(self, changes: Layout, said: str) -> None:
        with pytest.raises(UsageError, match=re.escape(said)):
            read(b"", layout([1, 5], **changes))

    @pytest.mark.parametrize(
        ("place", "said"),
        [
            ([5, 1], "first before last"),
            ([0, 4], "positions count from 1"),
            ({"at": [1, 5], "form": "pakced"}, "did you mean 'packed'?"),
            ({"at": [1, 5], "decimls": 2}, "did you mean 'decimals'?"),
            ({"at": [1, 5], "form": "packed"}, "needs line_ends = false"),
        ],
    )
    def test_of_fields(self, place: object, said: str) -> None:
        with pytest.raises(UsageError, match=re.escape(said)):
            read(b"", layout(place))

    @pytest.mark.parametrize(
        ("records", "said"),
        [
            (
                [{"role": "detail", "fields": {"amount": [1, 5], "x": [5, 6]}}],
                "read positions [5, 5]",
            ),
            (
                [
                    {
                        "role": "detail",
                        "fields": {"amount": [1, 5], "x": {"at": [5, 6], "overlaps": "amout"}},
                    }
                ],
                "did you mean 'amount'?",
            ),
            (
                [{"role": "ignored"}, {"role": "detail", "fields": {"amount": [5]}}],
                "records (2nd).fields",
            ),
            ([{"role": "detail", "fields": {"amount": [5]}}], "expected 2 values, found 1"),
        ],
    )
    def test_of_records(self, records: list[object], said: str) -> None:
        with pytest.raises(UsageError, match=re.escape(said)):
            read(b"", layout([1, 5], records=records))

    def test_fields_may_share_bytes_where_that_is_said(self) -> None:
        fields = {"amount": [1, 5], "ref": {"at": [4, 8], "overlaps": "amount"}}
        records = [{"role": "detail", "fields": fields}]
        columns = {"amount": "amount", "merchant_ref": "ref"}

        found = read(b"00012345\n", layout([1, 5], records=records, columns=columns))

        assert found.frame.select("amount_minor", "merchant_ref").row(0) == (1200, "12345")

    def test_a_value_of_no_kind_is_one_fault(self) -> None:
        with pytest.raises(UsageError, match=r"a text in quotes or a whole number, found 5\.5"):
            read(b"", layout([1, 5], columns={"amount": 5.5}))

    def test_a_condition_as_long_as_its_place(self) -> None:
        record = {
            "role": "detail",
            "when": {"at": [1, 1], "is": "22"},
            "fields": {"amount": [2, 5]},
        }

        with pytest.raises(UsageError, match="'22' has 2 characters, its place has 1"):
            read(b"", layout([1, 5], records=[record]))


class TestArbitraryBytes:
    """Files that are no files."""

    @given(st.data())
    @settings(max_examples=60, deadline=None)
    def test_never_raise(self, data: st.DataObject) -> None:
        content, described = fixture(data.draw(st.sampled_from(["ordinary", "ugly"])))
        edited = bytearray(content)
        place = data.draw(st.integers(0, len(edited) - 1))
        edited[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))

        found = read(bytes(edited), described)

        assert "parser_defect" not in {one.code for one in found.findings}
