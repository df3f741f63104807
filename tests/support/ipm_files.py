"""IPM files for tests, written with somebody else's encoder (cardutil).

So a mistake in our own reading cannot hide behind the same one in the writing.
"""

import io
from collections.abc import Sequence
from datetime import datetime

from cardutil.mciipm import IpmWriter

Message = dict[str, object]
FILE_ID = "0012603020000001234500101"
CARD = "5555555555554444"


def presentment(amount: int, **changes: object) -> Message:
    """Return a first presentment of 2 March 2026 in EUR, with `changes` to its elements."""
    return {
        "MTI": "1240",
        "DE2": CARD,
        "DE3": "000000",
        "DE4": amount,
        "DE5": amount,
        "DE12": datetime(2026, 3, 1, 14, 5, 9),  # noqa: DTZ001 - local time is what DE12 holds
        "DE24": "200",
        "DE26": 5411,
        "DE31": "75123456060000000000017",
        "DE37": "000000000101",
        "DE38": "A1B2C3",
        "DE42": "MERCHANT0000001",
        "DE43": "CAFÉ ÉTOILE!\\1 QUAY\\PARIS\\75001        FRA",
        "DE49": "978",
        "DE50": "978",
        "DE63": " MCC000017      ",
        "PDS0148": "9782",
        "PDS0158": "MCC20100017526030201",
        "PDS0159": f"{'12345':>011}{'ACCOUNT':<28}M{'0000000001'} 260302012603030",
    } | changes


def refund(amount: int, **changes: object) -> Message:
    """Return a credit presentment."""
    return presentment(amount, DE3="200000", **changes)


def chargeback(amount: int, **changes: object) -> Message:
    """Return a first chargeback."""
    return presentment(amount, MTI="1442", DE24="450", DE25="4837", **changes)


def framed(
    messages: Sequence[Message],
    *,
    file_id: str = FILE_ID,
    checksum: int | None = None,
    count: int | None = None,
    mode: str = "P",
) -> list[Message]:
    """Return the messages between a header and a trailer that tell the truth unless told else."""
    header: Message = {"MTI": "1644", "DE24": "697", "PDS0105": file_id, "PDS0122": mode}
    total = sum(one for message in messages if isinstance(one := message["DE4"], int))
    trailer: Message = {
        "MTI": "1644",
        "DE24": "695",
        "PDS0105": file_id,
        "PDS0301": f"{total if checksum is None else checksum:016d}",
        "PDS0306": f"{len(messages) + 2 if count is None else count:08d}",
    }
    return [
        {**message, "DE71": number}
        for number, message in enumerate([header, *messages, trailer], start=1)
    ]


def write_ipm(
    messages: Sequence[Message], *, encoding: str = "cp500", blocked: bool = True
) -> bytes:
    """Return the bytes of a file."""
    out = io.BytesIO()
    with IpmWriter(out, encoding=encoding, blocked=blocked) as writer:
        for message in messages:
            writer.write(dict(message))
    return out.getvalue()
