"""Statements made of fixed-width records: what CODA, CFONB 120 and CSB43 do alike.

Each of them says itself what its records are and which figures it declares; here are the steps
between: lines to records, entries to their statement's account, sums per statement, columns to the
contract. All of it a column at a time; a file whose records cannot be told apart goes no further.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.contract import Source
from parsers.fields import Fields, cut_raw, cut_texts, implied_minor
from parsers.fields import minor_of_implied as _minor_of_implied
from parsers.lines import build_lines
from parsers.lookups import look_up
from parsers.outcome import Draft, Findings
from parsers.singles import FEW, whole_of
from parsers.statements import Raw, StatementBook
from parsers.text_records import Records, pieces
from parsers.views import Mask, Offsets, sums_between
from tieout.frames.settlement import LINE_SCHEMA, empty_lines
from tieout.money import exponents

FAULTS_SHOWN = 20
_ENTRIES_SHOWN = 25
_ENDLESS = 1 << 20


def read_records(source: Source, width: int) -> Records:
    """Return the records of a file; their types are their first `width` characters."""
    everything = pieces(source.raw, len(source.raw) + 1, lambda text: cut_raw(text, 1, width))
    return next(everything)


def unreadable(records: Records, least: Mapping[str, int]) -> Mask:
    """Tell which records are of no type in `least`, or have fewer characters than it says."""
    needed = look_up(records.record, least, pl.Int64(), default=_ENDLESS).to_numpy()
    found: Mask = records.characters < needed
    return found


def refuse_unreadable(
    records: Records, wrong: Mask, width: int, expected: str, findings: Findings
) -> None:
    """Refuse records; the first FAULTS_SHOWN are listed, with the `width` characters they begin."""
    for row in np.flatnonzero(wrong)[:FAULTS_SHOWN].tolist():
        start = str(records.text[row])[:width]
        findings.refuse(
            "record_unreadable",
            line=int(records.line[row]),
            byte_offset=int(records.byte_start[row]),
            record=start,
            found=f"{records.characters[row]} columns that start with {start!r}",
            expected=expected,
            hint="The file was cut or changed: fetch it again.",
        )


class Entries:
    """The entries of a file, one row each: columns made so far, and what is wrong with them.

    Balances of the same fields can be read as entries; those have no number.
    """

    def __init__(
        self, records: Records, rows: Offsets, findings: Findings, *, are_numbered: bool = True
    ) -> None:
        self.records = records
        self.rows = rows
        self.are_numbered = are_numbered
        self.findings = findings
        self.text = records.text if len(rows) == len(records) else records.text.gather(rows)
        self.columns: dict[str, pl.Series] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def put(self, **columns: pl.Series) -> None:
        """Add columns, named as in SettlementLine."""
        self.columns |= columns

    def texts(self, fields: Fields) -> dict[str, pl.Series]:
        """Return fields without blanks around them; null where nothing is left."""
        return cut_texts(self.text, fields)

    def raw(self, place: tuple[int, int]) -> pl.Series:
        """Return a field as it stands."""
        return cut_raw(self.text, *place)

    def put_accounts(self, raws: Iterable[Raw], numbers: Offsets) -> None:
        """Add statement_no, account, currency and exponent of the statements `numbers` (from 0)."""
        known = [(one.account, one.currency, exponents().get(one.currency or "")) for one in raws]
        known.append((None, None, None))  # what stands before the first statement
        accounts, currencies, digits = zip(*known, strict=True)
        at = np.where(numbers < 0, len(known) - 1, numbers)
        self.put(
            statement_no=pl.Series(numbers.astype(np.int32)),
            account=_spread(pl.Series(accounts, dtype=pl.String), at),
            currency=_spread(pl.Series(currencies, dtype=pl.String), at),
            exponent=_spread(pl.Series(digits, dtype=pl.Int8), at),
        )

    def put_minor(
        self,
        numbers: pl.Series,
        decimals: pl.Series | int,
        found: Sequence[pl.Series],
        grammar: str,
    ) -> None:
        """Add amount_minor; refuse entries without it, unless their currency is the reason.

        Args:
            numbers: the amounts, their last `decimals` digits being decimals.
            decimals: one number, or one for each entry.
            found: the fields of the amount as they stand.
            grammar: what they should be.
        """
        minor = implied_minor(numbers, decimals, self.columns["exponent"])
        self.put(amount_minor=minor)
        if minor.null_count():
            text = [None if None in one else "".join(one) for one in zip(*found, strict=True)]
            wrong = minor.is_null() & self.columns["exponent"].is_not_null()
            self.refuse("amount_unreadable", "amount", wrong, pl.Series(text), grammar)

    def refuse_currencies(self, code: str, field: str) -> None:
        """Refuse entries without exponent: ISO 4217 does not list their currency."""
        digits = self.columns["exponent"]
        if digits.null_count():
            found = self.columns["currency"]
            self.refuse(code, field, digits.is_null(), found, "an ISO 4217 code")

    def refuse_dateless(self, field: str, found: pl.Series, expected: str) -> None:
        """Refuse entries without business_date."""
        days = self.columns["business_date"]
        if days.null_count():
            self.refuse("date_unreadable", field, days.is_null(), found, expected)

    def refuse(
        self, code: str, field: str, wrong: pl.Series, found: pl.Series, expected: str
    ) -> None:
        """Refuse the entries where `wrong` holds; some of them are listed."""
        bad = wrong.arg_true().to_list()
        for place in bad[:_ENTRIES_SHOWN]:
            text = found[place]
            self.findings.refuse(
                code,
                line=int(self.records.line[self.rows[place]]),
                byte_offset=int(self.records.byte_start[self.rows[place]]),
                record_no=place + 1 if self.are_numbered else None,
                field=field,
                found="nothing" if text is None else repr(text),
                expected=expected,
                hint="Ask the sender for the file again, unchanged by a spreadsheet.",
            )
        if len(bad) > _ENTRIES_SHOWN:
            self.findings.refuse(
                code,
                field=field,
                found=f"{len(bad) - _ENTRIES_SHOWN} more lines like the ones listed",
                expected=expected,
                hint="They have the same cause.",
            )

    def warn_once(self, code: str, wrong: pl.Series, found: str, expected: str) -> None:
        """Warn about the entries where `wrong` holds, naming the first and their number."""
        bad = wrong.arg_true().to_list()
        if bad:
            self.findings.warn(
                code,
                line=int(self.records.line[self.rows[bad[0]]]),
                byte_offset=int(self.records.byte_start[self.rows[bad[0]]]),
                record_no=bad[0] + 1,
                found=f"{found}, {len(bad)} times",
                expected=expected,
                hint="The lines are kept as written; ask the sender which figure counts.",
            )

    def below(self, record: str) -> tuple[Offsets, Offsets]:
        """Return the records of a type behind an entry, and which entry (from 0) that is."""
        rows = np.flatnonzero(self.records.are(record))
        owners = np.searchsorted(self.rows, rows) - 1
        return rows[owners >= 0], owners[owners >= 0]

    def amounts(self, kept: Mask | None = None) -> npt.NDArray[np.int64]:
        """Return the amounts, 0 where `kept` does not hold; none of them may be null any more."""
        amounts = self.columns["amount_minor"].to_numpy()
        return amounts if kept is None else np.where(kept, amounts, 0)

    def draft(self, book: StatementBook, source: Source) -> Draft:
        """Return what `parsers.parse` is handed: the entries as lines, statements, totals."""
        records = self.records
        columns = {
            "record_no": pl.Series(np.arange(1, len(self) + 1)),
            "byte_start": pl.Series(records.byte_start[self.rows]),
            "byte_length": pl.Series(records.byte_length[self.rows]),
        } | {name: one for name, one in self.columns.items() if name in LINE_SCHEMA}
        frame = build_lines(pl.DataFrame(columns), sha256=source.sha256, feed=source.feed)
        return Draft(frame, frame.height, tuple(book.statements), tuple(book.totals))


def _spread(values: pl.Series, at: Offsets) -> pl.Series:
    """Return the value of each row; most files have one statement, so one value."""
    if len(at) and (at == at[0]).all():
        return values[int(at[0]) : int(at[0]) + 1].new_from_index(0, len(at))
    return values.gather(at)


def kinds(texts: pl.Series, fees: Iterable[str]) -> pl.Series:
    """Return the kind of a bank's entries by their codes: its own charges, or other money."""
    return look_up(texts, dict.fromkeys(fees, "fee"), pl.String(), default="payout")


