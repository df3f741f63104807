"""Card numbers in bytes as received: found in any disguise that we know, and covered.

Evidence is shown byte by byte, and those bytes may hold card numbers in clear. First six and last
four digits stay; every byte between becomes a star, so that offsets still fit the file.

What counts as a card number here: 13 to 19 digits with a right check digit. In a longer run of
digits (a fixed-width record has no separators) a window counts when it also begins like a card
number of a known scheme and has that scheme's length, or when its length is written in front of it
(ISO 8583: "16" and sixteen digits). A run of exactly 23 digits with a right check digit is an
acquirer reference number and stays. Windows that overlap are all covered, so fewer digits than
those ten may stay; covering a number that was no card is accepted, too, because the parsed fields
stand beside the bytes. Digits are looked for in ASCII, EBCDIC, UTF-16 and packed decimal, also
with spaces, hyphens or the two pad bytes of a 1014-byte block between them.
"""

import re
from collections.abc import Iterator

from tieout.references import is_arn, is_luhn_valid

_LENGTHS = range(13, 20)
_SHORTEST = 13
_SHOWN_FIRST, _SHOWN_LAST = 6, 4
# First digits and lengths by scheme: Visa; Mastercard; American Express; Diners; JCB; Maestro,
# Discover, UnionPay.
_SCHEMES = (
    (re.compile(r"4"), {13, 16, 19}),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), {16}),
    (re.compile(r"3[47]"), {15}),
    (re.compile(r"30[0-5]|309|36|38|39"), {14, 16}),
    (re.compile(r"35"), {16, 17, 18, 19}),
    (re.compile(r"50|5[6-9]|6"), set(_LENGTHS)),
)
_RUN = re.compile(r"[0-9](?:[ \-\x00]{0,2}[0-9]){12,}")
_EBCDIC = "cp500"
_EBCDIC_SPACE = 0x40
_ASCII_DIGITS = frozenset(b"0123456789\x00")


def mask_cards(data: bytes, *, is_text: bool = False) -> tuple[bytes, frozenset[int]]:
    """Return `data` with card numbers covered by b"*", and the offsets that were covered.

    With `is_text` the bytes are known to be text, and packed decimal is not looked for.
    """
    covered: set[int] = set()
    for text in {data.decode("latin-1"), data.decode(_EBCDIC)}:
        for run in _RUN.finditer(text):
            covered.update(_covered_in(run.group(), run.start()))
    if not is_text:
        covered.update(_covered_packed(data))
    masked = bytes(0x2A if at in covered else byte for at, byte in enumerate(data))
    return masked, frozenset(covered)


def mask_cards_in_text(text: str) -> str:
    """Return `text` with the card numbers in it covered."""
    covered: set[int] = set()
    for run in _RUN.finditer(text):
        covered.update(_covered_in(run.group(), run.start()))
    return "".join("*" if at in covered else char for at, char in enumerate(text))


def _covered_in(run: str, start: int) -> Iterator[int]:
    places = [at for at, char in enumerate(run) if char.isdigit()]
    digits = "".join(run[at] for at in places)
    if is_arn(run):
        return
    for first, length in _windows(digits, is_plain=digits == run):
        for place in places[first + _SHOWN_FIRST : first + length - _SHOWN_LAST]:
            yield start + place


def _windows(digits: str, *, is_plain: bool) -> Iterator[tuple[int, int]]:
    is_whole = len(digits) in _LENGTHS and is_luhn_valid(digits)
    if is_whole and (is_plain or _is_of_scheme(digits)):
        # Covers the middle of every shorter number inside it as well.
        yield 0, len(digits)
        return
    for first in range(len(digits) - _SHORTEST + 1):
        for length in _LENGTHS:
            window = digits[first : first + length]
            if len(window) < length or not is_luhn_valid(window):
                continue
            if _is_of_scheme(window) or digits[max(0, first - 2) : first] == str(length):
                yield first, length


def _is_of_scheme(digits: str) -> bool:
    return any(len(digits) in lengths and begin.match(digits) for begin, lengths in _SCHEMES)


def _covered_packed(data: bytes) -> Iterator[int]:
    for run in re.finditer(r"(?:[0-9]{2}){6,}[0-9][0-9f]", data.hex()):
        # Two hex digits a byte: a match may begin inside one.
        first = run.start() + run.start() % 2
        for at in range(first, run.end() - _SHORTEST + 1, 2):
            for length in _LENGTHS:
                window = data.hex()[at : min(at + length, run.end())]
                if len(window) == length and _is_packed_card(window, data, at):
                    yield from range(at // 2 + 3, (at + length - _SHOWN_LAST + 1) // 2)


def _is_packed_card(window: str, data: bytes, at: int) -> bool:
    if not window.isdigit() or not _is_of_scheme(window) or not is_luhn_valid(window):
        return False
    # Digits in ASCII look like packed ones, and ten EBCDIC spaces have a right check digit.
    taken = set(data[at // 2 : (at + len(window)) // 2])
    return taken != {_EBCDIC_SPACE} and not taken <= _ASCII_DIGITS
