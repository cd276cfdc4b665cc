"""Why revenue differs from a reference: volume, price, mix, discounts, returns, currency; they always sum to the
difference.

Per cell (product group × channel × region) the reference has a net price, a gross price, a discount rate and a
return rate:

    volume    (units − reference units) × the reference's average net price
    mix       units at the cells' own reference net prices − units at the average one; new cells stand here
    price     (gross price − reference gross price) × units, at the reference's discount and return rates
    discounts what discounts cost beyond the reference's rate;  returns likewise
    currency  what exchange rates moved (`currency.effect`); all others are counted at the reference's rates

>>> was = cells([("fan", 100, 1000, 0, 0)]); now = cells([("fan", 120, 1080, 0, 0)])
>>> bridge(now, was, ["product_group"])["amount"].to_list()    # price 10 -> 9, units 100 -> 120
[200, -120, 0, 0, 0, 0]
"""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from revops.money import round_ratio

EFFECTS = ("volume", "price", "mix", "discounts", "returns", "currency")
AMOUNTS = ["units", "gross_amount", "discount_amount", "returned_amount", "net_amount"]


def cells(rows: Iterable[tuple[str, int, int, int, int]]) -> pl.DataFrame:
    """One row per product group from (name, units, gross, discount, returned): for examples and tests."""
    names = ["product_group", *AMOUNTS[:4]]
    frame = pl.DataFrame(list(rows), schema=dict.fromkeys(names, pl.Int64) | {"product_group": pl.String}, orient="row")
    return frame.with_columns(net_amount=pl.col("gross_amount") - pl.col("discount_amount") - pl.col("returned_amount"))


def bridge(
    actual: pl.DataFrame, reference: pl.DataFrame, by: Sequence[str], moved: pl.DataFrame | None = None
) -> pl.DataFrame:
    """One row per effect in the order of EFFECTS: `amount` in money units; sums to actual − reference net exactly.

    `moved` has the columns `by` and currency_amount: what exchange rates added to the net of each cell.
    """
    currency = 0 if moved is None else int(moved["currency_amount"].sum())
    rows = _pairs(actual if moved is None else _at_old_rates(actual, moved, by), reference, by)
    units = sum(row["units"] for row in rows)
    units_0, net, net_0 = (sum(row[key] for row in rows) for key in ("units_0", "net_amount", "net_amount_0"))
    volume = round_ratio((units - units_0) * net_0, units_0) if units_0 else 0
    known = [row for row in rows if row["units_0"] > 0 and row["gross_amount_0"] > 0]
    price = sum(_price(row) for row in known)
    discounts = sum(_beyond_rate(row, "discount_amount") for row in known)
    returns = sum(_beyond_rate(row, "returned_amount") for row in known)
    mix = net - net_0 - volume - price - discounts - returns
    return pl.DataFrame({"effect": EFFECTS, "amount": [volume, price, mix, discounts, returns, currency]})


def plan_cells(plan: pl.DataFrame, past: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """One row per planned cell: the plan's net revenue as units, gross, discounts and returns at the past's rates.

    `plan` has the columns `by` and `target`. A plan names money only; its units are what that money buys at last
    year's prices and discount rate of the same cell, or of the first column of `by` where the cell is new. The return
    rate is always that of the first column: one large return of a small cell would make any plan look huge. Cells
    without any past have no units (they count as mix).
    """
    whole = past.group_by(by[0]).agg(pl.col(AMOUNTS).sum())
    near = plan.join(past.select(*by, *AMOUNTS), on=by, how="left", nulls_equal=True)
    both = near.join(whole, on=by[0], how="left", nulls_equal=True, suffix="_whole").sort(by)
    return pl.DataFrame(
        [{**{key: row[key] for key in by}, **_planned(row)} for row in both.to_dicts()],
        schema={**{key: plan.schema[key] for key in by}, **dict.fromkeys(AMOUNTS, pl.Int64)},
    )


def _planned(row: dict[str, Any]) -> dict[str, int]:
    target, whole, back = row["target"] or 0, row["gross_amount_whole"] or 0, row["returned_amount_whole"] or 0
    for end in ("", "_whole"):
        units, gross, discount = (row[f"{key}{end}"] or 0 for key in AMOUNTS[:3])
        kept = (gross - discount) * whole - back * gross  # of gross × whole
        if units > 0 and kept > 0:
            part = {"units": units * whole, "discount_amount": discount * whole, "returned_amount": back * gross}
            part = {key: round_ratio(target * amount, kept) for key, amount in part.items()}
            more = part["discount_amount"] + part["returned_amount"]
            return part | {"gross_amount": target + more, "net_amount": target}
    return dict.fromkeys(AMOUNTS, 0) | {"gross_amount": target, "net_amount": target}


def _at_old_rates(actual: pl.DataFrame, moved: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The cells less what exchange rates added to their prices."""
    sums = moved.group_by(by).agg(pl.col("currency_amount").sum())
    cells = actual.group_by(by).agg(pl.col(AMOUNTS).sum()).join(sums, on=by, how="left", nulls_equal=True)
    added = pl.col("currency_amount").fill_null(0)
    return cells.with_columns(pl.col("gross_amount", "net_amount") - added)


def _pairs(actual: pl.DataFrame, reference: pl.DataFrame, by: Sequence[str]) -> list[dict[str, Any]]:
    sums = [frame.group_by(by).agg(pl.col(AMOUNTS).sum()) for frame in (actual, reference)]
    both = sums[0].join(sums[1], on=by, how="full", coalesce=True, nulls_equal=True, suffix="_0")
    return both.with_columns(pl.col(pl.Int64).fill_null(0)).sort(by).to_dicts()


def _price(row: dict[str, Any]) -> int:
    moved = row["gross_amount"] * row["units_0"] - row["units"] * row["gross_amount_0"]
    return round_ratio(moved * row["net_amount_0"], row["units_0"] * row["gross_amount_0"])


def _beyond_rate(row: dict[str, Any], key: str) -> int:
    return -round_ratio(row[key] * row["gross_amount_0"] - row["gross_amount"] * row[f"{key}_0"], row["gross_amount_0"])
