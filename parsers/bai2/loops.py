"""One pass over the bytes of a block: lines to records, records 16 to the places of their fields.

Compiled (parsers/compiled.py), because the same in columns took a hundred passes. Nothing here
decides what a value means: what does not follow the standard to the letter is marked odd and read
by the regular expression of layout.py.
"""

import numpy as np

from parsers.compiled import compiled
from parsers.views import Bytes, Offsets, Words

NO_CODE = -1
STARTS, ENDS, KINDS, RAW_STARTS, RAW_ENDS, LINES = range(6)
"""Rows of records: content, code (NO_CODE without one), bytes as received, line."""

TYPE, AMOUNT, IS_AMOUNT, FUNDS, DAY, IS_DAY, CARE, OPENED, INSIDE = range(9)
"""Rows of details: IS_ says whether there is one, CARE is ODD or OTHER, OPENED counts the accounts
before it, INSIDE tells whether one is open (UNKNOWN: as before the block)."""

ODD, OTHER = 1, 2
"""A detail that is read one by one, and one whose text holds more than ASCII."""

ACCOUNT, _DETAIL, _CONTINUED = 3, 16, 88
_TAB, _LF, _CR, _BLANK, _COMMA, _SLASH, _COLON = 9, 10, 13, 32, 44, 47, 58
_ZERO, _NINE, _PLUS, _MINUS = 48, 57, 43, 45
_V, _S, _Z = 86, 83, 90
_PAD = 24
_ALL, _ONES = np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(0x0101010101010101)
_TOPS = np.uint64(0x8080808080808080)
UNKNOWN = 2
_DIGITS_MAX = 18
_FIRST_YEAR, _CENTURY_FROM = 1970, 69


@compiled
def _is_digit(code: int) -> bool:
    return _ZERO <= code <= _NINE


@compiled
def _is_known(codes: Bytes, place: int) -> bool:
    """Tell whether a record code and its comma stand at a place."""
    if place + 2 >= len(codes) or codes[place + 2] != _COMMA:
        return False
    number = (codes[place] - _ZERO) * 10 + codes[place + 1] - _ZERO
    if not (_is_digit(codes[place]) and _is_digit(codes[place + 1])):
        return False
    return number in (1, 2, 3, 16, 49, 88, 98, 99)


@compiled
def _cut_before(codes: Bytes, place: int, end: int) -> int:
    """Return where a record starts behind the slash at `place` on the same line, or -1."""
    after = place + 1
    while after < end and (codes[after] == _BLANK or codes[after] == _TAB):
        after += 1
    return after if after > place + 1 and _is_known(codes, after) else -1


@compiled
def find_marks(words: Words, codes: Bytes, mark: int, places: Offsets) -> int:
    """Write where a character stands, looking at eight bytes at a time; return how often."""
    wanted = np.uint64(mark) * _ONES
    found = 0
    for word in range(len(words)):
        other = words[word] ^ wanted
        if (other - _ONES) & ~other & _TOPS:
            for place in range(8 * word, 8 * word + 8):
                if codes[place] == mark:
                    places[found] = place
                    found += 1
    return found


@compiled
def find_cuts(codes: Bytes, slashes: Offsets, count: int) -> int:
    """Write over `slashes` where records start that stand behind another one on its line."""
    found = 0
    for at in range(count):
        behind = codes[slashes[at] + 1]
        if behind in (_BLANK, _TAB):
            cut = _cut_before(codes, slashes[at], len(codes))
            if cut >= 0:
                slashes[found] = cut
                found += 1
    return found


