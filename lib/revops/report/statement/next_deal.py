"""Where the person stands on the scale, what more sales would earn, and the deal that may bring them."""

from datetime import timedelta
from html import escape
from typing import Any

from revops.report.statement.curve import curve_svg
from revops.report.statement.ladder import ZERO, Ladder, ladder_svg, next_terms, rate_of, unit_of
from revops.report.statement.marks import NARROW, WIDE, share_text, short
from revops.report.statement.sheet import Sheet
from revops.words import Words


def sentence(sheet: Sheet) -> str:
    """How much of the quota was reached, and what the next deal earns."""
    words, ladder, part = sheet.words, sheet.ladder, sheet.main
    if ladder is None or part is None:
        return ""
    reached = _reached(sheet, part, ladder)
    if sheet.next is None:
        return reached
    if sheet.next["worth_amount"] == 0:
        return f"{reached} {sheet.t('next_capped' if ladder.is_cut else 'next_nothing')}".strip()
    key = "next_over" if sheet.is_over else "next"
    more = short(sheet.units(part), sheet.next["more_amount"])
    earns = sheet.t(key, amount=more, pay=words.money(sheet.next["worth_amount"]), month=_span(sheet, part))
    return f"{reached} {earns}".strip()


def _reached(sheet: Sheet, part: dict[str, Any], ladder: Ladder) -> str:
    """How much of the quota: of the month's, or of the longer window's, which is named."""
    if part["attainment"] is None:
        return ""
    words, until = sheet.words, part["window_until"] - timedelta(days=1)
    first, last = words.month_name(part["window_from"]), words.month_name(until)
    key = "reached" if first == last else "reached_span"
    return str(sheet.t(key, share=share_text(words, part["attainment"], ladder.bounds), first=first, last=last))


def _span(sheet: Sheet, part: dict[str, Any]) -> str:
    """The window in words: its month, or its first and last month."""
    first = sheet.words.month_name(part["window_from"])
    return sheet.month if first == sheet.month else sheet.t("span", first=first, last=sheet.month)


def section(sheet: Sheet) -> str:
    """The drawing and the note below it; nothing where no scale pays."""
    words, ladder, part = sheet.words, sheet.ladder, sheet.main
    if ladder is None or part is None:
        return ""
    units = sheet.units(part)
    is_curve = ladder.has_jumps or part["shape"] in ("curve", "matrix")
    kind = "curve" if is_curve else "ladder"
    draw = curve_svg if is_curve else ladder_svg
    quota = sheet.t("ladder_quota", amount=units.money_short(ladder.quota)) if ladder.quota else ""
    name = part[f"name_{sheet.ws.language}"] if len(sheet.parts) > 1 else ""
    axes = sheet.t(f"{kind}_who", unit=unit_of(ladder, units)[1])
    shape = "jumps" if ladder.has_jumps and part["shape"] == "marginal" else part["shape"]
    who = " · ".join(filter(None, [name, axes, quota, sheet.t(f"ladder_{shape}")]))
    title = sheet.t(f"{kind}_title_over" if sheet.is_over else f"{kind}_title")
    drawings = "".join(
        f'<div class="{css}">{draw(ladder, units, words, *size)}</div>'
        for css, size in (("wide", WIDE), ("narrow", NARROW))
    )
    return (
        f"<section><h2>{escape(title)}</h2><p class='who'>{escape(who)}</p>{drawings}"
        f'<p class="note">{_note(sheet, ladder, units)}</p></section>'
    )


def _note(sheet: Sheet, ladder: Ladder, units: Words) -> str:
    """The way to the next step, the likely next deal, and its arithmetic; its figures are the drawing's."""
    parts = [_to_step(sheet, ladder, units)]
    if sheet.next is None:
        return parts[0]
    sums, deal = _terms(sheet, ladder, units), sheet.next["deal_amount"] is not None
    more = short(units, sheet.next["more_amount"])
    if deal and not sheet.is_over:
        parts.append(_deal(sheet, "likely_next") + (f": {escape(sums)}" if sums else "."))
    elif sums:
        key = "more_sales_over" if sheet.is_over else "more_sales"
        parts.append(escape(sheet.t(key, amount=more, month=_span(sheet, sheet.main or {})) + f" {sums}"))
    if deal and sheet.is_over:
        parts.append(_deal(sheet, "likely_next_over"))
    return " ".join(filter(None, parts))


def _to_step(sheet: Sheet, ladder: Ladder, units: Words) -> str:
    """How much is missing to the next step of the scale, and what it brings."""
    following = next((step for step in ladder.scale.steps if step.start > ladder.done), None)
    if following is None:
        return ""
    missing = (following.start - ladder.done) / sheet.counted
    to = sheet.words.percent(float(following.start / ladder.quota), 0) if ladder.quota else ""
    to = to or units.money_short(int(following.start))
    jump = following.paid - ladder.scale.at(ladder.done).earned(following.start)
    if jump > 0 and not ladder.scale.is_whole:
        key, gain = "to_jump", {"pay": sheet.words.money(int(jump))}
    else:
        key, gain = "to_tier", {"rate": rate_of(following.rate, units, sheet.words)}
    told = sheet.t(f"{key}_over" if sheet.is_over else key, amount="\0", to=to, **gain)
    amount = short(units, -(-missing.numerator // missing.denominator))
    return escape(told).replace("\0", f"<b>{escape(amount)}</b>")


def _terms(sheet: Sheet, ladder: Ladder, units: Words) -> str:
    """The next deal's arithmetic with the cap that cuts it; nothing where other rules of the plan decide its worth."""
    words, worth = sheet.words, sheet.next["worth_amount"] if sheet.next else 0
    done = ladder.done
    earned = ladder.scale.earned(done + ladder.paid_more) - ladder.scale.earned(done)
    if ladder.cap is not None:
        earned = min(earned, max(ladder.cap - ladder.scale.earned(done), ZERO))
    if worth == 0 or ladder.credit < 0 or ladder.has_jumps or abs(earned - worth) > 10**words.money_decimals:
        return ""
    cut = f" ({sheet.t('up_to_cap', amount=words.money(int(ladder.cap or 0)))})" if ladder.is_cut else ""
    return f"{next_terms(ladder, units, words)}{cut} = {words.money(worth)}."


def _deal(sheet: Sheet, key: str) -> str:
    """The likely next deal, its account in bold."""
    words, deal = sheet.words, sheet.next or {}
    stage = words.name("kpis.names", deal["stage"]) if deal["stage"] else ""
    stage = stage[:1].lower() + stage[1:]
    told = sheet.t(key, account="\0", amount=short(words, deal["deal_amount"]), stage=stage)
    return escape(told).replace("\0", f"<b>{escape(deal['account_name'] or '')}</b>")
