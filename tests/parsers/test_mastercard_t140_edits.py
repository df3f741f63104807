"""T140: a report that is cut off, or in which a digit has changed, does not pass in silence."""

import re
from pathlib import Path

from parsers import parse

FIXTURE = Path(__file__).parent.parent / "fixtures" / "mastercard_t140" / "ordinary_day.t140"
END = b"***END OF REPORT***"
_FIGURE = re.compile(rb"(?<![\d/:A-Z-])[\d,]+(\.\d+)?(?= +(?:DR|CR|\d{3} ?-))|(?<= BB ) +\d+")


class TestCuts:
    """A report that stops too early."""

    def test_are_noticed_after_every_line_and_within_the_last_ones(self) -> None:
        data = FIXTURE.read_bytes()
        end = data.index(END) + len(END)
        places = [found.end() for found in re.finditer(b"\n", data[:end])]
        places += range(end - 160, end, 3)

        silent = [place for place in places if not parse(data[:place]).findings]

        assert silent == []


class TestDigits:
    """One digit changed on the way."""

    def test_of_every_amount_and_count_is_noticed(self) -> None:
        data = FIXTURE.read_bytes()
        places = [
            place
            for found in _FIGURE.finditer(data)
            for place in range(found.start(), found.end())
            if data[place : place + 1].isdigit()
        ]
        silent = []

        for place in places:
            digit = b"%d" % ((data[place] - ord("0") + 1 + place % 9) % 10)
            edited = data[:place] + digit + data[place + 1 :]
            if not parse(edited).findings:
                silent.append(place)

        assert len(places) > 60
        assert silent == []
