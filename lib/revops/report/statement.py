"""One person's statement as a page of its own: static SVG, no script, one A4 page, nobody else's figures.

    statement.people(ws) -> list[str]            person ids that have a statement: paid people of the pay month
    statement.render(ws, person_id) -> str       the whole HTML file, in the workspace's language, at most 100 KB

Both read the tables that 04_incentives saved in the build (pay_statements, pay_lines, pay_summary, pay_history,
pay_next) and the plan that pays the person.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from html import escape
from typing import Any

import polars as pl

from revops.incentives import statements
from revops.incentives.book import payable_step
from revops.incentives.earnings import Payout
from revops.incentives.given import Given, earned
from revops.incentives.plans import Plan, load_plan
from revops.incentives.terms import text_in
from revops.money import RATE_SCALE
from revops.periods import add_months
from revops.report import paper
from revops.report import statement_marks as marks
from revops.report.statement_lines import line_rows
from revops.words import Words
from revops.workspace import Workspace

WIDE, NARROW = (694, 136), (344, 190)


def people(ws: Workspace) -> list[str]:
    """Person ids with a statement in the period, in order; none where the period is not a pay month."""
    if ws.period.kind != "month":
        return []
    return sorted(ws.read("pay_statements")["person_id"])


def file_of(person_id: str) -> str:
    """Where a run writes a person's statement, from the restricted page.

    >>> file_of("NV/0101")
    'statements/NV_0101.html'
    """
    return f"statements/{paper.file_name(person_id)}.html"


@dataclass(frozen=True)
class Sheet:
    """Everything that one statement shows."""

    ws: Workspace
    row: dict[str, Any]
    plan: Plan | None
    lines: pl.DataFrame
    history: list[dict[str, Any]]
    payouts: list[Payout]
    next_deal: dict[str, Any] | None

    @property
    def words(self) -> Words:
        """Words of the page."""
        return self.ws.words

    @property
    def is_over(self) -> bool:
        """Whether the pay month has ended: what is sold from now on counts for a later one."""
        return self.ws.as_of >= add_months(self.row["month_on"], 1) - timedelta(days=1)

    @property
    def month(self) -> str:
        """Name of the pay month."""
        return self.words.month_name(self.row["month_on"])

    def t(self, key: str, **values: Any) -> str:
        """A text of the statement."""
        return self.words.t(f"incentives.statement.{key}", **values)


def render(ws: Workspace, person_id: str) -> str:
    """The statement of one person in the period's pay month."""
    sheet = read_sheet(ws, person_id)
    title = f"{sheet.t('title')} · {ws.words.period(ws.period)} · {sheet.row['name']}"
    body = _stopped(sheet) if sheet.row["paid_amount"] is None else _paid(sheet)
    return paper.page(ws, title, _head(sheet), body, _foot(sheet))


def read_sheet(ws: Workspace, person_id: str) -> Sheet:
    """One person's rows of the pay tables; nothing of anybody else is read into the page."""
    mine = pl.col("person_id") == person_id
    row = ws.scan("pay_statements").filter(mine).collect().row(0, named=True)
    plan = next((p for p in _plans(ws) if p.plan == row["plan"]), None)
    deals = ws.scan("pay_next").filter(mine).collect().to_dicts()
    return Sheet(
        ws=ws,
        row=row,
        plan=plan,
        lines=ws.scan("pay_lines").filter(mine).collect().sort("line_no"),
        history=ws.scan("pay_history").filter(mine).collect().sort("month_on").to_dicts(),
        payouts=_payouts(ws, row, plan, ws.scan("pay_summary").filter(mine).collect()) if plan else [],
        next_deal=deals[0] if deals else None,
    )


def _plans(ws: Workspace) -> Iterable[Plan]:
    return (load_plan(ws.folder / name, name) for name in ws.company.plans)


