"""`tieout parse --out`: the lines of the accepted files in one Parquet file, in bounded memory."""

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tieout.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from parsers import ParsedFile
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

    def add(
        self,
        path: Path,
        references: Mapping["ReferenceName", "ReferenceRule"],
        **reading: Any,
    ) -> "ParsedFile":
        """Read a file to its end, and keep its lines if it is accepted.

        Args:
            path: the file as received.
            references: those of the feed: which columns to fill out of others.
            reading: the other arguments of `parsers.parse`.
        """
        import polars as pl

        from parsers.errors import Refused
        from parsers.scanning import scan
        from tieout.frames.references import fill_references

        told: list[ParsedFile] = []
        lines = scan(path, told=told.append, **reading)
        if references:
            lines = lines.map_batches(lambda one: fill_references(one, references), streamable=True)
        part = Path(self._folder.name) / f"{len(self._kept)}.parquet"
        with suppress(Refused):
            lines.sink_parquet(part, compression="zstd", compression_level=1)
        outcome = told[0]
        if outcome.accepted and self._out is not None:
            self._kept.append(pl.scan_parquet(part))
        return outcome

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
