"""The bytes behind a line: read from the landing store by range, card numbers covered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tieout.errors import TieoutError
from tieout.reports.byte_view import BYTES_SHOWN_MAX, READ_BEYOND, ByteView, view_bytes
from tieout.reports.case_detail import PROVENANCE, currency_of_field
from tieout.reports.masking import mask_cards_in_text
from tieout.reports.wording import format_field, label_of
from tieout.transfer.landing import LocalLandingStore

LINES_SHOWN_MAX = 12
"""Lines of one case whose bytes a page shows."""


@dataclass(frozen=True)
class Evidence:
    """One line: its place in a file, its bytes (or why they cannot be shown), its parsed fields."""

    line: Mapping[str, Any]
    start: int
    length: int
    view: ByteView | None
    problem: str
    fields: tuple[tuple[str, str], ...]


def read_evidence(landing: Path, lines: Sequence[Mapping[str, Any]]) -> tuple[Evidence, ...]:
    """Return the evidence of the first lines; `landing` is the folder of the landing store."""
    store = LocalLandingStore(landing)
    return tuple(_evidence_of(store, line) for line in lines[:LINES_SHOWN_MAX])


def _evidence_of(store: LocalLandingStore, line: Mapping[str, Any]) -> Evidence:
    start, length = int(line.get("byte_start") or 0), int(line.get("byte_length") or 0)
    fields = tuple(
        (label_of(name), _shown(name, line))
        for name in line
        if name not in PROVENANCE and line[name] not in (None, "")
    )
    view, problem = None, _reason_without_bytes(line, length)
    if not problem:
        # A few bytes beyond, so that a card number at the cut is found whole and covered.
        wanted = min(length, BYTES_SHOWN_MAX) + READ_BEYOND
        try:
            data = store.read_range(line["file_sha256"], start, wanted)
        except TieoutError as error:
            problem = f"The bytes cannot be shown. {error}"
        else:
            view = view_bytes(data, start=start, length=length)
    return Evidence(line, start, length, view, problem, fields)


def _reason_without_bytes(line: Mapping[str, Any], length: int) -> str:
    if not line.get("file_sha256"):
        return "No file stands behind this: nothing has arrived."
    if length == 0:
        return "This is about the file as a whole; open it to see what was found."
    return ""


def _shown(name: str, line: Mapping[str, Any]) -> str:
    text = format_field(name, line[name], currency_of_field(name, line))
    return mask_cards_in_text(text) if name == "narrative" else text
