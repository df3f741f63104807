"""Real files of many banks and tools: what an independent oracle found in them, we find too.

Runs where the shared corpus lies beside the checkout; figures are exact per file: number of
statements, openings, closings, entries and signed sums (IPM: messages and each one's money).
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from parsers import ParsedFile, Statement, parse
from tests.parsers import corpus_records
from tieout.money import exponent_of, format_minor

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
RECORD_FORMATS = {
    "bai2": corpus_records.bai2,
    "nacha": corpus_records.nacha,
    "visa-baseii": corpus_records.visa_baseii,
    "amex": corpus_records.amex,
    "mastercard-t140": corpus_records.mastercard_t140,
}
"""Folder of the corpus → comparison with the facts of its oracle."""

FORMATS = ("mastercard-ipm", "mt940", "camt", *RECORD_FORMATS)

EXCEPTIONS = {
    "mt940/tryton__mt940/mt940/MT940-optional.txt": "names no currency anywhere; refused",
    "mt940/dovadi__mt940/docs/MT940_voorbeeldbestanden_abnamro.txt": (
        "a lower-case mark `d` that the oracle skips; with it the statement foots"
    ),
    "bai2/moov-io__bai2/test/testdata/sample3.txt": (
        "the oracle counts lines; two details share theirs, and with them every trailer agrees"
    ),
    "bai2/moov-io__bai2/test/testdata/sample5-issue113.txt": (
        "its trailers declare 18 records and other sums than its masked details have; refused"
    ),
    "nacha/moov-io__ach/test/fuzz/testdata/fuzz/FuzzReaderWriterJSON/iat-nil-header.txt": (
        "JSON of a fuzz test, no NACHA file"
    ),
    "nacha/moov-io__ach/test/issues/testdata/issue1378/no_control.txt": (
        "a file header without a file control; refused"
    ),
    "nacha/moov-io__ach/test/testdata/moov-ids.ach": "declares another hash; refused",
    "nacha/moov-io__ach/test/testdata/nonascii-utf8.ach": (
        "its file control declares 1 entry or addenda, its batch control 13; refused"
    ),
    "nacha/moov-io__ach/test/testdata/nonascii.ach": (
        "its file control declares 1 entry or addenda, its batch control 13; refused"
    ),
    "nacha/moov-io__ach/test/testdata/return-no-batch-controls.ach": (
        "an extract whose second batch has no date at all; refused"
    ),
    "nacha/moov-io__ach/test/testdata/return-no-batch-header.ach": (
        "entries alone, without any date; refused"
    ),
    "visa-baseii/makafanpeter__visa-clearing-file-parser/metadata_transactions_lf.ctf": (
        "lines of a unit test: its trailer declares 5 TCRs, 3 are there; refused"
    ),
    "visa-baseii/makafanpeter__visa-clearing-file-parser/complete_transaction_workflow.ctf": (
        "lines of a unit test whose amounts and currencies are one digit repeated; refused"
    ),
    "amex/tomheady__Finance-AMEX-Transaction/t/data/AMEX/CBNOT sample test file.txt": (
        "a notice of chargebacks, no settlement; not read"
    ),
    "amex/tomheady__Finance-AMEX-Transaction/t/data/paxmex/dummy_cbnot_raw": (
        "a notice of chargebacks, no settlement; not read"
    ),
}
"""Files that are not exact, each with its reason."""

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not (CORPUS / "EXPECTED.json").exists(),
        reason="the shared corpus is not beside this checkout (../shared/corpus)",
    ),
]


@cache
def expected() -> dict[str, Any]:
    return dict(json.loads((CORPUS / "EXPECTED.json").read_text()))


@cache
def parsed(path: str) -> ParsedFile:
    return parse((CORPUS / path).read_bytes())


def paths(file_format: str, *categories: str) -> list[str]:
    return sorted(
        path
        for path, facts in expected().items()
        if path.startswith(f"{file_format}/")
        and (not categories or facts["category"] in categories)
    )


def decimal(minor: int | None, currency: str | None) -> Decimal | None:
    if minor is None or currency is None:
        return None
    return Decimal(format_minor(minor, currency, exponent=exponent_of(currency)))


def differences(path: str) -> list[str]:
    """Return every figure of the file that is not the oracle's, in words."""
    result, facts = parsed(path), expected()[path].get("facts") or {}
    if not result.accepted:
        return [f"refused: {result.refusals[0].code}"]
    if path.startswith("mastercard-ipm/"):
        return list(_ipm_differences(result, expected()[path]))
    compare = RECORD_FORMATS.get(path.partition("/")[0])
    if compare is not None:
        return list(compare(result, facts))
    statements = facts.get("statements", [])
    if len(statements) != len(result.statements):
        return [f"{len(result.statements)} statements, not {len(statements)}"]
    pairs = zip(statements, result.statements, strict=True)
    return [text for oracle, ours in pairs for text in _statement_differences(oracle, ours)]


