"""By which rule and row a movement is credited to somebody, and to whom else: what stands behind a credit line."""

from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl

from revops.incentives import reasons
from revops.incentives.hierarchy import chain
from revops.money import RATE_SCALE
from revops.workspace import Workspace

Row = tuple[str, str]


def told(ws: Workspace, row: dict[str, Any], ledger: pl.DataFrame) -> list[Row]:
    """The rows that gave the credit of a pay line; `ledger`: all credit lines of its movement."""
    people = _held(ws.read("people"), row["moved_on"])
    who, rule = row["person_id"], row["rule"]
    if rule == "split":
        rows = _split(ws, row, people)
    elif rule == "rollup":
        rows = _reports(ws, row, people, ledger)
    elif rule in ("channel", "overlay"):
        rows = [_covers(ws, people[who])] if who in people else []
    else:
        rows = [_t(ws, "named", name=_name(people, who))]
    others = ledger.filter(~((pl.col("person_id") == who) & (pl.col("rule") == rule))).sort("rule", "person_id")
    also = [
        (_t(ws, "others", name=_name(people, line["person_id"]), rule=ws.words.t(f"incentives.rule.{line['rule']}")),
         ws.words.money_plain(line["credit_amount"]))
        for line in others.to_dicts()
    ]  # fmt: skip
    return [(text, "") for text in rows] + also


def _t(ws: Workspace, key: str, **values: Any) -> str:
    return str(ws.words.t(f"pay.explain.{key}", **values))


def _held(people: pl.DataFrame, day: date) -> dict[str, dict[str, Any]]:
    """The row of each person that holds on a day."""
    on = (pl.col("start_on") <= day) & (pl.col("end_on").is_null() | (pl.col("end_on") > day))
    return {row["person_id"]: row for row in people.filter(on).sort("person_id", "start_on").to_dicts()}


def _name(people: dict[str, dict[str, Any]], person: str) -> str:
    return f"{people[person]['name']} ({person})" if person in people else person


def _where(ws: Workspace, row: dict[str, Any]) -> str:
    return _t(ws, "at_row", file=row["file"], row=row["row"])


def _split(ws: Workspace, row: dict[str, Any], people: dict[str, dict[str, Any]]) -> list[str]:
    """Everybody's share of the order, by its row."""
    shares = ws.scan("credit_splits").filter(pl.col("order_id") == row["order_id"]).collect().sort("person_id")
    return [
        _t(ws, "split_at", name=_name(people, share["person_id"]), order=share["order_id"], where=_where(ws, share),
           share=reasons.rate(ws.words, Fraction(share["share"], RATE_SCALE)))
        for share in shares.to_dicts()
    ]  # fmt: skip


def _covers(ws: Workspace, held: dict[str, Any]) -> str:
    """What a channel manager or specialist covers on the day, by which row."""
    words = ws.words
    place = " · ".join(words.name("kpis.names", held[key]) for key in ("region", "channel") if held[key])
    place = place or _t(ws, "everywhere")
    last = words.date(held["end_on"]) if held["end_on"] else words.t("common.nothing")
    return _t(
        ws, "covers", name=_name({held["person_id"]: held}, held["person_id"]), where=_where(ws, held), last=last,
        role=words.name("incentives.roles", held["role"]), place=place, first=words.date(held["start_on"]),
    )  # fmt: skip


def _reports(ws: Workspace, row: dict[str, Any], people: dict[str, dict[str, Any]], ledger: pl.DataFrame) -> list[str]:
    """The line of managers from each credited person up to this one, each step by its row of people."""
    manager = {person: held["manager_id"] for person, held in people.items()}
    found = list[str]()
    for person in sorted(set(ledger.filter(pl.col("rule") != "rollup")["person_id"])):
        above = list(chain(manager, person))
        if row["person_id"] not in above:
            continue
        for below in [person, *above[: above.index(row["person_id"])]]:
            held = people[below]
            names = {"name": _name(people, below), "manager": _name(people, held["manager_id"])}
            found.append(_t(ws, "reports", day=ws.words.date(row["moved_on"]), where=_where(ws, held), **names))
    return list(dict.fromkeys(found))
