"""Net and number of lines by logical file and currency, while the lines of a file go by."""

from collections import defaultdict

import polars as pl

from parsers.singles import FEW


class Book:
    """Python integers, which no file can make wrap."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])

    def add(self, lines: pl.DataFrame) -> None:
        """Add lines, in the shape of SettlementLine."""
        numbers, currencies = lines["statement_no"], lines["currency"]
        if not lines.height:
            return
        if (numbers == numbers[0]).all() and (currencies == currencies[0]).all():
            sums = [(numbers[0], currencies[0], _net(lines), lines.height)]
        elif lines.height < FEW:
            booked = zip(lines["amount_minor"], lines["is_booked"], strict=True)
            nets = (amount if is_booked else 0 for amount, is_booked in booked)
            sums = [(*key, net, 1) for *key, net in zip(numbers, currencies, nets, strict=True)]
        else:
            net = pl.col("amount_minor").filter("is_booked").cast(pl.Int128).sum()
            sums = lines.group_by("statement_no", "currency").agg(net, pl.len()).rows()
        for number, currency, total, count in sums:
            one = self._found[number, currency]
            one[0] += int(total)
            one[1] += count

    def items(self) -> list[tuple[int, str, int, int]]:
        """Return (number of the logical file, currency, net of the booked lines, lines), sorted."""
        return [(*key, net, count) for key, (net, count) in sorted(self._found.items())]


def _net(lines: pl.DataFrame) -> int:
    amounts, is_booked = lines["amount_minor"], lines["is_booked"]
    if not is_booked.all():
        amounts = amounts.filter(is_booked)
    return int(amounts.cast(pl.Int128).sum())
