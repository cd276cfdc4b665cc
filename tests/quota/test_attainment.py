"""Attainment to date: pace by season, projection, coverage, teams; each undefined figure says why."""

from datetime import date

import polars as pl
import pytest

from revops.periods import Period
from revops.quota import attainment as att
from revops.quota.shape import LEVEL, Shape

from .test_actuals import TREE, people


def quotas(*rows):
    """Quotas from (person, start, end, amount)."""
    full = [(r[0], "revenue", *r[1:]) for r in rows]
    schema = {
        "person_id": pl.String,
        "measure": pl.String,
        "start_on": pl.Date,
        "end_on": pl.Date,
        "quota_amount": pl.Int64,
    }
    return pl.DataFrame(full, schema=schema, orient="row")


def days(*rows):
    schema = {"person_id": pl.String, "moved_on": pl.Date, "amount": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


YEAR = quotas(("a", date(2026, 1, 1), date(2027, 1, 1), 1000))
SOLD = days(
    ("a", date(2025, 12, 31), 99),
    ("a", date(2026, 1, 1), 300),
    ("a", date(2026, 6, 30), 60),
    ("a", date(2026, 7, 1), 500),
)


def one(frame):
    assert frame.height == 1
    return frame.row(0, named=True)


def test_attainment_to_date_with_pace_projection_and_coverage():
    row = one(att.attainment(YEAR, SOLD, date(2026, 6, 30), LEVEL, {"a": 320}))
    assert (row["actual_amount"], row["attainment"], row["pace"]) == (360, 0.36, 0.5)
    assert (row["projected_amount"], row["projected"], row["gap_amount"], row["coverage"]) == (720, 0.72, 640, 0.5)
    assert row["against_pace"] == pytest.approx(-0.14)
    assert row["reason"] is None


def test_pace_is_by_season_not_by_days():
    winter = Shape((60,) + (0,) * 5 + (40,) + (0,) * 5)
    row = one(att.attainment(YEAR, SOLD, date(2026, 6, 30), winter))
    assert (row["pace"], row["projected_amount"]) == (0.6, 600)


def test_people_who_work_without_deals_have_no_coverage():
    row = one(att.attainment(YEAR, SOLD, date(2026, 6, 30)))
    assert (row["pipeline_amount"], row["coverage"], row["reason"]) == (None, None, "no_pipeline")
    assert one(att.attainment(YEAR, SOLD, date(2026, 6, 30), LEVEL, {"a": 0}))["coverage"] == 0


@pytest.mark.parametrize(
    ("quota", "as_of", "reason", "attainment", "coverage"),
    [
        (360, date(2026, 6, 30), "met", 1.0, None),
        (361, date(2026, 6, 30), None, 360 / 361, 320.0),
        (0, date(2026, 6, 30), "no_quota", None, None),
        (-5, date(2026, 6, 30), "no_quota", None, None),
        (500, date(2025, 12, 31), "not_begun", 0.0, 320 / 500),
    ],
)
def test_an_undefined_figure_says_why(quota, as_of, reason, attainment, coverage):
    record = YEAR.with_columns(quota_amount=pl.lit(quota, pl.Int64))
    row = one(att.attainment(record, SOLD, as_of, LEVEL, {"a": 320}))
    assert (row["reason"], row["attainment"], row["coverage"]) == (reason, attainment, coverage)
    assert (row["projected_amount"] is None) == (reason == "not_begun")


IRREGULAR = quotas(
    ("a", date(2026, 1, 5), date(2026, 3, 2), 100),
    ("a", date(2026, 3, 2), date(2026, 6, 20), 200),
    ("a", date(2026, 6, 20), date(2026, 9, 1), 400),
    ("a", date(2026, 9, 1), date(2026, 12, 1), 0),
)


def test_each_quota_period_counts_its_own_days():
    amounts = {"01-04": 1, "01-05": 10, "03-01": 20, "03-02": 50, "06-20": 7, "07-01": 1000}
    sold = days(*(("a", date.fromisoformat(f"2026-{day}"), amount) for day, amount in amounts.items()))
    got = att.by_period(IRREGULAR, sold, date(2026, 6, 30))
    assert got.select("start_on", "actual_amount", "attainment", "is_complete").rows() == [
        (date(2026, 1, 5), 30, 0.3, True),
        (date(2026, 3, 2), 50, 0.25, True),
        (date(2026, 6, 20), 7, 7 / 400, False),
    ]


def test_a_quota_of_nothing_has_no_attainment_but_a_reason():
    got = att.by_period(IRREGULAR, days(), date(2026, 9, 1))
    assert got.select("actual_amount", "attainment", "reason").row(-1) == (0, None, "no_quota")


def test_the_quota_periods_of_a_year_are_those_that_begin_in_it():
    assert att.quota_window(IRREGULAR, Period.parse("2026", 7))["quota_amount"].to_list() == [100, 200, 400]
    assert att.quota_window(IRREGULAR, Period.parse("2027", 7))["quota_amount"].to_list() == [0]
    assert att.quota_window(IRREGULAR, Period.parse("2025", 7)).height == 0


def test_pace_of_several_periods_leaves_out_the_days_between():
    gap = quotas(("a", date(2026, 1, 1), date(2026, 2, 1), 1), ("a", date(2026, 12, 1), date(2027, 1, 1), 1))
    assert one(att.attainment(gap, days(), date(2026, 6, 30)))["pace"] == 0.5


DEALS = pl.DataFrame(
    [
        (date(2026, 5, 31), "d1", "a", 999, date(2026, 6, 30), False),
        (date(2026, 6, 30), "d1", "a", 10, date(2026, 6, 1), False),
        (date(2026, 6, 30), "d2", "a", 20, date(2026, 12, 31), False),
        (date(2026, 6, 30), "d3", "a", 40, date(2027, 1, 1), False),
        (date(2026, 6, 30), "d4", "a", 80, date(2026, 7, 1), True),
        (date(2026, 6, 30), "d5", "a", None, date(2026, 7, 1), False),
        (date(2026, 6, 30), "d6", None, 5, date(2026, 7, 1), False),
        (date(2026, 7, 31), "d2", "a", 7, date(2026, 12, 31), False),
    ],
    schema=["snapshot_on", "opportunity_id", "person_id", "amount", "close_on", "is_closed"],
    orient="row",
)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (date(2026, 7, 30), {"a": 30}),
        (date(2026, 7, 31), {"a": 7}),
        (date(2026, 5, 31), {"a": 999}),
        (date(2026, 5, 30), {}),
    ],
)
def test_open_pipeline_is_the_last_snapshots(as_of, expected):
    assert att.open_pipeline(DEALS, as_of, date(2027, 1, 1)) == expected


