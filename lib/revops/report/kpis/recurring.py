"""Recurring revenue: what moved it, how much of it stays and for how long, what is up for renewal."""

from datetime import timedelta
from typing import Any

import polars as pl

from revops.kpis import recurring
from revops.kpis.facts import Facts
from revops.kpis.measure import Value, annual_rate, growth
from revops.kpis.recurring.retention import DIMENSIONS
from revops.report import charts
from revops.report.display import Html, row
from revops.report.figures import figure
from revops.report.kpis.shown import Shown, missing, name_of, silent
from revops.report.tables import Column, table
from revops.workspace import Workspace


def mrr(ws: Workspace, steps: pl.DataFrame, retention: pl.DataFrame) -> Shown:
    """The movements of MRR over the last twelve months as a bridge, beside rates and what stays."""
    if _is_bare(steps):
        return missing(ws, "subscriptions")
    names = [name for name in recurring.EFFECTS if name != "fx" or (steps["fx"] != 0).any()]
    lines = [{"name": ws.t(f"kpis.mrr.{name}"), "amount": int(steps[name].sum())} for name in names]
    opening, closing = int(steps["opening"][0]), int(steps["closing"][-1])
    ends = [
        ws.t(f"kpis.mrr.{n}", amount=ws.words.money_short(a)) for n, a in (("opening", opening), ("closing", closing))
    ]
    rise = growth(closing, opening)
    key = "kpis.title.mrr" if rise is None else "kpis.title.mrr_rose" if rise >= 0 else "kpis.title.mrr_fell"
    title = ws.t(key, arr=ws.words.money_short(12 * closing), share=ws.words.percent(abs(rise or 0)))
    ends_on = steps["end_on"][-1] - timedelta(days=1)
    who = ws.t("kpis.who.mrr", start=ws.words.date(steps["start_on"][0]), end=ws.words.date(ends_on))
    left = figure(charts.bridge(lines, ws.words, start=ends[0], end=ends[1]), title, who)
    return row(left, _rates(ws, steps, retention), widths=(1.25, 1))


def _is_bare(steps: pl.DataFrame) -> bool:
    return steps.is_empty() or not max(steps["closing"].max(), steps["opening"].max())  # type: ignore[type-var]


def _rates(ws: Workspace, steps: pl.DataFrame, retention: pl.DataFrame) -> Html:
    """Rates of the last month and of an average month of the year, and what stays of a year; each with what it is."""
    lines = [_rate(ws, key, of(steps.tail(1)), of(steps)) for key, of in _MONTHLY.items()]
    whole = retention.filter(pl.col("dimension") == "all").row(0, named=True)
    lines += [_line(ws, key, "", ws.words.percent(whole[key])) for key in ("nrr", "grr")]
    columns = [
        Column("name", ws.t("kpis.column.metric"), note="basis"),
        Column("last", ws.t("recurring.column.last"), right=True),
        Column("year", ws.t("recurring.column.year"), strong=True, right=True),
    ]
    churn = recurring.customer_churn(steps).value
    title = ws.t("recurring.title.rates")
    if churn is not None and whole["nrr"] is not None:
        yearly = ws.words.percent(annual_rate(float(churn)))
        shares = {"nrr": ws.words.percent(whole["nrr"]), "month": ws.words.percent(churn, 2), "churn": yearly}
        title = ws.t("recurring.title.stays", **shares)
    ends_on = ws.words.date(steps["end_on"][-1] - timedelta(days=1))
    return table(lines, columns, title, ws.t("recurring.who.rates", end=ends_on), words=ws.words)


_MONTHLY = {
    "customer_churn": recurring.customer_churn,
    "gross_churn": recurring.gross_churn,
    "net_churn": recurring.net_churn,
    "quick_ratio": recurring.quick_ratio,
}


def _rate(ws: Workspace, key: str, last: Value, year: Value) -> dict[str, str]:
    """A monthly rate of the last month and over the year's months, Σ ÷ Σ."""

    def shown(value: Value) -> str:
        if value.value is None:
            return ws.t(f"kpis.reason.{value.reason}")
        return ws.words.number(value.value, 2) if key == "quick_ratio" else ws.words.percent(float(value.value), 2)

    return _line(ws, key, shown(last), shown(year))


def _line(ws: Workspace, key: str, last: str, year: str) -> dict[str, str]:
    return {"name": ws.t(f"recurring.rate.{key}"), "basis": ws.t(f"recurring.basis.{key}"), "last": last, "year": year}


