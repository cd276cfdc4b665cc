"""Attainment on a page: people with pace and projection, how they are distributed, periods, teams, product groups."""

from collections.abc import Mapping
from datetime import date, timedelta
from html import escape
from typing import Any

import polars as pl

from revops.periods import add_months
from revops.quota.attainment.spread import BANDS, Spread
from revops.quota.desk import Desk
from revops.quota.hierarchy import NOBODY
from revops.report.display import Html, heading, scrolled
from revops.report.grids import whole_percent
from revops.report.quota.marks import pace_bar, pace_head
from revops.report.quota.names import label, share, short_path
from revops.report.tables import Column, signed_html, table
from revops.workspace import Workspace

ENOUGH = 1.5  # open deals ÷ gap below which a gap will hardly be closed: about two deals in three would have to win
FIGURES = ("to_date", "vs_pace", "projected", "between", "coverage", "weighted")


def attained(ws: Workspace, desk: Desk) -> Html:
    """Attainment to date of everyone with a quota of record: bar, pace, projection with interval, coverage."""
    here = desk.standing.attained.filter("is_here")
    if here.height == 0:
        return Html(heading(ws.t("attainment.people_title.nobody")), "")
    own, above = here.filter(~pl.col("is_manager")), here.filter("is_manager")
    ends = [here[name].drop_nulls().to_list() for name in ("projected", "attainment", "high")]
    top = min(max(1.08, *(end for known in ends for end in known)), 2.0) * 1.02
    body = "".join(_pace_row(ws, row, top) for row in own.iter_rows(named=True))
    if above.height:
        span = len(FIGURES) + 2
        body += f"<tr class='group'><th scope='row' colspan='{span}'>{escape(ws.t('attainment.managers'))}</th></tr>"
        body += "".join(_pace_row(ws, row, top) for row in above.iter_rows(named=True))
    title = _attained_title(ws, desk)
    html = scrolled(_pace_head(ws, own, top), body, "bt")
    return Html(heading(title, _attained_who(ws, desk, here)) + html, title)


def _pace_head(ws: Workspace, own: pl.DataFrame, top: float) -> str:
    pace = common_pace(own)
    rule = pace_head(pace, ws.t("common.chart.pace", share=ws.words.percent(pace, 0)), ws.t("common.chart.quota"), top)
    heads = "".join(f"<th scope='col' class='num'>{escape(ws.t(f'attainment.head.{key}'))}</th>" for key in FIGURES)
    person = escape(ws.t("attainment.head.person"))
    return f"<tr><th scope='col'>{person}</th><th scope='col' style='width:34%'>{rule}</th>{heads}</tr>"


def _pace_row(ws: Workspace, row: Mapping[str, Any], top: float) -> str:
    done, bar, against = row["attainment"], "", ""
    if done is not None:
        bounds = None if row["low"] is None else (min(row["low"], top), min(row["high"], top))
        end = min(row["projected"], top) if row["projected"] else None
        bar = pace_bar(min(done, top), end, row["pace"], top, bounds)
        against = signed_html(ws.words.points(row["against_pace"], 0), row["against_pace"], "higher", level=0.005)
    weighted = row["weighted_coverage"]
    cells = [
        ("strong", escape(_whole(ws, done))),
        ("", against),
        ("", escape(_whole(ws, row["projected"]))),
        ("mut", escape(_between(ws, row))),
        ("", _coverage(ws, row)),
        ("mut", "" if weighted is None else f"{escape(ws.words.number(weighted, 1))}×"),
    ]
    figures = "".join(f"<td class='num {css}'>{text}</td>" for css, text in cells)
    return f"<tr><th scope='row'>{escape(row['name'])}</th><td>{bar}</td>{figures}</tr>"


def _whole(ws: Workspace, value: float | None) -> str:
    """A share in whole per cent; 99.8% is never shown as 100%."""
    return ws.words.percent(None) if value is None else f"{whole_percent(value, ws.words, (1.0,))}%"


def _between(ws: Workspace, row: Mapping[str, Any]) -> str:
    """The interval as '97–103%', or why there is none."""
    if row["low"] is None:
        return str(ws.t(f"attainment.between.{row['interval_reason']}"))
    low, high = (whole_percent(row[bound], ws.words, (1.0,)) for bound in ("low", "high"))
    return f"{low}–{high}%"


def _coverage(ws: Workspace, row: Mapping[str, Any]) -> str:
    if row["coverage"] is None:
        text = ws.t(f"attainment.coverage.{row['reason']}") if row["reason"] else ""
        return f"<span class='mut'>{escape(text)}</span>"
    tone = "bad" if is_thin(row) else ""
    return f"<span class='{tone}'>{escape(ws.words.number(row['coverage'], 1))}×</span>"


def is_thin(row: Mapping[str, Any]) -> bool:
    """Whether a person will miss the quota with too few open deals to close the gap."""
    return row["coverage"] is not None and row["coverage"] < ENOUGH and (row["projected"] or 0) < 1