def _payouts(ws: Workspace, row: dict[str, Any], plan: Plan, summary: pl.DataFrame) -> list[Payout]:
    """The month's payouts computed again from the saved credits, for the ladder."""
    if row["paid_amount"] is None:
        return []
    credit = {
        plan.components[number].credit: amount for number, amount in summary.select("component", "credit_amount").rows()
    }
    decimals = ws.company.money_decimals
    step = payable_step(ws.company.currency, decimals)
    quotas = {plan.quota: row["quota_amount"]} if plan.quota and row["quota_amount"] is not None else {}
    return list(earned(plan, Given(credit, quotas, rate=row["person_rate"]), decimals, step).payouts)


def ladder_of(sheet: Sheet) -> marks.Ladder:
    """The ladder of the first component with the next deal: an open one, else to the next tier, else a tenth more."""
    payout = sheet.payouts[0]
    whole = 10**sheet.ws.company.money_decimals
    if sheet.next_deal:
        more = int(sheet.next_deal["amount"])
    else:
        step = statements.to_next_step(payout)
        least = int(max(payout.credit, Fraction(0)) / 10) or whole
        gap = int(step[0]) + 1 if step and step[0] <= max(payout.credit, Fraction(0)) else least
        more = _round_up(gap, whole)
    counted = Fraction(more * payout.component.factor, RATE_SCALE)
    quota = sheet.row["quota_amount"] if payout.component.needs_quota else None
    share = sheet.row["attainment"] if payout.component.needs_quota else None
    cap = payout.cap
    return marks.Ladder(payout.scale, payout.credit, counted, share, quota, cap)


