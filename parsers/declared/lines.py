"""Cells in, settlement lines out: the steps that every declared format takes, in their order."""

from collections.abc import Iterable, Iterator

import polars as pl

from parsers.contract import Source
from parsers.declared.convert import Converter
from parsers.declared.keys import OwnKeys
from parsers.declared.rules import LineRules
from parsers.declared.signs import apply_signs
from parsers.declared.texts import Cells
from parsers.declared.totals import GroupSums
from parsers.lines import build_lines
from parsers.outcome import ControlTotal, Findings
from parsers.singles import FEW
from tieout.frames.settlement import KINDS

_PIECE_BYTES = 1 << 20
_REVERSAL = KINDS.index("reversal")


class LineMaker:
    """Makes the lines of one file: converted in pieces for the cache, handed on in batches.

    `piece_bytes` is how much of the file is to be converted at once.
    """

    def __init__(self, layout: LineRules, source: Source, findings: Findings) -> None:
        self.layout, self.source, self.findings = layout, source, findings
        self._groups = GroupSums(layout.group_total) if layout.group_total else None
        self._keys = OwnKeys(str(layout.columns.get("record_id")), findings)
        self._pieces = self._held_bytes = 0
        self._held: dict[str, pl.Series] = {}
        self.piece_bytes = min(source.batch_bytes, _PIECE_BYTES)

    @property
    def is_refused(self) -> bool:
        """Whether no line of the file can be handed on any more."""
        return self.findings.refused or self._keys.has_repeated

    def convert(self, cells: Cells, *, is_last: bool) -> Converter:
        """Return a piece converted and signed, in the sender's own units."""
        self._pieces += 1
        found = Converter(cells, self.layout, self.findings, self.source.pan_key)
        found.convert()
        if self.layout.keeps_own_keys:
            self._keys.add(found.texts["record_id"], is_whole=is_last and self._pieces == 1)
        apply_signs(found)
        return found

    def check_keys(self, pieces: Iterable[Cells]) -> None:
        """Refuse keys that come twice in the file; `pieces` are its pieces, read again."""
        self._keys.refuse_repeated(pieces, self.layout.place_of("record_id"))

    def lines(self, found: Converter, size: int) -> Iterator[pl.DataFrame]:
        """Take in a piece of `size` bytes; yield settlement lines when they make a batch."""
        for name, column in self._columns(found).items():
            if name in self._held:
                self._held[name].append(column)
            else:
                self._held[name] = column.alias(name)
        self._held_bytes += size
        if self._held_bytes >= self.source.batch_bytes:
            yield from self.rest()

    def rest(self) -> Iterator[pl.DataFrame]:
        """Yield the settlement lines that are left."""
        if not self._held or self.is_refused:
            return
        if "record_id" in self._held and self._keys.repeat_in(self._held["record_id"]):
            return
        found = pl.DataFrame(list(self._held.values()))
        self._held, self._held_bytes = {}, 0
        lines = build_lines(found, sha256=self.source.sha256, feed=self.source.feed)
        if self._groups is not None:
            self._groups.add(lines)
        yield lines

    def _columns(self, found: Converter) -> dict[str, pl.Series]:
        exponents = found.with_iso_exponents()
        places = found.places
        columns = {
            "record_no": pl.Series(places.record_no),
            "byte_start": pl.Series(places.byte_start),
            "byte_length": pl.Series(places.byte_length),
            "exponent": exponents,
            "is_reversal": pl.Series(found.kinds == _REVERSAL),
            **found.columns,
            **{f"{name}_minor": one.column() for name, one in found.minors.items()},
        }
        if "record_id" in columns:
            columns["record_id"] = _named(self.source.feed, columns["record_id"])
        return columns

    def group_totals(self) -> list[ControlTotal]:
        """Return what lines of the file declare about others; differences are warnings."""
        return [] if self._groups is None else self._groups.check(self.findings)


def _named(feed: str, keys: pl.Series) -> pl.Series:
    if len(keys) < FEW:
        return pl.Series([f"{feed}:{key}" for key in keys.to_list()], dtype=pl.String)
    named: pl.Series = pl.Series([f"{feed}:"]) + keys
    return named
