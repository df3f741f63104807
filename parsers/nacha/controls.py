"""Controls of batches and of the file against the entries, a column of batches at a time."""

import polars as pl

from parsers.nacha import layout
from parsers.outcome import ControlTotal, Findings
from parsers.records import cut, whole_number

_HINT = "Fetch the file again; if it stays so, ask the sender."
_FIGURES = ("count", "hash", "debit", "credit")


def sum_entries(entries: pl.DataFrame, addenda: pl.DataFrame) -> pl.DataFrame:
    """Return per batch (statement_no): count of entries and addenda, hash, debit, credit."""
    wide = pl.col("amount").cast(pl.Int128)
    sums = entries.group_by("statement_no").agg(
        pl.len().cast(pl.Int64).alias("entries"),
        (pl.col("bank_no").cast(pl.Int128).sum() % layout.HASH_MODULUS).alias("hash"),
        wide.filter(~pl.col("is_credit")).sum().alias("debit"),
        wide.filter(pl.col("is_credit")).sum().alias("credit"),
    )
    more = addenda.group_by("statement_no").agg(pl.len().cast(pl.Int64).alias("addenda"))
    both = sums.join(more, on="statement_no", how="full", coalesce=True).fill_null(0)
    return both.with_columns((pl.col("entries") + pl.col("addenda")).alias("count")).sort(
        "statement_no"
    )


class Controls:
    """Compares what controls declare; a contradiction refuses the file, or warns if so told."""

    def __init__(self, findings: Findings, *, is_strict: bool) -> None:
        self.findings = findings
        self.differs = findings.refuse if is_strict else findings.warn
        self.totals: list[ControlTotal] = []
        self.wrong_batches: set[int] = set()

    def check_batches(
        self, records: pl.DataFrame, sums: pl.DataFrame, batches: pl.DataFrame
    ) -> None:
        """Compare each batch control with the entries above it and with its header."""
        controls = records.filter(pl.col("record") == "8").with_columns(cut(layout.BATCH_CONTROL))
        found = controls.join(sums, on="statement_no", how="left", suffix="_ours").join(
            batches.select("statement_no", "sec", "number"), on="statement_no", how="left"
        )
        is_advice = pl.col("sec").fill_null("") == layout.ADVICE
        found = found.with_columns(
            pl.when(is_advice).then("adv_debit").otherwise("debit").alias("debit"),
            pl.when(is_advice).then("adv_credit").otherwise("credit").alias("credit"),
        )
        ours = [pl.col(f"{name}_ours").fill_null(0) for name in _FIGURES]
        columns = [
            "statement_no",
            "text",
            "line",
            "byte_start",
            *_FIGURES,
            "number",
            "batch_number",
        ]
        for row in found.select(*columns, *ours).sort("line").iter_rows(named=True):
            name = f"batch {row['batch_number'].strip()}"
            for figure in _FIGURES:
                agrees = self._compare(
                    row, f"{figure} of {name}", row[figure], row[f"{figure}_ours"]
                )
                if not agrees:
                    self.wrong_batches.add(row["statement_no"])
            if row["number"] is not None and row["number"] != row["batch_number"]:
                self._differ(row, "batch number", row["batch_number"], row["number"])

    def check_file(self, records: pl.DataFrame, sums: pl.DataFrame, *, is_advice: bool) -> None:
        """Compare the file control with all batches."""
        controls = records.filter(pl.col("record") == "9").with_columns(cut(layout.FILE_CONTROL))
        debit, credit = ("adv_debit", "adv_credit") if is_advice else ("debit", "credit")
        batches = records.filter(pl.col("record") == "5").height
        for row in controls.iter_rows(named=True):
            self._compare(row, "batches of the file", row["batches"], batches)
            figures = {"count": "count", "hash": "hash", debit: "debit", credit: "credit"}
            for field, figure in figures.items():
                computed = int(sums[figure].sum() or 0)
                if figure == "hash":
                    computed %= layout.HASH_MODULUS
                self._compare(row, f"{figure} of the file", row[field], computed)
            self._check_blocks(row, records.height)

    def _check_blocks(self, row: dict[str, object], lines: int) -> None:
        blocks = -(-lines // layout.LINES_IN_BLOCK)
        declared = str(row["blocks"]).strip()
        if declared.isdigit() and int(declared) != blocks:
            self.findings.warn(
                "blocks_differ",
                line=row["line"],
                byte_offset=row["byte_start"],
                record="9",
                field="block count",
                found=f"declared {int(declared)}, computed {blocks}",
                expected="equal figures",
                hint="All other figures agree or are reported; blocks hold no money.",
            )

    def _compare(self, row: dict[str, object], name: str, declared: object, computed: int) -> bool:
        text = str(declared).strip()
        agrees = text.isascii() and text.isdigit() and int(text) == computed
        shown = str(int(text)) if text.isascii() and text.isdigit() else text
        self.totals.append(ControlTotal(name, shown, str(computed), agrees))
        if not agrees:
            self._differ(row, name, shown or "nothing", computed)
        return agrees

    def _differ(
        self, row: dict[str, object], name: str, declared: object, computed: object
    ) -> None:
        self.differs(
            "control_total_differs",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=str(row["text"])[:1],
            field=name,
            found=f"declared {declared}, computed {computed}",
            expected="equal figures",
            hint=_HINT,
        )


def check_frame(records: pl.DataFrame, findings: Findings) -> bool:
    """Refuse headers without their controls and the reverse; return whether the file is framed.

    A file with neither header nor control is an extract: it is read, with a warning.
    """
    kinds = records["record"]
    headers, controls = int((kinds == "1").sum()), int((kinds == "9").sum())
    opened, closed = int((kinds == "5").sum()), int((kinds == "8").sum())
    is_framed = headers + controls > 0
    add = findings.refuse if is_framed else findings.warn
    pairs = (
        (headers, 1, "header_missing", f"{headers} file headers"),
        (controls, 1, "trailer_missing", f"{controls} file controls"),
        (closed, opened, "trailer_missing", f"{closed} batch controls to {opened} batch headers"),
    )
    for number, wanted, code, found in pairs:
        if number != wanted:
            add(
                code,
                byte_offset=0,
                found=found,
                expected=str(wanted),
                hint="The file is cut off or only an extract: fetch it whole.",
            )
    if is_framed:
        order = "".join(kinds.to_list()) if records.height < 4 else kinds[0] + kinds[-1]
        if headers == controls == 1 and (order[0], order[-1]) != ("1", "9"):
            findings.refuse(
                "record_order",
                byte_offset=0,
                found=f"record {order[0]} first, record {order[-1]} last",
                expected="the file header first, the file control last",
                hint=_HINT,
            )
    return is_framed


def figures_of(text: pl.Expr) -> pl.Expr:
    """Return the whole number in a field, ignoring blanks around it."""
    return whole_number(text.str.strip_chars())
