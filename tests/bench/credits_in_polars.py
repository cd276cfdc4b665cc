"""Credits and traced pay lines by hand in native polars: quarter by quarter, streaming."""

from datetime import date
from pathlib import Path

import polars as pl
from credit_cases import FIRST, NEEDED, QUARTERS, THOUSANDTHS, TIERS, TRACED, quota_of

from revops.periods import add_months

KEY = ["person_id", "rule"]
BILLION = 10**9


def run(folder: Path, out: Path, lines: int) -> None:
    """Write the traced lines, a file a quarter."""
    tables = folder / "tables"
    people = pl.read_parquet(tables / "people.parquet")
    splits = pl.scan_parquet(tables / "credit_splits.parquet").select("order_id", "person_id", "share").collect()
    shared = splits.select("order_id").unique().lazy()
    back, parted = pl.collect_all([_returns(tables, shared), _shared(tables, shared, splits)], engine="streaming")
    for n in range(QUARTERS):
        start, end = add_months(FIRST, 3 * n), add_months(FIRST, 3 * n + 3)
        files = [f"{add_months(start, k):%Y-%m}.parquet" for k in range(3)]
        sold = _sales(tables, files, shared)
        inside = pl.col("moved_on").is_between(start, end, closed="left")
        alone = pl.concat([sold, back.lazy().filter(inside)])
        given = parted.lazy().filter(inside)
        credits = [alone.with_columns(rule=pl.lit("direct")), given.with_columns(rule=pl.lit("split"))]
        credits += [_team(alone, people), _once(_team(given, people))]
        rows = pl.concat([part.select(*TRACED[:7], "file", "row") for part in credits]).collect(engine="streaming")
        _paid(rows, quota_of(lines)).select(TRACED).write_parquet(
            out / f"{start}.parquet", compression="zstd", compression_level=1
        )


def _moves(sold: pl.LazyFrame, heads: pl.LazyFrame) -> pl.LazyFrame:
    """Sold lines and header differences of orders."""
    who = heads.filter(~pl.col("is_cancelled"))
    kept = who.select("order_id", "person_id", moved_on="ordered_on")
    sales = sold.select(NEEDED).join(kept, on="order_id").with_columns(movement_id="line_id", kind=pl.lit("sale"))
    sums = sold.group_by("order_id").agg(pl.col("net_amount").sum().alias("lines"))
    headed = who.filter(pl.col("net_amount").is_not_null()).join(sums, on="order_id", how="left")
    headed = headed.with_columns(net_amount=pl.col("net_amount") - pl.col("lines").fill_null(0)).filter(
        pl.col("net_amount") != 0
    )
    rounding = headed.select(
        "order_id",
        line_id=pl.lit(None, pl.String),
        net_amount="net_amount",
        file="file",
        row="row",
        person_id="person_id",
        moved_on="ordered_on",
        movement_id=pl.format("header:{}", "order_id"),
        kind=pl.lit("header"),
    )
    return pl.concat([sales, rounding])


def _heads(tables: Path, files: list[str] | None = None) -> pl.LazyFrame:
    paths = [tables / "orders" / name for name in files] if files else tables / "orders" / "*.parquet"
    return pl.scan_parquet(paths)


def _sales(tables: Path, files: list[str], shared: pl.LazyFrame) -> pl.LazyFrame:
    heads = _heads(tables, files).join(shared, on="order_id", how="anti")
    sold = pl.scan_parquet([tables / "order_lines" / name for name in files]).join(shared, on="order_id", how="anti")
    moved = _moves(sold, heads).filter(pl.col("person_id").is_not_null())
    return moved.with_columns(credit_amount="net_amount").drop("kind")


def _back(tables: Path, orders: pl.LazyFrame, how: str) -> pl.LazyFrame:
    back = pl.scan_parquet(tables / "returns" / "*.parquet").join(orders, on="order_id", how=how)
    who = _heads(tables).join(back.select("order_id"), on="order_id", how="semi")
    who = who.filter(~pl.col("is_cancelled")).select("order_id", "person_id")
    rows = back.select(*NEEDED, "return_id", "returned_on").join(who, on="order_id", how="left")
    return rows.select(
        "order_id",
        "line_id",
        -pl.col("net_amount"),
        "file",
        "row",
        "person_id",
        moved_on="returned_on",
        movement_id="return_id",
    )


