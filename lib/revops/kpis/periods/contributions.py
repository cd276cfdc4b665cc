"""What each part of a dimension contributed to a difference; the parts sum to it exactly.

Of an amount a part contributes its own change. Of a rate n ÷ d it contributes what its cases lie above the old rate,
now and before, as a share of all cases: r₁ − r₀ = Σ (nᵢ₁ − r₀dᵢ₁)/D₁ − Σ (nᵢ₀ − r₀dᵢ₀)/D₀, where the last sum is 0. A
part moves a rate by its own rate and by its weight, and both are in it.

>>> now = pl.DataFrame({"channel": ["Web", "Shops"], "amount": [70, 50]})
>>> was = pl.DataFrame({"channel": ["Web", "Shops"], "amount": [100, 40]})
>>> amounts(now, was, "channel").select("channel", "delta", "share").rows()    # −30 + 10 = −20
[('Web', -30, 1.5), ('Shops', 10, -0.5)]
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import polars as pl

from revops.kpis.catalogue import FACT_TABLES, declared
from revops.kpis.counting import measure
from revops.kpis.facts import Facts
from revops.kpis.spans import Span
from revops.problems import InputError, Problem

COUNT = 5  # parts told by name on each side
REST = "rest"


def amounts(now: pl.DataFrame, before: pl.DataFrame, by: str) -> pl.DataFrame:
    """One row per part of `by`: actual, reference, delta, `share` of the whole difference (null where that is 0).

    `now` and `before` have the columns `by` and `amount`; a part that is in one of them counts 0 in the other. Sorted
    by delta away from 0.
    """
    sums = [frame.group_by(by).agg(pl.col("amount").sum()) for frame in (now, before)]
    both = sums[0].join(sums[1], on=by, how="full", coalesce=True, nulls_equal=True, suffix="_0")
    both = both.select(by, actual=pl.col("amount").fill_null(0), reference=pl.col("amount_0").fill_null(0))
    return _shared(both.with_columns(delta=pl.col("actual") - pl.col("reference")), by)


def rates(now: pl.DataFrame, before: pl.DataFrame, by: str) -> pl.DataFrame:
    """The same of a rate: `now` and `before` have `by`, numerator, denominator; actual, reference are each part's rate.

    No rows where either side has no cases at all: then there is no difference to share out.
    """
    sums = [frame.group_by(by).agg(pl.col("numerator", "denominator").sum()) for frame in (now, before)]
    both = sums[0].join(sums[1], on=by, how="full", coalesce=True, nulls_equal=True, suffix="_0")
    rows = both.with_columns(pl.col(pl.Int64).fill_null(0)).to_dicts()
    whole, whole_0 = (sum(row[f"denominator{end}"] for row in rows) for end in ("", "_0"))
    kinds: dict[str, Any] = {
        by: both.schema[by],
        **dict.fromkeys(("actual", "reference", "delta", "share"), pl.Float64),
    }
    if not whole or not whole_0:
        return pl.DataFrame(schema=kinds)
    old = Fraction(sum(row["numerator_0"] for row in rows), whole_0)
    made = [
        {
            by: row[by],
            "actual": row["numerator"] / row["denominator"] if row["denominator"] else None,
            "reference": row["numerator_0"] / row["denominator_0"] if row["denominator_0"] else None,
            "delta": (row["numerator"] - old * row["denominator"]) / whole
            - (row["numerator_0"] - old * row["denominator_0"]) / whole_0,
        }
        for row in rows
    ]
    total = sum((row["delta"] for row in made), Fraction(0))
    told = [
        row | {"delta": float(row["delta"]), "share": float(row["delta"] / total) if total else None} for row in made
    ]
    return pl.DataFrame(told, schema=kinds).sort(pl.col("delta").abs() * -1, by, nulls_last=True)


def of_metric(
    facts: Facts, key: str, by: str, now: Span, before: Span, where: Mapping[str, Any] | None = None
) -> pl.DataFrame:  # fmt: skip
    """`amounts` or `rates` of a metric of the catalogue in two spans; no rows where either span is not known.

    A metric that counts something once, such as customers, does not add up over a dimension and is refused.
    """
    _refuse_distinct(key, by)
    cells = measure(facts, [key], [now, before], [by], where)
    if cells["reason"].is_in(["no_source", "no_history", "no_export", "not_mature"]).any():
        cells = cells.clear()
    parts = [cells.filter((pl.col("start_on") == span[0]) & (pl.col("end_on") == span[1])) for span in (now, before)]
    if declared(key).denominator:
        sides = [part.with_columns(pl.col("denominator") * declared(key).scale) for part in parts]
        return rates(sides[0], sides[1], by)
    now_cells, past_cells = (part.select(by, amount=pl.col("value").cast(pl.Int64)) for part in parts)
    return amounts(now_cells, past_cells, by)


def adds_up(key: str, by: str) -> bool:
    """Whether everything that a metric counts adds up over a dimension.

    >>> adds_up("net_revenue", "channel"), adds_up("orders", "product_group")
    (True, False)
    """
    one = declared(key)
    return by in one.dimensions() and all(term.column in FACT_TABLES[term.fact].fit([by]).sums for term in one.terms())


def _refuse_distinct(key: str, by: str) -> None:
    if by in declared(key).dimensions() and not adds_up(key, by):
        found = f"{key}, which counts each case once"
        raise InputError(Problem(f"contributions by {by}", found, "a metric whose parts add up", "choose another"))


def told(rows: pl.DataFrame, by: str, count: int = COUNT) -> pl.DataFrame:
    """The `count` parts that rose most, the `count` that fell most, and one row REST for all others (`is_rest`).

    The deltas still sum to the whole difference. Rises come first, largest first; falls last, deepest last.
    """
    ordered = rows.sort("delta", by, descending=[True, False], nulls_last=True).with_row_index("place")
    up = ordered.filter(pl.col("delta") > 0).head(count)
    down = ordered.filter(pl.col("delta") < 0).tail(count)
    rest = ordered.join(pl.concat([up, down]).select("place"), on="place", how="anti")
    if rest.height == 1:
        up, rest = pl.concat([up, rest]), rest.clear()
    summed = rest.select(pl.lit(REST).alias(by), pl.col("delta").sum(), _sum("share"), *_sums(rest)).head(
        min(1, rest.height)
    )
    parts = [part.drop("place").with_columns(is_rest=pl.lit(False)) for part in (up, down)]
    return pl.concat([parts[0], summed.with_columns(is_rest=pl.lit(True)), parts[1]], how="diagonal")


def _sums(rest: pl.DataFrame) -> Sequence[pl.Expr]:
    """Amounts of the rest add up; rates do not."""
    return [_sum(name) for name in ("actual", "reference") if rest.schema[name] == pl.Int64]


def _sum(name: str) -> pl.Expr:
    return pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name)


def _shared(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    total = int(rows["delta"].sum())
    share = pl.col("delta") / total if total else pl.lit(None, dtype=pl.Float64)
    return rows.with_columns(share=share).sort(pl.col("delta").abs() * -1, by, nulls_last=True)
