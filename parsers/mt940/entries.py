"""Fields :61: as columns: dates, mark, amount, type and references of all entries at once.

What follows the grammar to the letter is read here; every other row is marked odd and goes through
the regular expression of values.py, one by one. Nearly all rows of nearly all banks are regular.
"""

from dataclasses import dataclass

import numpy as np

from parsers.amounts import MINOR_DIGITS_MAX
from parsers.mt940.lines import Lines
from parsers.views import Bytes, Mask, Offsets, Words, day_numbers, digits, trimmed, words_of

_CENTURY_FROM = 80
_DIGITS_MAX = 15
_LEAP_DAY = 229
_HALF_YEAR = 180
_UPPER = np.isin(np.arange(256), np.arange(ord("A"), ord("Z") + 1))
_DIGIT = np.isin(np.arange(256), np.arange(ord("0"), ord("9") + 1))
_TYPE = _UPPER | _DIGIT | (np.arange(256) == ord(" "))
_AMOUNT = _DIGIT | np.isin(np.arange(256), list(b",."))
_SCALES = 10 ** np.arange(19, dtype=np.int64)
NOTHING = ("NONREF", "NOREF")
FEE_TYPES = ("NCHG", "FCHG", "SCHG", "NCOM", "FCOM", "NBRF")
_FEES = np.array([int.from_bytes(one.encode(), "little") for one in FEE_TYPES], np.uint32)


@dataclass(slots=True)
class Entries:
    """One row per entry; the rows of `odd` hold nothing yet."""

    value_days: Offsets
    booking_days: Offsets
    is_booking: Mask
    minor: Offsets
    is_booked: Mask
    is_reversal: Mask
    is_fee: Mask
    customer: tuple[Offsets, Offsets]
    bank: tuple[Offsets, Offsets]
    odd: Mask


