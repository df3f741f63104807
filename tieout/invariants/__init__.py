"""What must always be true of the money, one file for each; run after every batch and by hand.

Each invariant reads and returns what breaks it, in words with numbers; none writes anything.
"""

from tieout.invariants.checked import INVARIANTS, Result, run_all
from tieout.invariants.violation import Violation

__all__ = ["INVARIANTS", "Result", "Violation", "run_all"]
