"""Writes camt.052, .053 and .054 documents that declare counts, sums and nets of what they hold.

    Document
      BkToCstmrStmt                  052: BkToCstmrAcctRpt, 054: BkToCstmrDbtCdtNtfctn
        GrpHdr
        Stmt                         052: Rpt, 054: Ntfctn (which has no balances)
          Id, ElctrncSeqNb, Acct, Bal OPBD, Bal CLBD, TxsSummry
          Ntry                       NtryDtls: Btch and TxDtls

Text by text, without a library, so that it proves the reader's XML too. Source: the message
definitions of iso20022.org; where versions differ, `version` decides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

from tieout.money import format_minor

_MESSAGES = {
    "camt.052": ("BkToCstmrAcctRpt", "Rpt"),
    "camt.053": ("BkToCstmrStmt", "Stmt"),
    "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
_STATUS_IN_CODE = 7
"""Version from which the status is <Sts><Cd>BOOK</Cd></Sts>, not <Sts>BOOK</Sts>."""
_NET_IN_ELEMENT = 4
"""Version from which the net of a summary has an element of its own."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One payment of an entry; the amount is signed minor units."""

    amount_minor: int
    end_to_end_id: str = "NOTPROVIDED"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; the amount is signed minor units of the account's currency."""

    amount_minor: int
    booked_on: date
    reference: str
    value_on: date | None = None
    status: str = "BOOK"
    is_reversal: bool = False
    details: tuple[Detail, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of one account; it closes with its opening and the booked entries."""

    account: str
    currency: str
    reference: str
    day: date
    opening_minor: int = 0
    sequence: int = 1
    entries: tuple[Entry, ...] = ()

    @property
    def closing_minor(self) -> int:
        """The closing balance."""
        booked = (one.amount_minor for one in self.entries if one.status == "BOOK")
        return self.opening_minor + sum(booked)


def write_camt(
    statements: Sequence[Statement],
    *,
    message: str = "camt.053",
    version: int = 8,
    prefix: str = "",
) -> bytes:
    """Return the bytes of one document.

    Args:
        statements: what it holds, in this order.
        message: camt.052, camt.053 or camt.054.
        version: of the message, 2 to 13.
        prefix: of the name space in every tag, none by default.
    """
    return "".join(_Writer(message, version, prefix).document(statements)).encode()


class _Writer:
    """Writes tags of one version under one prefix."""

    def __init__(self, message: str, version: int, prefix: str) -> None:
        self.root, self.statement = _MESSAGES[message]
        self.message = message
        self.version = version
        self.prefix = f"{prefix}:" if prefix else ""

    def document(self, statements: Sequence[Statement]) -> Iterator[str]:
        """Yield the parts of a document."""
        name = f"urn:iso:std:iso:20022:tech:xsd:{self.message}.001.{self.version:02d}"
        space = f"xmlns:{self.prefix[:-1]}" if self.prefix else "xmlns"
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<{self.prefix}Document {space}="{name}">\n'
        yield f"<{self.prefix}{self.root}>\n"
        created = f"{statements[0].day if statements else date(2026, 3, 2)}T21:30:00+00:00"
        yield (
            self.tag("GrpHdr", self.text("MsgId", "MESSAGE-1"), self.text("CreDtTm", created))
            + "\n"
        )
        for one in statements:
            yield from self._statement(one)
        yield f"</{self.prefix}{self.root}>\n</{self.prefix}Document>\n"

    def tag(self, name: str, *parts: str, attributes: str = "") -> str:
        """Return an element of parts that are written already."""
        full = self.prefix + name
        return f"<{full}{attributes}>{''.join(parts)}</{full}>"

    def text(self, name: str, value: object) -> str:
        """Return an element with a text."""
        return self.tag(name, escape(str(value)))

    def amount(self, minor: int, currency: str) -> str:
        """Return an unsigned amount and the indicator of its direction."""
        value = format_minor(abs(minor), currency)
        side = "CRDT" if minor >= 0 else "DBIT"
        return self.tag("Amt", value, attributes=f' Ccy="{currency}"') + self.text(
            "CdtDbtInd", side
        )

    def _statement(self, one: Statement) -> Iterator[str]:
        yield f"<{self.prefix}{self.statement}>" + self.text("Id", one.reference)
        yield self.text("ElctrncSeqNb", one.sequence)
        yield self.text("CreDtTm", f"{one.day}T21:30:00+00:00")
        account = self.tag("Id", self.text("IBAN", one.account))
        yield self.tag("Acct", account, self.text("Ccy", one.currency)) + "\n"
        if self.message != "camt.054":
            yield self._balance("OPBD", one.opening_minor, one)
            yield self._balance("CLBD", one.closing_minor, one)
        yield self._summary(one) + "\n"
        for entry in one.entries:
            yield self.entry(entry, one.currency) + "\n"
        yield f"</{self.prefix}{self.statement}>\n"

    def _balance(self, code: str, minor: int, one: Statement) -> str:
        kind = self.tag("Tp", self.tag("CdOrPrtry", self.text("Cd", code)))
        day = self.tag("Dt", self.text("Dt", one.day))
        return self.tag("Bal", kind, self.amount(minor, one.currency), day) + "\n"

    def _summary(self, one: Statement) -> str:
        amounts = [entry.amount_minor for entry in one.entries]
        credits = [amount for amount in amounts if amount >= 0]
        debits = [-amount for amount in amounts if amount < 0]
        net = self.amount(sum(amounts), one.currency)
        if self.version >= _NET_IN_ELEMENT:
            net = self.tag("TtlNetNtry", net)
        else:
            value = format_minor(abs(sum(amounts)), one.currency)
            side = "CRDT" if sum(amounts) >= 0 else "DBIT"
            net = self.text("TtlNetNtryAmt", value) + self.text("CdtDbtInd", side)
        return self.tag(
            "TxsSummry",
            self.tag("TtlNtries", self._total([*credits, *debits], one.currency), net),
            self.tag("TtlCdtNtries", self._total(credits, one.currency)),
            self.tag("TtlDbtNtries", self._total(debits, one.currency)),
        )

    def _total(self, amounts: Sequence[int], currency: str) -> str:
        count = self.text("NbOfNtries", len(amounts))
        return count + self.text("Sum", format_minor(sum(amounts), currency))

    def entry(self, one: Entry, currency: str) -> str:
        """Return one entry."""
        status = self.text("Cd", one.status) if self.version >= _STATUS_IN_CODE else one.status
        family = self.tag("Fmly", self.text("Cd", "RCDT"), self.text("SubFmlyCd", "ESCT"))
        parts = [
            self.text("NtryRef", one.reference),
            self.amount(one.amount_minor, currency),
            self.text("RvslInd", "true") if one.is_reversal else "",
            self.tag("Sts", status),
            self.tag("BookgDt", self.text("Dt", one.booked_on)),
            self.tag("ValDt", self.text("Dt", one.value_on)) if one.value_on else "",
            self.text("AcctSvcrRef", one.reference),
            self.tag("BkTxCd", self.tag("Domn", self.text("Cd", "PMNT"), family)),
            self._details(one, currency) if one.details else "",
            self.text("AddtlNtryInf", one.text) if one.text else "",
        ]
        return self.tag("Ntry", *parts)

    def _details(self, one: Entry, currency: str) -> str:
        batch = self.tag("Btch", self.text("NbOfTxs", len(one.details)))
        parts = [batch if len(one.details) > 1 else ""]
        for detail in one.details:
            references = self.tag("Refs", self.text("EndToEndId", detail.end_to_end_id))
            remittance = self.tag("RmtInf", self.text("Ustrd", detail.text)) if detail.text else ""
            amount = self.amount(detail.amount_minor, currency)
            parts.append(self.tag("TxDtls", references, amount, remittance))
        return self.tag("NtryDtls", *parts)


def many_entries(count: int) -> bytes:
    """Return a camt.053.001.08 with `count` booked entries of one detail each, for benchmarks.

    Some 600 bytes an entry; it declares no totals.
    """
    day = date(2026, 3, 2)
    detail = Detail(7_777_777, "PAYMENT-77777777", "Payout & batch 77777777")
    text = "Collective payment of card sales, net of fees"
    entry = Entry(7_777_777, day, "BANK-77777777", value_on=day, details=(detail,), text=text)
    writer = _Writer("camt.053", 8, "")
    template = writer.entry(entry, "EUR").replace("77777.77", "{1}").replace("77777777", "{0:08d}")
    empty = Statement("DE89370400440532013000", "EUR", "STATEMENT-1", day)
    head, _, _ = "".join(writer.document([empty])).partition("<Bal>")
    fill = (template + "\n").format
    body = "".join(fill(n, f"{n % 9000 + 1}.{n % 100:02d}") for n in range(count))
    return f"{head}{body}</Stmt>\n</BkToCstmrStmt>\n</Document>\n".encode()
