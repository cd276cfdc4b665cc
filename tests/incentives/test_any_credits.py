"""Credits of any orders, splits and hierarchies: the engine equals the reference, and nothing is credited twice."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from . import test_crediting
from .test_crediting import TOLD, Row, by_engine, by_reference

many = settings(max_examples=25, suppress_health_check=list(HealthCheck))
WHO = sorted(TOLD["people"])
SPLITS = [{}, {"ann": "60%", "bob": "40%"}, {"ann": 0.333333334, "bob": 0.333333333, "cid": 0.333333333},
          {"ann": "50%", "lead": "50%"}, {"ann": "60%", "bob": "39%"}]  # fmt: skip


@st.composite
def orders(draw: st.DrawFn) -> Row:
    """Orders of a fortnight, some shared, some with returns in pieces, and somebody who changes teams."""
    rows: list[list[Any]] = []
    for order in draw(st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=5, unique=True)):
        on = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 14)))
        amount = draw(st.integers(1, 10**6))
        more = {
            "channel": draw(st.sampled_from(["Online", "Shop", None])),
            "region": draw(st.sampled_from(["North", "South"])),
            "group": draw(st.sampled_from(["Fans", "Pans"])),
        }
        seller = draw(st.sampled_from([*WHO, None]))
        rows.append([on, order, amount / 100, seller, more])
        for part in draw(st.lists(st.integers(1, 50), max_size=2)):
            back = -(amount * part // 100) / 100
            rows.append([on + timedelta(days=draw(st.integers(0, 9))), order, back, seller, more])
    splits = {order: shares for order in "ABCDE" if (shares := draw(st.sampled_from(SPLITS)))}
    moved = {"ann": {"since": date(2026, 1, 8), "manager": draw(st.sampled_from(["lead", "chief", None]))}}
    return {"orders": rows, "splits": splits, "moved": moved if draw(st.booleans()) else {}}


@many
@given(orders())
def test_every_line_is_the_references(told: Row) -> None:
    test_crediting.test_the_engine_gives_every_line_of_the_reference(told)


@many
@given(orders())
def test_direct_and_split_credits_sum_to_the_order(told: Row) -> None:
    valid = {order for order, shares in told["splits"].items() if "39%" not in shares.values()}
    sums: dict[str, int] = {}
    for movement, rule, amount in by_engine(told).select("order_id", "rule", "credit_amount").rows():
        if rule in ("direct", "split"):
            sums[movement] = sums.get(movement, 0) + amount
    expected: dict[str, int] = {}
    for _, order, amount, seller, _ in told["orders"]:
        if (order in told["splits"] and order in valid) or (order not in told["splits"] and seller):
            expected[order] = expected.get(order, 0) + int(Decimal(str(amount)) * 100)
    assert sums == expected


@many
@given(orders())
def test_a_manager_is_credited_at_most_the_order(told: Row) -> None:
    amounts = {f"M{n}": abs(Decimal(str(row[2]))) for n, row in enumerate(told["orders"])}
    assert all(abs(row["amount"]) <= amounts[row["id"]] for row in by_reference(told) if row["rule"] == "rollup")
