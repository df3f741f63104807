"""Card numbers never in clear; acquirer reference numbers with their check digit; ids that sort."""

import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from tieout.references import (
    Arn,
    Fingerprints,
    ReferenceInvalid,
    fingerprint_pan,
    is_arn,
    is_pan,
    mask_pan,
)
from tieout.transactions.ids import uuid7_factory

PAN = "4111111111111111"
KEY = b"0123456789abcdef"


class TestPan:
    """What leaves a card number."""

    def test_mask_shows_six_and_four(self) -> None:
        assert mask_pan(PAN) == "411111******1111"

    @pytest.mark.parametrize("key", [KEY, KEY * 9, b"k" * 64])
    def test_fingerprint_is_the_hmac_of_the_standard_library(self, key: bytes) -> None:
        expected = hmac.new(key, PAN.encode(), hashlib.sha256).hexdigest()

        assert Fingerprints(key).of([PAN.encode()] * 2) == [expected, expected]
        assert fingerprint_pan(PAN, key) == expected

    def test_fingerprint_depends_on_number_and_key(self) -> None:
        first = fingerprint_pan(PAN, KEY)

        assert first == fingerprint_pan(PAN, KEY)
        assert first != fingerprint_pan("5555555555554444", KEY)
        assert first != fingerprint_pan(PAN, KEY[::-1])
        assert len(first) == 64

    def test_message_never_holds_the_number(self) -> None:
        with pytest.raises(ReferenceInvalid) as raised:
            mask_pan(PAN + "x")

        assert "411111" not in str(raised.value)

    def test_short_key_is_refused(self) -> None:
        with pytest.raises(ReferenceInvalid, match="at least 16"):
            fingerprint_pan(PAN, b"short")

    def test_check_digit_tells_a_card_number(self) -> None:
        assert is_pan(PAN)
        assert not is_pan("4111111111111112")


class TestArn:
    """23 digits and their check digit."""

    def test_builds_a_valid_number(self) -> None:
        arn = Arn.build(acquirer_bin="412345", on=date(2026, 3, 2), sequence=42)

        assert str(arn)[:22] == "7412345606100000000042"
        assert arn.acquirer_bin == "412345"
        assert is_arn(str(arn))

    def test_changed_digit_is_named(self) -> None:
        good = str(Arn.build(acquirer_bin="412345", on=date(2026, 3, 2), sequence=42))
        bad = good[:10] + str((int(good[10]) + 1) % 10) + good[11:]

        with pytest.raises(ReferenceInvalid, match="check digit is"):
            Arn(bad)

    def test_other_length_is_refused(self) -> None:
        with pytest.raises(ReferenceInvalid, match="not 23 digits"):
            Arn("123")


class TestIds:
    """UUIDv7 from a given clock and randomness."""

    def test_is_version_7_and_same_for_same_seed(self) -> None:
        clock = datetime(2026, 3, 2, tzinfo=UTC)

        ids = [uuid7_factory(lambda: clock, Random(7).getrandbits)() for _ in range(2)]

        assert ids[0] == ids[1]
        assert UUID(ids[0]).version == 7

    def test_strictly_increase_even_when_the_clock_goes_back(self) -> None:
        times = iter(datetime(2026, 3, 2, tzinfo=UTC) - timedelta(seconds=n) for n in range(1000))
        new_id = uuid7_factory(lambda: next(times), Random(7).getrandbits)

        ids = [new_id() for _ in range(1000)]

        assert ids == sorted(set(ids))
