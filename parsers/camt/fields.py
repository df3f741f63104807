"""Single values out of elements: texts by alternative paths, dates, signed amounts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from lxml import etree

from parsers.camt.layout import NOT_PROVIDED
from parsers.outcome import Findings
from tieout.money import AmountUnreadable, UnknownCurrency, exponent_of, parse_minor

_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})")


def find_text(element: etree._Element, paths: Iterable[str]) -> str | None:
    """Return the first text, without surrounding space, that one of the paths leads to."""
    for path in paths:
        text: str | None = element.findtext(path)
        if text is not None and text.strip():
            return text.strip()
    return None


def find_ref(element: etree._Element, paths: Iterable[str]) -> str | None:
    """Return a reference, None where the sender says that there is none."""
    text = find_text(element, paths)
    return None if text is None or text.upper() in NOT_PROVIDED else text


def find_date(element: etree._Element, paths: Iterable[str]) -> date | None:
    """Return the day that is written, whatever time or zone stands behind it."""
    text = find_text(element, paths)
    found = _DATE.match(text) if text else None
    if found is None:
        return None
    try:
        return date.fromisoformat(found[1])
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Amount:
    """Signed minor units and their currency."""

    minor: int
    currency: str


class AmountReader:
    """Reads amounts with their indicators, and complains with the line of the element."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings

    def read(
        self,
        owner: etree._Element,
        paths: Iterable[str] = ("Amt",),
        *,
        currency: str | None = None,
        inherited: str | None = None,
    ) -> Amount | None:
        """Return the signed amount of a balance, entry or detail, None (refused) if unreadable.

        Args:
            owner: element that holds amount and CdtDbtInd.
            paths: where the amount stands.
            currency: used where the amount names none.
            inherited: indicator used where the owner has none of its own.
        """
        element = next((one for path in paths if (one := owner.find(path)) is not None), None)
        if element is None:
            self.complain(owner, "amount_missing", "no amount", "an element Amt")
            return None
        code = (element.get("Ccy") or currency or "").strip()
        text = (element.text or "").strip()
        try:
            minor = parse_minor(text, code, exponent=exponent_of(code))
        except (AmountUnreadable, UnknownCurrency) as error:
            self.complain(owner, "amount_unreadable", f"{text!r} {code}", error.message)
            return None
        return Amount(minor * self._sign(owner, inherited), code)

    def _sign(self, owner: etree._Element, inherited: str | None) -> int:
        indicator = find_text(owner, ("CdtDbtInd",))
        if indicator is None:
            indicator = inherited
            if indicator is None:
                self.warn_no_indicator(owner)
        if indicator in ("CRDT", "DBIT", None):
            return -1 if indicator == "DBIT" else 1
        self.complain(owner, "indicator_unknown", f"CdtDbtInd {indicator!r}", "CRDT or DBIT")
        return 1

    def warn_no_indicator(self, owner: etree._Element) -> None:
        """Record that the direction was not stated; ISO makes it mandatory, banks do not."""
        self.findings.warn(
            "indicator_missing",
            line=owner.sourceline,
            record=str(owner.tag),
            field="CdtDbtInd",
            found="no credit or debit indicator",
            expected="CRDT or DBIT",
            hint="Taken as CRDT.",
        )

    def complain(self, owner: etree._Element, code: str, found: str, expected: str) -> None:
        """Refuse the file for this element."""
        self.findings.refuse(
            code,
            line=owner.sourceline,
            record=str(owner.tag),
            found=found,
            expected=expected,
            hint="Ask the bank for a corrected file.",
        )