def kept_by(ws: Workspace, retention: pl.DataFrame, survival: pl.DataFrame) -> Shown:
    """What stayed of a year's MRR by product group and region, beside how long contracts last."""
    if retention.is_empty() or not retention["base"].sum():
        return silent()
    lines: list[dict[str, Any]] = []
    for dimension in DIMENSIONS:
        cells = retention.filter((pl.col("dimension") == dimension) & (pl.col("base") > 0)).sort("nrr", "cell")
        lines += [line | {"name": name_of(ws, line["cell"])} for line in cells.to_dicts()]
    whole = retention.filter(pl.col("dimension") == "all").row(0, named=True)
    weakest = lines[0] if lines else None
    lines.append(whole | {"name": ws.t("kpis.total")})
    columns = [
        Column("name", ws.t("recurring.column.cell")),
        Column("customers", ws.t("recurring.column.customers"), "number"),
        Column("base", ws.t("recurring.column.base"), "money_short"),
        Column("nrr", "NRR", "percent", strong=True),
        Column("grr", "GRR", "percent"),
        Column("logo_churn", ws.t("recurring.column.left"), "percent"),
    ]
    title = ws.t("recurring.title.kept")
    if weakest is not None and weakest["nrr"] < whole["nrr"] - 0.02:
        title = ws.t("recurring.title.weakest", name=weakest["name"], nrr=ws.words.percent(weakest["nrr"]))
    left = table(lines, columns, title, ws.t("recurring.who.kept"), words=ws.words, total=True)
    return row(left, _survival(ws, survival), widths=(1.2, 1)) if survival.height > 1 else left


def _survival(ws: Workspace, rows: pl.DataFrame) -> Shown:
    """The share of contracts that last longer than so many months."""
    drawing = charts.curve(
        rows, ws.words, x="month", y="kept", head=ws.t("recurring.column.months"), unit=ws.t("recurring.months")
    )
    year = rows.filter(pl.col("month") == 12)
    title = ws.t("recurring.title.survival")
    if year.height:
        title = ws.t("recurring.title.lasts", share=ws.words.percent(year["kept"][0], 0))
    return figure(drawing, title, ws.t("recurring.who.survival"))


def renewals(ws: Workspace, facts: Facts, rows: pl.DataFrame) -> Html:
    """What is due in the next 90 days by month: contracts that renew and that end, and their money."""
    if facts.subscriptions.is_empty():
        return silent()
    months = rows.with_columns(month_on=pl.col("due_on").dt.truncate("1mo")).group_by("month_on", maintain_order=True)
    is_ending = pl.col("is_ending")
    lines = months.agg(
        renewing=(~is_ending).sum(),
        ending=is_ending.sum(),
        mrr=pl.col("mrr").sum(),
        term_amount=pl.col("term_amount").sum(),
        ending_amount=pl.when(is_ending).then("term_amount").otherwise(0).sum(),
    ).to_dicts()
    sums = {
        key: sum(line[key] for line in lines) for key in ("renewing", "ending", "mrr", "term_amount", "ending_amount")
    }
    lines.append({"month_on": None, "name": ws.t("kpis.total"), **sums})
    shown = [line | {"name": line.get("name") or ws.words.month(line["month_on"])} for line in lines]
    columns = [
        Column("name", ws.t("common.chart.month")),
        Column("renewing", ws.t("recurring.column.renewing"), "number"),
        Column("mrr", "MRR", "money_short"),
        Column("term_amount", ws.t("recurring.column.term"), "money_short", strong=True),
    ]
    if sums["ending"]:
        columns.append(Column("ending", ws.t("recurring.column.ending"), "number"))
        columns.append(Column("ending_amount", ws.t("recurring.column.ending_amount"), "money_short"))
    first, last = facts.end, facts.end + timedelta(days=89)
    who = ws.t("recurring.who.renewals", start=ws.words.date(first), end=ws.words.date(last),
               months=ws.company.kpis.contract_months)  # fmt: skip
    if rows.is_empty():
        return table([], columns, ws.t("recurring.title.no_renewals"), who, words=ws.words)
    title = ws.t(
        "recurring.title.renewals", count=ws.words.number(rows.height), amount=ws.words.money_short(sums["term_amount"])
    )
    return table(shown, columns, title, who, words=ws.words, total=True, fine=True)
