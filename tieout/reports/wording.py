"""Amounts, dates and field names as people read them.

Amounts have the decimals of their currency, a comma between thousands and a real minus sign, so
that columns of figures line up; the currency stands beside the amount, never inside it.
"""

from datetime import UTC, date, datetime

from tieout.money import UnknownCurrency, format_minor

MINUS = "\N{MINUS SIGN}"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_LABELS = {
    "amount_minor": "Amount",
    "fee_minor": "Fees",
    "interchange_minor": "Interchange",
    "scheme_fee_minor": "Scheme fee",
    "markup_minor": "Mark-up",
    "net_minor": "Net",
    "original_amount_minor": "Original amount",
    "original_currency": "Original currency",
    "scheme_ref": "Scheme reference (ARN)",
    "rrn": "Retrieval reference (RRN)",
    "psp_ref": "Processor's reference",
    "merchant_ref": "Merchant's reference",
    "batch_ref": "Batch reference",
    "auth_code": "Authorisation code",
    "merchant_id": "Merchant",
    "pan_masked": "Card number",
    "pan_fingerprint": "Card fingerprint",
    "event_at": "Time of the event",
    "is_booked": "Booked",
    "is_reversal": "Undoes an earlier line",
}


def format_amount(minor: int, currency: str | None) -> str:
    """Write minor units for people: (-123450, "EUR") → "−1,234.50"."""
    if currency is None:
        return "—" if minor == 0 else format_count(minor)
    try:
        text = format_minor(minor, currency, thousands=",")
    except UnknownCurrency:
        # Better the plain number of minor units than no page at all.
        return f"{format_count(minor)} minor units"
    return text.replace("-", MINUS)


def format_count(count: int) -> str:
    """Write a count with a comma between thousands."""
    return f"{count:,}".replace("-", MINUS)


def format_day(day: date) -> str:
    """Write a date as 19 Nov 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def format_instant(instant: datetime) -> str:
    """Write an instant with its zone: 20 Nov 2026, 02:31:05 UTC."""
    utc = instant.astimezone(UTC)
    return f"{format_day(utc.date())}, {utc:%H:%M:%S} UTC"


def label_of(field: str) -> str:
    """Return what people call a field of a settlement line."""
    words = _LABELS.get(field) or field.removesuffix("_minor").replace("_", " ")
    return words[:1].upper() + words[1:]


def format_field(field: str, value: object, currency: str | None) -> str:
    """Write one value of a settlement line; `currency` is that of the line's amounts."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field.endswith("_minor") and isinstance(value, int):
        return format_amount(value, currency)
    if field.endswith("_date") and isinstance(value, str):
        return format_day(date.fromisoformat(value))
    return show_text(str(value))


def show_text(text: str) -> str:
    """Write what does not show as an escape, so that a file cannot change how others show.

    Controls, and marks that turn the direction of what follows, show as their number.
    """
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
