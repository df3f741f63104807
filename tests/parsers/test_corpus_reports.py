"""Real reports of processors and older bank formats, against what an oracle found in them.

As `test_corpus`, with the figures that these formats have: per-currency sums of the whole file.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from parsers import ParsedFile
from tests.parsers.test_corpus import CORPUS, decimal, expected, parsed

Facts = dict[str, Any]

_OFXGO = "ofx/aclindsa__ofxgo/samples/valid_responses"
_FRACTIONS = (
    "made-up amounts, such as a credit of -995.4190396554627 USD, which nobody can pay; refused"
)
EXCEPTIONS: dict[str, str] = {
    f"{_OFXGO}/moneymrkt1_v103.ofx": _FRACTIONS,
    f"{_OFXGO}/moneymrkt1_v103_TYPE1.ofx": _FRACTIONS,
    f"{_OFXGO}/moneymrkt1_v203.ofx": _FRACTIONS,
    "ofx/jseutter__ofxparse/tests/fixtures/fidelity-savings.ofx": (
        "made unrecognisable by its publisher: a deposit of 115.8331 USD; refused and not rounded"
    ),
    "ofx/asgrim__ofxparser/tests/fixtures/ofxdata-banking-xml200.ofx": (
        "its publisher put *snipped* where amount and date of the only entry were; refused"
    ),
    "coda/wimverstuyf__php-coda-parser/tests/Samples/sample2.cod": (
        "anonymised: it closes another account, with 23154.685 EUR; a balance with a tenth of a "
        "cent is not known, a warning"
    ),
    "coda/wimverstuyf__php-coda-parser/tests/Samples/sample6.cod": (
        "hand-made: an amount of 767.823 EUR, which is refused and not rounded"
    ),
    "csb43/OCA__l10n-spain/l10n_es_account_statement_import_n43/tests/test.n43": (
        "the expectation is wrong: the closing sign is 0, neither debit nor credit, and it reads "
        "-101.96 where the entries make +101.96; not known, a warning"
    ),
    "ofx/annacruz__ofx/spec/fixtures/nd-amex-sample.ofx": (
        "the expectation is wrong: it has five of the sixteen balances; entries and their sum agree"
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


def adyen(result: ParsedFile, facts: Facts) -> Iterator[tuple[str, object, object]]:
    """Yield rows, and what each currency nets to over all batches, payouts included."""
    yield "rows", result.records, facts["n_lines"]
    for currency, net in facts["net_by_currency"].items():
        ours = sum(one.net_minor for one in result.statements if one.currency == currency)
        yield f"net {currency}", decimal(ours, currency), Decimal(net)


def paypal(result: ParsedFile, facts: Facts) -> Iterator[tuple[str, object, object]]:
    """Yield rows, and gross and fee of each currency with the file's own signs."""
    yield "rows", result.records, facts["n_body"]
    turned = pl.when(pl.col("kind") == "payout").then(-1).otherwise(1)
    sums = result.frame.group_by("currency").agg(
        (pl.col("amount_minor") * turned).sum(), pl.col("fee_minor").sum()
    )
    ours = {currency: (gross, fee) for currency, gross, fee in sums.iter_rows()}
    for currency, gross in facts["gross_minor_by_currency"].items():
        yield f"gross {currency}", ours[currency][0], gross
    for currency, fee in facts["fee_minor_by_currency"].items():
        yield f"fee {currency}", ours[currency][1], fee


def stripe(result: ParsedFile, facts: Facts) -> Iterator[tuple[str, object, object]]:
    """Yield the rows and sums of the whole file: each of the files has one currency."""
    yield "rows", result.records, facts["n_rows"] - 1
    currency = result.frame["currency"][0]
    for name in ("net", "fee"):
        ours = decimal(int(result.frame[f"{name}_minor"].sum()), currency)
        theirs = Decimal(facts[f"sum_{name}"])
        yield name, ours, -theirs if name == "fee" else theirs


def ofx(result: ParsedFile, facts: Facts) -> Iterator[tuple[str, object, object]]:
    """Yield entries, their signed sum over all currencies, and the ledger balances."""
    yield "entries", result.records, facts["n_stmttrn"]
    sums = result.frame.group_by("currency").agg(pl.col("amount_minor").sum()).iter_rows()
    ours = sum((decimal(minor, currency) or Decimal(0) for currency, minor in sums), Decimal(0))
    yield "sum", ours, Decimal(facts["sum_trnamt"])
    closings = [decimal(one.closing_minor, one.currency) for one in result.statements]
    theirs = [Decimal(one.replace(",", ".")) for one in facts["ledgerbal"]]
    yield "ledger balances", [one for one in closings if one is not None], theirs


