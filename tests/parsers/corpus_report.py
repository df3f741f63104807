"""Writes the table of docs/formats/README.md: what every parser, and its peers, make of the corpus.

    python -m tests.parsers.corpus_report      # needs ../shared/corpus; `make corpus-report`

The comparisons are those of the corpus tests, so the table can say nothing that they do not hold.
Times are processor seconds of this run; a file below a mebibyte counts as one, or the table would
show start-up.
"""

import importlib
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from parsers import FORMATS, ParsedFile, parse
from tests.parsers import test_corpus as banks
from tests.parsers import test_corpus_processors as processors
from tests.parsers import test_corpus_reports as reports
from tests.parsers.peers import PEERS, CannotRead, Peer, ask, total

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "README.md"
_MIB = 1 << 20
_TIME = 5
"""Which cell of a line is the time."""

Facts = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """The figures of one format; all of them 0 or empty where the corpus has no file of it."""

    name: str
    ok: int = 0
    agree: int = 0
    malformed: int = 0
    refused: int = 0
    warned: int = 0
    seconds_per_mib: float = 0.0
    peers: tuple[tuple[str, int], ...] = ()

    @property
    def exceptions(self) -> int:
        """Whole files that do not agree; each stands with its reason in the corpus tests."""
        return self.ok - self.agree


def row(name: str, *, is_timed: bool = True) -> Row:
    """Return the figures of one format; without times when they are not wanted."""
    whole, malformed = whole_files(name), _paths(name, "malformed")
    if not whole + malformed:
        return Row(name)
    outcomes = [_parsed(name, path) for path in malformed]
    refused = sum(not one.accepted for one in outcomes)
    return Row(
        name,
        ok=len(whole),
        agree=sum(not _differences(name, path) for path in whole),
        malformed=len(malformed),
        refused=refused,
        warned=sum(one.accepted and bool(one.findings) for one in outcomes),
        seconds_per_mib=max(_seconds_per_mib(name, one) for one in whole + malformed)
        if is_timed
        else 0.0,
        peers=tuple((peer.name, _agreeing(peer, name, whole)) for peer in PEERS.get(name, ())),
    )


def whole_files(name: str) -> list[str]:
    """Return the paths of the corpus that hold whole files of a format."""
    return _paths(name, "ok")


def _paths(name: str, category: str) -> list[str]:
    folder = name.replace("_", "-")
    if name in reports.SELECTED:
        return reports.selected(name, category)
    if folder in banks.FORMATS:
        return banks.paths(folder, category)
    named = processors.files(name) if name in processors.NAMED else []
    found = list(_starts()) if name == "delimited" else named
    return [path for path in found if banks.expected()[path]["category"] == category]


def _starts() -> dict[str, str]:
    """Return the files that a layout describes, each with the key of its layout."""
    return {path: one for one in processors.LAYOUTS for path in processors.of_layout(one)}


def _differences(name: str, path: str) -> list[str]:
    if name in reports.SELECTED:
        return reports.differences(name, path)
    if name in processors.NAMED:
        return list(processors.named_differences(name, path))
    if name == "delimited":
        return list(processors.plain_differences(_starts()[path], path))
    return banks.differences(path)


def _parsed(name: str, path: str) -> ParsedFile:
    return processors.read(_starts()[path], path) if name == "delimited" else banks.parsed(path)


def _seconds_per_mib(name: str, path: str) -> float:
    size = (banks.CORPUS / path).stat().st_size
    layout = processors.LAYOUTS[_starts()[path]][0] if name == "delimited" else None
    data = (banks.CORPUS / path).read_bytes()
    start = time.process_time()
    parse(data, layout=layout)
    return (time.process_time() - start) / max(size / _MIB, 1)


def _agreeing(peer: Peer, name: str, paths: Iterable[str]) -> int:
    """Return in how many files the peer finds as many entries as the oracle, with its sum."""
    return sum(agrees(peer, name, path) for path in paths)


def agrees(peer: Peer, name: str, path: str) -> bool:
    """Tell whether a peer's entries are those that the oracle found: their number and sum."""
    expected = banks.expected()[path]
    try:
        found = ask(peer, (banks.CORPUS / path).read_bytes(), expected)
    except CannotRead:
        return False
    count, amount = _FIGURES[name](expected.get("facts") or {}, expected.get("peer_test") or {})
    is_count_right = peer.is_by_detail or count == len(found)
    return is_count_right and (amount is None or amount == total(found))


