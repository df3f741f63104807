"""Settlement report to lines: the preamble names the seller, the table the movements."""

import numpy as np
import polars as pl

from parsers.amazon_settlement.layout import FIRST_COLUMN, KINDS, NEEDED, PREAMBLE, REVERSALS
from parsers.blocks import Blocks, check_names, names_in, read_blocks
from parsers.contract import Batches, Source
from parsers.outcome import Draft, Findings
from parsers.payouts import Periods, stream, warn_at_end
from parsers.report import Report, piece_bytes
from tieout.frames.settlement import empty_lines

_HEAD_BYTES = 8192


def looks_like(data: bytes) -> bool:
    """Tell whether one of the first lines names the columns of the report."""
    for line in data[:_HEAD_BYTES].split(b"\n")[:20]:
        text = line.removeprefix(b"\xef\xbb\xbf").lstrip(b'"')
        if text.startswith(FIRST_COLUMN.encode()):
            return all(name.encode() in text for name in NEEDED)
    return False


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a settlement report."""
    blocks = read_blocks(source.data, findings)
    if blocks is None:
        return Draft(empty_lines(), records=0)
    head = blocks.row_of_names(FIRST_COLUMN)
    if head is None or not check_names(blocks.line(head), NEEDED, findings):
        return Draft(empty_lines(), records=0)
    names, seller = names_in(blocks.line(head)), _seller(blocks, head)
    below = np.arange(len(blocks)) > head
    tables = blocks.tables(below, names, "row", size=piece_bytes(source))

    def read(report: Report) -> None:
        report.put(record_no=pl.col("record_no") - head - 1)
        _read(report, seller)

    draft = yield from stream(source, findings, tables, read, Periods(with_payouts=False))
    warn_at_end(draft, source, findings)
    return draft


def _seller(blocks: Blocks, head: int) -> str | None:
    before = [blocks.line(index).fields for index in range(head)]
    known = {one[0]: one[1].strip() for one in before if one[0] in PREAMBLE and len(one) > 1}
    return known.get("SellerId") or None


def _read(report: Report, seller: str | None) -> None:
    # A-to-z and its like: letters only, as kinds are named.
    report.put(TransactionType=pl.col("TransactionType").str.replace_all("[^A-Za-z _-]", ""))
    report.kind("TransactionType", KINDS)
    report.currency("currency", "CurrencyCode")
    report.money("gross", "TransactionAmount", needed=True)
    report.money("fee", "TotalTransactionFee")
    report.money("net", "NetTransactionAmount", needed=True)
    report.day("business_date", FIRST_COLUMN, needed=True)
    if report.findings.refused:
        return
    report.instant("event_at", FIRST_COLUMN)
    report.put(
        *_AMOUNTS,
        account=pl.lit(seller, dtype=pl.String),
        psp_ref=report.text("AmazonTransactionId"),
        merchant_ref=report.text("SellerReferenceId", "SellerOrderId"),
        rrn=report.text("AmazonOrderReferenceId"),
        batch_ref=report.text("SettlementId"),
        narrative=pl.concat_str(
            report.text("TransactionType"),
            report.text("TransactionDescription"),
            separator=" ",
            ignore_nulls=True,
        ),
    )
    report.warn_lines(
        "line_net_differs",
        "is_net_off",
        "a net that amount and fee do not give",
        "amount + fee = net",
    )


_KIND, _NET = pl.col("kind"), pl.col("net")
_IS_PAYOUT = _KIND == "payout"
_IS_RELEASE = (_KIND == "reserve") & (_NET > 0)
_AMOUNTS = (
    # A transfer leaves Amazon's books and comes into ours.
    pl.when(_IS_PAYOUT).then(-_NET).otherwise("gross").alias("amount_minor"),
    pl.when(~_IS_PAYOUT).then("fee").alias("fee_minor"),
    pl.when(_IS_PAYOUT).then(-_NET).otherwise(_NET).alias("net_minor"),
    pl.col("currency:exponent").alias("exponent"),
    pl.col("word").is_in(REVERSALS).alias("is_reversal"),
    pl.when(_IS_RELEASE).then(pl.lit("release")).otherwise(_KIND).alias("kind"),
    pl.col("business_date").alias("booking_date"),
    (pl.col("gross") + pl.col("fee").fill_null(0) != _NET).alias("is_net_off"),
)