def behind(desk: Desk) -> pl.DataFrame:
    """The sellers who will miss their quotas at today's pace, largest shortfall first."""
    missing = desk.standing.sellers.filter(pl.col("projected") < 1).with_columns(
        short=pl.col("quota_amount") - pl.col("projected_amount")
    )
    return missing.sort("short", "person_id", descending=[True, False])


def _attained_title(ws: Workspace, desk: Desk) -> str:
    late = behind(desk)
    if not late.height:
        return str(ws.t("attainment.people_title.none"))
    if late["pace"].min() == 1:
        return ws.words.capital(ws.words.n("attainment.people_title.missed", late.height))
    counts = {
        "sure": late.filter(pl.col("high") < 1).height,
        "thin": sum(is_thin(row) for row in late.iter_rows(named=True)),
    }
    told = [ws.words.n(f"attainment.people_title.{key}", count) for key, count in counts.items() if count]
    return ws.words.capital(ws.words.n("attainment.people_title.miss", late.height)) + "".join(told)


def _attained_who(ws: Workspace, desk: Desk, here: pl.DataFrame) -> str:
    start, end = min(here["start_on"]), max(here["end_on"]) - timedelta(days=1)
    days = {"first": ws.words.date(start), "last": ws.words.date(end), "day": ws.words.date(desk.as_of)}
    told = [ws.t("attainment.people_who", **days, enough=ws.words.number(ENOUGH, 1))]
    held, tested = desk.standing.held
    if tested:
        counts = {"held": ws.words.number(held), "tested": ws.words.number(tested)}
        told.append(ws.t("attainment.interval_who", **counts, share=ws.words.percent(held / tested, 0)))
    elif here["low"].null_count() == here.height and "short_history" in here["interval_reason"].to_list():
        told.append(ws.t("attainment.interval_none"))
    return " · ".join(told)


def spread(ws: Workspace, desk: Desk) -> Html:
    """How many people end in each band of attainment, and how many of the year's quota periods did."""
    people = desk.standing.spread
    ended = Spread.of(_told(desk).filter("is_complete")["attainment"])
    rows = [
        {"band": _band(ws, place), "people": here, "periods": there}
        for place, (here, there) in enumerate(zip(people.counts, ended.counts, strict=True))
    ][::-1]
    columns = [Column("band", ws.t("attainment.head.band"))]
    columns += [Column(key, ws.t(f"attainment.head.{name}"), "share", money=False)
                for key, name in (("people", "sellers"), ("periods", "periods"))]  # fmt: skip
    quartiles = {key: _whole(ws, getattr(people, key)) for key in ("low", "median", "high")}
    pace = common_pace(desk.standing.sellers)
    key = "none" if people.people < 2 else "ended" if pace == 1 else "projected"
    title = ws.t(f"attainment.spread.title.{key}", **quartiles)
    counted = ws.words.n("attainment.people", people.people)
    who = ws.t("attainment.spread.who", year=desk.year.name, people=counted, periods=ws.words.number(ended.people))
    none = ws.t("attainment.people_title.nobody")
    return table(rows if people.people else [], columns, title, who, words=ws.words, empty=none)


def _band(ws: Workspace, place: int) -> str:
    bounds = [ws.words.percent(bound, 0) for bound in BANDS]
    if place == 0:
        return str(ws.t("attainment.spread.below", to=bounds[0]))
    if place == len(bounds):
        return str(ws.t("attainment.spread.above", **{"from": bounds[-1]}))
    return str(ws.t("attainment.spread.between", **{"from": bounds[place - 1], "to": bounds[place]}))


def periods(ws: Workspace, desk: Desk) -> Html:
    """Attainment of each quota period of the year, whole or to date, on the quota's own days."""
    found = desk.standing.periods
    ends = found.group_by("end_on").agg(pl.col("start_on").min()).sort("end_on")
    keys = {end: f"p{i:02}" for i, end in enumerate(ends["end_on"])}
    order = desk.standing.attained.filter("is_here").sort("is_manager", maintain_order=True)
    by = {(row["person_id"], keys[row["end_on"]]): row["attainment"] for row in found.iter_rows(named=True)}
    rows = [
        {"name": row["name"], **{key: by.get((row["person_id"], key)) for key in keys.values()}}
        for row in order.iter_rows(named=True)
    ]
    columns = [Column("name", ws.t("attainment.head.person"))]
    columns += [Column(keys[end], _span_name(ws, (start, end)), "heat", 0) for end, start in ends.iter_rows()]
    told = _told(desk)
    good = told.filter("is_complete" if told["is_complete"].any() else pl.lit(True))
    counts = {"reached": good.filter(pl.col("attainment") >= 1).height, "all": good.height}
    title = ws.t("attainment.periods.title", **{k: ws.words.number(v) for k, v in counts.items()}) if rows else ""
    none = ws.t("attainment.people_title.nobody")
    return table(rows, columns, title, ws.t("attainment.periods.who"), words=ws.words, empty=none)


def _told(desk: Desk) -> pl.DataFrame:
    """The quota periods of the people at work."""
    here = desk.standing.attained.filter("is_here")
    return desk.standing.periods.join(here, on="person_id", how="semi")


