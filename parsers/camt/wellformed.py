"""Proof that a file is one well-formed XML document without a DTD, by expat, in one pass.

Expat is asked because it is complete where a scanner of our own would not be: nesting, characters,
entities, attributes, name spaces, encodings. It builds nothing and calls us only for what is rare,
so that the pass costs less than half of a tree. What it proves lets the rest of the parser work on
the bytes: after it, a `<` opens a tag and nothing else, outside the places in `Markup.odd`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.parsers import expat

from parsers.camt.places import Places
from parsers.contract import Data
from parsers.errors import Refused
from parsers.outcome import Finding

_CHUNK = 128 << 10
# Expat reads an unfinished tag again with every chunk: this keeps time linear.
TAG_BYTES_MAX = 1 << 20
PREFIXES_MAX = 64
_NO_ELEMENTS = expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]
_CUT_OFF = "the end of the file before the end of its outermost element"
_ENDS = {b"<!--": b"-->", b"<![C": b"]]>", b"<?": b"?>"}


@dataclass(slots=True)
class Markup:
    """What a document holds beside elements and text.

    `odd` are the (start, end) of comments, CDATA sections and processing instructions.
    """

    odd: list[tuple[int, int]] = field(default_factory=list)
    prefixes: set[str] = field(default_factory=set)
    declared: str | None = None


class NotWellFormed(Refused):
    """Refused by expat; `declared` is the encoding that the document had declared."""

    def __init__(self, finding: Finding, markup: Markup) -> None:
        super().__init__(finding)
        self.declared = markup.declared


class NotProved(Exception):
    """Parts of a document are not well-formed by themselves; as a whole it may be."""


def prove_parts(parts: Iterable[bytes]) -> None:
    """Prove that elements, one after the other, are well-formed without what is around them.

    Args:
        parts: UTF-8; text may stand between the elements.

    Raises:
        NotProved: they are not.
    """
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    try:
        parser.Parse(b"".join([b"<parts>", *parts, b"</parts>"]), True)
    except expat.ExpatError:
        raise NotProved from None


def prove(data: Data, start: int, encoding: str | None) -> Markup:
    """Return the rare things of a well-formed document that begins at `start`.

    Args:
        data: the bytes.
        start: where the document begins.
        encoding: what the characters are in, where the document does not say so itself.

    Raises:
        Refused: not well-formed, or it has a DTD.
    """
    markup, places = Markup(), Places(data)
    parser = expat.ParserCreate(encoding, namespace_separator=" ")

    def doctype(*_: object) -> None:
        raise Refused(_doctype(places, start + parser.CurrentByteIndex))

    def odd(*_: object) -> None:
        place = start + parser.CurrentByteIndex
        opening = data[place : place + 4]
        closing = next(end for mark, end in _ENDS.items() if opening.startswith(mark))
        markup.odd.append((place, data.find(closing, place + 2) + len(closing)))

    def declaration(_: str, declared: str | None, __: int) -> None:
        markup.declared = declared

    def namespace(prefix: str | None, _: str | None) -> None:
        markup.prefixes.add(prefix or "")
        if len(markup.prefixes) > PREFIXES_MAX:
            found = f"more than {PREFIXES_MAX} prefixes of name spaces"
            raise Refused(_too_large(places, start + parser.CurrentByteIndex, found))

    parser.XmlDeclHandler = declaration
    parser.StartDoctypeDeclHandler = doctype
    parser.CommentHandler = odd
    parser.ProcessingInstructionHandler = odd
    parser.StartCdataSectionHandler = odd
    parser.StartNamespaceDeclHandler = namespace
    try:
        for place in range(start, len(data), _CHUNK):
            end = min(place + _CHUNK, len(data))
            parser.Parse(data[place:end], False)
            _limit_tag(places, start + parser.CurrentByteIndex, end)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise NotWellFormed(_not_well_formed(places, start, parser, error), markup) from None
    except (LookupError, ValueError):
        raise Refused(_encoding(markup.declared)) from None
    return markup


def _limit_tag(places: Places, place: int, end: int) -> None:
    if end - place > TAG_BYTES_MAX and not places.is_text(place):
        found = f"a tag or comment of more than {TAG_BYTES_MAX} bytes"
        raise Refused(_too_large(places, place, found))


def _too_large(places: Places, place: int, found: str) -> Finding:
    return Finding(
        "xml_too_large",
        "refusal",
        line=places.line(place),
        byte_offset=place,
        found=found,
        expected="what a bank writes",
        hint="Treat the file as hostile and ask the sender.",
    )


def _encoding(declared: str | None) -> Finding:
    return Finding(
        "encoding_unsupported",
        "refusal",
        byte_offset=0,
        found=f"encoding {declared!r}",
        expected="UTF-8, UTF-16 or a single-byte encoding such as ISO-8859-1",
        hint="Ask the sender for UTF-8, the encoding of ISO 20022.",
    )


def _doctype(places: Places, place: int) -> Finding:
    return Finding(
        "doctype",
        "refusal",
        line=places.line(place),
        byte_offset=place,
        found="a document type declaration",
        expected="none: bank messages have no DTD",
        hint="Treat the file as hostile and ask the sender.",
    )


def _not_well_formed(
    places: Places, start: int, parser: expat.XMLParserType, error: expat.ExpatError
) -> Finding:
    place = min(start + max(parser.ErrorByteIndex, 0), len(places.data))
    return Finding(
        "xml_not_well_formed",
        "refusal",
        line=places.line(place),
        byte_offset=place,
        found=_CUT_OFF if error.code == _NO_ELEMENTS else expat.ErrorString(error.code) or "no XML",
        expected="a whole, well-formed XML document",
        hint="The file was cut off or changed on the way: fetch it again.",
    )
