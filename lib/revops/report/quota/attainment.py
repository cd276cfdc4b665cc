"""Attainment on a page: people, quota periods and teams to date, what to do about it, and the headline."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from html import escape
from typing import Any

import polars as pl

from revops.periods import add_months
from revops.quota.desk import Desk
from revops.quota.hierarchy import NOBODY
from revops.quota.quotas import Proposal
from revops.report.display import Html, heading, scrolled
from revops.report.grids import whole_percent
from revops.report.quota.marks import pace_bar, pace_head
from revops.report.quota.names import growth, label, share
from revops.report.quota.scenarios import scenario_name
from revops.report.quota.territories import worst_region
from revops.report.tables import Column, signed_html, table
from revops.workspace import Workspace

RECOVER_DAYS = 10  # days a manager has to answer a finding


def attained(ws: Workspace, desk: Desk) -> Html:
    """Attainment to date of everyone with a quota of record: bar, pace, projection, coverage; managers below."""
    here = desk.attained.filter("is_here")
    if here.height == 0:
        return Html(heading(ws.t("quota.attained.none")), "")
    own, above = here.filter(~pl.col("is_manager")), here.filter("is_manager")
    top = max([1.08, *(here["projected"].drop_nulls().to_list()), *(here["attainment"].drop_nulls().to_list())])
    top = min(top, 2.0) * 1.02
    body = "".join(_pace_row(ws, row, top) for row in own.iter_rows(named=True))
    if above.height:
        body += f"<tr class='group'><th scope='row' colspan='6'>{escape(ws.t('quota.attained.managers'))}</th></tr>"
        body += "".join(_pace_row(ws, row, top) for row in above.iter_rows(named=True))
    head = _pace_head(ws, own, top)
    html = scrolled(head, body, "bt")
    title = _attained_title(ws, desk)
    return Html(heading(title, _attained_who(ws, desk, here)) + html, title)


def _pace_head(ws: Workspace, own: pl.DataFrame, top: float) -> str:
    common = own["pace"].mode().sort().to_list() if own.height else []
    pace = common[0] if common else None
    rule = pace_head(pace, ws.t("common.chart.pace", share=ws.words.percent(pace, 0)), ws.t("common.chart.quota"), top)
    heads = "".join(
        f"<th scope='col' class='num'>{escape(ws.t(f'quota.head.{key}'))}</th>"
        for key in ("to_date", "vs_pace", "projected_short", "coverage")
    )
    person = escape(ws.t("quota.head.person"))
    return f"<tr><th scope='col'>{person}</th><th scope='col' style='width:46%'>{rule}</th>{heads}</tr>"


def _pace_row(ws: Workspace, row: Mapping[str, Any], top: float) -> str:
    done = row["attainment"]
    bar = (
        pace_bar(min(done, top), min(row["projected"], top) if row["projected"] else None, row["pace"], top)
        if done is not None
        else ""
    )
    against = (
        signed_html(ws.words.points(row["against_pace"], 0), row["against_pace"], "higher", level=0.005)
        if done is not None
        else ""
    )
    return (
        f"<tr><th scope='row'>{escape(row['name'])}</th><td>{bar}</td>"
        f"<td class='num strong'>{escape(_whole(ws, done))}</td>"
        f"<td class='num'>{against}</td><td class='num'>{escape(_whole(ws, row['projected']))}</td>"
        f"<td class='num'>{_coverage(ws, row)}</td></tr>"
    )


def _whole(ws: Workspace, value: float | None) -> str:
    """A share in whole per cent; 99.8% is never shown as 100%."""
    return ws.words.percent(None) if value is None else f"{whole_percent(value, ws.words, (1.0,))}%"


def _coverage(ws: Workspace, row: Mapping[str, Any]) -> str:
    if row["coverage"] is None:
        text = ws.t(f"quota.coverage.{row['reason']}") if row["reason"] else ""
        return f"<span class='mut'>{escape(text)}</span>"
    tone = "bad" if row["coverage"] < 1 and (row["projected"] or 0) < 1 else ""
    return f"<span class='{tone}'>{escape(ws.words.number(row['coverage'], 1))}×</span>"


def behind(desk: Desk) -> pl.DataFrame:
    """The sellers who will miss their quotas at today's pace, largest shortfall first."""
    missing = desk.sellers.filter(pl.col("projected") < 1).with_columns(
        short=pl.col("quota_amount") - pl.col("projected_amount")
    )
    return missing.sort("short", "person_id", descending=[True, False])


