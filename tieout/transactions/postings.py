"""Double entry: which accounts move when a presentment moves, always in pairs that sum to zero.

    present    Dr scheme_receivable     Cr merchant_pending        a capture is expected to clear
    clear      Dr merchant_pending      Cr merchant_payable        the scheme took it
    settle     Dr settlement_in_transit Cr scheme_receivable       the acquirer's advice counts it
    fund       Dr bank                  Cr settlement_in_transit   the bank shows the money
    loss       Dr write_off             Cr scheme_receivable       given up, by two people
    give_back  Dr merchant_payable      Cr scheme_receivable       the scheme undid the clearing
    suspense   Dr scheme_receivable     Cr suspense                cleared, nobody knows what for

Debits are positive. The amount is the presentment's own signed amount, so a refund needs no rules
of its own: its lines have the opposite signs.
"""

from collections.abc import Mapping

from tieout.transactions.model import Journal, Line, Payment, Presentment

RULES: Mapping[str, tuple[str, str]] = {
    "present": ("scheme_receivable:{scheme}", "merchant_pending:{merchant}"),
    "clear": ("merchant_pending:{merchant}", "merchant_payable:{merchant}"),
    "settle": ("settlement_in_transit:{scheme}", "scheme_receivable:{scheme}"),
    "fund": ("bank", "settlement_in_transit:{scheme}"),
    "loss": ("write_off", "scheme_receivable:{scheme}"),
    "give_back": ("merchant_payable:{merchant}", "scheme_receivable:{scheme}"),
    "suspense": ("scheme_receivable:{scheme}", "suspense:{scheme}"),
}
"""Rule → account debited, account credited, as templates."""

UNKNOWN_SCHEME = "unknown"
"""Stands for the scheme in the accounts of a clearing record that belongs to no payment."""


def lines_for(
    rule: str, amount_minor: int, currency: str, *, scheme: str, merchant: str
) -> tuple[Line, Line]:
    """Return the two lines of one rule for one signed amount."""
    debit, credit = (account.format(scheme=scheme, merchant=merchant) for account in RULES[rule])
    return Line(debit, currency, amount_minor), Line(credit, currency, -amount_minor)


def journals_of(
    effect: str | None, event_index: int, payment: Payment, presentment: Presentment
) -> tuple[Journal, ...]:
    """Return the journals that an effect of the presentment table asks for.

    An effect names rules joined with "+"; a rule after "-" is undone instead of posted.
    """
    names = effect.split("+") if effect else []
    journals = []
    for name in names:
        rule, is_reversal = name.removeprefix("-"), name.startswith("-")
        amount = -presentment.amount_minor if is_reversal else presentment.amount_minor
        lines = lines_for(
            rule,
            amount,
            payment.currency,
            scheme=payment.card.scheme,
            merchant=payment.merchant_id,
        )
        journals.append(Journal(rule, event_index, presentment.id, lines, is_reversal))
    return tuple(journals)
