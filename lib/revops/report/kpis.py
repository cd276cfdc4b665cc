"""What 02_kpis shows: frames of `revops.kpis` as sentences, tables and charts, and the notes for the index."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from revops import kpis
from revops.kpis import compare, findings, funnel, marketing, recurring
from revops.kpis.facts import KEYS, Facts
from revops.kpis.headline import METRIC, TILES
from revops.kpis.measure import growth
from revops.kpis.spans import Spans
from revops.report import charts, grids
from revops.report.display import Html, Row, row, text
from revops.report.figures import figure
from revops.report.tables import Column, table
from revops.words import NBSP
from revops.workspace import Workspace

Shown = Any
PAGE = "02_kpis.html"


def name_of(ws: Workspace, value: str | None) -> str:
    """A product group, channel, region or stage in the report's language; what carries none is named as such."""
    return ws.words.name("kpis.names", value) if value is not None else ws.t("kpis.unassigned")


def missing(ws: Workspace, source: str) -> Html:
    """The line that stands where the company has no such table."""
    return text(ws.t(f"kpis.missing.{source}"))


# headline and tiles


def headline(ws: Workspace, facts: Facts, spans: Spans, numbers: pl.DataFrame) -> Html:
    """The sentence of the period, here and on the index: what, how much, against plan and last year, the one reason."""
    main = numbers.row(by_predicate=pl.col("metric") == "net_revenue", named=True)
    if main["value"] is None:
        sentence = ws.t("kpis.headline.nothing", period=ws.words.period(ws.period))
    else:
        against = ", ".join(
            _versus(ws, main["value"], main["plan"], "plan") + _versus(ws, main["value"], main["previous_year"], "year")
        )
        amount = ws.words.money_short(int(main["value"]))
        key = "kpis.headline.part" if spans.is_partial else "kpis.headline.whole"
        period = ws.words.capital(ws.words.period(ws.period)) if ws.language == "en" else ws.words.period(ws.period)
        first = ws.t(key, period=period, amount=amount, day=ws.words.date(spans.last_day))
        sentence = (
            first + (ws.t("kpis.headline.colon") + against if against else "") + ". " + _reason(ws, facts, spans)
        ).strip()
    ws.headline(sentence, _subline(ws, spans))
    return text(sentence)


def _versus(ws: Workspace, value: float, reference: float | None, name: str) -> list[str]:
    change = growth(value, reference) if reference and reference > 0 else None
    if change is None:
        return []
    if abs(change) < 0.0005:
        return [ws.t(f"kpis.headline.{name}.level")]
    return [ws.t(f"kpis.headline.{name}.{'above' if change > 0 else 'below'}", share=ws.words.percent(abs(change)))]


def _reason(ws: Workspace, facts: Facts, spans: Spans) -> str:
    """The channel that moved the total most, and what the others did together."""
    cells = compare.by_cell(facts, spans, ("channel",)).drop_nulls("channel")
    column = "delta_plan" if cells["delta_plan"].drop_nulls().len() else "delta_year"
    known = cells.drop_nulls(column)
    total = int(known[column].sum())
    if known.height < 2 or total == 0:
        return ""
    top = known.sort(pl.col(column) * (1 if total < 0 else -1), "channel").row(0, named=True)
    rest, sign = total - top[column], "fell" if top[column] < 0 else "rose"
    other = "fell" if rest < 0 else "rose"
    return ws.t(
        f"kpis.headline.reason.{'plan' if column == 'delta_plan' else 'year'}.{sign}_{other}",
        channel=name_of(ws, top["channel"]),
        amount=ws.words.money_short(abs(top[column]), 2),
        rest=ws.words.money_short(abs(rest), 2),
    )


def _subline(ws: Workspace, spans: Spans) -> str:
    words, key = ws.words, "kpis.subline_part" if spans.is_partial else "kpis.subline"
    return ws.t(
        key,
        company=ws.company.name,
        period=words.period(ws.period),
        previous=words.period_short(ws.period.previous()),
        year=words.period_short(ws.period.previous_year()),
        day=words.date(ws.as_of),
    )


