"""Names made from content: the same thing has the same name on every machine and in every rerun."""

import base64
import hashlib


def case_id_of(cause: str) -> str:
    """Return the number of the case about `cause`: `C-` and twelve characters A–Z, 2–7.

    60 bits of the cause's SHA-256: among a million cases, two would collide once in two million.
    """
    digest = hashlib.sha256(cause.encode()).digest()
    return "C-" + base64.b32encode(digest)[:12].decode()
