"""Card numbers in texts: what is one, and how a text looks without it.

A number counts when it stands alone or in the usual groups (4111 1111 1111 1111), is of a range
that a scheme issues and has a right check digit. Anything else with a right check digit is far
more often an account or an order number.
"""

import re
from collections.abc import Callable

from tieout.references import is_luhn_valid, is_pan, mask_pan

# Visa (13, 16, 19), Mastercard (51 to 55, 22 to 27), American Express, Discover and Maestro.
_RANGE = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|(?:5[1-5]|2[2-7])[0-9]{14}|3[47][0-9]{13}|6[0-9]{15}"
)
_ALONE = re.compile(
    r"(?<![0-9])(?:[2-6][0-9]{12,18}"
    r"|(?:[46][0-9]|5[1-5]|2[2-7])[0-9]{2}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{4}"
    r"|3[47][0-9]{2}([ -])[0-9]{6}\2[0-9]{5})(?![0-9])"
)
# In a long run of digits, as in a dump of a record, a number may start anywhere.
_RUN = re.compile(r"[0-9]{12,}")
_WITHIN = re.compile(r"(?=(4[0-9]{15}|(?:5[1-5]|2[2-7])[0-9]{14}|3[47][0-9]{13}|6[0-9]{15}))")
_ACCOUNT_BEFORE = re.compile(r"[A-Z]{2}[0-9]{2}(?: [0-9A-Z]{4})* $")

CARD_TEXT = (
    r"(?:^|[^0-9])(?:4[0-9]{12}(?:[0-9]{3}){0,2}|5[1-5][0-9]{14}|2[2-7][0-9]{14}"
    r"|3[47][0-9]{13}|6[0-9]{15})(?:[^0-9]|$)"
)
"""For Polars: finds every text that may hold a number in one piece, and few others."""

CARD_GROUPS = (
    r"(?:[46][0-9]|5[1-5]|2[2-7])[0-9]{2}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}"
    r"|3[47][0-9]{2}[ -][0-9]{6}[ -][0-9]{5}"
)
"""For Polars: the same for a number in groups."""


def is_card(digits: str) -> bool:
    """Tell whether digits are a card number: a scheme's range and a right check digit."""
    return _RANGE.fullmatch(digits) is not None and is_luhn_valid(digits)


def hide_cards(text: str, hide: Callable[[str], str] = mask_pan) -> str:
    """Return a text from a file with each card number in it replaced by `hide(its digits)`."""

    def replaced(found: re.Match[str]) -> str:
        digits = re.sub("[ -]", "", found[0])
        is_account = digits != found[0] and _ACCOUNT_BEFORE.search(text[: found.start()])
        return hide(digits) if is_card(digits) and not is_account else found[0]

    return _ALONE.sub(replaced, text)


def hide_all(text: str) -> str:
    """Return a text for messages: also without numbers that stand inside longer runs of digits.

    Stricter than `hide_cards`: here a digit too few costs nobody anything.
    """
    return _RUN.sub(lambda found: _hide_run(found[0]), hide_cards(text))


def holds_card(text: str) -> bool:
    """Tell whether a card number can be read anywhere in a text, also inside other digits."""
    return any(is_luhn_valid(found[1]) for found in _WITHIN.finditer(text))


def _hide_run(run: str) -> str:
    if is_pan(run):
        return mask_pan(run)
    shown = list(run)
    for found in _WITHIN.finditer(run):
        if is_luhn_valid(found[1]):
            first, last = found.start(1) + 6, found.end(1) - 4
            shown[first:last] = "*" * (last - first)
    return "".join(shown)
