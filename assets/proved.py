"""A run takes effect only when every proof of our own arithmetic closes."""

from collections.abc import Sequence

from tieout.errors import ProofFailed
from tieout.store.proofs import ProofRow


class RunNotProved(ProofFailed):
    """Some proofs of a run do not close; `rows` are all that were made."""

    def __init__(self, rows: Sequence[ProofRow]) -> None:
        first, *others = [row for row in rows if row.fails_run]
        more = f" {len(others)} more do not close either." if others else ""
        super().__init__(
            f"The proof {first.proof.value} of {first.leg} on {first.business_date} does not close "
            f"({first.name}, {first.currency}): {first.count_in} and {first.count_out} counted, "
            f"{first.sum_in_minor} and {first.sum_out_minor} minor units. {first.detail}{more}",
            hint="Nothing of this run is in force. `tieout proofs --date "
            f"{first.business_date}` shows every figure; keep the workspace as it is and report "
            "it.",
        )
        self.rows = rows


def require_proved(rows: Sequence[ProofRow]) -> None:
    """Raise RunNotProved when a proof of our own arithmetic does not close."""
    if any(row.fails_run for row in rows):
        raise RunNotProved(rows)
