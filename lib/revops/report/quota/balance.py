"""How fair the territories are: people against the mean, regions and the heads they need."""

from typing import Any

import polars as pl

from revops.quota import territory
from revops.quota.desk import Desk
from revops.report.display import Html
from revops.report.quota.names import label
from revops.report.tables import Column, table
from revops.workspace import Workspace


def balance(ws: Workspace, desk: Desk) -> Html:
    """Workload, potential and sales of each person against the mean; people outside the band are marked."""
    low, high = ws.company.territory.band
    known = [load for load in territory.LOADS if desk.loads[f"{load}_index"].drop_nulls().len()]
    shown = desk.loads.with_columns(
        *((pl.col(f"{load}_index") / 100 - 1).alias(load) for load in territory.LOADS),
        where=pl.col("region").map_elements(lambda value: label(ws, value), return_dtype=pl.String),
    )
    columns = [
        Column("name", ws.t("quota.head.person"), width=142),
        Column("where", ws.t("quota.dimension.region"), width=92),
        *([Column("workload_hours", ws.t("quota.head.hours"), "number")] if "workload" in known else []),
        *(Column(load, ws.t(f"quota.load.{load}"), "pin", 0, better="none") for load in known),
        *([Column("alignment_index", ws.t("territory.head.alignment"), "number")] if len(known) > 1 else []),
    ]
    who = ws.t("territory.balance.who", low=ws.words.number(low * 100), high=ws.words.number(high * 100))
    if len(known) > 1:
        weights = ws.company.territory.weights.items()
        parts = [f"{ws.t(f'territory.load.{load}')} {ws.words.percent(weight, 0)}" for load, weight in weights]
        who += " · " + ws.t("territory.balance.alignment", weights=", ".join(parts))
    return table(
        shown, columns, _title(ws, desk), who, words=ws.words, mark="is_outside", empty=ws.t("quota.balance.none")
    )


def worst_region(desk: Desk) -> dict[str, Any] | None:
    """The region whose people stand most unfairly and outside the band; null where nobody can say."""
    rows = territory.unfair(desk.loads.drop_nulls("region"), "region", desk.ws.company.territory.band)
    outside = rows.filter(pl.col("is_outside") & pl.col("tilt").is_not_null())
    return outside.row(0, named=True) if outside.height and rows.height > 1 else None


def _title(ws: Workspace, desk: Desk) -> str:
    worst = worst_region(desk)
    if worst is None:
        known = desk.loads.select("workload_index", "potential_index").drop_nulls().height
        return str(ws.t("quota.balance.title.none" if known else "quota.balance.title.unknown"))
    return str(
        ws.t(
            "quota.balance.title.more" if worst["tilt"] > 0 else "quota.balance.title.less",
            region=label(ws, worst["region"]),
            workload=ws.words.number(worst["workload_index"]),
            potential=ws.words.number(worst["potential_index"]),
        )
    )


def balance_text(ws: Workspace, desk: Desk) -> str:
    """Spread and heads in a sentence."""
    hours = desk.loads["workload_hours"].to_list()
    cv, ratio = territory.spread(hours), territory.most_over_least(hours)
    if cv is None:
        return str(ws.t("quota.balance.no_hours"))
    capacity = ws.company.territory.capacity_hours
    total = float(desk.accounts["workload_hours"].sum() or 0)
    return str(
        ws.t(
            "quota.balance.text",
            cv=ws.words.percent(cv),
            ratio=ws.words.number(ratio, 1) if ratio is not None else ws.t("common.undefined"),
            hours=ws.words.number(total),
            capacity=ws.words.number(capacity),
            heads=ws.words.count(territory.heads_needed(total, capacity)),
            people=ws.words.count(len(hours)),
        )
    )


def by_region(ws: Workspace, desk: Desk) -> Html:
    """The same loads by region: who looks after it today, and the heads its hours need."""
    rows = territory.balance_by(desk.accounts, desk.revenue, "region", ws.company.territory)
    if not rows["workload_hours"].sum():
        return Html("", "")
    shown = rows.with_columns(where=pl.Series([label(ws, region) for region in rows["region"]], dtype=pl.String))
    columns = [
        Column("where", ws.t("quota.dimension.region")),
        Column("accounts", ws.t("quota.head.accounts"), "number"),
        Column("workload_hours", ws.t("quota.head.hours"), "number"),
        Column("potential_amount", ws.t("territory.head.potential"), "money_short"),
        Column("people", ws.t("territory.head.people_today"), "number"),
        Column("heads", ws.t("territory.head.heads"), "number"),
    ]
    short = rows.filter(pl.col("heads") > pl.col("people")).sort("heads", "region", descending=[True, False])
    title = ws.t("territory.regions.title.enough")
    if short.height:
        first = short.row(0, named=True)
        title = ws.t(
            "territory.regions.title.short",
            region=label(ws, first["region"]),
            heads=ws.words.count(first["heads"]),
            people=ws.words.count(first["people"]),
        )
    who = ws.t("territory.regions.who", capacity=ws.words.number(ws.company.territory.capacity_hours))
    return table(shown, columns, title, who, words=ws.words)