def _of_statements(facts: Facts, _: Facts) -> tuple[int, Decimal | None]:
    found = facts.get("statements", [])
    count = sum(one.get("n_61", one.get("n_entries")) or 0 for one in found)
    sums = (Decimal(one.get("sum_61", one.get("sum_booked")) or 0) for one in found)
    return count, sum(sums, Decimal(0))


def _of_bai2(facts: Facts, _: Facts) -> tuple[int, Decimal | None]:
    return int(facts["n_transactions"]), Decimal(facts["sum_16_amounts"])


def _of_ofx(facts: Facts, _: Facts) -> tuple[int, Decimal | None]:
    return int(facts["n_stmttrn"]), Decimal(facts["sum_trnamt"])


def _of_ipm(facts: Facts, peer_test: Facts) -> tuple[int, Decimal | None]:
    count = int(facts.get("n_messages") or peer_test["n_records"])
    messages = facts.get("messages")
    return count, messages and Decimal(sum(one["amount"] for one in messages))


_FIGURES: dict[str, Callable[[Facts, Facts], tuple[int, Decimal | None]]] = {
    "mt940": _of_statements,
    "camt": _of_statements,
    "bai2": _of_bai2,
    "ofx": _of_ofx,
    "mastercard_ipm": _of_ipm,
}
"""Format → number and signed sum of the entries that the oracle found (IPM: all messages)."""


def title_of(name: str) -> str:
    """Return what a format is: the first line of its package's docstring."""
    text = importlib.import_module(f"parsers.{name}").__doc__ or ""
    return text.strip().splitlines()[0].rstrip(".")


_HEAD = """# File formats

Every format that is read, with a page of its own. Written by `make corpus-report` from the registry
of parsers and from a collection of real files of banks, processors and other people's tests, for
which an independent oracle computed statements, balances, counts and sums.

- **Whole files**: in how many of them every figure is the oracle's. Each of the others is an
  exception, and stands below with its reason.
- **Malformed**: how many of the broken files are refused, and in how many others something is
  found; what is left agrees with itself, and stands below too.
- **s/MiB**: processor seconds of the slowest file; one below a mebibyte counts as one.
- **Peers**: other people's parsers on the same whole files: in how many they find as many entries
  as the oracle, with its signed sum (pycamt reads no camt.054). We know of no peer in Python for
  the other formats.

"""
_COLUMNS = "| Format | What it is | Whole files: agree | Exceptions | Malformed | s/MiB | Peers |"
_RULE = "|---|---|---|---|---|---|---|"


def page(found: Iterable[Row]) -> str:
    """Return the whole page."""
    return _HEAD + "\n".join([_COLUMNS, _RULE, *map(line, found)]) + "\n" + exceptions()


def exceptions() -> str:
    """Return the files that are exceptions, with the reasons that the corpus tests hold."""
    reasons = banks.EXCEPTIONS | reports.EXCEPTIONS | processors.EXCEPTIONS
    parts = ["", "## Whole files that are exceptions", "", "| File | Why |", "|---|---|"]
    parts += [f"| `{path}` | {reasons[path]} |" for path in sorted(reasons)]
    parts += [
        "",
        "Archives and workbooks are refused with the advice to unpack them: those under",
        "",
    ]
    parts += [f"- `{one}`" for one in processors.COMPRESSED]
    return "\n".join([*parts, ""])


def line(found: Row) -> str:
    """Return one line of the table."""
    start = f"| [{found.name}]({found.name}.md) | {title_of(found.name)}"
    if not found.ok + found.malformed:
        return f"{start} | own fixtures only | - | - | - | - |"
    malformed = "none known"
    if found.malformed:
        malformed = f"{found.malformed}: {found.refused} refused, {found.warned} warned"
    peers = "; ".join(f"{name} {count} of {found.ok}" for name, count in found.peers) or "-"
    return (
        f"{start} | {found.agree} of {found.ok} | {found.exceptions or '-'} | {malformed} "
        f"| {found.seconds_per_mib:.2f} | {peers} |"
    )


def figures(text: str) -> list[str]:
    """Return the cells of a line without its time, which no two runs share."""
    cells = [one.strip() for one in text.strip("|").split(" | ")]
    return [*cells[:_TIME], *cells[_TIME + 1 :]]


def main() -> int:
    """Write the page."""
    if not (banks.CORPUS / "EXPECTED.json").exists():
        sys.stderr.write(f"The corpus is not there: {banks.CORPUS}\n")
        return 1
    PAGE.write_text(page(map(row, FORMATS)), "utf-8")
    sys.stdout.write(f"{PAGE} is written.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
