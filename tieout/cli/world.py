"""The simulated world behind `tieout demo`: played once, its files served, its nights run.

What the acquirer did is kept in `<home>/simulation`: the files on its server, the manifest of what
it planted. A world that was interrupted is begun again from nothing; a finished one is only run
again, and then nothing may change.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl

from tieout.cli.run import run_date
from tieout.cli.summary import DaySummary
from tieout.config import load_workspace
from tieout.errors import UsageError
from tieout.frames.storage import FrameStore
from tieout.reports.outcomes import load_outcomes
from tieout.simulator.play import AcquirerSimulator
from tieout.simulator.verify import Verification, compare
from tieout.simulator.workspace import write_workspace
from tieout.simulator.world import World
from tieout.store.engine import Database
