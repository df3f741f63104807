"""The many dialects of field 86: one readable text, and the end-to-end id where one is named."""

import re

LINE_CHARACTERS = 65
_GERMAN = re.compile(r"[0-9]{3}[^0-9A-Za-z\s](?=[0-9]{2})")
_PURPOSE = frozenset([*(str(one) for one in range(20, 30)), *(str(one) for one in range(60, 64))])
_END_TO_END = re.compile(
    r"EREF\+(?P<german>.+?)(?=(?:KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|PURP|IBAN|BIC)\+|\s|$)"
    r"|/EREF/(?P<dutch>[^/]+)"
    r"|EREF: ?(?P<plain>\S+)"
)
_NONE = ("NOTPROVIDED", "NONREF", "")


def read_narrative(lines: list[str]) -> str | None:
    """Return the text of a field's lines.

    German banks cut the text into numbered subfields, which are put together again; elsewhere a
    line that is full (65 characters) goes on without a break in the next one.
    """
    whole = "".join(lines)
    if _GERMAN.match(whole):
        return _german(whole) or None
    text = ""
    for place, line in enumerate(lines):
        is_broken = place and len(lines[place - 1]) < LINE_CHARACTERS
        text += f" {line}" if is_broken else line
    return " ".join(text.split()) or None


def _german(whole: str) -> str:
    mark = re.escape(whole[3])
    booking, purpose, name = "", "", ""
    for piece in re.split(f"{mark}(?=[0-9]{{2}})", whole[3:]):
        code, text = piece[:2], piece[2:]
        if code == "00":
            booking = text
        elif code in _PURPOSE:
            purpose += text
        elif code in ("32", "33"):
            name += text
    return " ".join(" ".join((booking, purpose, name)).split())


def find_end_to_end_id(text: str | None) -> str | None:
    """Return the end-to-end id that a narrative names."""
    found = _END_TO_END.search(text) if text else None
    if found is None:
        return None
    value = (found["german"] or found["dutch"] or found["plain"] or "").strip()
    return None if value.upper() in _NONE else value
