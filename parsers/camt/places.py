"""Line numbers of byte offsets, counted only for what a finding has to show."""

from parsers.contract import Data

_WINDOW = 1 << 20


class Places:
    """Counts on from the place asked for last: findings come mostly in the order of the file."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self._offset = 0
        self._line = 1

    def line(self, offset: int) -> int:
        """Return the line, from 1, in which the byte at `offset` stands."""
        if offset < self._offset:
            self._offset, self._line = 0, 1
        for start in range(self._offset, offset, _WINDOW):
            self._line += self.data[start : min(start + _WINDOW, offset)].count(b"\n")
        self._offset = max(offset, self._offset)
        return self._line

    def is_text(self, offset: int) -> bool:
        """Tell whether no markup begins at `offset`."""
        return self.data[offset : offset + 1] != b"<"
