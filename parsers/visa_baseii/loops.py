"""Fields of records in compiled loops: each record is looked at once for all of its fields.

`codes` are the bytes that the records lie in, `starts` where each begins (-1: an absent one),
`offsets` and `widths` where the fields stand in it. Texts become Arrow's string views.
"""

import numpy as np

from parsers.compiled import compiled

_BLANK, _TILDE, _ZERO, _INLINE = 32, 126, 48, 12
_HALF, _LAST_BIT = np.uint64(32), np.uint64(63)
_ONES, _BLANKS, _HIGHEST = (np.uint64(one * 0x0101010101010101) for one in (0x01, 0x20, 0x80))
_BELOW = np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)
"""The lowest bytes of a word, by their number."""


@compiled
def read_digits(codes, starts, offsets, widths, values, good):  # type: ignore[no-untyped-def]
    """Write the numbers in fields of each row, and whether all of their characters are digits.

    `values` and `good` have the shape (fields, rows). Start -1 is an absent row.
    """
    for row in range(len(starts)):
        for number in range(len(offsets)):
            value, bad = np.int64(0), starts[row] < 0
            if not bad:
                first = starts[row] + offsets[number]
                for place in range(first, first + widths[number]):
                    digit = np.int64(codes[place]) - _ZERO
                    bad |= (digit < 0) | (digit > 9)
                    value = value * 10 + digit
            values[number, row] = 0 if bad else value
            good[number, row] = not bad


@compiled
def view_texts(  # type: ignore[no-untyped-def]
    words, codes, starts, offsets, widths, views, lengths, odd
):
    """Write the string views of fields without blanks around them, their lengths, which are odd.

    Odd is a text with a character outside printable ASCII; start -1 is an absent row. `views` has
    the shape (fields, rows, 2), `words` holds the eight bytes from each place of `codes`: near the
    end, the last of them are moved down.
    """
    final = len(words) - 1
    for row in range(len(starts)):
        for number in range(len(offsets)):
            first = last = np.int64(0)
            if starts[row] >= 0:
                first = starts[row] + offsets[number]
                last = first + widths[number]
            while last > first and codes[last - 1] == _BLANK:
                last -= 1
            while first < last and codes[first] == _BLANK:
                first += 1
            bits, place = np.uint64(0), first
            while place < last:
                there = place if place < final else final
                word = words[there] >> (np.uint64(8 * (place - there)) & _LAST_BIT)
                below = _BELOW[last - place if last - place < 8 else 8]
                word = (word & below) | (_BLANKS & ~below)
                bits |= word | (word + _ONES) | (word - _BLANKS)
                place += 8
            odd[number, row] = (bits & _HIGHEST) != 0
            length = last - first
            lengths[number, row] = length
            there = first if first < final else final
            low = words[there] >> (np.uint64(8 * (first - there)) & _LAST_BIT)
            there = first + 4 if first + 4 < final else final
            high = words[there] >> (np.uint64(8 * (first + 4 - there)) & _LAST_BIT)
            if length > _INLINE:
                high = np.uint64(first) << _HALF
            else:
                low &= _BELOW[length if length < 4 else 4]
                high &= _BELOW[length - 4 if length > 4 else 0]
            views[number, row, 0] = np.uint64(length) | (low << _HALF)
            views[number, row, 1] = high


@compiled
def join_words(  # type: ignore[no-untyped-def]
    codes, starts, offsets, widths, out, views, lengths, odd
):
    """Write fields in one text each, single blanks between words, and the string views of them.

    `out` has room for every field and a blank behind it.
    """
    size = 0
    for row in range(len(starts)):
        begin, bad = size, False
        for number in range(len(offsets)):
            first = starts[row] + offsets[number]
            last = first + widths[number]
            while last > first and codes[last - 1] == _BLANK:
                last -= 1
            gap = size > begin
            for place in range(first, last):
                code = codes[place]
                if code == _BLANK:
                    gap = size > begin
                    continue
                bad |= (code < _BLANK) | (code > _TILDE)
                if gap:
                    out[size] = _BLANK
                    size += 1
                    gap = False
                out[size] = code
                size += 1
        length = size - begin
        low, high = np.uint64(0), np.uint64(0)
        for place in range(begin, min(size, begin + 4)):
            low |= np.uint64(out[place]) << np.uint64(8 * (place - begin))
        if length > _INLINE:
            high = np.uint64(begin) << _HALF
        else:
            for place in range(begin + 4, size):
                high |= np.uint64(out[place]) << np.uint64(8 * (place - begin - 4))
        views[row, 0] = np.uint64(length) | (low << _HALF)
        views[row, 1] = high
        lengths[row] = length
        odd[row] = bad
    return size
