"""Addenda about their entry: returns, changes, and the parties of international entries."""

import numpy as np
import polars as pl

from parsers.nacha import layout
from parsers.nacha.entries import Entries, column
from parsers.nacha.physical import Records
from parsers.nacha.place import Place
from parsers.views import Mask, Offsets


def warn_reasons(records: Records, entries: Entries, place: Place, first: int) -> None:
    """Warn of returns and changes whose reason is not known."""
    owners = np.flatnonzero(entries.notices >= 0)
    reasons = column(records, entries.notices[owners], layout.ADDENDA["reason"]).fill_null("")
    is_return = pl.Series(entries.notice_types[owners] == int(layout.RETURN))
    known = (is_return & reasons.str.contains(layout.RETURN_REASONS)) | (
        ~is_return & reasons.str.contains(layout.CHANGE_REASONS)
    )
    for row in (~known).arg_true()[: place.left("reason_unknown")].to_list():
        at = int(entries.notices[owners[row]])
        place.warn(
            "reason_unknown",
            int(records.lines[at]),
            int(records.raw_starts[at]),
            record="7",
            number=first + int(owners[row]) + 1,
            field="reason",
            found=records.field(at, layout.ADDENDA["reason"]),
            expected="R01 to R89 for a return, C01 to C14 or C61 to C69 for a change",
            hint="The line is kept; ask the bank what the reason means.",
        )


def read_notices(records: Records, entries: Entries, is_international: Mask) -> pl.DataFrame:
    """Return original_trace, reason and info of each entry's notice, null without one."""
    owners = np.flatnonzero(entries.notices >= 0)
    at = entries.notices[owners]
    frame = pl.DataFrame(
        {
            "reason": column(records, at, layout.ADDENDA["reason"]),
            "original_trace": column(records, at, layout.ADDENDA["original_trace"]),
            "info": column(records, at, layout.INFO),
            "of_change": column(records, at, layout.INFO_OF_CHANGE),
            "of_iat": column(records, at, layout.INFO_OF_IAT_RETURN),
            "of_dishonoured": column(records, at, layout.INFO_OF_DISHONOURED),
            "is_change": entries.notice_types[owners] == int(layout.CHANGE),
            "is_international": is_international[entries.rows[owners]],
        },
        schema_overrides=dict.fromkeys(("reason", "original_trace", "info"), pl.String),
    )
    reason = pl.col("reason").fill_null("")
    frame = frame.select(
        "reason",
        "original_trace",
        pl.when("is_change")
        .then("of_change")
        .when(reason.str.contains(layout.DISHONOURED))
        .then("of_dishonoured")
        .when(reason.str.contains(layout.CONTESTED))
        .then(None)
        .when("is_international")
        .then("of_iat")
        .otherwise("info")
        .alias("info"),
    )
    if len(owners) == len(entries.rows):
        return frame
    return _spread(frame, owners, len(entries.rows))


def read_parties(records: Records, entries: Entries, is_international: Mask) -> pl.DataFrame:
    """Return receiver, originator and foreign_trace of international entries, null for others."""
    found = {}
    for name, kind, place in (
        ("receiver", layout.IAT_RECEIVER, layout.IAT_RECEIVER_NAME),
        ("foreign_trace", layout.IAT_RECEIVER, layout.IAT_FOREIGN_TRACE),
        ("originator", layout.IAT_ORIGINATOR, layout.IAT_ORIGINATOR_NAME),
    ):
        mine = (entries.owners >= 0) & (entries.addenda_types == int(kind))
        mine &= is_international[entries.addenda]
        at, owners = entries.addenda[mine], entries.owners[mine]
        values = column(records, at, place).to_frame(name)
        found[name] = _spread(values, owners, len(entries.rows))[name]
    return pl.DataFrame(found)


def _spread(values: pl.DataFrame, rows: Offsets, size: int) -> pl.DataFrame:
    """Return a frame of `size` rows with these values at these rows, null elsewhere."""
    index = np.full(size, -1)
    index[rows[::-1]] = np.arange(len(rows))[::-1]
    places = pl.Series(index)
    places = places.to_frame("at").select(pl.when(pl.col("at") >= 0).then("at")).to_series()
    return values.select(pl.all().gather(places))
