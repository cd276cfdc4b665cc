"""Recurring revenue: what moved it, how much of it stays."""

from datetime import timedelta

import polars as pl

from revops.kpis import recurring
from revops.kpis.facts import Facts
from revops.kpis.measure import growth
from revops.report import charts
from revops.report.display import Html, text
from revops.report.figures import figure
from revops.report.kpis.shown import Shown, missing, silent
from revops.workspace import Workspace


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
        return silent()
    words = ws.words
    churn, gross = recurring.customer_churn(steps), recurring.gross_churn(steps)
    start, end = steps["start_on"][0], steps["end_on"][-1]
    net, least = recurring.kept(recurring.mrr_at(facts.subscriptions, [start, end]), start, end)
    shares = {"churn": churn.value, "gross": gross.value, "nrr": net.value, "grr": least.value}
    return text(ws.t("kpis.say.mrr", **{key: words.percent(value) for key, value in shares.items()}))