def tiles(ws: Workspace, facts: Facts, numbers: pl.DataFrame) -> Html:
    """The eight tiles of the index, and here the same figures as one table."""
    lines = [_tile(ws, facts, numbers.row(by_predicate=pl.col("metric") == key, named=True)) for key in TILES]
    for line in lines:
        ws.tile(**line)
    shown = [_tile_row(ws, line) for line in lines]
    columns = [
        Column("name", ws.t("kpis.column.metric"), note="basis"),
        Column("value", ws.t("kpis.column.actual"), strong=True),
        Column("plan", ws.t("kpis.column.plan")),
        Column("to_plan", ws.t("kpis.column.delta_plan")),
        Column("previous", ws.words.period_short(ws.period.previous())),
        Column("to_previous", ws.t("kpis.column.change")),
        Column("previous_year", ws.words.period_short(ws.period.previous_year())),
        Column("to_year", ws.t("kpis.column.change")),
    ]
    who = ws.t("kpis.who.tiles", period=ws.words.period(ws.period))
    return table(shown, columns, ws.t("kpis.title.tiles"), who, words=ws.words)


def _tile(ws: Workspace, facts: Facts, line: dict[str, Any]) -> dict[str, Any]:
    whole = METRIC[line["metric"]].kind != "percent"
    figures = {key: line[key] if line[key] is None or not whole else int(line[key])
               for key in ("value", "plan", "previous", "previous_year")}  # fmt: skip
    basis = ws.t(
        f"kpis.tile.{line['metric']}.basis",
        numerator=ws.words.number(line["numerator"]),
        denominator=ws.words.number(line["denominator"]),
        months=facts.company.kpis.clv_months,
        worth=ws.t("kpis.worth.margin" if kpis.customers.has_costs(facts.customers) else "kpis.worth.revenue"),
        step=ws.t(f"kpis.step.{'week' if ws.period.kind == 'week' else 'month'}"),
    )
    if line["value"] is None:
        basis = ws.t(f"kpis.reason.{line['reason']}")
    name = ws.t(f"kpis.tile.{line['metric']}.name")
    return {key: line[key] for key in ("kind", "better", "series")} | {"name": name, "basis": basis, **figures}


def _tile_row(ws: Workspace, tile: dict[str, Any]) -> dict[str, Any]:
    shown = {key: show_value(ws, tile["kind"], tile[key]) for key in ("value", "plan", "previous", "previous_year")}
    pairs = (("to_plan", "plan"), ("to_previous", "previous"), ("to_year", "previous_year"))
    moved = {name: show_change(ws, tile["kind"], tile["value"], tile[key]) for name, key in pairs}
    return {"name": tile["name"], "basis": tile["basis"], **shown, **moved}


def show_value(ws: Workspace, kind: str, value: float | int | None) -> str:
    """A metric's value in words: money short, a count, a share; 'n/a' where it is undefined."""
    if value is None:
        return ws.t("common.undefined")
    if kind == "money":
        return ws.words.money_short(int(value))
    return ws.words.percent(value, 2 if abs(value) < 0.1 else 1) if kind == "percent" else ws.words.number(value)


def show_change(ws: Workspace, kind: str, value: float | int | None, reference: float | int | None) -> str:
    """The change in words: points for a share, a percentage for the rest; nothing where a side is unknown."""
    if value is None or reference is None or (kind != "percent" and reference <= 0):
        return ws.t("common.nothing")
    if kind == "percent":
        points = value - reference
        return f"{ws.words.arrow(points)}{NBSP}{ws.words.points(points, 2 if abs(value) < 0.1 else 1)}"
    change = value / reference - 1
    return f"{ws.words.arrow(change)}{NBSP}{ws.words.signed_percent(change)}"


# the year


def year(ws: Workspace, facts: Facts, spans: Spans, months: pl.DataFrame) -> Row:
    """The fiscal year by month: AC, PL, PY with differences; beside it the period, quarter and year to date."""
    drawing = charts.actual_plan(months, ws.words)
    who = ws.t("kpis.who.year", year=ws.period.fiscal_year.name)
    return row(figure(drawing, _year_title(ws, months), who), _to_date(ws, facts, spans), widths=(3, 1))


def _year_title(ws: Workspace, months: pl.DataFrame) -> str:
    known = months.drop_nulls(["actual", "plan"])
    if known.is_empty() or int(known["plan"].sum()) <= 0:
        return ws.t("kpis.title.year")
    delta = int(known["actual"].sum()) - int(known["plan"].sum())
    last = known.tail(5)
    short = last.filter(pl.col("actual") < pl.col("plan")).height
    return ws.t(
        f"kpis.title.year_{'ahead' if delta >= 0 else 'behind'}",
        amount=ws.words.money_short(abs(delta), 2),
        months=ws.words.n("kpis.months", known.height),
        short=ws.words.count(short),
        last=ws.words.count(last.height),
    )


