"""A manager's page: everybody who reports to the manager in the pay month, what each is paid, and who waits and why.

    team.managers(ws) -> list[str]            person ids of managers of somebody with a statement
    team.render(ws, manager_id) -> str        the whole HTML file; nobody but the manager's own reports stands in it

Reads the tables of pay that 04_incentives saved, and who reports to whom on the pay month's last day.
"""

from collections.abc import Iterable
from html import escape
from typing import Any

import polars as pl

from revops.report import paper
from revops.report.tables import Column, table
from revops.workspace import Workspace

COLUMNS = ("commission_amount", "extra_amount", "item_amount", "paid_amount")


def file_of(manager_id: str) -> str:
    """Where a run writes a manager's page, from the restricted page.

    >>> file_of("NV/0101")
    'managers/NV_0101.html'
    """
    return f"managers/{paper.file_name(manager_id)}.html"


def managers(ws: Workspace) -> list[str]:
    """Managers of somebody with a statement in the period, in order; none where the period is not a pay month."""
    if ws.period.kind != "month":
        return []
    paid = ws.read("pay_statements")["person_id"]
    return sorted({row["manager_id"] for row in _held(ws) if row["person_id"] in paid and row["manager_id"]})


def render(ws: Workspace, manager_id: str) -> str:
    """The page of one manager, in the workspace's language."""
    held = _held(ws)
    reports = [row["person_id"] for row in held if row["manager_id"] == manager_id]
    own = ws.scan("pay_statements").filter(pl.col("person_id").is_in(reports)).collect().sort("name", "person_id")
    manager = next((row for row in held if row["person_id"] == manager_id), {"name": manager_id, "role": ""})
    scope = (_t(ws, "title"), ws.words.period(ws.period), _t(ws, "as_of", day=ws.words.date(ws.as_of)))
    role = ws.words.name("incentives.roles", manager["role"])
    head = paper.head(ws, scope, manager["name"], (manager_id, role))
    foot = paper.foot([f'<span class="mut">{escape(_t(ws, "confidential"))}</span>'])
    title = f"{_t(ws, 'title')} · {ws.words.period(ws.period)} · {manager['name']}"
    return paper.page(ws, title, head, _headline(ws, own) + _table(ws, own) + _waiting(ws, own), foot)


def _held(ws: Workspace) -> list[dict[str, Any]]:
    """The row of people that holds on the last day of the pay month that the run knows."""
    day = min(ws.period.last_day, ws.as_of)
    on = (pl.col("start_on") <= day) & (pl.col("end_on").is_null() | (pl.col("end_on") > day))
    return ws.scan("people").filter(on).collect().sort("person_id").to_dicts()


def _t(ws: Workspace, key: str, **values: Any) -> str:
    return str(ws.t(f"team.{key}", **values))


def _headline(ws: Workspace, own: pl.DataFrame) -> str:
    """How many are paid how much, how many reached their quota, how many wait."""
    words, known = ws.words, own["attainment"].drop_nulls()
    paid = own.filter(pl.col("paid_amount").is_not_null())
    sums = words.join([words.money(int(amount)) for amount in _by_currency(paid)]) or words.money(0)
    parts = [words.n("team.paid", paid.height, amount=sums, month=words.month_name(ws.period.start))]
    if known.len():
        parts.append(_t(ws, "reached", n=words.count(int((known >= 1).sum())), of=words.count(known.len())))
    waits = own.filter(pl.col("fault").is_not_null()).height
    parts += [words.n("team.waits", waits)] if waits else []
    return f"<section><h1>{escape(' '.join(words.capital(part) for part in parts))}</h1></section>"


def _by_currency(paid: pl.DataFrame) -> Iterable[int]:
    return paid.group_by("currency", maintain_order=True).agg(pl.col("paid_amount").sum())["paid_amount"]


def _table(ws: Workspace, own: pl.DataFrame) -> str:
    """One row a person, largest attainment first; the sum below."""
    rows = [
        {
            **row,
            **{key: row[key] or None for key in ("extra_amount", "item_amount")},
            "who": _who(ws, row),
            "why": _t(ws, "stopped") if row["fault"] else None,
        }
        for row in own.sort("attainment", "name", descending=[True, False], nulls_last=True).to_dicts()
    ]
    rows.append({"name": _t(ws, "total"), **{key: sum(row[key] or 0 for row in rows) or None for key in COLUMNS}})
    heads = [
        Column("name", _t(ws, "person"), note="who"),
        Column("quota_amount", _t(ws, "quota"), "money"),
        Column("attainment", _t(ws, "attained"), "heat", digits=1),
        *(
            Column(key, _t(ws, key.removesuffix("_amount")), "money", signed=key == "item_amount", better="none")
            for key in COLUMNS[:3]
        ),
        Column("paid_amount", _t(ws, "paid_out"), "money", strong=True, note="why"),
    ]
    above = f"<h2>{escape(_t(ws, 'table'))}</h2><p class='who'>{escape(_t(ws, 'who'))}</p>"
    return f'<section class="team">{above}{table(rows, heads, words=ws.words, total=True).html}</section>'


def _who(ws: Workspace, row: dict[str, Any]) -> str:
    return " · ".join(filter(None, (ws.words.name("incentives.roles", row["role"]), row["plan"])))


def _waiting(ws: Workspace, own: pl.DataFrame) -> str:
    """Whose payment is stopped, and what has to be done."""
    faults = own.filter(pl.col("fault").is_not_null()).select("name", "fault").rows()
    rows = "".join(f'<li>{escape(name)}: <span lang="en">{escape(fault)}</span></li>' for name, fault in faults)
    return f'<section><h2>{escape(_t(ws, "waiting"))}</h2><ul class="note">{rows}</ul></section>' if rows else ""
