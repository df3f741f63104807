"""camt: the same document in other XML reads the same; what is no such document is refused."""

import re
from collections.abc import Callable
from datetime import date
from itertools import pairwise

import polars as pl
import pytest

from parsers import ParsedFile, parse
from tieout.simulator.writers.camt053 import Detail, Entry, Statement, write_camt

DAY = date(2026, 3, 2)
ENTRIES = (
    Entry(5010, DAY, "A", details=(Detail(5010, "PO-A", "Caf\u00e9 & <bar>"),)),
    Entry(-725, DAY, "B", text="second"),
    Entry(1099, DAY, "C", details=(Detail(1000, "PO-C"), Detail(99, "PO-D", "last"))),
)
PLAIN = write_camt([Statement("DE1", "EUR", "S-1", DAY, 100, 1, ENTRIES)])
LATIN = PLAIN.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1")

Change = Callable[[bytes], bytes]

SAME: dict[str, Change] = {
    "comments": lambda data: data.replace(b"<Amt", b"<!-- <Ntry> & </Ntry> --><Amt"),
    "a comment in a text": lambda data: data.replace(b">CRDT<", b">CR<!-- > -->DT<"),
    "CDATA": lambda data: re.sub(rb"<EndToEndId>([^<]*)", rb"<EndToEndId><![CDATA[\1]]>", data),
    "instructions": lambda data: data.replace(b"<Amt", b"<?php echo '<Ntry>'; ?><Amt"),
    "characters by number": lambda data: data.replace(b"&amp; &lt;", b"&#38; &#x3c;"),
    "a bare > in an attribute": lambda data: data.replace(b"<TxDtls>", b"<TxDtls a='b>c' d='\"'>"),
    "spaces in tags": lambda data: re.sub(rb"<(/?\w+)>", rb"<\1 \n>", data),
    "attributes of entries": lambda data: data.replace(b"<Ntry>", b'<Ntry id="1" x="/">'),
    "line ends": lambda data: data.replace(b"\n", b"\r\n"),
    "elements we do not know": lambda data: data.replace(
        b"<Amt", b"<X><Ntry/><Amt>9</Amt></X><Amt"
    ),
    "spaces around texts": lambda data: re.sub(rb">([^<>\n]+)<", rb"> \1\n <", data),
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "space before it": lambda data: b"\n \n" + data,
    "Latin-1": lambda data: LATIN,
    "UTF-16": lambda data: data.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "an envelope": lambda data: b"<e:E xmlns:e='x'>" + data[data.index(b"<Doc") :] + b"</e:E>",
    "a prefix": lambda data: re.sub(rb"<(/?)([A-Z])", rb"<\1n:\2", data).replace(
        b"xmlns=", b"xmlns:n="
    ),
}

REFUSED: dict[str, tuple[str, bytes]] = {
    "an undefined entity": ("xml_not_well_formed", PLAIN.replace(b"&amp;", b"&nbsp;")),
    "a bare ampersand": ("xml_not_well_formed", PLAIN.replace(b"&amp;", b"&")),
    "crossed tags": (
        "xml_not_well_formed",
        PLAIN.replace(b"</Dt></Bo", b"</Bo").replace(b"</BookgDt>", b"</BookgDt></Dt>"),
    ),
    "two documents": ("xml_not_well_formed", PLAIN + PLAIN),
    "an unbound prefix": ("xml_not_well_formed", PLAIN.replace(b"<Amt ", b"<x:Amt ")),
    "an attribute twice": ("xml_not_well_formed", PLAIN.replace(b"<Amt ", b'<Amt Ccy="EUR" ')),
    "a control character": ("xml_not_well_formed", PLAIN.replace(b"second", b"sec\x01nd")),
    "bytes of another encoding": (
        "xml_not_well_formed",
        PLAIN.replace("\u00e9".encode(), b"\xe9"),
    ),
    "an encoding of several bytes": (
        "encoding_unsupported",
        PLAIN.replace(b"UTF-8", b"Shift_JIS"),
    ),
    "half a wide character": ("encoding_wrong", PLAIN.decode().encode("utf-16")[:-1]),
    "a document type": ("doctype", PLAIN.replace(b"<Document", b"<!DOCTYPE D><Document")),
    "an entity bomb": (
        "doctype",
        PLAIN.replace(b"<Document", b'<!DOCTYPE D [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><Document'),
    ),
    "depth": ("xml_too_large", PLAIN.replace(b"second", b"<a>" * 200 + b"</a>" * 200)),
    "a tag of attributes": (
        "xml_too_large",
        PLAIN.replace(
            b"<AddtlNtryInf>",
            b"<AddtlNtryInf " + b" ".join(b'a%d="1"' % number for number in range(9000)) + b">",
        ),
    ),
    "a text without end": ("xml_too_large", PLAIN.replace(b"second", b"x" * (2 << 20))),
    "prefixes without end": (
        "xml_too_large",
        PLAIN.replace(
            b"<Document", b"<Document" + b"".join(b" xmlns:p%d='u'" % n for n in range(99))
        ),
    ),
}


