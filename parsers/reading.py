"""From a source to validated batches and the outcome: what every format shares while it is read.

A batch is handed on before the end of the file is known. Whoever takes batches therefore waits for
the outcome, and throws them away when the file is refused after all.
"""

from collections import defaultdict
from collections.abc import Generator, Iterable
from dataclasses import replace
from typing import NewType

import polars as pl

from parsers.cards import hide_cards
from parsers.contract import Batches, Format, Source
from parsers.errors import Refused
from parsers.lines import hide_in_key, hide_in_texts
from parsers.outcome import ControlTotal, Draft, Findings, ParsedFile, Statement, Total
from parsers.sensitive import refuse_sensitive
from tieout.errors import UsageError
from tieout.frames.settlement import empty_lines, validate_lines

Reading = Generator[pl.DataFrame, None, ParsedFile]
"""Validated batches of SettlementLine in the order of the file; then the outcome, without lines."""

_FEW = 160
"""Up to so many lines, adding them up one by one costs less than a query."""

_Sums = NewType("_Sums", dict[str, list[int]])


def read(chosen: Format, source: Source, findings: Findings) -> Reading:
    """Read one source; whatever goes wrong with these bytes becomes a refusal."""
    draft = Draft(empty_lines(), records=0)
    sums = _Sums(defaultdict(lambda: [0, 0, 0]))
    try:
        refuse_sensitive(source.raw)
        draft = yield from _validated(chosen.parse(source, findings), source, findings, sums)
        _refuse_empty(source, findings)
    except Refused as refused:
        findings.add(refused.finding)
    except UsageError:
        raise
    except Exception as defect:  # noqa: BLE001 - the rim: one poisoned file must not stop the day
        _blame_ourselves(chosen, defect, findings)
    return outcome(chosen.name, source, draft, findings, () if findings.refused else _totals(sums))


def outcome(
    name: str | None,
    source: Source,
    draft: Draft,
    findings: Findings,
    totals: tuple[Total, ...] = (),
) -> ParsedFile:
    """Return what is known of a file when it has been read, without its lines."""
    return ParsedFile(
        format=name,
        sha256=source.sha256,
        size=len(source.raw),
        accepted=not findings.refused,
        frame=empty_lines(),
        statements=tuple(_hidden(one, source.pan_key) for one in draft.statements),
        control_totals=tuple(map(_named, draft.control_totals)),
        findings=findings.as_tuple(),
        records=draft.records,
        totals=totals,
        message_id=None if draft.message_id is None else hide_cards(draft.message_id),
    )


def _named(total: ControlTotal) -> ControlTotal:
    """Return the total without a card number in its name."""
    name = hide_cards(total.name)
    return total if name == total.name else replace(total, name=name)


def _hidden(statement: Statement, key: bytes) -> Statement:
    """Return the statement without card numbers, written as in its lines."""
    texts = (statement.account, statement.reference)
    account, reference = (
        None if text is None else hide_cards(text, hide_in_key(key)) for text in texts
    )
    if (account, reference) == texts:
        return statement
    return replace(statement, account=account, reference=reference)


def _validated(found: Draft | Batches, source: Source, findings: Findings, sums: _Sums) -> Batches:
    """Hold every batch against the contract, and add up what goes through."""
    if isinstance(found, Draft):
        if not findings.refused:
            yield _checked(found.frame, source, sums)
        return found
    last = 0
    while True:
        try:
            batch = next(found)
        except StopIteration as end:
            if not last and not findings.refused:
                yield empty_lines()
            return _draft(end.value)
        if findings.refused or batch.is_empty():
            continue
        last = _after(batch["record_no"], last)
        yield _checked(batch, source, sums)


def _after(numbers: pl.Series, last: int) -> int:
    """Return the last record of a batch; lines of one record never lie in two batches."""
    first, highest = int(numbers[numbers.arg_min() or 0]), int(numbers[numbers.arg_max() or 0])
    if first <= last:
        raise ValueError(f"record {first} comes after record {last}")
    return highest


def _draft(value: object) -> Draft:
    if not isinstance(value, Draft):
        raise TypeError(f"a streaming parser ended with {type(value).__name__}, not with a Draft")
    return value


def _checked(frame: pl.DataFrame, source: Source, sums: _Sums) -> pl.DataFrame:
    lines = validate_lines(hide_in_texts(frame, source.pan_key))
    for currency, *values in _by_currency(lines):
        sums[currency] = [one + more for one, more in zip(sums[currency], values, strict=True)]
    return lines


def _by_currency(lines: pl.DataFrame) -> list[tuple[str, int, int, int]]:
    """Return currency, number of lines, sum of the credits and sum of the debits (minor units)."""
    currency = lines["currency"]
    if lines.height and (currency == currency[0]).all():  # nearly always, and then no query
        amount = lines["amount_minor"].cast(pl.Int128)
        credit, debit = amount.filter(amount > 0).sum(), amount.filter(amount < 0).sum()
        return [(currency[0], lines.height, int(credit), int(debit))]
    if lines.height <= _FEW:
        return _of_few(zip(currency.to_list(), lines["amount_minor"].to_list(), strict=True))
    every = pl.col("amount_minor").cast(pl.Int128)
    sums = (every.filter(every > 0).sum(), every.filter(every < 0).sum().alias("debit"))
    return lines.group_by("currency").agg(pl.len(), *sums).rows()


def _of_few(amounts: Iterable[tuple[str, int]]) -> list[tuple[str, int, int, int]]:
    found = dict[str, tuple[int, int, int]]()
    for currency, amount in amounts:
        count, credit, debit = found.get(currency, (0, 0, 0))
        found[currency] = count + 1, credit + max(amount, 0), debit + min(amount, 0)
    return [(currency, *figures) for currency, figures in found.items()]


def _totals(sums: _Sums) -> tuple[Total, ...]:
    return tuple(
        Total(currency, count, credit, -debit)
        for currency, (count, credit, debit) in sorted(sums.items())
    )


def _refuse_empty(source: Source, findings: Findings) -> None:
    """Refuse a file without a byte, whatever its format makes of it: no sender means nothing."""
    if not len(source.raw) and not findings.refused:
        findings.refuse(
            "file_cut_off",
            byte_offset=0,
            found="an empty file",
            expected="at least what says that there is nothing",
            hint="Fetch the file again, or ask the sender for it.",
        )


def _blame_ourselves(chosen: Format, defect: Exception, findings: Findings) -> None:
    findings.refuse(
        "parser_defect",
        found=f"{type(defect).__name__} in our {chosen.name} parser",
        expected="every file to be read or refused with its reason",
        hint="Nothing of the file was used. Please report it with the file, if you may.",
    )
