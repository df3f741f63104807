"""Whether bytes are MT940 or MT942: a known tag at the start of a line."""

import re

_HEAD_BYTES = 1 << 16
_KNOWN = rb"(?:20|21|25P?|28C?|60[FM]|61|62[FM]|64|65|86|13D?|34F|90[CD])"
_ANY_TAG = re.compile(rb"(?:^|[\r\n}])(?:\{4:\s*)?:" + _KNOWN + rb":")


def looks_like(data: bytes) -> bool:
    """Tell whether a known tag stands at the start of a line near the start of the file."""
    head = data[:_HEAD_BYTES]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return False
    return _ANY_TAG.search(head.removeprefix(b"\xef\xbb\xbf")) is not None
