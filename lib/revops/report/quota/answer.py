"""The answer of notebook 03: its headline, what deserves attention, and what to do about it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from html import escape
from typing import Any

import polars as pl

from revops.quota import hierarchy
from revops.quota.bases import Base
from revops.quota.compare import Backtest
from revops.quota.desk import Desk
from revops.quota.quotas import Proposal
from revops.report.display import Html, heading
from revops.report.quota.attainment import behind, common_pace, is_thin
from revops.report.quota.balance import worst_region
from revops.report.quota.names import growth, label, planned, scenario_name, share, short_path
from revops.report.quota.strips import years_text
from revops.workspace import Workspace

RECOVER_DAYS, PLAN_DAYS = 10, 30  # days a manager has to answer for this year, and to change a plan
SHOWN = 3
ANCHORS = {"cover": "cover", "vacancy": "scenarios"}


def findings(ws: Workspace, desk: Desk, proposal: Proposal, chosen: str, covered: pl.DataFrame) -> list[dict[str, Any]]:
    """What deserves attention, kept for the index: the unfair region, who will miss, a year that asks too much.

    `covered` is what people can bring by team (`compare.cover`). A place that nobody fills yet is told with the number
    that it carries.
    """
    least = ws.company.findings
    amount = least.minimum_amount * 10**ws.company.money_decimals
    unfair = _unfair(ws, desk)
    told = [] if unfair is None else _people_of(desk, worst_region(desk))["person_id"].to_list()
    late = behind(desk).filter((pl.col("short") >= amount) & (pl.col("projected") <= 1 - least.minimum_share))
    late = late.filter(~pl.col("person_id").is_in(told)).head(SHOWN)
    found = [*([unfair] if unfair else []), *(_late(ws, desk, row) for row in late.iter_rows(named=True))]
    found += _next_year(ws, desk, proposal, chosen, covered) if proposal.bases else []
    for finding in found:
        ws.finding(**finding)
    return found


def _late(ws: Workspace, desk: Desk, row: Mapping[str, Any]) -> dict[str, Any]:
    covered, helper = row["coverage"], _helper(desk, row)
    key = "over" if row["pace"] >= 1 else "none" if covered is None else "thin" if is_thin(row) else "enough"
    action = "from" if key == "thin" and helper else key
    values = {
        "name": row["name"],
        "projected": ws.words.percent(row["projected"], 0),
        "to_date": ws.words.percent(row["attainment"], 0),
        "pace": ws.words.percent(row["pace"], 0),
        "gap": ws.words.money_short(row["gap_amount"]),
        "pipeline": ws.words.money_short(row["pipeline_amount"] or 0),
        "coverage": ws.words.number(covered, 1) if covered is not None else "",
        "end": ws.words.date(row["end_on"] - timedelta(days=1)),
        "helper": helper["name"] if helper else "",
        "helper_projected": ws.words.percent(helper["projected"], 0) if helper else "",
    }
    return {
        "amount": row["short"],
        "basis": ws.t("attainment.finding.late.basis", year=desk.year.name),
        "title": ws.t(f"attainment.finding.late.title{'_over' if key == 'over' else ''}", **values),
        "why": ws.t(f"attainment.finding.late.why_{key}", **values),
        "action": ws.t(f"attainment.finding.late.action_{action}", **values),
        "owner": desk.name_of(row["manager_id"]),
        "due_on": desk.as_of + timedelta(days=RECOVER_DAYS),
        "href": "03_quota.html#attainment",
        "is_good": False,
    }


def _helper(desk: Desk, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Who of the same manager's people has open deals and will be furthest above the quota; null where nobody is."""
    near = desk.standing.sellers.filter(
        pl.col("manager_id").eq_missing(pl.lit(row["manager_id"], pl.String))
        & (pl.col("projected") > 1)
        & (pl.col("pipeline_amount") > 0)
    )
    return near.sort("projected", "person_id", descending=[True, False]).row(0, named=True) if near.height else None


def _people_of(desk: Desk, worst: Mapping[str, Any] | None) -> pl.DataFrame:
    return desk.loads.filter(pl.col("region") == (worst or {}).get("region"))