@compiled
def find_records(
    codes: Bytes, size: int, is_wide: bool, feeds: Offsets, cuts: Offsets, records: Offsets
) -> int:
    """Write the records of a block, a row of `records` each; return how many there are.

    Args:
        codes: the block as UTF-8, with PAD behind it.
        size: bytes of the block.
        is_wide: whether the file has one byte where UTF-8 has several.
        feeds: where line ends stand, and `size`.
        cuts: where records start that share a line with another one.
        records: shape (STARTS to LINES, room for all).
    """
    found = line = place = more = cut = 0
    while line < len(feeds):
        start, end = place, feeds[line]
        is_cut = cut < len(cuts) and cuts[cut] <= end
        if is_cut:
            end = cuts[cut]
            cut += 1
            place = end
        else:
            place = end + 1
            if end > start and codes[end - 1] == _CR:
                end -= 1
        raw = start - more
        if is_wide:
            for at in range(start, end):
                more += codes[at] & 0xC0 == 0x80
        raw_end = end - more
        start, end = _trim(codes, start, end)
        if end > start:
            kind = _kind(codes, start, end)
            start, end = _content(codes, start, end, kind)
            records[STARTS, found], records[ENDS, found] = start, end
            records[KINDS, found] = kind
            records[RAW_STARTS, found], records[RAW_ENDS, found] = raw, raw_end
            records[LINES, found] = line
            found += 1
        if not is_cut:
            line += 1
    return found


@compiled
def _content(codes: Bytes, start: int, end: int, kind: int) -> tuple[int, int]:
    """Return a record without the slash that closes it, a continuation without its code."""
    if codes[end - 1] == _SLASH:
        end -= 1
        while end > start and (codes[end - 1] == _BLANK or codes[end - 1] == _TAB):
            end -= 1
    if kind == _CONTINUED:
        begin = start + 2
        behind = codes[begin]
        if behind in (_COMMA, _COLON, _BLANK):
            begin += 1
        start = min(begin, max(end, start))
    return start, end


@compiled
def _kind(codes: Bytes, start: int, end: int) -> int:
    """Return the code of a record, NO_CODE without one; 88 needs no comma."""
    if not (_is_digit(codes[start]) and _is_digit(codes[start + 1])):
        return NO_CODE
    number = (codes[start] - _ZERO) * 10 + codes[start + 1] - _ZERO
    if codes[start + 2] == _COMMA or end - start == 2 or number == _CONTINUED:
        return int(number)
    return NO_CODE


@compiled
def _is_frame(kind: int) -> bool:
    return kind in (1, 2, 3, 49, 98, 99)


@compiled
def _trim(codes: Bytes, start: int, end: int) -> tuple[int, int]:
    while start < end and codes[start] <= _BLANK:
        start += 1
    while end > start and codes[end - 1] <= _BLANK:
        end -= 1
    return start, end


@compiled
def _number(codes: Bytes, start: int, end: int) -> int:
    """Return 1 to 18 digits as a number, -1 for anything else."""
    if not 0 < end - start <= _DIGITS_MAX:
        return -1
    value = 0
    for place in range(start, end):
        if not _is_digit(codes[place]):
            return -1
        value = value * 10 + codes[place] - _ZERO
    return int(value)


@compiled
def _day(number: int) -> int:
    """Return days since 1970 of YYMMDD, -1 where it is no day from 1970 to 2068."""
    year, month, day = number // 10000, number // 100 % 100, number % 100
    year += 1900 if year >= _CENTURY_FROM else 2000
    if year < _FIRST_YEAR or not 1 <= month <= 12 or day < 1:
        return -1
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    last = 31 - (month == 4 or month == 6 or month == 9 or month == 11)
    if month == 2:
        last = 28 + is_leap
    if day > last:
        return -1
    shifted = year - (month <= 2)
    turned = month - 3 if month > 2 else month + 9
    inside = (153 * turned + 2) // 5 + day - 1
    return shifted * 365 + shifted // 4 - shifted // 100 + shifted // 400 + inside - 719468


@compiled
def group_records(
    kinds: Offsets, firsts: Offsets, lasts: Offsets, frames: Offsets, rows: Offsets
) -> tuple[int, int, int]:
    """Write which records continue which; return how many there are of the last three.

    Args:
        kinds: of `find_records`.
        firsts: takes the records that are no continuations.
        lasts: takes the last continuation of each of those, or itself.
        frames: takes which of `firsts` stand around the details.
        rows: takes which of `firsts` are details.
    """
    found = framed = details = 0
    for record in range(len(kinds)):
        kind = kinds[record]
        if kind != NO_CODE and kind != _CONTINUED:
            firsts[found] = record
            if kind == _DETAIL:
                rows[details] = found
                details += 1
            elif _is_frame(kind):
                frames[framed] = found
                framed += 1
            found += 1
        if found:
            lasts[found - 1] = record
    return found, framed, details


