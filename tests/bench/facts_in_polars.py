"""The facts by hand in polars: one lazy query each, with all that makes it fast."""

# ruff: noqa: E501  (queries stand as one writes them)

from pathlib import Path

import polars as pl
from fact_cases import CUBE, FROM, STAY, SUMS, UNTIL, scan
from sales import STAGES


class Polars:
    """The same by hand in polars, one lazy query each, with all that makes it fast."""

    def cube(self, folder: Path) -> pl.DataFrame:
        goods = scan(folder, "products").select(pl.col("product_group").cast(pl.Categorical), "product_id", "unit_cost")
        month = pl.col("ordered_on").dt.truncate("1mo").alias("period_on")
        kind = pl.col("channel", "region").cast(pl.Categorical)
        heads = (
            scan(folder, "orders")
            .filter(~pl.col("is_cancelled"))
            .select("order_id", month, kind, head=pl.col("net_amount"))
            .with_row_index("n")
        )
        cost = {
            "cost_units": pl.col("quantity") * pl.col("unit_cost").fill_null(0),
            "cost_rows": pl.col("unit_cost").is_not_null().cast(pl.Int64),
        }
        sold = scan(folder, "order_lines").join(heads, on="order_id").join(goods, on="product_id", how="left")
        sold = sold.with_columns(headed=pl.when(pl.col("head").is_not_null()).then("net_amount").otherwise(0), **cost)
        sums = pl.col("gross_amount", "discount_amount", "net_amount", "cost_units", "cost_rows", "headed").sum()
        sales = sold.group_by(CUBE).agg(
            sums,
            pl.col("quantity").sum().alias("units"),
            pl.col("n").n_unique().cast(pl.Int64).alias("orders"),
            pl.len().cast(pl.Int64).alias("rows"),
        )
        back = (
            scan(folder, "returns")
            .with_columns(kind, period_on=pl.col("returned_on").dt.truncate("1mo"))
            .join(goods, on="product_id", how="left")
        )
        taken = back.with_columns(**{**cost, "cost_units": -cost["cost_units"]}).group_by(CUBE).agg(
            pl.col("quantity").sum().alias("returned_units"), pl.col("net_amount").sum().alias("returned_amount"), -pl.col("net_amount").sum(),
            pl.col("cost_units", "cost_rows").sum(), pl.len().cast(pl.Int64).alias("rows"))  # fmt: skip
        told = heads.group_by("period_on", "channel", "region").agg(pl.col("head").sum().alias("net_amount"))
        less = sales.select("period_on", "channel", "region", net_amount=-pl.col("headed"))
        rest = (
            pl.concat([told, less])
            .group_by("period_on", "channel", "region")
            .agg(pl.col("net_amount").sum())
            .filter(pl.col("net_amount") != 0)
        )
        rest = rest.with_columns(gross_amount=pl.col("net_amount"), product_group=pl.lit(None, pl.Categorical))
        return (
            pl.concat([sales.drop("headed"), taken, rest], how="diagonal")
            .group_by(CUBE)
            .agg(pl.col(SUMS).sum())
            .collect(engine="streaming")
        )

    def _bought(self, folder: Path) -> pl.LazyFrame:
        heads = scan(folder, "orders").filter(~pl.col("is_cancelled") & pl.col("customer_id").is_not_null())
        who = heads.select("order_id", "customer_id", bought_on="ordered_on")
        bare = heads.filter(pl.col("net_amount").is_null()).select("order_id", "customer_id", bought_on="ordered_on")
        one, none = pl.lit(1, pl.Int64).alias("orders"), pl.lit(0, pl.Int64).alias("orders")
        return pl.concat([
            heads.select("customer_id", one, pl.col("net_amount").fill_null(0), bought_on="ordered_on"),
            scan(folder, "order_lines").select("order_id", "net_amount").join(bare, on="order_id").select("customer_id", none, "net_amount", "bought_on"),
            scan(folder, "returns").join(who, on="order_id").select("customer_id", none, -pl.col("net_amount"), bought_on="returned_on"),
        ])  # fmt: skip

    def cohorts(self, folder: Path) -> pl.DataFrame:
        months = (
            self._bought(folder)
            .group_by("customer_id", pl.col("bought_on").dt.truncate("1mo").alias("month_on"))
            .agg(pl.col("orders", "net_amount").sum())
        )
        lives = (
            months.filter(pl.col("orders") > 0)
            .group_by("customer_id")
            .agg(cohort_on=pl.col("month_on").min(), last_on=pl.col("month_on").max())
        )
        both = months.join(lives, on="customer_id").filter(pl.col("month_on") >= pl.col("cohort_on"))
        both = both.with_columns(
            active=(pl.col("orders") > 0).cast(pl.Int64), last=(pl.col("month_on") == pl.col("last_on")).cast(pl.Int64)
        )
        return (
            both.group_by("cohort_on", "month_on")
            .agg(pl.col("active", "last", "net_amount").sum())
            .collect(engine="streaming")
        )

    def rfm(self, folder: Path) -> pl.DataFrame:
        inside = self._bought(folder).filter(pl.col("bought_on").is_between(FROM, UNTIL, closed="left"))
        inside = inside.with_columns(last_on=pl.when(pl.col("orders") > 0).then("bought_on"))
        found = (
            inside.group_by("customer_id")
            .agg(pl.col("last_on").max(), pl.col("orders", "net_amount").sum())
            .filter(pl.col("orders") > 0)
            .collect(engine="streaming")
        )
        n = found.height

        def fifth(name: str) -> pl.Expr:
            return (pl.col(name).rank("average") * 5 / n).ceil().cast(pl.Int64)

        once = (found["orders"] == 1).sum() * 2 > n
        bounds = 1 + sum(((pl.col("orders") >= b).cast(pl.Int64) for b in (2, 3, 5, 10)), start=pl.lit(0))
        return found.with_columns(
            recency=fifth("last_on"),
            frequency=bounds if once else fifth("orders"),
            money=pl.when(pl.col("net_amount") > 0).then(fifth("net_amount")).otherwise(1),
        )

    def funnel(self, folder: Path) -> pl.DataFrame:
        places = {name: i for i, name in enumerate(STAGES)}
        place = pl.col("stage").replace_strict(places, default=None, return_dtype=pl.Int64)
        deals, history = scan(folder, "deals"), scan(folder, "history").with_columns(index=place)
        ends = deals.filter("is_closed").select("opportunity_id", "close_on")
        gone = history.join(ends, on="opportunity_id", how="left").with_columns(gone=pl.coalesce("left_on", "close_on"))
        last = pl.lit(UNTIL).dt.offset_by("-1d")
        gone = gone.with_columns(
            running=pl.col("gone").is_null().cast(pl.Int64),
            days=(pl.coalesce("gone", last) - pl.col("entered_on")).dt.total_days(),
        )
        stood = (
            gone.filter(pl.col("days") >= 0)
            .group_by("opportunity_id", "index")
            .agg(pl.col("days").sum(), pl.col("running").max())
        )
        far = history.group_by("opportunity_id").agg(seen=pl.col("index").max())
        now = pl.when(pl.col("seen").is_null() & ~pl.col("is_closed")).then(place)
        reached = pl.when("is_won").then(len(STAGES)).otherwise(pl.max_horizontal("seen", now, pl.lit(0)))
        rows = deals.join(far, on="opportunity_id", how="left").with_columns(reached=reached)
        rows = rows.with_columns(index=pl.int_ranges(0, pl.min_horizontal(pl.col("reached") + 1, len(STAGES)))).explode(
            "index"
        )
        rows = rows.join(stood, on=["opportunity_id", "index"], how="left").with_columns(
            moved=(pl.col("reached") > pl.col("index")).cast(pl.Int64), running=pl.col("running").fill_null(0),
            lost=(pl.col("is_closed") & ~pl.col("is_won") & (pl.col("reached") == pl.col("index"))).cast(pl.Int64))  # fmt: skip
        rows = rows.with_columns(open=1 - pl.col("moved") - pl.col("lost"))
        return rows.group_by(STAY).agg(deals=pl.len(), amount=pl.col("amount").sum()).collect(engine="streaming")
