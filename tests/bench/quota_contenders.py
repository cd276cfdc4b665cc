"""One way of carrying a quota down, in a process of its own: `python quota_contenders.py WAY CASE TABLE`.

TABLE is a Parquet file with one row a person and product group: product_group, region, area, team, person, weight.
Prints one line of JSON: processor seconds of the work (reading the table is not counted), its parts, and what it found.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl

TOP = 1_234_567_890_123
PATH = ["product_group", "region", "area", "team"]
PINNED = 1.37
WARM = 1000  # rows of a first, uncounted round


class Clock:
    """Processor seconds of named parts."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}

    def __call__(self, name: str, work: Callable[[], Any]) -> Any:
        """What the work returns; its seconds are kept."""
        start = time.process_time()
        done = work()
        self.parts[name] = time.process_time() - start
        return done


def tops(table: pl.DataFrame) -> dict[tuple[str, ...], int]:
    """The company's number, an equal part for each product group."""
    groups = sorted(table["product_group"].unique())
    return {(group,): TOP // len(groups) for group in groups}


def revops(case: str, table: pl.DataFrame, clock: Clock) -> dict[str, Any]:
    """The library itself, from the table on."""
    from revops.quota.carry import At, Limit, Tree, carry, check, months

    tree = clock("tree", lambda: Tree.of(table, PATH, "person", "weight"))
    year = clock("year", lambda: carry(tops(table), tree))
    if case.startswith("full"):
        when = [date(2027, month, 1) for month in range(1, 13)]
        shapes = {path: [8 + place % 5 for place in range(12)] for path in tops(table)}
        late = table.gather_every(10 if case == "full_joiners" else table.height).select(*PATH, "person").rows()
        active = {At(row[:-1], row[-1]): [0] * (place % 11) + [1] * (12 - place % 11) for place, row in enumerate(late)}
        given = clock("months", lambda: months(year, shapes, when, active=active))
        frame = clock("table", lambda: given.frame(["product_group"]))
        return {"rows": frame.height, "sum": int(frame["quota_amount"].sum())}
    if case.startswith("pin"):
        clock.parts.clear()
        node = int(tree.people[0])
        pinned = clock("pin", lambda: year.with_limit(Limit("pin", tree.where(node), int(year.base[node] * PINNED))))
        return {"rows": len(tree), "sum": int(pinned.base[tree.people].sum())}
    found = check(year).filter(measure="base")
    return {
        "levels": [[row["parents"], row["parents_that_differ"], 0] for row in found.iter_rows(named=True)],
        "sum": int(year.base[tree.people].sum()) - sum(tops(table).values()),
    }


def peer(case: str, table: pl.DataFrame, clock: Clock) -> dict[str, Any]:
    """b2b-revenue-forecasting: one hierarchy, one cascade in proportion to a column; a pin on its long table."""
    warnings.simplefilter("ignore")
    from b2b_revenue_forecasting import MetricSpec, Pin, QuotaCascader, SalesHierarchy, apply_pins, cascade_many

    rows = table.with_columns(company=pl.lit("company")).to_pandas()
    if case.startswith("pin"):
        targets = pl.DataFrame({"product_group": [p for (p,) in tops(table)], "target": list(tops(table).values())})
        long = cascade_many(
            rows, targets.to_pandas(), group_keys=["product_group"], target_col="target",
            taxonomy=["company", *PATH[1:], "person"], metrics=[MetricSpec("weight")], new_ic_rule="none",
        )[0]  # fmt: skip
        cell = long[long["is_leaf"]].iloc[0]
        pins = [Pin(cell["node_id"], cell["base_quota"] * PINNED, scope={"product_group": cell["product_group"]})]
        near = {"subset": [cell["parent"]]} if case == "pin_subset" else {}
        done, _ = clock("pin", lambda: apply_pins(long, pins, **near))
        return {"rows": len(done), "sum": float(done.loc[done["is_leaf"], "base_quota"].sum())}
    hierarchy = SalesHierarchy()
    clock("tree", lambda: hierarchy.from_dataframe(rows, ["company", *PATH, "person"], metrics_cols=["weight"]))
    cascader = QuotaCascader(hierarchy)
    year = {"metric": "weight", "verbose": False, "new_ic_rule": "none"}
    quotas = clock("year", lambda: cascader.cascade_proportional("company", sum(tops(table).values()), **year))
    frame = pl.from_pandas(cascader.quotas_to_dataframe(quotas))
    total = float(frame.filter("is_leaf")["cascaded_quota"].sum())
    return {"levels": _levels(frame), "sum": total - sum(tops(table).values())}


def _levels(frame: pl.DataFrame) -> list[list[float]]:
    """By level: parents, those that differ from the sum of their children in the table it hands out, by how much."""
    sums = frame.group_by("parent").agg(below=pl.col("cascaded_quota").sum())
    both = frame.join(sums, left_on="node_id", right_on="parent")
    off = both.with_columns(off=(pl.col("cascaded_quota") - pl.col("below")).abs().round(2))
    by_level = off.group_by("depth").agg(pl.len(), count=(pl.col("off") > 0).sum(), off=pl.col("off").sum())
    return [list(row[1:]) for row in by_level.sort("depth").iter_rows()]


def main() -> None:
    """Run one case and print it."""
    way, case, path = sys.argv[1:]
    table, clock = pl.read_parquet(path), Clock()
    work = revops if way == "revops" else peer
    work(case, table.head(WARM), Clock())
    found = work(case, table, clock)
    print(json.dumps({"processor": sum(clock.parts.values()), "parts": clock.parts, **found}))


if __name__ == "__main__":
    main()
