"""What stands between tags as text: references to characters replaced, spaces put in order."""

import re

import polars as pl

_NAMED = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-z]+));")


def unescape(text: str) -> str:
    """Return a text with its references to characters replaced, each once."""
    return _REFERENCE.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    if found[3]:
        return _NAMED.get(found[3], found[0])
    return chr(int(found[1], 16) if found[1] else int(found[2]))


def unescape_column(texts: pl.Series) -> pl.Series:
    """Return `texts` with references replaced; only rows that hold an ampersand are touched."""
    held = texts.str.contains("&", literal=True)
    if not held.any():
        return texts
    named = texts.str.replace_many([f"&{one};" for one in _NAMED], list(_NAMED.values()))
    numbered = texts.str.contains("&#", literal=True)
    if not numbered.any():
        return named
    odd = texts.filter(numbered).unique(maintain_order=True).to_list()
    replaced = texts.replace(odd, [unescape(one) for one in odd])
    return named.zip_with(~numbered.fill_null(False), replaced)


def collapse(texts: pl.Series) -> pl.Series:
    """Return `texts` with every run of white space as one space."""
    odd = texts.str.contains(r"\s\s|[^\S ]")
    if not odd.any():
        return texts
    return texts.str.replace_all(r"\s+", " ")
