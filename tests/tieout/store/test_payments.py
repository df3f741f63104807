"""What a payment service must hold: nothing twice, nothing lost, nothing against the state."""

import threading
from datetime import date

import pytest
from sqlalchemy import func, select

from tests.tieout.store.scripted import Clock, ScriptedProvider, order, service_on
from tieout.money import Money
from tieout.store.audit import find_break_in_chain
from tieout.store.engine import Database
from tieout.store.payments import CommandRefused, PaymentService, read_presentments
from tieout.store.tables.core import event, outbox, payment, posting
from tieout.transactions.model import PresentmentState, Summary
from tieout.transactions.provider import (
    Ambiguous,
    Approved,
    Declined,
    NotFound,
    NotSent,
    Pending,
)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


class TestAuthorise:
    """The first message of a payment."""

    def test_approves_and_counts_the_amount(self, payments: PaymentService) -> None:
        view = payments.authorise(order(minor=10_000))

        assert view.summary is Summary.AUTHORISED
        assert view.authorised == eur(10_000)

    def test_same_command_again_asks_the_provider_once(
        self, payments: PaymentService, provider: ScriptedProvider
    ) -> None:
        first = payments.authorise(order())

        second = payments.authorise(order())

        assert second == first
        assert len(provider.sent) == 1

    def test_reference_used_for_another_amount_is_refused(self, payments: PaymentService) -> None:
        payments.authorise(order(minor=10_000))

        with pytest.raises(CommandRefused, match="reference of its own") as refused:
            payments.authorise(order(minor=10_001))

        assert refused.value.code == "reference_reused"

    def test_partial_approval_authorises_less(
        self, payments: PaymentService, provider: ScriptedProvider
    ) -> None:
        provider.answers.append(Approved("psp-1", eur(6_000)))

        view = payments.authorise(order(minor=10_000))

        assert view.authorised == eur(6_000)

    def test_approval_of_more_than_asked_is_doubt(
        self, payments: PaymentService, provider: ScriptedProvider
    ) -> None:
        provider.answers.append(Approved("psp-1", eur(10_001)))

        view = payments.authorise(order(minor=10_000))

        assert view.summary is Summary.IN_DOUBT

    def test_decline_keeps_the_raw_code(
        self, payments: PaymentService, provider: ScriptedProvider
    ) -> None:
        provider.answers.append(Declined("51"))

        view = payments.authorise(order())

        assert (view.summary, view.operations[0].decline_code) == (Summary.DECLINED, "51")

    def test_not_sent_fails_at_once(
        self, payments: PaymentService, provider: ScriptedProvider
    ) -> None:
        provider.answers.append(NotSent("connection refused"))

        assert payments.authorise(order()).summary is Summary.FAILED

    def test_two_threads_with_one_reference_make_one_payment(
        self, database: Database, clock: Clock
    ) -> None:
        provider = ScriptedProvider()
        services = [service_on(database, provider, clock, seed) for seed in range(4)]
        threads = [threading.Thread(target=one.authorise, args=(order(),)) for one in services]

        for one in threads:
            one.start()
        for one in threads:
            one.join()

        with database.reading() as connection:
            assert connection.scalar(select(func.count()).select_from(payment)) == 1
        assert len(provider.sent) == 1