def test_an_owner_without_a_deal_that_is_due_has_none():
    assert att.open_pipeline(DEALS, date(2026, 6, 30), date(2026, 6, 1)) == {"a": 0}


def test_a_managers_pipeline_is_the_teams():
    assert att.roll_up_pipeline({"a": 30, "south": 1}, TREE, date(2026, 6, 30)) == {"a": 30, "south": 31, "boss": 31}


def test_teams_are_paths_and_a_move_takes_only_what_comes_after():
    record = quotas(
        ("a", date(2026, 1, 1), date(2026, 1, 15), 100),
        ("a", date(2026, 1, 15), date(2026, 2, 1), 60),
        ("north", date(2026, 1, 1), date(2026, 2, 1), 999),
    )
    sold = days(("a", date(2026, 1, 14), 5), ("a", date(2026, 1, 15), 7))
    got = att.by_team(record, sold, TREE, {"north", "south", "boss"}, date(2026, 1, 31))
    assert got.rows() == [("S", 1, 160, 12), ("S/North", 2, 100, 5), ("S/South", 2, 60, 7)]


def test_teams_of_the_same_name_stay_two():
    same = people(("a", date(2020, 1, 1), None, "EU/DACH", None), ("b", date(2020, 1, 1), None, "World/DACH", None))
    record = quotas(("a", date(2026, 1, 1), date(2027, 1, 1), 1), ("b", date(2026, 1, 1), date(2027, 1, 1), 2))
    got = att.by_team(record, days(), same, set(), date(2026, 1, 31))
    assert got.select("team", "quota_amount").rows() == [("EU", 1), ("EU/DACH", 1), ("World", 2), ("World/DACH", 2)]


def test_faulty_quotas_are_told():
    record = quotas(("a", date(2026, 1, 1), date(2026, 3, 1), 0), ("a", date(2026, 2, 1), date(2026, 4, 1), 5))
    assert [str(problem) for problem in att.scan_quotas(record)] == [
        "quotas, a, 2026-01-01: found quota 0, expected a quota above 0. Next: correct the quota.",
        "quotas, a, 2026-02-01: found a quota that still runs until 2026-03-01, expected one quota a day. "
        "Next: end the earlier quota on 2026-02-01.",
    ]
