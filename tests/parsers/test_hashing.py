"""Fingerprints in a compiled loop: the digits of the standard library, for any key and number."""

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.hashing import CompiledFingerprints
from tieout.errors import Permanent
from tieout.references import Fingerprints

KEY = b"a key of thirty-two bytes or so."


def expected(key: bytes, numbers: list[str]) -> str:
    return "".join(hmac.new(key, one.encode(), hashlib.sha256).hexdigest() for one in numbers)


class TestFingerprints:
    """Many numbers of one width."""

    @pytest.mark.parametrize("key", [KEY, b"k" * 16, b"k" * 64, b"k" * 65, b"k" * 200])
    def test_are_the_hmac_of_the_standard_library(self, key: bytes) -> None:
        numbers = [f"{411111 * 10**10 + one}" for one in range(200)]

        found = CompiledFingerprints(key).of_joined("".join(numbers).encode(), 16)

        assert found.decode() == expected(key, numbers)
        assert found == Fingerprints(key).of_joined("".join(numbers).encode(), 16)

    @given(
        st.binary(min_size=16, max_size=100),
        st.integers(12, 55),
        st.lists(st.integers(0, 10**12), max_size=130),
    )
    @settings(max_examples=40, deadline=None)
    def test_of_any_width_and_number_are(self, key: bytes, width: int, numbers: list[int]) -> None:
        texts = [f"{one:0{width}}"[-width:] for one in numbers]

        found = CompiledFingerprints(key).of_joined("".join(texts).encode(), width)

        assert found.decode() == expected(key, texts)

    def test_need_a_key_that_is_long_enough(self) -> None:
        with pytest.raises(Permanent):
            CompiledFingerprints(b"short")

    def test_of_other_numbers_are_still_made_one_by_one(self) -> None:
        found = CompiledFingerprints(KEY).of([b"4222222222222"])

        assert found == Fingerprints(KEY).of([b"4222222222222"])
