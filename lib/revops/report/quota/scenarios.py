"""Scenarios on a page: how much, to whom and why, by product group and month, and the proof that it adds up."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import wraps
from html import escape
from typing import Any

import polars as pl

from revops.money import RATE_SCALE, rate_units
from revops.quota.bases import REST, Base, Start
from revops.quota.desk import Desk
from revops.quota.quotas import LETTERS, Knobs, Proposal, Scenario
from revops.report.display import Html, heading, scrolled, text
from revops.report.quota.marks import Strip, symbol
from revops.report.quota.names import growth, label, name, share, short_path
from revops.report.tables import Column, table
from revops.workspace import Workspace


def needs_people(view: Callable[..., Html]) -> Callable[..., Html]:
    """A view of a proposal that says so where nobody carries a quota."""

    @wraps(view)
    def shown(ws: Workspace, *args: Any) -> Html:
        proposal = next(arg for arg in args if isinstance(arg, Proposal))
        return view(ws, *args) if proposal.bases else text(ws.t("quota.no_people"))

    return shown


@needs_people
def tops(ws: Workspace, desk: Desk, proposal: Proposal, knobs: Knobs) -> Html:
    """How much: the top number of each scenario and of the flat rule, how it is made, its growth on the base year."""
    base = proposal.totals.of(proposal.base.name)
    rows = [_top(ws, proposal, scenario, knobs, base) for scenario in proposal.scenarios]
    flat = sum(proposal.flat.values())
    rows.append(
        {
            "what": f"× · {scenario_name(ws, proposal, 'flat')}",
            "how": _flat_how(ws, knobs, growth(flat, base)),
            "amount": flat,
            "growth": growth(flat, base),
        }
    )
    columns = [
        Column("what", ws.t("quota.head.scenario")),
        Column("how", ws.t("quota.head.how")),
        Column("amount", ws.t("quota.head.quota_year", year=proposal.target.name), "money_short"),
        Column(
            "growth",
            ws.t("quota.head.on_base", year=proposal.base.name),
            "percent",
            signed=True,
            better="none",
            reason="why_not",
        ),
    ]
    return table(rows, columns, _tops_title(ws, rows, proposal), _base_text(ws, desk, proposal), words=ws.words)


def _top(ws: Workspace, proposal: Proposal, scenario: Scenario, knobs: Knobs, base: int) -> dict[str, Any]:
    years = ", ".join(ws.words.money_short(proposal.totals.of(year)) for year in proposal.totals.years)
    values = {
        "base": ws.words.money_short(base),
        "growth": ws.words.percent(knobs.growth / RATE_SCALE),
        "gain": ws.words.percent(knobs.share_gain / RATE_SCALE),
        "years": years,
    }
    how = ws.t(f"quota.how.{scenario.key}", **values) if scenario.amount is not None else ""
    return {
        "what": f"{scenario.letter} · {scenario_name(ws, proposal, scenario.key)}",
        "how": how or ws.t(f"quota.why_not.{scenario.why_not}"),
        "amount": scenario.amount,
        "growth": growth(scenario.amount, base),
    }


def _flat_how(ws: Workspace, knobs: Knobs, grown: float | None) -> str:
    """How the flat rule is made, and why the company's growth is not the rule's."""
    differs = grown is not None and abs(grown - knobs.flat / RATE_SCALE) >= 0.0005
    return str(ws.t("quota.how.flat_differs" if differs else "quota.how.flat"))


def scenario_name(ws: Workspace, proposal: Proposal, key: str) -> str:
    """A scenario in words, with the rate that makes it: 'last year + 12%'."""
    knobs = proposal.knobs
    rates = {"last_year": knobs.growth, "flat": knobs.flat}
    return str(
        ws.t(f"quota.scenario.{key}", rate=ws.words.percent(rates.get(key, 0) / RATE_SCALE, _digits(rates.get(key, 0))))
    )


def _digits(rate: int) -> int:
    """Decimals of a rate as a percentage: none where it is whole."""
    return 0 if rate * 100 % RATE_SCALE == 0 else 1


def _tops_title(ws: Workspace, rows: Sequence[Mapping[str, Any]], proposal: Proposal) -> str:
    amounts = [row["amount"] for row in rows if row["amount"] is not None]
    return str(
        ws.t(
            "quota.tops.title",
            low=ws.words.money_short(min(amounts)),
            high=ws.words.money_short(max(amounts)),
            year=proposal.target.name,
        )
    )


def _base_text(ws: Workspace, desk: Desk, proposal: Proposal) -> str:
    base = ws.words.money_short(proposal.totals.of(proposal.base.name))
    key = "projected" if desk.cut < proposal.base.end else "full"
    return str(ws.t(f"quota.tops.who_{key}", year=proposal.base.name, base=base, day=ws.words.date(desk.as_of)))


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
        for group, members in _groups(proposal.bases)
    )
    body += _rest_row(ws, proposal, now, picked, amounts, strip) + _company_row(ws, proposal, picked, strip)
    head = _strip_head(ws, proposal, picked, amounts, strip)
    html = scrolled(head, body, "bt")
    title = _strips_title(ws, proposal, picked)
    return Html(heading(title) + _legend(ws, proposal, picked, amounts, strip) + html, title)


def _groups(found: Sequence[Base]) -> list[tuple[str, list[Base]]]:
    """People by the first step of their team's path that tells them apart, in order of name."""
    paths = [base.team.split("/") for base in found]
    depth = 0
    while paths and all(len(p) > depth + 1 for p in paths) and len({p[depth] for p in paths}) == 1:
        depth += 1
    groups: dict[str, list[Base]] = {}
    for base, path in zip(found, paths, strict=True):
        groups.setdefault("/".join(path[: depth + 1]), []).append(base)
    return sorted(groups.items())


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
        f"{escape(ws.t(f'quota.scenario.short.{letters[letter]}'))}</th>"
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
        f"{symbol(key, key == picked.letter)}&nbsp;{escape(f'{key} ' if key in LETTERS.values() else '')}{escape(text)}"
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
    if picked.key == "last_year":
        other = Fraction(sum(base.years.get(before, {}).values()))
    change = ws.words.percent(float(own / other) - 1, 0, signed=True) if other > 0 else ws.t("common.undefined")
    return str(ws.t(f"quota.reason.{picked.key}", year=year, before=before, change=change, **values))


