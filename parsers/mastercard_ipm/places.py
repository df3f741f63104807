"""A message as findings name it."""

from dataclasses import dataclass

from parsers.mastercard_ipm.elements import Records
from parsers.mastercard_ipm.text import Offsets


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands: byte in the file, number from 1, message type and function."""

    byte_offset: int
    record_no: int
    record: str

    @classmethod
    def of(cls, records: Records, functions: Offsets, index: int) -> "Place":
        """Return the place of one message of a chunk."""
        mti, function = int(records.mti[index]), int(functions[index])
        return cls(
            records.chunk.record_start(index),
            records.chunk.records_before + index + 1,
            f"{mti}/{function}" if function >= 0 else str(mti),
        )
