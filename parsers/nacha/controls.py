"""What controls declare, against the entries: each batch at its control, the file at its end."""

import re
from dataclasses import dataclass

from parsers.nacha import layout
from parsers.nacha.batches import FIGURES, Batch, Sums
from parsers.outcome import ControlTotal, Findings

_BANK_NO = re.compile(r"[ 0-9A-Z][0-9]{9}|[0-9]{9} ")
_HINT = "Fetch the file again; if it stays so, ask the sender."


@dataclass(frozen=True, slots=True)
class Control:
    """One control record; `line` and `offset` count through the file."""

    text: str
    line: int
    offset: int

    def field(self, place: tuple[int, int]) -> str:
        """Return one field; positions count from 1."""
        return self.text[place[0] - 1 : place[1]]


def _unequal(closed: int, opened: int) -> str:
    return f"{closed} batch controls to {opened} batch headers"


class Controls:
    """Compares what controls declare; a contradiction refuses the file."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.totals: list[ControlTotal] = []
        self.file_controls: list[Control] = []
        self.kinds = dict.fromkeys("1589", 0)
        self.first = self.last = ""
        self.records = self.fillings = 0
        self.is_cut = False

    def check_header(self, header: Control) -> None:
        """Warn where the file header names a bank by something that is no number of one."""
        for name, what in (("destination", "receiver"), ("origin", "sender")):
            found = header.field(layout.FILE_HEADER[name])
            if not _BANK_NO.fullmatch(found):
                self.findings.warn(
                    "identification_unusual",
                    line=header.line,
                    byte_offset=header.offset,
                    record="1",
                    field=name,
                    found=repr(found),
                    expected="a blank, digit or letter, and nine digits",
                    hint=f"Masked, or a test file? Ask which {what} it names.",
                )

    def check_batch(self, control: Control, batch: Batch) -> None:
        """Compare a batch control with the entries above it and with its header."""
        declared = control.field(layout.BATCH_CONTROL["batch_number"])
        name = f"batch {declared.strip()}"
        for figure in FIGURES:
            is_wide = batch.is_advice and figure in ("debit", "credit")
            place = layout.BATCH_CONTROL[f"adv_{figure}" if is_wide else figure]
            computed = batch.sums.figure(figure)
            if not self._compare(control, f"{figure} of {name}", control.field(place), computed):
                batch.is_wrong = True
        if batch.number is not None and batch.number != declared:
            self._differ(control, "batch number", declared, batch.number)

    def finish(self, sums: Sums, batches: int, *, is_advice: bool) -> bool:
        """Compare the file control with all batches; return whether the file is framed."""
        is_framed = self._check_frame()
        for control in self.file_controls:
            place = layout.FILE_CONTROL["batches"]
            self._compare(control, "batches of the file", control.field(place), batches)
            for figure in FIGURES:
                is_wide = is_advice and figure in ("debit", "credit")
                place = layout.FILE_CONTROL[f"adv_{figure}" if is_wide else figure]
                declared = control.field(place)
                self._compare(control, f"{figure} of the file", declared, sums.figure(figure))
            self._check_blocks(control)
        return is_framed

    def _check_blocks(self, control: Control) -> None:
        """Compare the number of blocks; filling up the last one is optional, but then complete."""
        blocks = -(-self.records // layout.LINES_IN_BLOCK)
        lines = self.records + self.fillings
        if self.is_cut or (self.fillings and lines % layout.LINES_IN_BLOCK):
            self.findings.warn(
                "end_mark_missing",
                line=control.line,
                byte_offset=control.offset,
                record="9",
                found=f"{lines} lines"
                + (", the last one shorter than the first" if self.is_cut else ""),
                expected="whole records, filled up to a multiple of ten",
                hint="All figures are compared; still, the file may be cut off: fetch it again.",
            )
        declared = control.field(layout.FILE_CONTROL["blocks"]).strip()
        if declared.isascii() and declared.isdigit() and int(declared) != blocks:
            self.findings.warn(
                "blocks_differ",
                line=control.line,
                byte_offset=control.offset,
                record="9",
                field="block count",
                found=f"declared {int(declared)}, computed {blocks}",
                declared=str(int(declared)),
                computed=str(blocks),
                expected="equal figures",
                hint="All other figures agree or are reported; blocks hold no money.",
            )

    def _compare(self, control: Control, name: str, declared: str, computed: int) -> bool:
        text = declared.strip()
        is_number = text.isascii() and text.isdigit()
        agrees = is_number and int(text) == computed
        shown = str(int(text)) if is_number else text
        self.totals.append(ControlTotal(name, shown, str(computed), agrees))
        if not agrees:
            self._differ(control, name, shown or "nothing", str(computed))
        return agrees

    def _differ(self, control: Control, name: str, declared: str, computed: str) -> None:
        self.findings.differs(
            "control_total_differs",
            declared=declared,
            computed=computed,
            line=control.line,
            byte_offset=control.offset,
            record=control.text[:1],
            field=name,
            hint=_HINT,
        )

    def _check_frame(self) -> bool:
        """Refuse headers without their controls and the reverse.

        A file with neither header nor control is an extract: it is read, with a warning.
        """
        headers, opened, closed, controls = (self.kinds[one] for one in "1589")
        is_framed = headers + controls > 0
        add = self.findings.refuse if is_framed else self.findings.warn
        pairs = (
            (headers, 1, "header_missing", f"{headers} file headers"),
            (controls, 1, "trailer_missing", f"{controls} file controls"),
            (closed, opened, "trailer_missing", _unequal(closed, opened)),
        )
        for number, wanted, code, found in pairs:
            if number != wanted:
                add(
                    code,
                    byte_offset=0,
                    found=found,
                    expected=str(wanted),
                    hint="The file is cut off or only an extract: fetch it whole.",
                )
        if headers == controls == 1 and (self.first, self.last) != ("1", "9"):
            self.findings.refuse(
                "record_order",
                byte_offset=0,
                found=f"record {self.first} first, record {self.last} last",
                expected="the file header first, the file control last",
                hint=_HINT,
            )
        return is_framed
