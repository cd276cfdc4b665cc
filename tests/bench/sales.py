"""A company of many order lines as canonical tables in Parquet: order_lines, orders and returns a file a month.

Two and a half lines an order, 2,000 products in twelve groups, five channels, four regions; one order in eight is
anonymous, one in fifty cancelled; a third of the orders carries no header amount, one header in 300 differs from its
lines; four lines in a hundred come back, half of them in the next month. And a CRM: `sales.py FOLDER LINES`.
"""

import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from revops.periods import add_months

FIRST, MONTHS, PRODUCTS = date(2021, 1, 1), 60, 2_000
CHANNELS, REGIONS = ["Stores", "Web shop", "Marketplaces", "Dealers", "Projects"], ["North", "Central", "South", None]


def write(folder: Path, lines: int, seed: int = 7) -> None:
    """The tables of a company with about `lines` order lines in 60 months, below `folder`."""
    chance = np.random.default_rng(seed)
    costs = chance.integers(5_000, 500_000, PRODUCTS) * 10_000
    ids = [f"SP-{n:05}" for n in range(PRODUCTS)]
    products = {"product_id": ids, "name": ids, "product_group": [f"Group {n % 12}" for n in range(PRODUCTS)],
                "unit_cost": costs}  # fmt: skip
    folder.mkdir(parents=True)
    pl.DataFrame(products).write_parquet(folder / "products.parquet")
    left = None
    for number in range(MONTHS):
        month = add_months(FIRST, number)
        orders, sold, back = _month(chance, month, lines // MONTHS * 2 // 5, max(lines // 8, 10))
        late = back.with_columns(pl.lit(add_months(month, 1)).alias("returned_on")).gather_every(2, 1)
        now = back.gather_every(2)
        for name, frame in (("orders", orders), ("order_lines", sold), ("returns", _both(now, left))):
            (folder / name).mkdir(exist_ok=True)
            frame.write_parquet(folder / name / f"{month:%Y-%m}.parquet", compression="zstd", compression_level=1)
        left = late


def _both(now: pl.DataFrame, left: pl.DataFrame | None) -> pl.DataFrame:
    return now if left is None else pl.concat([left, now])


def _month(chance: np.random.Generator, month: date, count: int, customers: int) -> tuple[pl.DataFrame, ...]:
    """Orders, their lines and what will come back of them."""
    days = np.sort(chance.integers(0, (add_months(month, 1) - month).days * 86_400, count))
    placed = pl.select(pl.lit(month).cast(pl.Datetime("us")) + pl.duration(seconds=pl.Series(days))).to_series()
    sizes = chance.integers(1, 5, count)
    which = np.repeat(np.arange(count), sizes)
    ids = pl.select(pl.format("shop:" + f"{month:%y%m}" + "{}", pl.int_range(1_000_000, 1_000_000 + count))).to_series()
    buyer = (chance.random(count) ** 2 * customers).astype(np.int64)
    orders = pl.DataFrame({"order_id": ids, "ordered_at": placed}).with_columns(
        ordered_on=pl.col("ordered_at").dt.date(),
        channel=pl.Series(CHANNELS).gather(chance.integers(0, 5, count)),
        region=pl.Series(REGIONS).gather(chance.integers(0, 4, count)),
        customer_id=pl.when(pl.Series(chance.random(count) > 0.125)).then(
            pl.format("KH{}", pl.Series(buyer + 1_000_000))
        ),
        account_id=pl.lit(None, pl.String),
        person_id=pl.format("NV{}", pl.Series(chance.integers(100, 200, count))),
        is_cancelled=pl.Series(chance.random(count) < 0.02),
        currency=pl.lit("VND"),
    )
    n = len(which)
    product, quantity = (chance.random(n) ** 2 * PRODUCTS).astype(np.int64), chance.integers(1, 4, n)
    gross = quantity * (product + 20) * 10_000
    discount = np.where(chance.random(n) < 0.3, gross // 10, 0)
    number = np.arange(n) - np.repeat(np.cumsum(sizes) - sizes, sizes) + 1
    sold = pl.DataFrame({"order_id": ids.gather(which)}).with_columns(
        line_id=pl.format("{}-{}", "order_id", pl.Series(number)),
        product_id=pl.format("SP-{}", pl.Series(product).cast(pl.String).str.zfill(5)),
        quantity=pl.Series(quantity), gross_amount=pl.Series(gross), discount_amount=pl.Series(discount),
        net_amount=pl.Series(gross - discount), unit_price=pl.Series(gross // quantity * 10_000),
    )  # fmt: skip
    header = np.bincount(which, weights=gross - discount, minlength=count).astype(np.int64)
    header = header + (chance.random(count) < 1 / 300)
    orders = orders.with_columns(net_amount=pl.when(pl.Series(chance.random(count) > 1 / 3)).then(pl.Series(header)))
    lineage = {"source": pl.lit("shop"), "file": pl.lit(f"raw/{month:%Y-%m}.csv")}
    whole = [frame.with_columns(**lineage, row=pl.int_range(2, pl.len() + 2)) for frame in (orders, sold)]
    here = pl.DataFrame({"n": which, "take": chance.random(n) < 0.04}).with_row_index("at").filter("take")
    heads = orders[here["n"]].select("channel", "region", "is_cancelled", pl.col("ordered_on").alias("returned_on"))
    back = pl.concat([sold[here["at"]].drop("gross_amount", "discount_amount", "unit_price"), heads], how="horizontal")
    back = back.filter(~pl.col("is_cancelled")).drop("is_cancelled").with_columns(
        return_id=pl.format("R:{}", "line_id"), returned_on=pl.min_horizontal(
            pl.col("returned_on") + timedelta(days=3), pl.lit(add_months(month, 1) - timedelta(days=1))),
        **lineage, row=pl.int_range(2, pl.len() + 2))  # fmt: skip
    return *whole, back


STAGES = ["Lead", "Meeting", "Quote", "Talks", "Contract"]


def write_deals(folder: Path, count: int, seed: int = 7) -> None:
    """A CRM export of `count` deals and their visits to five stages: deals.parquet, history.parquet.

    Most walk through the stages in turn, one in ten skips one, one in twenty comes back; a third is won, a third lost.
    """
    chance = np.random.default_rng(seed)
    created = chance.integers(0, 1_700, count)
    far, fate = chance.integers(1, 6, count), chance.integers(0, 3, count)
    which = np.repeat(np.arange(count), far)
    place = np.arange(len(which)) - np.repeat(np.cumsum(far) - far, far)
    took = chance.integers(1, 40, len(which))
    ends = np.cumsum(took)
    ends -= np.repeat(ends[np.cumsum(far) - far] - took[np.cumsum(far) - far], far)
    left = created[which] + ends
    is_last = place == np.repeat(far - 1, far)
    kept = (chance.random(len(which)) > 0.1) | is_last
    visits = pl.DataFrame({"deal": which, "place": place, "entered": left - took, "left": left, "is_last": is_last})
    again = visits.sample(fraction=0.05, seed=seed).with_columns(pl.col("entered", "left") + 2, is_last=pl.lit(False))
    visits = pl.concat([visits.filter(pl.Series(kept)), again]).sort("entered", "deal", "place")
    day, name = pl.lit(FIRST), pl.format("D{}", pl.col("deal") + 10_000_000)
    stages = pl.lit(pl.Series(STAGES))
    visits.select(
        opportunity_id=name, stage=stages.gather(pl.col("place")), entered_on=day + pl.duration(days="entered"),
        left_on=pl.when(~pl.col("is_last")).then(day + pl.duration(days="left")),
    ).unique(["opportunity_id", "stage", "entered_on"], maintain_order=True).write_parquet(
        folder / "history.parquet", compression="zstd", compression_level=1
    )  # fmt: skip
    ended = created + np.bincount(which, weights=took, minlength=count).astype(np.int64)
    deals = pl.DataFrame({"deal": np.arange(count), "created": created, "ended": ended, "far": far - 1, "fate": fate})
    deals.with_columns(amount=pl.Series(chance.integers(1, 1_000, count) * 1_000_000)).select(
        opportunity_id=name, created_on=day + pl.duration(days="created"), close_on=day + pl.duration(days="ended"),
        is_closed=pl.col("fate") > 0, is_won=pl.col("fate") == 2, amount="amount",
        stage=pl.when(pl.col("fate") == 0).then(stages.gather(pl.col("far"))).otherwise(pl.lit("Closed")),
        **{cut: pl.lit(None, pl.String) for cut in ("person_id", "region", "product_group", "lead_source")},
    ).write_parquet(folder / "deals.parquet", compression="zstd", compression_level=1)  # fmt: skip


if __name__ == "__main__":
    tables, lines = Path(sys.argv[1]) / "tables", int(sys.argv[2])
    write(tables, lines)
    write_deals(tables, lines // 5)
