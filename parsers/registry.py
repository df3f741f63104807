"""Format name → parser. One entry per folder; the order is the order in which bytes are asked."""

from collections.abc import Mapping
from types import MappingProxyType

from parsers import camt, delimited, mastercard_ipm, mt940
from parsers.contract import Format

FORMATS: Mapping[str, Format] = MappingProxyType(
    {one.name: one for one in (mastercard_ipm.FORMAT, camt.FORMAT, mt940.FORMAT, delimited.FORMAT)}
)
"""Every format by name, the most specific first."""
