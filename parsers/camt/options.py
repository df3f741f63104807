"""The options that a feed may set for camt, checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from parsers.camt.layout import BOOKED
from tieout.errors import UsageError

NAMES = frozenset({"booked", "positions"})


@dataclass(frozen=True, slots=True)
class Options:
    """Which entries count as booked, and whether a report's other balances are its movements."""

    booked: tuple[str, ...]
    positions: bool


def read_options(options: Mapping[str, object]) -> Options:
    """Return the options of a feed.

    Raises:
        UsageError: one of them is something else than the values it may have.
    """
    booked, positions = options.get("booked", [BOOKED]), options.get("positions", False)
    if not isinstance(booked, list) or not booked or not all(isinstance(x, str) for x in booked):
        raise UsageError(
            f"Option booked = {booked!r} is no list of statuses.",
            hint='Write the codes of Sts that count, as ["BOOK", "INFO"].',
        )
    if not isinstance(positions, bool):
        raise UsageError(f"Option positions = {positions!r} is unknown.", hint="true or false")
    return Options(tuple(booked), positions)
