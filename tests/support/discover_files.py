"""Writes issuer detail files whose totals agree, from charges that state only what matters."""

from dataclasses import dataclass, field

CARD = "36250100300002"
SIZE = 1024


def placed(code: str, fields: dict[int, str]) -> str:
    """Return a record with texts at positions counted from 1."""
    record = [" "] * SIZE
    for first, text in {1: code, **fields}.items():
        record[first - 1 : first - 1 + len(text)] = text
    return "".join(record)


def amount(minor: int, width: int, decimals: int) -> str:
    """Return an amount of two decimals as the file writes it."""
    text = f"{abs(minor) // 100}.{abs(minor) % 100:02d}{'0' * (decimals - 2)}"
    return ("-" if minor < 0 else "") + text.zfill(width - (minor < 0))


@dataclass(frozen=True)
class Charge:
    """One charge in minor units; `settled` is its gross in the settlement currency."""

    gross: int
    commission: int = 0
    settled: int | None = None
    settled_commission: int = 0
    card: str = CARD

    def record(self, number: int) -> str:
        """Return its record."""
        settled = self.gross if self.settled is None else self.settled
        commission = self.commission if self.settled is None else self.settled_commission
        fields = {3: f"{number:03d}", 6: self.card, 25: "20260209100TIABCDEFGH0972AE"}
        fields |= {52: "00.30000.000", 64: amount(self.gross, 16, 2)}
        fields |= {80: amount(self.gross - self.commission, 20, 6)}
        fields |= {140: amount(self.commission, 20, 6), 180: amount(settled, 20, 6)}
        fields |= {200: amount(settled - commission, 20, 6), 220: amount(commission, 20, 6)}
        return placed("06", fields | {398: "20260218", 411: "123073679876543", 728: "7011"})


@dataclass(frozen=True)
class Recap:
    """One recap: batches of charges, all debits unless `is_credit`."""

    batches: tuple[tuple[Charge, ...], ...]
    number: str = "602"
    currency: str = "GBP"
    settlement_currency: str = "GBP"
    is_credit: bool = False
    changed: dict[int, str] = field(default_factory=dict)

    def records(self) -> list[str]:
        """Return its records."""
        parties = "ZX 00000361641UK 00000361603"
        money = f"{self.currency}20260211{self.settlement_currency}"
        lines = [placed("02", {3: f"{parties}{self.number}119{money}"})]
        for number, batch in enumerate(self.batches, 1):
            key = f"{self.number}{number:03d}"
            lines.append(placed("04", {3: key}))
            lines += [one.record(place) for place, one in enumerate(batch, 1)]
            gross = sum(one.gross for one in batch)
            sums = (gross, 0) if self.is_credit else (0, gross)
            credits, debits = (len(batch), 0) if self.is_credit else (0, len(batch))
            counts = f"{len(batch):02d}{credits:02d}{debits:02d}"
            figures = "".join(amount(one, 16, 2) for one in sums)
            lines.append(placed("08", {3: f"{key}{counts}{figures}"}))
        charges = [one for batch in self.batches for one in batch]
        turn = -1 if self.is_credit else 1
        gross, fee = (
            turn * sum(getattr(one, name) for one in charges) for name in ("gross", "commission")
        )
        settled = turn * sum(one.gross if one.settled is None else one.settled for one in charges)
        settled_fee = turn * sum(
            one.commission if one.settled is None else one.settled_commission for one in charges
        )
        fields = {3: f"{parties}{self.number}{money}{len(self.batches):03d}"}
        for first, minor in (
            *((57, gross), (141, gross - fee), (177, fee)),
            *((213, settled), (231, settled - settled_fee), (249, settled_fee)),
        ):
            fields[first] = amount(minor, 18, 2)
        lines.append(placed("10", fields | {321: "20260218"} | self.changed))
        return lines


def write_discover(
    *recaps: Recap, ending: str = "\n", changed: dict[int, str] | None = None, summary: bool = True
) -> bytes:
    """Return a file; `changed` replaces texts of the file trailer by position."""
    lines = [placed("01", {3: "UK 0000036160300221202602120002026021211180" + "0"})]
    lines[0] = lines[0][:46] + (" " if recaps else "0") + lines[0][47:]
    for one in recaps:
        lines += one.records()
    if summary:
        lines += [
            _summary(one, recaps) for one in sorted({one.settlement_currency for one in recaps})
        ]
    batches = [batch for one in recaps for batch in one.batches]
    counts = f"{len(recaps):08d}{len(batches):08d}{sum(map(len, batches)):08d}"
    lines.append(placed("99", {3: f"UK 00000361603{counts}"} | (changed or {})))
    return "".join(one + ending for one in lines).encode("latin-1")


def _summary(currency: str, recaps: tuple[Recap, ...]) -> str:
    mine = [one for one in recaps if one.settlement_currency == currency]
    gross = net = count = 0
    for recap in mine:
        turn = -1 if recap.is_credit else 1
        for one in (one for batch in recap.batches for one in batch):
            settled = one.gross if one.settled is None else one.settled
            fee = one.commission if one.settled is None else one.settled_commission
            gross, net, count = gross + turn * settled, net + turn * (settled - fee), count + 1
    figures = f"{amount(abs(net), 18, 2)}{amount(abs(gross), 18, 2)}{'P' if net > 0 else 'R'}"
    return placed("90", {3: f"UK 00000361603{len(mine):08d}{count:08d}{currency}{figures}"})
