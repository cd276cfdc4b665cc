"""Attainment to date: pace by season, projection, coverage, teams, cells; each undefined figure says why."""

from datetime import date
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis.pipeline.funnel import last_export
from revops.periods import Period
from revops.quota.attainment import cells, deals, people, periods, scan_quotas, spans, teams
from revops.quota.attainment.interval import Interval
from revops.quota.attainment.spread import BANDS, Spread, quantile
from revops.quota.recorded import quota_of
from revops.quota.shape import LEVEL, Shape

from .test_actuals import TREE
from .test_actuals import people as people_of


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


# --- to date, pace, projection, gap, coverage ---------------------------------------------------------------------


def test_attainment_to_date_with_pace_projection_and_coverage():
    row = one(people.attainment(YEAR, SOLD, date(2026, 6, 30), LEVEL, {"a": (320, 160)}))
    assert (row["actual_amount"], row["attainment"], row["pace"]) == (360, 0.36, 0.5)
    assert (row["projected_amount"], row["projected"], row["gap_amount"]) == (720, 0.72, 640)
    assert (row["coverage"], row["weighted_coverage"]) == (0.5, 0.25)
    assert row["against_pace"] == pytest.approx(-0.14)
    assert row["reason"] is None


def test_pace_is_by_season_not_by_days():
    winter = Shape((60,) + (0,) * 5 + (40,) + (0,) * 5)
    row = one(people.attainment(YEAR, SOLD, date(2026, 6, 30), winter))
    assert (row["pace"], row["projected_amount"]) == (0.6, 600)


def test_the_interval_is_the_projection_times_its_bounds_each_rounded_once():
    known = {"a": Interval(Fraction(9, 10), Fraction(11, 7), None)}
    row = one(people.attainment(YEAR, SOLD, date(2026, 6, 30), LEVEL, None, known))
    assert (row["low_amount"], row["high_amount"], row["low"], row["interval_reason"]) == (648, 1131, 0.648, None)


@pytest.mark.parametrize(
    ("as_of", "interval", "reason"),
    [
        (date(2026, 6, 30), Interval(None, None, "short_history"), "short_history"),
        (date(2027, 1, 1), Interval(None, None, "complete"), "complete"),
        (date(2025, 12, 31), Interval(Fraction(1), Fraction(2), None), "not_begun"),
    ],
)
def test_an_interval_that_is_not_known_says_why(as_of, interval, reason):
    row = one(people.attainment(YEAR, SOLD, as_of, LEVEL, None, {"a": interval}))
    assert (row["low_amount"], row["high"], row["interval_reason"]) == (None, None, reason)


def test_people_who_work_without_deals_have_no_coverage():
    row = one(people.attainment(YEAR, SOLD, date(2026, 6, 30)))
    assert (row["pipeline_amount"], row["coverage"], row["reason"]) == (None, None, "no_pipeline")
    assert one(people.attainment(YEAR, SOLD, date(2026, 6, 30), LEVEL, {"a": (0, 0)}))["coverage"] == 0


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
    row = one(people.attainment(record, SOLD, as_of, LEVEL, {"a": (320, None)}))
    assert (row["reason"], row["attainment"], row["coverage"]) == (reason, attainment, coverage)
    assert (row["projected_amount"] is None) == (reason == "not_begun")


def test_pace_of_several_periods_leaves_out_the_days_between():
    gap = quotas(("a", date(2026, 1, 1), date(2026, 2, 1), 1), ("a", date(2026, 12, 1), date(2027, 1, 1), 1))
    sold = days(("a", date(2026, 1, 31), 7), ("a", date(2026, 2, 1), 100))
    row = one(people.attainment(gap, sold, date(2026, 6, 30)))
    assert (row["pace"], row["actual_amount"]) == (0.5, 7)


def test_periods_that_touch_are_one_stretch_and_a_contained_one_adds_no_day():
    record = quotas(
        ("a", date(2026, 1, 1), date(2026, 4, 1), 1),
        ("a", date(2026, 2, 1), date(2026, 3, 1), 1),
        ("a", date(2026, 4, 1), date(2026, 5, 1), 1),
        ("a", date(2026, 5, 2), date(2026, 6, 1), 1),
    )
    assert spans.spans_of(record) == {"a": ((date(2026, 1, 1), date(2026, 5, 1)), (date(2026, 5, 2), date(2026, 6, 1)))}