def _statement_differences(oracle: dict[str, Any], ours: Statement) -> Iterator[str]:
    balances = oracle.get("balances", {})
    opening = oracle.get("opening") or (balances.get("OPBD") or balances.get("PRCD") or [None])[0]
    closing = oracle.get("closing") or (balances.get("CLBD") or [None])[0]
    figures = {
        "opening": (opening, decimal(ours.opening_minor, ours.currency)),
        "closing": (closing, decimal(ours.closing_minor, ours.currency)),
        "entries": (oracle.get("n_61", oracle.get("n_entries")), Decimal(ours.entries)),
        "net": (
            oracle.get("sum_61", oracle.get("sum_booked")),
            decimal(ours.net_minor, ours.currency) or Decimal(0),
        ),
    }
    for name, (theirs, own) in figures.items():
        if (None if theirs is None else Decimal(theirs)) != own:
            yield f"{name} {own}, not {theirs}"


def _ipm_differences(result: ParsedFile, entry: dict[str, Any]) -> Iterator[str]:
    facts, peer = entry.get("facts") or {}, entry.get("peer_test") or {}
    messages = facts.get("n_messages", peer.get("n_records"))
    if messages != result.records:
        yield f"{result.records} messages, not {messages}"
    columns = ("scheme_ref", "rrn", "exponent", "is_reversal")
    ours = [
        (abs(row["amount_minor"]), abs(row["fee_minor"] or 0), *(row[name] for name in columns))
        for row in result.frame.iter_rows(named=True)
    ]
    theirs = [
        (one["amount"], one["fee"], one["arn"], one["rrn"], one["exp"], one["reversal"])
        for one in facts.get("messages", [])
    ]
    if theirs and ours != theirs:
        yield "messages differ"


class TestCorpus:
    """Files of the collection, by category."""

    @pytest.mark.parametrize("file_format", FORMATS)
    def test_whole_files_are_exact(self, file_format: str) -> None:
        found = {path: differences(path) for path in paths(file_format, "ok")}

        wrong = {path: texts for path, texts in found.items() if texts and path not in EXCEPTIONS}

        assert wrong == {}
        assert len(found) > 0

    @pytest.mark.parametrize("file_format", FORMATS)
    def test_malformed_files_are_noticed(self, file_format: str) -> None:
        silent = [path for path in paths(file_format, "malformed") if not parsed(path).findings]

        assert silent == []

    @pytest.mark.parametrize("file_format", FORMATS)
    def test_no_file_meets_a_defect_of_ours(self, file_format: str) -> None:
        defects = [
            path
            for path in paths(file_format)
            if any(one.code == "parser_defect" for one in parsed(path).findings)
        ]

        assert defects == []

    def test_exceptions_are_still_exceptions(self) -> None:
        gone = [path for path in EXCEPTIONS if path in expected() and not differences(path)]

        assert gone == []
