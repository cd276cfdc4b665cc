"""Which customers matter and which are slipping away: segments, the quiet ones by name, inactivity."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import polars as pl

from revops.company import Segment
from revops.kpis import customers, revenue
from revops.kpis.counting import measure
from revops.kpis.customers import activity, segments
from revops.kpis.facts import Facts
from revops.kpis.spans import Span, Spans, back
from revops.report.display import Html, text
from revops.report.kpis.shown import Shown, missing, name_of
from revops.report.tables import Column, table
from revops.workspace import Workspace

TOP_SHARE = 0.4  # of known customers' revenue: from it on the title names the segment
CALLS = 10


def segment_name(ws: Workspace, rule: Segment) -> str:
    """The segment's name in the run's language, or in the one it has."""
    return rule.name.get(ws.language) or next(iter(rule.name.values()))


def segment_table(ws: Workspace, facts: Facts, spans: Spans, rows: pl.DataFrame) -> Shown:
    """Known customers by segment (`segments.summary`): how many, what they brought in the window, what to do."""
    if rows.is_empty():
        return missing(ws, "customers")
    named = {rule.key: rule for rule in segments.rules(facts.company.kpis.segments)}
    whole = int(rows["net_amount"].sum())
    lines = [
        line
        | {"name": segment_name(ws, named[line["segment"]])}
        | {"share": 100 * line["net_amount"] / whole if whole else None}
        | {"action": named[line["segment"]].action.get(ws.language, "")}
        for line in rows.iter_rows(named=True)
    ]
    lines.append(_total(ws, rows))
    columns = [
        Column("name", ws.t("customers.column.segment"), note="action"),
        Column("customers", ws.t("customers.column.customers"), "number"),
        Column("accounts", ws.t("customers.column.accounts"), "number"),
        Column("inactive", ws.t("customers.column.inactive"), "number"),
        Column("net_amount", ws.t("customers.column.revenue"), "money_short", strong=True),
        Column("share", ws.t("customers.column.share"), "share", digits=1, money=False),
    ]
    start, end = window(facts, spans)
    who = ws.t("customers.who.segments", start=ws.words.date(start), end=ws.words.date(end - timedelta(days=1)))
    return table(lines, columns, _segment_title(ws, lines), who, words=ws.words, total=True)


def _total(ws: Workspace, rows: pl.DataFrame) -> dict[str, Any]:
    sums = rows.select(pl.col("customers", "accounts", "inactive", "net_amount").sum()).row(0, named=True)
    return sums | {"name": ws.t("customers.total"), "share": None}


def _segment_title(ws: Workspace, lines: list[dict[str, Any]]) -> str:
    top = max(lines[:-1], key=lambda line: line["net_amount"])
    if top["share"] is None or top["share"] < TOP_SHARE * 100:
        return ws.t("customers.title.segments")
    share, count = ws.words.percent(top["share"] / 100, 0), ws.words.n("customers.people", top["customers"])
    return ws.t("customers.title.segments_top", share=share, customers=count, segment=top["name"])


def window(facts: Facts, spans: Spans) -> Span:
    """The months that recency, frequency and money count."""
    return back(spans.now[1], facts.company.kpis.rfm_months)


def with_reasons(ws: Workspace, facts: Facts, found: pl.DataFrame) -> pl.DataFrame:
    """`segments.standing` with `why`: the values and scores that put the customer into the segment, in a sentence."""
    names = {rule.key: segment_name(ws, rule) for rule in segments.rules(facts.company.kpis.segments)}
    shown: dict[str, pl.Expr] = {key: pl.col(key).cast(pl.String) for key in segments.SCORES} | {
        "away": _shown(found["away_days"], ws.words.number),
        "orders": _shown(found["orders"], ws.words.number),
        "amount": _shown(found["net_amount"], ws.words.money_short),
        "segment": pl.col("segment").replace_strict(names),
        "months": pl.lit(str(facts.company.kpis.rfm_months)),
    }
    bought, none = (_sentence(ws, key, shown) for key in ("customers.why", "customers.why_none"))
    return found.with_columns(why=pl.when(pl.col("orders") > 0).then(bought).otherwise(none))


def _shown(values: pl.Series, said: Callable[[int], str]) -> pl.Expr:
    """A column in words, each value said once."""
    return pl.col(values.name).replace_strict({value: said(value) for value in values.unique()}, return_dtype=pl.String)


def _sentence(ws: Workspace, key: str, columns: dict[str, pl.Expr]) -> pl.Expr:
    """A text of the catalogue whose values are columns."""
    parts = ws.t(key, **{name: f"\0{name}\0" for name in columns}).split("\0")
    return pl.concat_str(columns[part] if i % 2 else pl.lit(part) for i, part in enumerate(parts))


def slipping(ws: Workspace, facts: Facts, spans: Spans, found: pl.DataFrame) -> Shown:
    """The customers who came back before and have gone quiet, most money first, each with the reason.

    Business accounts by name, consumers by their region alone.
    """
    quiet = segments.slipping(found)
    if quiet.is_empty():
        return text(ws.t("customers.title.slipping") + ": 0.")
    named = facts.scan("customers").select("customer_id", "name", "region").collect()
    rows = with_reasons(ws, facts, quiet.head(CALLS)).join(named, on="customer_id", how="left", maintain_order="left")
    names = [_customer(ws, line) for line in rows.iter_rows(named=True)]
    columns = [
        Column("name", ws.t("customers.column.customer"), note="why"),
        Column("away_days", ws.t("customers.column.away"), "number"),
        Column("inactive_days", ws.t("customers.column.limit"), "number"),
        Column("net_amount", ws.t("customers.column.amount"), "share"),
    ]
    start, end = window(facts, spans)
    who = ws.t("customers.who.slipping", start=ws.words.date(start), end=ws.words.date(end - timedelta(days=1)))
    title = ws.t(
        "customers.title.slipping_some",
        customers=ws.words.capital(ws.words.n("customers.people", quiet.height)),
        amount=ws.words.money_short(int(quiet["net_amount"].sum())),
        months=facts.company.kpis.rfm_months,
    )
    return table(rows.with_columns(name=pl.Series(names)), columns, title, who, words=ws.words)


def _customer(ws: Workspace, line: dict[str, Any]) -> str:
    if line["is_account"]:
        return str(line["name"] or line["customer_id"])
    return (
        ws.t("customers.consumer", region=name_of(ws, line["region"])) if line["region"] else ws.t("customers.someone")
    )


def inactivity(ws: Workspace, facts: Facts, spans: Spans) -> Html:
    """How many known customers are inactive, after how many days, how many came back after that long; the guests."""
    cells = measure(facts, ["inactive_share", "reactivated_customers"], [spans.now])
    share, returned = (
        cells.filter(metric=key).row(0, named=True) for key in ("inactive_share", "reactivated_customers")
    )
    if not share["denominator"]:
        return missing(ws, "customers")
    days = dict(activity.limits(facts).iter_rows())
    kinds = {"consumers": days[False], "accounts": days[True]}
    limits = [ws.t(f"customers.inactive.{kind}", days=ws.words.number(n)) for kind, n in kinds.items() if n is not None]
    if not limits:
        return text(_guests(ws, facts, spans) or ws.t("customers.inactive.unknown"))
    said = ws.t(
        "customers.inactive.said" if facts.company.kpis.inactive_days is None else "customers.inactive.own",
        known=ws.words.number(share["denominator"]),
        inactive=ws.words.number(share["numerator"]),
        share=ws.words.percent(share["value"], 0),
        limits=ws.words.join(limits),
        period=ws.words.period(ws.period),
        reactivated=ws.words.number(returned["value"] or 0),
    )
    return text(" ".join(filter(None, (said, _guests(ws, facts, spans)))))


def _guests(ws: Workspace, facts: Facts, spans: Spans) -> str:
    """The orders of the window that name no customer; nothing where all of them do."""
    start, end = window(facts, spans)
    months = customers.guests(facts.scan("orders").filter(pl.col("ordered_on").is_between(start, end, closed="left")))
    sums = months.select(pl.col("guest_orders", "orders").sum()).collect().row(0, named=True)
    if not sums["guest_orders"]:
        return ""
    return ws.t(
        "customers.guests",
        guests=ws.words.number(sums["guest_orders"]),
        orders=ws.words.number(sums["orders"]),
        share=ws.words.percent(sums["guest_orders"] / sums["orders"], 0),
        start=ws.words.date(start),
        end=ws.words.date(end - timedelta(days=1)),
    )


def check_segments(ws: Workspace, facts: Facts, spans: Spans, found: pl.DataFrame) -> None:
    """The segments hold every known customer once, and all that they brought: by the movements, which share no step."""
    orders, lines, returns, products = (facts.scan(name) for name in ("orders", "order_lines", "returns", "products"))
    known = pl.col("customer_id").is_not_null() & (pl.col("moved_on") < spans.now[1])
    brought = (
        revenue.movements(orders, lines, returns, products)
        .filter(known)
        .select(pl.col("net_amount").sum())
        .collect()
        .item()
    )
    firsts = facts.firsts.filter(pl.col("first_on") < spans.now[1])
    ws.check("customers.check.customers", found.height, firsts.height)
    ws.check("customers.check.revenue", int(found["life_amount"].sum()), brought, money=True)