@compiled
def read_fields(
    codes: Bytes,
    words: Words,
    filled: int,
    records: Offsets,
    firsts: Offsets,
    lasts: Offsets,
    commas: Offsets,
    values: Offsets,
    texts: Offsets,
) -> int:
    """Write the fields of all details, a column each; return how far `codes` is in use then.

    Texts of several records, or with more than single blanks, are put together behind the block:
    `codes` (and `words`, the same eight bytes at a time) has as much room again from `filled`.
    `commas` ends with a place behind them all; `values` takes TYPE to INSIDE of each detail,
    `texts` start and length of bank reference, customer reference, text and end-to-end id; both
    come as zeros. For the others see find_records and group_records.
    """
    starts, ends, kinds = records[STARTS], records[ENDS], records[KINDS]
    opened = at = comma = 0
    state = UNKNOWN
    for first in range(len(firsts)):
        record, last = firsts[first], lasts[first]
        kind = kinds[record]
        if kind != _DETAIL:
            opened += kind == ACCOUNT
            if _is_frame(kind):
                state = 1 if kind == ACCOUNT else 0
            continue
        values[OPENED, at], values[INSIDE, at] = opened, state
        while commas[comma] < starts[record]:
            comma += 1
        start, comma, record, is_read = _read_values(
            codes, commas, comma, starts, ends, record, last, values, at
        )
        if not is_read:
            values[TYPE, at], values[AMOUNT, at], values[CARE, at] = -1, 0, ODD
        for text in range(0, 4, 2):
            if start >= 0:
                stop, behind, comma, record = _next(commas, comma, starts, ends, record, last)
                start, stop = _trim(codes, start, stop)
                texts[text, at], texts[text + 1, at] = start, stop - start
                start = behind
        if start >= 0:
            begin, stop = _trim(codes, start, ends[record])
            if record == last and _is_clean(words, begin, stop):
                texts[4, at], texts[5, at] = begin, stop - begin
            else:
                end, is_other, named = _write(codes, starts, ends, start, record, last, filled)
                texts[4, at], texts[5, at] = filled, end - filled
                if named >= 0:
                    texts[6, at], texts[7, at] = _named(codes, named, end)
                if is_other:
                    values[CARE, at] = OTHER
                filled = end
        at += 1
    return filled


@compiled
def _is_clean(words: Words, start: int, end: int) -> bool:
    """Tell whether a text is ASCII without control characters, double blanks and colons.

    It looks at eight bytes at a time, and may say no to a text that is clean.
    """
    blanks_before = np.uint64(0)
    first, last = start >> 3, (end - 1) >> 3
    for word in range(first, last + 1):
        inside = _ALL
        if word == first:
            inside <<= np.uint64(8 * (start & 7))
        if word == last:
            inside &= _ALL >> np.uint64(8 * (7 - ((end - 1) & 7)))
        value = (words[word] & inside) | (_ONES * np.uint64(97) & ~inside)
        colon, blank = value ^ _ONES * np.uint64(_COLON), value ^ _ONES * np.uint64(_BLANK)
        blanks = (blank - _ONES) & ~blank & _TOPS
        odd = value | ((value - _ONES * np.uint64(_BLANK)) & ~value) | ((colon - _ONES) & ~colon)
        if odd & _TOPS or blanks & (blanks << np.uint64(8) | blanks_before):
            return False
        blanks_before = blanks >> np.uint64(56)
    return True


@compiled
def _next(
    commas: Offsets, comma: int, starts: Offsets, ends: Offsets, record: int, last: int
) -> tuple[int, int, int, int]:
    """Return where a field ends and the next one starts (-1: there is none), comma and record."""
    end = ends[record]
    place = commas[comma]
    if place < end:
        return place, place + 1, comma + 1, record
    if record == last:
        return end, -1, comma, record
    start = starts[record + 1]
    while commas[comma] < start:
        comma += 1
    return end, start, comma, record + 1


