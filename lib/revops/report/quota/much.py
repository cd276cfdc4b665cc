"""How much on a page: the top number of each scenario, every way to read the past, by measure and by factor."""

from collections.abc import Mapping, Sequence
from typing import Any

from revops.money import RATE_SCALE, rate_units, split
from revops.planning import COUNTS, FACTORS, METHODS, METRICS, HowMuch
from revops.problems import InputError
from revops.quota.bases import Amounts, Base
from revops.quota.desk import Desk
from revops.quota.ground import Ground
from revops.quota.much.methods import Undefined, rounded
from revops.quota.much.top import Rates, company_number, parted
from revops.quota.quotas import Knobs, Proposal, Scenario, top_numbers
from revops.report.display import Html
from revops.report.quota.names import factor_name, growth, in_money, needs_people, scenario_name, short_path
from revops.report.tables import Column, table
from revops.workspace import Workspace

EVEN = 0.005  # a part that grows by so much more than the whole is named


@needs_people
def tops(ws: Workspace, desk: Desk, proposal: Proposal) -> Html:
    """The top number of each scenario and of the flat rule, how it is made, its growth on the base year."""
    base, flat = proposal.totals.of(proposal.base.name), sum(proposal.flat.values())
    rows = [_top(ws, proposal, scenario, base) for scenario in proposal.scenarios]
    rows.append(
        {
            "what": f"× · {scenario_name(ws, proposal, 'flat')}",
            "how": _flat_how(ws, proposal.knobs, growth(flat, base)),
            "amount": _shown(ws, proposal.ground, flat),
            "growth": growth(flat, base),
        }
    )
    known = [scenario.amount for scenario in proposal.had if scenario.amount is not None] + [flat]
    title = ws.t(
        "much.tops.title",
        low=_shown(ws, proposal.ground, min(known)),
        high=_shown(ws, proposal.ground, max(known)),
        year=proposal.target.name,
    )
    return table(rows, _columns(ws, proposal, "scenario"), title, _base_text(ws, desk, proposal), words=ws.words)


def _columns(ws: Workspace, proposal: Proposal, what: str) -> list[Column]:
    year = ws.t("quota.head.quota_year", year=proposal.target.name)
    on_base = ws.t("quota.head.on_base", year=proposal.base.name)
    return [
        Column("what", ws.t(f"much.head.{what}")),
        Column("amount", year, right=True, strong=True),
        Column("growth", on_base, "percent", signed=True, better="none", reason="why_not"),
        Column("how", ws.t("quota.head.how"), width=260),
    ]


def _shown(ws: Workspace, ground: Ground, amount: int | None) -> str:
    """A number of the ground's metric: money short, pieces and customers whole."""
    if amount is None:
        return ""
    return ws.words.number(amount) if ground.settings.metric in COUNTS else in_money(ws).words.money_short(amount)


def _top(ws: Workspace, proposal: Proposal, scenario: Scenario, base: int) -> dict[str, Any]:
    is_had = scenario.amount is not None
    how = how_text(ws, proposal, scenario.setting.how_much) if is_had else ws.t(f"much.why_not.{scenario.why_not}")
    return {
        "what": f"{scenario.letter} · {scenario_name(ws, proposal, scenario.key)}",
        "how": how,
        "amount": _shown(ws, proposal.ground, scenario.amount),
        "growth": growth(scenario.amount, base),
    }


def how_text(ws: Workspace, proposal: Proposal, parts: Sequence[HowMuch]) -> str:
    """How a number is made, in values; of a blend each part with its weight."""
    texts = [_method_text(ws, proposal, part) for part in parts]
    if len(parts) == 1:
        return texts[0]
    shares = [ws.words.percent(rate_units(part.weight) / RATE_SCALE, 0) for part in parts]
    return " + ".join(f"{share} × ({text})" for share, text in zip(shares, texts, strict=True))


def _method_text(ws: Workspace, proposal: Proposal, part: HowMuch) -> str:
    ground, knobs = proposal.ground, proposal.knobs
    years = [_shown(ws, ground, amount) for amount in ground.company.years]
    rate = knobs.growth if part.growth is None else rate_units(part.growth)
    gain = knobs.share_gain if part.share_gain is None else rate_units(part.share_gain)
    potential = sum(ground.potential.values())
    return str(
        ws.t(
            f"much.how.{part.method}",
            base=years[-1],
            years=", ".join(years),
            rate=ws.words.percent(rate / RATE_SCALE),
            gain=ws.words.percent(gain / RATE_SCALE),
            weights=":".join(map(str, part.weights)),
            share=ws.words.percent(rate_units(part.share) / RATE_SCALE, 0),
            potential=ws.words.money_short(potential),
        )
    )