def _round_up(amount: int, whole: int) -> int:
    """Up to two significant digits of the currency: a round figure that surely passes the bound."""
    size = max(0, len(str(amount // whole)) - 2)
    step = whole * 10**size
    return -(-amount // step) * step


def _head(sheet: Sheet) -> str:
    ws, row, words = sheet.ws, sheet.row, sheet.words
    scope = (sheet.t("title"), words.period(ws.period), sheet.t("as_of", day=words.date(ws.as_of)))
    place = words.name("kpis.names", row["region"] or row["channel"] or "")
    role = words.name("incentives.roles", row["role"])
    plan = sheet.t("plan", plan=sheet.plan.plan) if sheet.plan else ""
    return paper.head(ws, scope, row["name"], (row["person_id"], ", ".join(filter(None, [role, place])), plan))


def _stopped(sheet: Sheet) -> str:
    fault = escape(sheet.row["fault"] or "")
    return (
        f'<section class="hero"><div><p class="lbl">{escape(sheet.t("stopped_label"))}</p>'
        f'<p class="big">{escape(sheet.t("stopped"))}</p><h1>{escape(sheet.t("stopped_why"))}</h1>'
        f'<p class="note" lang="en">{fault}</p></div></section>'
    )


def _paid(sheet: Sheet) -> str:
    words, row = sheet.words, sheet.row
    pay_on = add_months(row["month_on"], 1).replace(day=sheet.ws.company.incentives.pay_day)
    hero = (
        f'<section class="hero"><div><p class="lbl">{escape(sheet.t("paid_on", day=words.date(pay_on)))}</p>'
        f'<p class="big">{escape(words.money(row["paid_amount"]))}</p><h1>{escape(_sentence(sheet))}</h1></div>'
        f"{_sum_table(sheet)}</section>"
    )
    return hero + _ladder_section(sheet) + _lines_section(sheet) + _history_section(sheet)


def _sentence(sheet: Sheet) -> str:
    words, ladder = sheet.words, ladder_of(sheet)
    reached = (
        sheet.t("reached", share=marks.share_text(words, sheet.row["attainment"], ladder.bounds))
        if sheet.row["attainment"] is not None
        else ""
    )
    worth = _worth(sheet, ladder)
    more = marks.short(words, _more(sheet, ladder))
    key = "next_over" if sheet.is_over else "next"
    earns = sheet.t(key, amount=more, pay=words.money(worth), month=sheet.month) if worth else sheet.t("next_capped")
    return f"{reached} {earns}".strip()


def _more(sheet: Sheet, ladder: marks.Ladder) -> int:
    return int(ladder.more * RATE_SCALE / (sheet.payouts[0].component.factor or RATE_SCALE))


def _worth(sheet: Sheet, ladder: marks.Ladder) -> int:
    company = sheet.ws.company
    step = payable_step(company.currency, company.money_decimals)
    return statements.next_worth(sheet.payouts[0], _more(sheet, ladder), company.money_decimals, step)


def _sum_table(sheet: Sheet) -> str:
    words = sheet.words
    rows = [
        (name, why, words.money_plain(amount, signed=n > 0)) for n, (name, why, amount) in enumerate(sum_rows(sheet))
    ]
    total = sheet.t("paid_total", currency=words.symbol)
    return paper.sums(rows, (total, words.money_plain(sheet.row["paid_amount"])))


def sum_rows(sheet: Sheet) -> list[tuple[str, str, int]]:
    """(name, reason, amount) rows that sum to what is paid; every deduction has its one line."""
    words, rows = sheet.words, []
    month = words.month_name(sheet.row["month_on"])
    for payout in sheet.payouts:
        mine = sheet.lines.filter((pl.col("component") == payout.number) & (pl.col("kind") == "commission"))
        sold, back = mine.filter(pl.col("movement") != "return"), mine.filter(pl.col("movement") == "return")
        name = (
            text_in(payout.component.name, sheet.ws.language) if sheet.plan and len(sheet.plan.components) > 1 else ""
        )
        label = sheet.t("sales_of", month=month) if not name else f"{name}, {month}"
        rows.append((label, _credited(sheet, sold), int(sold["pay_amount"].sum())))
        if back.height:
            rows.append((sheet.t("returns"), _taken_back(sheet, back), int(back["pay_amount"].sum())))
        if payout.cut_by_cap:
            cap = payout.cap or 0
            rows.append((sheet.t("cap"), sheet.t("cap_why", amount=words.money(int(cap))), payout.cut_by_cap))
    for key in ("carried_in", "carried_out"):
        amount = int(sheet.lines.filter(pl.col("kind") == key)["pay_amount"].sum())
        if amount:
            rows.append((sheet.t(key), sheet.t(f"{key}_why"), amount))
    return rows


def _credited(sheet: Sheet, sold: pl.DataFrame) -> str:
    orders = sold["order_id"].n_unique()
    amount = sheet.words.money_plain(int(sold["credit_amount"].sum()))
    return sheet.t("credited", orders=sheet.words.number(orders), amount=amount)


def _taken_back(sheet: Sheet, back: pl.DataFrame) -> str:
    orders = back["order_id"].drop_nulls().unique().sort()
    amount = sheet.words.money_plain(int(back["credit_amount"].sum()))
    if len(orders) == 1:
        return sheet.t("returned_one", order=orders[0], amount=amount)
    return sheet.t("returned_many", count=sheet.words.number(len(orders)), amount=amount)


def _ladder_section(sheet: Sheet) -> str:
    words, ladder = sheet.words, ladder_of(sheet)
    unit = marks.unit_of(ladder, words)[1]
    quota = sheet.t("ladder_quota", amount=words.money_short(ladder.quota)) if ladder.quota else ""
    who = " · ".join(
        filter(None, [sheet.t("ladder_who", unit=unit), quota, sheet.t(f"ladder_{sheet.payouts[0].component.shape}")])
    )
    title = sheet.t("ladder_title_over" if sheet.is_over else "ladder_title")
    return (
        f"<section><h2>{escape(title)}</h2><p class='who'>{escape(who)}</p>"
        f'<div class="wide">{marks.ladder_svg(ladder, words, *WIDE)}</div>'
        f'<div class="narrow">{marks.ladder_svg(ladder, words, *NARROW)}</div>'
        f'<p class="note">{_next_note(sheet, ladder)}</p></section>'
    )


def _next_note(sheet: Sheet, ladder: marks.Ladder) -> str:
    """The way to the next tier, the likely next deal, and its arithmetic; its figures are the ladder's."""
    words, parts = sheet.words, []
    step = statements.to_next_step(sheet.payouts[0])
    if step:
        missing, following = step
        to = (
            words.percent(float(following.start / ladder.quota), 0)
            if ladder.quota
            else words.money_short(int(following.start))
        )
        amount = f"<b>{escape(marks.short(words, -(-missing.numerator // missing.denominator)))}</b>"
        key = "to_tier_over" if sheet.is_over else "to_tier"
        text = sheet.t(key, amount="\0", to=to, rate=marks.rate_text(words, following.rate))
        parts.append(escape(text).replace("\0", amount))
    sums, deal = _terms(sheet, ladder), sheet.next_deal
    more = marks.short(words, _more(sheet, ladder))
    if deal and not sheet.is_over:
        parts.append(_deal(sheet, deal, "likely_next") + (f": {escape(sums)}" if sums else "."))
    elif sums:
        key = "more_sales_over" if sheet.is_over else "more_sales"
        parts.append(escape(sheet.t(key, amount=more, month=sheet.month) + f" {sums}"))
    if deal and sheet.is_over:
        parts.append(_deal(sheet, deal, "likely_next_over"))
    return " ".join(parts)


def _terms(sheet: Sheet, ladder: marks.Ladder) -> str:
    """The next deal's arithmetic with the cap that cuts it; nothing where it adds nothing or only pays back."""
    words, worth = sheet.words, _worth(sheet, ladder)
    if worth == 0 or ladder.credit < 0:
        return ""
    cut = f" ({sheet.t('up_to_cap', amount=words.money(int(ladder.cap or 0)))})" if ladder.is_cut else ""
    return f"{marks.next_terms(ladder, words)}{cut} = {words.money(worth)}."


def _deal(sheet: Sheet, deal: dict[str, Any], key: str) -> str:
    """The likely next deal, its account in bold."""
    words = sheet.words
    stage = words.name("kpis.names", deal["stage"]) if deal["stage"] else ""
    stage = stage[:1].lower() + stage[1:]
    text = sheet.t(key, account="\0", amount=marks.short(words, deal["amount"]), stage=stage)
    return escape(text).replace("\0", f"<b>{escape(deal['account_name'] or '')}</b>")


def _lines_section(sheet: Sheet) -> str:
    words, rows = sheet.words, line_rows(sheet.lines, sheet.ws, _quota_share(sheet))
    commission = int(sheet.lines.filter(pl.col("kind") == "commission")["pay_amount"].sum())
    credit = int(sheet.lines["credit_amount"].sum() or 0)
    title = words.n("incentives.statement.lines_title", len(rows), amount=words.money(commission))
    heads = [sheet.t(key) for key in ("date", "order", "customer", "credit", "of_quota", "rate", "commission")]
    heads[3] += f", {words.symbol}"
    heads[6] += f", {words.symbol}"
    head = "".join(f'<th scope="col"{" class=num" if n > 2 else ""}>{escape(h)}</th>' for n, h in enumerate(heads))
    body = "".join(_line(sheet, row) for row in rows)
    share = words.percent(sheet.row["attainment"]) if sheet.row["attainment"] is not None else ""
    return (
        f'<section><h2>{escape(Words.capital(title))}</h2><table class="ln"><thead><tr>{head}</tr></thead><tbody>{body}'
        f'<tr class="tot"><th scope="row" class="cu" colspan="3">{escape(sheet.t("total"))}</th>'
        f'<td class="num cr">{escape(words.money_plain(credit))}</td><td class="num sh">{escape(share)}</td>'
        '<td class="rt"></td>'
        f'<td class="num cm2">{escape(words.money_plain(commission))}</td></tr></tbody></table></section>'
    )


def _quota_share(sheet: Sheet) -> Fraction | None:
    """What one money unit of credit adds to attainment; None without a quota above 0."""
    quota = sheet.row["quota_amount"]
    return Fraction(sheet.payouts[0].component.factor, RATE_SCALE * quota) if quota and quota > 0 else None


def _line(sheet: Sheet, row: dict[str, Any]) -> str:
    words = sheet.words
    rates = [marks.rate_text(words, Fraction(row[key], RATE_SCALE)) for key in ("rate_from", "rate_to")]
    rate = rates[0] if rates[0] == rates[1] else f"{rates[0]} → {rates[1]}"
    share = words.percent(row["attained"]) if row["attained"] is not None else ""
    tag = f' <span class="mut">{escape(row["tag"])}</span>' if row["tag"] else ""
    return (
        f'<tr><td class="dt nw">{escape(row["when"])}</td><td class="or nw">{escape(row["order"])}</td>'
        f'<td class="cu">{escape(row["what"])}{tag}</td>'
        f'<td class="num cr">{escape(words.money_plain(row["credit_amount"]))}</td>'
        f'<td class="num sh">{escape(share)}</td><td class="num rt">{escape(rate)}</td>'
        f'<td class="num cm2"><b>{escape(words.money_plain(row["pay_amount"]))}</b></td></tr>'
    )


def _history_section(sheet: Sheet) -> str:
    words, rows = sheet.words, sheet.history
    if len(rows) < 2:
        return ""
    first = max(sheet.ws.period.fiscal_year.start, rows[0]["month_on"])
    paid = sum(row["paid_amount"] or 0 for row in rows if row["month_on"] >= first)
    known = [row["attainment"] for row in rows if row["attainment"] is not None]
    title = sheet.t("history_title", amount=words.money(paid), month=words.month_name(first))
    if known:
        reached, months = sum(share >= 1 for share in known), len(known)
        key = "history_reached" if reached else "history_none"
        title += sheet.t(key, reached=_count(sheet, reached), months=_count(sheet, months))
    power, unit = words.unit(max(row["paid_amount"] or 0 for row in rows))
    span = sheet.t(
        "history_who", unit=unit, first=words.month(rows[0]["month_on"]), last=words.month(rows[-1]["month_on"])
    )
    return (
        f"<section><h2>{escape(title)}</h2><p class='who'>{escape(span)}</p>"
        f'<div class="wide">{_history(sheet, rows, power, WIDE[0])}</div>'
        f'<div class="narrow">{_history(sheet, rows[-6:], power, NARROW[0])}</div></section>'
    )


def _count(sheet: Sheet, count: int) -> str:
    """A number of months as a word, where it is a whole year too."""
    return sheet.t("twelve") if count == 12 else sheet.words.count(count)


def _history(sheet: Sheet, rows: list[dict[str, Any]], power: int, width: int) -> str:
    words = sheet.words
    bars = [
        (
            words.month_short(row["month_on"]),
            words.scaled(row["paid_amount"], power, 1 if power else 0)
            if row["paid_amount"] is not None
            else words.t("common.undefined"),
            words.in_unit(row["paid_amount"], power),
            "",
            row is rows[-1],
        )
        for row in rows
    ]
    shares = [row["attainment"] for row in rows]
    return marks.history_svg(bars, words, width, 92) + marks.attainment_row(shares, words, ladder_of(sheet).bounds)


def _foot(sheet: Sheet) -> str:
    ws, words = sheet.ws, sheet.words
    until = add_months(sheet.row["month_on"], 1).replace(day=ws.company.incentives.question_days)
    contact = paper.contact(ws)
    parts = [escape(sheet.t("lineage_ask", name=contact) if contact else sheet.t("lineage"))]
    if sheet.row["paid_amount"] is not None:
        difference = int(sheet.lines["pay_amount"].sum()) - sheet.row["paid_amount"]
        tone, mark = ("good", "✓") if difference == 0 else ("bad", "✗")
        parts.append(
            f'{escape(sheet.t("lines_less_paid"))} <b class="{tone}">{mark} {escape(words.money(difference))}</b>'
        )
    if contact:
        parts.append(escape(sheet.t("questions", day=words.day(until), name=contact)))
    parts.append(f'<span class="mut">{escape(sheet.t("confidential"))}</span>')
    return paper.foot(parts)