def _unfair(ws: Workspace, desk: Desk) -> dict[str, Any] | None:
    """The unfair region, with what its people will miss of their quotas as the money at stake."""
    worst = worst_region(desk)
    if worst is None:
        return None
    people = _people_of(desk, worst)
    rows = desk.standing.sellers.join(people.select("person_id"), on="person_id", how="semi")
    quota, projected = int(rows["quota_amount"].sum()), int(rows["projected_amount"].sum())
    mean = int(desk.loads["potential_amount"].sum()) // desk.loads.height
    moved = abs(int(people["potential_amount"].sum()) - mean * people.height)
    way = "more" if worst["tilt"] > 0 else "less"
    is_over = rows.height > 0 and min(rows["pace"]) >= 1
    values = {
        "region": label(ws, worst["region"]),
        "workload": ws.words.number(worst["workload_index"]),
        "potential": ws.words.number(worst["potential_index"]),
        "projected": ws.words.percent(share(projected, quota), 0),
        "names": ws.words.join(people["name"].to_list()),
        "amount": ws.words.money_short(moved),
    }
    return {
        "amount": quota - projected if way == "more" and quota > projected else None,
        "basis": ws.t("attainment.finding.unfair.basis", year=desk.year.name),
        "title": ws.t(f"attainment.finding.unfair.title_{way}", **values),
        "why": ws.t("attainment.finding.unfair.why_over" if is_over else "attainment.finding.unfair.why", **values),
        "action": ws.t(f"attainment.finding.unfair.action_{way}", **values),
        "owner": _boss_of(desk, people),
        "due_on": desk.as_of + timedelta(days=PLAN_DAYS),
        "href": "03_quota.html#balance",
        "is_good": False,
    }


def _next_year(
    ws: Workspace, desk: Desk, proposal: Proposal, chosen: str, covered: pl.DataFrame
) -> list[dict[str, Any]]:
    """The numbers of next year that a team (or the whole company) cannot bring, and those that nobody carries yet."""
    short = covered.filter(pl.col("cover") < 1).with_columns(short=pl.col("base_amount") - pl.col("able_amount"))
    worst = short.sort(pl.col("team").is_not_null(), -pl.col("short"), "team").head(1)
    found = [_too_much(ws, desk, proposal, chosen, row) for row in worst.iter_rows(named=True)]
    vacant, asked = [base for base in proposal.bases if base.is_vacant], proposal.scenario(chosen).by_person()
    return found + [_vacancy(ws, desk, proposal, base, asked.get(base.person_id, 0)) for base in vacant]


def _too_much(ws: Workspace, desk: Desk, proposal: Proposal, chosen: str, row: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        "where": short_path(ws, row["team"]) if row["team"] else ws.t("attainment.teams.company"),
        "year": proposal.target.name,
        "able": planned(ws).words.money_short(row["able_amount"]),
        "asked": planned(ws).words.money_short(row["base_amount"]),
        "cover": ws.words.number(row["cover"], 2),
        "scenario": scenario_name(ws, proposal, chosen),
    }
    owner = _head_of(desk, row["team"]) if row["team"] else desk.name_of(ws.company.findings.owners.get("default"))
    return _planned(ws, "cover", values, row["short"], owner, proposal)


def _vacancy(ws: Workspace, desk: Desk, proposal: Proposal, base: Base, amount: int) -> dict[str, Any]:
    values = {
        "year": proposal.target.name,
        "name": base.name,
        "amount": planned(ws).words.money_short(amount),
        "start": ws.words.date(base.first_on),
    }
    return _planned(ws, "vacancy", values, amount, _head_of(desk, base.team), proposal)


def _planned(
    ws: Workspace, key: str, values: Mapping[str, str], amount: int, owner: str, proposal: Proposal
) -> dict[str, Any]:
    """A finding about the year to come, to be answered before it begins."""
    told = {part: ws.t(f"attainment.finding.{key}.{part}", **values) for part in ("basis", "title", "why", "action")}
    due_on = proposal.target.start - timedelta(days=1)
    href = f"03_quota.html#{ANCHORS[key]}"
    return told | {"amount": amount, "owner": owner, "due_on": due_on, "href": href, "is_good": False}


def _head_of(desk: Desk, team: str) -> str:
    """The manager of most people of a team today."""
    return _boss_of(desk, hierarchy.on_day(desk.people, desk.as_of).filter(pl.col("team") == team))


def _boss_of(desk: Desk, people: pl.DataFrame) -> str:
    """The manager of most of these people today."""
    bosses = hierarchy.on_day(desk.people, desk.as_of).join(people.select("person_id"), on="person_id", how="semi")
    known = bosses["manager_id"].drop_nulls()
    return desk.name_of(known.mode().sort()[0]) if known.len() else ""


def to_do(ws: Workspace, found: Sequence[Mapping[str, Any]]) -> Html:
    """The findings as a numbered list beside the table they come from."""
    items = "".join(
        f"<li><span class='pinned'>{i}</span><div><b>{escape(f['title'])}.</b> {escape(f['why'])} "
        f"{escape(f['action'])} "
        f"<span class='mut'>{escape(_by(ws, f))}</span></div></li>"
        for i, f in enumerate(found, 1)
    )
    none = f"<p class='say'>{escape(ws.t('attainment.to_do.none'))}</p>"
    inner = f"<ol class='notes'>{items}</ol>" if found else none
    plain = "\n".join(f"{i} {f['title']}" for i, f in enumerate(found, 1))
    return Html(heading(ws.t("attainment.to_do.title"), ws.t("attainment.to_do.who")) + inner, plain)


