"""Scenarios as if in earlier years: which years, which months, whose quotas, and what is left out."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import duckdb
import polars as pl
import pytest
from tests.quota.grounds import KNOBS, base, ground

from revops import quota
from revops.money import round_ratio
from revops.periods import Period
from revops.planning import Quota
from revops.quota.compare import FLAT, Backtest, backtest
from revops.quota.compare.backtest import OUTCOMES, months_over, outcomes, years_tested
from revops.quota.compare.scores import Outcome, Score
from revops.workspace import open_workspace

A = {"key": "a", "how_much": {"method": "last_year"}}
PAY = {"curve": [["0%", "0%"], ["100%", "100%"]], "target": {"representative": 600}}
PEOPLE = {"p": None, "q": date(2026, 6, 15)}  # person: left_on


def _desk(sales, as_of=date(2026, 10, 31), settings=None, found=None):
    """p and q of one team, each 1,200 in 2025; `sales` as (person, day, amount); the rest of a desk as it is."""
    schema = {"person_id": pl.String, "moved_on": pl.Date, "amount": pl.Int64}
    days = pl.DataFrame(sales, schema=schema, orient="row")
    rows = [(p, date(2020, 1, 1), None, left, "S", "representative") for p, left in PEOPLE.items()]
    columns = {"person_id": pl.String, "start_on": pl.Date, "end_on": pl.Date, "left_on": pl.Date, "team": pl.String}
    people = pl.DataFrame(rows, schema=columns | {"role": pl.String}, orient="row")
    given = {"scenarios": [A], "chosen": "a"} | (settings or {})
    found = found or [base(person, "S", y2025={"Fans": 1200}) for person in PEOPLE]
    plan = ground(found, {"2025": {"Fans": 2400}}, given, potential={"p": 7})
    plan = replace(plan, years=[Period.parse(year) for year in ("2023", "2024", "2025")])
    company = SimpleNamespace(quota=Quota(**given), money_decimals=0)
    return SimpleNamespace(
        days=days, counted=lambda _: days, people=people, year=Period.of_month(as_of).fiscal_year,
        cut=date.fromordinal(as_of.toordinal() + 1), ws=SimpleNamespace(company=company), ground_at=lambda _: plan,
    )  # fmt: skip


START = ("p", date(2025, 1, 31), 1)  # detail covers 2025


def _row(desk, person, scenario="a", knobs=KNOBS):
    return outcomes(desk, knobs).filter(person_id=person, scenario=scenario).row(0, named=True)


@pytest.mark.parametrize(
    ("first", "as_of", "expected"),
    [
        (date(2025, 1, 31), date(2026, 10, 31), ["2026"]),
        (date(2025, 2, 1), date(2026, 10, 31), []),  # credited sales do not cover 2025
        (date(2024, 1, 5), date(2026, 10, 31), ["2025", "2026"]),
        (date(2024, 1, 5), date(2026, 1, 30), ["2025"]),  # no month of 2026 is over
        (date(2024, 1, 5), date(2026, 1, 31), ["2025", "2026"]),
    ],
)
def test_a_year_is_tested_where_sales_cover_the_year_before_and_a_month_of_it_is_over(first, as_of, expected):
    desk = _desk([("p", first, 1)], as_of)
    assert [year.name for year in years_tested(desk)] == expected


def test_without_sales_no_year_is_tested():
    found = backtest(_desk([]), KNOBS)
    assert (found.spans, found.outcomes.height, found.scores, found.recommended) == ([], 0, {}, None)
    assert found.outcomes.schema == pl.Schema(OUTCOMES)


@pytest.mark.parametrize(("cut", "count"), [("2026-10-31", 9), ("2026-11-01", 10), ("2027-02-01", 12)])
def test_months_count_when_they_are_over(cut, count):
    assert len(months_over(Period.parse("2026"), date.fromisoformat(cut))) == count


def test_quota_and_sales_are_of_the_same_months():
    desk = _desk([START, ("p", date(2026, 10, 31), 900), ("p", date(2026, 11, 1), 5000), ("p", date(2025, 12, 31), 7)])
    assert _row(desk, "p") == {
        "scenario": "a", "year": "2026", "person_id": "p", "months": 10, "quota_amount": 1080, "actual_amount": 900,
        "potential_amount": 7, "pay_amount": None,
    }  # fmt: skip


def test_who_left_is_held_to_whole_months_before_it():
    desk = _desk([START, ("q", date(2026, 5, 31), 500), ("q", date(2026, 6, 1), 70)])
    row = _row(desk, "q")
    assert (row["months"], row["quota_amount"], row["actual_amount"]) == (5, 540, 500)


def test_a_day_of_leaving_that_nobody_knew_does_not_make_the_quota_smaller():
    leaver = replace(base("q", "S", y2025={"Fans": 1200}), left_on=date(2026, 6, 15))
    found = [base("p", "S", y2025={"Fans": 1200}), leaver]
    assert _row(_desk([START], found=found), "q") == _row(_desk([START]), "q")


def test_the_flat_rule_is_tested_beside_on_the_same_months():
    assert _row(_desk([START]), "p", FLAT)["quota_amount"] == 1200  # 1,200 + 20 %, ten of twelve months


def test_pins_bounds_and_own_numbers_of_next_year_are_left_out():
    tops = {"tops": [{"product_group": "Fans", "amount": 9}], "most_change": "1%"}
    knobs = replace(KNOBS, pins={"p": 5}, locks=frozenset({"q"}), without=frozenset({"q"}))
    assert outcomes(_desk([START], settings=tops), knobs).equals(outcomes(_desk([START]), KNOBS))


def test_pay_is_a_years_pay_at_the_attainment_and_a_part_of_it_for_a_part_of_the_year():
    sales = [START, ("p", date(2026, 3, 1), 540), ("q", date(2026, 3, 1), 540)]
    desk = _desk(sales, settings={"pay": PAY})
    assert _row(desk, "p")["pay_amount"] == 300  # half of the quota of 1,080, half of 600
    assert _row(desk, "q")["pay_amount"] == 300  # all of the quota of five months, five tenths of 600


def test_scores_take_all_years_together_and_pay_as_the_mean_of_a_year():
    rows = [("a", year, "p", 12, 100, actual, None, pay) for year, actual, pay in (("2025", 90, 7), ("2026", 110, 10))]
    score = Backtest(pl.DataFrame(rows, schema=OUTCOMES, orient="row"), []).scores["a"]
    assert (score.people, score.reached, score.pay.value) == (2, 1, 9)  # 8.5, half away from zero
    assert score.spread == Score.of([Outcome(100, 90), Outcome(100, 110)]).spread


def _tested(**actual):
    rows = [
        (key, "2026", f"p{nr}", 12, 100, amount, None, None)
        for key, amounts in actual.items()
        for nr, amount in enumerate(amounts)
    ]
    return Backtest(pl.DataFrame(rows, schema=OUTCOMES, orient="row"), [])


def test_the_flat_rule_is_never_recommended_and_one_scenario_alone_is_no_choice():
    assert _tested(a=[80, 120], b=[90, 110], flat=[100, 100]).recommended == "b"
    assert _tested(a=[80, 120], flat=[100, 100]).recommended is None
    assert list(_tested(flat=[100], a=[80, 120], b=[90]).scores) == ["a", "b", "flat"]


def test_like_is_held_to_like_on_the_years_that_every_scenario_has():
    rows = [
        (key, year, "p", 12, 100, amount, None, None)
        for key, year, amount in [("a", "2025", 10), ("a", "2026", 100), ("b", "2026", 90), ("flat", "2025", 10)]
    ]
    found = Backtest(pl.DataFrame(rows, schema=OUTCOMES, orient="row"), [])
    assert found.years == {"2026"}
    assert {key: (score.people, score.reached) for key, score in found.scores.items()} == {"a": (1, 1), "b": (1, 0)}


ORDERS = """
    SELECT SalesPersonID::VARCHAR AS person_id, OrderDate::DATE AS day,
        (SubTotal::DECIMAL(28, 6) * 1000000)::BIGINT AS amount
    FROM read_csv('{folder}/SalesOrderHeader.csv', types = {{'SubTotal': 'VARCHAR'}}) WHERE SalesPersonID IS NOT NULL
