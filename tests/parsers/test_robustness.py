"""Bad bytes never raise: truncated, edited, arbitrary. What comes back is refused, with reasons."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers import FORMATS, ParsedFile, parse
from tests.parsers.test_fixtures import CASES, parse_case
from tests.support.ipm_files import framed, presentment, refund, write_ipm

ORDINARY = [path for path in CASES if path.name.startswith("ordinary")]
DEFECT = "parser_defect"
LAYOUT: dict[str, object] = {
    "kind": {"constant": "sale"},
    "columns": {"amount": "amount", "currency": "currency", "business_date": "date"},
}


def codes(parsed: ParsedFile) -> set[str]:
    return {one.code for one in parsed.findings}


class TestTruncation:
    """Files that stop too early."""

    @pytest.mark.parametrize("path", ORDINARY, ids=lambda path: path.parent.name)
    def test_at_every_offset_gives_an_outcome(self, path: Path, tmp_path: Path) -> None:
        data = path.read_bytes()
        step = max(1, len(data) // 40)
        layout = path.with_suffix(".layout.toml")
        short = tmp_path / path.name
        if layout.exists():
            short.with_suffix(".layout.toml").write_text(layout.read_text())

        for size in [*range(0, len(data) - 24, step), *range(len(data) - 24, len(data))]:
            short.write_bytes(data[:size])

            parsed = parse_case(short)

            assert DEFECT not in codes(parsed), size

    def test_of_an_ipm_file_is_always_refused(self) -> None:
        data = write_ipm(framed([presentment(1234), refund(55)]), blocked=False)

        accepted = [size for size in range(len(data) - 4) if parse(data[:size]).accepted]

        assert accepted == []


class TestArbitraryBytes:
    """Files that are no files."""

    @given(st.binary(max_size=400))
    @settings(max_examples=50, deadline=None)
    @pytest.mark.parametrize("name", [name for name in FORMATS if name != "delimited"])
    def test_never_raise(self, name: str, data: bytes) -> None:
        parsed = parse(data, format=name)

        assert DEFECT not in codes(parsed)

    @given(st.binary(max_size=300))
    @settings(max_examples=50, deadline=None)
    def test_never_raise_as_a_delimited_file(self, data: bytes) -> None:
        parsed = parse(b"amount,currency,date\n" + data, layout=LAYOUT)

        assert DEFECT not in codes(parsed)

    @given(data=st.data())
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_one_changed_byte_never_raises(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from([one for one in CASES if one.parent.name != "delimited"]))
        content = bytearray(path.read_bytes())
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

        parsed = parse(bytes(content), format=path.parent.name)

        assert DEFECT not in codes(parsed)


class TestSingleDigitEdits:
    """One digit changed on the way."""

    def test_of_every_amount_and_total_of_an_ipm_file_are_noticed(self) -> None:
        data = write_ipm(
            framed([presentment(111222), refund(333444)]), encoding="latin-1", blocked=False
        )
        fields = [
            match.span()
            for text in (rb"(?<=000000)000000111222", rb"(?<=200000)000000333444")
            for match in re.finditer(text, data)
        ]
        fields += [match.span() for match in re.finditer(rb"(?<=0301016)\d{16}", data)]
        fields += [match.span() for match in re.finditer(rb"(?<=0306008)\d{8}", data)]
        silent = []

        for first, last in fields:
            for place in range(first, last):
                edited = bytearray(data)
                edited[place] = ord("7") if edited[place] != ord("7") else ord("8")
                if parse(bytes(edited)).accepted:
                    silent.append(place)

        assert len(fields) == 4
        assert silent == []
