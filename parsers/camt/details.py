"""Details to lines: one line per entry, or per TxDtls where the details add up to their entry."""

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.camt.columns import Owners
from parsers.camt.entries import signed
from parsers.camt.findings import Teller
from parsers.camt.layout import (
    BATCH_COUNT,
    BATCH_REF,
    DETAIL_AMOUNT,
    END_TO_END_ID,
    ENTRY_BATCH_REF,
    ENTRY_REF,
    ENTRY_TEXT,
    INDICATOR,
    INSTRUCTED_AMOUNT,
    OTHER_REF,
    REMITTANCE,
    SERVICER_REF,
)
from parsers.camt.tape import Indices


def read_lines(
    rows: pl.DataFrame, entries: Owners, details: Owners, teller: Teller
) -> pl.DataFrame:
    """Return the lines of a block: `rows`, repeated for details that explain their entry.

    Added are the references, narrative, original_amount_minor and original_currency.
    """
    of_entry = entries.number_at(details.at)
    counts = np.bincount(of_entry, minlength=rows.height)
    parts = _parts(rows, details, of_entry)
    is_split = _explained(rows, parts, counts, teller)
    _check_counts(rows, entries, counts, teller)
    copies = np.where(is_split, counts, 1)
    entry = np.repeat(np.arange(rows.height), copies)
    within = np.arange(entry.size) - np.repeat(np.cumsum(copies) - copies, copies)
    has_detail = (is_split | (counts == 1))[entry]
    detail = np.where(has_detail, (np.cumsum(counts) - counts)[entry] + within, -1)
    lines, part = _gather(rows, entry), _gather(parts, detail)["part"]
    amount = part.zip_with(pl.Series(is_split[entry]), lines["amount_minor"])
    return _with_references(
        lines.with_columns(amount.alias("amount_minor")),
        own=_gather(_said(entries).hstack(_said_by_entries(entries)), entry),
        theirs=_gather(_said(details).hstack([_narrative(details, REMITTANCE)]), detail),
        has_detail=pl.Series(has_detail),
    )


def _gather(frame: pl.DataFrame, rows: Indices) -> pl.DataFrame:
    """Return rows by number; nulls for -1."""
    if rows.size == frame.height and (rows == np.arange(rows.size)).all():
        return frame
    numbers = pl.Series(rows, dtype=pl.Int64)
    return frame.select(pl.all().gather(numbers.set(numbers < 0, None)))


def _parts(rows: pl.DataFrame, details: Owners, of_entry: Indices) -> pl.DataFrame:
    """Return entry, part (signed minor units) and is_part (in the entry's currency) of details."""
    entry = _gather(rows.select("currency", "indicator"), of_entry)
    amount = details.amount(DETAIL_AMOUNT, entry["currency"])
    own = details.text(INDICATOR)
    part = signed(amount["minor"], own.zip_with(own.is_not_null(), entry["indicator"]))
    is_part = part.is_not_null() & (amount["currency"] == entry["currency"]).fill_null(False)
    numbers = pl.Series("entry", of_entry, dtype=pl.Int64)
    return pl.DataFrame([numbers, part.alias("part"), is_part.alias("is_part")])


def _explained(
    rows: pl.DataFrame, parts: pl.DataFrame, counts: Indices, teller: Teller
) -> npt.NDArray[np.bool_]:
    """Return whether two or more details make up each entry; warn where they sum to another."""
    sums = parts.group_by("entry", maintain_order=True).agg(
        pl.col("part").cast(pl.Int128).sum().alias("sum"), pl.col("is_part").all()
    )
    numbers = pl.DataFrame({"entry": np.arange(rows.height, dtype=np.int64)})
    sums = numbers.join(sums, on="entry", how="left", maintain_order="left")
    readable = rows["amount_minor"].is_not_null()
    comparable = sums["is_part"].fill_null(False) & readable
    equal = (sums["sum"] == rows["amount_minor"].cast(pl.Int128)).fill_null(False)
    odd = rows.with_columns(sums["sum"]).filter(comparable & ~equal)
    for row in teller.shown(odd):
        teller.warn_one(
            row,
            "batch_total_differs",
            found=f"details that sum to {row['sum']} minor units",
            expected=f"{row['amount_minor']}, the amount of the entry",
            hint="The entry is kept as one line; ask the bank for the missing details.",
        )
    return (comparable & equal).to_numpy() & (counts > 1)


