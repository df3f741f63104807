"""Nets by logical file and currency: the same for one, few and many lines."""

import polars as pl
import pytest

from parsers.book import Book


def lines(times: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "statement_no": [0, 0, 1] * times,
            "currency": ["EUR", "JPY", "EUR"] * times,
            "amount_minor": [2**61, -5, 7] * times,
            "is_booked": [True, True, False] * times,
        }
    )


class TestBook:
    """Sums of lines."""

    @pytest.mark.parametrize("times", [1, 2, 100])
    def test_are_exact_and_leave_out_what_is_not_booked(self, times: int) -> None:
        book = Book()

        book.add(lines(times))
        book.add(lines(times).filter(pl.col("currency") == "JPY"))
        book.add(lines(times).clear())

        assert book.items() == [
            (0, "EUR", times * 2**61, times),
            (0, "JPY", -10 * times, 2 * times),
            (1, "EUR", 0, times),
        ]
