"""Financial and settlement positions (1644/685, 1644/688): totals that the scheme states.

A position must foot in itself: debits and credits give the net, net and fees the total, numbers of
debits and credits the number of all. Where it names a file that is in the same transmission
(PDS0300), its totals must be those of that file's messages. Differences are warnings: the
positions of these subelements are known from one public source only.
"""

import re
from collections import defaultdict
from collections.abc import Mapping

from parsers.mastercard_ipm.places import Place
from parsers.outcome import ControlTotal, Findings

_RECONCILED_FILE, _MESSAGE_TYPE, _SCOPE = 300, 372, 378
_TOTAL_SCOPE = "T"
_DEBITS, _CREDITS = 390, 391
_NUMBERS = 402
# Sum of these subelements → the subelement that states it.
_RULES = {
    384: (380, 381),
    394: (_DEBITS, _CREDITS),
    396: (394, 395),
    _NUMBERS: (400, 401),
}
_DEBIT_SIDES = (380, _DEBITS)
_AMOUNT = re.compile(r"([DC]?)([0-9]{15,16})")
_COUNT = re.compile(r"[0-9]{10}")
_SHOWN_MAX = 20


class Positions:
    """Collects the positions of a transmission."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.count = 0
        self.footing = 0
        self._declared: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
        self._first: dict[str, Place] = {}

    def add(self, place: Place, values: Mapping[int, str]) -> None:
        """Check one position in itself, and keep what it states about a file."""
        self.count += 1
        wrong = [rule for rule in _RULES if not self._foots(rule, values, place)]
        self.footing += not wrong
        self._keep(place, values)

    def totals(self, files: Mapping[str, Mapping[int, list[int]]]) -> tuple[ControlTotal, ...]:
        """Return the totals; `files` holds (number, sum of DE5) by message type and function."""
        if not self.count:
            return ()
        name = "financial positions that foot (1644/685, 688)"
        found = [self._total(name, self.count, self.footing)]
        for (file_id, key), (number, amount) in sorted(self._declared.items()):
            sums = files.get(file_id)
            if sums is None:
                continue  # of a file that was sent or received on another day
            own_number, own_amount = sums.get(key, (0, 0))
            kind = f"{key // 1000}/{key % 1000:03d} in {file_id}"
            pairs = (
                (f"number of {kind} (PDS0402)", number, own_number),
                (f"reconciliation amounts of {kind} (PDS0390, 0391)", amount, own_amount),
            )
            for title, declared, computed in pairs:
                found.append(self._total(title, declared, computed))
                if declared != computed:
                    self._warn(self._first[file_id], title, declared, computed)
        return tuple(found)

    def _foots(self, rule: int, values: Mapping[int, str], place: Place) -> bool:
        parts = [_figure(part, values) for part in _RULES[rule]]
        stated = _figure(rule, values)
        computed = sum(part for part in parts if part is not None)
        if stated is None or None in parts or stated == computed:
            return True
        if self.count - self.footing <= _SHOWN_MAX:
            self._warn(place, f"PDS{rule:04d}", stated, computed)
        return False

    def _keep(self, place: Place, values: Mapping[int, str]) -> None:
        file_id, kind = values.get(_RECONCILED_FILE, ""), values.get(_MESSAGE_TYPE, "")
        number = _figure(_NUMBERS, values)
        amounts = [_figure(part, values) for part in (_DEBITS, _CREDITS)]
        if (
            not (kind.isascii() and kind.isdigit())
            or values.get(_SCOPE) == _TOTAL_SCOPE
            or number is None
        ):
            return
        self._first.setdefault(file_id, place)
        declared = self._declared[file_id, int(kind[:7])]
        declared[0] += number
        declared[1] += sum(abs(amount) for amount in amounts if amount is not None)

    def _total(self, name: str, declared: int, computed: int) -> ControlTotal:
        return ControlTotal(name, str(declared), str(computed), declared == computed)

    def _warn(self, place: Place, field: str, declared: int, computed: int) -> None:
        self.findings.differs(
            "position_differs",
            severity="warning",
            declared=declared,
            computed=computed,
            byte_offset=place.byte_offset,
            record_no=place.record_no,
            record=place.record,
            field=field,
            hint="Compare the position with the settlement advice before money is expected.",
        )


def _figure(tag: int, values: Mapping[int, str]) -> int | None:
    """Return a signed amount or a number of messages; None where it is neither."""
    text = values.get(tag, "")
    if _COUNT.fullmatch(text):
        return int(text)
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    is_debit = found[1] == "D" or (not found[1] and tag in _DEBIT_SIDES)
    return -int(found[2]) if is_debit else int(found[2])
