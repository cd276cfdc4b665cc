"""Any plan, any events, arriving in any order: closed month by month, all periods together pay what is earned."""

import os
from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, assume, given, settings

from ..any_plan import FIRST, MONTHS, situations_of_any_plan
from ..as_book import by_engine
from ..reference.days import month_of
from ..told import Situation
from .months import Books

EXAMPLES = int(os.environ.get("REVOPS_FUZZ_EXAMPLES", "40"))
many = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)
LATE = st.lists(st.integers(0, 3), min_size=40, max_size=40)


def known(one: Situation, number: int, late: list[int]) -> Situation:
    """What a run of a month knows: events up to its end, each so many months later than it happened."""

    def seen(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        by = [month_of(FIRST, number + 1 - (late[n % 40] if number < MONTHS - 1 else 0)) for n in range(len(rows))]
        return [row for row, end in zip(rows, by, strict=True) if row["on"] < end]

    rows = {key: seen(one.person[key]) for key in ("credits", "units", "collected")}
    others = [{**other, "units": seen(other["units"])} for other in one.others]
    return replace(one, person={**one.person, **rows}, others=others, count=number + 1)


def closed_one_after_another(one: Situation, late: list[int]) -> tuple[int, int]:
    """What all periods paid, and what is still owed at the end."""
    books = Books()
    for number in range(MONTHS):
        months = [month for month in by_engine(known(one, number, late)) if month is not None]
        found = books.close(months, month_of(FIRST, number))
        assert found.left == found.right
        assert all((month.paid or 0) >= 0 for month in found.months)
    rows = books.every("pay_versions")
    own = rows.filter(rows["before_version"].is_null())
    last = own.filter(month_on=month_of(FIRST, MONTHS - 1))
    return own["paid_amount"].sum(), last["owed_out_amount"].sum()


@many
@given(situations_of_any_plan(), LATE)
def test_any_order_of_arrival_pays_the_same_total(one: Situation, late: list[int]) -> None:
    at_once = [month for month in by_engine(known(one, MONTHS - 1, late)) if month is not None]
    assume(not any(month.problems for month in at_once))
    paid, owed = closed_one_after_another(one, late)
    assert paid + owed == sum(month.paid or 0 for month in at_once)


@many
@given(situations_of_any_plan())
def test_with_nothing_late_no_period_pays_a_difference(one: Situation) -> None:
    at_once = [month for month in by_engine(known(one, MONTHS - 1, [0])) if month is not None]
    assume(not any(month.problems for month in at_once))
    paid, owed = closed_one_after_another(one, [0] * 40)
    assert (paid, owed) == (sum(month.paid or 0 for month in at_once), 0)
