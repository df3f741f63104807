"""Findings about single records, with line and byte offset: at most twenty of a kind."""

from collections import Counter

from parsers.outcome import Findings

_SHOWN_MAX = 20


class Place:
    """Where a block stands in its file, and what is wrong there."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.start = self.lines = 0
        self.is_misshapen = False
        self._shown: Counter[str] = Counter()

    def left(self, code: str) -> int:
        """Return how many findings of a code may still be shown."""
        return _SHOWN_MAX - self._shown[code]

    def refuse(self, code: str, line: int, offset: int, text: str, expected: str) -> None:
        """Refuse a record for its length or its type; `line` and `offset` count in the block.

        What such records would say is not asked: everything behind them may be shifted.
        """
        self.is_misshapen = True
        if self.left(code) <= 0:
            return
        self._shown[code] += 1
        self.findings.refuse(
            code,
            line=self.lines + line + 1,
            byte_offset=self.start + offset,
            found=f"{len(text.rstrip())} characters: {text.rstrip()}",
            expected=expected,
            hint="The file was changed on the way: fetch it again.",
        )

    def refuse_entry(
        self, code: str, line: int, offset: int, number: int, text: str, expected: str
    ) -> None:
        """Refuse an entry."""
        if self.left(code) <= 0:
            return
        self._shown[code] += 1
        self.findings.refuse(
            code,
            line=self.lines + line + 1,
            byte_offset=self.start + offset,
            record="6",
            record_no=number,
            found=text,
            expected=expected,
            hint="Ask the sender for a corrected file.",
        )

    def warn(
        self,
        code: str,
        line: int,
        offset: int,
        *,
        record: str,
        number: int | None,
        found: str,
        expected: str,
        hint: str,
        field: str | None = None,
    ) -> None:
        """Warn of what is odd about a record."""
        if self.left(code) <= 0:
            return
        self._shown[code] += 1
        self.findings.warn(
            code,
            line=self.lines + line + 1,
            byte_offset=self.start + offset,
            record=record,
            record_no=number,
            field=field,
            found=found,
            expected=expected,
            hint=hint,
        )
