"""Large IPM files in little time, for benchmarks: some 500 bytes a record, sixteen bitmaps.

Sixteen messages are written once; the rest are copies of them with other digits. Numbers in DE2
start like a public test card, have no check digit and belong to nobody.
"""

import numpy as np
import numpy.typing as npt

from tieout.simulator.writers.mastercard_ipm import (
    IpmFile,
    IpmMessage,
    framed,
    in_blocks,
    record,
)

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

FILE_ID = "0012603020000001234500101"
_CHIP = bytes.fromhex(
    "9f2608a1b2c3d4e5f607189f2701809f10120110a0000f040000000000000000000000ff9f3704deadbeef"
    "9f36020041950500000080009a032603019c01009f02060000000150005f2a02097882023900"
)
_OPTIONAL = (9, 38, 55, 94)
"""Elements that every second, fourth, ... message lacks: 2**4 bitmaps."""

_CARD, _AMOUNT, _ARN, _RRN = "0000000001", "000000000002", "00000000003", "000000000004"
_APPROVAL, _NUMBER, _FEE, _ACCEPTOR, _NAME = "000005", "00000006", "000000000007", "00008", "00009"


def bulk_ipm(count: int, *, encoding: str = "cp500", is_blocked: bool = True) -> bytes:
    """Return a file of `count` presentments in EUR, 2 March 2026, between header and trailer.

    Every card appears twice, and there are 2,000 acceptors.
    """
    header, trailer = _frame(count, encoding)
    rows = -(-count // SHAPES)
    templates = [record(_message(shape), encoding) for shape in range(SHAPES)]
    matrix = np.tile(np.frombuffer(b"".join(templates), np.uint8), (rows, 1))
    start, length = 0, 0
    for shape, template in enumerate(templates):
        sequence = np.arange(rows, dtype=np.int64) * SHAPES + shape
        for mark, values in _values(sequence).items():
            _fill(matrix[:, start : start + len(template)], template, mark, values, encoding)
        start += len(template)
        length += len(template) * len(sequence[sequence < count])
    stream = header + matrix.reshape(-1)[:length].tobytes() + trailer + bytes(4)
    return in_blocks(stream) if is_blocked else stream


SHAPES = 2 ** len(_OPTIONAL)


def _amounts(sequence: Numbers) -> Numbers:
    return 100 + sequence * 7919 % 90_000


def _values(sequence: Numbers) -> dict[str, Numbers]:
    """Return what replaces each mark of a template."""
    acceptor = sequence * 31 % 2000
    return {
        _CARD: sequence // 2 * 7 + 1000,
        _AMOUNT: _amounts(sequence),
        _ARN: sequence + 17,
        _RRN: sequence + 101,
        _APPROVAL: sequence * 13 % 1_000_000,
        _NUMBER: sequence + 2,
        _FEE: _amounts(sequence) // 100,
        _ACCEPTOR: acceptor,
        _NAME: acceptor,
    }


def _fill(part: Bytes, template: bytes, mark: str, values: Numbers, encoding: str) -> None:
    """Write the digits of `values` wherever the template has `mark`."""
    text = mark.encode(encoding)
    zero = "0".encode(encoding)[0]
    powers = 10 ** np.arange(len(mark) - 1, -1, -1, dtype=np.int64)
    digits = (values[:, None] // powers % 10 + zero).astype(np.uint8)
    at = template.find(text)
    while at >= 0:
        part[:, at : at + len(text)] = digits
        at = template.find(text, at + len(text))


def _frame(count: int, encoding: str) -> tuple[bytes, bytes]:
    total = int(_amounts(np.arange(count, dtype=np.int64)).sum())
    header, trailer = framed(IpmFile(FILE_ID, [], checksum=total, count=count + 2))
    trailer = IpmMessage("1644", {**trailer.elements, 71: f"{count + 2:08d}"}, trailer.private)
    return record(header, encoding), record(trailer, encoding)


def _message(shape: int) -> IpmMessage:
    elements: dict[int, str | bytes] = {
        2: f"555555{_CARD}",
        3: "200000" if shape == SHAPES - 1 else "000000",
        4: _AMOUNT,
        5: _AMOUNT,
        9: "61000000",
        12: "260301140509",
        22: "810S9081000S",
        24: "200",
        26: "5411",
        31: f"75123456060{_ARN}7",
        37: _RRN,
        38: _APPROVAL,
        40: "201",
        41: "TERM0001",
        42: f"MERCHANT  {_ACCEPTOR}",
        43: f"COFFEE HOUSE {_NAME}\\1 QUAY STREET\\ROTTERDAM\\3011 AA      NLD",
        49: "978",
        50: "978",
        55: _CHIP,
        63: " MCC123ABC0302  ",
        71: _NUMBER,
        94: "12345",
        100: "12345",
    }
    for place, number in enumerate(_OPTIONAL):
        if shape >> place & 1:
            del elements[number]
    return IpmMessage("1240", elements, _private())


def _private() -> dict[int, str]:
    return {
        2: "MCC",
        3: "MCC",
        146: f"000001978{_FEE}978{_FEE}",
        148: "9782",
        158: "MCC20100017526030201",
        159: f"{'512345':>011}{'NL00SIMULATED':0<28}MNL00000001 260302012603030" + "1",
        165: "M",
    }
