"""The names of a feed's files: `clearing_{date:%Y%m%d}.ipm` and the date each of them carries.

A name that does not fit exactly is not a file of the feed. Whatever characters such a name is made
of, it goes nowhere.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime

from tieout.errors import UsageError

_PLACE = re.compile(r"\{date:([^{}]*)\}")
_DIGITS = {"%Y": 4, "%y": 2, "%m": 2, "%d": 2, "%j": 3}
_DIRECTIVE = re.compile(r"%.?")


@dataclass(frozen=True)
class NamePattern:
    """A file-name pattern with exactly one `{date:…}`, written as %Y %y %m %d %j and any text.

    Raises:
        UsageError: the pattern is not of this shape, or its date leaves the day open.
    """

    text: str

    def __post_init__(self) -> None:
        """Check the pattern when it is made, not on the first file."""
        self._parts()
        probe = date(2026, 11, 23)
        if self.find_date(self.name_for(probe)) != probe or "/" in self.text:
            raise self._wrong("it does not say exactly which day a file is of")

    def find_date(self, name: str) -> date | None:
        """Return the date in `name`, or None when `name` is not of this feed."""
        before, form, after = self._parts()
        digits = _DIRECTIVE.sub("\0", form)
        pieces = [re.escape(piece) for piece in digits.split("\0")]
        counts = [f"[0-9]{{{_DIGITS[found]}}}" for found in _DIRECTIVE.findall(form)]
        middle = pieces[0] + "".join(c + p for c, p in zip(counts, pieces[1:], strict=True))
        found = re.fullmatch(f"{re.escape(before)}({middle}){re.escape(after)}", name)
        if found is None:
            return None
        try:
            return datetime.strptime(found[1], form).date()  # noqa: DTZ007 - only the date is used
        except ValueError:  # digits in the right places that are no date, as 20261345
            return None

    def name_for(self, day: date) -> str:
        """Return the name of the file of `day`."""
        before, form, after = self._parts()
        return f"{before}{day.strftime(form)}{after}"

    def _parts(self) -> tuple[str, str, str]:
        parts = _PLACE.split(self.text)
        if len(parts) != 3:
            raise self._wrong("it needs {date:…} exactly once")
        unknown = [found for found in _DIRECTIVE.findall(parts[1]) if found not in _DIGITS]
        if unknown:
            raise self._wrong(f"it uses {unknown[0]!r}, known are {' '.join(_DIGITS)}")
        return parts[0], parts[1], parts[2]

    def _wrong(self, why: str) -> UsageError:
        return UsageError(
            f"The file-name pattern {self.text!r} cannot be used: {why}.",
            hint="Write for example clearing_{date:%Y%m%d}.ipm.",
        )