def _flat_how(ws: Workspace, knobs: Knobs, grown: float | None) -> str:
    """How the flat rule is made, and why the company's growth is not the rule's."""
    differs = grown is not None and abs(grown - knobs.flat / RATE_SCALE) >= 0.0005
    return str(ws.t("much.how.flat_differs" if differs else "much.how.flat"))


def _base_text(ws: Workspace, desk: Desk, proposal: Proposal) -> str:
    base = _shown(ws, proposal.ground, proposal.totals.of(proposal.base.name))
    key = "projected" if desk.cut < proposal.base.end else "full"
    return str(ws.t(f"much.tops.who_{key}", year=proposal.base.name, base=base, day=ws.words.date(desk.as_of)))


@needs_people
def readings(ws: Workspace, desk: Desk, proposal: Proposal) -> Html:
    """Every method on the company's own years: what each way to read the past, the market or plans would ask."""
    ground, base = proposal.ground, proposal.totals.of(proposal.base.name)
    rates = Rates(proposal.knobs.growth, proposal.knobs.share_gain)
    rows, known = [], []
    for method in METHODS:
        part = HowMuch(method=method)
        used = [s.letter for s in proposal.scenarios if any(p.method == method for p in s.setting.how_much)]
        row = {"what": f"{ws.t(f'much.method.{method}')}{_used(used)}", "growth": None, "amount": ""}
        try:
            amount = rounded(company_number([part], ground.company, ground.factors, rates))
        except Undefined as reason:
            rows.append(row | {"how": ws.t(f"much.why_not.{reason}")})
            continue
        known.append(amount)
        how = _method_text(ws, proposal, part)
        rows.append(row | {"how": how, "amount": _shown(ws, ground, amount), "growth": growth(amount, base)})
    title = ws.t(
        "much.readings.title",
        n=ws.words.capital(ws.words.count(len(known))),
        low=_shown(ws, ground, min(known)),
        high=_shown(ws, ground, max(known)),
    )
    return table(rows, _columns(ws, proposal, "method"), title, ws.t("much.readings.who"), words=ws.words)


def _used(letters: Sequence[str]) -> str:
    return f" · {', '.join(letters)}" if letters else ""


@needs_people
def metrics(ws: Workspace, desk: Desk, proposal: Proposal, chosen: str) -> Html:
    """Top numbers by measure: revenue, units, recurring revenue, gross margin, new customers, of every scenario."""
    picked = proposal.scenario(chosen)
    rows = [_metric(ws, desk, proposal, picked, metric) for metric in METRICS]
    years = proposal.ground.years
    columns = [Column("what", ws.t("much.head.metric"))]
    columns += [Column(f"y{i}", year.name, right=True) for i, year in enumerate(years)]
    columns.append(Column("before", ws.t("quota.head.on_base", year=years[-2].name), "percent", signed=True,
                          better="none"))  # fmt: skip
    columns += [Column(s.letter, f"{s.letter} · {proposal.target.name}", right=True, strong=s is picked)
                for s in proposal.had]  # fmt: skip
    growth_head = ws.t("quota.head.change_on", letter=picked.letter, year=proposal.base.name)
    columns.append(Column("growth", growth_head, "percent", signed=True, better="none", reason="why_not"))
    known = sorted((row for row in rows if row["before"] is not None), key=lambda row: row["before"])
    title = ws.t("much.metrics.title_none")
    if len(known) > 1:
        low, high = known[0], known[-1]
        title = ws.t(
            "much.metrics.title",
            year=proposal.base.name,
            low=low["what"].lower(),
            least=ws.words.signed_percent(low["before"], 0),
            high=high["what"],
            most=ws.words.signed_percent(high["before"], 0),
        )
    return table(rows, columns, title, ws.t("much.metrics.who", year=proposal.base.name), words=ws.words)


def _metric(ws: Workspace, desk: Desk, proposal: Proposal, picked: Scenario, metric: str) -> dict[str, Any]:
    ground = desk.ground_for(metric, proposal.ground.names)
    years = {f"y{i}": _of_year(ws, ground, year.name) for i, year in enumerate(proposal.ground.years)}
    told = [ground.totals.of(name) for name in ground.totals.years]
    row = {"what": ws.t(f"much.metric.{metric}"), **years, "growth": None, "why_not": None,
           "before": growth(told[-1], told[-2]) if len(told) > 1 else None}  # fmt: skip
    step = proposal.knobs.step if metric == proposal.ground.settings.metric else 1
    for scenario in proposal.had:
        try:
            amount, _ = top_numbers(ground, proposal.knobs, scenario.setting.how_much, "quota.metric", step)
        except (Undefined, InputError) as error:
            reason = error if isinstance(error, Undefined) else "needs_positive_years"
            row |= {scenario.letter: ws.t("common.undefined")}
            row |= {"why_not": ws.t(f"much.why_not.{reason}")} if scenario is picked else {}
            continue
        row |= {scenario.letter: _shown(ws, ground, amount)}
        row |= {"growth": growth(amount, told[-1])} if scenario is picked else {}
    return row