@compiled
def _read_values(
    codes: Bytes,
    commas: Offsets,
    comma: int,
    starts: Offsets,
    ends: Offsets,
    record: int,
    last: int,
    values: Offsets,
    at: int,
) -> tuple[int, int, int, bool]:
    """Read type, amount, funds type and value date of one detail.

    Return where the bank's reference starts or -1, comma and record, and if all is to the letter.
    """
    odd = -1, comma, record, False
    _, start, comma, record = _next(commas, comma, starts, ends, record, last)
    if start < 0:
        return odd
    stop, behind, comma, record = _next(commas, comma, starts, ends, record, last)
    start, stop = _trim(codes, start, stop)
    values[TYPE, at] = _number(codes, start, stop) if stop - start == 3 else -1
    if behind < 0 or values[TYPE, at] < 0:
        return odd
    start = behind
    stop, behind, comma, record = _next(commas, comma, starts, ends, record, last)
    start, stop = _trim(codes, start, stop)
    is_minus = start < stop and codes[start] == _MINUS
    is_signed = is_minus or (start < stop and codes[start] == _PLUS)
    start += is_signed
    minor = _number(codes, start, stop) if start < stop or is_signed else 0
    if minor < 0:
        return odd
    values[AMOUNT, at] = -minor if is_minus else minor
    values[IS_AMOUNT, at] = start < stop
    if behind < 0:
        return -1, comma, record, True
    start = behind
    stop, behind, comma, record = _next(commas, comma, starts, ends, record, last)
    if start >= stop:
        return behind, comma, record, True
    funds = codes[start]
    values[FUNDS, at] = funds
    if stop - start > 1 or not (funds in (_BLANK, _Z, _V, _S) or 48 <= funds <= 50):
        return odd
    fields = 2 if funds == _V else 3 if funds == _S else 0
    for field in range(fields):
        if behind < 0:
            return odd
        start = behind
        stop, behind, comma, record = _next(commas, comma, starts, ends, record, last)
        if funds == _V and field == 0:
            start, stop = _trim(codes, start, stop)
            number = _number(codes, start, stop) if start < stop else 0
            if number < 0:
                return odd
            day = _day(number) if stop - start == 6 else -1
            if day >= 0:
                values[DAY, at], values[IS_DAY, at] = day, 1
    return behind, comma, record, True


@compiled
def _named(codes: Bytes, start: int, end: int) -> tuple[int, int]:
    """Return start and length of the word at `start`, or behind the blank that stands there."""
    if not 0 <= start < end:
        return 0, 0
    if codes[start] == _BLANK:
        start += 1
    stop = start
    while stop < end and codes[stop] != _BLANK:
        stop += 1
    return start, stop - start


@compiled
def _write(
    codes: Bytes,
    starts: Offsets,
    ends: Offsets,
    place: int,
    record: int,
    last: int,
    filled: int,
) -> tuple[int, bool, int]:
    """Copy a text behind the block, with single blanks for blanks and borders.

    Return its end, whether it holds other scripts, and the place behind EREF: or -1.
    """
    to, named = filled, -1
    is_other = is_open = False
    while record <= last:
        while place < ends[record]:
            code = codes[place]
            place += 1
            if code == _BLANK or _TAB <= code <= _CR:
                is_open = True
                continue
            if to == filled and code < _BLANK:
                is_open = False
                continue
            if is_open and to > filled:
                codes[to] = _BLANK
                to += 1
            is_open = False
            codes[to] = code
            to += 1
            is_other |= code >= 0x80
            if code == _COLON and named < 0 and _is_end_to_end(codes, filled, to):
                named = to
        record += 1
        is_open = True
        if record <= last:
            place = starts[record]
    while to > filled and codes[to - 1] <= _BLANK:
        to -= 1
    return to, is_other, named


@compiled
def _is_end_to_end(codes: Bytes, start: int, end: int) -> bool:
    """Tell whether a text up to `end` closes with the word EREF: on its own."""
    begin = end - 5
    if begin < start or (begin > start and codes[begin - 1] != _BLANK):
        return False
    return bool(
        codes[begin] == 69 and codes[begin + 1] == 82  # ER
        and codes[begin + 2] == 69 and codes[begin + 3] == 70  # EF
    )  # fmt: skip
