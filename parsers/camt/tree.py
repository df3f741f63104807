"""Paths as a table: from a parent and the name of a child to the place of the child.

0 is a place that leads nowhere, 1 the place above the outermost element.
"""

from collections.abc import Iterable

NOWHERE, ROOT = 0, 1


class Tree:
    """Numbered places, fewer than `count`; those asked for by (owner, path) are in `places`."""

    root = ROOT

    def __init__(self) -> None:
        self.places: dict[tuple[str, str], int] = {}
        self._steps: dict[tuple[int, str], int] = {}
        self._loops: set[int] = set()
        self.count = 2

    def loop(self, place: int) -> None:
        """Let every name that is not known below `place` stay there: any depth is skipped."""
        self._loops.add(place)

    def link(self, parent: int, name: str, child: int) -> None:
        """Let `name` below `parent` lead to `child`."""
        self._steps[parent, name] = child

    def child(self, place: int, name: str) -> int:
        """Return where `name` below `place` leads."""
        return self._steps.get((place, name), place if place in self._loops else NOWHERE)

    def path(self, start: int, path: str) -> int:
        """Return the place where `path` leads from `start`, made where there is none yet."""
        for name in path.split("/"):
            known = self._steps.get((start, name))
            if known is None:
                known, self.count = self.count, self.count + 1
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
