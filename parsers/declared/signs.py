"""One sign rule: whatever the file writes, credit to us becomes positive, charges negative."""

import numpy as np
import numpy.typing as npt

from parsers.declared.convert import Converter
from parsers.declared.rules import AMOUNT_FIELDS, CHARGE_FIELDS
from parsers.declared.values import Minors
from tieout.frames.settlement import KINDS

_HINT = "Check [layout.sign], or ask the sender."
_CREDIT, _DEBIT = 1, -1

Factors = npt.NDArray[np.int64]


def apply_signs(found: Converter) -> None:
    """Sign the amounts of the lines by the layout's rule."""
    if found.layout.sign.rule == "two_columns":
        _from_two_columns(found)
    factors = _factors(found)
    if factors is not None:
        for name in AMOUNT_FIELDS:
            if name in found.minors:
                found.minors[name].values *= factors
    if found.layout.fee_sign == "positive":
        for name in CHARGE_FIELDS:
            if name in found.minors:
                np.negative(found.minors[name].values, out=found.minors[name].values)


def _factors(found: Converter) -> Factors | None:
    """Return 1 or -1 for each line; None where the amounts have their signs."""
    rule = found.layout.sign
    if rule.rule in ("signed", "two_columns"):
        return None
    found.refuse(
        "sign_unexpected",
        "amount",
        found.minors["amount"].values < 0,
        "a minus sign, although the layout takes the direction from elsewhere",
        f"unsigned amounts under sign.rule = {rule.rule!r}",
        _HINT,
    )
    if rule.rule == "by_kind":
        debits = rule.words("debit")
        by_kind = np.array([_DEBIT if kind in debits else _CREDIT for kind in KINDS])
        factors: Factors = by_kind[found.kinds]
        return factors
    return _indicated(found)


def _indicated(found: Converter) -> Factors:
    credits, debits = found.layout.sign.words("credit"), found.layout.sign.words("debit")
    words = dict.fromkeys(credits, _CREDIT) | dict.fromkeys(debits, _DEBIT)
    codes = found.texts["indicator"].codes({word: code + 1 for word, code in words.items()})
    found.refuse(
        "indicator_unknown",
        "amount",
        codes < 0,
        "a value of the sign column that the layout does not list",
        f"one of {', '.join([*credits, *debits])}",
        _HINT,
    )
    factors: Factors = np.where(codes == _DEBIT + 1, _DEBIT, _CREDIT)
    return factors


def _from_two_columns(found: Converter) -> None:
    credit, debit = found.minors.pop("credit").values, found.minors.pop("debit").values
    neither = ~found.texts["credit"].is_given & ~found.texts["debit"].is_given
    both = (credit != 0) & (debit != 0)
    found.refuse(
        "two_columns_unclear",
        "amount",
        neither | both | (credit < 0) | (debit < 0),
        "credit and debit both filled, both empty, or one with a minus sign",
        "an unsigned amount in exactly one of both columns",
        _HINT,
    )
    found.minors["amount"] = Minors(credit - debit, None)
