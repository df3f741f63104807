"""What the matcher proved about one leg on one date, as rows to keep, and the result's digest."""

import hashlib
from datetime import date
from functools import partial

import polars as pl

from matchers import MatchResult
from tieout.store.proofs import Proof, ProofRow

_SLICE = 250_000
_SAID = (
    *("match_id", "pass", "evidence_class", "status", "cardinality", "currency"),
    *("left_minor", "right_minor", "residual_minor"),
)
_MEMBERS = ("match_id", "side", "record_id", "allocated_minor")


def proofs_of_result(
    reconciliation: str, leg: str, business_date: date, result: MatchResult
) -> list[ProofRow]:
    """Return what the matcher proved per side, pass and currency, and the digest of its matches."""
    row = partial(ProofRow, business_date, leg, reconciliation=reconciliation)
    sums = [
        pl.col(name).cast(pl.Int128).sum().cast(pl.Int64)
        for name in ("lines_in", "lines_out", "minor_in", "minor_out")
    ]
    files = result.proof.files.group_by("side", "currency").agg(*sums, files=pl.len())
    conserved = [
        row(
            Proof.CONSERVATION,
            f"nothing lost, {side} side",
            currency,
            lines_in,
            lines_out,
            minor_in,
            minor_out,
            holds=lines_in == lines_out and minor_in == minor_out,
            detail=f"{count} files",
        )
        for side, currency, lines_in, lines_out, minor_in, minor_out, count in files.sort(
            "side", "currency"
        ).iter_rows()  # sides and currencies, not lines
    ]
    spent = [
        row(
            Proof.TOLERANCE,
            tolerance_name(code),
            currency,
            uses,
            uses,
            minor,
            minor,
            detail="no limit" if limit is None else f"limit {limit}",
        )
        for code, currency, uses, minor, limit in result.proof.tolerance.select(
            "pass", "currency", "uses", "spent_minor", "limit_minor"
        ).iter_rows()  # passes and currencies, not lines
    ]
    notes = [row(Proof.NOTE, "not tried", detail=note) for note in result.proof.notes]
    count, digest = result.matches.height, digest_of(result.matches, result.members)
    return [
        *conserved,
        *spent,
        *notes,
        row(Proof.DETERMINISM, COMPUTED, count_in=count, count_out=count, detail=digest),
    ]


COMPUTED = "digest of the matches"
"""Name of the row that keeps the digest of a result as it was computed."""


def tolerance_name(pass_code: str) -> str:
    """Return the name of the row that says what a pass absorbed."""
    return f"tolerance spent, {pass_code}"


def digest_of(matches: pl.DataFrame, members: pl.DataFrame) -> str:
    """Return the SHA-256 of the matches and their lines in one order, as text.

    Not of Parquet's bytes: another version of the library may write the same table otherwise.
    """
    digest = hashlib.sha256()
    for frame, columns, order in (
        (matches, _SAID, ["match_id"]),
        (members, _MEMBERS, ["match_id", "side", "record_id"]),
    ):
        for part in frame.select(columns).sort(order).iter_slices(_SLICE):
            digest.update(part.write_csv(include_header=False).encode())
    return digest.hexdigest()
