"""Writes BASE II files whose trailers agree, from drafts that state only what matters."""

from dataclasses import dataclass

CARD = "4111111111111111"
ARN = "74836966061000000000017"
HEADER_DAY = "26061"


def placed(code: str, fields: dict[int, str]) -> str:
    """Return a record of 168 characters with texts at positions counted from 1."""
    record = [" "] * 168
    for first, text in {1: code, **fields}.items():
        record[first - 1 : first - 1 + len(text)] = text
    return "".join(record)


@dataclass(frozen=True)
class Draft:
    """One draft, with TCR 0, 1 and 5."""

    code: str
    minor: int
    currency: str = "978"
    destination_minor: int = 0
    day: str = "6061"
    usage: str = "1"

    def records(self) -> list[str]:
        """Return its records."""
        first = {
            3: " 0",
            5: f"{CARD}000",
            27: ARN,
            58: "0301",
            62: f"{self.destination_minor:012d}840",
            77: f"{self.minor:012d}{self.currency}",
            92: f"{'CAFE MÜLLER':<25}{'BERLIN':<13}DE ",
            147: self.usage,
            152: "012345",
            164: f"{self.day}0",
        }
        second = {3: " 1", 81: "MERCHANT0000001", 133: "ORDER-1"}
        third = {3: " 5", 5: "306061000000017", 92: f"{0:015d}C"}
        return [placed(self.code, one) for one in (first, second, third)]


@dataclass(frozen=True)
class Fee:
    """One fee collection (10) or funds disbursement (20)."""

    code: str
    minor: int
    source_bin: str = "400000"

    def records(self) -> list[str]:
        """Return its record."""
        fields = {3: " 0", 5: "483696", 11: self.source_bin, 28: CARD, 47: f"{0:012d}840"}
        fields |= {62: f"{self.minor:012d}840", 77: "MEMBERSHIP", 148: "306061000000018"}
        return [placed(self.code, fields | {164: "60610"})]


def settlement(minor: int, *, kind: str = "T", mode: str = "9", day: str = "2026062") -> str:
    """Return a TC 46 record of VSS-110; negative when we pay."""
    net = f"{abs(minor):015d}{'DB' if minor < 0 else 'CR'}"
    fields = {3: " 0", 17: "1000012345", 47: "001840", 53: "N", 59: "V2110", 66: f"{day}2026061"}
    return placed("46", fields | {94: f"{kind}{mode}", 141: net})


def write_visa(
    *batches: list[Draft | Fee | str],
    ending: str = "\n",
    encoding: str = "latin-1",
    is_itf: bool = False,
    test: str = "",
    changed: dict[str, int] | None = None,
) -> bytes:
    """Return a file; `changed` overrides figures of the file trailer by name."""
    records = [placed("90", {3: f"483696{HEADER_DAY}", 30: test, 77: "001"})]
    total = dict.fromkeys(("destination", "monetary", "records", "transactions", "source"), 0)
    for number, batch in enumerate(batches, 1):
        mine = dict.fromkeys(total, 0)
        for one in batch:
            lines = [one] if isinstance(one, str) else one.records()
            records += lines
            mine["records"] += len(lines)
            mine["transactions"] += 1
            if not isinstance(one, str):
                mine["monetary"] += 1
                mine["source"] += one.minor
                mine["destination"] += one.destination_minor if isinstance(one, Draft) else 0
        mine["records"] += 1
        mine["transactions"] += 1
        records.append(_trailer("91", number, mine))
        total = {name: value + mine[name] for name, value in total.items()}
    total["records"] += 1
    total["transactions"] += 1
    records.append(_trailer("92", len(batches), total | (changed or {})))
    if is_itf:
        records = [f"{one[:2]}\n\r{one[2:]}" for one in records]
    return "".join(one + ending for one in records).encode(encoding)


def _trailer(code: str, batches: int, figures: dict[str, int]) -> str:
    counts = f"{figures['monetary']:012d}{batches:06d}{figures['records']:012d}"
    return placed(
        code,
        {
            5: f"483696{HEADER_DAY}{figures['destination']:015d}{counts}",
            75: f"{figures['transactions']:09d}",
            102: f"{figures['source']:015d}",
        },
    )
