"""BASE II transactions to lines: TCR 0 cut by a table, joined to its TCR 1 and 5."""

from dataclasses import dataclass

import polars as pl

from parsers.contract import Source
from parsers.lines import build_lines, protect_pans
from parsers.outcome import Draft, Findings, Statement
from parsers.records import cut, present, whole_number
from parsers.visa_baseii import layout
from parsers.visa_baseii.container import find_shape, read_records
from parsers.visa_baseii.controls import Controls, Header
from tieout.errors import UsageError
from tieout.frames.settlement import empty_lines
from tieout.money import currencies, exponents

_CHOICES = {
    "perspective": ("acquirer", "issuer"),
    "amount": ("source", "destination"),
    "controls": ("refuse", "warn"),
    "allow_test": (False, True),
}


@dataclass(frozen=True, slots=True)
class Options:
    """The format's options, checked."""

    perspective: str
    amount: str
    controls: str
    allow_test: bool


def read_options(source: Source) -> Options:
    """Return the options of a feed.

    Raises:
        UsageError: one of them is something else than the values it may have.
    """
    values = {}
    for name, allowed in _CHOICES.items():
        values[name] = source.options.get(name, allowed[0])
        if values[name] not in allowed:
            hint = " or ".join(str(one) for one in allowed)
            raise UsageError(f"Option {name} = {values[name]!r} is unknown.", hint=hint)
    return Options(**values)  # type: ignore[arg-type]


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a BASE II file (options: docs/formats/visa_baseii.md)."""
    options = read_options(source)
    shape = find_shape(source.data)
    if shape is None:
        findings.refuse(
            "header_missing",
            byte_offset=0,
            found="no record 90 at the start",
            expected="a file header, in records of 168 or 170 bytes",
            hint="Is this a BASE II file, and complete from its first byte?",
        )
        return Draft(empty_lines(), records=0)
    records = _number(read_records(source.data, shape, findings), findings)
    controls = Controls(
        findings, is_strict=options.controls == "refuse", allow_test=options.allow_test
    )
    headers = controls.read_headers(records)
    controls.check_frame(records, headers)
    found = _read_money(records, findings)
    controls.check_trailers(records, _batch_sums(records, found))
    lines = _Lines(records, headers, options, findings)
    money, settlement = lines.money(found, source.pan_key), lines.settlement()
    frame = pl.concat([money, settlement], how="diagonal").sort("record_no")
    if findings.refused:
        return Draft(empty_lines(), _transactions(records), (), tuple(controls.totals))
    frame = build_lines(frame, sha256=source.sha256, feed=source.feed)
    statements = _statements(frame, headers, all(one.agrees for one in controls.totals))
    return Draft(frame, _transactions(records), statements, tuple(controls.totals))


def _transactions(records: pl.DataFrame) -> int:
    return int(records["starts"].sum())


def _number(records: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Add which transaction, batch and file each record belongs to; refuse orphaned TCRs."""
    code = pl.col("code")
    is_frame = code.is_in([layout.HEADER, layout.BATCH, layout.FILE])
    starts = ~is_frame & (pl.col("text").str.slice(3, 1) == "0")
    records = records.with_columns(starts.alias("starts")).with_columns(
        pl.when(~is_frame).then(pl.col("text").str.slice(3, 1)).alias("tcr"),
        (pl.col("starts") | is_frame).cum_sum().cast(pl.Int64).alias("group"),
        ((code == layout.BATCH).cum_sum() - (code == layout.BATCH))
        .cast(pl.Int64)
        .alias("batch_no"),
        pl.max_horizontal((code == layout.HEADER).cum_sum().cast(pl.Int64) - 1, 0).alias("file_no"),
    )
    first = pl.when(pl.col("starts") | is_frame).then("code").forward_fill()
    odd = records.filter(
        ~is_frame & (~code.str.contains("^[0-9]{2}$") | ~pl.col("starts") & (first != code))
    )
    for row in odd.head(20).iter_rows(named=True):
        findings.refuse(
            "record_order",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["code"],
            found=f"TCR {row['tcr']} of {row['code']} without its TCR 0",
            expected="TCR 0 first, then the others of the same transaction code",
            hint="A record is missing: fetch the file again.",
        )
    known = (*layout.MONETARY, *layout.WITHOUT_MONEY)
    for row in records.filter(pl.col("starts") & ~code.is_in(known)).head(20).iter_rows(named=True):
        findings.warn(
            "transaction_unsupported",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["code"],
            found=f"transaction code {row['code']}",
            expected=", ".join(layout.MONETARY),
            hint="The transaction is counted, but gives no line.",
        )
    return records


