"""Facts from files, applied to the transaction core a whole frame at a time.

The same table and the same rules as for one payment (`tieout.transactions`), with Polars doing for
a hundred thousand presentments what `decide_fact` does for one; what does not fit the simple case
goes through `decide_fact` itself, row by row.
"""

from tieout.settlement.apply import AppliedFacts, apply_facts
from tieout.settlement.facts import FACT_SCHEMA

__all__ = ["FACT_SCHEMA", "AppliedFacts", "apply_facts"]