def _to_date(ws: Workspace, facts: Facts, spans: Spans) -> Html:
    lines = compare.to_date(facts, spans).to_dicts()
    for line in lines:
        line["name"] = ws.words.period(ws.period) if line["span"] == "period" else ws.t(f"kpis.span.{line['span']}")
        line["name"] = ws.words.capital(line["name"])
    columns = [
        Column("name", ws.t("kpis.column.span")),
        Column("actual", ws.t("kpis.column.actual"), "money_short", strong=True),
        Column("delta_plan_share", ws.t("kpis.column.delta_plan"), "percent", signed=True, arrow=True),
        Column("delta_year_share", ws.t("kpis.column.delta_year"), "percent", signed=True, arrow=True),
    ]
    return table(lines, columns, ws.t("kpis.title.to_date"), words=ws.words)


# why: the bridge


def bridge(ws: Workspace, facts: Facts, spans: Spans, effects: pl.DataFrame) -> Shown:
    """From plan (or last year) to actual by volume, price, mix, discounts and returns."""
    reference = reference_of(facts, spans)
    if effects.is_empty():
        return missing(ws, "reference")
    lines = [{"name": ws.t(f"kpis.effect.{e}"), "amount": a} for e, a in effects.iter_rows()]
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
        "plan": start,
        "actual": int(total["actual"]),
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


# where: product × channel × region


def cube_table(ws: Workspace, cells: pl.DataFrame) -> Shown:
    """Products with their channels under them, ordered by ΔPL (or ΔPY), regions as bars on one scale, total last."""
    if cells.is_empty():
        return missing(ws, "revenue")
    key, share = _delta_columns(cells)
    sizes = compare.summed(cells.drop_nulls("region"), ("region",)).sort(pl.col("actual") * -1, "region")
    regions = sizes["region"].to_list()
    lines = _cube_lines(ws, cells, key, regions)
    columns = [Column("name", ws.t("kpis.column.product_channel")), Column("previous_year", "PY", "money_short")]
    if cells["plan"].drop_nulls().len():
        columns.append(Column("plan", "PL", "money_short"))
    columns.append(Column("actual", "AC", "money_short", strong=True))
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
        lines.append(group | {"name": name_of(ws, group["product_group"]), "level": 0} | sums)
        for line in under if len(order) > 1 else []:
            lines.append(
                line
                | {"name": name_of(ws, line["channel"]), "level": 1}
                | parts[group["product_group"], line["channel"]]
            )
    total = compare.summed(cells, ()).row(0, named=True)
    for line in lines:
        _blank_tiny(line, total)
    sums = _region_sums(list(parts.values()))
    return [*lines, total | {"name": ws.t("kpis.all_products"), "level": 0} | sums]


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
    if top[key] < 0 < rest:
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


# customers


def trade(ws: Workspace, rows: pl.DataFrame, window: int) -> Html:
    """Orders, order value, lead conversion, retention, repeat rate: value, what it rests on, last year."""
    lines = []
    for line in rows.iter_rows(named=True):
        basis = ws.t(
            f"kpis.trade.{line['metric']}.basis",
            numerator=ws.words.number(line["numerator"]),
            denominator=ws.words.number(line["denominator"]),
            days=window,
            month=ws.words.month(line["month_on"]),
        )
        if line["value"] is None:
            basis = ws.t(f"kpis.reason.{line['reason']}")
        lines.append(
            {
                "name": ws.t(f"kpis.trade.{line['metric']}.name"),
                "basis": basis,
                "value": show_value(ws, line["kind"], line["value"]),
                "year": show_value(ws, line["kind"], line["previous_year"]),
                "change": show_change(ws, line["kind"], line["value"], line["previous_year"]),
            }
        )
    columns = [
        Column("name", ws.t("kpis.column.metric"), note="basis"),
        Column("value", ws.t("kpis.column.actual"), strong=True),
        Column("year", ws.words.period_short(ws.period.previous_year())),
        Column("change", ws.t("kpis.column.change")),
    ]
    return table(lines, columns, ws.t("kpis.title.trade"), ws.t("kpis.who.trade"), words=ws.words)


def cohorts(ws: Workspace, rows: pl.DataFrame, count: int = 12) -> Shown:
    """Cohorts of first orders: the share that ordered again in month 1 to 11."""
    if rows.is_empty():
        return missing(ws, "customers")
    wide = rows.filter(pl.col("month_number").is_between(1, count - 1)).pivot(
        "month_number", index=["cohort_on", "customers"], values="share", sort_columns=False
    )
    names = [name for name in wide.columns if name.isdigit()]
    first = Column("cohort_on", ws.t("kpis.column.cohort"), "month")
    size = Column("customers", ws.t("kpis.column.buyers"), "number")
    return grids.heat(
        wide.sort("cohort_on"),
        first,
        names,
        _cohort_title(ws, rows),
        ws.t("kpis.who.cohorts"),
        words=ws.words,
        extra=[size],
    )


