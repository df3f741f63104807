"""Lines of text with their places: the same in a small piece and in a large one, in one or many."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.errors import Refused
from parsers.fields import cut_raw
from parsers.text_records import SMALL_BYTES, Records, encoding_of, pieces

_PARTS = ["a", "é", "€", " ", "bc", "\r", "\n", "\r\n", "\x1a", "\xa0", "\t"]


def names(texts: pl.Series) -> pl.Series:
    return cut_raw(texts, 1, 1)


def rows(found: list[Records]) -> list[tuple[object, ...]]:
    """Return text, name, line, places, size and number of each record."""
    return [
        (text, name, *numbers, one.before + at)
        for one in found
        for at, (text, name, *numbers) in enumerate(
            zip(
                one.text.to_list(),
                one.record.to_list(),
                *(
                    column.tolist()
                    for column in (one.line, one.byte_start, one.byte_length, one.characters)
                ),
                strict=True,
            )
        )
    ]


class TestPieces:
    """Runs of whole lines."""

    @given(st.lists(st.sampled_from(_PARTS), max_size=40), st.sampled_from(["utf-8", "cp1252"]))
    @settings(max_examples=150, deadline=None)
    def test_small_and_large_ones_have_the_same_records(
        self, parts: list[str], encoding: str
    ) -> None:
        text = "".join(parts)
        ending = "\r" if "\r" in text and "\n" not in text else "\n"
        small = f"{text}{ending}é".encode(encoding)
        large = f"{text}{ending}é{'x' * SMALL_BYTES}".encode(encoding)

        found = rows(list(pieces(small, 1 << 20, names)))

        assert found[:-1] == rows(list(pieces(large, 1 << 20, names)))[:-1]
        assert found == rows(list(pieces(small, 7, names)))

    def test_of_nothing_are_one_without_records(self) -> None:
        assert [len(one) for one in pieces(b"", 10, names)] == [0]

    def test_of_a_file_with_a_byte_order_mark_start_behind_it(self) -> None:
        for size in (1, SMALL_BYTES):
            data = b"\xef\xbb\xbfab\r\n" + b"c" * size

            found = rows(list(pieces(data, 1 << 20, names)))

            assert found[0] == ("ab", "a", 1, 3, 2, 2, 0)


class TestEncodings:
    """Which bytes are text."""

    @pytest.mark.parametrize(
        ("data", "encoding"), [(b"a", "utf-8"), (b"\xc3\xa9", "utf-8"), (b"\xe9", "cp1252")]
    )
    def test_utf_8_is_read_else_cp1252(self, data: bytes, encoding: str) -> None:
        assert encoding_of(data) == encoding

    @pytest.mark.parametrize(
        ("data", "offset"), [(b"ab\ncd\x81\n", 5), (b"ab\ncd\0", 5), (b"\xe9\n\x9d", 2)]
    )
    def test_a_byte_that_is_none_is_refused_where_it_stands(self, data: bytes, offset: int) -> None:
        with pytest.raises(Refused) as raised:
            encoding_of(data)

        assert raised.value.finding.code == "encoding_differs"
        assert (raised.value.finding.line, raised.value.finding.byte_offset) == (2, offset)
