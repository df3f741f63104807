"""Bytes to lines: what is no text in the declared encoding is refused, never replaced."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.errors import Refused
from parsers.records import read_lines, read_whole


class TestEncodings:
    """Which bytes are text."""

    @pytest.mark.parametrize(
        ("data", "text"), [(b"caf\xc3\xa9\n", "café"), (b"caf\xe9\n", "café"), (b"cafe\n", "cafe")]
    )
    def test_utf_8_is_read_else_cp1252(self, data: bytes, text: str) -> None:
        lines = read_lines(data)

        assert lines["text"].to_list() == [text]

    @pytest.mark.parametrize(
        ("data", "encoding", "offset"),
        [
            (b"ab\ncd\x81\n", None, 5),
            (b"ab\ncd\xe9\n", "ascii", 5),
            (b"\xef\xbb\xbfab\ncd\x81\n", None, 8),
        ],
    )
    def test_a_byte_that_is_none_is_refused_where_it_stands(
        self, data: bytes, encoding: str | None, offset: int
    ) -> None:
        with pytest.raises(Refused) as raised:
            read_lines(data, encoding)

        assert raised.value.finding.code == "encoding_differs"
        assert (raised.value.finding.line, raised.value.finding.byte_offset) == (2, offset)


class TestLines:
    """Where lines start and end."""

    @given(
        st.lists(st.sampled_from(["a", "é", " ", "bc", "\r", "\n", "\r\n", "\x1a"]), max_size=14)
    )
    @settings(max_examples=100, deadline=None)
    def test_are_the_same_in_a_small_file_and_in_a_large_one(self, parts: list[str]) -> None:
        text = "".join(parts)
        behind = ("\r" if "\r" in text and "\n" not in text else "\n") + "x" * (32 << 10)

        for encoding in ("utf-8", "cp1252"):
            large = read_lines((text + behind).encode(encoding))
            small = read_lines((text + behind[:2]).encode(encoding))
            assert small[:-1].equals(large[:-1])
            assert small.schema == large.schema


class TestWholeNumbers:
    """Counts, and amounts without a mark."""

    def test_are_1_to_18_ascii_digits_in_few_rows_and_in_many(self) -> None:
        texts = ["0", "007", "9" * 18, "9" * 19, "", "+1", "-1", "1 ", "\u0663", "1_0", None]

        few = read_whole(pl.Series(texts, dtype=pl.String))
        many = read_whole(pl.Series(texts * 20, dtype=pl.String))

        assert few.to_list() == [0, 7, 10**18 - 1, *[None] * 8]
        assert many.to_list() == few.to_list() * 20
