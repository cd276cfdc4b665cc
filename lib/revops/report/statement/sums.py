"""What makes the sum paid: each component's sales and returns, what changed it, extras, and what stands before pay."""

from typing import Any

import polars as pl

from revops.incentives import reasons
from revops.report import paper
from revops.report.statement.marks import attained_text
from revops.report.statement.sheet import Sheet

Row = tuple[str, str, int]
NAMED = 2  # rows of a kind that stand on their own; more of them are summed up
LISTED = 3  # orders that a row names


def sum_table(sheet: Sheet) -> str:
    """The rows as a table; the first stands without a sign, changes with one."""
    words = sheet.words
    rows = [
        (name, why, words.money_plain(amount, signed=n > 0)) for n, (name, why, amount) in enumerate(sum_rows(sheet))
    ]
    total = sheet.t("paid_total", currency=words.symbol)
    return paper.sums(rows, (total, words.money_plain(sheet.row["paid_amount"])))


def sum_rows(sheet: Sheet) -> list[Row]:
    """(name, reason, amount) rows that sum to what is paid; every deduction has its one line."""
    rows = [row for part in sheet.parts for row in _component(sheet, part)]
    return rows + _changes(sheet, sheet.lines.filter(pl.col("part") < 0))


def _component(sheet: Sheet, part: dict[str, Any]) -> list[Row]:
    """One payout: sold, given back, and every step after the scale."""
    mine = sheet.lines.filter(pl.col("part") == part["part"])
    scaled = mine.filter(pl.col("kind") == "commission")
    sold, back = scaled.filter(pl.col("movement") != "return"), scaled.filter(pl.col("movement") == "return")
    sold = sold if back["pay_amount"].sum() else scaled
    rows = [(_name(sheet, part), _credited(sheet, part, sold), int(sold["pay_amount"].sum()))]
    if back["pay_amount"].sum():
        rows.append((sheet.t("returns"), _taken_back(sheet, part, back), int(back["pay_amount"].sum())))
    return rows + _changes(sheet, mine.filter(pl.col("kind") != "commission"))


def _name(sheet: Sheet, part: dict[str, Any]) -> str:
    """The component; one alone is 'Commission on October sales', one of several windows tells its days."""
    if len(sheet.parts) == 1:
        return sheet.t("sales_of", month=sheet.month)
    name = str(part[f"name_{sheet.ws.language}"])
    same = [other for other in sheet.parts if other[f"name_{sheet.ws.language}"] == name]
    if len(same) == 1:
        return name
    first, last = (sheet.words.day(part[key]) for key in ("window_from", "window_until"))
    return sheet.t("in_window", name=name, first=first, last=last)


def _credited(sheet: Sheet, part: dict[str, Any], sold: pl.DataFrame) -> str:
    """Orders and their credit, and how far that is."""
    amount = _credit(sheet, part, sold)
    count = sold.select(pl.coalesce("order_id", "movement_id")).to_series().n_unique()
    what = "credited" if sold["order_id"].null_count() < sold.height else "entries"
    told = sheet.words.n(f"incentives.statement.{what}", count, amount=amount)
    if part["attainment"] is None or len(sheet.parts) == 1:
        return told
    return sheet.t("and_attained", told=told, share=attained_text(sheet.words, part["attainment"]))


def _credit(sheet: Sheet, part: dict[str, Any], lines: pl.DataFrame) -> str:
    """The sum of credits: money without its sign, a count with what is counted."""
    total, units = int(lines["credit_amount"].sum()), sheet.units(part)
    return units.money_plain(total) if part["is_money"] else f"{units.money_plain(total)} {units.symbol}"


def _taken_back(sheet: Sheet, part: dict[str, Any], back: pl.DataFrame) -> str:
    orders = back["order_id"].drop_nulls().unique().sort()
    amount = _credit(sheet, part, back)
    if len(orders) == 1:
        return sheet.t("returned_one", order=orders[0], amount=amount)
    return sheet.t("returned_many", count=sheet.words.number(len(orders)), amount=amount)


def _changes(sheet: Sheet, lines: pl.DataFrame) -> list[Row]:
    """A row for each line that changes the sum; where a kind has many, such as held orders, one for all of them."""
    rows = list[Row]()
    for _, group in lines.group_by("kind", maintain_order=True):
        found = group.to_dicts()
        if len(found) > NAMED and all("order_id" in reasons.read(line["figures"]) for line in found):
            rows.append(_together(sheet, found))
        else:
            rows += [(reasons.name(sheet.words, line), _why(sheet, line), line["pay_amount"]) for line in found]
    return rows


def _why(sheet: Sheet, line: dict[str, Any]) -> str:
    return reasons.why(sheet.words, line["kind"], reasons.read(line["figures"]))


def _together(sheet: Sheet, lines: list[dict[str, Any]]) -> Row:
    orders = [reasons.read(line["figures"])["order_id"] for line in lines]
    shown = ", ".join(orders[:LISTED]) + (" …" if len(orders) > LISTED else "")
    why = sheet.t("of_orders", n=sheet.words.number(len(orders)), orders=shown)
    return reasons.name(sheet.words, lines[0]), why, sum(line["pay_amount"] for line in lines)
