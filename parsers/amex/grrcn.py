"""GRRCN, delimited or of fixed width: a payment, its submissions and their charges."""

import polars as pl

from parsers.amex import layout
from parsers.amex.figures import calendar_day, gather, leading_sign, refuse, with_amounts
from parsers.outcome import ControlTotal, Findings
from parsers.records import cut, read_lines

_HINT = "Fetch the file again; if it stays so, ask American Express."
_SHOWN = 20


def read_records(data: bytes, findings: Findings, *, is_fixed: bool) -> pl.DataFrame:
    """Return the records with code, text, line, byte_start, byte_length; refuse unknown ones.

    Delimited records also have `fields`; commas and tabs both separate.
    """
    lines = read_lines(data).filter(pl.col("text").str.strip_chars() != "")
    if is_fixed:
        first, last = layout.GRRCN_CODE
        code = pl.col("text").str.slice(first - 1, last).str.strip_chars()
        records = lines.with_columns(code=code)
    else:
        inner = pl.col("text").str.strip_chars().str.replace('^"', "").str.replace('"$', "")
        mark = '"\t"' if b'"\t"' in data[:512] else '","'
        records = lines.with_columns(fields=inner.str.split(mark)).with_columns(
            code=pl.col("fields").list.first()
        )
    for row in (
        records.filter(~pl.col("code").is_in(layout.RECORDS)).head(_SHOWN).iter_rows(named=True)
    ):
        findings.refuse(
            "record_unknown",
            line=row["line"],
            byte_offset=row["byte_start"],
            found=row["text"],
            expected=", ".join(layout.RECORDS),
            hint="Report the record, if you may, with the version of the format.",
        )
    return records.with_row_index("record_no", offset=1)


def check_frame(records: pl.DataFrame, findings: Findings, *, is_fixed: bool) -> list[ControlTotal]:
    """Compare header and trailer: sequence number and number of records."""
    headers = records.filter(pl.col("code") == layout.HEADER)
    trailers = records.filter(pl.col("code") == layout.TRAILER)
    if headers.is_empty() and trailers.is_empty():
        findings.warn(
            "header_missing",
            byte_offset=0,
            found="neither HEADER nor TRAILER",
            expected="both",
            hint="Whether anything is missing cannot be told from such a file.",
        )
        return []
    if headers.height != 1 or trailers.height != 1:
        code = "trailer_missing" if trailers.height < headers.height else "header_missing"
        findings.refuse(
            code,
            byte_offset=0,
            found=f"{headers.height} HEADER and {trailers.height} TRAILER",
            expected="one of both",
            hint=_HINT,
        )
        return []
    trailer = trailers.row(0, named=True)
    said, declared = _frame_fields(headers, trailer, is_fixed=is_fixed)
    pairs = [
        ("sequence number", declared[0], said),
        ("number of records", declared[1], str(records.height)),
    ]
    totals = []
    for name, text, computed in pairs:
        agrees = text.strip().lstrip("0") == computed.strip().lstrip("0")
        totals.append(ControlTotal(name, text, computed, agrees))
        if not agrees:
            findings.differs(
                "control_total_differs",
                declared=text or "nothing",
                computed=computed,
                line=trailer["line"],
                byte_offset=trailer["byte_start"],
                record=layout.TRAILER,
                field=name,
                hint=_HINT,
            )
    return totals


def _frame_fields(
    headers: pl.DataFrame, trailer: dict[str, object], *, is_fixed: bool
) -> tuple[str, tuple[str, str]]:
    """Return the header's sequence number, and sequence number and count of the trailer."""
    if is_fixed:
        first, last = layout.GRRCN_FIXED[layout.HEADER]["sequence"]
        said = headers["text"][0][first - 1 : last]
        places = layout.GRRCN_FIXED[layout.TRAILER]
        text = str(trailer["text"])
        return said, (
            text[places["sequence"][0] - 1 : places["sequence"][1]],
            text[places["count"][0] - 1 : places["count"][1]],
        )
    header = [*headers["fields"][0].to_list(), "", "", ""]
    fields = trailer["fields"]
    declared = [*(fields if isinstance(fields, list) else []), "", ""]
    return header[3], (declared[1], declared[2])


def read_money(records: pl.DataFrame, findings: Findings, *, is_fixed: bool) -> pl.DataFrame:
    """Return one row per record with money, in the columns of `figures`."""
    found = gather(records, layout.MONEY, _fixed_fields if is_fixed else _delimited_fields)
    found = with_amounts(found, leading_sign, findings)
    found = found.with_columns(
        value_date=calendar_day(pl.col("payment_day")), booking_date=calendar_day(pl.col("day"))
    )
    # Where nothing is converted, a charge may state its amount but once.
    is_same = (pl.col("sent_currency") == pl.col("currency")).fill_null(True)
    sent = pl.when((pl.col("role") == "charge") & is_same).then("sent_minor")
    found = found.with_columns(gross_minor=pl.coalesce("gross_minor", sent))
    refuse(found, pl.col("value_date").is_null(), "payment_date", pl.col("payment_day"), findings)
    absent = pl.col("gross").is_null() & pl.col("gross_minor").is_null()
    refuse(found, absent, "gross_amount", pl.col("gross"), findings)
    is_payment = pl.col("role") == "payment"
    refuse(found, is_payment & pl.col("net").is_null(), "net_amount", pl.col("net"), findings)
    # A fee of a merchant who is paid in gross is taken by this very record; other fee records are
    # left out of the payment's sum in published samples.
    is_booked = (pl.col("role") != "fee") | (pl.col("pays_gross") == "1")
    return found.with_columns(is_booked=is_booked.fill_null(False))


def _delimited_fields(code: str) -> list[pl.Expr]:
    places = {"payee": 1, **layout.MONEY[code]}
    return [
        pl.col("fields").list.get(place, null_on_oob=True).alias(name)
        for name, place in places.items()
    ]


def _fixed_fields(code: str) -> list[pl.Expr]:
    return cut({"payee": layout.GRRCN_PAYEE, **layout.GRRCN_FIXED[code]})
