"""Records to transactions: a TCR 0 and the records of the same code that follow it."""

from dataclasses import dataclass

import numpy as np

from parsers.outcome import Findings
from parsers.visa_baseii import layout
from parsers.visa_baseii.records import SHOWN, ZERO, Mask, Numbers, Records

_DRAFT, _FEE, _MONETARY, _KNOWN = (
    np.isin(np.arange(256), [int(one) for one in codes])
    for codes in (
        layout.DRAFTS,
        layout.FEES,
        layout.MONETARY,
        (*layout.MONETARY, *layout.WITHOUT_MONEY),
    )
)

_TCRS_MOST = 16


@dataclass(frozen=True, slots=True)
class Transactions:
    """The transactions of one batch of records, in its order.

    `first` is the row of each TCR 0, `size` the number of its TCRs, `length` its bytes up to the
    end of the last one, `number` counts from 1 through the file, `file_no` from 0.
    """

    records: Records
    first: Numbers
    size: Numbers
    length: Numbers
    number: Numbers
    file_no: Numbers

    def of_kind(self, kind: Mask) -> Numbers:
        """Return the places in `first` whose code is marked in `kind` (256 flags)."""
        return np.flatnonzero(kind[self.records.code[self.first]])

    def drafts(self) -> Numbers:
        """Return the places of sales, credits, cash, their chargebacks and reversals."""
        return self.of_kind(_DRAFT)

    def fees(self) -> Numbers:
        """Return the places of fee collections and funds disbursements."""
        return self.of_kind(_FEE)

    def monetary(self) -> Numbers:
        """Return the places of all that a trailer counts as monetary."""
        return self.of_kind(_MONETARY)

    def rows_of(self, tcr: int, code: Mask = _DRAFT) -> Numbers:
        """Return the row of TCR `tcr` of each transaction of some codes, -1 where there is none.

        Of two the first counts. Nearly all transactions have a few TCRs, so that looking one, two,
        three rows further finds all; where one has very many, rows look for their transaction.
        """
        records, first = self.records, self.first
        numbers, wanted = records.tcr, ZERO + tcr
        found = np.full(len(first), -1, dtype=np.int64)
        if len(first) and int(self.size.max()) > _TCRS_MOST:
            rows = np.flatnonzero((numbers == wanted) & ~records.opens & code[records.code])
            owner = np.searchsorted(first, rows, side="right") - 1
            found[owner[::-1]] = rows[::-1]
            return found
        is_open = code[records.code[first]]
        for step in range(1, int(self.size.max()) if len(first) else 0):
            row = np.minimum(first + step, len(records) - 1)
            is_it = is_open & (self.size > step) & (numbers[row] == wanted)
            found[is_it] = row[is_it]
            is_open &= ~is_it
        return found


def find_transactions(
    records: Records, *, before: int, file_no: int, findings: Findings
) -> Transactions:
    """Return the transactions of a batch; refuse TCRs without their TCR 0.

    Args:
        records: records that open with a transaction, a header or a trailer.
        before: transactions in front of the batch.
        file_no: of the file that the batch starts in.
        findings: what is refused and warned about.
    """
    code = records.code
    is_frame = (code >= 90) & (code <= 92)
    opens = np.flatnonzero(records.opens)
    ends = records.start + records.length
    last = np.append(opens[1:], len(records)) - 1
    is_transaction = ~is_frame[opens]
    first = opens[is_transaction]
    headers = np.flatnonzero(code == int(layout.HEADER))
    number = before + 1 + np.arange(len(first), dtype=np.int64)
    in_file = np.searchsorted(headers, first) + file_no
    size = last[is_transaction] - first + 1
    length = ends[last[is_transaction]] - records.start[first]
    _check_order(records, is_frame, findings)
    _check_codes(records, first, findings)
    return Transactions(records, first, size, length, number, np.maximum(in_file, 0))


def _check_order(records: Records, is_frame: Mask, findings: Findings) -> None:
    code = records.code
    before = np.append(code[:1], code[:-1])
    before[:1] = 0  # what follows nothing follows no TCR 0
    odd = ~is_frame & ((code > 99) | (~records.opens & (code != before)))
    for index in np.flatnonzero(odd)[:SHOWN].tolist():
        text = records.row(index)
        findings.refuse(
            "record_order",
            line=int(records.line[index]),
            byte_offset=int(records.start[index]),
            record=text[:2],
            found=f"TCR {text[3]} of {text[:2]} without its TCR 0",
            expected="TCR 0 first, then the others of the same transaction code",
            hint="A record is missing: fetch the file again.",
        )


def _check_codes(records: Records, first: Numbers, findings: Findings) -> None:
    unknown = first[~_KNOWN[records.code[first]]]
    for index in unknown[:SHOWN].tolist():
        code = records.row(index)[:2]
        findings.warn(
            "transaction_unsupported",
            line=int(records.line[index]),
            byte_offset=int(records.start[index]),
            record=code,
            found=f"transaction code {code}",
            expected=", ".join(layout.MONETARY),
            hint="The transaction is counted, but gives no line.",
        )
