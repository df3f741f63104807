"""UUIDv7 identifiers from a given clock and a given source of randomness (RFC 9562, section 5.7).

They sort by the millisecond they were made in, so that rows of a day lie together in an index; the
clock and the randomness are arguments, so that a seeded simulator makes the same ids twice.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

_RANDOM_BITS = 74


def uuid7_factory(
    clock: Callable[[], datetime], random_bits: Callable[[int], int] = secrets.randbits
) -> Callable[[], str]:
    """Return a function that makes UUIDv7 texts; those of one factory strictly increase.

    Args:
        clock: the present instant; ids keep its milliseconds.
        random_bits: returns a number of so many random bits, as `random.Random(seed).getrandbits`.
    """
    last = 0

    def new_id() -> str:
        nonlocal last
        milliseconds = int(clock().timestamp() * 1000)
        fresh = milliseconds << _RANDOM_BITS | random_bits(_RANDOM_BITS)
        # Within one millisecond, or after the clock went back, count on from the last id.
        last = max(fresh, last + 1)
        return str(UUID(int=_with_version(last)))

    return new_id


def _with_version(value: int) -> int:
    milliseconds, rest = value >> _RANDOM_BITS, value & ((1 << _RANDOM_BITS) - 1)
    high, low = rest >> 62, rest & ((1 << 62) - 1)
    return milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low
