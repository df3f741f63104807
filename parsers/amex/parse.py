"""American Express files to lines and payments."""

import polars as pl

from parsers.amex import fixed, grrcn, layout
from parsers.amex.figures import check_currency
from parsers.amex.payments import check_payments, check_records, shape_lines
from parsers.contract import Source
from parsers.lines import build_lines, protect_pans
from parsers.outcome import ControlTotal, Draft, Findings
from parsers.records import present
from tieout.errors import UsageError
from tieout.frames.settlement import empty_lines
from tieout.money import exponents

_MASKED = r"^([0-9]{6})[X*x]+([0-9]{4})$"


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of an American Express file.

    Option `currency` (default USD) is that of EPRAW and EPTRN, which name none.

    Raises:
        UsageError: the option is no currency.
    """
    currency = str(source.options.get("currency", "USD"))
    if currency not in exponents():
        raise UsageError(f"Option currency = {currency!r} is no currency.", hint="For example USD.")
    variant = layout.variant_of(source.data) or "delimited"
    totals: list[ControlTotal] = []
    if variant in ("delimited", "fixed"):
        is_fixed = variant == "fixed"
        records = grrcn.read_records(source.data, findings, is_fixed=is_fixed)
        totals = grrcn.check_frame(records, findings, is_fixed=is_fixed)
        found = grrcn.read_money(records, findings, is_fixed=is_fixed)
    else:
        records = fixed.read_records(source.data, findings, is_european=variant == "epa")
        if variant == "epa":
            found = fixed.read_european(records, findings)
        else:
            found = fixed.read_us(records, currency, findings)
    check_currency(found, findings)
    found = shape_lines(found)
    check_records(found, findings)
    statements, footings = check_payments(found, findings)
    frame = empty_lines() if findings.refused else _lines(found, source)
    return Draft(frame, records.height, statements, (*totals, *footings))


def _lines(found: pl.DataFrame, source: Source) -> pl.DataFrame:
    card = pl.col("card").str.extract_groups(_MASKED).struct
    masked, fingerprints = protect_pans(found["card"].cast(pl.String), source.pan_key)
    # Conversions are stated per charge and per submission; what is not converted has no original.
    differs = (pl.col("sent_currency") != pl.col("currency")) & pl.col("sent_minor").is_not_null()
    differs = differs & pl.col("sent_currency").is_in(list(exponents()))
    differs = differs & pl.col("kind").is_in(["sale", "refund"])
    frame = found.with_columns(
        statement_no=pl.lit(0),
        account=pl.col("payee"),
        batch_ref=pl.col("payment"),
        merchant_ref=present(pl.col("reference")),
        exponent=pl.col("currency").replace_strict(exponents(), default=None, return_dtype=pl.Int8),
        business_date=pl.col("value_date"),
        net_minor=pl.col("worth_minor"),
        original_amount_minor=pl.when(differs).then("sent_minor"),
        original_currency=pl.when(differs).then("sent_currency"),
        pan_masked=pl.coalesce(card.field("1") + pl.lit("******") + card.field("2"), masked),
        pan_fingerprint=fingerprints,
    )
    return build_lines(frame, sha256=source.sha256, feed=source.feed)
