"""Paths as a table: from the number of a parent and the number of a name to that of the child.

With it, the place of every tag of a file is found by looking up whole arrays, one level of depth at
a time. 0 is a place that leads nowhere, 1 the place above the outermost element.
"""

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import numpy.typing as npt

NOWHERE, ROOT = 0, 1


class Tree:
    """Numbered places; those that a caller asks for by (owner, path) are in `places`."""

    root = ROOT

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.places: dict[tuple[str, str], int] = {}
        self._steps: dict[tuple[int, int], int] = {}
        self._loops: set[int] = set()
        self._count = 2

    def loop(self, place: int) -> None:
        """Let every name that is not known below `place` stay there: any depth is skipped."""
        self._loops.add(place)

    def link(self, parent: int, name: str, child: int) -> None:
        """Let `name` below `parent` lead to `child`."""
        self._steps[parent, self._name(name)] = child

    def path(self, start: int, path: str) -> int:
        """Return the place where `path` leads from `start`, made where there is none yet."""
        for name in path.split("/"):
            known = self._steps.get((start, self._name(name)))
            if known is None:
                known, self._count = self._count, self._count + 1
                self.link(start, name, known)
            start = known
        return start

    def own(self, owner: str, start: int, paths: Iterable[str]) -> int:
        """Return the place of `owner`, to which all `paths` lead."""
        first, *others = paths
        place = self.path(start, first)
        for one in others:
            parent, _, name = one.rpartition("/")
            self.link(self.path(start, parent) if parent else start, name, place)
        self.places[owner, ""] = place
        return place

    def add(self, owner: str, start: int, paths: Iterable[str]) -> None:
        """Remember the places of `paths` below `owner`."""
        for one in paths:
            self.places[owner, one] = self.path(start, one)

    @cached_property
    def table(self) -> npt.NDArray[np.int16]:
        """The child of each place (row) by the number of a name (column; 0 is any other name)."""
        table = np.zeros((self._count, len(self.names) + 1), dtype=np.int16)
        for place in self._loops:
            table[place] = place
        for (parent, name), child in self._steps.items():
            table[parent, name] = child
        return table

    def _name(self, name: str) -> int:
        return self.names.setdefault(name, len(self.names) + 1)