def money(parsed: ParsedFile) -> pl.DataFrame:
    return parsed.frame.drop("record_id", "file_sha256", "byte_start", "byte_length")


class TestSameDocument:
    """Everything that XML leaves to the writer."""

    @pytest.mark.parametrize("name", SAME)
    def test_reads_the_same(self, name: str) -> None:
        data = SAME[name](PLAIN)

        parsed = parse(data)

        assert parsed.findings == ()
        assert data != PLAIN
        assert money(parsed).equals(money(parse(PLAIN)))
        assert parsed.statements == parse(PLAIN).statements

    @pytest.mark.parametrize("name", [*SAME])
    def test_ranges_hold_one_entry_each(self, name: str) -> None:
        data = SAME[name](PLAIN)

        ranges = parse(data).frame.select("byte_start", "byte_length").unique(maintain_order=True)

        encoding = "utf-16-le" if name == "UTF-16" else "latin-1"
        parts = [data[start : start + size].decode(encoding) for start, size in ranges.rows()]
        assert len(parts) == len(ENTRIES)
        for part in parts:
            assert re.match(r"<(n:)?Ntry\b", part)
            assert re.search(r"</(n:)?Ntry\s*>$", part)
        ends = [
            (start + size, following) for (start, size), (following, _) in pairwise(ranges.rows())
        ]
        assert all(end <= following for end, following in ends)


class TestRefused:
    """No document, or a hostile one."""

    @pytest.mark.parametrize("name", REFUSED)
    def test_is_refused_with_its_place(self, name: str) -> None:
        code, data = REFUSED[name]

        parsed = parse(data, format="camt")

        assert [one.code for one in parsed.findings] == [code]
        assert parsed.findings[0].severity == "refusal"

    def test_cp1252_that_is_not_declared_is_a_warning(self) -> None:
        data = LATIN[LATIN.index(b"<Doc") :]

        parsed = parse(data)

        assert [one.code for one in parsed.findings] == ["encoding_undeclared"]
        assert parsed.frame["narrative"][0] == "Caf\u00e9 & <bar>"


class TestEntries:
    """What an entry says, and does not say."""

    def test_texts_that_repeat_are_kept_in_order(self) -> None:
        texts = b"<RmtInf><Ustrd>one</Ustrd><Ustrd> two\n lines </Ustrd><Ustrd/></RmtInf>"
        data = PLAIN.replace(b"</Refs>", b"</Refs>" + texts, 1)

        assert parse(data).frame["narrative"][0] == "one two lines Caf\u00e9 & <bar>"

    def test_references_that_repeat_count_once(self) -> None:
        data = PLAIN.replace(
            b"<Refs>", b"<Refs/><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Refs>"
        )

        assert parse(data).frame["scheme_ref"].to_list() == [None] * 4

    def test_entries_elsewhere_are_none(self) -> None:
        stray = b"<SplmtryData><Ntry><Amt>1</Amt></Ntry></SplmtryData></Stmt>"

        parsed = parse(PLAIN.replace(b"</Stmt>", stray))

        assert (parsed.records, parsed.findings) == (3, ())

    def test_statements_and_messages_stay_apart(self) -> None:
        body = PLAIN[PLAIN.index(b"<BkToCstmrStmt>") : PLAIN.index(b"</Document>")]
        other = body.replace(b"DE1", b"DE2").replace(b"EUR", b"USD")

        parsed = parse(PLAIN.replace(body, body + other))

        assert [one.account for one in parsed.statements] == ["DE1", "DE2"]
        assert parsed.frame["currency"].to_list() == ["EUR"] * 4 + ["USD"] * 4
        assert parsed.frame["statement_no"].to_list() == [0] * 4 + [1] * 4

    def test_a_single_detail_of_another_amount_is_a_warning(self) -> None:
        changed = PLAIN.replace(b'<Amt Ccy="EUR">50.10', b'<Amt Ccy="EUR">50.11')
        data = changed.replace(b'<Amt Ccy="EUR">50.11', b'<Amt Ccy="EUR">50.10', 1)

        parsed = parse(data)

        assert [one.code for one in parsed.findings] == ["batch_total_differs"]
        assert parsed.frame["amount_minor"][0] == 5010
