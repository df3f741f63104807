"""Every processor's file of the collection, and the plain CSV ones read by a layout.

Named formats are compared with an oracle of their own (corpus_processors); files without a named
format are described by a `[layout]`, as a team would. Together with test_corpus_reports no file of
these folders is left out: the last test here counts.
"""

import gzip
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from parsers import ParsedFile, parse
from tests.parsers import corpus_processors as oracle
from tests.parsers.test_corpus import CORPUS, expected, parsed
from tests.parsers.test_corpus_reports import SELECTED, selected

NAMED: dict[str, tuple[str, Callable[..., oracle.Figures]]] = {
    "adyen_accounting": ("psp-adyen/", oracle.adyen_accounting),
    "amazon_settlement": ("psp-amazon/", oracle.amazon),
    "braintree_settlement": ("psp-braintree/", oracle.braintree),
    "dlocal_settlement": ("psp-dlocal/", oracle.dlocal),
    "trustly_funding": ("psp-trustly/", oracle.trustly),
    "worldpay_lynk": ("psp-worldpay/", oracle.lynk),
}
"""Format → folder of the collection, and the figures of its oracle."""

_GENERIC = (
    "csv-generic/OCA__bank-statement-import/account_statement_import_sheet_file/tests/fixtures/"
)
_PLAIN: dict[str, object] = {
    "date_format": "%m/%d/%Y",
    "thousands": ",",
    "kind": {"constant": "adjustment"},
}
_COLUMNS = {"business_date": "Date", "narrative": "Label", "account": "Bank Account"}
_SIGNED = {**_COLUMNS, "amount": "Amount"}
_DOLLARS = {"constants": {"currency": "USD"}}
_OWN_CURRENCY = {**_PLAIN, "columns": {**_SIGNED, "currency": "Currency"}}
_INSTANT = "%Y-%m-%dT%H:%M:%S.%f"
_GRAVY = {
    "amounts": "minor",
    "date_format": f"{_INSTANT}%z",
    "kind": {
        "column": "status",
        "values": {
            "capture_succeeded": "sale",
            "authorization_failed": "adjustment",
            "authorization_declined": "adjustment",
        },
    },
    "columns": {
        "record_id": "id",
        "amount": "captured_amount",
        "currency": "currency",
        "merchant_ref": "external_identifier",
        "business_date": "created_at",
        "event_at": "created_at",
    },
}
_CHARIOT = {
    "date_format": f"{_INSTANT}Z",
    "kind": {"column": "type", "values": {"donation": "sale", "payout": "payout"}},
    "columns": {
        "record_id": "gateway_txn_id",
        "amount": "settled_total_amount",
        "fee": "settled_fee_amount",
        "net": "settled_net_amount",
        "currency": "settled_currency",
        "business_date": "date",
        "batch_ref": "settlement_batch_reference",
    },
    "group_total": {"kind": "payout", "by": "batch_ref", "over": "net"},
}
LAYOUTS: dict[str, tuple[Mapping[str, object], str, str, str]] = {
    "psp-gravy/": (_GRAVY, "captured_amount", "currency", ""),
    "psp-chariot/": (_CHARIOT, "settled_net_amount", "settled_currency", ""),
    f"{_GENERIC}balance.csv": ({**_PLAIN, **_DOLLARS, "columns": _SIGNED}, "Amount", "", ","),
    f"{_GENERIC}debit_credit.csv": (
        {
            **_PLAIN,
            **_DOLLARS,
            "columns": _SIGNED,
            "sign": {"rule": "indicator", "column": "D/C", "credit": "C", "debit": "D"},
        },
        "Amount",
        "",
        ",",
    ),
    f"{_GENERIC}debit_credit_amount.csv": (
        {
            **_PLAIN,
            **_DOLLARS,
            "columns": _COLUMNS,
            "sign": {"rule": "two_columns", "credit": "Credit", "debit": "Debit"},
        },
        "Credit",
        "",
        ",",
    ),
    f"{_GENERIC}empty_statement_en.csv": (_OWN_CURRENCY, "Amount", "Currency", ","),
    f"{_GENERIC}sample_statement_en.csv": (_OWN_CURRENCY, "Amount", "Currency", ","),
    f"{_GENERIC}sample_statement_credit_card_inverse_sign_en.csv": (
        _OWN_CURRENCY,
        "Amount",
        "Currency",
        ",",
    ),
}
"""Beginning of a path → layout, column of money, column of currency, thousands separator."""

EXCEPTIONS = {
    f"{_GENERIC}debit_credit.csv": (
        "an amount with a minus sign beside a column that states the direction; refused"
    ),
    f"{_GENERIC}debit_credit_amount.csv": (
        "debits and credits with minus signs in columns of their own; refused"
    ),
}
"""Files that are not read, each with its reason."""

COMPRESSED = ("psp-ingenico/", "psp-adyen/OCA__", f"{_GENERIC}meta_data_separated")
"""Workbooks and gzip files: refused with the advice to unpack them, because byte ranges into an
archive point at nothing that anybody can read."""

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not (CORPUS / "EXPECTED.json").exists(),
        reason="the shared corpus is not beside this checkout (../shared/corpus)",
    ),
]


