"""At the desk: what moved knobs do to everybody's number, and the lines that would keep them in company.yaml."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from html import escape
from typing import Any

import polars as pl
import yaml

from revops.money import RATE_SCALE, rate_units, to_decimal, to_units
from revops.planning import QuotaScenario
from revops.quota import territory
from revops.quota.carry import check
from revops.quota.declared import knobs_of
from revops.quota.desk import Desk
from revops.quota.quotas import Knobs, Proposal, Scenario, blended
from revops.report.display import Html, heading, scrolled, text
from revops.report.knobs import Knob, choice, picks, slider
from revops.report.quota.marks import Strip
from revops.report.quota.names import groups, growth, planned, scenario_name, short_path
from revops.report.quota.proposal import shifts
from revops.workspace import Workspace

BINDS = ("pin", "lock", "least", "most", "top", "below", "no_weights")
KNOBS = ("scenario", "growth", "blend", "hedge", "pins", "locks")


def knobs(ws: Workspace, proposal: Proposal, chosen: str) -> dict[str, Knob]:
    """What an analyst moves, at what the proposal was made with; nothing where nobody carries a quota."""
    if not proposal.bases:
        return {}
    ws = planned(ws)
    picked, own = proposal.scenario(chosen), proposal.knobs
    names = {base.person_id: base.name for base in sorted(proposal.bases, key=lambda base: (base.name, base.person_id))}
    power, unit = _unit(ws, picked)
    start = {person: ws.words.in_unit(amount, power) or 0.0 for person, amount in picked.by_person().items()}
    pins = {person: ws.words.in_unit(amount, power) for person, amount in own.pins.items()}
    remove, said = ws.t("desk.remove"), {name: ws.t(f"desk.knob.{name}", unit=unit) for name in KNOBS}
    blend = (
        {"blend": slider(_blend(picked), 0.0, 1.0, 0.05, said["blend"], is_percent=True)} if _weighs(proposal) else {}
    )
    return {
        "scenario": choice(chosen, {s.key: f"{s.letter} · {scenario_name(ws, proposal, s.key)}" for s in proposal.had},
                           said["scenario"]),
        "growth": slider(own.growth / RATE_SCALE, -0.2, 0.5, 0.005, said["growth"], is_percent=True),
        **blend,
        "hedge": slider(_hedge(picked, own) / RATE_SCALE, 0.0, 0.2, 0.005, said["hedge"], is_percent=True),
        "pins": picks(pins, names, said["pins"], start=start, remove=remove),
        "locks": picks(dict.fromkeys(sorted(own.locks)), names, said["locks"], remove=remove),
    }  # fmt: skip


def turned(ws: Workspace, desk: Desk, proposal: Proposal, chosen: str) -> Callable[..., tuple[Html, ...]]:
    """What the knobs show: everybody's number before and after, what holds it, the checks, the lines to copy."""
    if not proposal.bases:
        return lambda: (text(ws.t("quota.no_people")),)
    ws = planned(ws)
    power = _unit(ws, proposal.scenario(chosen))[0]

    def shown(
        scenario: str, growth: float, hedge: float, pins: Mapping[str, float], locks: Iterable[str], blend: float = 0.0
    ) -> tuple[Html, ...]:
        picked = proposal.scenario(scenario)
        moved = replace(
            proposal.knobs,
            growth=_rate(growth),
            over=over_people(picked, proposal.knobs, _rate(hedge)),
            blend=None if _rate(blend) == _rate(_blend(picked)) else _rate(blend),
            pins={person: _amount(ws, amount, power) for person, amount in pins.items()},
            locks=frozenset(locks),
        )
        again = desk.propose(moved)
        told = (_table(ws, proposal, again, chosen, scenario), _checks(ws, again.scenario(scenario)))
        return *told, *_lines(ws, moved, picked.setting)

    return shown


def _weighs(proposal: Proposal) -> bool:
    return any("potential" in scenario.setting.to_whom for scenario in proposal.had)


def _blend(picked: Scenario) -> float:
    """The potential's share in a scenario as declared."""
    return rate_units(picked.setting.to_whom.get("potential", 0)) / RATE_SCALE


def _depth(picked: Scenario) -> int:
    """The place in `over`, which counts from the factors down, of the deepest people below their team."""
    return len(picked.carried.tree.levels) - 2 - len(picked.names) if picked.carried is not None else 0


def _hedge(picked: Scenario, own: Knobs) -> int:
    return own.over[_depth(picked)] if _depth(picked) < len(own.over) else 0


