"""The facts in pandas, as who knows it well writes them: few columns, categories, sums without Python."""

# ruff: noqa: E501  (queries stand as one writes them)

from pathlib import Path

from fact_cases import CUBE, FROM, READ, STAY, SUMS, UNTIL
from sales import STAGES


class Pandas:
    """The same in pandas, as who knows it well writes it: few columns, categories, sums without Python."""

    def read(self, folder: Path, name: str, columns: list[str]):
        import pandas as pd

        path = folder / "tables" / f"{name}.parquet"
        return pd.read_parquet(path if path.exists() else folder / "tables" / name, columns=columns)

    def cube(self, folder: Path):
        import pandas as pd

        goods = self.read(folder, "products", ["product_id", "product_group", "unit_cost"]).astype(
            {"product_group": "category"}
        )
        heads = (
            self.read(folder, "orders", READ["cube"]["orders"])
            .query("not is_cancelled")
            .rename(columns={"net_amount": "head"})
        )
        heads = heads.assign(period_on=pd.to_datetime(heads.pop("ordered_on")).dt.to_period("M").dt.start_time).drop(
            columns="is_cancelled"
        )
        heads = heads.astype({"channel": "category", "region": "category"}).reset_index(drop=True)
        heads["n"] = heads.index
        sold = (
            self.read(folder, "order_lines", READ["cube"]["order_lines"])
            .merge(heads, on="order_id")
            .merge(goods, on="product_id", how="left")
        )
        sold["cost_units"], sold["cost_rows"] = (
            sold.quantity * sold.unit_cost.fillna(0),
            sold.unit_cost.notna().astype("int64"),
        )
        sold["headed"], sold["rows"] = sold.net_amount.where(sold["head"].notna(), 0), 1
        groups = sold.groupby(CUBE, observed=True, dropna=False)
        sales = (
            groups[
                [
                    "quantity",
                    "gross_amount",
                    "discount_amount",
                    "net_amount",
                    "cost_units",
                    "cost_rows",
                    "rows",
                    "headed",
                ]
            ]
            .sum()
            .rename(columns={"quantity": "units"})
        )
        sales["orders"] = sold.drop_duplicates([*CUBE, "n"]).groupby(CUBE, observed=True, dropna=False).size()
        back = self.read(
            folder, "returns", ["returned_on", "product_id", "channel", "region", "quantity", "net_amount"]
        ).merge(goods, on="product_id", how="left")
        back["period_on"] = pd.to_datetime(back.pop("returned_on")).dt.to_period("M").dt.start_time
        back["cost_units"], back["cost_rows"], back["rows"] = (
            -back.quantity * back.unit_cost.fillna(0),
            back.unit_cost.notna().astype("int64"),
            1,
        )
        taken = (
            back.groupby(CUBE, observed=True, dropna=False)[
                ["quantity", "net_amount", "cost_units", "cost_rows", "rows"]
            ]
            .sum()
            .rename(columns={"quantity": "returned_units"})
        )
        taken["returned_amount"], taken["net_amount"] = taken.net_amount, -taken.net_amount
        keys = ["period_on", "channel", "region"]
        told = heads.groupby(keys, observed=True, dropna=False)["head"].sum()
        rest = (
            (told - sales.reset_index().groupby(keys, observed=True, dropna=False)["headed"].sum())
            .rename("net_amount")
            .reset_index()
        )
        rest = rest[rest.net_amount != 0].assign(product_group=None, gross_amount=lambda part: part.net_amount)
        parts = pd.concat(
            [
                frame.reset_index().astype({"product_group": object, "channel": object, "region": object})
                for frame in (sales.drop(columns="headed"), taken, rest.set_index(CUBE))
            ]
        )
        return parts.groupby(CUBE, dropna=False)[SUMS].sum().reset_index()

    def _bought(self, folder: Path):
        import pandas as pd

        heads = (
            self.read(folder, "orders", READ["cohorts"]["orders"])
            .query("not is_cancelled and customer_id.notna()")
            .rename(columns={"ordered_on": "bought_on"})
        )
        bare = heads.loc[heads.net_amount.isna(), ["order_id", "customer_id", "bought_on"]]
        lines = self.read(folder, "order_lines", READ["cohorts"]["order_lines"]).merge(bare, on="order_id")
        back = (
            self.read(folder, "returns", ["order_id", "returned_on", "net_amount"])
            .merge(heads[["order_id", "customer_id"]], on="order_id")
            .rename(columns={"returned_on": "bought_on"})
        )
        columns = ["customer_id", "bought_on", "orders", "net_amount"]
        parts = [
            heads.assign(orders=1, net_amount=heads.net_amount.fillna(0)),
            lines.assign(orders=0),
            back.assign(orders=0, net_amount=-back.net_amount),
        ]
        return (
            pd.concat([part[columns] for part in parts], ignore_index=True)
            .assign(bought_on=lambda f: pd.to_datetime(f.bought_on))
            .astype({"customer_id": "category"})
        )

    def cohorts(self, folder: Path):
        bought = self._bought(folder)
        months = (
            bought.assign(month_on=bought.bought_on.dt.to_period("M").dt.start_time)
            .groupby(["customer_id", "month_on"], observed=True)[["orders", "net_amount"]]
            .sum()
            .reset_index()
        )
        lives = months[months.orders > 0].groupby("customer_id", observed=True).month_on.agg(["min", "max"])
        both = months.join(lives, on="customer_id", how="inner")
        both = both[both.month_on >= both["min"]].assign(
            active=lambda f: (f.orders > 0).astype("int64"), last=lambda f: (f.month_on == f["max"]).astype("int64")
        )
        return (
            both.rename(columns={"min": "cohort_on"})
            .groupby(["cohort_on", "month_on"])[["active", "last", "net_amount"]]
            .sum()
            .reset_index()
        )

    def rfm(self, folder: Path):
        import numpy as np
        import pandas as pd

        bought = self._bought(folder)
        bought = bought[(bought.bought_on >= pd.Timestamp(FROM)) & (bought.bought_on < pd.Timestamp(UNTIL))]
        groups = bought.assign(last_on=bought.bought_on.where(bought.orders > 0)).groupby("customer_id", observed=True)
        found = (
            groups.agg(last_on=("last_on", "max"), orders=("orders", "sum"), net_amount=("net_amount", "sum"))
            .query("orders > 0")
            .reset_index()
        )
        n = len(found)

        def fifth(name: str):
            return np.ceil(found[name].rank(method="average") * 5 / n).astype("int64")

        once = (found.orders == 1).sum() * 2 > n
        found["recency"], found["frequency"] = (
            fifth("last_on"),
            np.digitize(found.orders, (2, 3, 5, 10)) + 1 if once else fifth("orders"),
        )
        found["money"] = fifth("net_amount").where(found.net_amount > 0, 1)
        return found.astype({"customer_id": object})

    def funnel(self, folder: Path):
        import numpy as np
        import pandas as pd

        places = {name: i for i, name in enumerate(STAGES)}
        deals, history = (
            self.read(folder, name, columns)
            for name, columns in [("deals", READ["funnel"]["deals"]), ("history", READ["funnel"]["history"])]
        )
        history["index"] = history.pop("stage").map(places)
        gone = history.merge(
            deals.loc[deals.is_closed, ["opportunity_id", "close_on"]], on="opportunity_id", how="left"
        )
        until = pd.to_datetime(gone.left_on.fillna(gone.close_on))
        gone["running"] = until.isna().astype("int64")
        gone["days"] = (
            until.fillna(pd.Timestamp(UNTIL) - pd.Timedelta(days=1)) - pd.to_datetime(gone.entered_on)
        ).dt.days
        stood = (
            gone[gone.days >= 0]
            .groupby(["opportunity_id", "index"])
            .agg(days=("days", "sum"), running=("running", "max"))
            .reset_index()
        )
        rows = deals.merge(
            history.groupby("opportunity_id")["index"].max().rename("seen"), on="opportunity_id", how="left"
        )
        now = rows.stage.map(places).where(rows.seen.isna() & ~rows.is_closed)
        rows["reached"] = np.where(rows.is_won, len(STAGES), rows.seen.fillna(now).fillna(0)).astype("int64")
        count = np.minimum(rows.reached + 1, len(STAGES)).to_numpy()
        rows = rows.loc[rows.index.repeat(count), ["opportunity_id", "is_closed", "is_won", "amount", "reached"]]
        rows["index"] = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
        rows = rows.merge(stood, on=["opportunity_id", "index"], how="left")
        rows["moved"], rows["running"] = (
            (rows.reached > rows["index"]).astype("int64"),
            rows.running.fillna(0).astype("int64"),
        )
        rows["lost"] = (rows.is_closed & ~rows.is_won & (rows.reached == rows["index"])).astype("int64")
        rows["open"] = 1 - rows.moved - rows.lost
        return (
            rows.groupby(STAY, dropna=False)
            .amount.agg(["size", "sum"])
            .reset_index()
            .rename(columns={"size": "deals", "sum": "amount"})
        )