def _cohort_title(ws: Workspace, rows: pl.DataFrame) -> str:
    """A cohort that keeps buying clearly more than the others in the same months; else neutral."""
    seen = rows.filter((pl.col("month_number") >= 1) & pl.col("active").is_not_null())
    usual = seen.with_columns(usual=pl.col("share").median().over("month_number"))
    gain = usual.group_by("cohort_on").agg(
        gain=(pl.col("share") - pl.col("usual")).mean(),
        months=pl.len(),
        lift=pl.col("share").sum() / pl.col("usual").sum(),
    )
    top = gain.filter((pl.col("months") >= 3) & (pl.col("lift") >= 1.15) & (pl.col("gain") >= 0.01)).sort(
        pl.col("gain") * -1, "cohort_on"
    )
    if top.is_empty() or top["gain"][0] is None:
        return ws.t("kpis.title.cohorts")
    return ws.t(
        "kpis.title.cohort_best", month=ws.words.month(top["cohort_on"][0]), points=ws.words.points(top["gain"][0])
    )


# funnel


def funnel_table(ws: Workspace, stages: pl.DataFrame, spans: Spans) -> Shown:
    """Deals closed in the last months by the furthest stage they reached, days in stage, the bottleneck marked."""
    if stages.is_empty() or not stages["reached"].max():
        return missing(ws, "opportunities")
    lines = [_stage_line(ws, line) for line in stages.iter_rows(named=True)]
    columns = [
        Column("name", ws.t("kpis.column.stage"), note="tag"),
        Column("reached", ws.t("kpis.column.reached"), "share", money=False, width=190),
        Column("conversion", ws.t("kpis.column.from_above"), "percent", digits=0),
        Column("days", ws.t("kpis.column.days")),
        Column(
            "slowing", ws.t("kpis.column.to_baseline"), "percent", digits=0, better="lower", signed=True, arrow=True
        ),
        Column("lost_amount", ws.t("kpis.column.lost_here"), "money_short", digits=1),
        Column("open", ws.t("kpis.column.open"), "number"),
    ]
    start, end = compare.wide(spans)
    who = ws.t("kpis.who.funnel", start=ws.words.date(start), end=ws.words.date(spans.last_day))
    return grids.funnel(lines, columns, _funnel_title(ws, stages), who, words=ws.words, bottleneck="is_bottleneck")


def _stage_line(ws: Workspace, line: dict[str, Any]) -> dict[str, Any]:
    def days(value: float | None) -> str:
        return ws.t("common.nothing") if value is None else ws.words.number(value)

    slowing = line["days_median"] / line["baseline_days"] - 1 if line["days_median"] and line["baseline_days"] else None
    name = ws.t("kpis.won") if line["stage"] is None else name_of(ws, line["stage"])
    shown = "" if line["stage"] is None else f"{days(line['days_median'])} / {days(line['days_p90'])}"
    tag = ws.t("kpis.bottleneck") if line["is_bottleneck"] else ""
    return line | {"name": name, "days": shown, "slowing": slowing, "tag": tag}


def _funnel_title(ws: Workspace, stages: pl.DataFrame) -> str:
    slow = stages.filter("is_bottleneck")
    lost = int(stages["lost_amount"].drop_nulls().sum())
    if slow.is_empty() or not lost or (slow["days_median"][0] or 0) <= (slow["baseline_days"][0] or 0):
        return ws.t("kpis.title.funnel")
    line = slow.row(0, named=True)
    return ws.t(
        "kpis.title.bottleneck",
        stage=name_of(ws, line["stage"]),
        days=ws.words.number(line["days_median"]),
        before=ws.words.number(line["baseline_days"]),
        share=ws.words.percent(line["lost_amount"] / lost, 0),
    )