def over_people(picked: Scenario, own: Knobs, hedge: int) -> tuple[int, ...]:
    """The over-assignment of all levels, that of people below their team replaced."""
    levels = [*own.over, *(0 for _ in range(_depth(picked) + 1 - len(own.over)))]
    levels[_depth(picked)] = hedge
    return tuple(levels)


def _unit(ws: Workspace, picked: Scenario) -> tuple[int, str]:
    """The unit in which people's numbers are typed: that of the least of them which is not 0."""
    return ws.words.unit(min((amount for amount in picked.by_person().values() if amount > 0), default=1))


def _rate(share: float) -> int:
    return rate_units(f"{share:.6f}")


def _amount(ws: Workspace, typed: float, power: int) -> int:
    """What a person typed in the unit 10 ** power, to the last decimal that is kept."""
    decimals = ws.words.money_decimals
    return to_units(str(round(Decimal(str(typed)).scaleb(power), decimals)), decimals)


def _table(ws: Workspace, before: Proposal, after: Proposal, chosen: str, key: str) -> Html:
    """Everybody on one scale: the number of the page as a tick, the moved one as a disc, and what holds it.

    Where nothing has moved the groups alone: the people stand on the page already.
    """
    old, picked = before.scenario(chosen).by_person(), after.scenario(key)
    new, held = picked.by_person(), _held(ws, picked)
    strip = Strip([[by[base.person_id] for by in (old, new)] for base in after.bases], ws.words)

    def line(name: str, people: list[str], css: str, drawn: str = "", why: str = "") -> str:
        sums = [sum(by[person] for person in people) for by in (old, new)]
        cells = [escape(ws.words.scaled(amount, strip.power, 2 if strip.power else 0)) for amount in sums]
        change = ws.words.percent(growth(sums[1], sums[0]), 1, signed=True) if sums[0] != sums[1] else ""
        return (
            f"<tr class='{css}'><th scope='row'>{escape(name)}</th><td class='num'>{cells[0]}</td><td>{drawn}</td>"
            f"<td class='num you strong'>{cells[1]}</td><td class='num'>{escape(change)}</td>"
            f"<td class='mut'>{escape(why)}</td></tr>"
        )

    body = ""
    for group, members in groups(after.bases):
        body += line(short_path(ws, group), [base.person_id for base in members], "group")
        for base in members if old != new else ():
            person = base.person_id
            drawn = strip.row({"now": old[person], picked.letter: new[person]}, picked.letter)
            body += line(base.name, [person], "under", drawn, held.get(person, ""))
    body += line(ws.t("quota.strips.company"), [base.person_id for base in after.bases], "total")
    title = _title(ws, before.scenario(chosen), after, picked)
    return Html(heading(title, ws.t("desk.who", unit=strip.unit)) + scrolled(_head(ws, strip), body, "bt"), title)


def _head(ws: Workspace, strip: Strip) -> str:
    heads = [ws.t("quota.head.team_person"), ws.t("desk.before"), "", ws.t("desk.after"), ws.t("quota.head.change")]
    cells = [
        f"<th scope='col'{' class=num' if n in (1, 3, 4) else ''}>{escape(head)}</th>" for n, head in enumerate(heads)
    ]
    cells[2] = f"<th scope='col'>{strip.head()}<span class='vh'>{escape(ws.t('quota.head.scale'))}</span></th>"
    return f"<tr>{''.join(cells)}<th scope='col'>{escape(ws.t('desk.held'))}</th></tr>"


def _title(ws: Workspace, old: Scenario, after: Proposal, picked: Scenario) -> str:
    """What the company asks now, by how much more or less than on the page, and how many numbers moved."""
    was, now = old.by_person(), picked.by_person()
    moved = sum(was[person] != amount for person, amount in now.items())
    more = sum(now.values()) - sum(was.values())
    name = ws.words.capital(scenario_name(ws, after, picked.key))
    values = {"scenario": name, "letter": picked.letter, "amount": ws.words.money_short(sum(now.values()))}
    if not moved:
        return str(ws.t("desk.title.same", **values))
    change = ws.words.money_short(more, signed=True) if more else ws.t("desk.title.no_more")
    return str(ws.words.n("desk.title.moved", moved, change=change, people=ws.words.count(len(now)), **values))


def _held(ws: Workspace, picked: Scenario) -> dict[str, str]:
    """person_id → what holds the number, in words; of several the first of BINDS."""
    bound = picked.leaves.filter(pl.col("bind").is_not_null()).sort("person_id", pl.col("bind").cast(pl.Enum(BINDS)))
    first = bound.unique("person_id", keep="first").select("person_id", "bind")
    return {person: str(ws.t(f"desk.bind.{bind}")) for person, bind in first.iter_rows()}


