"""Where and why revenue differs: bridge, product × channel × region, channels and regions."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from revops import kpis
from revops.kpis import compare
from revops.kpis.facts import Facts
from revops.kpis.spans import Spans
from revops.report import charts, grids
from revops.report.figures import figure
from revops.report.kpis.shown import Shown, missing, name_of, row_name
from revops.report.tables import Column, table
from revops.workspace import Workspace

CIRCLED = "①②③④"
COMPARABLE = 3  # a gap of a third of the worst one is worth naming beside it


def bridge(ws: Workspace, facts: Facts, spans: Spans, effects: pl.DataFrame) -> Shown:
    """From plan (or last year) to actual by volume, price, mix, discounts and returns."""
    reference = reference_of(facts, spans)
    if effects.is_empty():
        return missing(ws, "reference")
    lines = [{"name": ws.t(f"kpis.effect.{e}"), "amount": a} for e, a in effects.iter_rows()
             if a or e != "currency"]  # fmt: skip
    total = compare.summed(compare.by_cell(facts, spans, ("channel",)), ()).row(0, named=True)
    start = int(total["actual"]) - int(effects["amount"].sum())
    title, who = _bridge_title(ws, effects), ws.t(f"kpis.who.bridge.{reference}", period=ws.words.period(ws.period))
    ends = [
        ws.t(f"kpis.bridge.{n}", amount=ws.words.money_short(a))
        for n, a in ((reference, start), ("actual", total["actual"]))
    ]
    ws.notes.extra["bridge"] = {
        "title": title,
        "who": who,
        "ends": ends,
        "zero": ws.t(f"kpis.bridge.zero.{reference}"),
        "rows": lines,
    }
    return figure(charts.bridge(lines, ws.words, start=ends[0], end=ends[1]), title, who)


def reference_of(facts: Facts, spans: Spans) -> str:
    """'plan' where the period has a revenue target, else 'previous_year'."""
    cells = kpis.targets.plan_total(facts.targets, "net_revenue", *spans.now)
    return "plan" if cells is not None else "previous_year"


def _bridge_title(ws: Workspace, effects: pl.DataFrame) -> str:
    worst = effects.sort("amount").row(0, named=True)
    best = effects.sort("amount", descending=True).row(0, named=True)
    total = int(effects["amount"].sum())
    first, second = (worst, best) if total < 0 else (best, worst)
    values = {
        "first": ws.words.capital(ws.t(f"kpis.effect.{first['effect']}")),
        "amount": ws.words.money_short(abs(first["amount"]), 2),
        "second": ws.t(f"kpis.effect.{second['effect']}").lower(),
        "back": ws.words.money_short(abs(second["amount"]), 2),
    }
    if first["amount"] * second["amount"] < 0:
        return ws.t(f"kpis.title.bridge_{'lost' if total < 0 else 'won'}", **values)
    return ws.t("kpis.title.bridge")


def cube_table(ws: Workspace, cells: pl.DataFrame, lines_found: Sequence[dict[str, Any]] = ()) -> Shown:
    """Products with their channels under them, ordered by ΔPL (or ΔPY), regions as bars on one scale, total last."""
    if cells.is_empty():
        return missing(ws, "revenue")
    key, share = _delta_columns(cells)
    sizes = compare.summed(cells.drop_nulls("region"), ("region",)).sort(pl.col("actual") * -1, "region")
    regions = sizes["region"].to_list()
    lines = _cube_lines(ws, cells, key, regions)
    _number(lines, lines_found)
    columns = [
        Column("name", ws.t("kpis.column.product_channel")),
        Column("previous_year", ws.t("kpis.column.previous_year"), "money_short"),
    ]
    if cells["plan"].drop_nulls().len():
        columns.append(Column("plan", ws.t("kpis.column.plan"), "money_short"))
    columns.append(Column("actual", ws.t("kpis.column.actual"), "money_short", strong=True))
    delta, head = ws.t(f"kpis.column.{key}"), ws.t("kpis.column.delta_year")
    columns += [Column(key, delta, "bar", width=150), Column(share, delta, "pin", width=140)]
    if key == "delta_plan":
        columns.append(Column("delta_year_share", head, "percent", signed=True))
    if len(regions) <= 4:
        columns += [
            Column(f"region_{i}", f"{name_of(ws, r)}, {delta}", "bar", width=105) for i, r in enumerate(regions)
        ]
    who = ws.t("kpis.who.cube", period=ws.words.period(ws.period))
    return table(lines, columns, _cube_title(ws, cells, key), who, words=ws.words, total=True, level="level", fine=True)


def _delta_columns(cells: pl.DataFrame) -> tuple[str, str]:
    return (
        ("delta_plan", "delta_plan_share") if cells["plan"].drop_nulls().len() else ("delta_year", "delta_year_share")
    )


def _cube_lines(ws: Workspace, cells: pl.DataFrame, key: str, regions: Sequence[str]) -> list[dict[str, Any]]:
    parts = {
        (p, c): {f"region_{i}": v for i, r in enumerate(regions) for v in [_one(cells, key, p, c, r)]}
        for p, c in [*cells.select("product_group", "channel").unique().iter_rows()]
    }
    groups = compare.summed(cells, ("product_group",)).sort(key, "product_group", nulls_last=True)
    inner = compare.summed(cells, ("product_group", "channel"))
    order = compare.summed(cells, ("channel",)).sort(pl.col("actual") * -1, "channel")["channel"].to_list()
    lines = []
    for group in groups.iter_rows(named=True):
        under = inner.filter(pl.col("product_group").eq_missing(pl.lit(group["product_group"]))).to_dicts()
        under.sort(key=lambda line: order.index(line["channel"]))
        sums = _region_sums([parts[group["product_group"], line["channel"]] for line in under])
        lines.append(group | {"name": row_name(ws, group, "product_group"), "level": 0} | sums)
        for line in under if len(order) > 1 else []:
            lines.append(
                line
                | {"name": row_name(ws, line, "channel"), "level": 1}
                | parts[group["product_group"], line["channel"]]
            )
    total = compare.summed(cells, ()).row(0, named=True)
    for line in lines:
        _blank_tiny(line, total)
    sums = _region_sums(list(parts.values()))
    return [*lines, total | {"name": ws.t("kpis.all_products"), "level": 0} | sums]


def _number(lines: Sequence[dict[str, Any]], lines_found: Sequence[dict[str, Any]]) -> None:
    """The row of each of the first findings carries its number, as the remarks beside the year do."""
    for i, found in enumerate(lines_found[: len(CIRCLED)]):
        for line in lines[:-1]:
            if line["product_group"] == found["product_group"] and line.get("channel") == found["channel"]:
                line["name"] = f"{line['name']} {CIRCLED[i]}"


def _blank_tiny(line: dict[str, Any], total: dict[str, Any]) -> None:
    """A relative variance to a reference below a thousandth of the whole says nothing: it stays blank."""
    for share, reference in (("delta_plan_share", "plan"), ("delta_year_share", "previous_year")):
        if line[reference] is not None and total[reference] and line[reference] * 1000 < total[reference]:
            line[share] = None


def _one(cells: pl.DataFrame, key: str, product: str | None, channel: str | None, region: str) -> int | None:
    rows = cells.filter(
        pl.col("product_group").eq_missing(pl.lit(product))
        & pl.col("channel").eq_missing(pl.lit(channel))
        & (pl.col("region") == region)
    )
    return rows[key][0] if rows.height else None


def _region_sums(parts: Sequence[dict[str, int | None]]) -> dict[str, int | None]:
    keys = sorted({key for part in parts for key in part})
    found = {key: [part[key] for part in parts if part.get(key) is not None] for key in keys}
    return {key: sum(v for v in values if v is not None) if values else None for key, values in found.items()}


def _cube_title(ws: Workspace, cells: pl.DataFrame, key: str) -> str:
    """The product × channel that moved most, where it outweighs the total's own difference; else neutral."""
    inner = compare.summed(cells.drop_nulls(["product_group", "channel"]), ("product_group", "channel")).drop_nulls(key)
    total = compare.summed(cells, ()).row(0, named=True)[key]
    if inner.is_empty() or not total:
        return ws.t("kpis.title.cube")
    top = inner.sort(pl.col(key).abs() * -1, "product_group", "channel").row(0, named=True)
    values = {"product": name_of(ws, top["product_group"]), "channel": name_of(ws, top["channel"]),
              "amount": ws.words.signed_money_short(int(top[key]), 2)}  # fmt: skip
    rest = total - top[key]
    channels = compare.summed(cells.drop_nulls("channel"), ("channel",)).filter(pl.col("channel") != top["channel"])
    others = [*inner.sort(key)[key].to_list()[1:2], *channels[key].drop_nulls().to_list()]
    is_alone = not any(other * COMPARABLE <= top[key] for other in others)
    if top[key] < 0 < rest and is_alone:
        return ws.t("kpis.title.cube_hides", rest=ws.words.signed_money_short(int(rest), 2), **values)
    return ws.t("kpis.title.cube_most", **values)