def _attained_title(ws: Workspace, desk: Desk) -> str:
    late = behind(desk)
    if not late.height:
        return str(ws.t("quota.attained.title.none"))
    if late["pace"].min() == 1:
        return ws.words.capital(ws.words.n("quota.attained.title.missed", late.height))
    thin = late.filter(pl.col("coverage") < 1).height
    first = ws.words.capital(ws.words.n("quota.attained.title.miss", late.height))
    return first + (ws.words.n("quota.attained.title.thin", thin) if thin else "")


def _attained_who(ws: Workspace, desk: Desk, here: pl.DataFrame) -> str:
    start, end = min(here["start_on"]), max(here["end_on"]) - timedelta(days=1)
    return str(
        ws.t("quota.attained.who", first=ws.words.date(start), last=ws.words.date(end), day=ws.words.date(desk.as_of))
    )


def periods(ws: Workspace, desk: Desk) -> Html:
    """Attainment of each quota period of the year, whole or to date, on the quota's own days."""
    ends = desk.periods.group_by("end_on").agg(pl.col("start_on").min()).sort("end_on")
    keys = {end: f"p{i:02}" for i, end in enumerate(ends["end_on"])}
    order = desk.attained.filter("is_here").sort("is_manager", maintain_order=True)
    by = {(row["person_id"], keys[row["end_on"]]): row["attainment"] for row in desk.periods.iter_rows(named=True)}
    rows = [
        {"name": row["name"], **{key: by.get((row["person_id"], key)) for key in keys.values()}}
        for row in order.iter_rows(named=True)
    ]
    columns = [Column("name", ws.t("quota.head.person"))]
    columns += [Column(keys[end], _span_name(ws, (start, end)), "heat", 0) for end, start in ends.iter_rows()]
    told = desk.periods.join(order.select("person_id"), on="person_id", how="semi")
    good = told.filter("is_complete" if told["is_complete"].any() else pl.lit(True))
    reached = good.filter(pl.col("attainment") >= 1).height
    title = (
        ws.t("quota.periods.title", reached=ws.words.number(reached), all=ws.words.number(good.height)) if rows else ""
    )
    return table(rows, columns, title, ws.t("quota.periods.who"), words=ws.words, empty=ws.t("quota.attained.none"))


def _span_name(ws: Workspace, span: tuple[Any, Any]) -> str:
    start, end = span
    if start.day == 1 and end == add_months(start, 1):
        return ws.words.month_short(start)
    return f"{ws.words.day(start)} – {ws.words.day(end - timedelta(days=1))}"


def teams(ws: Workspace, desk: Desk) -> Html:
    """Quota and actual to date by team path; each parent is the sum of its teams, by who stood where on each day."""
    paths = desk.teams.sort("team").to_dicts()
    tops = [row for row in paths if row["level"] == 1]
    first = 2 if len(tops) == 1 else 1
    rows = [_team_row(ws, desk, row, first) for row in paths if first <= row["level"] <= first + 1]
    if first == 2:
        rows.append(_team_row(ws, desk, tops[0], first) | {"team": ws.t("quota.strips.company"), "level": 0})
    columns = [
        Column("team", ws.t("quota.head.team")),
        Column("quota", ws.t("quota.head.quota"), "money_short"),
        Column("actual", ws.t("quota.head.actual"), "money_short"),
        Column("share", ws.t("quota.head.to_date"), "percent", 0, strong=True),
        Column("against", ws.t("quota.head.against_pace"), "pin", 0),
    ]
    who, none = ws.t("quota.teams.who"), ws.t("quota.attained.none")
    title = ws.t("quota.teams.title")
    return table(rows, columns, title, who, words=ws.words, level="level", total=first == 2, empty=none)


