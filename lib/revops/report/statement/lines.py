"""The lines of a statement: a row an order where they are few; where they are many a row a week, and each further on.

Every row names its lines by number, as `revops explain` takes them.
"""

from datetime import date
from fractions import Fraction
from functools import lru_cache
from html import escape
from typing import Any

import polars as pl

from revops.incentives.reasons import rate as rate_text
from revops.money import RATE_SCALE
from revops.report.statement.sheet import Sheet
from revops.report.statement.sums import sum_rows
from revops.words import Words

FEW = 3  # rows of the sum that stand beside the sum paid
MOST = 13  # rows that leave room for the rest of an A4 page
FINEST = 10_000  # rates of a curve are shown to a hundredth of a percent
LISTED = 200  # rows of further pages; the file stays below 100 KB
ORDERS = ["part", "kind", "moved_on", "order_id", "movement", "rule"]


def section(sheet: Sheet) -> str:
    """The lines that the scales pay, and their sum."""
    rows = shown_rows(sheet)
    if not rows:
        return ""
    earned = int(_scaled(sheet)["pay_amount"].sum())
    title = sheet.words.n("incentives.statement.lines_title", len(rows), amount=sheet.words.money(earned))
    return f"<section><h2>{escape(Words.capital(title))}</h2>{_table(sheet, rows, earned)}</section>"


def appendix(sheet: Sheet) -> str:
    """Each order on further pages, where the first shows less; the name is repeated with the head."""
    rows = order_rows(sheet)
    if len(rows) > LISTED or len(rows) == len(shown_rows(sheet)):
        return ""
    title = sheet.words.n("incentives.statement.each_title", len(rows))
    whose = f"{sheet.row['name']} · {sheet.words.period(sheet.ws.period)} · {Words.capital(title)}"
    above = f'<tr><th class="whose" colspan="8" scope="colgroup">{escape(whose)}</th></tr>'
    return f'<section class="each">{_table(sheet, rows, int(_scaled(sheet)["pay_amount"].sum()), above)}</section>'


def shown_rows(sheet: Sheet) -> list[dict[str, Any]]:
    """As many rows as an A4 page has room for beside the sums: orders, else weeks, else each component's month."""
    beside = len(sum_rows(sheet)) - FEW + (len(sheet.parts) if len(sheet.parts) > 1 else 0)
    room = MOST - max(0, beside)
    ways = (order_rows(sheet), week_rows(sheet), week_rows(sheet, "1mo"))
    return next((rows for rows in ways if len(rows) <= room), ways[-1])


@lru_cache(maxsize=1)
def order_rows(sheet: Sheet) -> list[dict[str, Any]]:
    """One row per order, movement and rule in event order: when, order, what, tag, credit, attained, rates, pay."""
    found = _grouped(_scaled(sheet), ORDERS)
    return [_order_row(sheet, row) for row in _reached(sheet, found.to_dicts())]


def week_rows(sheet: Sheet, every: str = "1w") -> list[dict[str, Any]]:
    """One row per week, returns apart; or one per month, returns and all."""
    weeks = _scaled(sheet).with_columns(
        week=pl.col("moved_on").dt.truncate(every),
        is_return=(pl.col("movement") == "return") if every == "1w" else pl.lit(False),
    )
    found = _grouped(weeks, ["part", "kind", "week", "is_return"])
    return [_week_row(sheet, row) for row in _reached(sheet, found.to_dicts())]


@lru_cache(maxsize=1)
def _scaled(sheet: Sheet) -> pl.DataFrame:
    """What the scales pay: credit lines, and what a rate reached now adds to earlier credits of the window."""
    return sheet.lines.filter(pl.col("kind").is_in(["commission", "true_up"])).sort("part", "line_no")


