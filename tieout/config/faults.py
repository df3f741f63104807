"""What a model found wrong, as sentences for people: none of the library's own words.

A fault names its place, what was found there, what was expected, and what was probably meant.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

_EXPECTED = {
    "dict_type": "a table",
    "mapping_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "list_type": "a list",
    "tuple_type": "a list",
    "frozen_set_type": "a list",
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_type": "a date, as 2026-03-02",
    "date_parsing": "a date, as 2026-03-02",
    "date_from_datetime_parsing": "a date, as 2026-03-02",
}


def suggest(found: object, known: Sequence[str]) -> str:
    """Return what was probably meant by a name that is not in the closed list `known`."""
    near = get_close_matches(str(found), known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"


def describe_fault(detail: Mapping[str, Any]) -> str:
    """Return what one error of pydantic says, without its place.

    Unknown keys are not described here: only their model knows what else there is.
    """
    kind, found, context = detail["type"], detail.get("input"), detail.get("ctx", {})
    if kind == "missing":
        return "is missing"
    if kind in ("enum", "literal_error"):
        return f"unknown {found!r}; {suggest(found, _quoted(context['expected']))}"
    if kind == "union_tag_invalid":
        known = _quoted(context["expected_tags"])
        return f"unknown {context['tag']!r}; {suggest(context['tag'], known)}"
    if kind == "union_tag_not_found":
        return f"key {context['discriminator']} is missing"
    if kind == "too_short":
        return f"expected at least {context['min_length']}, found {context['actual_length']}"
    if kind == "value_error":
        # Our own validators: they say what they found.
        return str(context["error"])
    message = str(detail["msg"]).replace("Input should be", "expected").replace("String", "text")
    expected = _EXPECTED.get(kind)
    return f"{f'expected {expected}' if expected else message}, found {_shown(found)}"


def join_faults(faults: Iterable[str]) -> str:
    """Return the faults as one text that ends once, whatever the last one ends with."""
    text = "; ".join(faults)
    return text if text.endswith(("?", ".")) else f"{text}."


def _quoted(text: str) -> list[str]:
    return re.findall(r"'([^']*)'", text)


def _shown(found: object) -> str:
    if isinstance(found, Mapping):
        return "a table"
    if isinstance(found, list | tuple):
        return "a list"
    return repr(found)
