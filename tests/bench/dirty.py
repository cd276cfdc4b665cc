"""A large file of order lines with dirt in it: the same bytes for the same number of rows."""

import sys
from pathlib import Path

import numpy as np
import polars as pl

HEAD = "order,line,placed,customer,item,qty,price,discount,channel\n"
CHANNELS = ["Online shop", "Stores", "Dealers", "Marketplace"]
PRODUCTS, CUSTOMERS, PIECE = 2_000, 400_000, 1_000_000
STEP = 0.0005  # each kind of dirt: one row in two thousand; eight kinds


def write(path: Path, rows: int) -> None:
    """Write `rows` rows and about 0.02 % of them twice; 0.4 % cannot be used."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEAD)
        orders = 0
        for start in range(0, rows, PIECE):
            frame, orders = _piece(min(PIECE, rows - start), start, orders)
            file.write(frame.write_csv(include_header=False, quote_style="never"))


def _piece(rows: int, start: int, orders: int) -> tuple[pl.DataFrame, int]:
    """One piece of the file: orders of one to five lines, then the dirt."""
    rng = np.random.default_rng(start + 7)
    number = np.repeat(np.arange(rows), rng.integers(1, 6, rows))[:rows]
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    line = np.arange(rows) - np.repeat(starts, np.diff(np.append(starts, rows))) + 1
    frame = pl.DataFrame({
        "n": number + orders, "line": line, "customer": rng.integers(0, CUSTOMERS, rows)[number],
        "item": rng.integers(0, PRODUCTS, rows), "qty": rng.integers(1, 9, rows),
        "price": rng.integers(20, 4_000, rows) * 1_000, "discount": rng.integers(0, 5, rows) * 1_000,
        "channel": rng.integers(0, 4, rows)[number], "dirt": rng.random(rows),
    })  # fmt: skip
    placed = pl.datetime(2026, 1, 1) + pl.duration(seconds=pl.col("n") * 11 % (300 * 86_400))
    texts = frame.select(
        order=pl.format("SO-{}", pl.col("n").cast(pl.String).str.zfill(8)),
        line=pl.col("line").cast(pl.String),
        placed=_or(placed.dt.strftime("%Y-%m-%d %H:%M:%S"), 0, "2026-02-30 10:00:00"),
        customer=pl.format("KH-{}", pl.col("customer").cast(pl.String).str.zfill(6)),
        item=_or(_or(pl.format("SP-{}", pl.col("item").cast(pl.String).str.zfill(4)), 1, ""), 2, "SP-9999"),
        qty=_or(_or(pl.col("qty").cast(pl.String), 3, "0"), 4, "two"),
        price=_or(pl.col("price").cast(pl.String), 5, "12O000"),
        discount=pl.col("discount").cast(pl.String),
        channel=_or(_or(pl.lit(CHANNELS).list.get("channel"), 6, "Unknown"), 7, "Stores,extra"),
        again=pl.col("dirt") > 1 - STEP * 0.4,
    )
    twice = pl.when("again").then(2).otherwise(1)
    return texts.with_columns(n=twice).select(pl.exclude("n", "again").repeat_by("n").explode()), int(
        number[-1]
    ) + orders + 1


def _or(value: pl.Expr, kind: int, dirt: str) -> pl.Expr:
    bad = (pl.col("dirt") >= kind * STEP) & (pl.col("dirt") < (kind + 1) * STEP)
    return pl.when(bad).then(pl.lit(dirt)).otherwise(value)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