"""


@pytest.mark.aw
def test_adventure_works_is_tested_on_two_fiscal_years_and_agrees_with_sql_over_its_files(aw_data, aw_loaded):
    ws = open_workspace("03_quota", "tests/adventureworks", "2014-05", build=str(aw_loaded))
    desk = quota.open_desk(ws)
    found = backtest(desk, quota.knobs_of(ws.company.quota, ws.company.money_decimals))
    assert [(year.name, len(months)) for year, months in found.spans] == [("2013", 12), ("2014", 11)]
    files = duckdb.connect()
    files.execute("CREATE VIEW orders AS " + ORDERS.format(folder=aw_data))
    whole = "SELECT sum(amount)::BIGINT FROM orders WHERE day >= '2011-07-01' AND day < '2012-07-01'"
    (base_year,) = files.execute(whole).fetchall()[0]
    asked = found.outcomes.filter(scenario="last_year", year="2013")["quota_amount"].sum()
    assert asked == round_ratio(base_year * 110, 100 * 10**6) * 10**6  # + 10 %, in whole dollars
    for year, start, end in (("2013", "2012-07-01", "2013-07-01"), ("2014", "2013-07-01", "2014-06-01")):
        sql = "SELECT person_id, sum(amount)::BIGINT FROM orders WHERE day >= $1 AND day < $2 GROUP BY person_id"
        came = dict(files.execute(sql, [start, end]).fetchall())
        rows = found.outcomes.filter(scenario="last_year", year=year)
        actual = dict(rows.select("person_id", "actual_amount").iter_rows())
        assert actual == {person: came.get(person, 0) for person in actual}
        assert len(actual) >= 13
