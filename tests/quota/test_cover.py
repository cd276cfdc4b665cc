"""Capacity against quota: the worked number, who counts as ramped, and what is unknown."""

from datetime import date
from fractions import Fraction
from types import SimpleNamespace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.quota.grounds import KNOBS, base, ground

from revops.planning import Quota
from revops.quota.compare import cover
from revops.quota.compare.cover import capacity
from revops.quota.quotas import propose


def test_ten_ramped_and_four_ramping_people_cover_nine_million_by_1_11():
    able = capacity([(10, 1_000_000, Fraction(85, 100)), (4, 1_000_000, Fraction(3, 8))])
    assert able == 10_000_000
    assert round(able / 9_000_000, 2) == 1.11


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 10**9), st.fractions(0, 1, max_denominator=1000))))
def test_capacity_is_the_sum_rounded_once(people):
    exact = sum((heads * amount * share for heads, amount, share in people), Fraction(0))
    assert abs(capacity(people) - exact) <= Fraction(1, 2)
    assert capacity(people) == capacity(people[::-1])


def _cover(productivity, ramped="85%", found=None, ramp=()):
    settings = {
        "scenarios": [{"key": "a", "how_much": {"method": "last_year", "growth": "0%"}}], "chosen": "a",
        "ramp": list(ramp), "capacity": {"productivity": productivity, "ramped": ramped},
    }  # fmt: skip
    found = found or [base("a", "S/North", y2026={"Fans": 600}), base("b", "S/South", y2026={"Fans": 300})]
    total = sum(sum(b.projected.values()) for b in found)
    proposal = propose(ground(found, {"2026": {"Fans": total}}, settings), KNOBS)
    roles = [(b.person_id, date(2020, 1, 1), "rep") for b in found if not b.is_vacant]
    people = pl.DataFrame(roles, schema=["person_id", "start_on", "role"], orient="row")
    company = SimpleNamespace(quota=Quota(**settings), money_decimals=0)
    rows = cover(SimpleNamespace(ws=SimpleNamespace(company=company), people=people), proposal, "a")
    return {row["team"]: row for row in rows.iter_rows(named=True)}


def test_by_team_and_for_the_company_last():
    rows = _cover({"rep": 600, "S/South": 200})
    assert list(rows) == ["S/North", "S/South", None]
    assert (rows["S/North"]["able_amount"], rows["S/South"]["able_amount"], rows[None]["able_amount"]) == (
        510,
        170,
        680,
    )
    assert [row["base_amount"] for row in rows.values()] == [600, 300, 900]
    assert rows["S/North"]["cover"] == 0.85
    assert rows[None]["cover"] == pytest.approx(680 / 900)


def test_a_ramping_person_brings_the_part_of_the_year_they_carry():
    ramp = ["0%", "25%", "50%", "75%"]  # mean of a year begun in January: 9.5 of 12 months
    late = [base("a", "S", y2026={"Fans": 600}), base("b", "S", first=date(2027, 1, 1), y2026={"Fans": 600})]
    row = _cover({"rep": 1200}, found=late, ramp=ramp)["S"]
    assert (row["ramped"], row["ramping"], row["able_amount"]) == (1, 1, 1020 + 950)


def test_a_vacancy_takes_the_role_of_a_colleague():
    found = [base("a", "S", y2026={"Fans": 600}), base("Vacancy", "S", vacant=True)]
    assert _cover({"rep": 1000}, "100%", found)["S"]["able_amount"] == 2000


def test_where_somebodys_productivity_is_not_declared_the_team_and_the_company_are_unknown():
    rows = _cover({"S/North": 600})
    assert rows["S/North"]["reason"] is None
    unknown = [rows["S/South"], rows[None]]
    assert [(row["cover"], row["reason"]) for row in unknown] == [(None, "no_productivity")] * 2
