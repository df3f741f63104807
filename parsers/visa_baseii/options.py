"""The options that a feed may set for BASE II, checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from tieout.errors import UsageError

_CHOICES = {
    "perspective": ("acquirer", "issuer"),
    "amount": ("source", "destination"),
    "allow_test": (False, True),
}
NAMES = frozenset(_CHOICES)


@dataclass(frozen=True, slots=True)
class Options:
    """Whose side is ours, which amount counts, and whether test files are read."""

    perspective: str
    amount: str
    allow_test: bool


def read_options(options: Mapping[str, object]) -> Options:
    """Return the options of a feed.

    Raises:
        UsageError: one of them is something else than the values it may have.
    """
    values = {}
    for name, allowed in _CHOICES.items():
        values[name] = options.get(name, allowed[0])
        if values[name] not in allowed:
            hint = " or ".join(str(one) for one in allowed)
            raise UsageError(f"Option {name} = {values[name]!r} is unknown.", hint=hint)
    return Options(**values)  # type: ignore[arg-type]
