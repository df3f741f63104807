"""Typed references taken out of other text columns, as a feed's `[references]` say.

A bank writes the batch into the narrative; matching wants it in `batch_ref`. The rule is the
feed's configuration and holds for the nightly run and for `tieout parse --layout` alike.
"""

from collections.abc import Mapping

import polars as pl

from tieout.config.feeds import ReferenceName, ReferenceRule
from tieout.frames.settlement import validate_lines


def fill_references(
    lines: pl.DataFrame, rules: Mapping[ReferenceName, ReferenceRule]
) -> pl.DataFrame:
    """Return settlement lines with each named reference filled where its rule finds one.

    Args:
        lines: in the shape of SettlementLine.
        rules: name of the column to fill → where it is taken from.
    """
    found = [
        pl.coalesce(pl.col(rule.source).str.extract(rule.regex, 1), pl.col(name)).alias(name)
        for name, rule in sorted(rules.items())
    ]
    # The parser has validated its frame; only one that is changed here needs it again.
    return validate_lines(lines.with_columns(found)) if found else lines
