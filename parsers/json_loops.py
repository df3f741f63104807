"""One pass over the bytes of a JSON file: where the objects of its outermost level begin and end.

Compiled (parsers/compiled.py): brackets and quotes have to be followed byte by byte. What the
objects hold is not looked at.
"""

import numpy as np

from parsers.compiled import compiled
from parsers.views import Bytes, Offsets

BEFORE, OPENED, BEHIND, NEXT, CLOSED = range(5)
"""Where an array stands: before its bracket, behind it, behind an object, a comma, its end."""

LINES, TOUCHING = 5, 6
"""Where objects without an array stand: behind white space, right behind an object."""

COUNT, PHASE, PLACE, FAULT, FAULT_AT = range(5)
"""What a pass says: objects found, its phase, the place behind what it understood, its fault."""

SOUND, STRAY, KINDS, DEPTH, QUOTE, BRACKET = range(6)
"""Faults: nothing; something between objects; brackets of different kinds, or too many of them;
a quote or a bracket that is open at the end."""

DEPTH_MAX = 100
_QUOTE, _SLASH, _COMMA = 34, 92, 44
_OPEN_ARRAY, _CLOSE_ARRAY, _OPEN, _CLOSE = 91, 93, 123, 125


@compiled
def _end_of_object(codes: Bytes, at: int, size: int, stack: Bytes, said: Offsets) -> int:
    """Return the place behind the object that begins at `at`; -1 (and its fault) without one."""
    depth, quote = 0, -1
    while at < size:
        code = codes[at]
        if quote >= 0:
            if code == _SLASH:
                at += 1
            elif code == _QUOTE:
                quote = -1
        elif code == _QUOTE:
            quote = at
        elif code in (_OPEN, _OPEN_ARRAY):
            if depth == DEPTH_MAX:
                said[FAULT], said[FAULT_AT] = DEPTH, at
                return -1
            stack[depth] = code
            depth += 1
        elif code in (_CLOSE, _CLOSE_ARRAY):
            depth -= 1
            if stack[depth] != code - 2:
                said[FAULT], said[FAULT_AT] = KINDS, at
                return -1
            if depth == 0:
                return at + 1
        at += 1
    said[FAULT] = QUOTE if quote >= 0 else BRACKET
    said[FAULT_AT] = quote if quote >= 0 else size
    return -1


@compiled
def find_objects(
    codes: Bytes, size: int, starts: Offsets, ends: Offsets, stack: Bytes, said: Offsets
) -> None:
    """Find objects from the first byte on, as many as there is room for.

    Args:
        codes: the bytes.
        size: how many of them count.
        starts: to be filled: first bytes.
        ends: to be filled: the places behind the last bytes.
        stack: room for DEPTH_MAX open brackets.
        said: PHASE as the bytes before have left it; then everything that is said.
    """
    at, count, phase = 0, 0, said[PHASE]
    said[FAULT] = SOUND
    while at < size and count < len(starts):
        code = codes[at]
        if code == 32 or code == 9 or code == 10 or code == 13:
            phase = LINES if phase == TOUCHING else phase
            at += 1
        elif code == _OPEN and (phase in (OPENED, NEXT, LINES)):
            end = _end_of_object(codes, at, size, stack, said)
            if end < 0:
                break
            starts[count], ends[count] = at, end
            count += 1
            at = end
            phase = TOUCHING if phase == LINES else BEHIND
        elif code == _OPEN_ARRAY and phase == BEFORE:
            phase = OPENED
            at += 1
        elif code == _COMMA and phase == BEHIND:
            phase = NEXT
            at += 1
        elif code == _CLOSE_ARRAY and (phase in (OPENED, BEHIND)):
            phase = CLOSED
            at += 1
        else:
            said[FAULT], said[FAULT_AT] = STRAY, at
            break
    said[COUNT], said[PHASE], said[PLACE] = count, phase, at


def new_stack() -> Bytes:
    """Return room for the brackets that are open."""
    return np.zeros(DEPTH_MAX, np.uint8)
