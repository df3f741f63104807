"""BAI2 to lines and statements: details by one expression, their frame record by record."""

import re
from collections.abc import Mapping
from datetime import date

import polars as pl

from parsers.bai2 import layout
from parsers.bai2.groups import Account, Walker, make_record
from parsers.bai2.physical import read_records
from parsers.contract import Source
from parsers.lines import build_lines
from parsers.outcome import ControlTotal, Draft, Findings, Statement
from parsers.records import present, whole_number
from tieout.errors import UsageError
from tieout.frames.settlement import empty_lines
from tieout.money import exponents

_DISTRIBUTED = re.compile(r"^(16[,\n][^,\n]*[,\n][^,\n]*[,\n])D[,\n]([0-9]{1,3})(.*)$", re.DOTALL)
_END_TO_END = r"(?:^|\s)EREF: ?(\S+)"


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a BAI2 file.

    Option `controls = "warn"` reads files whose trailers contradict them, with a warning each.

    Raises:
        UsageError: the option is something else.
    """
    controls = source.options.get("controls", "refuse")
    if controls not in ("refuse", "warn"):
        raise UsageError(f"Option controls = {controls!r} is unknown.", hint='"refuse" or "warn".')
    records = read_records(source.data, findings)
    account = ((pl.col("code") == "03").cum_sum().cast(pl.Int32) - 1).alias("statement_no")
    records = records.with_columns(account)
    is_detail = pl.col("code") == "16"
    details = _read_details(records.filter(is_detail), findings)
    walker = Walker(findings, _sums(details), is_strict=controls == "refuse")
    frames = records.filter(pl.col("code").is_in(layout.FRAME_CODES))
    columns = ("code", "text", "line", "byte_start", "ordinal")
    walker.walk([make_record(*row) for row in frames.select(columns).iter_rows()])
    _check_start(records, findings)
    _check_groups(walker.accounts, findings)
    has_accounts = bool((details["statement_no"] >= 0).all())
    if has_accounts and all(one.currency in exponents() for one in walker.accounts):
        details = _sign(details, walker.accounts, findings)
    statements, footings = _statements(walker.accounts, details, findings)
    frame = empty_lines() if findings.refused else _lines(details, source)
    return Draft(frame, details.height, statements, (*walker.totals, *footings))


def _read_details(details: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Cut the details into fields; refuse those that have not their shape."""
    if details["text"].str.contains(r"^16[,\n][^,\n]*[,\n][^,\n]*[,\n]D[,\n]").any():
        # A distribution has as many fields as it says, which no expression can count.
        texts = [_without_distribution(text) for text in details["text"]]
        details = details.with_columns(pl.Series("text", texts, dtype=pl.String))
    found = details["text"].str.extract_groups(layout.DETAIL).struct.unnest()
    details = details.select("line", "byte_start", "byte_length", "statement_no", "text").hstack(
        found.rename({"text": "narrative"})
    )
    magnitude = whole_number(pl.col("amount"))
    signed = pl.when(pl.col("sign") == "-").then(-magnitude).otherwise(magnitude)
    details = details.with_columns(
        pl.when(pl.col("amount") == "").then(0).otherwise(signed).alias("minor"),
        pl.col("type").cast(pl.Int32, strict=False).alias("type_no"),
    )
    unreadable = pl.col("type").is_null() | pl.col("minor").is_null()
    outside = pl.col("statement_no") < 0
    _report(details.filter(unreadable), findings, "detail_unreadable", "16,type,amount,funds,...")
    _report(details.filter(outside), findings, "detail_outside_account", "a record 03 before it")
    return details


def _report(bad: pl.DataFrame, findings: Findings, code: str, expected: str) -> None:
    for row in bad.head(20).iter_rows(named=True):
        findings.refuse(
            code,
            line=row["line"],
            byte_offset=row["byte_start"],
            record="16",
            found=row["text"],
            expected=expected,
            hint="Ask the bank for a corrected file.",
        )


def _without_distribution(text: str) -> str:
    found = _DISTRIBUTED.match(text)
    if found is None:
        return text
    rest = re.split(r"([,\n])", found[3])
    kept = "".join(rest[1 + 4 * int(found[2]) :])
    return f"{found[1]}Z{kept}"


def _sums(details: pl.DataFrame) -> Mapping[int, int]:
    sums = (
        details.group_by("statement_no")
        .agg(pl.col("minor").cast(pl.Int128).sum())
        .sort("statement_no")
    )
    return dict(sums.iter_rows())


def _check_start(records: pl.DataFrame, findings: Findings) -> None:
    if records.is_empty() or records["code"][0] != "01":
        findings.refuse(
            "header_missing",
            byte_offset=0,
            found="no file header at the start",
            expected="record 01",
            hint="Is this a BAI2 file, and complete from its first byte?",
        )


def _check_groups(accounts: list[Account], findings: Findings) -> None:
    """Refuse test groups; warn about those that do not simply add to what was sent before."""
    seen: set[int] = set()
    for account in accounts:
        group = account.group
        if id(group) in seen:
            continue
        seen.add(id(group))
        where = {"line": account.record.line, "byte_offset": account.record.start, "record": "02"}
        if group.status == layout.STATUS_TEST:
            findings.refuse(
                "test_mode",
                **where,
                found="group status 4 (test only)",
                expected="status 1",
                hint="Test data must not post.",
            )
        elif group.status in (layout.STATUS_DELETION, layout.STATUS_CORRECTION):
            findings.warn(
                "group_replaces",
                **where,
                found=f"group status {group.status}",
                expected="status 1 (update)",
                hint="It takes back (2) or corrects (3) what was sent before: compare both.",
            )
        elif group.modifier in layout.INTERIM_MODIFIERS:
            findings.warn(
                "interim_report",
                **where,
                found=f"as-of date modifier {group.modifier}",
                expected="modifier 2, final data of a day",
                hint="The final report repeats these entries: reconcile one of both.",
            )