def _team_row(ws: Workspace, desk: Desk, row: Mapping[str, Any], first: int) -> dict[str, Any]:
    """One team's figures; `against` is how far it stands from the share that the season usually brings."""
    quota, actual, pace = row["quota_amount"], row["actual_amount"], _common_pace(desk)
    against = share(actual, quota * pace) if pace and quota > 0 else None
    return {
        "team": ws.t("quota.nobody") if row["team"] == NOBODY else label(ws, row["team"].split("/")[-1]),
        "level": row["level"] - first,
        "quota": quota,
        "actual": actual,
        "share": share(actual, quota),
        "against": None if against is None else against - 1,
    }


def _common_pace(desk: Desk) -> float | None:
    common = desk.sellers["pace"].mode().sort().to_list() if desk.sellers.height else []
    return common[0] if common and common[0] > 0 else None


def findings(ws: Workspace, desk: Desk) -> list[dict[str, Any]]:
    """What deserves attention: the unfair region, the people who will miss; kept for the index."""
    least = ws.company.findings
    amount = least.minimum_amount * 10**ws.company.money_decimals
    unfair = _unfair(ws, desk)
    told = [] if unfair is None else _people_of(desk, worst_region(desk))["person_id"].to_list()
    late = behind(desk).filter((pl.col("short") >= amount) & (pl.col("projected") <= 1 - least.minimum_share))
    late = late.filter(~pl.col("person_id").is_in(told)).head(3)
    found = [*([unfair] if unfair else []), *(_late(ws, desk, row) for row in late.iter_rows(named=True))]
    for finding in found:
        ws.finding(**finding)
    return found


def _late(ws: Workspace, desk: Desk, row: Mapping[str, Any]) -> dict[str, Any]:
    covered = row["coverage"]
    key = "over" if row["pace"] >= 1 else "none" if covered is None else "thin" if covered < 1 else "enough"
    values = {
        "name": row["name"],
        "projected": ws.words.percent(row["projected"], 0),
        "to_date": ws.words.percent(row["attainment"], 0),
        "pace": ws.words.percent(row["pace"], 0),
        "gap": ws.words.money_short(row["gap_amount"]),
        "pipeline": ws.words.money_short(row["pipeline_amount"] or 0),
        "coverage": ws.words.number(covered, 1) if covered is not None else "",
        "end": ws.words.date(row["end_on"] - timedelta(days=1)),
    }
    return {
        "amount": row["short"],
        "basis": ws.t("quota.finding.late.basis", year=desk.year.name),
        "title": ws.t("quota.finding.late.title_over" if key == "over" else "quota.finding.late.title", **values),
        "why": ws.t(f"quota.finding.late.why_{key}", **values),
        "action": ws.t(f"quota.finding.late.action_{key}", **values),
        "owner": desk.name_of(row["manager_id"]),
        "due_on": desk.as_of + timedelta(days=RECOVER_DAYS),
        "href": "03_quota.html#attainment",
        "is_good": False,
    }


def _people_of(desk: Desk, worst: Mapping[str, Any] | None) -> pl.DataFrame:
    return desk.loads.filter(pl.col("region") == (worst or {}).get("region"))


def _unfair(ws: Workspace, desk: Desk) -> dict[str, Any] | None:
    """The unfair region, with what its people will miss of their quotas as the money at stake."""
    worst = worst_region(desk)
    if worst is None:
        return None
    people = _people_of(desk, worst)
    rows = desk.sellers.join(people.select("person_id"), on="person_id", how="semi")
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
        "basis": ws.t("quota.finding.unfair.basis", year=desk.year.name),
        "title": ws.t(f"quota.finding.unfair.title_{way}", **values),
        "why": ws.t("quota.finding.unfair.why_over" if is_over else "quota.finding.unfair.why", **values),
        "action": ws.t(f"quota.finding.unfair.action_{way}", **values),
        "owner": _boss_of(desk, people),
        "due_on": desk.as_of + timedelta(days=30),
        "href": "03_quota.html#balance",
        "is_good": False,
    }