def funnel_words(ws: Workspace, facts: Facts, spans: Spans) -> Html:
    """Leads won in time, the win rate by count and by amount, the sales cycle, and what slipped out of the period."""
    words, window = ws.words, facts.company.funnel.lead_window_days
    month, leads = funnel.lead_conversion(facts.outcomes, spans.now[1], window)
    parts = []
    if leads.value is not None and month is not None:
        values = {"won": words.number(leads.numerator), "leads": words.number(leads.denominator), "days": window}
        parts.append(ws.t("kpis.say.leads", month=words.month(month), share=words.percent(leads.value), **values))
    span = compare.wide(spans)
    count, value = funnel.win_rate(facts.deals, *span)
    if count.value is not None:
        shares = {"count": words.percent(count.value), "amount": words.percent(value.value)}
        parts.append(
            ws.t(
                "kpis.say.win_rate", won=words.number(count.numerator), closed=words.number(count.denominator), **shares
            )
        )
    cycle = funnel.sales_cycle(facts.deals, *span)
    if cycle["median"] is not None:
        days = {key: words.number(cycle[key]) for key in ("median", "mean", "deals")}
        parts.append(ws.t("kpis.say.cycle", **days))
    return text(" ".join(parts)) if parts else missing(ws, "opportunities")


def slipped(ws: Workspace, facts: Facts, spans: Spans) -> Html:
    """How many of the deals due in the period were pushed out of it, by two CRM exports."""
    slip = funnel.slippage(facts.opportunities, *spans.now)
    if slip["share"] is None:
        return text(ws.t(f"kpis.slip.{slip['reason']}"))
    words = ws.words
    return text(
        ws.t(
            "kpis.slip.said",
            due=words.number(slip["due"]),
            slipped=words.number(slip["slipped"]),
            share=words.percent(slip["share"], 0),
            amount=words.money_short(slip["slipped_amount"]),
            total=words.money_short(slip["due_amount"]),
        )
    )


def lead_cohorts(ws: Workspace, facts: Facts, spans: Spans) -> Shown:
    """Leads by month of creation with those won in time; a month whose window is still open is marked."""
    window = facts.company.funnel.lead_window_days
    if facts.outcomes.is_empty():
        return missing(ws, "leads")
    rows = funnel.lead_cohorts(facts.outcomes, spans.now[1], window).with_columns(
        note=pl.when("is_mature").then(pl.lit("")).otherwise(pl.lit(ws.t("kpis.still_open")))
    )
    columns = [
        Column("month_on", ws.t("kpis.column.created"), "month", note="note"),
        Column("leads", ws.t("kpis.column.leads"), "share", money=False, width=160),
        Column("won", ws.t("kpis.column.won_in_time"), "number"),
        Column("share", ws.t("kpis.column.conversion"), "percent"),
    ]
    return table(rows, columns, ws.t("kpis.title.leads"), ws.t("kpis.who.leads", days=window), words=ws.words)


def conversion(ws: Workspace, facts: Facts, spans: Spans) -> Shown:
    """Conversion of visits by channel, month by month."""
    rows = kpis.causes.monthly_conversion(facts.sessions, spans.now[1])
    if rows.is_empty():
        return missing(ws, "sessions")
    rows = rows.with_columns(channel=pl.col("channel").map_elements(lambda c: name_of(ws, c), return_dtype=pl.String))
    drawing = charts.lines(rows, ws.words, y="rate", series="channel", kind="percent")
    return figure(drawing, _conversion_title(ws, facts, spans), ws.t("kpis.who.conversion"))


def _conversion_title(ws: Workspace, facts: Facts, spans: Spans) -> str:
    least = facts.company.findings.minimum_share
    for channel in sorted(facts.sessions["channel"].unique()):
        fall = kpis.causes.conversion_fall(facts.sessions, channel, spans.now, least)
        if fall:
            shares = {key: ws.words.percent(fall[key], 2) for key in ("now", "before")}
            return ws.t(
                "kpis.title.conversion_fell",
                channel=name_of(ws, channel),
                since=ws.words.month(fall["since_month"]),
                **shares,
            )
    return ws.t("kpis.title.conversion")


# recurring


def mrr(ws: Workspace, steps: pl.DataFrame) -> Shown:
    """The movements of MRR over the last twelve months as a bridge."""
    if steps.is_empty() or not steps["closing"].max():
        return missing(ws, "subscriptions")
    sums = [(name, int(steps[name].sum())) for name in recurring.MOVES]
    lines = [{"name": ws.t(f"kpis.mrr.{name}"), "amount": amount} for name, amount in sums]
    opening, closing = int(steps["opening"][0]), int(steps["closing"][-1])
    ends = [
        ws.t(f"kpis.mrr.{n}", amount=ws.words.money_short(a)) for n, a in (("opening", opening), ("closing", closing))
    ]
    rise = growth(closing, opening)
    key = "kpis.title.mrr" if rise is None else "kpis.title.mrr_rose" if rise >= 0 else "kpis.title.mrr_fell"
    title = ws.t(key, arr=ws.words.money_short(12 * closing), share=ws.words.percent(abs(rise or 0)))
    ends_on = steps["end_on"][-1] - timedelta(days=1)
    who = ws.t("kpis.who.mrr", start=ws.words.date(steps["start_on"][0]), end=ws.words.date(ends_on))
    return figure(charts.bridge(lines, ws.words, start=ends[0], end=ends[1]), title, who)


