"""The lines of a statement: one row an order where they are few, one row a week where they are many."""

from datetime import date
from typing import Any

import polars as pl

from revops.workspace import Workspace

MOST = 13  # rows that leave room for the rest of an A4 page


def line_rows(lines: pl.DataFrame, ws: Workspace) -> list[dict[str, Any]]:
    """Rows when, order, what, tag, credit_amount, attained, rate_from, rate_to, pay_amount, in event order."""
    mine = lines.filter(pl.col("kind") == "commission").sort("component", "line_no")
    if mine.is_empty():
        return []
    orders = _grouped(mine, ["component", "moved_on", "order_id", "movement", "rule"])
    if orders.height <= MOST:
        return [_order_row(row, ws) for row in orders.to_dicts()]
    weeks = mine.with_columns(week=pl.col("moved_on").dt.truncate("1w"), is_return=pl.col("movement") == "return")
    grouped = _grouped(weeks, ["component", "week", "is_return"])
    return [_week_row(row, ws) for row in grouped.to_dicts()]


def _grouped(lines: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Lines summed by `by`: the share reached after the last of them, the rates from the first to the last."""
    return lines.group_by(by, maintain_order=True).agg(
        pl.col("moved_on").min().alias("first_on"),
        pl.col("moved_on").max().alias("last_on"),
        pl.col("order_id").n_unique().alias("orders"),
        pl.col("order_id").first().alias("order"),
        pl.col("customer_name").drop_nulls().first().alias("customer"),
        pl.col("product_group").drop_nulls().unique().sort().alias("groups"),
        pl.col("share").first().alias("credit_share"),
        pl.col("credit_amount").sum(),
        pl.col("attained").last(),
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
