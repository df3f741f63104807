"""Made-up clearing files of the two card schemes for `tieout bench parse`.

Every message differs in amount and references, two of three in the card (numbers that run on from
those which schemes publish for tests); optional elements come and go so that an IPM file has
sixteen bitmaps, as files of a real day do. Trailers tell the truth.
"""

import re
import struct
from datetime import datetime

from cardutil.iso8583 import dumps

from tieout.references import luhn_digit

_TOWNS = ("GALWAY", "PARIS", "LUZERN", "GRAZ", "UTRECHT", "PORTO", "TURIN")
_CHIP = bytes.fromhex("9f2608a1b2c3d4e5f607189f2701809f10120110a00003220000000000000000000000ff")
_FILE_ID = "0012603020000001234500101"
_BLOCK = 1012
_PAD = b"\x40"
_BATCH = 1_000

# Digits that stand for what differs from message to message; none of them occurs otherwise.
_AMOUNT, _ARN = "987600000001", "98760000000000000000002"
_RRN, _NUMBER, _CARD = "987600000003", "98760004", "9876000000000005"
_VARIABLE = tuple(one.encode("cp500") for one in (_AMOUNT, _ARN, _RRN, _NUMBER, _CARD))


def write_ipm(records: int) -> bytes:
    """Return an IPM file of `records` presentments: EBCDIC, 1014-blocked, about 480 bytes each."""
    templates = [_pieces(form) for form in range(16)]
    messages = [_edge("697", {"PDS0122": "P"}, 1)]
    total = 0
    for number in range(records):
        total += _amount(number)
        texts = [f"{_amount(number):012d}", _arn("7512345", number)]
        texts += [f"{600_000_000_000 + number}", f"{number + 2:08d}", _card("555555", number)]
        values = [one.encode("cp500") for one in texts]
        pieces = templates[number % len(templates)]
        messages.append(b"".join(one if isinstance(one, bytes) else values[one] for one in pieces))
    controls = {"PDS0301": f"{total:016d}", "PDS0306": f"{records + 2:08d}"}
    messages.append(_edge("695", controls, records + 2))
    stream = b"".join(struct.pack(">i", len(one)) + one for one in messages) + bytes(4)
    blocks = (stream[at : at + _BLOCK] for at in range(0, len(stream), _BLOCK))
    return b"".join(one.ljust(_BLOCK, _PAD) + 2 * _PAD for one in blocks)


def _amount(number: int) -> int:
    return 100 + number * 37 % 250_000


def _arn(start: str, number: int) -> str:
    digits = f"{start}6060{number:011d}"
    return digits + luhn_digit(digits)


def _card(start: str, number: int) -> str:
    digits = f"{start}{number * 2 // 3:09d}"
    return digits + luhn_digit(digits)


def _edge(function: str, controls: dict[str, str], number: int) -> bytes:
    message = {"MTI": "1644", "DE24": function, "DE71": number, "PDS0105": _FILE_ID}
    return bytes(dumps(message | controls, encoding="cp500"))


def _pieces(form: int) -> list[bytes | int]:
    """Return a message in EBCDIC, cut where a value goes: bytes, or the number of the value."""
    town = _TOWNS[form % len(_TOWNS)]
    message: dict[str, object] = {
        "MTI": "1240",
        "DE2": _CARD,
        "DE3": "200000" if form == 15 else "000000",
        "DE4": int(_AMOUNT),
        "DE5": int(_AMOUNT),
        "DE9": 61_000_000,
        "DE12": datetime(2026, 3, 1, 14, form, 9),  # noqa: DTZ001 - local time is what DE12 holds
        "DE22": "810S9081000S",
        "DE24": "200",
        "DE26": 5411 + form,
        "DE31": _ARN,
        "DE33": "12345",
        "DE37": _RRN,
        "DE40": "201",
        "DE41": f"TERM{form:04d}",
        "DE42": f"MERCHANT{form:07d}",
        "DE43": f"CORNER SHOP {form}\\1 QUAY STREET\\{town}\\{'75001':<10}   FRA",
        "DE49": "978",
        "DE50": "978",
        "DE63": " MCC0000170301  ",
        "DE71": int(_NUMBER),
        "DE93": "12345",
        "DE94": "12345",
        "DE100": "12345",
        "PDS0002": "MCC",
        "PDS0003": "MCC",
        "PDS0023": "CT6",
        "PDS0052": "210",
        "PDS0146": "000201978000000000012978000000000012",
        "PDS0148": "9782",
        "PDS0158": "MCC20100017526030201",
        "PDS0159": f"{'12345':>011}{'DE00SIMULATED':0<28}M{'0000000001'} 260302012603030",
        "PDS0165": "M",
    }
    optional = {"DE38": "A1B2C3", "DE55": _CHIP, "DE23": "001", "DE95": "0000000001"}
    message |= {name: optional[name] for bit, name in enumerate(optional) if form >> bit & 1}
    return _cut_out(bytes(dumps(message, encoding="cp500")))


def _cut_out(message: bytes) -> list[bytes | int]:
    pieces = re.split(b"(" + b"|".join(re.escape(one) for one in _VARIABLE) + b")", message)
    return [_VARIABLE.index(one) if one in _VARIABLE else one for one in pieces]


def write_visa(records: int) -> bytes:
    """Return a CTF of `records` drafts with TCR 0, 1 and 5, in batches of 1,000."""
    lines = [_placed("90", {3: "48369626061", 77: "001"})]
    batches = 0
    for start in range(0, records, _BATCH):
        numbers = range(start, min(start + _BATCH, records))
        lines += [line for number in numbers for line in _draft(number)]
        batches += 1
        source = sum(map(_amount, numbers))
        size = len(numbers)
        lines.append(_trailer("91", batches, source, drafts=size, tcrs=3 * size + 1, all=size + 1))
    source = sum(map(_amount, range(records)))
    lines.append(
        _trailer("92", batches, source, drafts=records, tcrs=len(lines), all=records + batches + 1)
    )
    return "".join(one + "\r\n" for one in lines).encode("ascii")


def _draft(number: int) -> tuple[str, str, str]:
    town = _TOWNS[number % len(_TOWNS)]
    head = (
        f"0500{_card('411111', number)}000   {_arn('7483696', number)}{'':8}0301{'0' * 12}840"
        f"{_amount(number):012d}978{'CORNER SHOP':<25}{town:<13}FR {'':14}1{'':4}A1B2C3{'':6}60610"
    )
    second = f"0501{'':76}MERCHANT{number % 900:07d}{'':37}ORDER-{number:019d}{'':11}"
    third = f"0505306061{number:09d}{'':72}{'0' * 15}C{'':61}"
    return head, second, third


def _trailer(code: str, batches: int, source: int, *, drafts: int, tcrs: int, all: int) -> str:
    """Return a trailer; `tcrs` and `all` (transactions) count it as well."""
    counts = f"{0:015d}{drafts:012d}{batches:06d}{tcrs:012d}"
    fields = {5: f"48369626061{counts}", 75: f"{all:09d}", 102: f"{source:015d}"}
    return _placed(code, fields)


def _placed(code: str, fields: dict[int, str]) -> str:
    record = ""
    for first, text in sorted({1: code, **fields}.items()):
        record = record.ljust(first - 1) + text
    return record.ljust(168)