def _check_counts(rows: pl.DataFrame, entries: Owners, counts: Indices, teller: Teller) -> None:
    """Warn where a batch says that it has another number of details than are there."""
    declared = entries.text(BATCH_COUNT)
    if declared.null_count() == rows.height:
        return
    number = declared.str.extract("^([0-9]{1,15})$").cast(pl.Int64)
    odd = rows.with_columns(declared=number, details=pl.Series(counts)).filter(
        (pl.col("declared") != pl.col("details")) & (pl.col("details") > 1)
    )
    for row in teller.shown(odd):
        teller.warn_one(
            row,
            "batch_count_differs",
            field="NbOfTxs",
            found=f"{row['details']} details",
            expected=f"{row['declared']}, as the batch declares",
            hint="Details may be missing; ask the bank.",
        )


def _said(owners: Owners) -> pl.DataFrame:
    """Return what entries and details alike may say: references and the instructed amount."""
    original = owners.amount(INSTRUCTED_AMOUNT)
    return pl.DataFrame(
        {
            "scheme_ref": owners.ref(END_TO_END_ID),
            "psp_ref": owners.ref(SERVICER_REF),
            "merchant_ref": owners.ref(OTHER_REF),
            "batch_ref": owners.ref(BATCH_REF),
            "original_amount_minor": original["minor"],
            "original_currency": original["currency"],
        }
    )


def _said_by_entries(entries: Owners) -> pl.DataFrame:
    """Return what entries alone may say."""
    return pl.DataFrame(
        {
            "entry_ref": entries.ref(ENTRY_REF),
            "entry_batch_ref": entries.ref(ENTRY_BATCH_REF),
            "narrative": _narrative(entries, ENTRY_TEXT),
        }
    )


def _narrative(owners: Owners, paths: tuple[str, ...]) -> pl.Series:
    first, *others = owners.joined(paths)
    texts = pl.DataFrame(
        [first.alias("0"), *(one.alias(str(n)) for n, one in enumerate(others, 1))]
    )
    return _together(texts)


def _together(texts: pl.DataFrame) -> pl.Series:
    """Return the texts of each row joined by spaces, null where there are none."""
    filled = [one for one in texts.iter_columns() if one.null_count() < texts.height]
    if len(filled) < 2:
        return (filled or texts.get_columns())[0].alias("narrative")
    joined = pl.concat_str(filled, separator=" ", ignore_nulls=True)
    return pl.select(pl.when(joined != "").then(joined).alias("narrative")).to_series()


def _with_references(
    lines: pl.DataFrame, *, own: pl.DataFrame, theirs: pl.DataFrame, has_detail: pl.Series
) -> pl.DataFrame:
    """Return lines with what their details say, and behind it their entries."""

    def source(name: str) -> pl.Series:
        return theirs[name].zip_with(has_detail, own[name])

    def behind(first: pl.Series, second: pl.Series) -> pl.Series:
        return first.zip_with(first.is_not_null(), second)

    minor, currency = source("original_amount_minor"), source("original_currency")
    is_other = minor.is_not_null() & (currency != lines["currency"]).fill_null(False)
    is_debit = (lines["amount_minor"] < 0).fill_null(False)
    magnitude = minor.abs()
    texts = pl.DataFrame([theirs["narrative"].alias("0"), own["narrative"].alias("1")])
    return lines.with_columns(
        source("scheme_ref"),
        behind(source("psp_ref"), own["psp_ref"]),
        behind(source("merchant_ref"), own["entry_ref"]),
        behind(source("batch_ref"), own["entry_batch_ref"]),
        _together(texts),
        pl.when(is_other & is_debit)
        .then(-magnitude)
        .when(is_other)
        .then(magnitude)
        .alias("original_amount_minor"),
        pl.when(is_other).then(currency).alias("original_currency"),
    )
