"""Which dates a message belongs to: business, reconciliation, settlement."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parsers.mastercard_ipm import layout
from parsers.mastercard_ipm.elements import Records
from parsers.mastercard_ipm.text import NO_DATE, Days, Offsets, day_of

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """Days since 1970 for each message, NO_DATE where it states none."""

    business: Days
    reconciled: Days
    settled: Days


def business_days(records: Records, of_files: Sequence[str], file_of: Offsets) -> BusinessDays:
    """Return the dates of a chunk.

    Business date: PDS0158, else reconciliation date of PDS0159, else that of the file, else DE12.

    Args:
        records: the messages.
        of_files: YYMMDD of each logical file.
        file_of: number of each message's logical file, -1 for none.
    """
    text = records.text
    business = text.days(records.private_at(layout.BUSINESS, layout.BUSINESS_DATE_0158, _DIGITS))
    reconciled, settled = (
        text.days(records.private_at(layout.SETTLEMENT, offset, _DIGITS))
        for offset in (layout.RECONCILIATION_DATE_0159, layout.SETTLEMENT_DATE_0159)
    )
    business = np.where(business == NO_DATE, reconciled, business)
    if (business == NO_DATE).any():
        files = np.array([day_of(one) for one in of_files] + [NO_DATE], dtype=np.int32)
        business = np.where(business == NO_DATE, files[file_of], business)
        business = np.where(business == NO_DATE, text.days(records.at(12)), business)
    return BusinessDays(business, reconciled, settled)
