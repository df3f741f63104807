"""Where each statement stands in the file, whose it is, and what its balance says."""

import re
from dataclasses import dataclass
from datetime import date

import polars as pl

from parsers.amounts import major_to_minor
from parsers.ofx.entries import Region, amount_text
from parsers.ofx.layout import STATEMENT
from parsers.outcome import Findings, Statement
from tieout.money import exponents

_LEDGER = re.compile(rb"<LEDGERBAL>(.*?)(?:</LEDGERBAL>|<AVAILBAL>|$)", re.IGNORECASE | re.DOTALL)
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


@dataclass(frozen=True, slots=True)
class _Balance:
    text: str
    day: str | None


def read_regions(data: bytes, encoding: str, assumed: str | None) -> list[Region]:
    """Return the statements of a file, in order, each with its account and currency."""
    starts = [found.start() for found in re.finditer(STATEMENT, data)]
    ends = [*starts[1:], len(data)] if starts else []
    regions = []
    for start, end in zip(starts, ends, strict=True):
        head = data[start : min(end, start + 4096)]
        currency = (_value(head, "CURDEF", encoding) or "").upper() or assumed
        regions.append(
            Region(
                start=start,
                end=end,
                account=_value(head, "ACCTID", encoding),
                currency=currency if currency in exponents() else None,
                body=data[start:end],
                encoding=encoding,
            )
        )
    return regions


def statement_of(region: Region, rows: pl.DataFrame, findings: Findings) -> Statement:
    """Return one statement; entries in another currency are told and not in its sum."""
    mine = rows.filter((pl.col("byte_start") >= region.start) & (pl.col("byte_start") < region.end))
    own = mine.filter(pl.col("currency") == pl.lit(region.currency, dtype=pl.String))
    if own.height != mine.height:
        findings.warn(
            "currency_differs",
            byte_offset=region.start,
            record="STMTTRN",
            field="CURSYM",
            found=f"{mine.height - own.height} entries in another currency",
            expected=f"{region.currency}, the currency of the account",
            hint="The lines are kept; they are left out of the statement's sum.",
        )
    balance = _ledger(region)
    return Statement(
        account=region.account,
        reference=None,
        currency=region.currency,
        opening_minor=None,
        closing_minor=_closing(region, balance, findings),
        net_minor=int(own["amount_minor"].cast(pl.Int128).sum() or 0),
        entries=mine.height,
        consistent=None,
        closing_date=balance.day if balance else None,
    )


def _ledger(region: Region) -> _Balance | None:
    found = _LEDGER.search(region.body)
    if found is None:
        return None
    text = _value(found[1], "BALAMT", region.encoding) or ""
    day = _DAY.match(_value(found[1], "DTASOF", region.encoding) or "")
    return _Balance(text, _iso(day) if day else None)


def _iso(found: re.Match[str]) -> str | None:
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return None


def _closing(region: Region, balance: _Balance | None, findings: Findings) -> int | None:
    if balance is None or region.currency is None:
        return None
    frame = pl.DataFrame({"text": [balance.text]}, schema={"text": pl.String()})
    exponent = pl.lit(exponents()[region.currency], dtype=pl.Int8)
    minor = frame.select(major_to_minor(amount_text(pl.col("text")), exponent)).item()
    if minor is None:
        findings.warn(
            "balance_unreadable",
            byte_offset=region.start,
            record="LEDGERBAL",
            field="BALAMT",
            found=repr(balance.text),
            expected=f"an amount in {region.currency}",
            hint="The entries are used; the closing balance is not known.",
        )
        return None
    return int(minor)


def _value(part: bytes, tag: str, encoding: str) -> str | None:
    found = re.search(rb"<" + tag.encode() + rb">([^<]*)", part, re.IGNORECASE)
    text = found[1].decode(encoding, "replace").strip() if found else ""
    return text or None
