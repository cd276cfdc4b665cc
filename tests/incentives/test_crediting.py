"""Who is credited with how much, three ways: the engine = the independent reference = what was typed by hand."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from revops.incentives import credits
from revops.incentives.plans import Plan
from revops.money import RATE_SCALE, rate_units

from . import frames
from .reference.crediting import credited
from .reference.days import day
from .told import full_plan

TOLD: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "situations" / "credits" / "credits.yaml").read_text(encoding="utf-8")
)
ROLES = {"seller": "direct", "boss": "rollup", "channel": "channel", "specialist": "overlay"}
PAYS = {"rollup": ["boss"], "channel": ["channel"], "overlay": [("specialist", {"group": ["Fans"]})]}
Row = dict[str, Any]
each = pytest.mark.parametrize("told", TOLD["situations"], ids=[told["name"] for told in TOLD["situations"]])


def people_of(told: Row) -> list[Row]:
    """The people of the file, and from a day on whom somebody then reports to."""
    rows = []
    for who, row in TOLD["people"].items():
        moved = told.get("moved", {}).get(who)
        rows.append({"id": who, **row, "end_on": moved["since"] if moved else None})
        if moved:
            rows.append({"id": who, **row, "manager": moved["manager"], "start_on": moved["since"]})
    return rows


def movements_of(told: Row) -> list[Row]:
    """Orders and what comes back of them, one line an order."""
    rows = []
    for n, order in enumerate(told["orders"]):
        on, name, amount, person, more = [*order, None, {}][:5] if len(order) == 3 else [*order, {}][:5]
        rows.append({"id": f"M{n}", "on": on, "order": name, "amount": amount, "person": person, **more})
    return rows


def by_reference(told: Row) -> list[Row]:
    return credited(movements_of(told), people_of(told), told.get("splits", {}), PAYS)


def by_engine(told: Row) -> pl.DataFrame:
    rows = [
        {
            "movement_id": row["id"], "moved_on": day(row["on"]), "order_id": row["order"], "line_id": row["order"],
            "person_id": row["person"], "net_amount": int(Decimal(str(row["amount"])) * 100),
            "kind": "sale" if row["amount"] >= 0 else "return", "channel": row.get("channel"),
            "region": row.get("region"), "product_group": row.get("group"),
        }
        for row in movements_of(told)
    ]  # fmt: skip
    held = [
        {"person_id": row["id"], "role": row["role"], "manager_id": row.get("manager"), "channel": row.get("channel"),
         "region": row.get("region"), "start_on": row.get("start_on", date(2020, 1, 1)), "end_on": row.get("end_on")}
        for row in people_of(told)
    ]  # fmt: skip
    shares = [
        (order, who, rate_units(str(share)) / RATE_SCALE)
        for order, of in told.get("splits", {}).items()
        for who, share in of.items()
    ]
    return credits.credit_lines(frames.movements(*rows), frames.people(*held), frames.splits(*shares), plans())


def plans() -> list[Plan]:
    where = {"specialist": {"where": {"product_group": "Fans"}}}
    return [
        Plan.model_validate(
            {**full_plan({"credit": kind, "scale": "whole", "rate": "1%", **where.get(role, {})}),
             "plan": role, "roles": [role]}
        )
        for role, kind in ROLES.items()
    ]  # fmt: skip


@each
def test_the_reference_gives_what_is_told(told: Row) -> None:
    found = dict[str, Decimal]()
    for row in by_reference(told):
        found[row["person"]] = found.get(row["person"], Decimal(0)) + row["amount"]
    assert found == {who: Decimal(str(amount)) for who, amount in told["credits"].items()}


@each
def test_the_engine_gives_every_line_of_the_reference(told: Row) -> None:
    expected = {(row["id"], row["person"], row["rule"]): int(row["amount"] * 100) for row in by_reference(told)}
    found = by_engine(told).select("movement_id", "person_id", "rule", "credit_amount").rows()
    assert {row[:3]: row[3] for row in found} == expected