def balances(result: ParsedFile, facts: Facts) -> Iterator[tuple[str, object, object]]:
    """Yield opening, closing, number of entries and, where the oracle has it, sum."""
    yield "statements", len(result.statements), len(facts["statements"])
    for ours, theirs in zip(result.statements, facts["statements"], strict=False):
        yield "opening", decimal(ours.opening_minor, ours.currency), Decimal(theirs["opening"])
        yield "closing", decimal(ours.closing_minor, ours.currency), Decimal(theirs["closing"])
        yield "entries", ours.entries, theirs.get("n21", theirs.get("n"))
        if "sum" in theirs:
            yield "sum", decimal(ours.net_minor, ours.currency), Decimal(theirs["sum"])


def checkout(result: ParsedFile, facts: Facts) -> Iterator[tuple[str, object, object]]:
    """Yield the rows and the net of the whole file: each of the files has one currency."""
    yield "rows", result.records, facts["n_rows"] - 1
    net = decimal(int(result.frame["net_minor"].sum()), result.frame["currency"][0])
    yield "net", net, Decimal(facts["sum_Net In Holding Currency"])


Figures = Callable[[ParsedFile, Facts], Iterator[tuple[str, object, object]]]
SELECTED: dict[str, tuple[str, Callable[[str, Facts], bool], Figures]] = {
    "adyen_settlement": (
        "psp-adyen/",
        lambda path, facts: facts.get("report") == "settlement_detail",
        adyen,
    ),
    "paypal_stl": ("psp-paypal/", lambda path, facts: "n_body" in facts, paypal),
    "stripe_payout": ("psp-stripe/", lambda path, facts: "sum_net" in facts, stripe),
    "ofx": ("ofx/", lambda path, facts: True, ofx),
    "cfonb120": ("cfonb120/", lambda path, facts: True, balances),
    "checkout": ("psp-checkout/", lambda path, facts: True, checkout),
    "csb43": ("csb43/", lambda path, facts: True, balances),
    "coda": ("coda/", lambda path, facts: True, balances),
}
"""Format → folder of the corpus, which of its files are of that format, and their figures."""


def selected(name: str, *categories: str) -> list[str]:
    folder, is_of_format, _ = SELECTED[name]
    return sorted(
        path
        for path, entry in expected().items()
        if path.startswith(folder)
        and entry["category"] in categories
        and is_of_format(path, entry.get("facts") or {})
    )


def differences(name: str, path: str) -> list[str]:
    """Return every figure of the file that is not the oracle's, in words."""
    result = parsed(path)
    if result.format != name:
        return [f"known as {result.format}"]
    if not result.accepted:
        return [f"refused: {result.refusals[0].code} {result.refusals[0].found}"]
    figures = SELECTED[name][2](result, expected()[path].get("facts") or {})
    return [f"{what} {ours}, not {theirs}" for what, ours, theirs in figures if ours != theirs]


@pytest.mark.parametrize("name", SELECTED)
class TestCorpusReports:
    """Files of the collection, by format."""

    def test_whole_files_are_exact(self, name: str) -> None:
        found = {path: differences(name, path) for path in selected(name, "ok")}

        wrong = {path: texts for path, texts in found.items() if texts and path not in EXCEPTIONS}

        assert wrong == {}
        assert len(found) > 0

    def test_malformed_files_are_noticed(self, name: str) -> None:
        paths = selected(name, "malformed")

        silent = [path for path in paths if not parsed(path).findings and path not in EXCEPTIONS]

        assert silent == []

    def test_no_file_meets_a_defect_of_ours(self, name: str) -> None:
        paths = selected(name, "ok", "malformed", "fragment")

        defects = [
            path
            for path in paths
            if any(one.code == "parser_defect" for one in parsed(path).findings)
        ]

        assert defects == []

    def test_exceptions_are_still_exceptions(self, name: str) -> None:
        paths = selected(name, "ok")

        gone = [path for path in paths if path in EXCEPTIONS and not differences(name, path)]

        assert gone == []