def _market_reason(ws: Workspace, desk: Desk, start: Start) -> str:
    """The product group whose market lifts or holds the person most: the largest of their own sales."""
    top = max(sorted(start.mix), key=lambda group: start.mix[group])
    part = ws.words.percent(float(start.mix[top] / sum(start.mix.values())), 0)
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
def exceptions(ws: Workspace, desk: Desk, proposal: Proposal, chosen: str) -> Html:
    """The people whose start is not their own whole history, by the stated rule."""
    picked = proposal.scenario(chosen)
    rows = [
        {
            "name": b.name,
            "team": short_path(ws, b.team),
            "why": reason(ws, desk, b, picked, proposal),
            "amount": int(picked.starts[b.person_id].amount),
        }
        for b in proposal.bases
        if picked.starts[b.person_id].rule != "own"
    ]
    columns = [
        Column("name", ws.t("quota.head.person")),
        Column("team", ws.t("quota.head.team")),
        Column("why", ws.t("quota.head.rule")),
        Column("amount", ws.t("quota.head.start"), "money_short"),
    ]
    title = ws.words.capital(ws.words.n("quota.exceptions.title", len(rows))) if rows else ""
    return table(
        rows, columns, title, ws.t("quota.exceptions.who"), words=ws.words, empty=ws.t("quota.exceptions.none")
    )


