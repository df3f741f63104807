"""One real file of each format, damaged in every way that a transfer can: cut off, a digit changed.

Damage is *noticed* when the file is refused or has a finding that the whole file has not. What is
not noticed has to be harmless: nothing but filling was cut off, no money was changed. Exceptions
stand in a list with their reason (tests/parsers/test_robustness.py); `python -m tests.fuzz.damage`
tries every offset and every digit, the tests a part of them.
"""

import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parsers import FORMATS, ParsedFile, parse
from tests.fuzz.seeds import FIXTURES

_BESIDE = (".json", ".toml", ".md")


@dataclass(frozen=True)
class Sample:
    """An ordinary file of a format."""

    name: str
    path: Path
    data: bytes
    layout: Mapping[str, Any] | None

    def parse(self, data: bytes) -> ParsedFile:
        """Read the file, or what became of it."""
        return parse(data, format=self.name, layout=self.layout)

    def silent_cuts(self, offsets: Iterable[int]) -> list[int]:
        """Return at which offsets the file can end without anybody noticing."""
        known = _codes(self.parse(self.data))
        return [size for size in offsets if _is_silent(self.parse(self.data[:size]), known)]

    def silent_edits(self, offsets: Iterable[int]) -> list[int]:
        """Return which digits can be another one, and change money or totals unnoticed."""
        whole = self.parse(self.data)
        known, money = _codes(whole), _money(whole)
        silent = []
        for place in offsets:
            edited = bytearray(self.data)
            edited[place] = edited[place] ^ 1  # 0 and 1, 2 and 3, ... in ASCII and EBCDIC
            parsed = self.parse(bytes(edited))
            if _is_silent(parsed, known) and _is_other(_money(parsed), money):
                silent.append(place)
        return silent

    def digits(self) -> list[int]:
        """Return where digits stand, in the alphabet that the file is written in."""
        ascii_digits = [at for at, one in enumerate(self.data) if 0x30 <= one <= 0x39]
        ebcdic = [at for at, one in enumerate(self.data) if 0xF0 <= one <= 0xF9]
        return max(ascii_digits, ebcdic, key=len)


def sample_of(name: str) -> Sample:
    """Return the first ordinary fixture of a format."""
    path = min(one for one in (FIXTURES / name).glob("ordinary*") if one.suffix not in _BESIDE)
    layout = path.with_suffix(".layout.toml")
    rules = tomllib.loads(layout.read_text("utf-8"))["layout"] if layout.exists() else None
    return Sample(name, path, path.read_bytes(), rules)


def sample_at(name: str, path: Path) -> Sample:
    """Return a file of one's own as a sample of a format that needs no layout."""
    return Sample(name, path, path.read_bytes(), None)


_Code = tuple[str, str | None]


def _codes(parsed: ParsedFile) -> set[_Code]:
    """Return what is found, by code and field: one total of a real file may differ already."""
    return {(one.code, one.field) for one in parsed.findings}


def _is_silent(parsed: ParsedFile, known: set[_Code]) -> bool:
    return parsed.accepted and _codes(parsed) <= known


_Figures = tuple[list[int], list[int], list[str]]


def _money(parsed: ParsedFile) -> _Figures:
    """Return the figures of a file: amounts, balances, totals. No total covers currency codes."""
    stated = [
        one
        for statement in parsed.statements
        for one in (statement.opening_minor, statement.closing_minor)
    ]
    balances = sorted(one for one in stated if one is not None)
    totals = sorted(one.declared for one in parsed.control_totals if one.declared)
    return parsed.frame["amount_minor"].sort().to_list(), balances, totals


def _is_other(found: _Figures, whole: _Figures) -> bool:
    """Tell whether figures changed or lines were lost; a total more or less is another group."""
    amounts, balances, totals = found
    before, opened, declared = whole
    return (
        len(amounts) < len(before)
        or (len(amounts) == len(before) and amounts != before)
        or (len(balances) == len(opened) and balances != opened)
        or (len(totals) == len(declared) and totals != declared)
    )


def main(names: Iterable[str]) -> None:
    """Print for each FORMAT or FORMAT=FILE what nobody notices, over all offsets and digits."""
    for one in names:
        name, _, path = one.partition("=")
        sample = sample_at(name, Path(path)) if path else sample_of(name)
        cuts = sample.silent_cuts(range(len(sample.data)))
        digits = sample.digits()
        edits = sample.silent_edits(digits)
        tails = sorted({sample.data[one:][:12] for one in cuts}, key=len)[:4]
        places = [sample.data[max(0, one - 12) : one + 8] for one in edits[:6]]
        report = (
            f"{name}: {len(cuts)} of {len(sample.data)} cuts, {len(edits)} of {len(digits)} digits"
        )
        sys.stdout.write(f"{report}\n  cut off: {tails}\n  changed: {places}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:] or FORMATS)
