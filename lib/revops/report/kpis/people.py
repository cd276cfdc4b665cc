"""Who sells how: figures of each person with what they rest on, the team beside them, no ranking and no pay."""

from datetime import timedelta
from typing import Any

import polars as pl

from revops.kpis import counting, people
from revops.kpis.facts import Facts
from revops.kpis.measure import growth
from revops.kpis.pipeline import stages
from revops.kpis.spans import Spans, back
from revops.report.display import Html, text
from revops.report.kpis.shown import Shown, name_of, save, silent
from revops.report.tables import Column, table
from revops.workspace import Workspace

DEALS = ("won", "wins", "size", "cycle_days")  # columns that say nothing where no deal closed
SUMS = ("net_amount", "gross_amount", "discount_amount", "closed", "won", "won_amount")


def people_table(ws: Workspace, facts: Facts, spans: Spans) -> Shown:
    """Revenue, deals, selling days and discounts of each person who sells, by team and name."""
    wide = back(spans.now[1], 12)
    rows = people.person_table(facts, spans.now, wide)
    save(ws, "kpi_people", rows)
    if rows.is_empty():
        return text(ws.t("people.missing"))
    lines = [_person(ws, line) for line in rows.to_dicts()]
    lines.append(_team(ws, rows))
    columns = [
        Column("name", ws.t("people.column.person"), note="place"),
        Column("presence", ws.t("people.column.presence"), "percent", digits=0),
        Column("net_amount", ws.t("people.column.revenue"), "money_short", strong=True),
        Column("won", ws.t("people.column.won"), "number", note="of"),
        Column("wins", ws.t("people.column.rate"), right=True, note="few"),
        Column("size", ws.t("people.column.size"), "money_short"),
        Column("cycle_days", ws.t("people.column.cycle"), "number"),
        Column("selling", ws.t("people.column.selling"), right=True),
        Column("discount", ws.t("people.column.discount"), "percent"),
    ]
    if not rows["closed"].sum():
        columns = [column for column in columns if column.key not in DEALS]
    who = ws.t(
        "people.who.people",
        period=ws.words.period(ws.period),
        start=ws.words.date(wide[0]),
        end=ws.words.date(wide[1] - timedelta(days=1)),
        least=stages.LUCK,
    )
    return table(lines, columns, _title(ws, facts, spans), who, words=ws.words, total=True, fine=True)


def _figures(line: dict[str, Any]) -> dict[str, Any]:
    """The ratios of a person or of all: each Σ ÷ Σ."""
    return {
        "rate": line["won"] / line["closed"] if line["closed"] else None,
        "size": round(line["won_amount"] / line["won"]) if line["won"] else None,
        "discount": line["discount_amount"] / line["gross_amount"] if line["gross_amount"] else None,
    }


def _person(ws: Workspace, line: dict[str, Any]) -> dict[str, Any]:
    days, worked = line["days"], line["work_days"]
    is_known = line["active_days"] is not None
    place = [ws.words.name("people.role", line["role"]), name_of(ws, line["region"]) if line["region"] else ""]
    few = 0 < line["closed"] < stages.LUCK
    return line | _figures(line) | {
        "place": " · ".join(filter(None, place)),
        "presence": days / ws.period.days if ws.period.days else None,
        "selling": ws.words.percent(line["active_days"] / worked, 0) if is_known and worked else ws.t("common.nothing"),
        "of": ws.t("people.of_closed", closed=ws.words.number(line["closed"])) if line["closed"] else "",
        "few": ws.t("people.few") if few else "",
        "wins": _wins(ws, line),
    }  # fmt: skip


def _wins(ws: Workspace, line: dict[str, Any]) -> str:
    """The win rate of one line; blank where no deal closed."""
    rate = _figures(line)["rate"]
    return "" if rate is None else ws.words.percent(rate, 0)


def _team(ws: Workspace, rows: pl.DataFrame) -> dict[str, Any]:
    sums: dict[str, Any] = {name: int(rows[name].sum()) for name in SUMS}
    known = rows.drop_nulls("active_days")
    worked = int(known["work_days"].sum())
    share = ws.words.percent(int(known["active_days"].sum()) / worked, 0) if worked else ws.t("common.nothing")
    of = ws.t("people.of_closed", closed=ws.words.number(sums["closed"]))
    return sums | _figures(sums) | {"name": ws.t("people.all"), "selling": share, "of": of, "wins": _wins(ws, sums)}


def _title(ws: Workspace, facts: Facts, spans: Spans) -> str:
    """Revenue of a person who is there all the time, against the same period of last year."""
    asked = [spans.now, spans.previous_year]
    found = counting.measure(facts, ["revenue_per_person"], asked).sort("start_on")["value"].to_list()
    if found[-1] is None:
        return ws.t("people.title.plain")
    change = growth(found[-1], found[0])
    values = {"amount": ws.words.money_short(int(found[-1]))}
    if change is None:
        return ws.t("people.title.amount", **values)
    return ws.t(
        "people.title.more" if change >= 0 else "people.title.less", share=ws.words.percent(abs(change)), **values
    )


def ramp_words(ws: Workspace, facts: Facts) -> Html:
    """How long new people take until they sell like their team."""
    ramps = people.ramp(facts, people.person_months(facts))
    if ramps.is_empty():
        return silent()
    found = people.ramp_time(ramps)
    values = {"people": ws.words.n("people.new", ramps.height), "reached": ws.words.number(found["reached"]),
              "months": ws.words.number(int(ramps["months"].max()))}  # type: ignore[arg-type]  # fmt: skip
    if found["median"] is None:
        key = "none" if not found["reached"] else "some"
        return text(ws.t(f"people.ramp.{key}", **values))
    return text(ws.t("people.ramp.median", median=ws.words.number(found["median"]), **values))
