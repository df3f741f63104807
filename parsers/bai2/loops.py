"""One pass over the bytes of a block: lines to records, records 16 to the places of their fields.

Compiled (parsers/compiled.py), because the same in columns took a hundred passes. Nothing here
decides what a value means: what does not follow the standard to the letter is marked odd and read
by the regular expression of layout.py.
"""

import numpy as np

from parsers.compiled import compiled
from parsers.views import Bytes, Offsets, Words

NO_CODE = -1
ODD, OTHER = 1, 2
"""A detail that is read one by one, and one whose text holds more than ASCII."""

ACCOUNT, _DETAIL, _CONTINUED = 3, 16, 88
_TAB, _LF, _CR, _BLANK, _COMMA, _SLASH, _COLON = 9, 10, 13, 32, 44, 47, 58
_ZERO, _NINE, _PLUS, _MINUS = 48, 57, 43, 45
_V, _S, _Z = 86, 83, 90
_FIELDS, _PAD = 9, 24
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
def _find(words: Words, codes: Bytes, mark: int, places: Offsets) -> int:
    """Write where a character stands, looking at eight bytes at a time; return how often."""
    wanted = np.uint64(mark) * np.uint64(0x0101010101010101)
    found = 0
    for word in range(len(words)):
        other = words[word] ^ wanted
        if (other - np.uint64(0x0101010101010101)) & ~other & np.uint64(0x8080808080808080):
            for place in range(8 * word, 8 * word + 8):
                if codes[place] == mark:
                    places[found] = place
                    found += 1
    return found


@compiled
def _find_cuts(codes: Bytes, slashes: Offsets) -> Offsets:
    """Return where records start that stand behind another one on its line."""
    cuts = np.empty(len(slashes), np.int64)
    found = 0
    for slash in slashes:
        if codes[slash + 1] == _BLANK or codes[slash + 1] == _TAB:
            cut = _cut_before(codes, slash, len(codes))
            if cut >= 0:
                cuts[found] = cut
                found += 1
    return cuts[:found]


@compiled
def find_records(
    codes: Bytes, size: int, is_wide: bool
) -> tuple[Offsets, Offsets, Offsets, Offsets, Offsets, Offsets, int]:
    """Return starts, ends, kinds, raw_starts, raw_ends and lines of all records, and line ends.

    Args:
        codes: the block as UTF-8, with PAD behind it.
        size: bytes of the block.
        is_wide: whether the file has one byte where UTF-8 has several.
    """
    words = codes[: (size + 7) // 8 * 8].view(np.uint64)
    places = np.empty(size + 1, np.int64)
    cuts = _find_cuts(codes, places[: _find(words, codes, _SLASH, places)])
    feeds = _find(words, codes, _LF, places)
    places[feeds] = size
    room = feeds + len(cuts) + 1
    starts, ends = np.empty(room, np.int64), np.empty(room, np.int64)
    raw_starts, raw_ends = np.empty(room, np.int64), np.empty(room, np.int64)
    kinds, lines = np.empty(room, np.int64), np.empty(room, np.int64)
    found = line = place = more = cut = 0
    while line <= feeds:
        start, end = place, places[line]
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
            starts[found], ends[found], kinds[found] = start, end, kind
            raw_starts[found], raw_ends[found], lines[found] = raw, raw_end, line
            found += 1
        if not is_cut:
            line += 1
    return (
        starts[:found], ends[:found], kinds[:found],
        raw_starts[:found], raw_ends[:found], lines[:found], feeds,
    )  # fmt: skip


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
    starts: Offsets, ends: Offsets, kinds: Offsets
) -> tuple[Offsets, Offsets, Offsets, Offsets, int]:
    """Return which records continue which.

    Returns:
        firsts: records that are no continuations.
        lasts: the last continuation of each of those, or itself.
        frames: which of `firsts` stand around the details.
        rows: which of `firsts` are details.
        room: bytes that their texts can take.
    """
    size = len(kinds)
    firsts, lasts = np.empty(size, np.int64), np.empty(size, np.int64)
    frames, rows = np.empty(size, np.int64), np.empty(size, np.int64)
    found = framed = details = room = 0
    for record in range(size):
        if kinds[record] != NO_CODE and kinds[record] != _CONTINUED:
            firsts[found] = record
            if kinds[record] == _DETAIL:
                rows[details] = found
                details += 1
            elif _is_frame(kinds[record]):
                frames[framed] = found
                framed += 1
            found += 1
        if found:
            lasts[found - 1] = record
            if kinds[firsts[found - 1]] == _DETAIL:
                room += max(ends[record] - starts[record], 0) + 1
    return firsts[:found], lasts[:found], frames[:framed], rows[:details], room