def attached(records: Records, rows: Offsets, owners: Offsets, count: int) -> pl.Series:
    """Return the text of the first of `rows` that belongs to each of `count` entries, or null."""
    name = records.text.name
    if not len(rows):
        return pl.Series(name, [None], dtype=pl.String).new_from_index(0, count)
    at = np.full(count, -1, dtype=np.int64)
    at[owners[::-1]] = rows[::-1]
    return _taken(records.text, at)


def gathered(parts: pl.Series, owners: Offsets, count: int) -> pl.Series:
    """Return the texts of `parts` that belong to each of `count` entries, with a blank between.

    An entry of which every part is null has none.
    """
    if not len(parts):
        return pl.Series(parts.name, [None], dtype=pl.String).new_from_index(0, count)
    if count < FEW and len(parts) < FEW:
        texts: list[list[str]] = [[] for _ in range(count)]
        for owner, part in zip(owners.tolist(), parts.to_list(), strict=True):
            if part is not None:
                texts[owner].append(part)
        return pl.Series(parts.name, [" ".join(one) or None for one in texts], dtype=pl.String)
    at = np.full(count, -1, dtype=np.int64)
    at[owners] = np.arange(len(owners))
    several = np.flatnonzero(np.bincount(owners, minlength=count)[owners] > 1)
    if len(several):
        known = pl.DataFrame({"owner": owners[several], "part": parts.gather(several)})
        joined = known.group_by("owner", maintain_order=True).agg(
            pl.col("part").drop_nulls().str.join(" ").replace("", None)
        )
        at[joined["owner"].to_numpy()] = np.arange(len(parts), len(parts) + joined.height)
        parts = pl.concat([parts, joined["part"].alias(parts.name)])
    return _taken(parts, at)


