"""What a parser returns: the lines of money, what the file says about itself, and what is wrong.

Parsing and controlling are two steps (docs/formats): a file is **refused** where bytes are missing,
unreadable, or contradict a total that the file declares about itself; everything else that looks
odd is a **warning**, which can open a case but never stops the money from being reconciled.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

import polars as pl

from parsers.cards import hide_all, hide_cards

FOUND_CHARACTERS_MAX = 80
FINDINGS_MAX = 200

Severity = Literal["refusal", "warning"]


def shown(text: object) -> str:
    """Return `text` fit for a message: short, printable, and without card numbers."""
    plain = hide_all(str(text))
    if not plain.isprintable():
        plain = "".join(one if one.isprintable() else "\N{MIDDLE DOT}" for one in plain)
    if len(plain) > FOUND_CHARACTERS_MAX:
        return plain[: FOUND_CHARACTERS_MAX - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return plain


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where (1-based line, 0-based byte), what was found and expected.

    A control (parsers/codes.py) also says which figure the file declares and which one we computed.
    """

    code: str
    severity: Severity
    found: str
    expected: str
    hint: str
    line: int | None = None
    byte_offset: int | None = None
    record: str | None = None
    field: str | None = None
    record_no: int | None = None
    declared: str | None = None
    computed: str | None = None

    def as_json(self) -> dict[str, object]:
        """Return the finding as `tieout parse --json` prints it."""
        names = ["code", "line", "byte_offset", "record", "field", "found", "expected", "hint"]
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class ControlTotal:
    """A total that the file declares about itself, beside the one computed from its records."""

    name: str
    declared: str
    computed: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, report or logical file; balances are signed minor units, credit positive.

    `net_minor` is the signed sum of the booked entries, `entries` counts all of them. `consistent`
    is whether opening + net = closing, null where the file states no pair of balances.
    """

    account: str | None
    reference: str | None
    currency: str | None
    opening_minor: int | None
    closing_minor: int | None
    net_minor: int
    entries: int
    consistent: bool | None
    opening_date: str | None = None
    closing_date: str | None = None
    sequence: str | None = None

    def as_json(self) -> dict[str, object]:
        """Return the statement as `tieout parse --json` prints it."""
        names = (
            "account reference currency opening_minor closing_minor net_minor entries consistent"
        )
        return {name: getattr(self, name) for name in names.split()}


@dataclass(slots=True)
class Findings:
    """Collects findings up to a limit; the last one then says how many more there were.

    `decided` holds what the feed decided about codes (parsers/codes.py): it overrules the parser.
    """

    decided: Mapping[str, Severity] = field(default_factory=dict)
    kept: list[Finding] = field(default_factory=list)
    more: int = 0
    refused: bool = False

    def add(self, finding: Finding) -> None:
        """Keep one finding, with its text made safe to show."""
        severity = self.decided.get(finding.code, finding.severity)
        self.refused = self.refused or severity == "refusal"
        if len(self.kept) >= FINDINGS_MAX:
            self.more += 1
            return
        safe = replace(
            finding,
            severity=severity,
            found=shown(finding.found),
            expected=hide_cards(finding.expected),
            record=None if finding.record is None else shown(finding.record),
            field=None if finding.field is None else hide_cards(finding.field),
        )
        self.kept.append(safe)

    def differs(
        self,
        code: str,
        *,
        declared: object,
        computed: object,
        severity: Severity = "refusal",
        **where: object,
    ) -> None:
        """Add a control that the file fails; `where` holds the other fields of Finding."""
        figures = {"declared": str(declared), "computed": str(computed)}
        found = f"declared {declared}, computed {computed}"
        texts = {"found": found, "expected": "equal figures", **figures, **where}
        self.add(Finding(code, severity, **texts))  # type: ignore[arg-type]

    def refuse(self, code: str, **where: object) -> None:
        """Add a refusal; `where` holds the other fields of Finding."""
        self.add(Finding(code, "refusal", **where))  # type: ignore[arg-type]

    def warn(self, code: str, **where: object) -> None:
        """Add a warning; `where` holds the other fields of Finding."""
        self.add(Finding(code, "warning", **where))  # type: ignore[arg-type]

    def extend(self, more: "Findings") -> None:
        """Add what was found apart from these, under the same decisions."""
        room = max(FINDINGS_MAX - len(self.kept), 0)
        self.kept += more.kept[:room]
        self.more += more.more + len(more.kept[room:])
        self.refused = self.refused or more.refused

    def apart(self) -> "Findings":
        """Return findings kept in the same list, of which it can be asked alone if they refuse."""
        return Findings(self.decided, self.kept)

    def join(self, others: "Findings") -> None:
        """Take over whether findings that were kept apart refuse, and how many were not listed."""
        self.refused = self.refused or others.refused
        self.more += others.more

    def as_tuple(self) -> tuple[Finding, ...]:
        """Return what was kept, plus one line about what was not."""
        if not self.more:
            return tuple(self.kept)
        last = Finding(
            "more_findings",
            "refusal" if self.refused else "warning",
            found=f"{self.more} more findings that are not listed",
            expected=f"at most {FINDINGS_MAX}",
            hint="Correct the first ones; the others often have the same cause.",
        )
        return (*self.kept, last)


@dataclass(frozen=True, slots=True)
class Draft:
    """What one format's parser hands to `parsers.parse`: lines before the contract is checked."""

    frame: pl.DataFrame
    records: int
    statements: tuple[Statement, ...] = ()
    control_totals: tuple[ControlTotal, ...] = ()
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """The lines of one currency: how many, and the sums of both directions, without sign."""

    currency: str
    count: int
    credit_minor: int
    debit_minor: int


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A parsed file. `frame` keeps the SettlementLine contract; it is empty when refused.

    `records` counts the records of the file's own format (messages, entries, rows), whether or
    not they hold money. `totals` sums the lines, also those that were handed on in batches.
    `message_id` is what the sender calls the file in itself, where the format has such a name: a
    file that is made anew keeps it.
    """

    format: str | None
    sha256: str
    size: int
    accepted: bool
    frame: pl.DataFrame
    statements: tuple[Statement, ...]
    control_totals: tuple[ControlTotal, ...]
    findings: tuple[Finding, ...]
    records: int
    totals: tuple[Total, ...] = ()
    message_id: str | None = None

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """The findings for which the file was refused."""
        return tuple(one for one in self.findings if one.severity == "refusal")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that did not stop the file."""
        return tuple(one for one in self.findings if one.severity == "warning")

    def as_json(self, name: str = "") -> dict[str, object]:
        """Return the document that `tieout parse --json` prints; `name` is the file's own name."""
        return {
            "file": {"name": name, "bytes": self.size, "sha256": self.sha256},
            "format": self.format,
            "accepted": self.accepted,
            "records": self.records,
            "totals": [asdict(one) for one in self.totals],
            "statements": [one.as_json() for one in self.statements],
            "control_totals": [
                {
                    "name": one.name,
                    "declared": one.declared,
                    "computed": one.computed,
                    "agrees": one.agrees,
                }
                for one in self.control_totals
            ],
            "refusals": [one.as_json() for one in self.refusals],
            "warnings": [one.as_json() for one in self.warnings],
        }
