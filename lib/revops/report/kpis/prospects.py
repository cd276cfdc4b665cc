"""What today's consumers will bring, what that rests on, and how well it would have held."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from revops.kpis.customers import holdout, lifetime, segments
from revops.kpis.facts import Facts
from revops.kpis.spans import Spans
from revops.money import round_ratio
from revops.report import charts
from revops.report.display import Html, text
from revops.report.figures import figure
from revops.report.kpis.segments import segment_name
from revops.report.kpis.shown import Shown, silent
from revops.report.tables import Column, table
from revops.workspace import Workspace

NEAR = 0.2  # a hold-out error beyond it is told as one


def prospects(ws: Workspace, facts: Facts, spans: Spans, found: pl.DataFrame, made: lifetime.Prospects) -> Shown:
    """Consumers by segment: orders and worth expected, beside what they have brought so far; or why there is none."""
    if made.model.reason is not None:
        return text(_refused(ws, made.model, made.model.reason))
    rows = prospects_by_segment(facts, found, made)
    names = {rule.key: segment_name(ws, rule) for rule in segments.rules(facts.company.kpis.segments)}
    lines = [line | {"name": names[line["segment"]]} for line in rows.iter_rows(named=True)]
    total = rows.select(pl.exclude("segment", "each", "to_date", "alive").sum()).row(0, named=True)
    whole = total["worth_amount"]
    lines = [line | {"share": 100 * line["worth_amount"] / whole if whole else None} for line in lines]
    lines.append(_with_each(total) | {"name": ws.t("customers.total")})
    is_valued = made.model.value_reason is None
    columns = [
        Column("name", ws.t("customers.column.segment")),
        Column("consumers", ws.t("customers.column.consumers"), "number"),
        Column("alive", ws.t("customers.column.alive"), "percent", digits=0),
        Column("orders", ws.t("customers.column.orders"), "number" if is_valued else "share", money=False, width=150),
    ]
    if is_valued:
        columns += [
            Column("worth_amount", ws.t("customers.column.worth"), "money_short", strong=True),
            Column("share", ws.t("customers.column.share"), "share", digits=1, money=False, width=170),
            Column("each", ws.t("customers.column.each"), "money"),
            Column("to_date", ws.t("customers.column.to_date"), "money"),
        ]
    return table(lines, columns, _title(ws, facts, made), _who(ws, facts, spans, made), words=ws.words, total=True)


def prospects_by_segment(facts: Facts, found: pl.DataFrame, made: lifetime.Prospects) -> pl.DataFrame:
    """One row per segment with consumers: consumers, alive (a mean over repeat buyers), orders, worth_amount,
    life_amount, each, to_date (money for one consumer).
    """
    joined = made.customers.rename({"orders": "expected"}).join(found, on="customer_id", how="inner")
    rows = joined.group_by("segment").agg(
        consumers=pl.len().cast(pl.Int64),
        alive=pl.col("p_alive").mean(),
        orders=pl.col("expected").sum(),
        worth_amount=pl.col("worth_amount").sum(),
        life_amount=pl.col("life_amount").sum(),
    )
    place = {rule.key: place for place, rule in enumerate(segments.rules(facts.company.kpis.segments))}
    ordered = rows.sort(pl.col("segment").replace_strict(place, return_dtype=pl.Int64))
    kinds = ordered.schema | {"each": pl.Int64(), "to_date": pl.Int64()}
    return pl.DataFrame([_with_each(row) for row in ordered.iter_rows(named=True)], schema=kinds)


def _with_each(row: dict[str, Any]) -> dict[str, Any]:
    each = (round_ratio(row[key], row["consumers"]) for key in ("worth_amount", "life_amount"))
    return row | dict(zip(("each", "to_date"), each, strict=True))


def _title(ws: Workspace, facts: Facts, made: lifetime.Prospects) -> str:
    count, months = ws.words.number(made.customers.height), facts.company.kpis.clv_horizon_months
    if made.model.value_reason is not None:
        orders = ws.words.number(made.customers["orders"].sum())
        return ws.t("customers.title.prospects_orders", customers=count, orders=orders, months=months)
    worth = ws.words.money_short(int(made.customers["worth_amount"].sum()))
    return ws.t("customers.title.prospects", customers=count, worth=worth, months=months)


def _who(ws: Workspace, facts: Facts, spans: Spans, made: lifetime.Prospects) -> str:
    settings = facts.company.kpis
    return ws.t(
        "customers.who.prospects",
        months=settings.clv_horizon_months,
        day=ws.words.date(spans.now[1]),
        margin=ws.words.percent(made.margin, 0),
        rate=ws.words.percent(settings.discount_rate, 0),
    )


def _refused(ws: Workspace, model: lifetime.Outlook, reason: str) -> str:
    correlation = "" if model.correlation is None else ws.words.number(model.correlation, 2)
    values = {"needed": ws.words.number(lifetime.REPEATERS), "found": ws.words.number(model.repeaters)}
    return ws.t(f"customers.refused.{reason}", correlation=correlation, **values)


def model_checks(ws: Workspace, made: lifetime.Prospects, held: holdout.HoldOut | None) -> Shown:
    """What the model needs, and whether it is so: repeat buyers, value apart from frequency, the weeks held out."""
    model = made.model
    if model.reason is not None:
        return silent()
    needed = ws.t("customers.at_least", number=ws.words.number(lifetime.REPEATERS))
    rows = [("repeaters", ws.words.number(model.repeaters), needed, True)]
    if model.correlation is not None:
        is_apart = abs(model.correlation) <= lifetime.CORRELATION
        limit = ws.t("customers.at_most", number=ws.words.number(lifetime.CORRELATION, 1))
        rows.append(("correlation", ws.words.number(model.correlation, 2), limit, is_apart))
    if held is not None and held.error is not None:
        limit = ws.t("customers.within", number=ws.words.percent(NEAR, 0))
        rows.append(("hold_out", ws.words.signed_percent(held.error, 0), limit, abs(held.error) <= NEAR))
    lines = [
        {"name": ws.t(f"customers.check_row.{key}"), "found": found, "wanted": wanted,
         "holds": ws.t("customers.yes" if holds else "customers.no"), "tone": "good" if holds else "bad"}
        for key, found, wanted, holds in rows
    ]  # fmt: skip
    columns = [
        Column("name", ws.t("customers.column.check")),
        Column("found", ws.t("customers.column.found"), right=True),
        Column("wanted", ws.t("customers.column.wanted")),
        Column("holds", ws.t("customers.column.holds"), tone="tone"),
    ]
    return table(lines, columns, ws.t("customers.title.checks"), ws.t("customers.who.checks"), words=ws.words)


def tracking(ws: Workspace, held: holdout.HoldOut | None) -> Shown:
    """Repeat purchases a week, expected and come, before the cut and after it."""
    if held is None:
        return silent()
    names = {key: ws.t(f"customers.column.{key}") for key in ("actual", "expected")}
    long = held.weeks.unpivot(["actual", "expected"], index="week_on", variable_name="series", value_name="value")
    long = long.with_columns(pl.col("series").replace_strict(names))
    drawing = charts.lines(
        long, ws.words, x="week_on", series="series", chosen=names["expected"], kind="number",
        since=(held.cut_on, ws.t("customers.held_out")),
    )  # fmt: skip
    who = ws.t("customers.who.tracking", day=ws.words.date(_last_day(held)))
    return figure(drawing, _tracking_title(ws, held.error), who)


def _tracking_title(ws: Workspace, error: float | None) -> str:
    if error is None:
        return ws.t("customers.title.tracking")
    kind = "good" if abs(error) <= NEAR else "over" if error > 0 else "under"
    return ws.t(f"customers.title.tracking_{kind}", error=ws.words.percent(abs(error), 0))


def calibration(ws: Workspace, held: holdout.HoldOut | None) -> Shown:
    """Repeat purchases after the cut by how often consumers had bought again before it."""
    if held is None:
        return silent()
    lines = [
        line
        | {"name": _bin(ws, line["repeats"]), "ratio": line["expected"] / line["actual"] if line["actual"] else None}
        for line in held.bins.iter_rows(named=True)
    ]
    columns = [
        Column("name", ws.t("customers.column.repeats")),
        Column("customers", ws.t("customers.column.consumers"), "number"),
        Column("actual", ws.t("customers.column.actual"), "number", strong=True),
        Column("expected", ws.t("customers.column.expected"), "number"),
        Column("ratio", ws.t("customers.column.ratio"), "percent", digits=0),
    ]
    title = ws.t("customers.title.bins", day=ws.words.date(_last_day(held)))
    weeks = held.weeks["is_after"].sum()
    who = ws.t("customers.who.bins", weeks=weeks, day=ws.words.date(held.cut_on))
    return table(lines, columns, title, who, words=ws.words)


def _bin(ws: Workspace, repeats: int) -> str:
    number = ws.words.number(repeats)
    return ws.t("customers.or_more", number=number) if repeats == holdout.MOST else number


def _last_day(held: holdout.HoldOut) -> date:
    return held.cut_on - timedelta(days=1)


def prospects_words(ws: Workspace, made: lifetime.Prospects, held: holdout.HoldOut | None) -> Html:
    """What nobody can know of those who bought once, why worth is refused, and how careful to be."""
    if made.model.reason is not None:
        return silent()
    once = int((made.model.customers["repeats"] == 0).sum())
    said = [ws.t("customers.alive_unknown", customers=ws.words.number(once))]
    if made.model.value_reason is not None:
        said.append(_refused(ws, made.model, made.model.value_reason))
    if held is not None and held.error is not None and held.error > NEAR:
        said.append(ws.t("customers.careful", error=ws.words.percent(held.error, 0)))
    return text(" ".join(said))