@compiled
def read_fields(
    codes: Bytes,
    starts: Offsets,
    ends: Offsets,
    kinds: Offsets,
    firsts: Offsets,
    lasts: Offsets,
    room: int,
) -> tuple[Offsets, Offsets, Bytes]:
    """Return the fields of all details, a column each; see find_records and group_records.

    Returns:
        values: type, amount, whether there is one, funds, value date, whether there is one,
            ODD or OTHER, accounts opened before, and whether one is open (2: unknown).
        texts: starts and lengths of bank reference, customer reference, text and end-to-end id.
        plain: the texts, each with single blanks, and PAD.
    """
    details = 0
    for first in firsts:
        details += kinds[first] == _DETAIL
    commas = np.empty(len(codes), np.int64)
    words = codes[: len(codes) // 8 * 8].view(np.uint64)
    commas[_find(words, codes, _COMMA, commas)] = len(codes)
    values, texts = np.zeros((9, details), np.int64), np.zeros((8, details), np.int64)
    plain = np.empty(room + _PAD, np.uint8)
    stop, begin = np.empty(_FIELDS, np.int64), np.empty(_FIELDS, np.int64)
    source = np.empty(_FIELDS, np.int64)
    filled = opened = at = comma = 0
    state = UNKNOWN
    for first in range(len(firsts)):
        record, last = firsts[first], lasts[first]
        kind = kinds[record]
        if kind != _DETAIL:
            opened += kind == ACCOUNT
            if _is_frame(kind):
                state = 1 if kind == ACCOUNT else 0
            continue
        values[7, at], values[8, at] = opened, state
        while commas[comma] < starts[record]:
            comma += 1
        count = _separate(commas, comma, starts, ends, record, last, stop, begin, source)
        field = _read_values(codes, count, stop, begin, values, at)
        if field < 0:
            values[0, at], values[1, at], values[6, at] = -1, 0, ODD
        for number in range(2 if field >= 0 else 0):
            if count > field + number:
                start, end = _trim(codes, begin[field + number], stop[field + number + 1])
                texts[2 * number, at], texts[2 * number + 1, at] = start, end - start
        field += 2
        if 2 <= field < count:
            end, is_other, named = _write(
                codes, starts, ends, begin[field], source[field], last, plain, filled
            )
            texts[4, at], texts[5, at] = filled, end - filled
            texts[6, at], texts[7, at] = _named(plain, named, end)
            values[6, at] = OTHER if is_other else 0
            filled = end
        at += 1
    plain[filled : filled + _PAD] = 0
    return values, texts, plain[: filled + _PAD]


@compiled
def _separate(
    commas: Offsets,
    comma: int,
    starts: Offsets,
    ends: Offsets,
    record: int,
    last: int,
    stop: Offsets,
    begin: Offsets,
    source: Offsets,
) -> int:
    """Find up to nine separators of one detail; return how many there are.

    Writes where each stands, where the field behind it begins, and in which record that is.
    """
    count = 0
    while count < _FIELDS:
        if commas[comma] < ends[record]:
            stop[count] = commas[comma]
            begin[count] = commas[comma] + 1
            comma += 1
        elif record < last:
            stop[count] = ends[record]
            record += 1
            begin[count] = starts[record]
            while commas[comma] < starts[record]:
                comma += 1
        else:
            break
        source[count] = record
        count += 1
    for field in range(count, _FIELDS):
        stop[field], begin[field], source[field] = ends[last], ends[last], last
    return count


@compiled
def _read_values(
    codes: Bytes, count: int, stop: Offsets, begin: Offsets, values: Offsets, at: int
) -> int:
    """Read type, amount, funds type and value date; return the field behind, -1 for an odd one."""
    if count < 2:
        return -1
    start, end = _trim(codes, begin[0], stop[1])
    kind = _number(codes, start, end) if end - start == 3 else -1
    start, end = _trim(codes, begin[1], stop[2])
    sign = 0
    if end > start and (codes[start] == _PLUS or codes[start] == _MINUS):
        sign = codes[start]
        start += 1
    minor = _number(codes, start, end) if end > start or sign else 0
    size = stop[3] - begin[2] if count >= 3 else 0
    if kind < 0 or minor < 0 or size > 1:
        return -1
    funds = codes[begin[2]] if size == 1 else 0
    shift = 2 if funds == _V else 3 if funds == _S else 0
    if shift == 0 and not (funds in (0, _BLANK, _Z) or 48 <= funds <= 50):
        return -1
    if shift and count < 3 + shift:
        return -1
    values[0, at], values[1, at] = kind, -minor if sign == _MINUS else minor
    values[2, at], values[3, at] = end > start, funds
    if funds == _V:
        start, end = _trim(codes, begin[3], stop[4])
        number = _number(codes, start, end) if end > start else 0
        if number < 0:
            return -1
        day = _day(number) if end - start == 6 else -1
        if day >= 0:
            values[4, at], values[5, at] = day, 1
    return 3 + shift


@compiled
def _named(plain: Bytes, start: int, end: int) -> tuple[int, int]:
    """Return start and length of the word at `start`, or behind the blank that stands there."""
    if not 0 <= start < end:
        return 0, 0
    if plain[start] == _BLANK:
        start += 1
    stop = start
    while stop < end and plain[stop] != _BLANK:
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
    plain: Bytes,
    filled: int,
) -> tuple[int, bool, int]:
    """Copy a text with single blanks for blanks and borders.

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
                plain[to] = _BLANK
                to += 1
            is_open = False
            plain[to] = code
            to += 1
            is_other |= code >= 0x80
            if code == _COLON and named < 0 and _is_end_to_end(plain, filled, to):
                named = to
        record += 1
        is_open = True
        if record <= last:
            place = starts[record]
    while to > filled and plain[to - 1] <= _BLANK:
        to -= 1
    return to, is_other, named


@compiled
def _is_end_to_end(plain: Bytes, start: int, end: int) -> bool:
    """Tell whether a text up to `end` closes with the word EREF: on its own."""
    begin = end - 5
    if begin < start or (begin > start and plain[begin - 1] != _BLANK):
        return False
    return bool(
        plain[begin] == 69 and plain[begin + 1] == 82  # ER
        and plain[begin + 2] == 69 and plain[begin + 3] == 70  # EF
    )  # fmt: skip