class TestDoubt:
    """No usable answer came after the request had left."""

    def test_time_out_is_doubt_and_blocks_captures(
        self, payments: PaymentService, provider: ScriptedProvider
    ) -> None:
        provider.answers.append(Ambiguous("read time-out"))
        view = payments.authorise(order())

        with pytest.raises(CommandRefused) as refused:
            payments.capture(view.id, "c1")

        assert view.summary is Summary.IN_DOUBT
        assert refused.value.code == "operation_in_progress"

    def test_inquiry_ends_the_doubt(
        self, payments: PaymentService, provider: ScriptedProvider
    ) -> None:
        provider.answers.append(Ambiguous("read time-out"))
        view = payments.authorise(order())

        assert payments.resume(view.id).summary is Summary.AUTHORISED

    def test_not_found_counts_only_after_the_grace(
        self, payments: PaymentService, provider: ScriptedProvider, clock: Clock
    ) -> None:
        provider.answers.append(Ambiguous("reset"))
        provider.inquiries.extend([NotFound(), NotFound()])
        view = payments.authorise(order())

        early = payments.resume(view.id)
        clock.advance(seconds=121)
        late = payments.resume(view.id)

        assert (early.summary, late.summary) == (Summary.IN_DOUBT, Summary.FAILED)

    def test_pending_is_inquired(
        self, payments: PaymentService, provider: ScriptedProvider
    ) -> None:
        provider.answers.append(Pending("psp-1"))
        view = payments.authorise(order())

        assert payments.resume(view.id).summary is Summary.AUTHORISED

    def test_authorisation_without_answer_is_reversed_in_the_end(
        self, payments: PaymentService, provider: ScriptedProvider
    ) -> None:
        provider.answers.append(Ambiguous("reset"))
        provider.inquiries.extend([Ambiguous("503")] * 6)
        view = payments.authorise(order())

        states = [payments.resume(view.id).operations[0].state for _ in range(8)]

        assert states[5:] == ["UNKNOWN", "REVERSING", "REVERSED"]
        assert provider.sent[-1].operation_id == f"{view.operations[0].id}-reversal"

    def test_refund_without_answer_goes_to_people(
        self, payments: PaymentService, provider: ScriptedProvider
    ) -> None:
        view = payments.authorise(order())
        payments.capture(view.id, "c1")
        provider.answers.append(Ambiguous("reset"))
        provider.inquiries.extend([Ambiguous("503")] * 6)
        payments.refund(view.id, "r1", eur(100))

        for _ in range(7):
            last = payments.resume(view.id)

        assert last.summary is Summary.REVIEW

    def test_sender_that_died_is_found_after_its_lease(
        self, database: Database, clock: Clock
    ) -> None:
        class Dies(ScriptedProvider):
            def send(self, request: object) -> Approved:
                raise KeyboardInterrupt

        view_id = ""
        try:
            service_on(database, Dies(), clock).authorise(order())
        except KeyboardInterrupt:
            with database.reading() as connection:
                view_id = str(connection.scalar(select(payment.c.id)))
        after = service_on(database, ScriptedProvider(), clock, seed=2)

        within = after.resume(view_id)
        clock.advance(seconds=60)
        beyond = after.resume(view_id)

        assert (within.summary, beyond.summary) == (Summary.PROCESSING, Summary.AUTHORISED)


class TestCapture:
    """Taking authorised money."""

    def test_expects_a_presentment_and_posts_it(
        self, payments: PaymentService, database: Database
    ) -> None:
        view = payments.authorise(order(minor=10_000))

        view = payments.capture(view.id, "c1", eur(4_000))

        (one,) = view.presentments
        assert (one.amount_minor, one.state) == (4_000, PresentmentState.EXPECTED)
        assert one.auth_code == view.operations[0].auth_code
        assert view.summary is Summary.PARTIALLY_CAPTURED
        with database.reading() as connection:
            rows = connection.execute(select(posting.c.account, posting.c.amount_minor)).all()
        assert sorted(map(tuple, rows)) == [
            ("merchant_pending:M1", -4_000),
            ("scheme_receivable:visa", 4_000),
        ]

    def test_more_than_is_left_is_refused_and_audited(
        self, payments: PaymentService, database: Database
    ) -> None:
        view = payments.authorise(order(minor=10_000))
        payments.capture(view.id, "c1", eur(9_000))

        with pytest.raises(CommandRefused, match=r"10\.00 EUR is available"):
            payments.capture(view.id, "c2", eur(1_001))

        with database.reading() as connection:
            assert find_break_in_chain(connection) is None

    def test_repeated_reference_captures_once(
        self, payments: PaymentService, provider: ScriptedProvider
    ) -> None:
        view = payments.authorise(order())

        payments.capture(view.id, "c1", eur(10))
        again = payments.capture(view.id, "c1", eur(10))

        assert again.captured == eur(10)
        assert len(provider.sent) == 2

    def test_final_capture_leaves_nothing(self, payments: PaymentService) -> None:
        view = payments.authorise(order(minor=10_000))
        payments.capture(view.id, "c1", eur(1_000), final=True)

        with pytest.raises(CommandRefused):
            payments.capture(view.id, "c2", eur(1))

    def test_capture_on_a_holiday_belongs_to_the_next_business_day(
        self, payments: PaymentService, clock: Clock
    ) -> None:
        clock.advance(days=2)  # Good Friday 2026-04-03
        view = payments.authorise(order())

        view = payments.capture(view.id, "c1")

        assert view.presentments[0].business_date == date(2026, 4, 7)
        assert view.presentments[0].expected_settlement_date == date(2026, 4, 8)