def read_entries(lines: Lines, rows: Offsets, exponents: Offsets) -> Entries:
    """Return the entries at the lines `rows`; `exponents` has that of each one's currency."""
    codes, words = lines.codes, words_of(lines.text)
    starts, ends = lines.starts[rows], lines.ends[rows]
    value_days, booking_days, is_booking, place, odd = _days(words, codes, starts)
    minor, is_booked, is_reversal, place, wrong = _money(words, codes, place, exponents)
    odd |= wrong | lines.is_cut[rows] | (place + 4 > ends)
    place = np.minimum(place, ends)
    odd |= ~_UPPER[codes[place]]
    for step in (1, 2, 3):
        odd |= ~_TYPE[codes[place + step]]
    types = (words[place] & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    is_fee = (types[:, None] == _FEES).any(axis=1)
    customer, bank = _references(codes, np.minimum(place + 4, ends), ends)
    return Entries(
        value_days, booking_days, is_booking, minor, is_booked, is_reversal, is_fee,
        customer, bank, odd,
    )  # fmt: skip


def _days(
    words: Words, codes: Bytes, starts: Offsets
) -> tuple[Offsets, Offsets, Mask, Offsets, Mask]:
    """Read YYMMDD and, where it stands, MMDD in the year nearest to it; return where both end."""
    date, good = digits(words, starts, np.full(len(starts), 6))
    years, months, days = date // 10000, date // 100 % 100, date % 100
    # Around the turn of the century that two digits stand for, the slow path knows the year.
    good &= (years != _CENTURY_FROM) & (years != _CENTURY_FROM - 1)
    years += np.where(years >= _CENTURY_FROM, 1900, 2000)
    value_days, is_day = day_numbers(years, months, days)
    has_entry = _DIGIT[codes[starts + 6]]
    entry, fine = digits(words, starts + 6, np.full(len(starts), 4))
    months, days = entry // 100, entry % 100
    nearest, exists = day_numbers(years, months, days)
    # 29 and 30 February are days of some years only: the slow path tells which one is meant.
    fine &= (exists & (entry != _LEAP_DAY)) | (entry == 0)
    for row_step in (-1, 1):
        far = np.flatnonzero(abs(nearest - value_days) > _HALF_YEAR)
        one, _ = day_numbers(years[far] + row_step, months[far], days[far])
        is_nearer = abs(one - value_days[far]) < abs(nearest[far] - value_days[far])
        nearest[far[is_nearer]] = one[is_nearer]
    odd = ~good | ~is_day | (has_entry & ~fine)
    return value_days, nearest, has_entry & (entry != 0), starts + 6 + 4 * has_entry, odd


def _money(
    words: Words, codes: Bytes, place: Offsets, exponents: Offsets
) -> tuple[Offsets, Mask, Mask, Offsets, Mask]:
    """Read mark and amount; return signed minor units, what the mark says, and where both end."""
    first, second = codes[place], codes[place + 1]
    is_double = ((first == ord("R")) | (first == ord("E"))) & (
        (second == ord("C")) | (second == ord("D"))
    )
    direction = np.where(is_double, second, first)
    odd = (direction != ord("C")) & (direction != ord("D"))
    is_reversal = is_double & (first == ord("R"))
    is_expected = is_double & (first == ord("E"))
    place = place + 1 + is_double
    place += _UPPER[codes[place]]
    starts = place
    mark, end = _amount_ends(codes, starts)
    whole, has_whole = digits(words, starts, mark - starts)
    after = np.minimum(mark + 1, end)
    fraction, has_fraction = digits(words, after, end - after)
    decimals = end - after
    odd |= ~has_whole | (~has_fraction & (decimals > 0))
    odd |= (decimals > exponents) | (end - starts > _DIGITS_MAX)
    odd |= mark - starts + exponents > MINOR_DIGITS_MAX
    missing = np.clip(exponents - decimals, 0, 6)
    minor = whole * _SCALES[exponents] + np.where(decimals > 0, fraction, 0) * _SCALES[missing]
    is_credit = (direction == ord("C")) != is_reversal
    return np.where(is_credit, minor, -minor), ~is_expected, is_reversal, end, odd


def _amount_ends(codes: Bytes, starts: Offsets) -> tuple[Offsets, Offsets]:
    """Return where the decimal mark of each amount stands (else its end), and where it ends."""
    mark, end = starts.copy(), starts.copy()
    whole, live = np.arange(len(starts)), np.arange(len(starts))
    for _ in range(_DIGITS_MAX + 1):
        whole = whole[_DIGIT[codes[mark[whole]]]]
        live = live[_AMOUNT[codes[end[live]]]]
        mark[whole] += 1
        end[live] += 1
        if not len(live):
            break
    return mark, end


def _references(
    codes: Bytes, starts: Offsets, ends: Offsets
) -> tuple[tuple[Offsets, Offsets], tuple[Offsets, Offsets]]:
    """Return the places of the customer's and the bank's reference, divided by two slashes."""
    slashes = np.flatnonzero(codes[:-1] == ord("/"))
    doubles = slashes[codes[slashes + 1] == ord("/")]
    doubles = np.append(doubles, len(codes))
    found = doubles[np.searchsorted(doubles, starts)]
    is_divided = found + 2 <= ends
    middle = np.where(is_divided, found, ends)
    behind = np.where(is_divided, found + 2, ends)
    return _present(codes, starts, middle), _present(codes, behind, ends)


def _present(codes: Bytes, starts: Offsets, ends: Offsets) -> tuple[Offsets, Offsets]:
    """Return a reference without blanks; the words for "none" are nothing."""
    starts, lengths = trimmed(codes, starts, ends - starts)
    for word in NOTHING:
        rows = np.flatnonzero((lengths == len(word)) & (codes[starts] == ord("N")))
        for place, letter in enumerate(word.encode()):
            rows = rows[codes[starts[rows] + place] == letter]
        lengths[rows] = 0
    return starts, lengths