def bullets(ws: Workspace, cells: pl.DataFrame) -> Shown:
    """Channels and regions on one scale: actual, plan, last year."""
    groups = [_bullet_rows(ws, cells, key) for key in ("channel", "region")]
    groups = [group for group in groups if group]
    if not groups:
        return missing(ws, "revenue")
    title = _bullet_title(ws, groups[0])
    ws.notes.extra["bullets"] = {"title": title, "groups": groups}
    return grids.bullets(
        groups, title, ws.t("kpis.who.bullets", year=ws.words.period_short(ws.period.previous_year())), words=ws.words
    )


def _bullet_rows(ws: Workspace, cells: pl.DataFrame, key: str) -> list[dict[str, Any]]:
    rows = compare.summed(cells.drop_nulls(key), (key,)).sort(pl.col("actual") * -1, key)
    return [{"name": name_of(ws, line[key]), "actual": line["actual"], "plan": line["plan"],
             "previous_year": line["previous_year"]} for line in rows.head(12).iter_rows(named=True)]  # fmt: skip


def _bullet_title(ws: Workspace, lines: Sequence[dict[str, Any]]) -> str:
    below = [line["name"] for line in lines if line["plan"] and line["actual"] < line["plan"] * 0.97]
    if not any(line["plan"] for line in lines):
        return ws.t("kpis.title.bullets_plain")
    if len(below) == 1:
        return ws.t("kpis.title.bullets_one", name=below[0])
    if below:
        return ws.t("kpis.title.bullets_more", names=ws.words.join(below))
    return ws.t("kpis.title.bullets_none")