class TestRefund:
    """Giving captured money back."""

    def test_expects_a_negative_presentment(self, payments: PaymentService) -> None:
        view = payments.authorise(order(minor=10_000))
        payments.capture(view.id, "c1")

        view = payments.refund(view.id, "r1", eur(2_500))

        assert [one.amount_minor for one in view.presentments] == [10_000, -2_500]
        assert view.summary is Summary.PARTIALLY_REFUNDED

    def test_more_than_was_captured_is_refused(self, payments: PaymentService) -> None:
        view = payments.authorise(order(minor=10_000))
        payments.capture(view.id, "c1", eur(3_000))
        payments.refund(view.id, "r1", eur(2_000))

        with pytest.raises(CommandRefused, match=r"10\.00 EUR is available"):
            payments.refund(view.id, "r2", eur(1_001))


class TestVoid:
    """Letting go before clearing."""

    def test_lets_the_authorisation_go(self, payments: PaymentService) -> None:
        view = payments.authorise(order())

        assert payments.void(view.id, "v1").summary is Summary.VOIDED

    def test_after_captures_adds_opposite_lines_with_the_same_arns(
        self, payments: PaymentService, database: Database
    ) -> None:
        view = payments.authorise(order(minor=10_000))
        payments.capture(view.id, "c1", eur(3_000))
        payments.capture(view.id, "c2", eur(2_000))

        view = payments.void(view.id, "v1")

        lines = sorted((one.kind, one.amount_minor, one.arn) for one in view.presentments)
        arns = [one.arn for one in view.presentments if one.kind == "sale"]
        assert lines == [
            ("reversal", -3_000, arns[0]),
            ("reversal", -2_000, arns[1]),
            ("sale", 2_000, arns[1]),
            ("sale", 3_000, arns[0]),
        ]
        assert {one.state for one in view.presentments} == {PresentmentState.WITHDRAWN}
        with database.reading() as connection:
            balances = connection.execute(
                select(posting.c.account, func.sum(posting.c.amount_minor)).group_by(
                    posting.c.account
                )
            ).all()
        assert {total for _, total in balances} == {0}

    def test_twice_is_refused(self, payments: PaymentService) -> None:
        view = payments.authorise(order())
        payments.void(view.id, "v1")

        with pytest.raises(CommandRefused) as refused:
            payments.void(view.id, "v2")

        assert refused.value.code == "nothing_to_void"


class TestRecords:
    """What is written beside the state."""

    def test_every_change_has_its_events_and_one_outbox_row(
        self, payments: PaymentService, database: Database
    ) -> None:
        view = payments.authorise(order())
        view = payments.capture(view.id, "c1")

        with database.reading() as connection:
            seqs = connection.execute(select(event.c.seq).order_by(event.c.seq)).scalars().all()
            told = connection.execute(select(outbox.c.seq).order_by(outbox.c.id)).scalars().all()
        assert seqs == list(range(1, view.version + 1))
        assert told == [3, 4, 6, 8]

    def test_export_is_the_same_after_the_state_has_changed(
        self, payments: PaymentService, database: Database
    ) -> None:
        view = payments.authorise(order())
        payments.capture(view.id, "c1")
        day = date(2026, 4, 1)
        with database.reading() as connection:
            before = read_presentments(connection, day)

        payments.void(view.id, "v1")

        with database.reading() as connection:
            after = read_presentments(connection, day)
        assert len(before) == 1
        assert [row for row in after if row in before] == list(before)
        assert [row.kind for row in after] == ["sale", "reversal"]

    def test_two_captures_at_once_never_exceed_the_authorisation(
        self, database: Database, clock: Clock
    ) -> None:
        provider = ScriptedProvider()
        services = [service_on(database, provider, clock, seed) for seed in range(4)]
        view = services[0].authorise(order(minor=10_000))

        def capture(number: int) -> None:
            try:
                services[number].capture(view.id, f"c{number}", eur(6_000))
            except CommandRefused:
                return

        threads = [threading.Thread(target=capture, args=(number,)) for number in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

        assert services[0].get(view.id).captured == eur(6_000)
