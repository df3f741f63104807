"""Writes NACHA files whose controls tell the truth: entries, returns, changes, IAT.

    1 file header   5 batch header   6 entry   7 addenda   8 batch control   9 file control
    9999...         filling up to a multiple of ten lines

94 characters a record, amounts in cents. Source: field tables in the documentation of
moov-io/ach (Apache-2.0).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

_BLOCK = 10
_HASH = 10**10
_CHECK_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7)


@dataclass(frozen=True, slots=True)
class Return:
    """Why an entry comes back: reason R.., trace of the first entry, the bank that had got it."""

    reason: str
    first_trace: str
    first_bank: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What was wrong in an entry: reason C.., its trace, the bank that got it, the right data."""

    reason: str
    first_trace: str
    first_bank: str
    corrected: str = ""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who pays and who receives in an international entry, and the trace abroad."""

    receiver: str
    originator: str
    foreign_trace: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `code` says direction and kind of account, `bank` has eight digits."""

    code: int
    cents: int
    sequence: int
    bank: str = "23138010"
    account: str = "12345678"
    identification: str = ""
    name: str = ""
    text: str = ""
    notice: Return | Change | None = None
    parties: Parties | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch; `settlement` is the day of the year, None leaves it blank."""

    entries: tuple[Entry, ...]
    effective: date
    sec: str = "PPD"
    company: str = "1210428822"
    company_name: str = "COMPANY"
    description: str = "PAYROLL"
    odfi: str = "12104288"
    settlement: int | None = None


def write_nacha(
    batches: Sequence[Batch],
    *,
    created: date,
    origin: str = "121042882",
    destination: str = "231380104",
    modifier: str = "A",
    ending: str = "\n",
) -> bytes:
    """Return one file; without an `ending` its records stand in one line."""
    head = f"101 {destination:>9} {origin:>9}{created:%y%m%d}0600{modifier}094101"
    lines = [f"{head}{'BANK':<23}{'COMPANY':<23}{'':8}"]
    totals = [0, 0, 0, 0]
    for number, batch in enumerate(batches, start=1):
        records, sums = _batch(batch, number)
        lines += records
        totals = [one + more for one, more in zip(totals, sums, strict=True)]
    count, hashed, debit, credit = totals
    blocks = -(-(len(lines) + 1) // _BLOCK)
    control = f"9{len(batches):06d}{blocks:06d}{count:08d}{hashed % _HASH:010d}"
    lines.append(f"{control}{debit:012d}{credit:012d}{'':39}")
    lines += ["9" * 94] * (-len(lines) % _BLOCK)
    return "".join(line + ending for line in lines).encode("ascii")


def generate_nacha(entries: int, *, created: date, batch_entries: int = 500) -> bytes:
    """Return a file of many plain entries, quickly: every second one is a debit."""
    bank = "23138010"
    check, origin = _check_digit(bank), "12104288"
    lines = [f"101 {bank}{check} {origin}2{created:%y%m%d}0600A094101{'BANK':<23}{'COMPANY':<31}"]
    whole = [0, 0]
    starts = range(0, entries, batch_entries)
    for number, start in enumerate(starts, start=1):
        numbers = range(start, min(start + batch_entries, entries))
        tail = f"{origin}{number:07d}"
        lines.append(
            f"5200{'COMPANY':<36}{'1210428822':<10}PPDPAYROLL   {'':6}{created:%y%m%d}   1{tail}"
        )
        lines += [
            f"6{'27' if one % 2 else '22'}{bank}{check}{one:017d}{100 + one * 37 % 250_000:010d}"
            f"ORDER-{one:09d}{'JANE DOE':<24}0{origin}{one % 10**7:07d}"
            for one in numbers
        ]
        sums = [
            sum(100 + one * 37 % 250_000 for one in numbers if one % 2 == odd) for odd in (1, 0)
        ]
        whole = [one + more for one, more in zip(whole, sums, strict=True)]
        figures = (
            f"{len(numbers):06d}{len(numbers) * int(bank) % _HASH:010d}{sums[0]:012d}{sums[1]:012d}"
        )
        lines.append(f"8200{figures}{'1210428822':<35}{tail}")
    blocks = -(-(len(lines) + 1) // _BLOCK)
    figures = f"{entries:08d}{entries * int(bank) % _HASH:010d}{whole[0]:012d}{whole[1]:012d}"
    lines.append(f"9{len(starts):06d}{blocks:06d}{figures}{'':39}")
    lines += ["9" * 94] * (-len(lines) % _BLOCK)
    return "".join(line + "\n" for line in lines).encode("ascii")


def _batch(batch: Batch, number: int) -> tuple[list[str], list[int]]:
    tail = f"{batch.odfi}{number:07d}"
    day = f"{batch.effective:%y%m%d}" + (f"{batch.settlement:03d}" if batch.settlement else "   ")
    if batch.sec == "IAT":
        # Exchange, its reference, countries and currencies take the place of name and data.
        parties = f"{'':16}FF3{'':15}US{batch.company:<10}IAT{batch.description:<10}USDUSD"
    else:
        name = f"{batch.company_name:<16.16}{'':20}{batch.company:<10}"
        parties = f"{name}{batch.sec}{batch.description:<10}{'':6}"
    lines = [f"5200{parties}{day}1{tail}"]
    sums = [0, 0, 0, 0]
    for entry in batch.entries:
        records = _entry(entry, batch)
        lines += records
        is_credit = entry.code % 10 in (1, 2, 3, 4)
        sums[0] += len(records)
        sums[1] += int(entry.bank)
        sums[3 if is_credit else 2] += entry.cents
    count, hashed, debit, credit = sums
    figures = f"{count:06d}{hashed % _HASH:010d}{debit:012d}{credit:012d}"
    lines.append(f"8200{figures}{batch.company:<10}{'':25}{tail}")
    return lines, sums


def _entry(entry: Entry, batch: Batch) -> list[str]:
    trace = f"{batch.odfi}{entry.sequence:07d}"
    addenda = [*_parties(entry, entry.sequence), *_text(entry), *_notice(entry, batch, trace)]
    head = f"6{entry.code:02d}{entry.bank}{_check_digit(entry.bank)}"
    flag = "1" if addenda else "0"
    if entry.parties:
        place = f"{len(addenda):04d}{'':13}{entry.cents:010d}{entry.account:<35}{'':2}  "
    else:
        who = f"{entry.identification:<15.15}{entry.name:<22.22}  "
        place = f"{entry.account:<17}{entry.cents:010d}{who}"
    return [f"{head}{place}{flag}{trace}", *addenda]


def _text(entry: Entry) -> list[str]:
    return [f"705{entry.text:<80.80}0001{entry.sequence:07d}"] if entry.text else []


def _parties(entry: Entry, sequence: int) -> list[str]:
    if entry.parties is None:
        return []
    one, end = entry.parties, f"{sequence:07d}"
    return [
        f"710ANN{entry.cents:018d}{one.foreign_trace:<22.22}{one.receiver:<35.35}{'':6}{end}",
        f"711{one.originator:<35.35}{'1 QUAY STREET':<35}{'':14}{end}",
    ]


def _notice(entry: Entry, batch: Batch, trace: str) -> list[str]:
    one = entry.notice
    if isinstance(one, Return):
        head = f"799{one.reason}{one.first_trace:<15}{'':6}{one.first_bank}"
        amount = (
            f"{entry.cents:010d}{one.text:<34.34}" if batch.sec == "IAT" else f"{one.text:<44.44}"
        )
        return [f"{head}{amount}{trace}"]
    if isinstance(one, Change):
        head = f"798{one.reason}{one.first_trace:<15}{'':6}{one.first_bank}"
        return [f"{head}{one.corrected:<29.29}{'':15}{trace}"]
    return []


def _check_digit(bank: str) -> int:
    """Return the digit that makes the weighted sum of a bank's number a multiple of ten."""
    weighted = (int(digit) * weight for digit, weight in zip(bank, _CHECK_WEIGHTS, strict=True))
    return -sum(weighted) % 10
