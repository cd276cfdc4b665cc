"""The statement's page: whose it is, the sum paid, its sections, and whom to ask until when."""

from collections.abc import Iterator
from datetime import timedelta
from html import escape

from revops.periods import add_months
from revops.report import paper
from revops.report.statement import history, lines, next_deal, notices, sums
from revops.report.statement.sheet import Sheet


def page(sheet: Sheet) -> str:
    """The whole HTML file."""
    ws = sheet.ws
    title = f"{sheet.t('title')} · {ws.words.period(ws.period)} · {sheet.row['name']}"
    is_stopped = sheet.row["paid_amount"] is None
    body = _stopped(sheet) if is_stopped else _paid(sheet)
    return paper.page(ws, title, _head(sheet), body, _foot(sheet) + ("" if is_stopped else lines.appendix(sheet)))


def _head(sheet: Sheet) -> str:
    ws, row, words = sheet.ws, sheet.row, sheet.words
    scope = (sheet.t("title"), words.period(ws.period), notices.version(sheet))
    place = words.name("kpis.names", row["region"] or row["channel"] or "")
    role = words.name("incentives.roles", row["role"])
    plan = sheet.t("plan", plan=row["plan"]) if row["plan"] else ""
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
    amount = words.money(row["paid_amount"])
    hero = (
        f'<section class="hero"><div><p class="lbl">{escape(sheet.t("paid_on", day=words.date(pay_on)))}</p>'
        f'<p class="big{" long" if len(amount) > 13 else ""}">{escape(amount)}</p>'
        f"<h1>{escape(next_deal.sentence(sheet))}</h1></div>{sums.sum_table(sheet)}</section>"
    )
    return hero + next_deal.section(sheet) + lines.section(sheet) + notices.section(sheet) + history.section(sheet)


def _foot(sheet: Sheet) -> str:
    return paper.foot(_parts(sheet))


def _parts(sheet: Sheet) -> Iterator[str]:
    words, contact = sheet.words, paper.contact(sheet.ws)
    yield escape(sheet.t("lineage_ask", name=contact) if contact else sheet.t("lineage"))
    if sheet.row["paid_amount"] is not None:
        difference = int(sheet.lines["pay_amount"].sum()) - sheet.row["paid_amount"]
        tone, mark = ("good", "✓") if difference == 0 else ("bad", "✗")
        yield f'{escape(sheet.t("lines_less_paid"))} <b class="{tone}">{mark} {escape(words.money(difference))}</b>'
    if contact:
        until = add_months(sheet.row["month_on"], 1) + timedelta(days=sheet.ws.company.incentives.question_days - 1)
        yield escape(sheet.t("questions", day=words.day(until), name=contact))
    yield f'<span class="mut">{escape(sheet.t("confidential"))}</span>'