def _of_year(ws: Workspace, ground: Ground, year: str) -> str:
    return _shown(ws, ground, ground.totals.of(year)) if year in ground.totals.years else ws.t("common.undefined")


@needs_people
def factors(ws: Workspace, desk: Desk, proposal: Proposal, chosen: str) -> Html:
    """Every scenario's number by product group, channel and region; each dimension sums to the company's number."""
    picked, total = proposal.scenario(chosen), proposal.totals.of(proposal.base.name)
    rows: list[dict[str, Any]] = []
    for name in FACTORS:
        ground = desk.ground_for(proposal.ground.settings.metric, [name])
        numbers = {s.letter: _by(proposal, ground, s) for s in proposal.had}
        base = _shares(total, ground.totals.years.get(ground.base.name, {}))
        whole = {s.letter: s.amount for s in proposal.had}
        rows.append(_factor_row(ws.t(f"quota.dimension.{name}"), 0, total, whole, picked))
        for factor in sorted(set(base) | set(numbers[picked.letter])):
            own = {letter: by.get(factor) for letter, by in numbers.items()}
            rows.append(_factor_row(factor_name(ws, factor), 1, base.get(factor, 0), own, picked))
    kind: Any = "number" if proposal.ground.settings.metric in COUNTS else "money_short"
    columns = [
        Column("what", ws.t("much.head.factor")),
        Column("base", ws.t("quota.head.year_projected", year=proposal.base.name), kind),
        *(Column(s.letter, f"{s.letter} · {scenario_name(ws, proposal, s.key)}", kind, strong=s is picked)
          for s in proposal.had),
        Column("growth", ws.t("quota.head.change_on", letter=picked.letter, year=proposal.base.name), "percent",
               signed=True, better="none"),
    ]  # fmt: skip
    best = max((row for row in rows if row["level"] and row["growth"] is not None), key=lambda row: row["growth"],
               default=None)  # fmt: skip
    title = ws.t("much.factors.title_none", letter=picked.letter)
    if best is not None and best["growth"] > (growth(picked.amount, total) or 0) + EVEN:
        share = ws.words.signed_percent(best["growth"], 0)
        title = ws.t("much.factors.title", letter=picked.letter, factor=best["what"], growth=share)
    return table(rows, columns, title, ws.t("much.factors.who"), words=ws.words, level="level")


def _by(proposal: Proposal, ground: Ground, scenario: Scenario) -> Amounts:
    """A scenario's number by the factors of another ground; its own where the ground is the scenario's."""
    if ground is proposal.ground or ground.names == proposal.ground.names:
        return dict(scenario.tops)
    rates = Rates(proposal.knobs.growth, proposal.knobs.share_gain)
    return parted(scenario.amount or 0, scenario.setting.how_much, ground.factors, rates, proposal.knobs.step)


def _shares(total: int, by: Mapping[Any, int]) -> Amounts:
    """The base year's one total over the factors, by their own projections."""
    weights = [max(0, amount) for amount in by.values()]
    return dict(zip(by, split(total, weights, keys=list(by)), strict=True)) if any(weights) else {}


def _factor_row(what: str, level: int, base: int, own: Mapping[str, int | None], picked: Scenario) -> dict[str, Any]:
    return {"what": what, "level": level, "base": base, **own, "growth": growth(own.get(picked.letter), base)}


@needs_people
def exceptions(ws: Workspace, desk: Desk, proposal: Proposal, chosen: str) -> Html:
    """The people whose number does not rest on their own whole history and whole year, with the stated rule."""
    picked = proposal.scenario(chosen)
    rows = [
        {
            "name": base.name,
            "team": short_path(ws, base.team),
            "why": "; ".join(_listed(ws, proposal, base, key) for key in picked.listed[base.person_id]),
            "amount": int(picked.starts[base.person_id].amount),
        }
        for base in proposal.bases
        if picked.listed[base.person_id]
    ]
    columns = [
        Column("name", ws.t("quota.head.person")),
        Column("team", ws.t("quota.head.team")),
        Column("why", ws.t("quota.head.rule")),
        Column("amount", ws.t("quota.head.start"), "money_short"),
    ]
    title = ws.words.capital(ws.words.n("much.listed.title", len(rows))) if rows else ""
    return table(rows, columns, title, ws.t("much.listed.who"), words=ws.words, empty=ws.t("much.listed.none"))


def _listed(ws: Workspace, proposal: Proposal, base: Base, key: str) -> str:
    return str(
        ws.t(
            f"much.listed.{key}",
            first=ws.words.month(base.first_on),
            last=ws.words.date(base.left_on) if base.left_on else "",
            years=ws.words.count(sum(year.name in base.years for year in proposal.ground.years)),
        )
    )