def mrr_words(ws: Workspace, facts: Facts, steps: pl.DataFrame) -> Html:
    """Churn by customers and by money, net and gross retention over the year."""
    if steps.is_empty() or not steps["closing"].max():
        return text(ws.t("kpis.missing.churn"))
    words = ws.words
    churn, gross = recurring.customer_churn(steps), recurring.gross_churn(steps)
    start, end = steps["start_on"][0], steps["end_on"][-1]
    net, least = recurring.kept(recurring.mrr_at(facts.subscriptions, [start, end]), start, end)
    shares = {"churn": churn.value, "gross": gross.value, "nrr": net.value, "grr": least.value}
    return text(ws.t("kpis.say.mrr", **{key: words.percent(value) for key, value in shares.items()}))


# campaigns


def campaigns(ws: Workspace, rows: pl.DataFrame) -> Shown:
    """What each campaign spent and brought, unattributed revenue as its own row."""
    paid = rows.filter(pl.col("spend_amount") > 0)
    if paid.is_empty():
        return missing(ws, "ad_spend")
    lines = rows.to_dicts()
    for line in lines:
        is_rest = line["campaign"] == marketing.UNATTRIBUTED
        line["name"] = ws.t("kpis.unattributed") if is_rest else line["campaign"]
        line["cac"] = None if line["cac"] is None else round(line["cac"])
        line["spend_amount"] = None if is_rest else line["spend_amount"]
        line["clicks"] = None if is_rest else line["clicks"]
        line["note"] = ws.t("kpis.never_named") if line["roas"] is None and not is_rest else line["platform"]
    sums = {key: int(rows[key].sum()) for key in ("spend_amount", "clicks", "leads", "net_amount", "new_customers")}
    lines.append({"name": ws.t("kpis.total"), **sums})
    columns = [
        Column("name", ws.t("kpis.column.campaign"), note="note"),
        Column("spend_amount", ws.t("kpis.column.spend"), "money"),
        Column("clicks", ws.t("kpis.column.clicks"), "number"),
        Column("leads", ws.t("kpis.column.leads"), "number"),
        Column("net_amount", ws.t("kpis.column.attributed"), "money"),
        Column("roas", "ROAS", "number", digits=1),
        Column("new_customers", ws.t("kpis.column.new_customers"), "number"),
        Column("cac", ws.t("kpis.column.campaign_cac"), "money"),
    ]
    who = ws.t("kpis.who.campaigns", period=ws.words.period(ws.period))
    return table(lines, columns, _campaign_title(ws, paid), who, words=ws.words, total=True)


def _campaign_title(ws: Workspace, paid: pl.DataFrame) -> str:
    named = paid.drop_nulls("roas")
    spend, gained = int(named["spend_amount"].sum()), int(named["net_amount"].sum())
    if not spend:
        return ws.t("kpis.title.campaigns_plain")
    return ws.t("kpis.title.campaigns", spend=ws.words.money_short(spend), roas=ws.words.number(gained / spend, 1))


def cac_words(ws: Workspace, numbers: pl.DataFrame) -> Html:
    """What a new customer costs, against plan and the period before."""
    line = numbers.row(by_predicate=pl.col("metric") == "cac", named=True)
    if line["value"] is None:
        return text(ws.t(f"kpis.reason.{line['reason']}"))
    words = ws.words
    against = [show_change(ws, "money", line["value"], line[key]) for key in ("plan", "previous")]
    cost = {"cost": words.money_short(line["numerator"]), "customers": words.number(line["denominator"])}
    return text(
        ws.t("kpis.say.cac", cac=words.money_short(int(line["value"])), plan=against[0], previous=against[1], **cost)
    )


# findings


