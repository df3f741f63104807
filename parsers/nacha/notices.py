"""Addenda about their entry: returns, changes, and the parties of international entries.

Which text an entry gets from them is a matter of places: each is where a record starts, and the
field of it that its kind of notice has.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from parsers.nacha import layout
from parsers.nacha.entries import Entries, column_at
from parsers.nacha.physical import Records
from parsers.nacha.place import Place
from parsers.views import Bytes, Mask, Offsets

_RETURN, _CHANGE = int(layout.RETURN), int(layout.CHANGE)
_DIGIT = np.isin(np.arange(256), list(b"0123456789"))
_INFO = np.array(
    [
        layout.INFO,
        layout.INFO_OF_CHANGE,
        layout.INFO_OF_DISHONOURED,
        layout.INFO_OF_IAT_RETURN,
        (1, 0),
    ]
)
_PLAIN, _OF_CHANGE, _OF_DISHONOURED, _OF_IAT, _NONE = range(5)


@dataclass(frozen=True, slots=True)
class Notices:
    """The texts of each entry's first notice; `is_there` where it names a reason."""

    is_there: Mask
    reason: pl.Series
    info: pl.Series


def _reasons(records: Records, at: Offsets) -> tuple[Bytes, Bytes, Bytes]:
    starts = records.starts[at] + layout.ADDENDA["reason"][0] - 1
    return records.codes[starts], records.codes[starts + 1], records.codes[starts + 2]


def warn_reasons(records: Records, entries: Entries, place: Place, first: int) -> None:
    """Warn of returns and changes whose reason is not known."""
    owners = (entries.notices >= 0).nonzero()[0]
    if not len(owners):
        return
    letter, tens, units = _reasons(records, entries.notices[owners])
    number = (tens & 15) * 10 + (units & 15)
    is_code = _DIGIT[tens] & _DIGIT[units]
    is_return = entries.notice_types[owners] == _RETURN
    of_return = (letter == ord("R")) & (number < 90)
    of_change = (letter == ord("C")) & (
        ((number >= 1) & (number <= 14)) | ((number >= 61) & (number <= 69))
    )
    known = is_code & np.where(is_return, of_return, of_change)
    for row in (~known).nonzero()[0][: place.left("reason_unknown")].tolist():
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


def read_notices(records: Records, entries: Entries, is_international: Mask) -> Notices | None:
    """Return what notices say about each entry; None where no entry has one."""
    rows = entries.notices
    owners = (rows >= 0).nonzero()[0]
    if not len(owners):
        return None
    letter, tens, units = _reasons(records, rows[owners])
    is_code = (letter == ord("R")) & _DIGIT[units]
    dishonoured = is_code & ((tens == ord("6")) | ((tens == ord("7")) & (units == ord("0"))))
    contested = is_code & (tens == ord("7")) & (units != ord("0"))
    kind = np.where(is_international[entries.rows[owners]], _OF_IAT, _PLAIN)
    kind[contested], kind[dishonoured] = _NONE, _OF_DISHONOURED
    kind[entries.notice_types[owners] == _CHANGE] = _OF_CHANGE
    places = np.zeros((2, len(rows)), np.int64)
    places[:, owners] = _INFO[kind].T
    reason = column_at(records, rows, *layout.ADDENDA["reason"])
    is_there = reason.is_not_null().to_numpy()
    info = column_at(records, np.where(is_there, rows, -1), places[0], places[1])
    return Notices(is_there, reason, info)


def find_parties(entries: Entries, is_international: Mask) -> tuple[Offsets, Offsets]:
    """Return the record 710 (receiver) and 711 (originator) of each entry, -1 without one."""
    found = []
    for kind in (layout.IAT_RECEIVER, layout.IAT_ORIGINATOR):
        mine = (entries.owners >= 0) & (entries.addenda_types == int(kind))
        mine &= is_international[entries.addenda]
        at, owners = entries.addenda[mine], entries.owners[mine]
        rows = np.full(len(entries.rows), -1)
        rows[owners[::-1]] = at[::-1]  # of several the first one stays
        found.append(rows)
    return found[0], found[1]