def _checks(ws: Workspace, picked: Scenario) -> Html:
    """Parents against their children at every level, base and street."""
    assert picked.carried is not None
    found = check(picked.carried)
    parents, off = int(found["parents"].sum()), int(found["parents_that_differ"].sum())
    amounts = {
        "base": ws.words.money(int(picked.carried.base[0])),
        "street": ws.words.money(sum(picked.by_person().values())),
    }
    told = ws.t("desk.checks", parents=ws.words.number(parents), off=ws.words.number(off), **amounts)
    tone, mark = ("good", "✓") if off == 0 else ("bad", "✗")
    return Html(f"<p class='say'><b class='{tone}'>{mark}</b> {escape(told)}</p>", f"{mark} {told}")


def _lines(ws: Workspace, knobs: Knobs, setting: QuotaScenario) -> tuple[Html, ...]:
    """The lines that company.yaml needs for this to be its proposal, to be copied by hand; none where it is that."""
    settings, decimals = ws.company.quota, ws.words.money_decimals
    declared = next(one for one in settings.scenarios if one.key == settings.chosen)
    own = settings_of(knobs_of(settings, decimals), declared, decimals)
    changed = {name: value for name, value in settings_of(knobs, setting, decimals).items() if value != own.get(name)}
    if not changed:
        return ()
    lines = yaml.safe_dump({"quota": changed}, allow_unicode=True, sort_keys=False, default_flow_style=None, width=110)
    told = ws.t("desk.lines")
    return (Html(f"<p class='who'>{escape(told)}</p><pre>{escape(lines)}</pre>", f"{told}\n{lines}"),)


def settings_of(knobs: Knobs, setting: QuotaScenario, decimals: int) -> dict[str, Any]:
    """company.yaml's section `quota` as far as knobs move it; of `scenarios` only the one whose shares they move."""
    over = [_percent(rate) for rate in knobs.over] if any(knobs.over) else []
    said: dict[str, Any] = {"chosen": setting.key, "growth": _percent(knobs.growth), "over": over}
    said["pins"] = {person: str(to_decimal(amount, decimals)) for person, amount in sorted(knobs.pins.items())}
    said["locks"] = sorted(knobs.locks)
    if knobs.blend is not None:
        parts = {method: _percent(part) for method, part in blended(setting, knobs).items()}
        said["scenarios"] = [{"key": setting.key, "to_whom": parts}]
    return said


def _percent(rate: int) -> str:
    return f"{to_decimal(rate, 7).normalize():f}%"


def budget(ws: Workspace, desk: Desk) -> dict[str, Knob]:
    """The knob of the territory proposal: how much of the value may change hands; nothing without territories."""
    return (
        {"disruption": slider(round(_budget(desk), 3), 0.0, 0.5, 0.005, ws.t("desk.knob.disruption"), is_percent=True)}
        if desk.frontier
        else {}
    )


def replaced(ws: Workspace, desk: Desk) -> Callable[..., tuple[Html, ...]]:
    """What another budget of disruption would make of everybody's load; one line where it is the page's."""

    def shown(disruption: float = 0.0) -> tuple[Html, ...]:
        if desk.case is None or desk.frontier is None:
            return ()
        is_own = disruption == round(_budget(desk), 3)
        found = desk.frontier.chosen if is_own else _placed(desk.case, desk.frontier, disruption)
        told = ws.t(
            "desk.placed",
            share=ws.words.percent(found.disruption),
            accounts=ws.words.n("proposal.accounts", found.moved),
            before=ws.words.number(desk.case.balance(desk.case.owner), 1),
            after=ws.words.number(found.balance, 1),
        )
        return (text(told),) if is_own else (text(told), shifts(ws, desk, found))

    return shown


def _placed(case: territory.Realignment, known: territory.Frontier, disruption: float) -> territory.Placement:
    """The best of what the page has found within a budget and what is found at once, without searching on."""
    budget = f"{disruption:.6f}"
    within = [point for point in known.points if point.moved_amount <= case.budget(budget)]
    return min([*within, territory.propose(case, budget, nodes=0)], key=lambda found: case.cost(found.place))


def _budget(desk: Desk) -> float:
    """The share of the value that the page's proposal was allowed to move."""
    chosen = desk.frontier.chosen if desk.frontier else None
    return chosen.budget / chosen.case.total if chosen and chosen.case.total else 0.0
