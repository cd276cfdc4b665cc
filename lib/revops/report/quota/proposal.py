"""Territories to come on a page: what balance costs, who would carry what, which accounts move and why, heads."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import polars as pl

from revops.quota import territory
from revops.quota.desk import Desk
from revops.report import charts
from revops.report.display import Html, heading, scrolled, text
from revops.report.figures import Figure, figure
from revops.report.quota.names import label
from revops.report.tables import Column, table
from revops.workspace import Workspace

WIDE, TALL = 260, 22
CLEAR = 12  # px between the ends of a strip and its marks
ROOM = 10.0  # points that a strip shows at least
APART = 26  # px that two ticks of the scale need
LONGEST = 12  # moves that are told one by one


def frontier(ws: Workspace, desk: Desk) -> Figure | Html:
    """The best balance that each budget of disruption buys, above what no proposal can beat."""
    found = desk.frontier
    if found is None:
        return text(ws.t("proposal.none"))
    points = found.frame()
    names = [ws.words.n("proposal.accounts", n) if n else ws.t("proposal.head.today") for n in points["accounts"]]
    told = pl.col("is_chosen") | pl.col("is_knee") | (pl.col("accounts") == 0)
    shown = points.with_columns(name=pl.Series(names, dtype=pl.String)).select(
        "name", "least", "is_chosen", price="disruption", found="balance", limit="budget",
        told=pl.when(told).then("name").otherwise(pl.lit("")),
    )  # fmt: skip
    heads = [ws.t(f"proposal.head.{name}") for name in ("accounts_moved", "moved_share", "distance", "least")]
    drawing = charts.frontier(shown, ws.words, heads)
    return figure(drawing, _title(ws, found), _who(ws, found))


def _title(ws: Workspace, found: territory.Frontier) -> str:
    today, chosen = found.points[0], found.chosen
    before = ws.words.number(today.case.balance(today.case.owner), 1)
    if not chosen.moved:
        return str(ws.t("proposal.title.none", before=before))
    values = {
        "share": ws.words.percent(chosen.disruption),
        "before": before,
        "after": ws.words.number(chosen.balance, 1),
    }
    return str(ws.words.capital(ws.words.n("proposal.title", chosen.moved, **values)))


def _who(ws: Workspace, found: territory.Frontier) -> str:
    case = found.chosen.case
    alone = case.mean(case.largest)
    largest = "proposal.largest.none" if alone == 0 else "proposal.largest.some"
    return str(
        ws.t(
            "proposal.who",
            own=ws.words.number(found.chosen.gap, 1),
            gap=ws.words.number(max(point.gap for point in found.points), 1),
            largest=ws.t(largest, points=ws.words.number(alone, 1)),
        )
    )


def shifts(ws: Workspace, desk: Desk, placement: territory.Placement | None = None) -> Html:
    """Each person's alignment index today and by the chosen proposal, beside the fair share and within the band.

    `placement` is another proposal to be shown in its stead.
    """
    if desk.frontier is None:
        return Html("", "")
    rows = territory.shares(placement or desk.frontier.chosen).sort("group", "person_id")
    scale = _Scale(rows, ws.company.territory.band)
    body = "".join(_person(ws, desk, scale, row) for row in rows.iter_rows(named=True))
    heads = ("quota.head.person", "proposal.head.accounts", "proposal.head.today", "proposal.head.proposed")
    person, accounts, today, proposed = (escape(ws.t(key)) for key in heads)
    head = (
        f"<tr><th scope='col'>{person}</th><th scope='col' class='num'>{accounts}</th>"
        f"<th scope='col' class='num'>{today}</th><th scope='col' class='num'>{proposed}</th>"
        f"<th scope='col'>{scale.head(ws)}<span class='vh'>{escape(ws.t('proposal.head.strip'))}</span></th></tr>"
    )
    title = _shift_title(ws, rows)
    return Html(heading(title, _shift_who(ws, rows)) + scrolled(head, body), title)


def _shift_who(ws: Workspace, rows: pl.DataFrame) -> str:
    low, high = (bound * 100 for bound in ws.company.territory.band)
    out = {
        name: ws.words.number(rows.filter(~pl.col(column).is_between(low, high)).height)
        for name, column in (("before", "alignment_index"), ("after", "new_alignment_index"))
    }
    return str(ws.t("proposal.shift.who", low=ws.words.number(low), high=ws.words.number(high), **out))


def _shift_title(ws: Workspace, rows: pl.DataFrame) -> str:
    changed = rows.filter((pl.col("alignment_index") - pl.col("new_alignment_index")).abs() > 0.05)
    if not changed.height:
        return str(ws.t("proposal.shift.none"))
    most = changed.with_columns(by=(pl.col("new_alignment_index") - pl.col("alignment_index")).abs())
    first = most.sort("by", "person_id", descending=[True, False]).row(0, named=True)
    return str(
        ws.t(
            "proposal.shift.title",
            person=first["name"],
            before=ws.words.number(first["alignment_index"]),
            after=ws.words.number(first["new_alignment_index"]),
        )
    )


def _person(ws: Workspace, desk: Desk, scale: "_Scale", row: Mapping[str, Any]) -> str:
    accounts = ws.words.number(row["accounts"])
    if row["accounts"] != row["new_accounts"]:
        accounts += f" → {ws.words.number(row['new_accounts'])}"
    before, after = row["alignment_index"], row["new_alignment_index"]
    return (
        f"<tr><th scope='row'>{escape(desk.name_of(row['person_id']))}"
        f"<span class='mut'> {escape(label(ws, row['region']))}</span></th>"
        f"<td class='num'>{accounts}</td><td class='num'>{ws.words.number(before)}</td>"
        f"<td class='num strong'>{ws.words.number(after)}</td><td>{scale.row(before, after, row['fair'])}</td></tr>"
    )


class _Scale:
    """One scale of index points: a tick for the fair share, a ring for today, a disc for the proposal."""

    def __init__(self, rows: pl.DataFrame, band: tuple[float, float]):
        values = [*rows["alignment_index"], *rows["new_alignment_index"], band[0] * 100, band[1] * 100]
        self.low, self.high, self.band = min(values), max(values), band

    def at(self, points: float) -> float:
        return CLEAR + (WIDE - 2 * CLEAR) * (points - self.low) / max(self.high - self.low, ROOM)

    def head(self, ws: Workspace) -> str:
        low, high = (bound * 100 for bound in self.band)
        ticks = (low, 100, high) if self.at(high) - self.at(low) > 2 * APART else (low, high)
        texts = "".join(
            f'<text x="{self.at(tick):.1f}" y="12" text-anchor="middle" font-size="11" style="fill:var(--ink-3)">'
            f"{ws.words.number(tick)}</text>"
            for tick in ticks
        )
        return _svg(texts, 16)

    def row(self, before: float, after: float, fair: float) -> str:
        left, right = self.at(self.band[0] * 100), self.at(self.band[1] * 100)
        middle, x, to = TALL / 2, self.at(before), self.at(after)
        marks = (
            f'<rect x="{left:.1f}" y="3" width="{right - left:.1f}" height="{TALL - 6}" style="fill:var(--sunk)"/>'
            f'<path d="M{self.at(fair):.1f} 2v{TALL - 4}" style="stroke:var(--ac);stroke-width:1.6"/>'
        )
        if abs(before - after) > 0.05:
            marks += (
                f'<path d="M{x:.1f} {middle}H{to:.1f}" style="stroke:var(--line-2);stroke-width:1.4"/>'
                f'<circle cx="{x:.1f}" cy="{middle}" r="4.3" '
                'style="fill:var(--bg);stroke:var(--ink-2);stroke-width:1.3"/>'
            )
        return _svg(marks + f'<circle cx="{to:.1f}" cy="{middle}" r="5" style="fill:var(--accent)"/>', TALL)


def _svg(inner: str, tall: int) -> str:
    return (
        f'<svg width="{WIDE}" height="{tall}" viewBox="0 0 {WIDE} {tall}" aria-hidden="true" style="display:block">'
        f"{inner}</svg>"
    )


def handovers(ws: Workspace, desk: Desk) -> Html:
    """The accounts that change hands, from whom to whom, and in figures why."""
    if desk.frontier is None:
        return Html("", "")
    rows = desk.handovers
    shown = [_handover(ws, desk, row) for row in rows.head(LONGEST).iter_rows(named=True)]
    if rows.height > LONGEST:
        shown.append(_others(ws, rows[LONGEST:]))
    columns = [
        Column("name", ws.t("quota.head.account"), note="cell"),
        Column("from", ws.t("proposal.head.from"), note="from_note"),
        Column("to", ws.t("proposal.head.to"), note="to_note"),
        Column("load", ws.t("proposal.head.load"), "number", 1),
        Column("sales_amount", ws.t("proposal.head.revenue"), "money_short"),
        Column("pipeline_amount", ws.t("proposal.head.pipeline"), "money_short"),
    ]
    title = who = ""
    if shown:
        sums = {key: ws.words.money_short(int(rows[f"{key}_amount"].sum())) for key in ("sales", "pipeline")}
        title = ws.words.capital(ws.words.n("proposal.moves.title", rows.height, **sums))
        who = ws.t("proposal.moves.who", kept=_kept(ws))
    is_cut = rows.height > LONGEST
    return table(shown, columns, title, who, words=ws.words, total=is_cut, empty=ws.t("proposal.moves.none"))


def _others(ws: Workspace, rows: pl.DataFrame) -> dict[str, Any]:
    """The moves that are not shown one by one, as one line."""
    sums = rows.select(pl.col("load", "sales_amount", "pipeline_amount").sum()).row(0, named=True)
    return {"name": ws.t("proposal.moves.others", n=ws.words.number(rows.height)), "from": "", "to": "", **sums}


def _kept(ws: Workspace) -> str:
    names = [ws.t(f"quota.dimension.{d}").lower() for d in ws.company.territory.keep]
    return str(ws.t("proposal.moves.kept", dimensions=", ".join(names)) if names else ws.t("proposal.moves.free"))


def _handover(ws: Workspace, desk: Desk, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "cell": " · ".join(label(ws, row[d]) for d in desk.dimensions if row.get(d)),
        "from": desk.name_of(row["person_id"]) if row["person_id"] else ws.t("quota.nobody"),
        "to": desk.name_of(row["new_person_id"]),
        "from_note": _change(ws, row["from_before"], row["from_after"]),
        "to_note": _change(ws, row["to_before"], row["to_after"]),
    }


def _change(ws: Workspace, before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return ""
    return str(ws.t("proposal.moves.change", before=ws.words.number(before), after=ws.words.number(after)))


def heads(ws: Workspace, desk: Desk) -> Html:
    """Hours a person and balance of each group today, with one person more and with one fewer."""
    if desk.case is None or not desk.case.hours.sum():
        return Html("", "")
    capacity = ws.company.territory.capacity_hours
    rows = territory.heads(desk.case, capacity)
    shown = [{**row, "where": _where(ws, desk, row["people"])} for row in rows.iter_rows(named=True)]
    columns = [
        Column("where", ws.t("proposal.head.group")),
        Column("heads", ws.t("territory.head.people_today"), "number"),
        Column("needed", ws.t("territory.head.heads"), "number"),
        Column("index", ws.t("proposal.head.index"), "number"),
        *(
            Column(f"{case}_{what}", ws.t(f"proposal.head.{case}_{what}"), "number", digits)
            for case in ("more", "fewer")
            for what, digits in (("hours", 0), ("balance", 1), ("accounts", 0))
        ),
    ]
    columns.insert(4, Column("hours_each", ws.t("proposal.head.hours_each"), "number"))
    who = ws.t("proposal.heads.who", capacity=ws.words.number(capacity))
    return table(shown, columns, _heads_title(ws, shown, capacity), who, words=ws.words)


def _where(ws: Workspace, desk: Desk, people: Sequence[str]) -> str:
    regions = desk.loads.filter(pl.col("person_id").is_in(list(people)))["region"].unique().sort().to_list()
    return ", ".join(label(ws, region) for region in regions if region) or str(ws.t("proposal.everybody"))


def _heads_title(ws: Workspace, rows: Sequence[Mapping[str, Any]], capacity: float) -> str:
    short = [row for row in rows if row["hours_each"] > capacity]
    if not short:
        return str(ws.t("proposal.heads.enough", capacity=ws.words.number(capacity)))
    worst = max(short, key=lambda row: (row["hours_each"], row["where"]))
    return str(
        ws.t(
            "proposal.heads.short",
            where=worst["where"],
            hours=ws.words.number(worst["hours_each"]),
            more=ws.words.number(worst["more_hours"]),
        )
    )
