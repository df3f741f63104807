"""The frames of a result as Parquet files, some lines at a time, and the proof as JSON.

Words of which a table has few (outcomes, reasons, currencies, sentences) go into the file as they
are held, by their number; Polars would look each of them up again in a table of its own. In the
file every text is plain text, whoever reads it.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow import parquet

from matchers.engine import MatchResult
from tieout.frames.results import BreakFrame, MatchFrame, MemberFrame, OutcomeFrame

_FEW = (
    *("leg", "side", "currency", "outcome", "pass", "evidence_class", "break_reason"),
    *("status", "cardinality", "evidence", "reason"),
)
"""The columns whose values repeat."""


def write_result(result: MatchResult, folder: Path) -> None:
    """Write the four frames of `result` and its proof into `folder`; each file whole or not at all.

    The million lines of a slice are let go before the next are put together.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (
        _Table(folder, "outcomes", OutcomeFrame) as outcomes,
        _Table(folder, "members", MemberFrame) as members,
    ):
        for lines, of_matches in result.assembly.lines():
            outcomes.write(lines)
            members.write(of_matches)
    for name, schema, frame in (
        ("matches", MatchFrame, result.assembly.matches),
        ("breaks", BreakFrame, result.breaks),
    ):
        with _Table(folder, name, schema) as table:
            table.write(frame)
    proof = json.dumps(result.proof.as_json(), indent=2, ensure_ascii=False, sort_keys=True)
    folder.joinpath("proof.json").write_text(proof + "\n", encoding="utf-8")


class _Table:
    """A Parquet file that grows by slices and gets its name when it is whole."""

    def __init__(self, folder: Path, name: str, schema: Mapping[str, pl.DataType]) -> None:
        self._target = folder.joinpath(f"{name}.parquet")
        self._part = folder.joinpath(f"{name}.part")
        self._schema = schema

    def __enter__(self) -> "_Table":
        self._writer: parquet.ParquetWriter | None = None
        return self

    def write(self, frame: pl.DataFrame) -> None:
        """Add the rows of `frame` as one row group."""
        table = _as_arrow(frame)
        if self._writer is None:
            self._writer = parquet.ParquetWriter(
                self._part,
                table.schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=[name for name in self._schema if name in _FEW],
                column_encoding={
                    name: "DELTA_BINARY_PACKED" for name in self._schema if name.endswith("_minor")
                },
                write_statistics=False,
                store_schema=False,  # or readers would see our words as numbers of a dictionary
            )
        self._writer.write_table(table)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()
        if kind is None:
            self._part.replace(self._target)


def _as_arrow(frame: pl.DataFrame) -> pa.Table:
    """Return the same rows for the writer: texts as views, which need no copy.

    It cannot yet write words by their number if the words themselves are views. A Categorical knows
    every word that this process ever met, so the file gets only those that occur, in their order.
    """
    names = [name for name in frame.columns if name in _FEW]
    words = [
        column.cast(pl.Enum(column.unique().drop_nulls().cast(pl.String).sort()))
        if isinstance(column.dtype, pl.Categorical)
        else column
        for column in frame.select(names)
    ]
    few = pl.DataFrame(words).to_arrow(compat_level=pl.CompatLevel.oldest())
    rest = frame.drop(names).to_arrow(compat_level=pl.CompatLevel.newest())
    return pa.table({name: (few if name in names else rest).column(name) for name in frame.columns})
