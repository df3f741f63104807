"""A delimited file read in pieces is the same file, wherever the pieces end."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import ParsedFile, Stream, parse

LAYOUT: dict[str, object] = {
    "comment": "#",
    "kind": {"column": "type", "values": {"S": "sale", "P": "payout"}},
    "columns": {
        "amount": "amount",
        "currency": "currency",
        "business_date": "date",
        "batch_ref": "batch",
        "narrative": "text",
    },
    "trailer": {
        "record": "END",
        "count": {"field": 2},
        "sums": [{"field": 3}],
        "hash": {"field": 4, "over": "batch"},
    },
    "group_total": {"over": "amount"},
}
HEAD = "type,amount,currency,date,batch,text"

_WORDS = st.text("ab é,\n\"'", max_size=6)
_ROWS = st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(1, 4), _WORDS), max_size=30)
_ENDS = st.sampled_from(["\n", "\r\n"])


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def written(rows: list[tuple[int, int, str]], end: str, *, comments: bool, missing: int = 0) -> str:
    lines = [HEAD]
    for minor, batch, text in rows:
        sign, whole, cents = "-" * (minor < 0), abs(minor) // 100, abs(minor) % 100
        lines.append(f"S,{sign}{whole}.{cents:02},EUR,2026-03-02,B{batch},{quoted(text)}")
        if comments:
            lines.append("# nothing")
    total = sum(minor for minor, _, _ in rows)
    sum_ = f"{'-' * (total < 0)}{abs(total) // 100}.{abs(total) % 100:02}"
    lines.append(f"END,{len(rows) + missing},{sum_},{sum(batch for _, batch, _ in rows)},,")
    return end.join(lines) + end


def in_pieces(data: bytes, size: int, layout: Mapping[str, object]) -> ParsedFile:
    stream = Stream(data, layout=layout, feed="ours", batch_bytes=size)
    batches = list(stream)
    outcome = stream.outcome
    return replace(outcome, frame=pl.concat(batches)) if outcome.accepted else outcome


class TestPieces:
    """Whole against pieces."""

    @given(_ROWS, _ENDS, st.booleans(), st.integers(0, 1), st.integers(90, 400))
    @settings(max_examples=60, deadline=None)
    def test_are_the_whole(
        self, rows: list[tuple[int, int, str]], end: str, comments: bool, missing: int, size: int
    ) -> None:
        data = written(rows, end, comments=comments, missing=missing).encode()

        whole = parse(data, layout=LAYOUT, feed="ours")
        parts = in_pieces(data, size, LAYOUT)

        assert whole.accepted is (missing == 0), whole.findings
        assert parts.frame.equals(whole.frame)
        assert replace(parts, frame=whole.frame) == replace(whole)

    @pytest.mark.parametrize("size", [60, 75, 100, 1000])
    def test_point_at_the_lines_they_say(self, size: int) -> None:
        rows = [(100 * place, place % 3, f"a\n{place}") for place in range(9)]
        data = b"\xef\xbb\xbf" + written(rows, "\r\n", comments=True).encode()

        found = in_pieces(data, size, LAYOUT).frame

        assert found["record_no"].to_list() == list(range(1, 10))
        for row in found.iter_rows(named=True):
            record = data[row["byte_start"] :][: row["byte_length"]].decode()
            assert record.startswith(f"S,{row['amount_minor'] // 100}.00,")
            assert record.endswith(f'{row["narrative"]}"')

    def test_a_blank_line_between_two_pieces_is_refused(self) -> None:
        data = written([(1, 1, "a")] * 6, "\n", comments=False).encode()
        lines = data.splitlines(keepends=True)
        data = b"".join([*lines[:3], b"\n", *lines[3:]])

        for size in (60, 80, 120, 1000):
            found = in_pieces(data, size, LAYOUT)
            assert [(one.code, one.line) for one in found.refusals] == [("blank_line", 4)], size

    def test_a_record_without_an_end_is_refused(self) -> None:
        data = written([(1, 1, "a" * (2 << 20))], "\n", comments=False).encode()

        found = in_pieces(data, 100, LAYOUT)

        assert [(one.code, one.line) for one in found.refusals] == [("record_length", 2)]

    def test_the_senders_own_key_may_come_once_in_the_whole_file(self) -> None:
        head = b"key,amount,currency,date\n"
        rows = b"".join(b"K%d,1,EUR,2026-03-02\n" % (place % 9) for place in range(10))
        columns = {"record_id": "key", "amount": "amount", "currency": "currency"}
        layout = {
            "kind": {"constant": "sale"},
            "columns": columns | {"business_date": "date"},
        }

        found = in_pieces(head + rows, 60, layout)

        assert {one.code for one in found.refusals} == {"record_id_duplicate"}
