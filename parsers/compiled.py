"""Loops over bytes as machine code, for formats whose columns take too many passes in NumPy.

numba compiles such a loop at its first call and keeps the result in a folder beside the module or
in the user's cache; later processes load it in a few milliseconds (docs/decisions/0012). Places in
arrays are checked as in Python: a mistake of ours is an IndexError, never other memory.

Modules with such loops are imported where a file is read, not at the top: numba takes a quarter of
a second, and most commands read no such file.
"""

import importlib
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

_NUMBA: Any = importlib.import_module("numba")


def compiled(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Return a function as machine code; it may call other compiled functions of its module.

    Arrays are made by the caller and only read or written here: without any to make, numba counts
    no references, which would take longer than all the rest (nrt). The kept code follows the file
    that a function stands in, so it may call nothing compiled of another module.
    """
    options = {"nogil": True, "boundscheck": True, "_nrt": False}
    try:
        made = _NUMBA.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder where the result could be kept: compile in every process
        made = _NUMBA.njit(**options)(function)
    return cast(Callable[_Arguments, _Result], made)
