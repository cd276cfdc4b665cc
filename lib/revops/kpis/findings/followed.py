"""What became of the findings of the period before: the same place by the same measure, then and now.

>>> [status(*case, 10) for case in ((-100, -100), (-100, -79), (-100, -121), (-100, 9), (-100, 50), (80, None))]
['same', 'smaller', 'larger', 'gone', 'gone', 'gone']
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from revops.kpis.contracts import Followed, KeptFindings
from revops.kpis.findings.finding import due_on, owner_of
from revops.kpis.findings.found import Found

KEY = ["key"]
MOVED = 0.2  # less than a fifth more or less is the same


def to_keep(found: Found, owners: Mapping[str, str], today: date) -> pl.DataFrame:
    """One row per finding as the company's record keeps it: key, watch, metric, place, rule, amount, owner, due_on."""
    rows = [
        {
            "key": item.key,
            "watch": item.watch,
            "metric": item.metric,
            "place": json.dumps(item.place, ensure_ascii=False),
            "rule": item.name,
            "amount": item.amount,
            "owner": owner_of(item, owners),
            "due_on": due_on(item, today),
        }
        for item in found.items
    ]
    return pl.DataFrame(rows, schema=KeptFindings.create_empty().schema).drop("period", "made_on", "done")


def follow(kept: pl.DataFrame, found: Found, period: str, least: int) -> pl.DataFrame:
    """One row per kept finding of `period`, the largest first: then_amount, now_amount, status, owner, due_on, done.

    Now is what the same watch tells of the same place, whether or not it is a finding still; null where it tells
    nothing of it any more. `least` is the money below which nothing is told.
    """
    now = {one.key: one.amount for one in (*found.looks, *found.items)}
    rows: list[dict[str, Any]] = []
    for line in kept.filter(pl.col("period") == period).to_dicts():
        amount = now.get(line["key"])
        told = {"then_amount": line["amount"], "now_amount": amount, "status": status(line["amount"], amount, least)}
        rows.append({name: value for name, value in line.items() if name in Followed.column_names()} | told)
    table = pl.DataFrame(rows, schema=Followed.create_empty().schema)
    return table.sort(pl.col("then_amount").abs() * -1, "key")


def status(then: int, now: int | None, least: int) -> str:
    """gone (below what is told, or turned round), smaller, same, larger."""
    if now is None or abs(now) < least or then * now < 0:
        return "gone"
    share = abs(now) / abs(then) - 1
    return "smaller" if share < -MOVED else "larger" if share > MOVED else "same"
