"""Money is exact or an error, and the currency table says what ISO 4217 says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.money import (
    MINOR_MAX,
    AmountUnreadable,
    CurrenciesDiffer,
    Money,
    UnknownCurrency,
    alpha_of,
    currencies,
    exponent_of,
    format_minor,
    numeric_of,
    parse_minor,
)


class TestCurrencies:
    """The bundled table."""

    @pytest.mark.parametrize(
        ("code", "exponent"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("ISK", 0)]
    )
    def test_exponents(self, code: str, exponent: int) -> None:
        assert exponent_of(code) == exponent

    def test_numbers_lead_back_to_the_code(self) -> None:
        current = [one for one in currencies().values() if one.withdrawn_on is None]

        assert all(alpha_of(numeric_of(one.code)) == one.code for one in current)

    def test_number_passed_on_means_the_current_currency(self) -> None:
        assert numeric_of("ANG") == numeric_of("XCG") == "532"
        assert alpha_of("532") == "XCG"

    def test_unknown_code_says_what_to_give(self) -> None:
        with pytest.raises(UnknownCurrency, match="three-letter code"):
            exponent_of("eur")


class TestParse:
    """Text to minor units."""

    @pytest.mark.parametrize(
        ("text", "currency", "minor"),
        [
            ("12.34", "EUR", 1234),
            ("-0.01", "EUR", -1),
            ("+5", "EUR", 500),
            ("1.5", "KWD", 1500),
            ("100", "JPY", 100),
            ("100.00", "JPY", 100),
            ("0007.10", "USD", 710),
        ],
    )
    def test_reads(self, text: str, currency: str, minor: int) -> None:
        assert parse_minor(text, currency) == minor

    def test_decimal_comma(self) -> None:
        assert parse_minor("1234,5", "EUR", decimal=",") == 123450

    @pytest.mark.parametrize(
        "text",
        ["", "1e3", "1.", ".5", "1,234.00", " 1", "1.005", "\uff11\uff12", "--1", "NaN", "9" * 19],
    )
    def test_refuses(self, text: str) -> None:
        with pytest.raises(AmountUnreadable):
            parse_minor(text, "EUR")

    def test_point_is_not_a_decimal_mark_beside_a_comma(self) -> None:
        with pytest.raises(AmountUnreadable):
            parse_minor("1.234,50", "EUR", decimal=",")

    @given(st.integers(-MINOR_MAX, MINOR_MAX), st.sampled_from(["EUR", "JPY", "KWD", "CLF", "UYW"]))
    def test_reads_what_it_wrote(self, minor: int, currency: str) -> None:
        assert parse_minor(format_minor(minor, currency), currency) == minor

    def test_thousands_for_people(self) -> None:
        assert format_minor(-123456789, "EUR", thousands=",") == "-1,234,567.89"


class TestMoney:
    """Amounts with their currency."""

    def test_adds_and_compares_one_currency(self) -> None:
        assert Money(1, "EUR") + Money(2, "EUR") == Money(3, "EUR")
        assert Money(1, "EUR") < Money(2, "EUR")
        assert str(-Money(5, "KWD")) == "-0.005 KWD"

    def test_two_currencies_never_add(self) -> None:
        with pytest.raises(CurrenciesDiffer):
            Money(1, "EUR") + Money(1, "USD")

    @pytest.mark.parametrize("minor", [1.0, True, MINOR_MAX + 1])
    def test_no_float_no_boolean_no_overflow(self, minor: int) -> None:
        with pytest.raises(AmountUnreadable):
            Money(minor, "EUR")
