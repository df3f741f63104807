"""Card numbers in a block of characters: the two forms that leave the parser, and nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.pans import protect_block
from tieout.references import Fingerprints, fingerprint_pan, mask_pan

KEY = b"a key of thirty-two bytes or so."
WIDTH = 19
NUMBERS = (
    *("4111111111111111", "5555555555554444", "4222222222222", " 411111111111111 "),
    *("12", "", "41111111x1111111", "6304000000000000000", "4111111111111111"),
)


def protect(numbers: list[str]) -> tuple[list[str | None], list[str | None]]:
    lengths = np.array([len(one) for one in numbers], dtype=np.int64)
    data = "".join(one[:WIDTH].ljust(WIDTH) for one in numbers).encode("ascii")
    cells = np.frombuffer(data, np.uint8).reshape(len(numbers), WIDTH)
    masked, fingerprints = protect_block(cells, lengths, Fingerprints(KEY))
    return masked.to_list(), fingerprints.to_list()


def forms(number: str) -> tuple[str | None, str | None]:
    pan = number.strip()
    if not (pan.isdigit() and 12 <= len(pan) <= WIDTH):
        return None, None
    return mask_pan(pan), fingerprint_pan(pan, KEY)


class TestBlocks:
    """Numbers of many records at once."""

    @pytest.mark.parametrize("numbers", [NUMBERS, NUMBERS * 20, NUMBERS[:1], NUMBERS[4:6]])
    def test_have_the_forms_of_the_references_module(self, numbers: tuple[str, ...]) -> None:
        masked, fingerprints = protect(list(numbers))

        assert list(zip(masked, fingerprints, strict=True)) == [forms(one) for one in numbers]

    @given(st.lists(st.text("0123456789", min_size=10, max_size=WIDTH), min_size=1, max_size=40))
    def test_of_any_length_have_them(self, numbers: list[str]) -> None:
        masked, fingerprints = protect(numbers)

        assert list(zip(masked, fingerprints, strict=True)) == [forms(one) for one in numbers]

    def test_that_go_on_behind_the_block_are_none(self) -> None:
        masked, fingerprints = protect(["4" * 25])

        assert (masked, fingerprints) == ([None], [None])
