"""Braintree JSON: places of objects, signs, disputes, what is booked, what is refused."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import ParsedFile, parse
from parsers.errors import Refused
from parsers.json_elements import read_elements


def sale(**changes: Any) -> dict[str, Any]:
    day = {"date": "2026-03-03", "amount": {"value": "12.50", "currencyCode": "EUR"}}
    return {
        "id": "a",
        "orderId": "PO-1",
        "createdAt": "2026-03-01T22:58:37.000000Z",
        "merchantAccountId": "m",
        "status": "SETTLED",
        "disbursementDetails": day,
        "amount": {"value": "12.50", "currencyCode": "EUR"},
    } | changes


def dispute(status: str, moved_on: str | None, won: str = "0.00") -> dict[str, Any]:
    return {
        "id": "d",
        "type": "CHARGEBACK",
        "status": status,
        "createdAt": "2026-03-02T02:02:11.000000Z",
        "transaction": {"id": "t", "orderId": "PO-2"},
        "amountDisputed": {"value": "5.35", "currencyCode": "USD"},
        "amountWon": {"value": won, "currencyCode": "USD"},
        "statusHistory": [{"disbursementDate": None}, {"disbursementDate": moved_on}],
    }


def read(*objects: dict[str, Any], indent: int | None = None) -> ParsedFile:
    return parse(json.dumps(list(objects), indent=indent).encode(), format="braintree_settlement")


class TestLines:
    """What one object becomes."""

    def test_points_at_its_bytes_however_it_is_indented(self) -> None:
        for indent in (None, 2):
            data = json.dumps([sale(), sale(id="b")], indent=indent).encode()

            frame = parse(data).frame

            for start, length in frame.select("byte_start", "byte_length").rows():
                assert json.loads(data[start : start + length])["orderId"] == "PO-1"

    def test_refunds_are_what_was_disbursed(self) -> None:
        back = {"date": "2026-03-03", "amount": {"value": "-4.00", "currencyCode": "EUR"}}
        refund = sale(refundedTransaction={"id": "x"}, disbursementDetails=back)
        refund["amount"] = {"value": "4.00", "currencyCode": "EUR"}

        line = read(refund).frame.row(0, named=True)

        assert (line["kind"], line["amount_minor"], line["batch_ref"]) == (
            "refund",
            -400,
            "2026-03-03",
        )

    def test_another_currency_keeps_the_amount_as_paid(self) -> None:
        line = read(sale(amount={"value": "1500", "currencyCode": "JPY"})).frame.row(0, named=True)

        assert (line["amount_minor"], line["original_amount_minor"]) == (1250, 1500)
        assert line["original_currency"] == "JPY"

    def test_money_that_has_not_moved_is_not_booked(self) -> None:
        held = sale()["disbursementDetails"] | {"fundsHeld": True}

        parsed = read(
            sale(disbursementDetails=None),
            sale(disbursementDetails=held),
            sale(status="SETTLING"),
            dispute("OPEN", None),
            dispute("LOST", "2026-03-04"),
        )

        assert parsed.frame["is_booked"].to_list() == [False, False, False, False, True]
        assert parsed.frame["amount_minor"].to_list()[3:] == [-535, -535]

    def test_a_won_dispute_gives_back_what_was_won(self) -> None:
        line = read(dispute("WON", "2026-03-05", won="5.35")).frame.row(0, named=True)

        assert (line["kind"], line["amount_minor"], line["is_reversal"]) == (
            "representment",
            535,
            True,
        )

    def test_a_disbursement_that_differs_is_a_warning(self) -> None:
        parsed = read(sale(amount={"value": "12.60", "currencyCode": "EUR"}))

        assert [one.code for one in parsed.warnings] == ["line_net_differs"]


class TestRefusals:
    """What cannot be read."""

    def test_amounts_that_are_numbers(self) -> None:
        parsed = read(sale(amount={"value": 12.50, "currencyCode": "EUR"}))

        assert [one.code for one in parsed.refusals] == ["amount_unreadable"]

    def test_objects_without_an_id(self) -> None:
        parsed = read(sale(), {"disbursementDetails": None})

        assert [one.code for one in parsed.refusals] == ["record_unreadable"]

    @pytest.mark.parametrize("cut", [1, 2, 40, 200])
    def test_files_that_were_cut(self, cut: int) -> None:
        data = json.dumps([sale(), sale()], indent=1).encode()

        parsed = parse(data[:-cut], format="braintree_settlement")

        assert [one.code for one in parsed.refusals] == ["file_cut_off"]

    @pytest.mark.parametrize("text", ['[{"a":1}x]', '{"a":1}{"b":2}', '[{"a":1},,{"b":2}]', "[{]}"])
    def test_what_stands_between_objects(self, text: str) -> None:
        with pytest.raises(Refused):
            list(read_elements(text.encode(), 1 << 20))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


class TestElements:
    """Objects out of any JSON."""

    @given(
        st.lists(st.dictionaries(st.text(), VALUES, max_size=3), max_size=5),
        st.sampled_from([None, 1]),
        st.booleans(),
        st.sampled_from([1, 20, 1 << 20]),
    )
    @settings(max_examples=60, deadline=None)
    def test_are_found_whatever_they_hold(
        self, objects: list[dict[str, Any]], indent: int | None, as_lines: bool, size: int
    ) -> None:
        text = json.dumps(objects, indent=indent, ensure_ascii=False)
        if as_lines and objects:
            text = "\r\n".join(json.dumps(one) for one in objects)

        pieces = list(read_elements(text.encode(), size))

        assert [json.loads(one) for piece in pieces for one in piece["text"]] == objects
