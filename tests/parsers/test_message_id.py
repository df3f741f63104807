"""What senders call their files: by it a file is known again in other bytes."""

from pathlib import Path

import pytest

from parsers import Stream, parse

FIXTURES = Path(__file__).parent.parent / "fixtures"
NAMES = {
    "bai2/ordinary_two_accounts.bai": "121000248 TIEOUT 260303 1",
    "camt/ordinary_one_account.xml": "M1",
    "camt/ugly_envelope_prefixes_cdata_pending_reversal.xml": "M1 M2 page 2",
    "ingenico_wx/ordinary_day.xml": "000000123420260302.010226",
    "mastercard_ipm/two_files_three_exponents_no_end_mark.ipm": (
        "0012603020000001234500101 0012603020000001234500102"
    ),
    "nacha/ordinary_entries_return_and_change.ach": "121042882 260302 0600 A",
    "ofx/ordinary_sgml_two_entries.ofx": None,
}


class TestMessageId:
    """The name of a file in itself."""

    @pytest.mark.parametrize("name", NAMES)
    def test_is_that_of_its_header(self, name: str) -> None:
        data = (FIXTURES / name).read_bytes()

        stream = Stream(data, format=name.partition("/")[0], batch_bytes=200)
        for _ in stream:
            pass

        assert parse(data).message_id == NAMES[name]
        assert stream.outcome.message_id == NAMES[name]

    def test_is_none_without_a_header(self) -> None:
        assert parse(b"02,A,B,1,260302,2400,USD,2/\n", format="bai2").message_id is None
        assert parse(b"5200COMPANY", format="nacha").message_id is None
