"""Every code that a finding can have, what it means, and who decides what follows from it.

The list is closed: a feed's `[controls]` may name nothing else, docs/formats/findings.md prints it,
and a test compares it with the codes that the parsers write.

- **reading**: bytes are missing, unreadable or not understood. The file is refused whatever the
  feed says, because the money in it is not known.
- **control**: everything was read, and the file contradicts what it says about itself. Whether
  that refuses it is the feed's decision; without one, the parser's (docs/formats/findings.md).
- **notice**: odd, without doubt about the money. A feed may be strict and refuse it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from parsers.outcome import Severity
from tieout.config.faults import suggest
from tieout.errors import UsageError

Nature = Literal["reading", "control", "notice"]

_DECISIONS: Mapping[str, Severity] = MappingProxyType({"refuse": "refusal", "warn": "warning"})


@dataclass(frozen=True, slots=True)
class Code:
    """One code of findings."""

    name: str
    nature: Nature
    meaning: str


_READING = {
    "amount_missing": "a line of money without an amount",
    "amount_unreadable": "an amount that the format's grammar does not allow",
    "balance_unreadable": "a balance without a readable amount, currency or date",
    "blank_line": "an empty line between records",
    "block_incomplete": "the last block is shorter than blocks are",
    "block_mark": "a block of 1014 bytes that does not end as blocks do",
    "business_date_missing": "a row without its business date",
    "column_missing": "the header lacks a column that is needed",
    "compressed_file": "an archive instead of the file",
    "control_total_unreadable": "a trailer whose count or sum is no number",
    "count_unreadable": "a number of items that is no number",
    "currency_missing": "money without a currency",
    "currency_unknown": "a currency that ISO 4217 does not know",
    "date_missing": "a line without a date",
    "date_unreadable": "a date that is no day of the calendar",
    "detail_outside_account": "a detail before any account",
    "detail_unreadable": "a detail whose type, amount or funds cannot be read",
    "element_missing": "a message without amount, currency, date or direction",
    "encoding_differs": "bytes that the declared encoding cannot be",
    "encoding_unsupported": "a declared encoding that is not read",
    "encoding_wrong": "bytes that the file's own byte order mark contradicts",
    "entry_outside_batch": "an entry before any batch header",
    "entry_unreadable": "an entry whose code, account or amount cannot be read",
    "exponent_differs": "more decimals than the currency has",
    "file_cut_off": "the file stops before its end",
    "format_unknown": "no format's first bytes",
    "header_duplicate": "a column name twice in the header",
    "header_missing": "no file, group or column header where one has to be",
    "indicator_unknown": "a debit or credit mark that is neither",
    "kind_unknown": "a value that the layout gives no kind for",
    "line_ending_cr": "carriage returns without line feeds",
    "message_outside_file": "a message outside file header and file trailer",
    "message_unsupported": "a message type that is not known",
    "nul_byte": "a NUL byte in a text",
    "page_missing": "a page, or the end of the report, is missing",
    "pan_masked_unreadable": "a masked card number that is not first six and last four",
    "pan_unreadable": "a card number that is not 12 to 19 digits",
    "parser_defect": "our own mistake: the file was not used, and we want to know",
    "quote_misplaced": "a quote that does not enclose a whole field",
    "quote_unclosed": "a quote that is never closed",
    "record_id_duplicate": "the sender's own key twice in one file",
    "record_id_long": "the sender's own key is longer than is kept",
    "record_id_missing": "a row without the sender's own key",
    "record_length": "a record that is shorter or longer than its length says",
    "record_misplaced": "a row in a part of the report where it cannot stand",
    "record_order": "a record that may not stand there",
    "record_outside_file": "a record outside file header and file trailer",
    "record_short": "a record with fewer fields than its type has",
    "record_structure": "a record whose fields do not end where it ends",
    "record_unknown": "a record type that the format does not have",
    "record_unreadable": "a record whose fields cannot be read",
    "record_unsupported": "a record type that is known and cannot be read",
    "row_long": "a row with more fields than columns",
    "row_short": "a row with fewer fields than columns",
    "row_unknown": "a row that the report does not have",
    "row_unreadable": "a row whose figures cannot be read",
    "rows_disagree": "two ways of counting rows give different numbers",
    "sensitive_data": "magnetic stripe, card verification or PIN data, which nobody may keep",
    "settlement_unreadable": "a settlement record whose totals cannot be read",
    "sign_unexpected": "a sign where the format has none",
    "statement_missing": "a file without any statement",
    "test_mode": "a test file; the option allow_test reads it all the same",
    "total_unreadable": "a total that cannot be read",
    "trailer_missing": "a header whose trailer never comes",
    "two_columns_unclear": "a row with both a credit and a debit",
    "xml_not_well_formed": "XML that is not well formed, or has a DOCTYPE",
    "xml_too_large": "an XML tag larger than any in a statement",
}
_CONTROLS = {
    "amounts_finer_than_currency": "a sum of amounts with more decimals than their currency",
    "batch_count_differs": "a batch declares another number of details than it has",
    "batch_total_differs": "a batch does not add up to the payout that it declares",
    "control_total_differs": "count, sum, hash total or file id: declared and computed differ",
    "details_differ": "details do not add up to their movement",
    "file_id_duplicate": "one file id for two files in one transmission",
    "line_net_differs": "amount and fees of a line do not give its net",
    "message_number": "message numbers do not count up",
    "payment_total_differs": "a payment differs from the sum of its submissions",
    "position_differs": "a position that the scheme states differs from the messages",
    "statement_gap": "a closing balance is not the opening balance that follows",
    "statement_total_differs": "opening and entries do not give the closing balance",
}
_NOTICES = {
    "account_differs": "one statement names two accounts",
    "amount_unexpected": "an amount where the entry's code says that there is none",
    "balance_dates_reversed": "the opening balance is dated after the closing balance",
    "blocks_differ": "the number of blocks is not the declared one",
    "byte_order_mark": "a UTF-8 byte order mark before the text",
    "check_digit_wrong": "a bank's number whose check digit does not fit",
    "closing_missing": "a statement without a closing balance",
    "control_character": "a control character inside a text",
    "control_total_blank": "a total that the trailer leaves blank",
    "currency_differs": "an entry or balance in another currency than its account",
    "date_clamped": "a day that the month does not have; its last day was taken",
    "direction_unknown": "a balance or detail without a debit or credit mark",
    "encoding_undeclared": "text in another encoding than the file says",
    "end_mark_missing": "the last record is not followed by the end mark",
    "fee_currency_differs": "a fee in neither currency of its line",
    "field_repeated": "a field twice in a statement",
    "field_unknown": "a field that the format does not have",
    "file_follows": "the file says that another one follows",
    "group_missing": "accounts without a group",
    "group_replaces": "a group that replaces an earlier one",
    "header_unseparated": "a header that runs into the first record",
    "identification_unusual": "a sender or receiver in a header that is no number of a bank",
    "indicator_missing": "an entry without a debit or credit mark",
    "interim_report": "a report of the day that a final one follows",
    "more_findings": "more findings than are listed",
    "no_data": "a report that says it has no data",
    "opening_missing": "a statement without an opening balance",
    "original_amount_differs": "an original amount in the same currency that is not the amount",
    "original_unreadable": "an original amount or currency that cannot be read; it is left out",
    "page_of_several": "one page of a statement of several",
    "reason_unknown": "a return or change with a reason code that is not known",
    "record_code_missing": "a continuation line without its code",
    "record_out_of_place": "a record where the format does not have it",
    "reference_mangled": "a reference that a spreadsheet has rounded or rewritten",
    "reference_repeated": "a reference that should be unique, twice",
    "status_error": "the sender marks the record as being in error",
    "status_unknown": "a status that is not known",
    "trace_unreadable": "a trace number that is not digits",
    "transaction_unsupported": "a transaction code that moves no money we know of",
    "type_unknown": "a type of row or entry that is not known; it became an adjustment",
    "version_unknown": "a version of the format that is not known",
}

_OWN_COLUMNS = (
    "credit",
    "debit",
    "net",
    "fee",
    "interchange",
    "scheme_fee",
    "markup",
    "original_amount",
    "exponent",
    "event_at",
    "business_date",
    "booking_date",
    "value_date",
    "is_booked",
    "is_reversal",
)
"""Columns of a line that a layout fills one by one; `amount`, `currency` and `date` stand above."""

_COLUMNS = {
    f"{name}_unreadable": f"a value of `{name}` in another form than the layout says"
    for name in _OWN_COLUMNS
}


def _listed() -> Mapping[str, Code]:
    groups: tuple[tuple[Nature, Mapping[str, str]], ...] = (
        ("reading", {**_READING, **_COLUMNS}),
        ("control", _CONTROLS),
        ("notice", _NOTICES),
    )
    every = [
        Code(name, nature, meaning) for nature, group in groups for name, meaning in group.items()
    ]
    return MappingProxyType({one.name: one for one in sorted(every, key=lambda one: one.name)})


CODES: Mapping[str, Code] = _listed()
"""Every code by name, in the order of the alphabet."""


def as_table() -> str:
    """Return the list as docs/formats/findings.md prints it."""
    rows = [f"| `{one.name}` | {one.nature} | {one.meaning} |" for one in CODES.values()]
    return "\n".join(["| Code | Nature | Meaning |", "|---|---|---|", *rows, ""])


def read_controls(controls: Mapping[str, str]) -> Mapping[str, Severity]:
    """Return the decisions of a feed's `[controls]` as severities.

    Args:
        controls: code → "refuse" or "warn".

    Raises:
        UsageError: a code that is not in the list, another word, or "warn" for a code that says
            that bytes could not be read.
    """
    for name, decision in controls.items():
        code = CODES.get(name)
        if code is None:
            raise UsageError(
                f"[controls] names {name!r}, which is no code of a finding.",
                hint=f"{suggest(name, list(CODES)).capitalize()} See docs/formats/findings.md.",
            )
        if decision not in _DECISIONS:
            raise UsageError(
                f"[controls] {name} = {decision!r} is unknown; {suggest(decision, [*_DECISIONS])}",
                hint='Write "refuse" or "warn".',
            )
        if decision == "warn" and code.nature == "reading":
            raise UsageError(
                f"[controls] {name} cannot be a warning: {code.meaning}.",
                hint="The money in such a file is not known, so no feed may use it.",
            )
    return {name: _DECISIONS[decision] for name, decision in controls.items()}
