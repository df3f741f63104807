"""What matching one leg for one business date says: outcomes, matches, members, breaks.

A **leg** compares two sides (`left` is ours or the earlier one). Each input line of a side has
exactly one row in the outcomes of that leg. Matches and breaks are groups of lines; a match names
its lines in the members frame, a break in its two list columns.

Orders: outcomes and members by side (left first) and record_id, matches by match_id, breaks by
break_id. An id is `<leg>:<record_id of the anchor>`, the line seen first; where both sides use the
same record_id, `@right` follows the anchor of the right side.
"""

import polars as pl

OUTCOMES = ("matched", "proposed", "break", "carried", "netted", "duplicate", "excluded")
"""The closed list of what can become of a line on a leg."""

OPEN_OUTCOMES = ("carried", "break", "proposed", "duplicate")
"""The outcomes after which a line is still open: it takes part on the next date again."""

OutcomeFrame: dict[str, pl.DataType] = {
    "leg": pl.String(),
    "side": pl.String(),  # left | right
    "record_id": pl.String(),
    "currency": pl.String(),
    "amount_minor": pl.Int64(),
    "outcome": pl.String(),
    "match_id": pl.String(),  # null unless matched, proposed or netted
    "pass": pl.String(),  # P0, P0b, P1 …; null for carried
    "evidence_class": pl.String(),  # A, B, C, D; null unless matched, proposed or netted
    "residual_minor": pl.Int64(),  # of the group: right − left; null without both sides
    "break_reason": pl.String(),  # frames.reasons.BreakReason; null unless break or duplicate
    "break_id": pl.String(),
    "first_seen_date": pl.Date(),
    "due_date": pl.Date(),
}

MatchFrame: dict[str, pl.DataType] = {
    "leg": pl.String(),
    "match_id": pl.String(),  # <leg>:<anchor record_id>
    "pass": pl.String(),
    "evidence_class": pl.String(),
    "status": pl.String(),  # confirmed | proposed
    "cardinality": pl.String(),  # 1:1, 1:n, n:1, n:m
    "currency": pl.String(),
    "left_minor": pl.Int64(),
    "right_minor": pl.Int64(),
    "residual_minor": pl.Int64(),  # right − left
    "evidence": pl.String(),  # one sentence for people: fields, both values, limit used
}

MemberFrame: dict[str, pl.DataType] = {
    "leg": pl.String(),
    "match_id": pl.String(),
    "side": pl.String(),
    "record_id": pl.String(),
    "allocated_minor": pl.Int64(),  # what the leg compares: the amount; on a batch leg the net
}

BreakFrame: dict[str, pl.DataType] = {
    "leg": pl.String(),
    "break_id": pl.String(),  # <leg>:<anchor record_id>; the anchor is the line seen first
    "reason": pl.String(),
    "currency": pl.String(),
    "at_risk_minor": pl.Int64(),  # signed: the missing amount, or right − left of a difference
    "first_seen_date": pl.Date(),
    "left_ids": pl.List(pl.String()),
    "right_ids": pl.List(pl.String()),
    "explanation": pl.String(),  # one sentence: what was compared, found, expected
}
