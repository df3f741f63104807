"""`tieout parse --out`: the lines of the accepted files in one Parquet file, in bounded memory."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tieout.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from parsers import Stream
    from tieout.config.feeds import ReferenceName, ReferenceRule


class Lines:
    """Takes the lines of one file after the other; those of refused files are dropped.

    Raises:
        UsageError: the place to write to does not take a file.
    """

    def __init__(self, out: Path | None) -> None:
        self._out = out
        self._kept: list[pl.LazyFrame] = []

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="tieout-parse-")
        return self

    def add(self, stream: "Stream", references: Mapping["ReferenceName", "ReferenceRule"]) -> None:
        """Read the file to its end, and keep its lines if it is accepted.

        `references` are those of the feed: which columns to fill out of others.
        """
        from tieout.frames.references import fill_references
        from tieout.frames.storage import FrameStore

        store = FrameStore(Path(self._folder.name))
        draft = store.draft(fill_references(one, references) for one in stream)
        if stream.outcome.accepted and self._out is not None:
            self._kept.append(store.scan(draft.keep()))
        draft.discard()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        with self._folder:
            if error is None and self._out is not None:
                self._write(self._out)

    def _write(self, out: Path) -> None:
        import polars as pl

        from tieout.frames.settlement import empty_lines

        try:
            pl.concat(self._kept or [empty_lines().lazy()]).sink_parquet(out)
        except OSError as error:
            raise UsageError(
                f"{out} cannot be written: {error}.", hint="Give a path in a folder that exists."
            ) from error
