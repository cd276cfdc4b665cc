"""Which scenario is fairest: each person's attainment in the years tested, on one scale, and what it adds up to."""

from collections.abc import Sequence
from html import escape

import polars as pl

from revops.quota.compare import FLAT, Backtest, Score
from revops.quota.desk import Desk
from revops.quota.quotas import Proposal
from revops.report.display import Html, heading, scrolled
from revops.report.quota.names import in_money, needs_people, scenario_name
from revops.report.quota.strips import figure, money, undefined, years_text
from revops.workspace import Workspace

WIDE, TALL, LOW, HIGH = 360, 44, 0.4, 1.8  # attainment from 40 % to 180 % on so many px
BESIDE = 104  # px for how many lie off the scale
TICKS = (0.6, 0.8, 1.0, 1.2, 1.4, 1.6)


@needs_people
def fairest(ws: Workspace, desk: Desk, proposal: Proposal, tested: Backtest) -> Html:
    """One row per scenario and the flat rule: a dot per quota tested, and error, bias, spread, correlation, pay."""
    ws = in_money(ws)
    if not tested.scores:
        title = ws.t("compare.fairest.none")
        return Html(heading(title, _why_none(ws, desk)), title)
    title = _title(ws, proposal, tested)
    who = ws.t("compare.fairest.who", years=years_text(ws, tested))
    keys = [*(s.key for s in proposal.had), FLAT]
    body = "".join(_row(ws, proposal, tested, key) for key in keys)
    asked, rule = (escape(ws.t(f"compare.fairest.{key}")) for key in ("asked", "rule"))
    rule = f"<details><summary>{asked}</summary><p class='who'>{rule}</p></details>"
    return Html(heading(title, who) + scrolled(_head(ws, tested), body, "bt") + rule, title)


def _title(ws: Workspace, proposal: Proposal, tested: Backtest) -> str:
    """Who has the least luck; where fewer than two scenarios can be tested, only that."""
    best = next((s for s in proposal.had if s.key == tested.recommended), None)
    if best is None:
        return str(ws.t("compare.fairest.few"))
    score = tested.scores[best.key]
    name = ws.words.capital(scenario_name(ws, proposal, best.key))
    said = {"scenario": name, "letter": best.letter, "within": score.within, "all": score.people}
    return str(ws.t("compare.fairest.title", **said))


def _why_none(ws: Workspace, desk: Desk) -> str:
    first = min(desk.days["moved_on"].to_list(), default=None)
    return str(
        ws.t("compare.fairest.none_who", first=ws.words.date(first)) if first else ws.t("compare.fairest.none_at_all")
    )


def _row(ws: Workspace, proposal: Proposal, tested: Backtest, key: str) -> str:
    letter = next((f"{s.letter} · " for s in proposal.had if s.key == key), "× · ")
    name = escape(letter + ws.words.capital(scenario_name(ws, proposal, key)))
    css = " class='you'" if key == tested.recommended else ""
    score = tested.scores.get(key)
    if score is None:
        return f"<tr><th scope='row'>{name}</th><td colspan='9'>{undefined(ws, 'no_cases')}</td></tr>"
    mine = tested.outcomes.filter(pl.col("scenario") == key).select("actual_amount", "quota_amount")
    dots = _dots(ws, [actual / quota for actual, quota in mine.iter_rows()])
    cells = "".join(f"<td class='num'>{cell}</td>" for cell in _figures(ws, score, tested))
    return f"<tr{css}><th scope='row'>{name}</th><td>{dots}</td>{cells}</tr>"


def _figures(ws: Workspace, score: Score, tested: Backtest) -> list[str]:
    words = ws.words
    power = words.unit(max((int(s.pay.value or 0) for s in tested.scores.values()), default=0))[0]
    shares = [
        undefined(ws, value.reason) if value.value is None else escape(words.percent(value.value, 1, signed=signed))
        for value, signed in ((score.wape, False), (score.bias, True))
    ]
    spread = (
        undefined(ws, score.spread.reason) if score.spread.value is None else words.number(100 * score.spread.value, 1)
    )
    tied = f"<small>{escape(ws.t('compare.fairest.follows'))}</small>" if score.follows else ""
    return [
        str(score.people), str(score.reached), str(score.within), *shares, spread,
        figure(ws, score.correlation, 2) + tied, money(ws, score.pay, power, 1),
    ]  # fmt: skip


def _head(ws: Workspace, tested: Backtest) -> str:
    unit = ws.words.unit(max((int(s.pay.value or 0) for s in tested.scores.values()), default=0))[1]
    names = ["tested", "reached", "within", "error", "bias", "spread", "correlation", "pay"]
    heads = {name: ws.t(f"compare.head.{name}", unit=unit) for name in names}
    axis = "".join(
        f'<text x="{_at(tick):.1f}" y="12" text-anchor="middle" font-size="11" style="fill:var(--ink-3)">'
        f"{escape(ws.words.percent(tick, 0))}</text>"
        for tick in TICKS
    )
    cells = "".join(f"<th scope='col' class='num'>{escape(text)}</th>" for text in heads.values())
    return (
        f"<tr><th scope='col'>{escape(ws.t('quota.head.scenario'))}</th>"
        f"<th scope='col'>{_svg(axis, 16)}<span class='vh'>{escape(ws.t('compare.head.dots'))}</span></th>{cells}</tr>"
    )


def _dots(ws: Workspace, attained: Sequence[float]) -> str:
    """A dot per quota on its attainment, stacked where they would hide each other; those off the scale are counted."""
    band = (
        f'<rect x="{_at(0.8):.1f}" y="0" width="{_at(1.2) - _at(0.8):.1f}" height="{TALL}" style="fill:var(--sunk)"/>'
    )
    rule = f'<path d="M{_at(1):.1f} 0v{TALL}" style="stroke:var(--line-2);stroke-width:1"/>'
    inside = sorted(value for value in attained if LOW <= value <= HIGH)
    marks = ""
    heights: dict[int, int] = {}
    for value in inside:
        place = round(_at(value) / 6)
        level = heights[place] = heights.get(place, -1) + 1
        y = TALL / 2 + (level + 1) // 2 * 5.6 * (1 if level % 2 else -1)
        marks += (
            f'<circle cx="{_at(value):.1f}" cy="{min(max(y, 3.5), TALL - 3.5):.1f}" r="2.7" '
            'style="fill:var(--bg);stroke:var(--ac);stroke-width:1.3"/>'
        )
    beyond = len(attained) - len(inside)
    note = (
        f'<text x="{WIDE + 4}" y="{TALL / 2 + 4}" font-size="11" style="fill:var(--ink-3)">'
        f"{escape(ws.words.n('compare.fairest.beyond', beyond))}</text>"
        if beyond
        else ""
    )
    return _svg(band + rule + marks + note, TALL)


def _at(share: float) -> float:
    return 8 + (WIDE - 16) * (share - LOW) / (HIGH - LOW)


def _svg(inner: str, tall: int) -> str:
    return (
        f'<svg width="{WIDE + BESIDE}" height="{tall}" viewBox="0 0 {WIDE + BESIDE} {tall}" aria-hidden="true" '
        f"style='display:block'>{inner}</svg>"
    )