@needs_people
def factors(ws: Workspace, proposal: Proposal, chosen: str) -> Html:
    """The chosen scenario by factor: each product group's quota against its base year."""
    picked = proposal.scenario(chosen)
    base = proposal.totals.years[proposal.base.name]
    rows = [
        {
            "group": _factor(ws, node.path[0]),
            "base": base.get(node.path[0]),
            "amount": node.amount,
            "growth": growth(node.amount, base.get(node.path[0], 0)),
        }
        for node in picked.nodes
        if node.level == 1
    ]
    rows.append(
        {
            "group": ws.t("quota.strips.company"),
            "base": sum(base.values()),
            "amount": picked.amount,
            "growth": growth(picked.amount, sum(base.values())),
        }
    )
    columns = [
        Column("group", ws.t("quota.dimension.product_group")),
        Column("base", ws.t("quota.head.year_projected", year=proposal.base.name), "money_short"),
        Column("amount", ws.t("quota.head.quota_year", year=proposal.target.name), "money_short", strong=True),
        Column("growth", ws.t("quota.head.change"), "percent", signed=True, better="none"),
    ]
    return table(rows, columns, ws.t("quota.factors.title", letter=picked.letter), words=ws.words, total=True)


def _factor(ws: Workspace, factor: str) -> str:
    return str(ws.t("quota.rest_group")) if factor == REST else label(ws, factor)


@needs_people
def months(ws: Workspace, proposal: Proposal, chosen: str) -> Html:
    """How it is given: the chosen scenario by month and person, groups as the sums of their people."""
    picked = proposal.scenario(chosen)
    sums = picked.months.group_by("person_id", "month_on").agg(pl.col("quota_amount").sum())
    known = {(person, month): amount for person, month, amount in sums.iter_rows()}
    when = proposal.target.months
    rows: list[dict[str, Any]] = []
    for group, members in _groups(proposal.bases):
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


def choices(ws: Workspace, proposal: Proposal, chosen: str) -> dict[str, str]:
    """The scenarios that can be had, with their names; the chosen one in any case."""
    had = [scenario.key for scenario in proposal.scenarios if scenario.amount is not None or scenario.key == chosen]
    return {key: f"{LETTERS[key]} · {ws.t(f'quota.scenario.short.{key}')}" for key in had}


def trial(ws: Workspace, desk: Desk, knobs: Knobs) -> Callable[..., Html]:
    """What a moved knob shows: every team under the chosen scenario and the flat rule, rates given as shares."""

    def shown(growth: float, share_gain: float, flat: float, scenario: str) -> Html:
        moved = replace(knobs, growth=_rate(growth), share_gain=_rate(share_gain), flat=_rate(flat))
        return _by_team(ws, desk.propose(moved), scenario)

    return shown


def _rate(value: float) -> int:
    return rate_units(f"{value:.6f}")


@needs_people
def _by_team(ws: Workspace, proposal: Proposal, chosen: str) -> Html:
    picked = proposal.scenario(chosen)
    quota, now = picked.by_person(), {b.person_id: sum(b.projected.values()) for b in proposal.bases}
    groups = [(short_path(ws, group), members) for group, members in _groups(proposal.bases)]
    rows: list[dict[str, Any]] = [
        {
            "team": label,
            "people": len(members),
            "now": _sum(now, members),
            "amount": _sum(quota, members),
            "change": growth(_sum(quota, members), _sum(now, members)),
            "flat": _sum(proposal.flat, members),
        }
        for label, members in groups
    ]
    base = proposal.totals.of(proposal.base.name)
    rest = base - sum(now.values())
    if rest:
        rows.append({"team": ws.t("quota.strips.rest"), "now": rest})
    company = {"team": ws.t("quota.strips.company"), "people": len(proposal.bases), "now": base}
    rows.append(
        company | {"amount": picked.amount, "change": growth(picked.amount, base), "flat": sum(proposal.flat.values())}
    )
    columns = [
        Column("team", ws.t("quota.head.team")),
        Column("people", ws.t("quota.head.people"), "number"),
        Column("now", ws.t("quota.head.year_projected", year=proposal.base.name), "money_short"),
        Column("amount", ws.t("quota.head.quota_year", year=proposal.target.name), "money_short", strong=True),
        Column("change", ws.t("quota.head.change"), "percent", signed=True, better="none"),
        Column("flat", ws.t("quota.scenario.short.flat"), "money_short"),
    ]
    scenario = ws.words.capital(scenario_name(ws, proposal, picked.key))
    title = ws.t(
        "quota.trial.title", scenario=scenario, letter=picked.letter, amount=ws.words.money_short(picked.amount)
    )
    return table(rows, columns, title, words=ws.words, total=True)