def _taken(texts: pl.Series, at: Offsets) -> pl.Series:
    """Return the texts at some places; null for the place -1."""
    if (at >= 0).all():
        return texts.gather(at)
    nothing = pl.Series(texts.name, [None], dtype=pl.String)
    return pl.concat([texts, nothing]).gather(np.where(at < 0, len(texts), at))


def borders(numbers: Offsets, count: int) -> tuple[Offsets, Offsets]:
    """Return the first entry of each of `count` statements and the one after its last.

    Args:
        numbers: statement of each entry, from 0, in the order of the file.
        count: how many statements there are.
    """
    places = np.searchsorted(numbers, np.arange(count + 1))
    return places[:-1], places[1:]


def nets(entries: Entries, kept: Mask | None, count: int) -> list[tuple[int, int]]:
    """Return (sum of the amounts where `kept` holds, number of entries) of each statement."""
    numbers = entries.columns["statement_no"].to_numpy()
    firsts, lasts = borders(numbers, count)
    sums = sums_between(entries.amounts(kept), firsts, lasts)
    return list(zip(sums, (lasts - firsts).tolist(), strict=True))


def find_minor(digits: str, decimals: int, currency: str | None) -> int | None:
    """Return minor units of digits of which the last `decimals` are decimals.

    None where they are no digits, the currency is unknown, or it lacks a decimal that is not 0.
    """
    return _minor_of_implied(whole_of(digits), decimals, exponents().get(currency or ""))


def refused_draft(records: int) -> Draft:
    """Return what remains of a refused file: how many entries it had."""
    return Draft(empty_lines(), records)