def _boss_of(desk: Desk, people: pl.DataFrame) -> str:
    """The manager of most of these people today."""
    bosses = desk.attained.join(people.select("person_id"), on="person_id", how="semi")["manager_id"].drop_nulls()
    return desk.name_of(bosses.mode().sort()[0]) if bosses.len() else ""


def to_do(ws: Workspace, found: Sequence[Mapping[str, Any]]) -> Html:
    """The findings as a numbered list beside the table they come from."""
    items = "".join(
        f"<li><span class='pinned'>{i}</span><div><b>{escape(f['title'])}.</b> {escape(f['why'])} "
        f"{escape(f['action'])} "
        f"<span class='mut'>{escape(_by(ws, f))}</span></div></li>"
        for i, f in enumerate(found, 1)
    )
    inner = f"<ol class='notes'>{items}</ol>" if found else f"<p class='say'>{escape(ws.t('quota.to_do.none'))}</p>"
    return Html(
        heading(ws.t("quota.to_do.title"), ws.t("quota.to_do.who")) + inner,
        "\n".join(f"{i} {f['title']}" for i, f in enumerate(found, 1)),
    )


def _by(ws: Workspace, finding: Mapping[str, Any]) -> str:
    return (
        ws.words.capital(
            ", ".join(filter(None, [finding["owner"], ws.t("quota.to_do.by", day=ws.words.day(finding["due_on"]))]))
        )
        + "."
    )


def headline(ws: Workspace, desk: Desk, proposal: Proposal, chosen: str) -> str:
    """The page's sentence: how many are on pace, and what the chosen scenario asks; kept for page and index."""
    parts = [_pace_sentence(ws, desk)] + ([_asks(ws, proposal, chosen)] if proposal.bases else [])
    text = ws.words.capital("; ".join(parts))
    ws.headline(
        text,
        ws.t(
            "quota.headline.sub",
            company=ws.company.name,
            day=ws.words.date(desk.as_of),
            start=ws.words.date(desk.year.start),
            year=proposal.target.name,
        ),
    )
    return text


def _pace_sentence(ws: Workspace, desk: Desk) -> str:
    sellers, year = desk.sellers, str(ws.words.period(desk.year))
    if not sellers.height:
        return str(ws.t("quota.headline.no_quotas", year=year))
    key = "reached" if min(sellers["pace"]) >= 1 else "pace"
    people = ws.words.n("quota.people", sellers.height)
    return ws.words.n(
        f"quota.headline.{key}", sellers.filter(pl.col("projected") >= 1).height, people=people, year=year
    )


def _asks(ws: Workspace, proposal: Proposal, chosen: str) -> str:
    picked = proposal.scenario(chosen)
    change = growth(picked.amount, proposal.totals.of(proposal.base.name))
    return str(
        ws.t(
            "quota.headline.asks",
            scenario=scenario_name(ws, proposal, picked.key),
            letter=picked.letter,
            amount=ws.words.money_short(picked.amount),
            year=proposal.target.name,
            growth=ws.words.percent(change, 0, signed=True),
            base=proposal.base.name,
        )
    )


def left(ws: Workspace, saved: Sequence[tuple[str, int]]) -> Html:
    """The tables that were written, with their rows and what they hold."""
    rows = [{"table": key, "rows": count, "what": ws.t(f"quota.saved.{key}")} for key, count in saved]
    columns = [
        Column("table", ws.t("quota.head.table")),
        Column("rows", ws.t("quota.head.rows"), "number"),
        Column("what", ws.t("quota.head.holds")),
    ]
    return table(rows, columns, ws.t("quota.saved.title", tables=ws.words.number(len(rows))), words=ws.words)
