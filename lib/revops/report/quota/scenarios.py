"""Scenarios on a page: how much, to whom and why, by product group and month, and the proof that it adds up."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from html import escape
from typing import Any

import polars as pl

from revops.money import RATE_SCALE
from revops.quota.bases import Base, Start
from revops.quota.desk import Desk
from revops.quota.quotas import Proposal, Scenario
from revops.report.display import Html, heading, scrolled
from revops.report.quota.marks import Strip, symbol
from revops.report.quota.names import groups, growth, name, needs_people, scenario_name, share, short_name, short_path
from revops.report.tables import Column, table
from revops.workspace import Workspace


@needs_people
def strips(ws: Workspace, desk: Desk, proposal: Proposal, chosen: str) -> Html:
    """To whom: every scenario down to each person on one scale, groups and company as exact sums, and why."""
    picked = proposal.scenario(chosen)
    amounts = {s.letter: s.by_person() for s in proposal.scenarios if s.amount is not None}
    now = {base.person_id: sum(base.projected.values()) for base in proposal.bases}
    shown = [*amounts.values(), proposal.flat, {person: amount for person, amount in now.items() if amount > 0}]
    strip = Strip([[by[b.person_id] for by in shown if b.person_id in by] for b in proposal.bases], ws.words)
    body = "".join(
        _group_row(ws, group, members, amounts, proposal.flat, now, picked, strip)
        + "".join(_person_row(ws, desk, b, amounts, proposal, now, picked, strip) for b in members)
        for group, members in groups(proposal.bases)
    )
    body += _rest_row(ws, proposal, now, picked, amounts, strip) + _company_row(ws, proposal, picked, strip)
    head = _strip_head(ws, proposal, picked, amounts, strip)
    html = scrolled(head, body, "bt")
    title = _strips_title(ws, proposal, picked)
    return Html(heading(title) + _legend(ws, proposal, picked, amounts, strip) + html, title)


def _sum(values: Mapping[str, int], members: Iterable[Base]) -> int:
    return sum(values.get(base.person_id, 0) for base in members)


def _group_row(
    ws: Workspace, group: str, members: list[Base], amounts: Mapping[str, Mapping[str, int]], flat: Mapping[str, int],
    now: Mapping[str, int], picked: Scenario, strip: Strip,
) -> str:  # fmt: skip
    figures = {letter: _sum(by, members) for letter, by in amounts.items()}
    return _row(ws, short_path(ws, group), "group", _sum(now, members), "", figures, _sum(flat, members), picked, strip)


def _person_row(
    ws: Workspace, desk: Desk, base: Base, amounts: Mapping[str, Mapping[str, int]], proposal: Proposal,
    now: Mapping[str, int], picked: Scenario, strip: Strip,
) -> str:  # fmt: skip
    person = base.person_id
    figures = {letter: by.get(person, 0) for letter, by in amounts.items()}
    marks = {**figures, "flat": proposal.flat[person]} | ({"now": now[person]} if now[person] > 0 else {})
    drawn = strip.row(marks, picked.letter)
    why = reason(ws, desk, base, picked, proposal)
    return _row(ws, base.name, "under", now[person], drawn, figures, proposal.flat[person], picked, strip, why)


def _rest_row(
    ws: Workspace,
    proposal: Proposal,
    now: Mapping[str, int],
    picked: Scenario,
    amounts: Mapping[str, Any],
    strip: Strip,
) -> str:
    rest = proposal.totals.of(proposal.base.name) - sum(now.values())
    return (
        _row(ws, ws.t("quota.strips.rest"), "under", rest, "", dict.fromkeys(amounts), None, picked, strip)
        if rest
        else ""
    )


def _company_row(ws: Workspace, proposal: Proposal, picked: Scenario, strip: Strip) -> str:
    figures = {s.letter: s.amount for s in proposal.scenarios if s.amount is not None}
    base = proposal.totals.of(proposal.base.name)
    return _row(
        ws, ws.t("quota.strips.company"), "total", base, "", figures, sum(proposal.flat.values()), picked, strip
    )


def _row(
    ws: Workspace, label: str, css: str, now: int, drawn: str, figures: Mapping[str, int | None], flat: int | None,
    picked: Scenario, strip: Strip, why: str = "",
) -> str:  # fmt: skip
    mine = figures.get(picked.letter)
    grown = growth(mine, now)
    cells = "".join(
        f"<td class='num{' you strong' if letter == picked.letter else ''}'>{_scaled(ws, amount, strip)}</td>"
        for letter, amount in figures.items()
    )
    change = ws.words.percent(grown, 0, signed=True) if grown is not None else ""
    return (
        f"<tr class='{css}'><th scope='row'>{escape(label)}</th><td class='num'>{_scaled(ws, now, strip)}</td>"
        f"<td>{drawn}</td>{cells}<td class='num'>{_scaled(ws, flat, strip)}</td>"
        f"<td class='num'>{escape(change)}</td><td class='mut' style='white-space:nowrap'>{escape(why)}</td></tr>"
    )


def _scaled(ws: Workspace, amount: int | None, strip: Strip) -> str:
    return escape(
        ws.words.scaled(
            amount, strip.power, 2 if strip.largest < 10 ** (strip.power + ws.company.money_decimals + 1) else 1
        )
    )


def _strip_head(ws: Workspace, proposal: Proposal, picked: Scenario, amounts: Mapping[str, Any], strip: Strip) -> str:
    letters = {s.letter: s.key for s in proposal.scenarios}
    heads = "".join(
        f"<th scope='col' class='num{' you' if letter == picked.letter else ''}'>{letter}<br>"
        f"{escape(short_name(ws, proposal, letters[letter]))}</th>"
        for letter in amounts
    )
    change = ws.t("quota.head.change_on", letter=picked.letter, year=proposal.base.name)
    return (
        f"<tr><th scope='col'>{escape(ws.t('quota.head.team_person'))}</th>"
        f"<th scope='col' class='num'>{escape(proposal.base.name)}<br>{escape(ws.t('quota.head.projected'))}</th>"
        f"<th scope='col'>{strip.head()}<span class='vh'>{escape(ws.t('quota.head.scale'))}</span></th>{heads}"
        f"<th scope='col' class='num'>{escape(ws.t('quota.scenario.short.flat'))}</th>"
        f"<th scope='col' class='num'>{escape(change)}</th>"
        f"<th scope='col'>{escape(ws.t('quota.head.why', letter=picked.letter))}</th></tr>"
    )


def _legend(ws: Workspace, proposal: Proposal, picked: Scenario, amounts: Mapping[str, Any], strip: Strip) -> str:
    letters = {s.letter: s.key for s in proposal.scenarios}
    marks = [(letter, scenario_name(ws, proposal, letters[letter])) for letter in amounts]
    marks += [("flat", scenario_name(ws, proposal, "flat")), ("now", ws.t("quota.strips.now", year=proposal.base.name))]
    shown = " ".join(
        f"{symbol(key, key == picked.letter)}&nbsp;{escape(f'{key} ' if key in letters else '')}{escape(text)}"
        for key, text in marks
    )
    lead = ws.t("quota.strips.who", year=proposal.target.name, unit=strip.unit)
    end = [ws.t("quota.strips.sums"), *([ws.t("quota.strips.cut")] if strip.is_cut else [])]
    return f"<p class='who'>{escape(lead)} · {shown} · {escape(' · '.join(end))}</p>"


def _strips_title(ws: Workspace, proposal: Proposal, picked: Scenario) -> str:
    flat, top = sum(proposal.flat.values()), picked.amount or 0
    over = sum(proposal.flat[person] > amount for person, amount in picked.by_person().items())
    return str(
        ws.t(
            "quota.strips.title",
            scenario=ws.words.capital(scenario_name(ws, proposal, picked.key)),
            rule=scenario_name(ws, proposal, "flat"),
            letter=picked.letter,
            amount=ws.words.money_short(top),
            flat=ws.words.money_short(abs(flat - top)),
            way=ws.t("quota.more_word" if flat >= top else "quota.less_word"),
            over=ws.words.count(over),
            people=ws.words.count(len(proposal.bases)),
        )
    )


def reason(ws: Workspace, desk: Desk, base: Base, picked: Scenario, proposal: Proposal) -> str:
    """Why the chosen scenario gives a person this number, from values."""
    start = picked.starts[base.person_id]
    year, before = proposal.base.name, proposal.base.previous().name
    values = {
        "first": ws.words.month(base.first_on),
        "mean": ws.words.money_short(int(start.amount)),
        "years": ws.words.count(len(base.years)),
    }
    if start.rule != "own":
        return str(ws.t(f"quota.reason.{start.rule}", **values))
    if picked.key == "market":
        return _market_reason(ws, desk, start)
    own, other = sum(base.years[year].values()), start.amount
    known = "three_years" if picked.setting.years > 1 else "last_year"
    if known == "last_year":
        other = Fraction(sum(base.years.get(before, {}).values()))
    change = ws.words.percent(float(own / other) - 1, 0, signed=True) if other > 0 else ws.t("common.undefined")
    return str(ws.t(f"quota.reason.{known}", year=year, before=before, change=change, **values))


def _market_reason(ws: Workspace, desk: Desk, start: Start) -> str:
    """The product group whose market lifts or holds the person most: the largest of their own sales."""
    best = max(sorted(start.mix), key=lambda factor: start.mix[factor])
    top = best[0]
    part = ws.words.percent(float(start.mix[best] / sum(start.mix.values())), 0)
    rate = desk.growth.get(top, desk.growth.get(None, 0))
    return str(
        ws.t(
            "quota.reason.market",
            group=name(ws, top),
            share=part,
            growth=ws.words.percent(rate / RATE_SCALE, 0, signed=True),
        )
    )


@needs_people
def months(ws: Workspace, proposal: Proposal, chosen: str) -> Html:
    """How it is given: the chosen scenario by month and person, groups as the sums of their people."""
    picked = proposal.scenario(chosen)
    sums = picked.months.group_by("person_id", "month_on").agg(pl.col("quota_amount").sum())
    known = {(person, month): amount for person, month, amount in sums.iter_rows()}
    when = proposal.target.months
    rows: list[dict[str, Any]] = []
    for group, members in groups(proposal.bases):
        rows.append(_month_row(short_path(ws, group), 0, [b.person_id for b in members], known, when))
        rows += [_month_row(b.name, 1, [b.person_id], known, when) for b in members]
    rows.append(_month_row(ws.t("quota.strips.company"), 0, [b.person_id for b in proposal.bases], known, when))
    power, unit = ws.words.unit(max(row["year"] for row in rows))
    keys = [*(f"m{month:%m}" for month in when), "year"]
    shown = [row | {key: ws.words.in_unit(row[key], power) for key in keys} for row in rows]
    columns = [Column("name", ws.t("quota.head.team_person"))]
    columns += [Column(f"m{month:%m}", ws.words.month_short(month), "number", 2) for month in when]
    columns.append(Column("year", proposal.target.name, "number", 2, strong=True))
    peak = max(when, key=lambda month: rows[-1][f"m{month:%m}"])
    title = ws.t(
        "quota.months.title",
        month=ws.words.capital(ws.words.month_name(peak)),
        share=ws.words.percent(share(rows[-1][f"m{peak:%m}"], rows[-1]["year"])),
    )
    return table(
        shown,
        columns,
        title,
        ws.t("quota.months.who", letter=picked.letter, unit=unit),
        words=ws.words,
        total=True,
        level="level",
    )


def _month_row(
    label: str, level: int, persons: Sequence[str], known: Mapping[tuple[str, Any], int], when: Sequence[Any]
) -> dict[str, Any]:
    parts = {f"m{month:%m}": sum(known.get((p, month), 0) for p in persons) for month in when}
    return {"name": label, "level": level, **parts, "year": sum(parts.values())}


@needs_people
def checks(ws: Workspace, proposal: Proposal, frame: pl.DataFrame) -> Html:
    """Children against parents at every level: the year, and each month; the differences are asserted to be 0."""
    rows: list[dict[str, Any]] = []
    for (scenario, level), part in frame.group_by("scenario", "level", maintain_order=True):
        rows.append(
            {
                "scenario": scenario_name(ws, proposal, str(scenario)),
                "level": level_name(ws, str(level)),
                "months": part["month_on"].drop_nulls().n_unique() or len(proposal.target.months),
                "parents": int(part["parents"].sum()),
                "children": int(part["children"].sum()),
                "amount": int(part.filter(pl.col("month_on").is_null())["parent_amount"].sum()),
                "differ": int(part["parents_that_differ"].sum()),
                "difference": int(part["difference"].abs().sum()),
            }
        )
    columns = [
        Column("scenario", ws.t("quota.head.scenario")),
        Column("level", ws.t("quota.head.parent")),
        Column("parents", ws.t("quota.head.parents"), "number"),
        Column("children", ws.t("quota.head.children"), "number"),
        Column("months", ws.t("quota.head.months"), "number"),
        Column("amount", ws.t("quota.head.year_amount"), "money_short"),
        Column("differ", ws.t("quota.head.differ"), "number"),
        Column("difference", ws.t("quota.head.difference"), "money"),
    ]
    total = sum(row["parents"] for row in rows)
    return table(
        rows,
        columns,
        ws.t("quota.checks.title", parents=ws.words.number(total)),
        ws.t("quota.checks.who"),
        words=ws.words,
    )


def level_name(ws: Workspace, level: str) -> str:
    """A level of the tree in words: company, product group, team level 1 …, person."""
    kind, _, number = level.partition(" ")
    return str(ws.t(f"quota.level.{kind}", n=number))