def found(ws: Workspace, facts: Facts, people: pl.DataFrame, items: Sequence[findings.Finding]) -> Html:
    """The findings as the index shows them, each with money, cause, action, owner and day."""
    lines = [finding_line(ws, facts, people, item) for item in items]
    for line in lines:
        ws.finding(
            **{
                key: line[key]
                for key in ("amount", "basis", "title", "why", "action", "owner", "due_on", "href", "is_good")
            }
        )
    if not lines:
        return text(ws.t("common.index.findings.none"))
    shown = [
        line | {"stake": f"{ws.words.arrow(line['amount'])}{NBSP}{ws.words.signed_money_short(line['amount'], 2)}",
                "what": line["title"], "by": f"{line['owner']} · {ws.words.date(line['due_on'])}"}
        for line in lines
    ]  # fmt: skip
    columns = [
        Column("stake", ws.t("common.index.findings.at_stake"), note="basis"),
        Column("what", ws.t("common.index.findings.what"), note="why"),
        Column("action", ws.t("common.index.findings.next")),
        Column("by", ws.t("common.index.findings.owner")),
    ]
    problems, good = [sum(not line["is_good"] for line in lines), sum(line["is_good"] for line in lines)]
    title = ws.t(
        "kpis.title.findings", problems=ws.words.n("kpis.problems", problems), good=ws.words.n("kpis.successes", good)
    )
    return table(shown, columns, title, ws.t("kpis.who.findings"), words=ws.words)


def finding_line(ws: Workspace, facts: Facts, people: pl.DataFrame, item: findings.Finding) -> dict[str, Any]:
    """One finding in words."""
    limits = facts.company.findings
    values = _said(ws, item.values)
    place = _place(ws, item.values)
    why = " ".join(ws.t(f"kpis.why.{key}", **{**values, **_said(ws, said)}) for key, said in item.why)
    if findings.could_be_luck(item, limits.minimum_count):
        why += " " + ws.t("kpis.why.luck", cases=ws.words.number(item.cases))
    if not why:
        why = ws.t("kpis.why.none")
    owner = findings.owner_of(item, limits.owners)
    return {
        "amount": item.amount,
        "basis": ws.t(f"kpis.basis.{item.basis}"),
        "title": ws.t(f"kpis.finding.{item.rule}", place=place, **values),
        "why": why,
        "action": ws.t(f"kpis.action.{item.action}", place=place, **values),
        "owner": person(people, owner, ws.as_of) or ws.t("kpis.no_owner"),
        "due_on": findings.due_on(item, ws.as_of),
        "href": f"{PAGE}#{item.evidence}",
        "is_good": item.is_good,
        "rule": item.rule,
    }


def person(people: pl.DataFrame, person_id: str | None, day: date) -> str | None:
    """A person's name on a day; the id where people do not know it, None where nobody is named."""
    if person_id is None:
        return None
    rows = people.filter((pl.col("person_id") == person_id) & (pl.col("start_on") <= day)).sort("start_on")
    return str(rows["name"][-1]) if rows.height else person_id


_MONEY = ("amount", "cac", "reference", "difference", "mrr", "slipped_amount", "due_amount")
_SHARES = {  # digits of a share
    **dict.fromkeys(("price", "units", "growth", "elsewhere", "rise", "change", "customers_growth"), 0),
    **dict.fromkeys(("discount_now", "discount_before", "share_here", "share_there"), 0),
    **dict.fromkeys(("share", "win_rate"), 1),
    **dict.fromkeys(("now", "before", "rate"), 2),
}


def _said(ws: Workspace, values: dict[str, Any]) -> dict[str, str]:
    """Values of a finding as words: money short, shares as percentages without sign, counts, days, names."""
    out: dict[str, str] = {}
    for key, value in values.items():
        if value is None:
            out[key] = ws.t("common.undefined")
        elif key == "reference" and isinstance(value, float):
            out[key] = ws.words.percent(value, 2)
        elif key in _SHARES and isinstance(value, float):
            out[key] = ws.words.percent(abs(value), _SHARES[key])
            out[f"{key}_sign"] = ws.words.signed_percent(value, _SHARES[key])
        elif key in _MONEY:
            out[key] = ws.words.money_short(abs(round(value)))
        elif isinstance(value, float):
            out[key] = ws.words.number(value, 1)
        elif isinstance(value, int):
            out[key] = ws.words.number(value)
        elif isinstance(value, date):
            out[key] = ws.words.month(value) if key == "since_month" else ws.words.date(value)
        else:
            out[key] = name_of(ws, str(value))
    return out


def _place(ws: Workspace, values: dict[str, Any]) -> str:
    """'Air fryers on Marketplaces in the South', as far as the finding names them."""
    parts = {key: values.get(key) for key in KEYS}
    if parts["product_group"] is None:
        return ""
    named = "_".join(key for key in KEYS if parts[key] is not None)
    return ws.t(f"kpis.place.{named}", **{key: name_of(ws, value) for key, value in parts.items() if value is not None})