# --- the quota's own periods --------------------------------------------------------------------------------------

IRREGULAR = quotas(
    ("a", date(2026, 1, 5), date(2026, 3, 2), 100),
    ("a", date(2026, 3, 2), date(2026, 6, 20), 200),
    ("a", date(2026, 6, 20), date(2026, 9, 1), 400),
    ("a", date(2026, 9, 1), date(2026, 12, 1), 0),
)


def test_each_quota_period_counts_its_own_days():
    amounts = {"01-04": 1, "01-05": 10, "03-01": 20, "03-02": 50, "06-20": 7, "07-01": 1000}
    sold = days(*(("a", date.fromisoformat(f"2026-{day}"), amount) for day, amount in amounts.items()))
    got = periods.by_period(IRREGULAR, sold, date(2026, 6, 30))
    assert got.select("start_on", "actual_amount", "attainment", "is_complete").rows() == [
        (date(2026, 1, 5), 30, 0.3, True),
        (date(2026, 3, 2), 50, 0.25, True),
        (date(2026, 6, 20), 7, 7 / 400, False),
    ]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30), st.sampled_from("ab")), max_size=6),
    st.lists(st.tuples(st.integers(0, 90), st.integers(-9, 99), st.sampled_from("abc")), max_size=20),
    st.randoms(),
)
def test_sums_of_ranges_are_those_of_their_days_in_any_order(ranges, sold, chance):
    day0 = date(2026, 1, 1).toordinal()
    at = [(person, date.fromordinal(day0 + s), date.fromordinal(day0 + s + n), 1) for s, n, person in ranges]
    moved = [(person, date.fromordinal(day0 + n), amount) for n, amount, person in sold]
    expected = [sum(a for p, d, a in moved if p == who and start <= d < end) for who, start, end, _ in at]
    chance.shuffle(moved)
    assert spans.amount_in(quotas(*at), days(*moved)).to_list() == expected


def test_a_quota_of_nothing_has_no_attainment_but_a_reason():
    got = periods.by_period(IRREGULAR, days(), date(2026, 9, 1))
    assert got.select("actual_amount", "attainment", "reason").row(-1) == (0, None, "no_quota")


def test_the_quota_periods_of_a_year_are_those_that_begin_in_it():
    def window(year):
        return periods.quota_window(IRREGULAR, Period.parse(year, 7))["quota_amount"].to_list()

    assert (window("2025"), window("2026"), window("2027")) == ([], [100, 200, 400], [0])


def test_a_period_that_a_new_version_cuts_keeps_both_parts_and_their_own_days():
    """A year of 1,200 changed on 11 May: the former part by season, the rest as signed; their days never overlap."""
    whole, day = quotas(("a", date(2026, 1, 1), date(2027, 1, 1), 1200)), date(2026, 5, 11)
    parts = [quota_of(whole, *span, shape=LEVEL, by_days=False)["quota_amount"][0]
             for span in [(date(2026, 1, 1), day), (day, date(2027, 1, 1))]]  # fmt: skip
    assert (parts, sum(parts)) == ([432, 768], 1200)  # 4 10/31 of 12 months
    record = quotas(("a", date(2026, 1, 1), day, parts[0]), ("a", day, date(2027, 1, 1), 999))
    sold = days(("a", date(2026, 5, 10), 216), ("a", day, 333))
    got = periods.by_period(record, sold, date(2026, 6, 30))
    assert got["attainment"].to_list() == [0.5, 333 / 999]
    row = one(people.attainment(record, sold, date(2026, 6, 30)))
    assert (row["quota_amount"], row["actual_amount"], row["pace"]) == (1431, 549, 0.5)


def test_faulty_quotas_are_told():
    record = quotas(
        ("a", date(2026, 1, 1), date(2026, 6, 1), 0),
        ("a", date(2026, 2, 1), date(2026, 3, 1), 5),
        ("a", date(2026, 4, 1), date(2026, 5, 1), 5),
        ("a", date(2026, 6, 1), date(2026, 7, 1), 5),
    )
    late = "found a quota that still runs until 2026-06-01, expected one quota a day. Next: end the earlier quota on"
    assert [str(problem) for problem in scan_quotas(record)] == [
        "quotas, a, 2026-01-01: found quota 0, expected a quota above 0. Next: correct the quota.",
        f"quotas, a, 2026-02-01: {late} 2026-02-01.",
        f"quotas, a, 2026-04-01: {late} 2026-04-01.",
    ]