def files(name: str) -> list[str]:
    """Return the files of a named format, by folder and, for Adyen, by report."""
    folder, _ = NAMED[name]
    chosen = [one for one in expected() if one.startswith(folder) and one.count(".xlsx") == 0]
    if name != "adyen_accounting":
        return sorted(chosen)
    facts = {one: expected()[one].get("facts") or {} for one in chosen}
    return sorted(one for one in chosen if facts[one].get("report") == "payments_accounting")


def of_layout(start: str) -> list[str]:
    return sorted(one for one in expected() if one.startswith(start))


def read(start: str, path: str) -> ParsedFile:
    return parse((CORPUS / path).read_bytes(), layout=LAYOUTS[start][0])


def named_differences(name: str, path: str) -> Iterator[str]:
    """Yield every figure of a file of a named format that is not the oracle's, in words."""
    result = parsed(path)
    if (result.format, result.accepted) != (name, True):
        yield f"known as {result.format}, accepted {result.accepted}"
        return
    facts = expected()[path].get("facts") or {}
    for what, ours, theirs in NAMED[name][1](path, result, facts):
        if ours != theirs:
            yield f"{what} {ours}, not {theirs}"


def plain_differences(start: str, path: str) -> Iterator[str]:
    """Yield every figure of a file read by a layout that is not the oracle's, in words."""
    _, amount, currency, thousands = LAYOUTS[start]
    result = read(start, path)
    if not result.accepted:
        yield f"refused: {result.refusals[0].code}"
        return
    rows = oracle.table_of(path, first=oracle.rows_of(path)[0][0])
    if result.records != len(rows):
        yield f"{result.records} rows, not {len(rows)}"
    wanted = [row for row in rows if row.get("type") != "payout"]
    theirs = oracle.total(
        (row.get(currency, "USD"), row[amount].replace(thousands, "") or "0") for row in wanted
    )
    ours = oracle.sums(result, "net_minor" if "net" in amount else "amount_minor")
    scale = Decimal(100) if start == "psp-gravy/" else Decimal(1)
    for code, value in theirs.items():
        factor = Decimal(1) if code == "JPY" else scale
        if ours.get(code) != value / factor:
            yield f"{code} {ours.get(code)}, not {value / factor}"


@pytest.mark.parametrize("name", NAMED)
class TestNamedFormats:
    """Files of processors with a format of their own."""

    def test_are_known_and_exact(self, name: str) -> None:
        wrong = {path: list(named_differences(name, path)) for path in files(name)}

        assert {path: texts for path, texts in wrong.items() if texts} == {}
        assert wrong


@pytest.mark.parametrize("start", LAYOUTS)
class TestLayouts:
    """Plain CSV files, described and not programmed."""

    def test_rows_and_sums_are_exact(self, start: str) -> None:
        found = {path: list(plain_differences(start, path)) for path in of_layout(start)}

        wrong = {path: texts for path, texts in found.items() if texts}

        assert {path for path in found if path in EXCEPTIONS} == set(wrong)
        assert found

    def test_payouts_are_the_sum_of_their_rows(self, start: str) -> None:
        results = [read(start, path) for path in of_layout(start) if path not in EXCEPTIONS]

        assert all(one.agrees for result in results for one in result.control_totals)
        assert results or start in EXCEPTIONS


class TestWhatIsNotRead:
    """Malformed files, archives, and whether anything was left out."""

    def test_malformed_files_get_a_finding(self) -> None:
        silent = [
            path
            for start in LAYOUTS
            for path in of_layout(start)
            if expected()[path]["category"] == "malformed" and not read(start, path).findings
        ]

        assert silent == []

    def test_what_is_in_the_gzip_files_is_exact(self) -> None:
        found = {}

        for path in of_layout("psp-ingenico/"):
            data = gzip.decompress((CORPUS / path).read_bytes())
            result = parse(data)
            found[path] = list(oracle.ingenico(data, result))
            assert (result.format, result.warnings) == ("ingenico_wx", ())

        assert found
        assert [
            (path, one) for path, figures in found.items() for one in figures if one[1] != one[2]
        ] == []

    def test_archives_are_refused_with_advice(self) -> None:
        found = {
            path: [one.code for one in parsed(path).refusals]
            for start in COMPRESSED
            for path in of_layout(start)
        }

        assert {tuple(codes) for codes in found.values()} == {("compressed_file",)}

    def test_every_file_of_these_folders_is_in_a_test(self) -> None:
        tested: set[str] = {path for name in NAMED for path in files(name)}
        tested |= {path for start in (*LAYOUTS, *COMPRESSED) for path in of_layout(start)}
        tested |= {
            path for name in SELECTED for path in selected(name, "ok", "malformed", "fragment")
        }

        every: Any = {one for one in expected() if one.startswith(("psp-", "csv-generic/"))}

        assert sorted(every - tested) == []
