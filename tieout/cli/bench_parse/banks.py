"""What `tieout bench parse` has bank statements written of: made-up entries, alike in all formats.

Every entry differs in amount, references and text, one in four is a debit; every statement foots
and opens where the one before it closed.
"""

from collections.abc import Iterator
from datetime import date

from tieout.simulator.writers import bai2, camt053, mt940

_DAY, _NEXT = date(2026, 3, 2), date(2026, 3, 3)
_ACCOUNT = "DE89370400440532013000"
_OPENING_MINOR = 1_000_000
_NAMES = ("ACME PAYMENTS BV", "NORTH QUAY LTD", "PLAZA MAYOR SA", "GRAZER HANDEL GMBH")
_BAI2_KINDS = ((165, "0"), (195, "V,260303,1200"), (142, "Z"), (451, "Z"))
_BAI2_OPENING_MINOR = 9_000_000


def _minor(number: int) -> int:
    amount = 100 + number * 37 % 250_000
    return -amount if number % 4 == 3 else amount


def _statements(records: int, size: int) -> Iterator[tuple[int, int, range]]:
    """Yield number, opening balance and entries of each statement."""
    balance = _OPENING_MINOR
    for number, start in enumerate(range(0, records, size), start=1):
        entries = range(start, min(start + size, records))
        yield number, balance, entries
        balance += sum(map(_minor, entries))


def sample_mt940(records: int) -> bytes:
    """Return statements of 100 entries, each entry with an information of two lines."""
    return mt940.write_mt940(
        [
            mt940.AccountStatement(
                _ACCOUNT,
                "EUR",
                _DAY,
                opening,
                tuple(map(_mt940_entry, entries)),
                number=f"{number}/1",
            )
            for number, opening, entries in _statements(records, 100)
        ]
    )


def _mt940_entry(number: int) -> mt940.Entry:
    return mt940.Entry(
        _minor(number),
        _DAY,
        _DAY,
        customer=f"PO-{number}",
        bank=f"BANK{number:08d}",
        information=f"/EREF/PO-{number}/IBAN/{_ACCOUNT}/NAME/{_NAMES[number % 4]}"
        f"/REMI/Payout {number} of 2 March",
    )


def sample_bai2(records: int) -> bytes:
    """Return one group of accounts with 100 details; every fourth detail runs on in an 88."""
    accounts = []
    for number, _, entries in _statements(records, 100):
        closing = _BAI2_OPENING_MINOR + sum(map(_minor, entries))
        details = tuple(map(_bai2_detail, entries))
        account = f"{4_005_519_200 + number}"
        accounts.append(bai2.Account(account, details, "USD", _BAI2_OPENING_MINOR, closing))
    return bai2.write_bai2([bai2.Group(_DAY, tuple(accounts))], created=_NEXT)


def _bai2_detail(number: int) -> bai2.Detail:
    kind, funds = _BAI2_KINDS[number % 4]
    return bai2.Detail(
        kind,
        abs(_minor(number)),
        funds,
        f"BK-{number}",
        f"PO-{number}",
        f"{_NAMES[number % 4]} SETTLEMENT",
        (f"EREF: E2E-{number} OF MARCH",) if number % 4 == 0 else (),
    )


def sample_camt(records: int) -> bytes:
    """Return a camt.053.001.08 with statements of 5,000 entries, some 600 bytes an entry."""
    return camt053.write_camt(
        [
            camt053.Statement(
                _ACCOUNT,
                "EUR",
                f"EUR-{number}",
                _DAY,
                opening,
                number,
                tuple(map(_camt_entry, entries)),
            )
            for number, opening, entries in _statements(records, 5_000)
        ]
    )


def _camt_entry(number: int) -> camt053.Entry:
    detail = camt053.Detail(
        _minor(number), f"PO-{number}", f"Payout {number} & fees, {_NAMES[number % 4]}"
    )
    return camt053.Entry(
        _minor(number),
        _DAY,
        f"BANK{number:08d}",
        value_on=_NEXT,
        details=(detail,),
        text="Collective payment of card sales, net of fees",
    )
