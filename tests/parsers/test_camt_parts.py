"""camt: large files are proved in parts, and refused for what small ones are refused for."""

from collections.abc import Callable
from datetime import date

import pytest

from parsers import ParsedFile, parse
from parsers.camt.opening import open_parts
from parsers.camt.ordinary import PARTS_FROM_BYTES
from parsers.outcome import Findings
from tieout.simulator.writers.camt053 import Detail, Entry, Statement, write_camt

DAY = date(2026, 3, 2)


def entry(number: int) -> Entry:
    details: tuple[Detail, ...] = ()
    if number % 3:
        details = (Detail(5010 + number, f"PO-{number}", f"Caf\u00e9 & <bar> {number}"),)
    return Entry(5010 + number, DAY, f"B{number:06d}", details=details, text=f"entry {number}")


ENTRIES = tuple(map(entry, range(900)))
LARGE = write_camt(
    [
        Statement("DE1", "EUR", "S-1", DAY, 100, 1, ENTRIES[:600]),
        Statement("DE2", "EUR", "S-2", DAY, 100, 1, ENTRIES[600:]),
    ]
)
BESIDE = LARGE.replace(b"</BkToCstmrStmt>", b"<X><Ntry><b/></Ntry></X></BkToCstmrStmt>")

BROKEN: dict[str, bytes] = {
    "a control character": LARGE.replace(b"entry 450<", b"entry\x01450<"),
    "a reference nobody knows": LARGE.replace(b"entry 450<", b"&nbsp;450<"),
    "a bare ampersand": LARGE.replace(b"entry 450<", b"& 450<"),
    "the end of CDATA": LARGE.replace(b"entry 450<", b"entry ]]> 450<"),
    "half a character": LARGE.replace(b"entry 450<", b"entry \xc3 450<"),
    "no character": LARGE.replace(b"entry 450<", b"entry \xef\xbf\xbf 450<"),
    "an element that does not end": LARGE.replace(b"entry 450<", b"entry <b>450<"),
    "an entry that does not end": LARGE.replace(
        b"entry 450</AddtlNtryInf></Ntry>", b"</AddtlNtryInf>"
    ),
    "an entry that ends twice": LARGE.replace(b"</Stmt>", b"</Ntry></Stmt>", 1),
    "other tags at the end": LARGE.replace(b"450</AddtlNtryInf>", b"450</AddtlNtryInx>"),
    "an attribute twice": LARGE.replace(b'<Amt Ccy="EUR">', b'<Amt Ccy="EUR" Ccy="EUR">'),
    "an unbound prefix": LARGE.replace(b"<AddtlNtryInf>entry 450", b"<AddtlNtryInf x:a='1'>"),
    "a tag in an attribute": LARGE.replace(b"<AddtlNtryInf>entry 450", b"<AddtlNtryInf a='<b>'>"),
    "a frame that does not end": LARGE.replace(b"</BkToCstmrStmt>", b""),
    "two documents": LARGE + LARGE,
    "a broken entry beside the statements": LARGE.replace(
        b"</BkToCstmrStmt>", b"<X><Ntry><b></Ntry></X></BkToCstmrStmt>"
    ),
}

WHOLE: dict[str, Callable[[bytes], bytes]] = {
    "a comment": lambda data: data.replace(b"<Stmt>", b"<!-- <Ntry> --><Stmt>"),
    "an instruction": lambda data: data.replace(b"<Stmt>", b"<?x <Ntry> ?><Stmt>"),
    "CDATA": lambda data: data.replace(b"entry 450<", b"<![CDATA[entry 450]]><"),
    "a prefix": lambda data: data.replace(b"<Document ", b"<Document xmlns:n='u' "),
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "a character by number": lambda data: data.replace(b"entry 450<", b"entry&#32;450<"),
}


def is_proved_as_a_whole(data: bytes) -> bool:
    return open_parts(data, Findings()).is_proved


def codes(parsed: ParsedFile) -> list[str]:
    return [one.code for one in parsed.findings]


class TestParts:
    """Files above the size from which parts are worth their while."""

    def test_are_what_is_tested_here(self) -> None:
        assert len(LARGE) > PARTS_FROM_BYTES
        assert not is_proved_as_a_whole(LARGE)

    def test_read_the_same_as_the_whole(self) -> None:
        parsed = parse(LARGE)

        whole = parse(b"\xef\xbb\xbf" + LARGE)

        names = ["record_id", "file_sha256", "byte_start"]
        assert parsed.findings == whole.findings == ()
        assert parsed.frame.drop(names).equals(whole.frame.drop(names))
        assert parsed.statements == whole.statements
        assert parsed.frame["amount_minor"].to_list() == [one.amount_minor for one in ENTRIES]

    @pytest.mark.parametrize("name", WHOLE)
    def test_are_not_taken_where_tags_can_hide(self, name: str) -> None:
        data = WHOLE[name](LARGE)

        assert is_proved_as_a_whole(data)
        assert parse(data).frame["narrative"].equals(parse(LARGE).frame["narrative"])

    @pytest.mark.parametrize("name", BROKEN)
    def test_that_are_broken_are_refused(self, name: str) -> None:
        parsed = parse(BROKEN[name])

        assert [one.code for one in parsed.refusals] == ["xml_not_well_formed"]

    def test_leave_out_an_entry_that_is_in_no_statement(self) -> None:
        parsed = parse(BESIDE)

        assert parsed.accepted
        assert parsed.frame.height == len(ENTRIES)

    def test_are_told_where_they_are_broken(self) -> None:
        place = LARGE.index(b"450</AddtlNtryInf>")

        parsed = parse(BROKEN["other tags at the end"])

        offset = parsed.refusals[0].byte_offset
        assert offset is not None
        assert place < offset < place + 30

    def test_that_are_cut_off_are_refused(self) -> None:
        step = 4_999

        accepted = [
            one for one in range(step, len(LARGE) - 20, step) if parse(LARGE[:one]).accepted
        ]

        assert accepted == []
