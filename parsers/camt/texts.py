"""What stands between tags as text: references to characters replaced, spaces put in order."""

import re

import polars as pl

_NAMED = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-z]+));")


def unescape(text: str) -> str:
    """Return a text with its references to characters replaced, each once."""
    if text.count("&") == text.count("&amp;"):  # as in most files
        return text.replace("&amp;", "&")
    return _REFERENCE.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    if found[3]:
        return _NAMED.get(found[3], found[0])
    return chr(int(found[1], 16) if found[1] else int(found[2]))


def collapse(texts: pl.Series) -> pl.Series:
    """Return `texts` with every run of white space as one space."""
    odd = texts.str.contains(r"\s\s|[^\S ]")
    if not odd.any():
        return texts
    return texts.str.replace_all(r"\s+", " ")
