"""What all ways of bench_credits.py share: who reports to whom, which orders are shared, the plan, the result.

A hundred sellers report to ten managers, one in seven to another from July 2023 on; two orders in a hundred are shared
60/40 or in thirds. Both are paid by the quarter on marginal tiers of a quota, sellers for direct and split credits, the
managers for those of their teams, each movement once: to every line its exact part, the largest remainders take what is
missing to the rounded sum.
"""

import sys
from datetime import date
from pathlib import Path

import polars as pl

TIERS = ((0, 8), (60, 12), (100, 20), (120, 25))
"""From so many hundredths of the quota on, so many thousandths of the credit."""
THOUSANDTHS = 1_000
MOVE = date(2023, 7, 1)
FIRST, QUARTERS = date(2021, 1, 1), 20
TRACED = [
    "person_id",
    "rule",
    "movement_id",
    "moved_on",
    "order_id",
    "line_id",
    "credit_amount",
    "pay_amount",
    "file",
    "row",
]
NEEDED = ["order_id", "line_id", "net_amount", "file", "row"]


def quota_of(lines: int) -> int:
    """A seller's quota of a quarter, which most reach; a manager's is ten times that."""
    return lines // 60 * 3 // 100 * 12_000_000


def write(folder: Path) -> None:
    """people.parquet and credit_splits.parquet beside the tables of sales.py; what else there may be is empty."""
    tables = folder / "tables"
    pl.DataFrame({"source": []}).write_parquet(tables / "import_log.parquet")
    people = [
        {
            "person_id": f"NV{n}",
            "role": "seller",
            "manager_id": f"MG{n // 10 % 10}",
            "start_on": date(2020, 1, 1),
            "end_on": MOVE if n % 7 == 0 else None,
        }
        for n in range(100, 200)
    ]
    people += [
        row | {"manager_id": f"MG{(int(row['person_id'][2:]) // 10 + 1) % 10}", "start_on": MOVE, "end_on": None}
        for row in people
        if row["end_on"]
    ]
    people += [
        {"person_id": f"MG{n}", "role": "manager", "manager_id": None, "start_on": date(2020, 1, 1), "end_on": None}
        for n in range(10)
    ]
    far = {name: pl.lit(None, pl.String) for name in ("region", "channel")} | {"left_on": pl.lit(None, pl.Date)}
    frame = pl.DataFrame(
        people, schema_overrides={"manager_id": pl.String, "end_on": pl.Date}, infer_schema_length=None
    )
    frame.with_columns(**far).write_parquet(tables / "people.parquet")
    orders = pl.scan_parquet(tables / "orders" / "*.parquet").select("order_id", "person_id")
    number = pl.col("order_id").str.tail(6).cast(pl.Int64)
    shared = orders.filter(number % 50 == 0).with_columns(is_third=number % 150 == 0).collect()
    mate = pl.format("NV{}", (pl.col("person_id").str.tail(3).cast(pl.Int64) + 1 - 100) % 100 + 100)
    other = pl.format("NV{}", (pl.col("person_id").str.tail(3).cast(pl.Int64) + 37 - 100) % 100 + 100)
    whole = pl.lit(10**9, pl.Int64)
    parts = [
        shared.select(
            "order_id", "person_id", share=pl.when("is_third").then(whole - 2 * (whole // 3)).otherwise(whole * 6 // 10)
        ),
        shared.select(
            "order_id", person_id=mate, share=pl.when("is_third").then(whole // 3).otherwise(whole * 4 // 10)
        ),
        shared.filter("is_third").select("order_id", person_id=other, share=whole // 3),
    ]
    rows = pl.concat(parts).sort("order_id", "person_id").with_row_index("row", 2)
    rows.with_columns(pl.col("row").cast(pl.Int64), file=pl.lit("splits.csv")).write_parquet(
        tables / "credit_splits.parquet"
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
