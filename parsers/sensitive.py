"""What of a card may never be kept: magnetic stripe, card verification code, PIN block.

PCI DSS 3.3 forbids to keep them after authorisation, encrypted or not, so a file that holds one is
refused before anything of it is read. What is looked for:

    track 1   B 4111111111111111 ^ NAME/OF HOLDER ^ 2512 101 ...   (ISO/IEC 7813, with or without %)
    track 2   4111111111111111 = 2512 101 ...                      (with or without ;)
    columns   of a delimited file that are called CVV2, PIN block, track data ... and hold a value
    elements  TrckVal and CSCVal of ISO 20022's PlainCardData

In ASCII and in EBCDIC. A track counts only with a number of a card scheme's range, a right check
digit and a month of expiry: nothing that happens to have an equals sign is taken for one. The
binary formats look into their own fields besides (mastercard_ipm: DE35, 36, 45, 52 and 55).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parsers.cards import is_card
from parsers.contract import Data
from parsers.errors import Refused
from parsers.outcome import Finding

_WINDOW = 1 << 20
_AROUND = 96
"""More bytes than a track has: windows overlap by as many, so none is cut in two."""
_HEAD_BYTES = 16 << 10
_PAN_DIGITS_MIN = 12

_TRACK_1 = re.compile(r"B([0-9]{13,19})\^[^\^\r\n]{2,26}\^[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3}")
_TRACK_2 = re.compile(r"(?<![0-9])([0-9]{13,19})=[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3}")
_XML_CARD = re.compile(rb"<(?:\w+:)?(TrckVal|CSCVal)>\s*[^<\s]")
_XML_HOLDER = b"PlainCardData>"
# Column names after everything but letters and digits is taken out of them.
_COLUMN = re.compile(
    r"cvv2?|cvc2?|csc|cid2|cav2?|(?:card)?(?:security|verification)(?:code|value|number)"
    r"|pin|pinblock|pindata|encryptedpin|track[123]?(?:data)?|magstripe(?:data)?|magneticstripe"
)
_COLUMN_HINTS = b"cvv|cvc|csc|cid2|cav|security|verification|pin|track|magstripe|magnetic".split(
    b"|"
)
_CODE = re.compile(r"[0-9]{3,4}")
_LONGER = re.compile(r"[0-9A-Fa-f]{12,}|[%;B]?[0-9]{12,19}[=^].*")


@dataclass(frozen=True, slots=True)
class _Alphabet:
    """How a track is written in bytes: digit zero, the two separators, the code page."""

    zero: int
    equals: int
    carets: tuple[int, ...]
    encoding: str


_ASCII = _Alphabet(0x30, 0x3D, (0x5E,), "latin-1")
_CP500 = _Alphabet(0xF0, 0x7E, (0x5F,), "cp500")
_CP037 = _Alphabet(0xF0, 0x7E, (0xB0,), "cp037")


def refuse_sensitive(data: Data) -> None:
    """Look through a file before it is read.

    Raises:
        Refused: it holds data that nobody may keep.
    """
    head = data[:_HEAD_BYTES]
    found = _find_column(data, head) or _find_in_xml(data, head)
    if found is None:
        for alphabet in _alphabets(head):
            found = found or _find_track(data, alphabet)
    if found is not None:
        raise Refused(sensitive_finding(*found))


def sensitive_finding(byte_offset: int, what: str, field: str | None = None) -> Finding:
    """Return the refusal; it says where and what kind of data it is, never the data."""
    return Finding(
        "sensitive_data",
        "refusal",
        byte_offset=byte_offset,
        field=field,
        found=what,
        expected="no magnetic stripe, card verification or PIN data",
        hint="Nobody may keep it after authorisation (PCI DSS 3.3): delete the file, tell the "
        "sender, and have it sent again without.",
    )


def _alphabets(head: bytes) -> tuple[_Alphabet, ...]:
    """Return how digits are written in this file: by which kind of digit there is more of."""
    sample = np.frombuffer(head[:4096], dtype=np.uint8)
    ascii_digits = np.count_nonzero(sample - np.uint8(_ASCII.zero) < 10)
    ebcdic_digits = np.count_nonzero(sample - np.uint8(_CP500.zero) < 10)
    return (_ASCII,) if ascii_digits >= ebcdic_digits else (_CP500, _CP037)


def _find_track(data: Data, alphabet: _Alphabet) -> tuple[int, str] | None:
    for separator in (alphabet.equals, *alphabet.carets):
        for place in _after_digits(data, separator, alphabet):
            start = max(0, place - 21)
            text = data[start : place + _AROUND].decode(alphabet.encoding)
            for name, pattern in (("track 1", _TRACK_1), ("track 2", _TRACK_2)):
                one = pattern.search(text)
                if one is not None and is_card(one[1]):
                    return start + one.start(), f"magnetic stripe data ({name} of a card)"
    return None


def _after_digits(data: Data, separator: int, alphabet: _Alphabet) -> Iterator[int]:
    """Yield where the separator follows as many digits as a card number has at least."""
    sign = bytes([separator])
    first = data.find(sign)
    if first < 0:
        return
    for begin in range(max(0, first - _AROUND), len(data), _WINDOW):
        window = np.frombuffer(
            data[max(0, begin - _AROUND) : begin + _WINDOW + _AROUND], dtype=np.uint8
        )
        places: npt.NDArray[np.int64] = np.flatnonzero(window == separator)
        places = places[places >= _PAN_DIGITS_MIN]
        for back in range(1, _PAN_DIGITS_MIN + 1):
            if not len(places):
                break
            places = places[window[places - back] - np.uint8(alphabet.zero) < 10]
        for place in places.tolist():
            yield max(0, begin - _AROUND) + place


def _find_in_xml(data: Data, head: bytes) -> tuple[int, str] | None:
    if b"<" not in head[:64] or data.find(_XML_HOLDER) < 0:
        return None
    one = _XML_CARD.search(data)
    if one is None:
        return None
    kinds = {b"TrckVal": "magnetic stripe data", b"CSCVal": "a card verification code"}
    return one.start(), f"{kinds[one[1]]} in <{one[1].decode()}>"


def _find_column(data: Data, head: bytes) -> tuple[int, str] | None:
    """Find a column that is called after such data and holds a value, in a file with a header.

    The header is the first line that names one; the cheap look comes first, and only a file with
    such a column is read again here.
    """
    if not _hints(head):
        return None
    begin = 0
    for line in head.split(b"\n"):
        if _hints(line):
            delimiter = max((b",", b";", b"\t", b"|"), key=line.count).decode()
            columns = _suspect_columns(line.decode("latin-1"), delimiter)
            if columns:
                return _first_value(data, begin, delimiter, columns)
        begin += len(line) + 1
    return None


def _hints(text: bytes) -> bool:
    lower = text.lower()
    return any(hint in lower for hint in _COLUMN_HINTS)


def _suspect_columns(header: str, delimiter: str) -> dict[int, str]:
    names = _cells(header, delimiter)
    plain = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in names]
    return {at: names[at].strip() for at, name in enumerate(plain) if _COLUMN.fullmatch(name)}


def _first_value(
    data: Data, begin: int, delimiter: str, columns: dict[int, str]
) -> tuple[int, str] | None:
    """Return where a suspect column first holds what its name says; the place is the row's."""
    offset = begin
    for number, line in enumerate(_lines(data, begin)):
        if number:
            cells = _cells(line.decode("latin-1"), delimiter)
            for at, name in columns.items():
                if at < len(cells) and _is_value(cells[at].strip()):
                    return offset, f"a value in the column {name!r}"
        offset += len(line)
    return None


def _lines(data: Data, begin: int) -> Iterator[bytes]:
    while begin < len(data):
        end = data.find(b"\n", begin)
        end = len(data) if end < 0 else end + 1
        yield data[begin:end]
        begin = end


def _cells(line: str, delimiter: str) -> list[str]:
    """Return the fields of a line; every second part between quotes is text, whatever it holds."""
    cells = [""]
    for number, part in enumerate(line.split('"')):
        first, *others = [part] if number % 2 else part.split(delimiter)
        cells[-1] += first
        cells += others
    return cells


def _is_value(text: str) -> bool:
    return _CODE.fullmatch(text) is not None or _LONGER.fullmatch(text) is not None
