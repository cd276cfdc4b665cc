"""Why a closed month comes out otherwise today: its lines as they were closed against those of today's tables."""

from collections.abc import Collection

import dataframely as dy
import polars as pl

from revops.incentives.closing.differences import CORRECTIONS
from revops.incentives.closing.past import Key
from revops.tables import types_of

LINE = ["person_id", "month_on", "kind", "component", "order_id"]


class PayChanges(dy.Schema):
    """One row per closed month that changed, and order (or other line of the payment) that differs.

    Over a month, after − before sums to what it comes to today less what its lines came to when it was closed.
    """

    person_id = dy.String(primary_key=True, description="who is paid")
    month_on = dy.Date(primary_key=True, description="first day of the closed pay month")
    number = dy.Int64(primary_key=True, description="1, 2, 3 … by the size of the difference")
    kind = dy.String(description="kind of the lines, as in pay_lines")
    component = dy.Int64(description="number of the plan's component, from 0; −1: the whole payment")
    order_id = dy.String(nullable=True, description="order; null: the line names none")
    cause = dy.String(
        description="new: not there when it was closed · gone · credit: of another amount · terms: the same credit, at "
        "another rate, quota, plan or place on the scale"
    )
    before_credit_amount = dy.Int64(nullable=True, description="credit as closed")
    after_credit_amount = dy.Int64(nullable=True, description="credit today")
    before_amount = dy.Int64(description="pay as closed")
    after_amount = dy.Int64(description="pay today")
    file = dy.String(nullable=True, description="raw file, of today's row where there is one")
    row = dy.Int64(nullable=True, description="row in it")


def changed(keys: Collection[Key], then: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """The orders and other lines of some people's months that differ between two tables of pay lines."""
    of = pl.DataFrame(sorted(keys), schema={"person_id": pl.String, "month_on": pl.Date}, orient="row")
    before, after = (_summed(lines.join(of, on=["person_id", "month_on"], how="semi")) for lines in (then, now))
    both = before.join(after, on=LINE, how="full", coalesce=True, nulls_equal=True, suffix="_now")
    amounts = both.with_columns(
        before_amount=pl.col("pay_amount").fill_null(0), after_amount=pl.col("pay_amount_now").fill_null(0),
        before_credit_amount="credit_amount", after_credit_amount="credit_amount_now",
        file=pl.coalesce("file_now", "file"), row=pl.coalesce("row_now", "row"),
    )  # fmt: skip
    cause = (
        pl.when(pl.col("pay_amount").is_null())
        .then(pl.lit("new"))
        .when(pl.col("pay_amount_now").is_null())
        .then(pl.lit("gone"))
        .when(pl.col("credit_amount").ne_missing(pl.col("credit_amount_now")))
        .then(pl.lit("credit"))
        .otherwise(pl.lit("terms"))
    )
    size = (pl.col("after_amount") - pl.col("before_amount")).abs()
    told = amounts.with_columns(cause=cause).filter(size != 0).sort("person_id", "month_on", -size, *LINE[2:])
    numbered = told.with_columns(number=pl.int_range(1, pl.len() + 1).over("person_id", "month_on"))
    return numbered.select(pl.col(name).cast(kind) for name, kind in types_of(PayChanges).items())


def _summed(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines of one kind, component and order as one, without corrections of other months."""
    mine = lines.filter(~pl.col("kind").is_in([*CORRECTIONS, "closed"])).with_columns(
        order_id=pl.coalesce("order_id", pl.col("figures").str.json_path_match("$.order_id"))
    )
    has_credit = pl.col("credit_amount").is_not_null().any()
    return (
        mine.sort("person_id", "month_on", "line_no")
        .group_by(LINE, maintain_order=True)
        .agg(
            pl.col("pay_amount").sum(),
            pl.when(has_credit).then(pl.col("credit_amount").sum()).alias("credit_amount"),
            pl.col("file").first(),
            pl.col("row").first(),
        )
    )
