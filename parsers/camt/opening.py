"""From the bytes to a proved document, cut into its entries and what stands around them."""

from dataclasses import dataclass

from parsers.camt.alike import read_tape
from parsers.camt.document import Document, open_document
from parsers.camt.ordinary import PARTS_FROM_BYTES, is_ordinary
from parsers.camt.places import Places
from parsers.camt.spans import Cut, Spans, Unbalanced, cut, find_entries, join
from parsers.camt.tape import Tape
from parsers.camt.wellformed import Markup, NotProved, prove
from parsers.contract import Data
from parsers.errors import Refused
from parsers.outcome import Findings


@dataclass(slots=True)
class Opened:
    """A document with its entries and its frame.

    Of one that is not `is_proved` only the frame is: entries are proved when they are read.
    """

    document: Document
    spans: Spans
    frame: Cut
    is_proved: bool

    def tape(self, spans: Spans, part: slice) -> Tape:
        """Return the tape of some entries.

        Raises:
            Refused: the document is not well-formed, or larger in some way than any bank's file.
        """
        block = join(self.document, spans, part)
        try:
            return read_tape(*block, is_proved=self.is_proved)
        except NotProved:
            self.prove()
            return read_tape(*block, is_proved=True)

    def prove(self) -> None:
        """Prove the document as a whole, unless that was done.

        Raises:
            Refused: it is not well-formed.
        """
        if not self.is_proved:
            prove(self.document.data, self.document.start, None)
            self.is_proved = True


def open_parts(data: Data, findings: Findings) -> Opened:
    """Return the document that the bytes hold.

    Raises:
        Refused: not well-formed, in no encoding that is read, or it has a DTD.
    """
    if len(data) >= PARTS_FROM_BYTES and is_ordinary(data):
        found = _in_parts(data)
        if found is not None:
            return found
    document = open_document(data, findings)
    spans = find_entries(document)
    return Opened(document, spans, cut(document, spans), is_proved=True)


def _in_parts(data: Data) -> Opened | None:
    """Return an ordinary document of which the frame is proved; None where that does not do."""
    document = Document(data, 0, "utf-8", Markup(), Places(data))
    try:
        spans = find_entries(document)
        frame = cut(document, spans)
        markup = prove(frame.text, 0, None)
    except (Refused, Unbalanced):
        return None
    # With prefixes, an entry may have another name.
    if markup.prefixes - {"", "xsi"} or b"<xsi:" in frame.text:
        return None
    return Opened(document, spans, frame, is_proved=False)