def _returns(tables: Path, shared: pl.LazyFrame) -> pl.LazyFrame:
    rows = _back(tables, shared, "anti").filter(pl.col("person_id").is_not_null())
    return rows.with_columns(credit_amount="net_amount")


def _shared(tables: Path, shared: pl.LazyFrame, splits: pl.DataFrame) -> pl.LazyFrame:
    """Shared lines with their people, by what each share of the line has come to."""
    heads = _heads(tables).join(shared, on="order_id", how="semi")
    sold = pl.scan_parquet(tables / "order_lines" / "*.parquet").join(shared, on="order_id", how="semi")
    moved = pl.concat(
        [
            _moves(sold, heads).drop("kind"),
            _back(tables, shared, "semi").select(_moves(sold, heads).drop("kind").collect_schema().names()),
        ]
    )
    rows = moved.drop("person_id").join(splits.lazy(), on="order_id")
    rows = rows.with_columns(of=pl.coalesce("line_id", "movement_id")).sort("moved_on", "movement_id", "person_id")
    rows = rows.with_columns(after=pl.col("net_amount").cum_sum().over("of", "person_id"))
    rows = rows.with_columns(before=pl.col("after") - pl.col("net_amount"))
    return rows.with_columns(credit_amount=_part("after") - _part("before")).drop("of", "after", "before", "share")


def _part(amount: str) -> pl.Expr:
    size = pl.col(amount).abs() * pl.col("share")
    part, rest = size // BILLION, size % BILLION
    left = rest.sum().over("movement_id") // BILLION
    place = (-rest).rank("ordinal").over("movement_id")
    return (part + (place <= left).cast(pl.Int64)) * pl.col(amount).sign()


def _team(rows: pl.LazyFrame, people: pl.DataFrame) -> pl.LazyFrame:
    above = people.filter(pl.col("manager_id").is_not_null()).select(
        "person_id", "manager_id", "start_on", pl.col("end_on").fill_null(date(9999, 1, 1))
    )
    found = rows.join(above.lazy(), on="person_id").filter(
        (pl.col("start_on") <= pl.col("moved_on")) & (pl.col("moved_on") < pl.col("end_on"))
    )
    return found.with_columns(person_id="manager_id", rule=pl.lit("rollup"))


def _once(rows: pl.LazyFrame) -> pl.LazyFrame:
    same = ["moved_on", "order_id", "line_id", "file", "row", "rule"]
    return rows.group_by("movement_id", "person_id").agg(pl.col(same).first(), pl.col("credit_amount").sum())


def _paid(rows: pl.DataFrame, quota: int) -> pl.DataFrame:
    """The parts of the lines: cumulated in event order, cut to whole units, the rest by largest remainder."""
    kind = pl.when(pl.col("rule") == "rollup").then(10 * quota).otherwise(quota)
    rows = rows.with_columns(quota=kind).sort("person_id", "moved_on", "movement_id")
    rows = rows.with_columns(after=pl.col("credit_amount").cum_sum().over("person_id"))
    after, before = pl.col("after"), pl.col("after") - pl.col("credit_amount")
    rows = rows.with_columns(exact=_earned(after) - _earned(before))
    rows = rows.with_columns(sign=pl.col("exact").sign(), size=pl.col("exact").abs())
    rows = rows.with_columns(
        part=pl.col("size") // THOUSANDTHS * pl.col("sign"), rest=pl.col("size") % THOUSANDTHS * pl.col("sign")
    )
    total = pl.col("exact").sum()
    rounded = (2 * total.abs() + THOUSANDTHS) // (2 * THOUSANDTHS) * total.sign()
    rows = rows.with_columns(left=(rounded - pl.col("part").sum()).over("person_id"))
    short = pl.when(pl.col("left") > 0).then(-pl.col("rest")).otherwise("rest")
    rows = rows.with_columns(place=short.rank("ordinal").over("person_id"))
    more = (pl.col("place") <= pl.col("left").abs()).cast(pl.Int64) * pl.col("left").sign()
    return rows.with_columns(pay_amount=pl.col("part") + more)


def _earned(credit: pl.Expr) -> pl.Expr:
    """Thousandths that credits earn: marginal tiers as a sum of what lies above each bound."""
    earned, last = credit * TIERS[0][1], TIERS[0][1]
    for hundredths, rate in TIERS[1:]:
        earned += (credit - pl.col("quota") * hundredths // 100).clip(0) * (rate - last)
        last = rate
    return earned