def _by(ws: Workspace, finding: Mapping[str, Any]) -> str:
    until = ws.t("attainment.to_do.by", day=ws.words.day(finding["due_on"]))
    return ws.words.capital(", ".join(filter(None, [finding["owner"], until]))) + "."


def headline(ws: Workspace, desk: Desk, proposal: Proposal, chosen: str, fairest: str | None = None) -> str:
    """The page's sentence: how many are on pace, and what the chosen scenario asks; kept for page and index.

    `fairest` is the scenario that the back-test recommends: it is named, as the chosen one or beside it.
    """
    parts = [_pace_sentence(ws, desk)] + ([_asks(ws, proposal, chosen, fairest)] if proposal.bases else [])
    text = ws.words.capital("; ".join(parts))
    ws.headline(
        text,
        ws.t(
            "attainment.headline.sub",
            company=ws.company.name,
            day=ws.words.date(desk.as_of),
            start=ws.words.date(desk.year.start),
            year=proposal.target.name,
        ),
    )
    return text


def answer(ws: Workspace, desk: Desk, proposal: Proposal, chosen: str, tested: Backtest) -> str:
    """What lies behind the headline: the money sold of the quotas, what next year asks, how that would have done."""
    return " ".join(filter(None, [_sold(ws, desk), _asked(ws, proposal, chosen), _tested(ws, chosen, tested)]))


def _sold(ws: Workspace, desk: Desk) -> str:
    teams, pace = desk.standing.teams.filter(pl.col("level") == 1), common_pace(desk.standing.sellers)
    quota, actual = int(teams["quota_amount"].sum()), int(teams["actual_amount"].sum())
    if quota <= 0 or pace is None:
        return ""
    return str(
        ws.t(
            f"attainment.answer.{'ended' if pace == 1 else 'sold'}",
            actual=ws.words.money_short(actual),
            quota=ws.words.money_short(quota),
            share=ws.words.percent(share(actual, quota), 0),
            year=desk.year.name,
            pace=ws.words.percent(pace, 0),
        )
    )


def _asked(ws: Workspace, proposal: Proposal, chosen: str) -> str:
    if not proposal.bases:
        return ""
    picked, base = proposal.scenario(chosen), proposal.base.name
    change = growth(picked.amount, proposal.totals.of(base))
    return str(
        ws.t(
            "attainment.answer.asked" if change is not None else "attainment.answer.asked_only",
            letter=picked.letter,
            amount=planned(ws).words.money_short(picked.amount),
            year=proposal.target.name,
            growth=ws.words.percent(change, 0, signed=True),
            base=base,
        )
    )


def _tested(ws: Workspace, chosen: str, tested: Backtest) -> str:
    score = tested.scores.get(chosen)
    if score is None:
        return ""
    values = {"years": years_text(ws, tested), "all": score.people, "within": score.within, "reached": score.reached}
    return str(ws.t("attainment.answer.tested", **values))


def _pace_sentence(ws: Workspace, desk: Desk) -> str:
    sellers, year = desk.standing.sellers, str(ws.words.period(desk.year))
    if not sellers.height:
        return str(ws.t("attainment.headline.no_quotas", year=year))
    key = "reached" if min(sellers["pace"]) >= 1 else "pace"
    people = ws.words.n("attainment.people", sellers.height)
    made = sellers.filter(pl.col("projected") >= 1).height
    if not made:
        return str(ws.t(f"attainment.headline.{key}.none", people=people, year=year))
    return ws.words.n(f"attainment.headline.{key}", made, people=people, year=year)


def _asks(ws: Workspace, proposal: Proposal, chosen: str, fairest: str | None) -> str:
    picked = proposal.scenario(chosen)
    other = next((s for s in proposal.had if s.key == fairest), picked)
    change = growth(picked.amount, proposal.totals.of(proposal.base.name))
    key = "asks" if fairest is None else "fairest" if fairest == chosen else "fairer"
    return str(
        ws.t(
            f"attainment.headline.{key}",
            scenario=scenario_name(ws, proposal, picked.key),
            letter=picked.letter,
            fairest=scenario_name(ws, proposal, other.key),
            fairest_letter=other.letter,
            amount=planned(ws).words.money_short(picked.amount),
            year=proposal.target.name,
            growth=ws.words.percent(change, 0, signed=True),
            base=proposal.base.name,
        )
    )
