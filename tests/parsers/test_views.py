"""Texts as places in a block: blanks around them, however many there are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.views import PAD, codes_of, trimmed
from tests.fuzz.contract import check

BLANKS = st.integers(0, 200).map(lambda size: b" " * size)
TEXTS = st.sampled_from([b"", b"x", b"ab c", b"a" + b" " * 150 + b"b"])
LONG = b" " * (1 << 20)


class TestTrimmed:
    """Blanks are taken off at both ends and nowhere else."""

    @given(st.lists(st.tuples(BLANKS, TEXTS, BLANKS).map(b"".join), min_size=1, max_size=6))
    def test_leaves_what_strip_leaves(self, parts: list[bytes]) -> None:
        block = b"|".join(parts) + PAD
        sizes = np.array([len(one) for one in parts])
        starts = np.cumsum(sizes + 1) - sizes - 1

        begins, lengths = trimmed(codes_of(block), starts, sizes)

        pairs = zip(begins.tolist(), lengths.tolist(), strict=True)
        assert [block[begin : begin + length] for begin, length in pairs] == [
            one.strip() for one in parts
        ]

    @pytest.mark.parametrize(
        ("name", "data"),
        [
            (
                "camt",
                b"<Document><BkToCstmrStmt><Stmt><Ntry><Amt Ccy='EUR'>1.00</Amt><AddtlNtryInf>"
                + LONG[:-100]
                + b"</AddtlNtryInf></Ntry></Stmt></BkToCstmrStmt></Document>",
            ),
            ("ofx", b"OFXHEADER:100\n\n<OFX><STMTRS><STMTTRN>" + LONG + b"</OFX>"),
        ],
    )
    def test_takes_time_in_step_with_the_blanks(self, name: str, data: bytes) -> None:
        assert check(name, data).format == name
