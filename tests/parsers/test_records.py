"""Bytes to lines: what is no text in the declared encoding is refused, never replaced."""

import pytest

from parsers.errors import Refused
from parsers.records import read_lines


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
