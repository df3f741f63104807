"""The frame of a file as elements: what stands around the entries, in the order of the text.

The frame is small, so expat hands it over element by element. What leads nowhere in the tree of the
frame is passed over; of the others the text up to their first child is kept, and the currency.
"""

from dataclasses import dataclass
from xml.parsers import expat

from parsers.camt.layout import FRAME, MESSAGE, MESSAGES
from parsers.camt.tree import NOWHERE
from parsers.errors import Refused
from parsers.outcome import Finding

DEPTH_MAX = 100
TEXT_BYTES_MAX = 1 << 20


@dataclass(slots=True)
class Element:
    """One element: its place in the tree, its first byte, its name without prefix."""

    place: int
    offset: int
    name: str
    currency: str | None
    text: str | None = None


def read_elements(text: bytes, encoding: str) -> list[Element]:
    """Return the elements of a well-formed text that lead somewhere.

    Raises:
        Refused: nested deeper, or with longer texts, than any bank's file.
    """
    reader = _Reader(encoding)
    reader.parser.Parse(text, True)
    return reader.found


class _Reader:
    def __init__(self, encoding: str) -> None:
        self.found: list[Element] = []
        self._places = [FRAME.root]
        self._open: Element | None = None
        self._parts: list[str] = []
        self.parser = expat.ParserCreate(encoding)
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._parts.append

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._close()
        name = name.partition(":")[2] or name
        place = FRAME.child(self._places[-1], MESSAGES[0] if MESSAGE.fullmatch(name) else name)
        self._places.append(place)
        if len(self._places) > DEPTH_MAX + 1:
            raise Refused(too_large(f"elements nested {DEPTH_MAX + 1} deep", DEPTH_MAX))
        if place != NOWHERE:
            code = attributes.get("Ccy")
            offset = self.parser.CurrentByteIndex
            code = None if code is None else code.strip()
            self._open = Element(place, offset, name, code)
            self.found.append(self._open)

    def _end(self, _: str) -> None:
        self._close()
        self._places.pop()

    def _close(self) -> None:
        """Give the element that was opened last the text before this tag."""
        if self._open is not None:
            text = "".join(self._parts)
            if len(text) > TEXT_BYTES_MAX:
                raise Refused(too_large(f"a text of {len(text)} characters", TEXT_BYTES_MAX))
            self._open.text = text.strip() or None
            self._open = None
        self._parts.clear()


def too_large(found: str, most: int) -> Finding:
    """Return the refusal of what is larger than in any bank's file."""
    return Finding(
        "xml_too_large",
        "refusal",
        found=found,
        expected=f"at most {most}",
        hint="Treat the file as hostile and ask the sender.",
    )