# the other way


def cut(ws: Workspace, facts: Facts, spans: Spans, dimension: str, reference: str) -> Html:
    """Net revenue by one dimension against the plan or last year: what the knobs of the notebook move."""
    rows = compare.by_cell(facts, spans, (dimension,))
    key = "plan" if reference == "plan" and rows["plan"].drop_nulls().len() else "previous_year"
    delta = "delta_plan" if key == "plan" else "delta_year"
    lines = rows.sort(delta, dimension, nulls_last=True).to_dicts()
    lines = [line | {"name": name_of(ws, line[dimension])} for line in lines]
    lines.append(compare.summed(rows, ()).row(0, named=True) | {"name": ws.t("kpis.total")})
    head = ws.t(f"kpis.column.{delta}")
    columns = [
        Column("name", ws.t(f"kpis.column.{dimension}")),
        Column(key, ws.t(f"kpis.column.{key}"), "money_short"),
        Column("actual", ws.t("kpis.column.actual"), "money_short", strong=True),
        Column(delta, head, "bar", width=160),
        Column(f"{delta}_share", head, "pin", width=150),
    ]
    who = ws.t("kpis.who.cut", period=ws.words.period(ws.period))
    return table(lines, columns, ws.t("kpis.title.cut"), who, words=ws.words, total=True, fine=True)


def looker(ws: Workspace, facts: Facts, spans: Spans) -> Callable[[str, str], Html]:
    """A function of the two knobs, for `report.interact`."""

    def look(dimension: str, reference: str) -> Html:
        return cut(ws, facts, spans, dimension, reference)

    return look


# does it add up


def check_revenue(ws: Workspace, facts: Facts, spans: Spans, cells: pl.DataFrame, campaign_rows: pl.DataFrame) -> None:
    """Revenue by the shortest way against the cube, its months, the period's cells and the campaigns."""
    total = int(facts.days["net_amount"].sum())
    ws.check("kpis.check.revenue_cube", facts.canonical_revenue, total, money=True)
    detail = facts.monthly().filter(pl.col("origin") == "detail")
    ws.check("kpis.check.revenue_months", int(detail["net_amount"].sum()), total, money=True)
    inside = int(facts.cells(spans.now, ())["net_amount"][0])
    ws.check("kpis.check.campaigns", int(campaign_rows["net_amount"].sum()), inside, money=True)
    for key in KEYS:
        part = compare.summed(cells, (key,))
        whole = compare.summed(cells, ()).row(0, named=True)
        column = "delta_plan" if whole["delta_plan"] is not None else "actual"
        left = int(part[column].sum())
        ws.check(f"kpis.check.contributions_{key}", left, int(whole[column] or 0), money=True)


def check_bridges(ws: Workspace, facts: Facts, spans: Spans, effects: pl.DataFrame, mrr_steps: pl.DataFrame) -> None:
    """The revenue bridge sums to its difference; every step of the MRR bridge closes, and leads to the next."""
    reference = compare.reference_cells(facts, spans, reference_of(facts, spans))
    if reference is not None:
        difference = int(facts.cells(spans.now, ())["net_amount"][0]) - int(reference["net_amount"].sum())
        ws.check("kpis.check.bridge", int(effects["amount"].sum()), difference, money=True)
    if facts.subscriptions.height:
        moved = sum(int(mrr_steps[name].sum()) for name in recurring.MOVES)
        opening, closing = int(mrr_steps["opening"][0]), int(mrr_steps["closing"][-1])
        ws.check("kpis.check.mrr", opening + moved, closing, money=True)


def findings_frame(
    ws: Workspace, facts: Facts, people: pl.DataFrame, items: Sequence[findings.Finding]
) -> pl.DataFrame:
    """One row per finding, ranked: place, rule, amount, basis, title, why, action, owner, due_on, is_good."""
    names = ("rule", "basis", "title", "why", "action", "owner")
    kinds: dict[str, Any] = {"place": pl.Int64, "amount": pl.Int64, **dict.fromkeys(names, pl.String)}
    kinds |= {"due_on": pl.Date, "is_good": pl.Boolean}
    lines = [{"place": i + 1} | finding_line(ws, facts, people, item) for i, item in enumerate(items)]
    return pl.DataFrame([{key: line[key] for key in kinds} for line in lines], schema=kinds)
