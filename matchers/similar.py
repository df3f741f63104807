"""P8: equal money, near in time, and references that read alike once they are normalised.

A bank that shortens a reference, a person who mistypes one: the texts are compared by the share of
words that they have in common. That is never proof; the pass only proposes, class D, and only where
each line has no second candidate that is as good as the first allowed one.
"""

import polars as pl
from rapidfuzz import fuzz, process

from matchers.dates import ordinal
from matchers.evidence import key_words, money_text
from matchers.groups import Groups, LegState
from matchers.lines import Side
from matchers.passes import SimilarPass

_TEXT_MIN = 4
"""Shorter texts are alike by accident."""


def take_similar(state: LegState, step: SimilarPass) -> None:
    """Propose the pairs whose texts are alike, unique on both sides."""
    ours = _texts(state, state.left, step.left_text, step)
    theirs = _texts(state, state.right, step.right_text, step)
    pairs = _within_budget(state, ours, theirs, step)
    if pairs.is_empty():
        return
    scores = process.cpdist(
        pairs["text"].to_list(), pairs["text_right"].to_list(), scorer=fuzz.token_set_ratio
    )
    pairs = pairs.with_columns(score=pl.Series(scores).floor().cast(pl.Int64))
    pairs = pairs.filter(pl.col("score") >= step.score_min)
    alone = (pl.len().over("row") == 1) & (pl.len().over("row_right") == 1)
    _propose(state, step, pairs.filter(alone).sort("row"))


def normalised(texts: tuple[str, ...]) -> pl.Expr:
    """Return the words of some columns: upper case, letters and digits, no leading zeros."""
    joined = pl.concat_str([pl.col(name).fill_null("") for name in texts], separator=" ")
    words = joined.str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]+", " ")
    return words.str.replace_all(r"\b0+([0-9])", "$1").str.strip_chars()


def _texts(state: LegState, side: Side, texts: tuple[str, ...], step: SimilarPass) -> pl.DataFrame:
    columns = dict.fromkeys((*step.full_key, *texts, "business_date"))
    lines = side.free(*columns).drop_nulls(list(step.full_key))
    return lines.select(
        "row",
        *step.full_key,
        text=normalised(texts),
        day=ordinal(pl.col("business_date"), state.closing_days).cast(pl.Int64),
    ).filter(pl.col("text").str.len_chars() >= _TEXT_MIN)


def _within_budget(
    state: LegState, ours: pl.DataFrame, theirs: pl.DataFrame, step: SimilarPass
) -> pl.DataFrame:
    """The pairs of each block that are near in time; a block of too many is noted, not tried."""
    key = list(step.full_key)
    sizes = ours.group_by(key).len().join(theirs.group_by(key).len(), on=key)
    pairs = pl.col("len").cast(pl.Int64) * pl.col("len_right").cast(pl.Int64)
    large = sizes.filter(pairs > step.pairs_max)
    if not large.is_empty():
        state.notes.append(
            f"{step.code}: {large.height} blocks of equal {key_words(key)} have more than "
            f"{step.pairs_max:,} pairs and were not compared."
        )
    small = sizes.filter(pairs <= step.pairs_max).select(key)
    return (
        ours.join(small, on=key, how="semi")
        .join(theirs, on=key)
        .filter((pl.col("day") - pl.col("day_right")).abs() <= step.days)
        .sort("row", "row_right")
    )


def _propose(state: LegState, step: SimilarPass, pairs: pl.DataFrame) -> None:
    money = money_text(
        pl.col("amount_minor"), pl.col("currency"), pairs["currency"].unique().to_list()
    )
    text = pl.format(
        "{} equal: {}; the texts are alike by {} of 100 ({} / {}); only candidate on both sides.",
        pl.lit(key_words(step.key)),
        money,
        "score",
        "text",
        "text_right",
    )
    group = pl.int_range(pl.len(), dtype=pl.UInt32).alias("group")
    state.take(
        Groups(
            outcome="proposed",
            pass_code=step.code,
            about=pairs.select(text=text),
            left=pairs.select(group, "row"),
            right=pairs.select(group, row="row_right"),
            evidence_class="D",
        )
    )
