"""What all ways of bench_facts.py share: spans, columns of the results, the needed columns, where tables lie."""

from datetime import date
from pathlib import Path

import polars as pl

FROM, UNTIL = date(2025, 1, 1), date(2026, 1, 1)
CUBE = ["period_on", "product_group", "channel", "region"]
SUMS = ["orders", "units", "returned_units", "gross_amount", "discount_amount", "returned_amount", "net_amount",
        "cost_units", "cost_rows", "rows"]  # fmt: skip
STAY = ["index", "days", "running", "moved", "lost", "open"]
READ = {
    "cube": {"order_lines": ["order_id", "product_id", "quantity", "gross_amount", "discount_amount", "net_amount"],
             "orders": ["order_id", "ordered_on", "channel", "region", "is_cancelled", "net_amount"]},
    "cohorts": {"orders": ["order_id", "customer_id", "ordered_on", "is_cancelled", "net_amount"],
                "order_lines": ["order_id", "net_amount"]},
    "rfm": {"orders": ["order_id", "customer_id", "ordered_on", "is_cancelled", "net_amount"],
            "order_lines": ["order_id", "net_amount"]},
    "funnel": {"history": ["opportunity_id", "stage", "entered_on", "left_on"],
               "deals": ["opportunity_id", "created_on", "close_on", "is_closed", "is_won", "amount", "stage"]},
}  # fmt: skip
"""The columns that a case cannot do without: the read floor."""


def scan(folder: Path, name: str) -> pl.LazyFrame:
    """A table of the folder, whether one file or one a month."""
    path = folder / "tables" / f"{name}.parquet"
    return pl.scan_parquet(path if path.exists() else folder / "tables" / name / "*.parquet")
