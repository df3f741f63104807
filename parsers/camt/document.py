"""Bytes to a proved document: where it begins, what its characters are in, what is odd in it.

Elements are known by their local names, because versions differ in their name space only where it
matters to nobody. The character set is the declared one, except that files which declare nothing
and are no UTF-8 are read as CP1252: some banks export so. Wide characters are turned into UTF-8
first; every other encoding has ASCII's tags and is turned only where texts are read.
"""

import codecs
import re
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from parsers.camt.places import Places
from parsers.camt.wellformed import Markup, NotWellFormed, prove
from parsers.contract import Data
from parsers.errors import Refused
from parsers.outcome import Finding, Findings

Offsets = npt.NDArray[np.int64]

_HEAD_BYTES = 1 << 16
_MESSAGE_NAME = re.compile(
    rb"<(?:[A-Za-z_][\w.-]*:)?BkToCstmr(?:AcctRpt|Stmt|DbtCdtNtfctn)|:camt\.05[234]\.001\.[0-9]{2}"
)
_WIDE = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_WINDOW = 1 << 20


@dataclass(frozen=True, slots=True)
class Document:
    """A well-formed document.

    `data` are the bytes that were proved: those received or, of a wide file, the same in UTF-8.
    """

    data: Data
    start: int
    encoding: str
    markup: Markup
    places: Places
    is_wide: bool = False

    def text(self, part: bytes) -> bytes:
        """Return a part of `data` in UTF-8."""
        if self.encoding == "utf-8" or part.isascii():
            return part
        return part.decode(self.encoding).encode()

    def received(self, offsets: Offsets) -> Offsets:
        """Return where the bytes at `offsets` stand in the file as received."""
        if not self.is_wide:
            return offsets
        found = np.frombuffer(self.data, np.uint8)
        units = ((found & 0xC0) != 0x80).astype(np.int64) + (found >= 0xF0)
        before = np.concatenate([[0], np.cumsum(units)])
        return np.asarray(2 + 2 * before[offsets], dtype=np.int64)


def looks_like(data: bytes) -> bool:
    """Tell whether the file is XML with a camt.052, .053 or .054 message near its start."""
    head = data[:_HEAD_BYTES]
    for mark, encoding in _WIDE.items():
        if head.startswith(mark):
            head = head.decode(encoding, "ignore").encode()
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    return text.startswith(b"<") and _MESSAGE_NAME.search(text) is not None


def open_document(data: Data, findings: Findings) -> Document:
    """Return the document that the bytes hold.

    Raises:
        Refused: not well-formed, in no encoding that is read, or it has a DTD.
    """
    wide = _WIDE.get(data[:2])
    if wide is not None:
        return _open_wide(data[2:], wide)
    head = data[:_HEAD_BYTES]
    start = len(head) - len(head.lstrip())
    try:
        markup = prove(data, start, None)
    except NotWellFormed as refused:
        if refused.declared is not None or not _warn_undeclared(data, findings):
            raise
        return Document(data, start, "cp1252", prove(data, start, "windows-1252"), Places(data))
    return Document(data, start, _codec(markup.declared), markup, Places(data))


def _codec(declared: str | None) -> str:
    return codecs.lookup(declared or "utf-8").name


def _open_wide(data: bytes, encoding: str) -> Document:
    try:
        plain = data.decode(encoding).encode()
    except UnicodeDecodeError as error:
        raise Refused(
            Finding(
                "encoding_wrong",
                "refusal",
                byte_offset=2 + error.start,
                found="bytes that are no UTF-16",
                expected="UTF-16, as the mark at the start of the file says",
                hint="The file was cut off or changed on the way: fetch it again.",
            )
        ) from None
    unproved = Document(plain, 0, "utf-8", Markup(), Places(plain), is_wide=True)
    try:
        return replace(unproved, markup=prove(plain, 0, "utf-8"))
    except Refused as refused:
        place = np.array([refused.finding.byte_offset or 0])
        where = int(unproved.received(place)[0])
        raise Refused(replace(refused.finding, byte_offset=where)) from None


def _warn_undeclared(data: Data, findings: Findings) -> bool:
    """Warn and return True where the bytes are no UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data) + 1, _WINDOW):
        waiting = len(decoder.getstate()[0])
        try:
            decoder.decode(data[start : start + _WINDOW], final=start + _WINDOW >= len(data))
        except UnicodeDecodeError as error:
            place = start - waiting + error.start
            findings.warn(
                "encoding_undeclared",
                line=Places(data).line(place),
                byte_offset=place,
                found=f"byte 0x{data[place]:02x} in a file that declares no encoding",
                expected="UTF-8, the default of XML",
                hint="Read as CP1252. Names may be wrong, amounts are not; tell the bank.",
            )
            return True
    return False
