"""A fixed-width file read whole (columns) and in small blocks (records one by one) is the same."""

import random
from collections.abc import Iterator

import polars as pl
import pytest

from parsers import Stream, parse

ROW = 60
_TEXTS = ["Order 4711", "x", "  lead", "a  b", ""]
_FIELDS = {
    "k": [2, 2],
    "currency": [15, 17],
    "amount": {"at": [18, 29], "form": "zoned", "decimals": 2},
}
RECORDS = [
    {
        "role": "header",
        "when": {"at": [1, 1], "is": "H"},
        "fields": {"day": [2, 9], "account": [10, 20]},
    },
    {
        "role": "detail",
        "name": "with a fee",
        "when": {"at": [1, 1], "is": "D"},
        "fields": {
            **_FIELDS,
            "ref": [3, 14],
            "fee": {"at": [30, 38], "form": "signed", "decimals": 2},
            "text": [39, 60],
        },
    },
    {
        "role": "detail",
        "name": "without",
        "when": {"at": [1, 1], "is": "E"},
        "fields": {**_FIELDS, "text": [30, 60]},
    },
    {"role": "addendum", "when": {"at": [1, 1], "is": "N"}, "fields": {"more": [2, 30]}},
    {
        "role": "trailer",
        "scope": "group",
        "when": {"at": [1, 1], "is": "T"},
        "fields": {"n": [2, 8], "sum": {"at": [9, 30], "form": "signed", "decimals": 2}},
        "count": {"field": "n"},
        "sums": [{"field": "sum", "over": "amount"}],
    },
]
LAYOUT: dict[str, object] = {
    "date_format": "%Y%m%d",
    "kind": {"column": "k", "values": {"S": "sale", "R": "refund"}},
    "records": RECORDS,
    "columns": {
        "business_date": "day",
        "account": "account",
        "currency": "currency",
        "amount": "amount",
        "fee": "fee",
        "merchant_ref": "ref",
        "narrative": "text",
        "batch_ref": "more",
    },
}


def zoned(value: int) -> str:
    digits = f"{abs(value):012}"
    return digits[:-1] + ("{ABCDEFGHI" if value >= 0 else "}JKLMNOPQR")[int(digits[-1])]


def records(draw: random.Random, texts: list[str], count: int = 700) -> Iterator[str]:
    yield "H20260302ACME BANK"
    number, total = 0, 0
    for place in range(count):
        if draw.random() < 0.01:
            yield f"H2026030{draw.randrange(1, 9)}{draw.choice(['ACME', '  B', ''])}"
        value = draw.randrange(-(10**6), 10 ** draw.randrange(1, 10))
        number, total = number + 1, total + value
        kind, currency = draw.choice("SR"), draw.choice(["EUR", "USD"])
        fee = draw.choice([" " * 9, f"{place:08}-", f"+{place:07} ", f"  {place}+".rjust(9)])
        ref = draw.choice([f"B{place}", "", f"  {place}", f"{place:012}"])
        if draw.random() < 0.7:
            yield f"D{kind}{ref:12}{currency}{zoned(value)}{fee}{draw.choice(texts)}"
        else:
            yield f"E{kind}{'':12}{currency}{zoned(value)}{draw.choice(texts)}"
        yield from (f"N{draw.choice(['', 'more'])}" for _ in range(draw.choice([0, 0, 1, 2])))
        if draw.random() < 0.02 or place == count - 1:
            yield f"T{number:07}{abs(total):021}{'-' if total < 0 else '+'}"
            number, total = 0, 0


class TestBlocks:
    """Of every encoding that a text can have."""

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "cp037", "cp1140"])
    @pytest.mark.parametrize("shape", ["lines", "cut off lines", "no lines"])
    def test_are_the_whole(self, encoding: str, shape: str) -> None:
        is_wide = encoding in ("latin-1", "cp037", "cp1140")
        texts = [*_TEXTS, "Grüße", "Müller"] if is_wide else _TEXTS
        rows = [one.ljust(ROW) for one in records(random.Random(7), texts)]
        layout = LAYOUT | {"encoding": encoding}
        if shape == "no lines":
            data = "".join(rows).encode(encoding)
            layout |= {"line_ends": False, "record_bytes": ROW}
        else:
            is_cut = shape == "cut off lines"
            blank = " ".encode(encoding)
            lines = [one.encode(encoding) for one in rows]
            data = b"\n".join(one.rstrip(blank) if is_cut else one for one in lines)
            layout |= {"pad": is_cut}

        whole = parse(data, format="fixed_width", layout=layout)
        stream = Stream(data, format="fixed_width", layout=layout, batch_bytes=2000)
        parts = pl.concat(list(stream))

        assert whole.accepted, whole.findings[:3]
        assert whole.frame.height == 700
        assert parts.equals(whole.frame)
        assert stream.outcome.control_totals == whole.control_totals