# --- deals --------------------------------------------------------------------------------------------------------

DEALS = pl.DataFrame(
    [
        (date(2026, 5, 31), "d1", "a", 999, date(2026, 6, 30), False, "Offer"),
        (date(2026, 6, 30), "d1", "a", 10, date(2026, 6, 1), False, "Offer"),
        (date(2026, 6, 30), "d2", "a", 20, date(2026, 12, 31), False, "Offer"),
        (date(2026, 6, 30), "d3", "a", 40, date(2027, 1, 1), False, "Offer"),
        (date(2026, 6, 30), "d4", "a", 80, date(2026, 7, 1), True, "Won"),
        (date(2026, 6, 30), "d5", "a", None, date(2026, 7, 1), False, "Offer"),
        (date(2026, 6, 30), "d6", None, 5, date(2026, 7, 1), False, "Offer"),
        (date(2026, 7, 31), "d2", "a", 7, date(2026, 12, 31), False, "Talk"),
    ],
    schema=["snapshot_on", "opportunity_id", "person_id", "amount", "close_on", "is_closed", "stage"],
    orient="row",
).with_columns(
    *(pl.lit(None, pl.String).alias(c) for c in ("region", "product_group", "lead_source", "account_id")),
    probability=pl.lit(None, pl.Int64),
)
# one of two deals that came to Offer and closed before was won
STOOD = pl.DataFrame({
    "stage": ["Offer", "Offer"], "closed_on": [date(2026, 2, 1)] * 2, "is_won": [True, False], "amount": [1, 1],
})  # fmt: skip


def covered(as_of, end=date(2027, 1, 1)):
    export = last_export(DEALS, as_of)
    return deals.due(deals.open_deals(export, STOOD, date(2026, 8, 1)), {"a": end})


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (date(2026, 7, 30), {"a": (30, 15)}),
        (date(2026, 7, 31), {"a": (7, None)}),  # nobody ever closed from Talk
        (date(2026, 5, 31), {"a": (999, 500)}),
        (date(2026, 5, 30), {}),
    ],
)
def test_open_deals_are_the_last_exports_also_weighted_by_their_stages_win_rate(as_of, expected):
    assert covered(as_of) == expected


def test_an_owner_without_a_deal_that_is_due_has_none():
    assert covered(date(2026, 6, 30), end=date(2026, 6, 1)) == {"a": (0, 0)}


def test_a_managers_deals_are_the_teams():
    own = deals.open_deals(last_export(DEALS, date(2026, 6, 30)), STOOD, date(2026, 8, 1))
    rows = deals.with_teams(own, TREE, date(2026, 6, 30))
    got = deals.due(rows, dict.fromkeys(["a", "south", "boss", "north"], date(2027, 1, 1)))
    assert got == {"a": (30, 15), "south": (30, 15), "boss": (30, 15)}


# --- teams --------------------------------------------------------------------------------------------------------


def test_teams_are_paths_and_a_move_takes_only_what_comes_after():
    record = quotas(
        ("a", date(2026, 1, 1), date(2026, 1, 15), 100),
        ("a", date(2026, 1, 15), date(2026, 2, 1), 60),
        ("north", date(2026, 1, 1), date(2026, 2, 1), 999),
    )
    sold = days(("a", date(2026, 1, 14), 5), ("a", date(2026, 1, 15), 7))
    got = teams.by_team(record, sold, TREE, {"north", "south", "boss"}, date(2026, 1, 31))
    assert got.rows() == [("S", 1, 160, 12), ("S/North", 2, 100, 5), ("S/South", 2, 60, 7)]


def test_teams_of_the_same_name_stay_two():
    same = people_of(("a", date(2020, 1, 1), None, "EU/DACH", None), ("b", date(2020, 1, 1), None, "World/DACH", None))
    record = quotas(("a", date(2026, 1, 1), date(2027, 1, 1), 1), ("b", date(2026, 1, 1), date(2027, 1, 1), 2))
    got = teams.by_team(record, days(), same, set(), date(2026, 1, 31))
    assert got.select("team", "quota_amount").rows() == [("EU", 1), ("EU/DACH", 1), ("World", 2), ("World/DACH", 2)]


