"""Which container the bytes are in: character set, record length and line ends."""

import re
from dataclasses import dataclass

from parsers.contract import Data
from parsers.visa_baseii.layout import CTF_BYTES, HASH_BYTES, ITF_BYTES

_CODE = "05|06|07|15|16|17|25|26|27|35|36|37"
_HEADER = "90{hash}[0-9]{{8}}[0-3][0-9]{{2}}"
_DRAFT = "(?:{codes}){hash}[0-9 ]0[0-9]{{16}}.{{6}}[0-9]{{23}}"
_CTF, _ITF = (
    re.compile(f"{_HEADER}|{_DRAFT}".format(hash=between, codes=_CODE))
    for between in ("", r"[\s\S]{2}")
)
_ENDINGS = ("\r\n", "\n", "\r", "\x85", "")
_EBCDIC = b"\xf0\xf1\xf2\xf3\xf9"
_HEAD_BYTES = 2 * ITF_BYTES + 8
_TO_LATIN_1 = bytes(range(256)).decode("cp037").encode("latin-1")


@dataclass(frozen=True, slots=True)
class Shape:
    """How the records stand in a file; `ending` None: the lines differ in length."""

    encoding: str
    width: int
    ending: str | None

    def decode(self, data: bytes) -> bytes:
        """Return the bytes in Latin-1. cp037 is a permutation of it, so places do not change."""
        return data.translate(_TO_LATIN_1) if self.encoding == "cp037" else data


def looks_like(data: bytes) -> bool:
    """Tell whether the file starts with a file header, or with a draft of the right length."""
    return find_shape(data) is not None


def find_shape(data: Data) -> Shape | None:
    """Return encoding, record length and line end; None when this is no BASE II file."""
    size = len(data)
    if size < 56:
        return None
    first_bytes = data[:_HEAD_BYTES]
    encoding = "cp037" if first_bytes[0] in _EBCDIC else "latin-1"
    head = first_bytes.decode(encoding)
    for pattern, width in ((_CTF, CTF_BYTES), (_ITF, ITF_BYTES)):
        if not pattern.match(head) or re.search(r"[\r\n\x85]", head[HASH_BYTES[1] : width]):
            continue
        for ending in _ENDINGS:
            after = head[width : width + len(ending) + 2]
            is_next = re.fullmatch(re.escape(ending) + "[0-9]{2}", after)
            if is_next or (ending and after == ending) or (not ending and size == width):
                return Shape(encoding, width, ending)
    return _find_uneven(head) if encoding == "latin-1" else None


def _find_uneven(head: str) -> Shape | None:
    """Return the shape of a file whose lines lost the blanks at their ends."""
    first = re.split(r"[\r\n\x85]", head)[0]
    if len(first) == len(head):
        return None
    is_long = CTF_BYTES < len(first.rstrip()) <= ITF_BYTES
    if _ITF.match(first) and (is_long or not _CTF.match(first)):
        return Shape("latin-1", ITF_BYTES, None)
    return Shape("latin-1", CTF_BYTES, None) if _CTF.match(first) else None
