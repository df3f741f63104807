"""Bytes to an element tree: no DTD, no entity, no network; namespaces and comments taken off.

Versions differ in their namespace only where it matters to nobody, so elements are known by their
local names. The character set is the declared one, except that files which declare nothing and are
no UTF-8 are read as CP1252: some banks export so.
"""

import re

from lxml import etree

from parsers.camt.layout import MESSAGE
from parsers.errors import Refused
from parsers.outcome import Finding, Findings

_HEAD_BYTES = 1 << 16
_MESSAGE_NAME = re.compile(
    rb"<(?:[A-Za-z_][\w.-]*:)?BkToCstmr(?:AcctRpt|Stmt|DbtCdtNtfctn)|:camt\.05[234]\.001\.[0-9]{2}"
)
_WIDE = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_ENTRY_OPEN = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?Ntry(?=[\s>/])")
_ENTRY_CLOSE = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?Ntry\s*>")
_DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=")


def looks_like(data: bytes) -> bool:
    """Tell whether the file is XML with a camt.052, .053 or .054 message near its start."""
    head = data[:_HEAD_BYTES]
    for mark, encoding in _WIDE.items():
        if head.startswith(mark):
            head = head.decode(encoding, "ignore").encode()
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"<") and _MESSAGE_NAME.search(text) is not None


def read_document(data: bytes, findings: Findings) -> etree._Element:
    """Return the root of the document.

    Raises:
        Refused: not well-formed, or it has a DTD.
    """
    place = data.find(b"<!DOCTYPE")
    if place >= 0:
        raise Refused(_doctype(data, place))
    try:
        root = etree.fromstring(_readable(data, findings).lstrip(), _parser())
    except etree.XMLSyntaxError as error:
        raise Refused(_not_well_formed(data, error)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused(_doctype(data, 0))
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _readable(data: bytes, findings: Findings) -> bytes:
    if data[:2] in _WIDE or _DECLARED.search(data[:200]):
        return data
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        findings.warn(
            "encoding_undeclared",
            line=data.count(b"\n", 0, error.start) + 1,
            byte_offset=error.start,
            found=f"byte 0x{data[error.start]:02x} in a file that declares no encoding",
            expected="UTF-8, the default of XML",
            hint="Read as CP1252. Names may be wrong, amounts are not; tell the bank.",
        )
        return data.decode("cp1252", "replace").encode()
    return data


def find_messages(root: etree._Element) -> list[etree._Element]:
    """Return the message elements: one, or several in an envelope."""
    return [one for one in root.iter(etree.Element) if MESSAGE.fullmatch(one.tag)]


def entry_ranges(data: bytes, count: int) -> list[tuple[int, int]]:
    """Return (byte_start, byte_length) of each entry in document order.

    Where the tags in the raw bytes are not the entries (wide characters, a tag in a comment), the
    range is the whole file: true, if not narrow.
    """
    starts = [found.start() for found in _ENTRY_OPEN.finditer(data)]
    ends = [found.end() for found in _ENTRY_CLOSE.finditer(data)]
    if len(starts) == len(ends) == count:
        return [(start, end - start) for start, end in zip(starts, ends, strict=True)]
    return [(0, len(data))] * count


def _doctype(data: bytes, place: int) -> Finding:
    return Finding(
        "doctype",
        "refusal",
        line=data.count(b"\n", 0, place) + 1,
        byte_offset=place,
        found="a document type declaration",
        expected="none: bank messages have no DTD",
        hint="Treat the file as hostile and ask the sender.",
    )


def _not_well_formed(data: bytes, error: etree.XMLSyntaxError) -> Finding:
    line, column = error.position
    offset = 0
    for _ in range(max(line, 1) - 1):
        following = data.find(b"\n", offset)
        if following < 0:
            break
        offset = following + 1
    return Finding(
        "xml_not_well_formed",
        "refusal",
        line=max(line, 1),
        byte_offset=min(offset + max(column - 1, 0), len(data)),
        found=error.msg or "no XML",
        expected="a whole, well-formed XML document",
        hint="The file was cut off or changed on the way: fetch it again.",
    )