def _span_name(ws: Workspace, span: tuple[date, date]) -> str:
    start, end = span
    if start.day == 1 and end == add_months(start, 1):
        return ws.words.month_short(start)
    return f"{ws.words.day(start)} – {ws.words.day(end - timedelta(days=1))}"


def teams(ws: Workspace, desk: Desk) -> Html:
    """Quota and actual to date by team path; each parent is the sum of its teams, by who stood where on each day."""
    paths, pace = desk.standing.teams.to_dicts(), common_pace(desk.standing.sellers)
    tops = [row for row in paths if row["level"] == 1]
    first = 2 if len(tops) == 1 else 1
    shown = [_team_row(ws, row, pace, first) for row in paths if first <= row["level"] <= first + 1]
    leaves = [row for row in shown if row["level"] == 1] or shown
    title = _worst(ws, "teams", leaves) if pace else ws.t("attainment.teams.neutral")
    if first == 2:
        shown.append(_team_row(ws, tops[0], pace, first) | {"name": ws.t("attainment.teams.company"), "level": 0})
    columns = [
        Column("name", ws.t("attainment.head.team")),
        Column("quota", ws.t("attainment.head.quota"), "money_short"),
        Column("actual", ws.t("attainment.head.actual"), "money_short"),
        Column("share", ws.t("attainment.head.to_date"), "percent", 0, strong=True),
        Column("against", ws.t("attainment.head.against_pace"), "pin", 0),
    ]
    who, none = ws.t("attainment.teams.who"), ws.t("attainment.people_title.nobody")
    return table(shown, columns, title, who, words=ws.words, level="level", total=first == 2, empty=none)


def _team_row(ws: Workspace, row: Mapping[str, Any], pace: float | None, first: int) -> dict[str, Any]:
    """One team's figures; `against` is how far it stands from the share that the season usually brings."""
    quota, actual, is_nobody = row["quota_amount"], row["actual_amount"], row["team"] == NOBODY
    against = share(actual, quota * pace) if pace and quota > 0 else None
    return {
        "name": ws.t("quota.nobody") if is_nobody else label(ws, row["team"].split("/")[-1]),
        "path": ws.t("quota.nobody") if is_nobody else short_path(ws, row["team"], first - 1),
        "level": row["level"] - first,
        "quota": quota,
        "actual": actual,
        "share": share(actual, quota),
        "against": None if against is None else against - 1,
    }


def products(ws: Workspace, desk: Desk) -> Html:
    """Quota due and actual to date by product group, quotas shared by what the accounts bought the year before.

    Checked: the shares of all territories and product groups sum to the people's quotas, their sales to the revenue.
    """
    shared, goals = desk.standing.by_sale, desk.standing.goals
    ws.check("attainment.check.shared", int(shared["quota_amount"].sum()), sum(goals.values()), money=True)
    ws.check("attainment.check.sold", int(shared["actual_amount"].sum()), int(desk.revenue["amount"].sum()), money=True)
    rows = [
        {
            "name": label(ws, row["product_group"]) if row["product_group"] else ws.t("quota.rest_group"),
            "is_rest": row["product_group"] is None,
            "quota": row["quota_amount"],
            "actual": row["actual_amount"],
            "share": row["attainment"] if row["product_group"] else None,
            "against": None if row["attainment"] is None or not row["product_group"] else row["attainment"] - 1,
        }
        for row in desk.standing.by_product.iter_rows(named=True)
        if row["quota_amount"] or row["actual_amount"]
    ]
    rows.sort(key=lambda row: (row["is_rest"], row["actual"] - row["quota"], row["name"]))
    columns = [
        Column("name", ws.t("attainment.head.group")),
        Column("quota", ws.t("attainment.head.due"), "money_short"),
        Column("actual", ws.t("attainment.head.actual"), "money_short"),
        Column("share", ws.t("attainment.head.to_date"), "percent", 0, strong=True),
        Column("against", ws.t("attainment.head.against_due"), "pin", 0),
    ]
    told = [row | {"path": row["name"]} for row in rows if row["against"] is not None]
    before = desk.year.previous().name
    who = ws.t("attainment.products.who", before=before, day=ws.words.date(desk.as_of))
    none = ws.t("attainment.people_title.nobody")
    return table(rows if told else [], columns, _worst(ws, "products", told), who, words=ws.words, empty=none)


def _worst(ws: Workspace, key: str, rows: list[dict[str, Any]]) -> str:
    """How many of the rows are behind, and which by the largest share; within half a per cent is even."""
    late = [row for row in rows if row["against"] is not None and row["against"] < -0.005]
    if not late:
        return str(ws.t(f"attainment.{key}.title.none"))
    worst = min(late, key=lambda row: (row["against"], row["path"]))["path"]
    counted = ws.words.n(f"attainment.{key}.title", len(late), all=ws.words.count(len(rows)), worst=worst)
    return ws.words.capital(counted)


def common_pace(own: pl.DataFrame) -> float | None:
    """The pace of most people; null where nobody has begun."""
    common = own["pace"].mode().sort().to_list() if own.height else []
    return common[0] if common and common[0] > 0 else None
