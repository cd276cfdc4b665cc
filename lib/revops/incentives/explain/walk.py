"""One line of a payment explained down to the raw row: `explain(ws, "2026-10/NV-0101/7")`.

From what is paid to the component, its scale and the line's place on it (tier, rate, file and line of the plan), the
credit and who else is credited by which row, the order line, the source's file and row, and what else changed it. All
of it is read from the saved tables of a run; sums are checked on the way, and a difference raises IdentityError.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from revops.incentives import reasons
from revops.incentives.explain import credited, raw
from revops.incentives.explain.explanation import Explanation, Row, Section, same
from revops.incentives.statements import exact_text, scale_of
from revops.money import RATE_SCALE
from revops.periods import Period
from revops.problems import InputError, Problem, nearest
from revops.workspace import Workspace

DASH = "–"
SCALED = ("commission", "true_up")  # what the scale gives


def explain(ws: Workspace, line: str) -> Explanation:
    """The walk from a line of a payment to its raw row; InputError names the nearest line where there is none."""
    pay = ws.read("pay_lines")
    if "line" not in pay.columns:
        old = "a table of an earlier version, in which lines have no names"
        raise InputError(Problem("pay_lines", old, "one that this version wrote", "run the period again"))
    found = pay.filter(pl.col("line") == line)
    if found.is_empty():
        raise InputError(_unknown(line, pay["line"].to_list()))
    return _Walk(ws, found.row(0, named=True), pay).told()


def _unknown(line: str, known: list[str]) -> Problem:
    expected = f"a line as {known[0]}" if known else "a line of a run with payments"
    return Problem(
        f"line {line}", f"no such line{nearest(line, known)}", expected, "take it from a statement or pay_lines"
    )


class _Walk:
    """Everything about one line: its person's payment, its payout, its order."""

    def __init__(self, ws: Workspace, row: dict[str, Any], pay: pl.DataFrame):
        self.ws, self.row, self.words = ws, row, ws.words
        mine = (pl.col("person_id") == row["person_id"]) & (pl.col("month_on") == row["month_on"])
        self.lines = pay.filter(mine).sort("line_no")
        self.statement = ws.scan("pay_statements").filter(mine).collect().row(0, named=True)
        self.parts = ws.scan("pay_summary").filter(mine).collect().sort("part").to_dicts()
        self.steps = ws.scan("pay_steps").filter(mine & (pl.col("part") == row["part"])).collect().sort("step")
        self.figures = reasons.read(row["figures"])

    def t(self, key: str, **values: Any) -> str:
        return str(self.words.t(f"pay.explain.{key}", **values))

    def money(self, amount: int) -> str:
        return self.words.money_plain(amount)

    def exact(self, amount: Fraction) -> str:
        """An exact amount in the currency with as many decimals as it needs, or six where it does not end."""
        whole = amount / 10**self.words.money_decimals
        digits = next((n for n in range(6) if 10**n % whole.denominator == 0), 6)
        return self.words.number(Decimal(whole.numerator) / whole.denominator, digits)

    def counted(self, credit: Fraction | int) -> str:
        """A credit of the payout: money, or what is counted."""
        return (
            self.exact(Fraction(credit))
            if self.part["is_money"]
            else reasons.figure(self.words, "", exact_text(Fraction(credit)))
        )

    def rate(self, rate: Fraction) -> str:
        """What a unit of credit earns: a share of money, or money for each that is counted."""
        return reasons.rate(self.words, rate) if self.part["is_money"] else self.exact(rate)

    def told(self) -> Explanation:
        row, words = self.row, self.words
        title = self.t(
            "title",
            line=row["line"],
            amount=words.money(row["pay_amount"]),
            paid=words.money(self.statement["paid_amount"]),
            name=self.statement["name"],
            month=words.period(Period.parse(f"{row['month_on']:%Y-%m}")),
        )
        return Explanation(title, [section for section in self.sections() if section.rows])

    def sections(self) -> Iterator[Section]:
        yield Section(self.t("payment"), self.payment())
        if self.row["part"] >= 0:
            yield self.component()
        if self.row["kind"] == "commission":
            yield self.on_the_scale()
            yield self.credit()
            yield self.order()
            yield Section(self.t("source"), raw.told(self.ws, self.row))
            yield Section(self.t("also"), self.also() or [(self.t("nothing"), "")])
        else:
            yield Section(self.t("reason"), self.reason())
            order = self.figures.get("order_id")
            yield Section(self.t("of_order", order=order), self.of_order(order))
            if self.row["kind"] == "adjustment":
                yield Section(self.t("changes", month=self.words.month(self.figures["month_on"])), self.changes())

    def payment(self) -> list[Row]:
        """The lines of the payment by what they are; they sum to what is paid."""
        rows, total = list[Row](), 0
        grouped = self.lines.group_by("part", "kind", "key", "name_en", "name_vi", maintain_order=True).agg(
            pl.len().alias("n"), pl.col("pay_amount").sum(), pl.col("line_no")
        )
        for group in grouped.to_dicts():
            label = self.words.n("pay.explain.lines", group["n"], name=self.label(group))
            mark = f"  ← {self.t('this')}" if self.row["line_no"] in group["line_no"] else ""
            rows.append((label + mark, self.money(group["pay_amount"])))
            total += group["pay_amount"]
        same(self.row["line"], total, self.statement["paid_amount"])
        return [*rows, (self.t("paid"), self.money(total))]

    def label(self, group: dict[str, Any]) -> str:
        if group["kind"] != "commission":
            return reasons.name(self.words, group)
        return str(self.parts[group["part"]][f"name_{self.words.language}"])

    @property
    def part(self) -> dict[str, Any]:
        """The payout of the line."""
        return self.parts[self.row["part"]]

    @property
    def mine(self) -> pl.DataFrame:
        """The commission lines of the payout, in event order."""
        return self.lines.filter((pl.col("part") == self.row["part"]) & (pl.col("kind") == "commission"))

    def component(self) -> Section:
        """The payout: its window, credits, quota, and what scale, hurdle, multiplier and cap make of them."""
        part, words = self.part, self.words
        counted = Fraction((part["before_amount"] + part["credit_amount"]) * part["factor"], RATE_SCALE)
        last = part["window_until"]
        rows = [
            (self.t("window", first=words.date(part["window_from"]), last=words.date(_day_before(last))), ""),
            (self.t("before"), self.counted(part["before_amount"])),
            (self.t("month"), self.counted(part["credit_amount"])),
        ]
        if part["factor"] != RATE_SCALE:
            rows.append((self.t("factor"), reasons.rate(words, Fraction(part["factor"], RATE_SCALE))))
        rows.append((self.t("counted"), self.counted(counted)))
        if part["quota_amount"] is not None:
            rows.append((self.t("quota"), self.counted(part["quota_amount"])))
            rows.append((self.t("attained"), words.percent(part["attainment"], 2)))
        rows.append((self.t("scale"), self.money(part["uncapped_amount"])))
        changes = self.lines.filter((pl.col("part") == self.row["part"]) & ~pl.col("kind").is_in(SCALED))
        rows += [(self.told_line(line), self.money(line["pay_amount"])) for line in changes.to_dicts()]
        same(self.row["line"], part["uncapped_amount"] + sum(changes["pay_amount"]), part["pay_amount"])
        where = f" ({self.t('at', file=part['file'], row=part['row'])})" if part["file"] else ""
        title = self.t("component", name=part[f"name_{words.language}"], plan=part["plan"]) + where
        return Section(title, [*rows, (self.t("after"), self.money(part["pay_amount"]))])

    def told_line(self, line: dict[str, Any]) -> str:
        """A line that changes the sum, with its reason."""
        why = reasons.why(self.words, line["kind"], reasons.read(line["figures"]))
        return f"{reasons.name(self.words, line)}: {why}" if why else reasons.name(self.words, line)

    def on_the_scale(self) -> Section:
        """The line's place on the scale: slices by tier; on a whole scale its share of what the month earns."""
        row, part = self.row, self.part
        if row["rate_from"] is None:
            return Section(self.t("off_scale"), [(self.t("pays"), self.money(row["pay_amount"]))])
        scale = scale_of(self.steps, part["shape"] == "whole")
        on = self.mine.filter(pl.col("rate_from").is_not_null())
        factor = Fraction(part["factor"], RATE_SCALE)
        earlier = int(on.filter(pl.col("line_no") < row["line_no"])["credit_amount"].sum())
        first = Fraction(part["before_amount"])
        credit = int(row["credit_amount"])
        if scale.is_whole:
            month = int(on["credit_amount"].sum())
            earned = scale.earned((first + month) * factor) - scale.earned(first * factor)
            exact = earned * credit / month if month else scale.steps[0].rate * credit * factor
            each = exact / (credit * factor) if credit and factor else scale.steps[0].rate
            rates = {"earned": self.exact(earned), "credit": self.counted(month * factor)}
            text = self.t("whole_rate", rate=self.rate(each), **rates)
            times = self.t("slice", credit=self.counted(credit * factor), rate=self.rate(each))
            rows = [(text, ""), (times, self.exact(exact))]
            title = self.t("whole")
        else:
            start = (first + earlier) * factor
            end = start + credit * factor
            exact = scale.earned(end) - scale.earned(start)
            rows = self.slices(scale, start, end)
            title = self.t("slices", start=self.counted(start), end=self.counted(end))
        left = Fraction(row["pay_amount"]) - exact
        rows += [(self.t("exact"), self.exact(exact))] if left or len(rows) > 1 else []
        rows += [(self.t("rounding"), self.exact(left))] if left else []
        return Section(title, [*rows, (self.t("pays"), self.money(row["pay_amount"]))])

    def slices(self, scale: Any, start: Fraction, end: Fraction) -> list[Row]:
        """The tiers between two credits: credit × rate, and what is paid for reaching one; they sum to the line."""
        low, high = sorted((start, end))
        sign = 1 if end >= start else -1
        rows, total = list[Row](), Fraction(0)
        bounds = self.steps["row"].to_list()
        if low < 0:
            part = min(high, Fraction(0)) - low
            rows.append(
                (
                    self._slice(sign * part, scale.steps[0].rate, bounds[0]),
                    self.exact(sign * part * scale.steps[0].rate),
                )
            )
            total += sign * part * scale.steps[0].rate
        before = Fraction(0)
        for step, line in zip(scale.steps, bounds, strict=True):
            jump = step.paid - before
            if jump and low < step.start <= high:
                rows.append((self.t("jump", start=self.counted(step.start)), self.exact(sign * jump)))
                total += sign * jump
            top = high if step.end is None else min(high, step.end)
            part = top - max(low, step.start, Fraction(0))
            if part > 0:
                rows.append((self._slice(sign * part, step.rate, line), self.exact(sign * part * step.rate)))
                total += sign * part * step.rate
            before = step.earned(step.end) if step.end is not None else before
        same(self.row["line"], total, scale.earned(end) - scale.earned(start))
        return rows

    def _slice(self, credit: Fraction, rate: Fraction, line: int | None) -> str:
        text = self.t("slice", credit=self.counted(credit), rate=self.rate(rate))
        return f"{text}  ({self.t('at', file=self.part['file'], row=line)})" if line else text

    def credit(self) -> Section:
        """The part of the movement that is this person's, by which rule and row, and who else is credited for it."""
        same = (pl.col("movement_id") == self.row["movement_id"]) & (pl.col("basis") == self.part["basis"])
        ledger = self.ws.scan("credit_lines").filter(same).collect()
        own = ledger.filter((pl.col("person_id") == self.row["person_id"]) & (pl.col("rule") == self.row["rule"]))
        rows = credited.told(self.ws, self.row, ledger)
        net = own["net_amount"].to_list()
        rows += [(self.t("net"), self.counted(net[0]))] if net else []
        rows.append((self.t("share"), reasons.rate(self.words, Fraction(self.row["share"], RATE_SCALE))))
        rows.append((self.t("credited", name=self.statement["name"]), self.counted(self.row["credit_amount"])))
        return Section(self.t("credit", rule=self.words.t(f"incentives.rule.{self.row['rule']}")), rows)

    def order(self) -> Section:
        """The order line, as the credit names it."""
        row, words = self.row, self.words
        values = {"order": row["order_id"] or DASH, "line": row["line_id"] or row["movement_id"]}
        rows = [(self.t(row["movement"], day=words.date(row["moved_on"]), **values), "")]
        customer = " · ".join(filter(None, (row["customer_name"], row["account_id"] or row["customer_id"])))
        rows += [(f"{self.t('customer')}: {customer}", "")] if customer else []
        group = words.name("kpis.names", row["product_group"]) if row["product_group"] else None
        what = " · ".join(filter(None, (row["product_id"], group)))
        return Section(self.t("order"), [*rows, *([(what, "")] if what else [])])

    def reason(self) -> list[Row]:
        """Why a line that changes the sum is there, and each figure of it."""
        told = reasons.why(self.words, self.row["kind"], self.figures)
        shown = {name: value for name, value in self.figures.items() if name != "how" and value is not None}
        rows = [(self.named(name), reasons.figure(self.words, name, value)) for name, value in shown.items()]
        return [*([(told, "")] if told else []), *rows, (self.t("pays"), self.money(self.row["pay_amount"]))]

    def named(self, figure: str) -> str:
        key = f"pay.figure.{figure}"
        return str(self.words.t(key)) if self.words.has(key) else figure.replace("_", " ")

    def of_order(self, order: str | None) -> list[Row]:
        mine = self.lines.filter(pl.col("order_id") == order) if order else self.lines.clear()
        return [(line["line"], self.money(line["pay_amount"])) for line in mine.to_dicts()]

    def changes(self) -> list[Row]:
        """The orders and other lines that make the closed month come out otherwise; with what was settled before."""
        of = (pl.col("person_id") == self.row["person_id"]) & (pl.col("month_on") == self.figures["month_on"])
        rows, total = list[Row](), 0
        for change in self.ws.scan("pay_changes").filter(of).collect().sort("number").to_dicts():
            total += change["after_amount"] - change["before_amount"]
            text = reasons.changed(self.words, change)
            where = f"  ({self.t('at_row', file=change['file'], row=change['row'])})" if change["file"] else ""
            rows.append((text + where, self.money(change["after_amount"] - change["before_amount"])))
        if earlier := self.row["pay_amount"] - total:
            rows.append((self.t("settled"), self.money(earlier)))
        return [*rows, (self.t("pays"), self.money(self.row["pay_amount"]))]

    def also(self) -> list[Row]:
        """Lines of the same payment that name the order."""
        order = self.row["order_id"]
        others = self.lines.filter(pl.col("kind") != "commission").to_dicts()
        return [
            (f"{line['line']}: {self.told_line(line)}", self.money(line["pay_amount"]))
            for line in others
            if order and reasons.read(line["figures"]).get("order_id") == order
        ]


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
