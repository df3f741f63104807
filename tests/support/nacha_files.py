"""Writes NACHA files whose controls agree, from entries that state only what matters."""

from dataclasses import dataclass, field

FILE_DATE = "260302"
BANK = "23138010"


@dataclass(frozen=True)
class Entry:
    """One entry; `addenda` are whole records of 94 characters."""

    code: str
    cents: int
    addenda: tuple[str, ...] = ()
    trace: str = "121042880000001"


@dataclass(frozen=True)
class Batch:
    """One batch of entries."""

    entries: list[Entry] = field(default_factory=list)
    sec: str = "PPD"
    description: str = "PAYROLL"
    settlement: str = "061"
    number: int = 1


def write_nacha(
    *batches: Batch,
    ending: str = "\n",
    changed: dict[str, int] | None = None,
    date: str = FILE_DATE,
) -> bytes:
    """Return a file; `changed` overrides figures of the file control by name."""
    lines = [f"101 {BANK}4 121042882{date}0600A094101{'BANK':<23}{'COMPANY':<23}{'':8}"]
    totals = {"count": 0, "hash": 0, "debit": 0, "credit": 0}
    for batch in batches:
        lines += _write_batch(batch, totals)
    totals |= changed or {}
    width = 20 if any(one.sec == "ADV" for one in batches) else 12
    control = (
        f"9{len(batches):06d}{-(-(len(lines) + 1) // 10):06d}{totals['count']:08d}"
        f"{totals['hash'] % 10**10:010d}{totals['debit']:0{width}d}{totals['credit']:0{width}d}"
    )
    lines.append(control.ljust(94))
    if ending:
        lines += ["9" * 94] * (-len(lines) % 10)
    return ending.join(lines).encode()


def _write_batch(batch: Batch, totals: dict[str, int]) -> list[str]:
    is_advice = batch.sec == "ADV"
    tail = f"112104288{batch.number:07d}"
    head = (
        f"5{'280' if is_advice else '200'}{'COMPANY':<16}{'':20}{'121042882':<10}{batch.sec}"
        f"{batch.description:<10}{'':6}260303{batch.settlement}{tail}"
    )
    lines, mine = [head], {"count": 0, "hash": 0, "debit": 0, "credit": 0}
    for entry in batch.entries:
        lines += [_write_entry(entry, is_advice), *entry.addenda]
        mine["count"] += 1 + len(entry.addenda)
        mine["hash"] += int(BANK)
        credits = "1357" if entry.code[0] == "8" else "1234"
        mine["credit" if entry.code[1] in credits else "debit"] += entry.cents
    for name, value in mine.items():
        totals[name] += value
    width, company = (20, "") if is_advice else (12, f"{'121042882':<35}")
    control = (
        f"8{head[1:4]}{mine['count']:06d}{mine['hash'] % 10**10:010d}"
        f"{mine['debit']:0{width}d}{mine['credit']:0{width}d}{company}"
    )
    return [*lines, control.ljust(79)[:79] + tail[1:]]


def _write_entry(entry: Entry, is_advice: bool) -> str:
    flag = "1" if entry.addenda else "0"
    start = f"6{entry.code}{BANK}4"
    if is_advice:
        place = f"{'':15}{'BANK':<22}  {flag}121042880610001"
        return f"{start}{'123456789':<15}{entry.cents:012d}{place}"
    person = f"{'ID-7':<15}{'JANE DOE':<22}  {flag}{entry.trace}"
    return f"{start}{'12345678':<17}{entry.cents:010d}{person}"


def returned(reason: str = "R01", first: str = "231380100000009") -> str:
    """Return the addenda of a return (R..) or of a notification of change (C..)."""
    kind = "99" if reason.startswith("R") else "98"
    return f"7{kind}{reason}{first}{'':6}{BANK}{'NO FUNDS':<44}121042880000001"
