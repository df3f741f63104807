"""BAI2: trailers, directions, continuations, funds types, groups that are no plain update."""

from datetime import date

import pytest

from parsers import ParsedFile, parse


def report(
    *details: str, status: str = "1", modifier: str = "2", total: int | None = None
) -> ParsedFile:
    """Parse one account with these details; its trailers agree unless `total` is given."""
    amounts = [one.split(",")[2] for one in details if one.startswith("16")]
    declared = sum(map(int, amounts)) if total is None else total
    lines = len(details) + 2
    records = [
        "01,121000248,TIEOUT,260303,0600,1,,,2/",
        f"02,TIEOUT,121000248,{status},260302,2400,USD,{modifier}/",
        "03,4005519200,,,,,/",
        *details,
        f"49,{declared},{lines}/",
        f"98,{declared},1,{lines + 2}/",
        f"99,{declared},1,{lines + 4}/",
    ]
    return parse("\n".join(records).encode())


def codes(parsed: ParsedFile) -> list[str]:
    return [one.code for one in parsed.findings]


class TestDirection:
    """Type codes."""

    @pytest.mark.parametrize(
        ("code", "minor", "is_booked"),
        [
            ("100", 5, True),
            ("399", 5, True),
            ("400", -5, True),
            ("699", -5, True),
            ("930", 5, True),
            ("970", -5, True),
            ("890", 5, False),
        ],
    )
    def test_comes_from_the_type_code(self, code: str, minor: int, is_booked: bool) -> None:
        row = report(f"16,{code},5,Z,,,TEXT/").frame.row(0, named=True)

        assert (row["amount_minor"], row["is_booked"]) == (minor, is_booked)


class TestDetails:
    """Fields of record 16 and what continues it."""

    @pytest.mark.parametrize(
        ("funds", "value_date"),
        [
            ("Z", None),
            ("", None),
            ("0", date(2026, 3, 2)),
            ("V,260305,1200", date(2026, 3, 5)),
            ("V,260301,", date(2026, 3, 2)),
            ("S,1,2,2", None),
            ("D,2,0,3,1,2", None),
        ],
    )
    def test_funds_types_do_not_move_the_references(
        self, funds: str, value_date: date | None
    ) -> None:
        row = report(f"16,165,5,{funds},BANK,CUSTOMER,A, B / C/").frame.row(0, named=True)

        assert (row["psp_ref"], row["merchant_ref"]) == ("BANK", "CUSTOMER")
        assert row["narrative"] == "A, B / C"
        assert row["value_date"] == value_date

    def test_continuations_may_hold_fields_and_text(self) -> None:
        parsed = report("16,165,5,V/", "88,260304,,BANK,/", "88,FIRST/", "88EREF: E2E-1")

        row = parsed.frame.row(0, named=True)

        assert parsed.accepted
        assert row["value_date"] == date(2026, 3, 4)
        assert (row["scheme_ref"], row["psp_ref"]) == ("E2E-1", "BANK")

    def test_unreadable_amount_is_refused_with_its_line(self) -> None:
        refusal = report("16,165,1.5,Z,,,X/", total=0).refusals[0]

        assert (refusal.code, refusal.line) == ("detail_unreadable", 4)


class TestControls:
    """Trailers against records."""

    def test_sum_that_differs_refuses_the_file(self) -> None:
        parsed = report("16,165,5,Z,,,X/", total=6)

        assert not parsed.accepted
        assert codes(parsed) == ["control_total_differs"]
        assert [one.agrees for one in parsed.control_totals].count(False) == 1

    def test_a_feed_may_turn_contradictions_into_warnings(self) -> None:
        head = b"01,A,B,260303,0600,1,,,2/\n02,B,A,1,260302,,,/\n03,9,USD,,,,/\n16,165,5/\n"
        data = head + b"49,6,3/\n98,6,1,5/\n99,6,1,7/"

        parsed = parse(data, controls={"control_total_differs": "warn"})

        assert parsed.accepted
        assert codes(parsed) == ["control_total_differs"]
        assert not parse(data).accepted

    @pytest.mark.parametrize("missing", ["01", "49", "98", "99"])
    def test_missing_frame_records_refuse_the_file(self, missing: str) -> None:
        lines = [
            "01,A,B,260303,0600,1,,,2/",
            "02,B,A,1,260302,,,/",
            "03,9,USD,,,,/",
            "49,0,2/",
            "98,0,1,4/",
            "99,0,1,6/",
        ]
        kept = [line for line in lines if not line.startswith(missing)]

        parsed = parse("\n".join(kept).encode(), format="bai2")

        assert {"header_missing", "trailer_missing"} & {one.code for one in parsed.refusals}


class TestGroups:
    """Status and modifier of a group."""

    def test_test_groups_are_refused(self) -> None:
        assert codes(report(status="4")) == ["test_mode"]

    def test_deletions_are_kept_but_not_booked(self) -> None:
        parsed = report("16,165,5,Z,,,X/", status="2")

        assert codes(parsed) == ["group_replaces"]
        assert parsed.frame["is_booked"].to_list() == [False]

    def test_interim_reports_are_marked(self) -> None:
        assert codes(report(modifier="4")) == ["interim_report"]