def _read_money(records: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Return the monetary transactions with the fields of their TCR 0; refuse bad amounts."""
    columns = ["group", "code", "line", "byte_start", "batch_no", "file_no"]
    starts = records.filter("starts")
    frames = [
        starts.filter(pl.col("code").is_in(codes)).select(*columns, *cut(fields))
        for codes, fields in ((layout.DRAFTS, layout.DRAFT_0), (layout.FEES, layout.FEE_0))
    ]
    found = pl.concat(frames, how="diagonal").sort("group")
    sides = ("source", "destination")
    alpha = {one.numeric: name for name, one in currencies().items()}
    found = found.with_columns(
        *(whole_number(pl.col(f"{side}_amount")).alias(f"{side}_minor") for side in sides),
        *(
            pl.col(f"{side}_currency").replace_strict(alpha, default=None).alias(f"{side}_code")
            for side in sides
        ),
    )
    bad = found.filter(pl.col("source_minor").is_null() | pl.col("source_code").is_null())
    for row in bad.head(20).iter_rows(named=True):
        findings.refuse(
            "amount_unreadable",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["code"],
            field="source amount and currency",
            found=f"{row['source_amount']} {row['source_currency']}",
            expected="12 digits and a numeric currency of ISO 4217",
            hint="Ask the sender for a corrected file.",
        )
    return found


def _batch_sums(records: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Return one row per batch: what its trailer should declare."""
    counted = (
        records.filter(~pl.col("code").is_in([layout.HEADER, layout.FILE]))
        .group_by("batch_no")
        .agg(
            pl.col("file_no").first(),
            pl.len().cast(pl.Int64).alias("records"),
            pl.col("starts").sum().cast(pl.Int64).alias("transactions"),
            (pl.col("code") == layout.BATCH).sum().cast(pl.Int64).alias("closed"),
        )
    )
    money = found.group_by("batch_no").agg(
        pl.len().cast(pl.Int64).alias("monetary"),
        pl.col("source_minor").cast(pl.Int128).sum().alias("source"),
        pl.col("destination_minor").cast(pl.Int128).sum().alias("destination"),
    )
    return counted.join(money, on="batch_no", how="left").fill_null(0).sort("batch_no")


class _Lines:
    """Builds the lines of one transmission, a column at a time."""

    def __init__(
        self, records: pl.DataFrame, headers: list[Header], options: Options, findings: Findings
    ) -> None:
        self.records = records
        self.options = options
        self.findings = findings
        self.files = pl.DataFrame(
            {
                "file_no": range(len(headers)),
                "file_day": [one.day for one in headers],
                "batch_ref": [one.file_id for one in headers],
                "account": [one.processing_bin for one in headers],
            },
            schema={
                "file_no": pl.Int64,
                "file_day": pl.Date,
                "batch_ref": pl.String,
                "account": pl.String,
            },
        )
        end = (pl.col("byte_start") + pl.col("byte_length")).max().alias("end")
        self.ends = records.group_by("group").agg(end)
        number = pl.col("starts").cum_sum().cast(pl.Int64).alias("record_no")
        self.numbers = records.select("group", "starts", number).filter("starts").drop("starts")

    def _place(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add record number, byte range and what the file header says."""
        return (
            frame.join(self.ends, on="group", how="left", maintain_order="left")
            .join(self.numbers, on="group", how="left", maintain_order="left")
            .join(self.files, on="file_no", how="left", maintain_order="left")
            .with_columns(
                (pl.col("end") - pl.col("byte_start")).alias("byte_length"),
                pl.col("file_no").cast(pl.Int32).alias("statement_no"),
            )
        )

    def _more(self, tcr: str, fields: dict[str, tuple[int, int]]) -> pl.DataFrame:
        """Return the fields of one further TCR of drafts, by transaction."""
        mine = self.records.filter((pl.col("tcr") == tcr) & pl.col("code").is_in(layout.DRAFTS))
        return mine.select("group", *cut(fields)).unique("group", keep="first", maintain_order=True)

    def money(self, found: pl.DataFrame, pan_key: bytes) -> pl.DataFrame:
        """Return the lines of drafts, fee collections and funds disbursements."""
        third = self._more("5", layout.DRAFT_5).rename({"transaction_id": "draft_id"})
        second = self._more("1", layout.DRAFT_1)
        for frame in (second, third):
            found = found.join(frame, on="group", how="left", maintain_order="left")
        found = self._dates(self._place(found))
        mine, other = ("source", "destination")
        if self.options.amount == "destination":
            mine, other = other, mine
        # Zero means not stated: destination amounts of files on their way to the scheme.
        has_other = pl.col(f"{other}_code").is_not_null() & (pl.col(f"{other}_minor") != 0)
        sign = self._sign()
        extension = pl.when(pl.col("extension").str.contains("[1-9]")).then("extension")
        pan = pl.concat_str(pl.col("card").str.strip_chars(), extension, ignore_nulls=True)
        pans = found.select(pan.str.strip_chars().alias("card"))["card"]
        masked, fingerprints = protect_pans(pans, pan_key)
        kind = pl.col("code").replace_strict(layout.KINDS, default="fee")
        again = (pl.col("usage") == "2") & pl.col("code").is_in(["05", "06", "07"])
        currency = pl.col(f"{mine}_code")
        return found.select(
            "record_no",
            "byte_start",
            "byte_length",
            "statement_no",
            "account",
            "batch_ref",
            "business_date",
            "booking_date",
            pl.when(again.fill_null(False))
            .then(pl.lit("representment"))
            .otherwise(kind)
            .alias("kind"),
            pl.col("code").is_in(layout.REVERSALS).alias("is_reversal"),
            pl.lit(True).alias("is_booked"),
            currency.alias("currency"),
            currency.replace_strict(exponents(), default=None).cast(pl.Int8).alias("exponent"),
            (pl.col(f"{mine}_minor") * sign).alias("amount_minor"),
            pl.when(has_other).then(pl.col(f"{other}_minor") * sign).alias("original_amount_minor"),
            pl.when(has_other).then(pl.col(f"{other}_code")).alias("original_currency"),
            present(pl.col("arn")).alias("scheme_ref"),
            present(pl.coalesce("draft_id", "transaction_id")).alias("psp_ref"),
            present(pl.col("purchase")).alias("merchant_ref"),
            present(pl.col("merchant_id")).alias("merchant_id"),
            present(pl.col("auth_code")).alias("auth_code"),
            present(
                pl.concat_str(
                    "merchant", "city", "country", separator=" ", ignore_nulls=True
                ).str.replace_all(r"\s+", " ")
            ).alias("narrative"),
            masked.alias("pan_masked"),
            fingerprints.alias("pan_fingerprint"),
        )

    def _sign(self) -> pl.Expr:
        """Return +1 where money comes to us, -1 where it goes from us."""
        turn = 1 if self.options.perspective == "acquirer" else -1
        drafts = pl.col("code").replace_strict(layout.ACQUIRER_SIGNS, default=None)
        # A fee is collected from whom it is sent to, and disbursed to whom it is sent to; when the
        # sender is the file's own processing BIN, that is the other side.
        is_ours = (pl.col("source_bin") == pl.col("account")).fill_null(False)
        fees = pl.when((pl.col("code") == "20") != is_ours).then(1).otherwise(-1)
        return pl.coalesce(drafts.cast(pl.Int64) * turn, fees.cast(pl.Int64))

    def _dates(self, found: pl.DataFrame) -> pl.DataFrame:
        """Turn YDDD into the day whose year is nearest to the file's own date."""
        is_day = pl.col("day").str.contains("^[0-9]{4}$")
        digits = pl.when(is_day).then(pl.col("day").cast(pl.Int32, strict=False))
        year = pl.col("file_day").dt.year()
        shift = digits // 1000 - year % 10
        decade = (
            pl.when(shift > 5).then(shift - 10).when(shift < -4).then(shift + 10).otherwise(shift)
        )
        of_year = digits % 1000
        day = pl.date(year + decade, 1, 1) + pl.duration(days=of_year - 1)
        central = pl.when(of_year.is_between(1, 366)).then(day)
        found = found.with_columns(
            central.alias("booking_date"), pl.coalesce(central, "file_day").alias("business_date")
        )
        for row in found.filter(pl.col("business_date").is_null()).head(1).iter_rows(named=True):
            self.findings.refuse(
                "date_missing",
                line=row["line"],
                byte_offset=row["byte_start"],
                record=row["code"],
                found="a day without a year, and no file header",
                expected="a file header 90 with its date",
                hint="Fetch the whole file; the year is never guessed.",
            )
        return found

    def settlement(self) -> pl.DataFrame:
        """Return the totals of VSS-110 and VSS-111; only the grand total of a report is booked."""
        columns = ["group", "line", "byte_start", "file_no", "code"]
        found = self.records.filter(pl.col("starts") & (pl.col("code") == layout.SETTLEMENT))
        found = self._place(found.select(*columns, *cut(layout.SETTLEMENT_0))).filter(
            (pl.col("report_group") == "V") & (pl.col("subgroup") == "2"), pl.col("no_data") != "Y"
        )
        alpha = {name: name for name in exponents()}
        alpha |= {one.numeric: name for name, one in currencies().items()}
        found = found.with_columns(
            whole_number(pl.col("net")).alias("net"),
            pl.col("currency").replace_strict(alpha, default=None).alias("currency"),
            _ordinal_day(pl.col("settlement_day")).alias("value_date"),
            _ordinal_day(pl.col("report_day")).alias("booking_date"),
        )
        self._check_settlement(found)
        is_total = (pl.col("amount_type") == "T") & (pl.col("mode") == "9")
        is_charge = pl.col("amount_type").is_in(["F", "C"])
        return found.select(
            "record_no",
            "byte_start",
            "byte_length",
            "statement_no",
            pl.coalesce(present(pl.col("entity")), "account").alias("account"),
            "batch_ref",
            pl.coalesce("value_date", "booking_date", "file_day").alias("business_date"),
            "booking_date",
            "value_date",
            pl.when(is_total)
            .then(pl.lit("payout"))
            .when(is_charge)
            .then(pl.lit("fee"))
            .otherwise(pl.lit("balance"))
            .alias("kind"),
            pl.lit(False).alias("is_reversal"),
            is_total.alias("is_booked"),
            "currency",
            pl.col("currency")
            .replace_strict(exponents(), default=None)
            .cast(pl.Int8)
            .alias("exponent"),
            pl.when(pl.col("net_sign") == "DB")
            .then(-pl.col("net"))
            .otherwise("net")
            .alias("amount_minor"),
            pl.concat_str(pl.lit("VSS-"), "report", pl.lit(" "), "amount_type", "mode").alias(
                "narrative"
            ),
        )

    def _check_settlement(self, found: pl.DataFrame) -> None:
        is_signed = pl.col("net_sign").is_in(["CR", "DB"]) | (pl.col("net") == 0)
        has_day = pl.any_horizontal(
            pl.col(name).is_not_null() for name in ("value_date", "booking_date", "file_day")
        )
        usable = (
            pl.col("net").is_not_null() & pl.col("currency").is_not_null() & is_signed & has_day
        )
        for row in found.filter(~usable.fill_null(False)).head(20).iter_rows(named=True):
            self.findings.refuse(
                "settlement_unreadable",
                line=row["line"],
                byte_offset=row["byte_start"],
                record=layout.SETTLEMENT,
                found=f"{row['net']}{row['net_sign']} {row['currency']} {row['settlement_day']}",
                expected="15 digits, CR or DB, a currency and a settlement date YYYYDDD",
                hint="Ask the sender for a corrected file.",
            )


def _ordinal_day(text: pl.Expr) -> pl.Expr:
    """Return the day of YYYYDDD; null when it is none."""
    digits = pl.when(text.str.contains("^20[0-9]{5}$")).then(text.cast(pl.Int32, strict=False))
    of_year = digits % 1000
    day = pl.date(digits // 1000, 1, 1) + pl.duration(days=of_year - 1)
    return pl.when(of_year.is_between(1, 366)).then(day)


def _statements(
    frame: pl.DataFrame, headers: list[Header], is_consistent: bool
) -> tuple[Statement, ...]:
    """Return one statement per file and currency, in that order."""
    net = pl.col("amount_minor").filter("is_booked").cast(pl.Int128).sum().alias("net")
    sums = (
        frame.group_by("statement_no", "currency")
        .agg(net, pl.len().alias("entries"))
        .sort("statement_no", "currency")
    )
    return tuple(
        Statement(
            account=headers[number].processing_bin if headers else None,
            reference=headers[number].file_id if headers else None,
            currency=currency,
            opening_minor=None,
            closing_minor=None,
            net_minor=total,
            entries=entries,
            consistent=is_consistent if headers else None,
        )
        for number, currency, total, entries in sums.iter_rows()
    )
