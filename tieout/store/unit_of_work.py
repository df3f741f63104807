"""Writes one decision: state, events, journals, outbox and audit together, or none of them.

Works inside the caller's transaction and never commits. The payment's version is the lock: the row
is updated only if it still has the version that was decided on; otherwise `TransactionConflict`
undoes everything, and the caller decides again on the new state.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, exists, insert, select, update

from tieout.store.audit import append_audit
from tieout.store.engine import TransactionConflict
from tieout.store.outbox import append_outbox
from tieout.store.rows import operation_values, payment_values, presentment_row
from tieout.store.tables.core import event, journal, operation, payment, posting, presentment
from tieout.transactions.evolve import fold
from tieout.transactions.model import Decision, Event, Journal, Payment


def save_decision(
    connection: Connection,
    before: Payment | None,
    decision: Decision,
    *,
    cause: str,
    actor: str,
    at: datetime,
) -> Payment:
    """Write what was decided on `before` (None: a new payment) and return the payment after it.

    Args:
        connection: the caller's transaction.
        before: the payment that was decided on, with the version that it was read at.
        decision: at least one event, or nothing to write.
        cause: the command, answer or source_key that led to it.
        actor: who, for the audit row.
        at: when.

    Raises:
        TransactionConflict: the payment has changed since it was read.
    """
    if not decision.events and before is not None:
        return before
    after = apply_decision(connection, before, decision, cause=cause, at=at)
    last = decision.events[-1]
    summary = payment_values(after, at)["summary"]
    names = {
        "version": after.version,
        "summary": summary,
        "events": [_told(one) for one in decision.events],
    }
    append_outbox(
        connection,
        aggregate_id=after.id,
        seq=after.version,
        event_type=last.type,
        payload={"payment_id": after.id, "merchant_id": after.merchant_id, **names},
        at=at,
    )
    detail = {"cause": cause, "contradiction": decision.contradiction, **names}
    append_audit(
        connection,
        at=at,
        actor=actor,
        action="payment changed" if before else "payment created",
        entity="payment",
        entity_id=after.id,
        detail=detail,
    )
    return after


def apply_decision(
    connection: Connection, before: Payment | None, decision: Decision, *, cause: str, at: datetime
) -> Payment:
    """Write state, events and journals only; for callers that tell of many changes in one row."""
    after = fold(before, decision.events)
    if before is None:
        _insert_payment(connection, after, at)
    else:
        _update_payment(connection, before, after, at)
    _write_operations(connection, before, after, at)
    _write_presentments(connection, before, after)
    first_seq = after.version - len(decision.events) + 1
    _write_events(connection, after.id, first_seq, decision.events, cause, at)
    for one in decision.journals:
        _write_journal(connection, after.id, first_seq + one.event_index, one, at)
    return after


def _told(one: Event) -> dict[str, object]:
    """Return what others may know of an event: no card data is in it."""
    return {
        "type": one.type,
        "subject_id": one.subject_id,
        "input": one.input,
        "from": one.from_state,
        "to": one.to_state,
    }


def _insert_payment(connection: Connection, after: Payment, at: datetime) -> None:
    fixed = {
        "id": after.id,
        "merchant_id": after.merchant_id,
        "merchant_reference": after.merchant_reference,
        "currency": after.currency,
        "requested_minor": after.requested_minor,
        "pan_masked": after.card.masked,
        "pan_fingerprint": after.card.fingerprint,
        "scheme": after.card.scheme,
        "created_at": at,
    }
    connection.execute(insert(payment).values(**fixed, **payment_values(after, at)))


def _update_payment(connection: Connection, before: Payment, after: Payment, at: datetime) -> None:
    done = connection.execute(
        update(payment)
        .where(payment.c.id == before.id, payment.c.version == before.version)
        .values(**payment_values(after, at))
    )
    if done.rowcount != 1:
        raise TransactionConflict(
            f"Payment {before.id} has changed since version {before.version} was read.",
            hint="Nothing was written; decide again on the new state.",
        )


def _write_operations(
    connection: Connection, before: Payment | None, after: Payment, at: datetime
) -> None:
    known = {one.id: one for one in before.operations} if before else {}
    for one in after.operations:
        values = operation_values(one, at)
        if one.id not in known:
            fixed = {
                "id": one.id,
                "payment_id": after.id,
                "kind": one.kind,
                "reference": one.reference,
                "amount_minor": one.amount_minor,
                "is_final": one.is_final,
                "created_at": at,
            }
            connection.execute(insert(operation).values(**fixed, **values))
        elif known[one.id] != one:
            connection.execute(update(operation).where(operation.c.id == one.id).values(**values))


def _write_presentments(connection: Connection, before: Payment | None, after: Payment) -> None:
    known = {one.id: one for one in before.presentments} if before else {}
    for one in after.presentments:
        old = known.get(one.id)
        if old is None:
            connection.execute(insert(presentment).values(**presentment_row(after, one)))
        elif old != one:
            done = connection.execute(
                update(presentment)
                .where(presentment.c.id == one.id, presentment.c.version == old.version)
                .values(state=one.state, version=one.version)
            )
            if done.rowcount != 1:
                raise TransactionConflict(
                    f"Presentment {one.id} has changed since it was read.",
                    hint="Nothing was written; decide again on the new state.",
                )


def _write_events(
    connection: Connection,
    payment_id: str,
    first_seq: int,
    events: tuple[Event, ...],
    cause: str,
    at: datetime,
) -> None:
    rows: list[Mapping[str, object]] = [
        {
            "payment_id": payment_id,
            "seq": first_seq + place,
            "type": one.type,
            "subject": one.subject,
            "subject_id": one.subject_id,
            "input": one.input,
            "from_state": one.from_state,
            "to_state": one.to_state,
            "data": dict(one.data),
            "cause": cause,
            "recorded_at": at,
        }
        for place, one in enumerate(events)
    ]
    connection.execute(insert(event), rows)


def _write_journal(
    connection: Connection, payment_id: str, seq: int, one: Journal, at: datetime
) -> None:
    journal_id = f"{payment_id}:{seq}:{'-' if one.is_reversal else ''}{one.rule}"
    connection.execute(
        insert(journal).values(
            id=journal_id,
            rule=one.rule,
            payment_id=payment_id,
            presentment_id=one.presentment_id,
            reverses_id=_standing_journal(connection, one) if one.is_reversal else None,
            recorded_at=at,
        )
    )
    write_lines(
        connection, journal_id, [(x.account, x.currency, x.amount_minor) for x in one.lines]
    )


def _standing_journal(connection: Connection, one: Journal) -> str:
    """Return the journal of the same rule and presentment that no other has undone."""
    undoing = journal.alias("undoing")
    found = connection.execute(
        select(journal.c.id).where(
            journal.c.presentment_id == one.presentment_id,
            journal.c.rule == one.rule,
            journal.c.reverses_id.is_(None),
            ~exists().where(undoing.c.reverses_id == journal.c.id),
        )
    )
    return str(found.scalar_one())


def write_lines(connection: Connection, journal_id: str, lines: list[tuple[str, str, int]]) -> None:
    """Insert the lines (account, currency, amount_minor) of one journal; they must sum to zero."""
    if sum(amount for _, _, amount in lines) != 0:
        raise ValueError(f"the lines of journal {journal_id} do not sum to zero: {lines}")
    rows = [
        {
            "journal_id": journal_id,
            "line": place,
            "account": account,
            "currency": currency,
            "amount_minor": amount,
        }
        for place, (account, currency, amount) in enumerate(lines, start=1)
    ]
    connection.execute(insert(posting), rows)
