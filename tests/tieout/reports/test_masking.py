"""No card number is shown whole, in whatever disguise it stands in a file."""

import pytest

from tieout.references import Arn
from tieout.reports.byte_view import BYTES_SHOWN_MAX, view_bytes
from tieout.reports.masking import mask_cards, mask_cards_in_text

CARDS = ("4111111111111111", "5555555555554444", "5105105105105100", "378282246310005")
VISA = CARDS[0]


class TestMaskingCards:
    """Bytes in, the same number of bytes out, with stars where a card number was."""

    @pytest.mark.parametrize("card", CARDS)
    def test_covers_a_card_between_commas(self, card: str) -> None:
        masked, covered = mask_cards(f"a,{card},9\n".encode())

        assert masked == f"a,{card[:6]}{'*' * (len(card) - 10)}{card[-4:]},9\n".encode()
        assert len(covered) == len(card) - 10

    @pytest.mark.parametrize("card", CARDS)
    def test_covers_an_ebcdic_card_inside_a_longer_run_of_digits(self, card: str) -> None:
        record = f"{len(card)}{card}000000000000012345".encode("cp500")

        masked, _ = mask_cards(record)

        middle = masked.replace(b"*", "*".encode("cp500")).decode("cp500")[8 : len(card) - 2]
        assert set(middle) == {"*"}
        assert len(masked) == len(record)

    def test_covers_a_card_of_no_known_scheme_after_its_length(self) -> None:
        masked, _ = mask_cards(b"169999999999999995000000012345678901")

        assert masked[8:14] == b"******"

    @pytest.mark.parametrize("gap", ["-", " ", "  "])
    def test_covers_a_card_written_in_groups(self, gap: str) -> None:
        masked = mask_cards_in_text(gap.join(("4111", "1111", "1111", "1111")))

        assert masked.count("*") == 6

    def test_covers_a_card_cut_by_the_padding_of_a_block(self) -> None:
        record = VISA[:9].encode("cp500") + b"\x40\x40" + VISA[9:].encode("cp500")

        _, covered = mask_cards(record)

        assert covered == {6, 7, 8, 11, 12, 13}

    def test_covers_a_card_in_utf_16(self) -> None:
        _, covered = mask_cards(f"card {VISA}".encode("utf-16-le"))

        assert covered >= {22, 24, 26, 28, 30, 32}

    def test_covers_a_packed_card(self) -> None:
        masked, _ = mask_cards(b"\x5a\x08" + bytes.fromhex(VISA) + b"\x9f\x00")

        assert bytes.fromhex(VISA) not in masked
        assert masked[2:5] == bytes.fromhex(VISA[:6])

    def test_keeps_an_acquirer_reference_number(self) -> None:
        arns = [str(Arn("74537604221222132710574")), "1234"]

        assert mask_cards_in_text(",".join(arns)) == ",".join(arns)

    def test_keeps_digits_with_a_wrong_check_digit(self) -> None:
        assert mask_cards_in_text("4111111111111112") == "4111111111111112"


class TestViewingBytes:
    """Text is shown as text, everything else as a dump; neither shows a card number."""

    def test_text_is_shown_as_text(self) -> None:
        view = view_bytes(b":61:2605\r\n:86:x\r\n", start=0, length=17)

        assert view.encoding == "ASCII"
        assert view.text == ":61:2605␍␊\n:86:x␍␊\n"

    def test_characters_that_do_not_show_are_written_out(self) -> None:
        view = view_bytes("a\u202eb\x1bc".encode(), start=0, length=7)

        assert view.text == "a\\u202eb\\x1bc"

    def test_ebcdic_is_shown_as_a_dump_with_both_covered(self) -> None:
        data = b"\x00\x00\x01\x00" + f"124016{VISA}000000000000010050".encode("cp500")

        view = view_bytes(data, start=1000, length=len(data))

        assert view.encoding == "EBCDIC"
        assert view.is_masked
        assert view.rows[0].offset == 1000
        text = "".join(row.text for row in view.rows)
        assert text.startswith("····12401641")
        assert VISA[6:-4] not in text
        assert "f1 f1 f1 f1 f1 f1" not in " ".join(row.hexadecimal for row in view.rows)

    def test_a_card_at_the_cut_is_covered(self) -> None:
        data = b"x" * (BYTES_SHOWN_MAX - 12) + VISA.encode() + b"y" * 100

        view = view_bytes(data, start=0, length=len(data))

        assert view.text.endswith("x411111******")
        assert view.bytes_left_out == 104

    def test_bytes_beyond_the_record_are_not_shown(self) -> None:
        view = view_bytes(b"mine|next", start=0, length=5)

        assert view.text == "mine|"
