"""What a fuzzer starts from: the fixtures of a format, its crashers, and the corpus if it is there.

Layouts come from the fixtures, too: an input of a format that needs one names it by its first byte.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent.parent / "fixtures"
CRASHERS = FIXTURES / "crashers"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
SEED_BYTES_MAX = 6 << 10
"""Larger files are left out: small ones show as much, and thousands of them fit into a second."""

_CORPUS_FOLDERS = {
    "adyen_settlement": "psp-adyen",
    "amazon_settlement": "psp-amazon",
    "braintree": "psp-braintree",
    "checkout": "psp-checkout",
    "delimited": "csv-generic",
    "dlocal_settlement": "psp-dlocal",
    "mastercard_ipm": "mastercard-ipm",
    "mastercard_t140": "mastercard-t140",
    "paypal_stl": "psp-paypal",
    "stripe_payout": "psp-stripe",
    "trustly": "psp-trustly",
    "visa_baseii": "visa-baseii",
    "worldpay": "psp-worldpay",
}
_BESIDE = (".json", ".toml", ".md")


@cache
def layouts(name: str) -> Sequence[Mapping[str, Any]]:
    """Return the layouts in the fixtures of a format, in the order of their names."""
    paths = sorted((FIXTURES / name).glob("*.layout.toml"))
    return tuple(tomllib.loads(path.read_text("utf-8"))["layout"] for path in paths)


def seeds(name: str, *, with_corpus: bool = False) -> Iterator[bytes]:
    """Yield inputs of a format; in one that needs a layout, each behind its layout's number."""
    known = sorted((FIXTURES / name).glob("*.layout.toml"))
    for path in _files(FIXTURES / name):
        layout = path.with_suffix(".layout.toml")
        number = bytes([known.index(layout)]) if known else b""
        yield number + path.read_bytes()
    yield from (path.read_bytes() for path in _files(CRASHERS / name))
    if with_corpus and not known:
        yield from (one.read_bytes() for one in _files(CORPUS / _CORPUS_FOLDERS.get(name, name)))


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in _BESIDE and path.stat().st_size <= SEED_BYTES_MAX:
            yield path
