"""Credits and traced pay lines by hand in pandas: quarter by quarter, only the needed columns, no loop over rows."""

from pathlib import Path

import numpy as np
import pandas as pd
from credit_cases import FIRST, NEEDED, QUARTERS, THOUSANDTHS, TIERS, TRACED, quota_of

from revops.periods import add_months

BILLION = 10**9
HEAD = ["order_id", "ordered_on", "person_id", "is_cancelled", "net_amount", "file", "row"]


def run(folder: Path, out: Path, lines: int) -> None:
    """Write the traced lines, a file a quarter."""
    tables = folder / "tables"
    people, splits = (pd.read_parquet(tables / f"{name}.parquet") for name in ("people", "credit_splits"))
    splits = splits[["order_id", "person_id", "share"]]
    shared = pd.Index(splits["order_id"].unique())
    months = [f"{add_months(FIRST, n):%Y-%m}.parquet" for n in range(3 * QUARTERS)]
    back = pd.concat(
        [pd.read_parquet(tables / "returns" / name, columns=[*NEEDED, "return_id", "returned_on"]) for name in months]
    )
    owners, parts = [], []
    for name in months:
        heads = pd.read_parquet(tables / "orders" / name, columns=HEAD)
        owners.append(
            heads.loc[~heads["is_cancelled"] & heads["order_id"].isin(back["order_id"]), ["order_id", "person_id"]]
        )
        heads = heads[heads["order_id"].isin(shared)]
        sold = pd.read_parquet(tables / "order_lines" / name, columns=NEEDED)
        parts.append(_moves(sold[sold["order_id"].isin(shared)], heads))
    back = back.merge(pd.concat(owners), on="order_id", how="left").rename(
        columns={"returned_on": "moved_on", "return_id": "movement_id"}
    )
    back["net_amount"] = -back["net_amount"]
    parts.append(back[back["order_id"].isin(shared)])
    parted = _shared(pd.concat(parts), splits)
    back = back[~back["order_id"].isin(shared) & back["person_id"].notna()].assign(
        rule="direct", credit_amount=lambda b: b["net_amount"]
    )
    for n in range(QUARTERS):
        start, end = pd.Timestamp(add_months(FIRST, 3 * n)), pd.Timestamp(add_months(FIRST, 3 * n + 3))
        credits = [_sales(tables, months[3 * n : 3 * n + 3], shared)]
        credits += [
            rows[(rows["moved_on"] >= start.date()) & (rows["moved_on"] < end.date())] for rows in (back, parted)
        ]
        alone = pd.concat(credits[:2])
        team = (
            _team(credits[2], people)
            .groupby(["movement_id", "person_id"], as_index=False, sort=False)
            .agg(
                {
                    **dict.fromkeys(["moved_on", "order_id", "line_id", "file", "row", "rule"], "first"),
                    "credit_amount": "sum",
                }
            )
        )
        rows = pd.concat(
            [part[[c for c in TRACED if c != "pay_amount"]] for part in (alone, credits[2], _team(alone, people), team)]
        )
        _paid(rows, quota_of(lines))[TRACED].to_parquet(
            out / f"{start:%Y-%m}.parquet", compression="zstd", compression_level=1, index=False
        )


def _moves(sold: pd.DataFrame, heads: pd.DataFrame) -> pd.DataFrame:
    heads = heads[~heads["is_cancelled"]]
    sales = sold.merge(heads[["order_id", "person_id", "ordered_on"]], on="order_id")
    sales = sales.rename(columns={"ordered_on": "moved_on"}).assign(movement_id=lambda rows: rows["line_id"])
    headed = heads[heads["net_amount"].notna()].copy()
    sums = sold.groupby("order_id", sort=False)["net_amount"].sum()
    headed["net_amount"] = headed["net_amount"].astype("int64") - headed["order_id"].map(sums).fillna(0).astype("int64")
    headed = headed[headed["net_amount"] != 0].rename(columns={"ordered_on": "moved_on"}).drop(columns="is_cancelled")
    return pd.concat([sales, headed.assign(movement_id="header:" + headed["order_id"], line_id=None)])


def _sales(tables: Path, months: list[str], shared: pd.Index) -> pd.DataFrame:
    heads = pd.concat([pd.read_parquet(tables / "orders" / name, columns=HEAD) for name in months])
    sold = pd.concat([pd.read_parquet(tables / "order_lines" / name, columns=NEEDED) for name in months])
    moved = _moves(sold[~sold["order_id"].isin(shared)], heads[~heads["order_id"].isin(shared)])
    moved = moved[moved["person_id"].notna()]
    return moved.assign(rule="direct", credit_amount=moved["net_amount"])


def _shared(moved: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    rows = moved.drop(columns="person_id").merge(splits, on="order_id")
    rows["of"] = rows["line_id"].fillna(rows["movement_id"])
    rows = rows.sort_values(["moved_on", "movement_id", "person_id"], kind="stable", ignore_index=True)
    after = rows.groupby(["of", "person_id"], sort=False)["net_amount"].cumsum()
    rows["credit_amount"] = _part(rows, after) - _part(rows, after - rows["net_amount"])
    return rows.drop(columns=["of", "share"]).assign(rule="split")


def _part(rows: pd.DataFrame, amount: pd.Series) -> pd.Series:
    size = amount.abs() * rows["share"]
    part, rest = size // BILLION, size % BILLION
    events = rest.groupby(rows["movement_id"], sort=False)
    left, place = events.transform("sum") // BILLION, events.rank(method="first", ascending=False)
    return (part + (place <= left)) * np.sign(amount)


def _team(rows: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    above = people.loc[people["manager_id"].notna(), ["person_id", "manager_id", "start_on", "end_on"]]
    found = rows.merge(above, on="person_id")
    found = found[
        (found["start_on"] <= found["moved_on"]) & (found["end_on"].isna() | (found["moved_on"] < found["end_on"]))
    ]
    return found.assign(person_id=found["manager_id"], rule="rollup").drop(columns=["manager_id", "start_on", "end_on"])


def _paid(rows: pd.DataFrame, quota: int) -> pd.DataFrame:
    rows = rows.sort_values(["person_id", "moved_on", "movement_id"], ignore_index=True)
    quotas = pd.Series(np.where(rows["rule"] == "rollup", 10 * quota, quota))
    person, credit = rows["person_id"], rows["credit_amount"]
    after = credit.groupby(person, sort=False).cumsum()
    exact = _earned(after, quotas) - _earned(after - credit, quotas)
    part, rest = exact.abs() // THOUSANDTHS * np.sign(exact), exact.abs() % THOUSANDTHS * np.sign(exact)
    total = exact.groupby(person, sort=False).transform("sum")
    rounded = (2 * total.abs() + THOUSANDTHS) // (2 * THOUSANDTHS) * np.sign(total)
    left = rounded - part.groupby(person, sort=False).transform("sum")
    place = pd.Series(np.where(left > 0, -rest, rest)).groupby(person, sort=False).rank(method="first")
    return rows.assign(pay_amount=part + (place <= left.abs()) * np.sign(left))


def _earned(credit: pd.Series, quota: pd.Series) -> pd.Series:
    earned, last = credit * TIERS[0][1], TIERS[0][1]
    for hundredths, rate in TIERS[1:]:
        earned = earned + (credit - quota * hundredths // 100).clip(lower=0) * (rate - last)
        last = rate
    return earned