def _in_ranges(ranges: tuple[tuple[int, int], ...]) -> pl.Expr:
    return pl.any_horizontal(pl.col("type_no").is_between(low, high) for low, high in ranges)


def _sign(details: pl.DataFrame, accounts: list[Account], findings: Findings) -> pl.DataFrame:
    """Add direction, account, currency and dates to the details."""
    about = pl.DataFrame(
        {
            "account": [one.number or None for one in accounts],
            "currency": [one.currency for one in accounts],
            "exponent": [exponents()[one.currency] for one in accounts],
            "business_date": [one.group.as_of for one in accounts],
            "is_deleted": [one.group.status == layout.STATUS_DELETION for one in accounts],
        },
        schema={
            "account": pl.String,
            "currency": pl.String,
            "exponent": pl.Int8,
            "business_date": pl.Date,
            "is_deleted": pl.Boolean,
        },
    )[details["statement_no"]]
    is_credit, is_debit = _in_ranges(layout.CREDITS), _in_ranges(layout.DEBITS)
    has_money = (is_credit | is_debit) & (pl.col("amount") != "")
    details = details.hstack(about).with_columns(
        pl.when(is_debit).then(-pl.col("minor")).otherwise("minor").alias("amount_minor"),
        (has_money & ~pl.col("is_deleted")).alias("is_booked"),
    )
    odd = details.filter(~(is_credit | is_debit) & (pl.col("minor") != 0))
    for row in odd.head(20).iter_rows(named=True):
        findings.warn(
            "direction_unknown",
            line=row["line"],
            byte_offset=row["byte_start"],
            record="16",
            field="type code",
            found=row["type"],
            expected="100-399 credit, 400-699 debit, 920-959 credit, 960-999 debit",
            hint="The entry is kept but not booked; ask the bank what the code means.",
        )
    return details


def _lines(details: pl.DataFrame, source: Source) -> pl.DataFrame:
    stated = pl.col("value_date").str.to_date("%y%m%d", strict=False)
    as_of = pl.col("business_date")
    fee = pl.col("type").is_in(layout.FEE_CODES)
    frame = details.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("record_no"),
        pl.when(fee).then(pl.lit("fee")).otherwise(pl.lit("payout")).alias("kind"),
        pl.col("type").is_in(layout.REVERSAL_CODES).alias("is_reversal"),
        as_of.alias("booking_date"),
        # A value date before the as-of date means the as-of date (standard, appendix C).
        pl.when(pl.col("funds_v").is_not_null())
        .then(pl.max_horizontal(stated, as_of))
        .when(pl.col("funds") == "0")
        .then(as_of)
        .alias("value_date"),
        present(pl.col("bank")).alias("psp_ref"),
        present(pl.col("customer")).alias("merchant_ref"),
        present(pl.col("narrative").str.extract(_END_TO_END)).alias("scheme_ref"),
        present(pl.col("narrative").str.replace_all(r"\s+", " ")).alias("narrative"),
    )
    return build_lines(frame, sha256=source.sha256, feed=source.feed)


def _statements(
    accounts: list[Account], details: pl.DataFrame, findings: Findings
) -> tuple[tuple[Statement, ...], tuple[ControlTotal, ...]]:
    sums: dict[int, tuple[int, int]] = {}
    if "amount_minor" in details.columns:
        booked = pl.col("amount_minor").filter("is_booked").cast(pl.Int128).sum()
        rows = details.group_by("statement_no").agg(booked, pl.len()).sort("statement_no")
        sums = {number: (net, count) for number, net, count in rows.iter_rows()}
    statements, totals = [], []
    for number, account in enumerate(accounts):
        net, entries = sums.get(number, (0, 0))
        statement = _statement(account, net, entries)
        statements.append(statement)
        if statement.consistent is not None and account.opening is not None:
            end = str(account.opening + net)
            name = f"closing balance of {account.number}"
            totals.append(ControlTotal(name, str(account.closing), end, statement.consistent))
        if statement.consistent is False:
            _warn_footing(account, net, findings)
    return tuple(statements), tuple(totals)


def _statement(account: Account, net: int, entries: int) -> Statement:
    opening, closing = account.opening, account.closing
    as_of: date | None = account.group.as_of
    has_both = opening is not None and closing is not None
    return Statement(
        account=account.number or None,
        reference=None,
        currency=account.currency,
        opening_minor=opening,
        closing_minor=closing,
        net_minor=net,
        entries=entries,
        consistent=(opening or 0) + net == closing if has_both else None,
        opening_date=as_of.isoformat() if as_of else None,
        closing_date=as_of.isoformat() if as_of else None,
    )


def _warn_footing(account: Account, net: int, findings: Findings) -> None:
    findings.warn(
        "statement_total_differs",
        line=account.record.line,
        byte_offset=account.record.start,
        record="03",
        found=f"opening {account.opening}, entries {net}, closing {account.closing}",
        expected="opening balance + entries = closing balance",
        hint="The bank may report balances without all entries; ask it if details should be there.",
    )
