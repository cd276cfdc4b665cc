"""The lines of a statement: one row an order where they are few, one row a week where they are many."""

from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl

from revops.workspace import Workspace

MOST = 13  # rows that leave room for the rest of an A4 page


def line_rows(lines: pl.DataFrame, ws: Workspace, quota_share: Fraction | None) -> list[dict[str, Any]]:
    """Rows when, order, what, tag, credit_amount, attained, rate_from, rate_to, pay_amount, in event order.

    `quota_share` is what one money unit adds to attainment: the share reached is told in the order shown.
    """
    mine = lines.filter(pl.col("kind") == "commission").sort("component", "line_no")
    if mine.is_empty():
        return []
    orders = _grouped(mine, ["component", "moved_on", "order_id", "movement", "rule"])
    in_order = ["first_on", "last_on", "component"]
    if orders.height <= MOST:
        orders = orders.sort(in_order, maintain_order=True)
        return [_order_row(row, ws) for row in _reached(orders.to_dicts(), mine, quota_share)]
    weeks = mine.with_columns(week=pl.col("moved_on").dt.truncate("1w"), is_return=pl.col("movement") == "return")
    grouped = _grouped(weeks, ["component", "week", "is_return"]).sort(in_order, maintain_order=True)
    return [_week_row(row, ws) for row in _reached(grouped.to_dicts(), mine, quota_share)]


def _reached(rows: list[dict[str, Any]], lines: pl.DataFrame, quota_share: Fraction | None) -> list[dict[str, Any]]:
    """The rows with the share of the quota reached after each, from where the month began."""
    last = lines.filter(pl.col("component") == 0)["attained"].to_list()[-1:]
    if quota_share is None or not last or last[0] is None:
        return [{**row, "attained": None} for row in rows]
    own = [row for row in rows if row["component"] == 0]
    reached = last[0] - float(sum(row["credit_amount"] for row in own) * quota_share)
    told = []
    for row in rows:
        reached += float(row["credit_amount"] * quota_share) if row["component"] == 0 else 0.0
        told.append({**row, "attained": reached if row["component"] == 0 else None})
    return told


def _grouped(lines: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Lines summed by `by`, with the rates from the first to the last."""
    return lines.group_by(by, maintain_order=True).agg(
        pl.col("moved_on").min().alias("first_on"),
        pl.col("moved_on").max().alias("last_on"),
        pl.col("order_id").n_unique().alias("orders"),
        pl.col("order_id").first().alias("order"),
        pl.col("customer_name").drop_nulls().first().alias("customer"),
        pl.col("product_group").drop_nulls().unique().sort().alias("groups"),
        pl.col("share").first().alias("credit_share"),
        pl.col("credit_amount").sum(),
        pl.col("rate_from").first(),
        pl.col("rate_to").last(),
        pl.col("pay_amount").sum(),
    )


def _order_row(row: dict[str, Any], ws: Workspace) -> dict[str, Any]:
    words = ws.words
    names = [words.name("kpis.names", group) for group in row["groups"]]
    shown = names[0] if len(names) == 1 else ""
    what = " · ".join(filter(None, [row["customer"] or words.t("incentives.statement.no_customer"), shown]))
    tags = []
    if row["movement"] == "return":
        tags.append(words.t("incentives.statement.tag_return"))
    if row["rule"] == "split":
        tags.append(words.t("incentives.statement.tag_share", share=words.percent(row["credit_share"] / 1e9, 0)))
    return {
        **row,
        "when": words.day(row["moved_on"]),
        "order": row["order"] or "",
        "what": what,
        "tag": ", ".join(tags),
    }


def _week_row(row: dict[str, Any], ws: Workspace) -> dict[str, Any]:
    words = ws.words
    groups = [words.name("kpis.names", group) for group in row["groups"]]
    kind = "returns_in" if row["is_return"] else "orders_in"
    form = "one" if row["orders"] == 1 else "other"
    count = words.t(f"incentives.statement.{kind}.{form}", n=words.number(row["orders"]))
    what = ", ".join(groups) if len(groups) <= 2 else words.t("incentives.statement.groups", n=len(groups))
    tag = words.t("incentives.statement.tag_return") if row["is_return"] else ""
    return {**row, "when": _span(row["first_on"], row["last_on"], ws), "order": count, "what": what, "tag": tag}


def _span(first: date, last: date, ws: Workspace) -> str:
    """'5–11 Oct' or '05–11/10'; the days that have lines."""
    if first == last:
        return ws.words.day(first)
    number = f"{first.day:02d}" if ws.language == "vi" else str(first.day)
    return f"{number}–{ws.words.day(last)}"