def _reached(sheet: Sheet, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the share of the quota reached after each, from where the window stood before the month."""
    each = {
        part["part"]: Fraction(part["factor"], RATE_SCALE * part["quota_amount"])
        for part in sheet.parts
        if part["attainment"] is not None and part["quota_amount"]
    }
    reached = {number: sheet.parts[number]["before_amount"] * share for number, share in each.items()}
    told = []
    for row in rows:
        number = row["part"]
        if number in each:
            reached[number] += (row["credit_amount"] or 0) * each[number]
        told.append({**row, "attained": float(reached[number]) if number in each else None})
    return told


def _grouped(lines: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Lines summed by `by`, with the rates from the first to the last."""
    sums = lines.group_by(by, maintain_order=True).agg(
        pl.col("line_no").min().alias("first_no"),
        pl.col("line_no").max().alias("last_no"),
        pl.col("moved_on").min().alias("first_on"),
        pl.col("moved_on").max().alias("last_on"),
        pl.coalesce("order_id", "movement_id").n_unique().alias("orders"),
        pl.col("order_id").first().alias("order"),
        pl.col("customer_name").drop_nulls().first().alias("customer"),
        pl.col("product_group").drop_nulls().unique().sort().alias("groups"),
        pl.col("share").first().alias("credit_share"),
        pl.col("credit_amount").sum(),
        pl.col("rate_from").first(),
        pl.col("rate_to").last(),
        pl.col("pay_amount").sum(),
    )
    return sums.sort("part", "first_on", "last_on", maintain_order=True, nulls_last=True)


def _order_row(sheet: Sheet, row: dict[str, Any]) -> dict[str, Any]:
    words = sheet.words
    if row["kind"] == "true_up":
        return {**row, "when": "", "order": "", "what": sheet.t("true_up"), "tag": ""}
    names = [words.name("kpis.names", group) for group in row["groups"]]
    shown = names[0] if len(names) == 1 else ""
    tags = [sheet.t("tag_return")] if row["movement"] == "return" else []
    if row["rule"] == "split":
        tags.append(sheet.t("tag_share", share=words.percent(row["credit_share"] / 1e9, 0)))
    return {
        **row,
        "when": words.day(row["moved_on"]),
        "order": row["order"] or "",
        "what": " · ".join(filter(None, [row["customer"] or sheet.t("no_customer"), shown])),
        "tag": ", ".join(tags),
    }


def _week_row(sheet: Sheet, row: dict[str, Any]) -> dict[str, Any]:
    words = sheet.words
    if row["kind"] == "true_up":
        return _order_row(sheet, row)
    groups = [words.name("kpis.names", group) for group in row["groups"]]
    kind = "returns_in" if row["is_return"] else "orders_in"
    form = "one" if row["orders"] == 1 else "other"
    return {
        **row,
        "when": _span(sheet, row["first_on"], row["last_on"]),
        "order": sheet.t(f"{kind}.{form}", n=words.number(row["orders"])),
        "what": ", ".join(groups) if len(groups) <= 2 else sheet.t("groups", n=len(groups)),
        "tag": sheet.t("tag_return") if row["is_return"] else "",
    }


def _span(sheet: Sheet, first: date, last: date) -> str:
    """'5–11 Oct' or '05–11/10'; the days that have lines."""
    if first == last:
        return sheet.words.day(first)
    number = f"{first.day:02d}" if sheet.ws.language == "vi" else str(first.day)
    return f"{number}–{sheet.words.day(last)}"


HEADS = ("number", "date", "order", "customer", "credit", "of_quota", "rate", "commission")


def _table(sheet: Sheet, rows: list[dict[str, Any]], earned: int, above: str = "") -> str:
    words = sheet.words
    heads = {key: sheet.t(key) for key in HEADS}
    for key in ("credit", "commission"):
        heads[key] += f", {words.symbol}"
    cells = "".join(
        f'<th scope="col"{" class=num" if n > 3 else ""}>{escape(h)}</th>' for n, h in enumerate(heads.values())
    )
    credits = {row["part"] for row in rows}
    credit = words.money_plain(sum(row["credit_amount"] or 0 for row in rows)) if len(credits) == 1 else ""
    share = words.percent(rows[-1]["attained"]) if len(credits) == 1 and rows[-1]["attained"] is not None else ""
    return (
        f'<table class="ln"><thead>{above}<tr>{cells}</tr></thead><tbody>{_body(sheet, rows)}'
        f'<tr class="tot"><td class="no"></td><th scope="row" class="cu" colspan="3">{escape(sheet.t("total"))}</th>'
        f'<td class="num cr">{escape(credit)}</td><td class="num sh">{escape(share)}</td><td class="rt"></td>'
        f'<td class="num cm2">{escape(words.money_plain(earned))}</td></tr></tbody></table>'
    )


def _body(sheet: Sheet, rows: list[dict[str, Any]]) -> str:
    """The rows; where there are several components, each below its name."""
    found, before = list[str](), -1
    for row in rows:
        if len(sheet.parts) > 1 and row["part"] != before:
            name = sheet.parts[row["part"]][f"name_{sheet.ws.language}"]
            found.append(f'<tr class="grp"><th colspan="8" scope="rowgroup">{escape(name)}</th></tr>')
        before = row["part"]
        found.append(_row(sheet, row))
    return "".join(found)


def _row(sheet: Sheet, row: dict[str, Any]) -> str:
    words, units = sheet.words, sheet.units(sheet.parts[row["part"]])
    number = str(row["first_no"]) if row["first_no"] == row["last_no"] else f"{row['first_no']}–{row['last_no']}"
    credit = "" if row["kind"] == "true_up" else units.money_plain(row["credit_amount"])
    share = words.percent(row["attained"]) if row["attained"] is not None else ""
    tag = f' <span class="mut">{escape(row["tag"])}</span>' if row["tag"] else ""
    return (
        f'<tr><td class="no nw">{number}</td><td class="dt nw">{escape(row["when"])}</td>'
        f'<td class="or nw">{escape(row["order"])}</td><td class="cu">{escape(row["what"])}{tag}</td>'
        f'<td class="num cr">{escape(credit)}</td><td class="num sh">{escape(share)}</td>'
        f'<td class="num rt">{escape(_rates(sheet, row, units))}</td>'
        f'<td class="num cm2"><b>{escape(words.money_plain(row["pay_amount"]))}</b></td></tr>'
    )


def _rates(sheet: Sheet, row: dict[str, Any], units: Words) -> str:
    """The rate of a row, or from which to which; what a counted unit earns as money; none off the scale."""
    if row["rate_from"] is None:
        return ""
    rates = [Fraction(row[key], RATE_SCALE) for key in ("rate_from", "rate_to")]
    is_money = units is sheet.words
    shown = [Fraction(round(rate * FINEST), FINEST) for rate in rates]
    told = [rate_text(sheet.words, rate) if is_money else sheet.words.money_short(int(rate)) for rate in shown]
    return told[0] if told[0] == told[1] else " → ".join(told)
