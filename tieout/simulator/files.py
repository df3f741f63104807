"""A file as the simulator sends it: bytes, name, and the business date on which it goes up."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class SimulatedFile:
    """`business_date` is the date in the name; `sent_on` is later where the file is late."""

    feed: str
    name: str
    business_date: date
    sent_on: date
    content: bytes
