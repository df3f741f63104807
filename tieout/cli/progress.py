"""Progress on a terminal: the step that the run has reached; silence in a pipe."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tieout.steps import listening


@contextmanager
def showing_steps(title: str, *, is_quiet: bool = False) -> Iterator[None]:
    """Show each step's name while the block runs."""
    if is_quiet or not sys.stderr.isatty():
        yield
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title)
        with listening(lambda name: progress.update(task, description=f"{title}: {name}")):
            yield