def test_several_rows_of_one_person_count_a_quota_and_a_sale_once():
    moved = people_of(*(("a", date(2026, month, 1), date(2026, month + 1, 1), "S", None) for month in (1, 2, 3)))
    record = quotas(("a", date(2026, 1, 1), date(2026, 4, 1), 100))
    sold = days(("a", date(2026, 2, 1), 30))
    assert teams.by_team(record, sold, moved, set(), date(2026, 3, 31)).rows() == [("S", 1, 100, 30)]


# --- territories and product groups -------------------------------------------------------------------------------


def sales(*rows):
    """Credited sales from (person, account, channel, region, product group, amount)."""
    names = ["person_id", "account_id", "channel", "region", "product_group"]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String) | {"amount": pl.Int64}, orient="row")


OWNERS = pl.DataFrame({"account_id": ["x", "y", "z"], "person_id": ["a", "a", None]})
BEFORE = sales(
    ("gone", "x", "Dealers", "N", "Fans", 300),  # an account speaks for its owner of today
    ("a", "y", "Dealers", "N", "Pots", 100),
    ("a", None, "Stores", "N", "Fans", 999),  # of the owner's former role
    ("s", None, "Stores", "S", "Fans", 50),
)
NOW = sales(
    ("a", "x", "Dealers", "N", "Fans", 40),
    (None, None, "Web", None, "Pots", 7),
    ("new", None, "Stores", "S", "Pots", 9),
)


def test_a_quota_is_shared_over_what_its_accounts_brought_the_year_before():
    got = cells.by_sale({"a": 1001, "s": 10, "new": 20, "idle": 5}, OWNERS, BEFORE, NOW)
    assert got.rows() == [
        ("x", "Dealers", "N", "Fans", 751, 40),
        ("y", "Dealers", "N", "Pots", 250, 0),
        (None, "Stores", "S", "Fans", 10, 0),
        (None, "Stores", "S", "Pots", 20, 9),  # joined this year: this year's sales tell
        (None, "Web", None, "Pots", 0, 7),
        (None, None, None, None, 5, 0),  # nothing tells: it stands apart
    ]


@given(st.integers(0, 10**12), st.lists(st.integers(-50, 10**9), min_size=1, max_size=5), st.randoms())
def test_shared_quotas_and_sales_sum_back_in_any_order_of_rows(goal, amounts, chance):
    rows = [("a", f"acc{i}", "Dealers", "N", "Fans", amount) for i, amount in enumerate(amounts)]
    owners = pl.DataFrame({"account_id": [row[1] for row in rows], "person_id": ["a"] * len(rows)})
    got = cells.by_sale({"a": goal}, owners, sales(*rows), sales(*rows))
    assert (got["quota_amount"].sum(), got["actual_amount"].sum()) == (goal, sum(amounts))
    chance.shuffle(rows)
    assert got.equals(cells.by_sale({"a": goal}, owners, sales(*rows), sales(*rows)))


def test_attainment_by_any_dimension_sums_first_and_divides_then():
    got = cells.by_dimensions(cells.by_sale({"a": 80, "s": 10}, OWNERS, BEFORE, NOW), ["product_group"])
    assert got.rows() == [("Fans", 70, 40, 40 / 70, None), ("Pots", 20, 16, 0.8, None)]
    regions = cells.by_dimensions(cells.by_sale({"a": 80}, OWNERS, BEFORE, NOW), ["region"])
    assert regions.rows()[-1] == (None, 0, 7, None, "no_quota")


# --- distribution -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "band"), [(0.4999, 0), (0.5, 1), (0.7999, 1), (0.8, 2), (1.0, 3), (1.1999, 3), (1.2, 4)]
)
def test_each_band_begins_with_its_bound(share, band):
    assert Spread.of([share]).counts == tuple(int(place == band) for place in range(len(BANDS) + 1))


def test_nobody_has_no_median():
    nobody = Spread.of([None])
    assert (nobody.low, nobody.median, nobody.high, nobody.people, nobody.unknown) == (None, None, None, 0, 1)


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=30))
def test_half_of_all_lie_on_each_side_of_the_median(thousandths):
    shares = [share / 1000 for share in thousandths]
    spread = Spread.of(shares)
    assert spread.people == len(shares)
    assert min(shares) <= quantile(sorted(shares), 0.25) <= spread.median + 1e-9
    assert sum(share <= spread.median + 1e-9 for share in shares) >= len(shares) / 2
