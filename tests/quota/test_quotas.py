"""How much, to whom, how: worked numbers, exact sums at every node and month, refusals."""

from datetime import date
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.money import rate_units
from revops.periods import Period
from revops.problems import InputError
from revops.quota.allocation import Member, by_month, carry_down, check_tree, to_step
from revops.quota.bases import Base, base_year, starts
from revops.quota.quotas import Knobs, Totals, last_year, market, propose, quota_of, three_years
from revops.quota.shape import LEVEL, Shape, seasonality

Y2026, Y2027 = Period.parse("2026"), Period.parse("2027")


@pytest.mark.parametrize(
    ("amount", "growth", "expected"),
    [(1_200_000, "8%", 1_296_000), (1_200_000, "0%", 1_200_000), (5, "10%", 6), (-1_200_000, "8%", -1_296_000)],
)
def test_last_year_plus_growth(amount, growth, expected):
    assert last_year(amount, rate_units(growth)) == expected


def test_average_of_three_years_in_cents():
    assert three_years([90_000_000, 100_000_000, 120_000_000]) == 103_333_333


def test_market_growth_times_share_gain():
    assert market({"all": 1_200_000}, {None: rate_units("5%")}, rate_units("2%")) == 1_285_200


def test_market_growth_by_product_group_where_there_is_one():
    growth = {None: rate_units("5%"), "Fans": rate_units("-10%")}
    assert market({"Fans": 1_000, "Water": 1_000}, growth, 0) == 900 + 1_050


def test_month_shape():
    quarter = Shape((8, 9, 10, 13) + (0,) * 8)
    months = Y2026.months[:4]
    assert quarter.spread(1_000_000, months) == [200_000, 225_000, 250_000, 325_000]
    assert quarter.spread(-1_000_000, months) == [-200_000, -225_000, -250_000, -325_000]
    assert quarter.spread(1_000_000, months, step=100_000) == [200_000, 200_000, 300_000, 300_000]


def test_months_without_any_weight_share_alike():
    assert Shape((1,) + (0,) * 11).spread(9, Y2026.months[3:6]) == [3, 3, 3]


def test_seasonality_is_read_by_product_group_and_for_all():
    months = pl.DataFrame(
        {
            "month_on": [date(2025, 1, 1), date(2025, 2, 1), date(2025, 2, 1), date(2026, 1, 1)],
            "product_group": ["Fans", "Fans", "Water", "Fans"],
            "amount": [10, 30, -5, 999],
        }
    )
    shapes = seasonality(months, date(2025, 1, 1), date(2026, 1, 1))
    assert shapes["Fans"].weights[:3] == (10, 30, 0)
    assert shapes[None].weights[:3] == (10, 25, 0)
    assert shapes["Water"] is LEVEL  # it only lost money: flat, and it says so
    assert seasonality(months, date(2020, 1, 1), date(2021, 1, 1))[None].is_flat


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-03-30", "2025"), ("2026-03-31", "2026"), ("2026-12-31", "2026")],
)
def test_base_year_needs_a_quarter_of_the_year(day, expected):
    assert base_year(date.fromisoformat(day), 1, LEVEL).name == expected


# --- carried down -----------------------------------------------------------------------------------------------


def test_same_names_under_two_parents_lose_nothing():
    members = [
        Member("all", "EU/DACH", "p1", 1),
        Member("all", "World/DACH", "p2", 1),
        Member("all", "World/DACH", "p3", 1),
    ]
    nodes = carry_down(301, members)
    assert {node.path: node.amount for node in nodes if node.level == 3 and node.person_id is None} == {
        ("all", "EU", "DACH"): 100,
        ("all", "World", "DACH"): 201,
    }
    assert sum(node.amount for node in nodes if node.person_id) == 301


def test_a_person_named_like_a_team_stays_a_person():
    nodes = carry_down(10, [Member("all", "A", "B", 1), Member("all", "A/B", "C", 1)])
    assert sorted((node.path, node.amount) for node in nodes if node.person_id) == [
        (("all", "A", "B"), 5),
        (("all", "A", "B", "C"), 5),
    ]
    checks = check_tree(nodes, by_month(nodes, Y2027.months, {}))
    assert checks["parents_that_differ"].to_list() == [0] * 53  # 4 levels and the people, and 4 levels a month


def test_all_zero_weights_are_refused():
    with pytest.raises(InputError, match="weights that are all zero"):
        carry_down(10, [Member("all", "A", "p", 0)])


names = st.sampled_from(["A", "B", "C"])
teams = st.lists(names, min_size=1, max_size=3).map("/".join)
claims = st.tuples(st.sampled_from(["Fans", "Water"]), teams, st.integers(0, 9), st.integers(0, 10**9))
trees = st.lists(claims, min_size=1, max_size=12, unique_by=lambda row: row[:3]).filter(
    lambda rows: any(row[3] for row in rows)
)
shapes = st.lists(st.integers(0, 50), min_size=12, max_size=12).map(lambda w: Shape(tuple(w)))


@given(st.integers(-(10**15), 10**15), trees, shapes, st.sampled_from([1, 1000]))
def test_every_parent_is_the_sum_of_its_children_at_every_node_and_month(amount, rows, shape, step):
    members = [Member(factor, team, f"p{number}", weight) for factor, team, number, weight in rows]
    top = to_step(amount, step)
    nodes = carry_down(top, members, step)
    months = by_month(nodes, Y2027.months, {None: shape}, step)
    checks = check_tree(nodes, months)
    assert checks["difference"].to_list() == [0] * checks.height
    assert checks["parents_that_differ"].sum() == 0
    assert months["quota_amount"].sum() == top
    assert months.filter(pl.col("quota_amount") % step != 0).height == 0


@given(st.integers(0, 10**12), trees, st.randoms())
def test_neither_the_order_of_rows_nor_the_sign_matters(amount, rows, dice):
    members = [Member(factor, team, f"p{number}", weight) for factor, team, number, weight in rows]
    nodes = carry_down(amount, members)
    again = list(members)
    dice.shuffle(again)
    assert carry_down(amount, again) == nodes
    assert [(n.path, -n.amount) for n in carry_down(-amount, members)] == [(n.path, n.amount) for n in nodes]


def test_a_tree_that_leaks_is_seen():
    nodes = carry_down(100, [Member("all", "A", "p", 1), Member("all", "B", "q", 1)])
    leaky = [node if node.person_id != "q" else type(node)(node.path, 49, "q") for node in nodes]
    checks = check_tree(leaky, by_month(nodes, Y2027.months, {}))
    assert checks.filter(pl.col("difference") != 0).select("level", "difference").rows() == [
        ("team 1", 1),
        ("person", -1),
    ]


# --- bases and rules --------------------------------------------------------------------------------------------


def base(person, team="S/North", first=date(2020, 1, 1), partial=(), **years):
    amounts = {year[1:]: parts for year, parts in years.items()}
    return Base(person, person, team, first, amounts, amounts.get("2026", {}), set(partial))


def test_people_without_history_start_from_their_teams_mean_and_are_listed():
    found = [
        base("old", y2026={"Fans": 100}),
        base("older", y2026={"Fans": 200}),
        base("new"),
        base("none", y2026={}),
        base("minus", y2026={"Fans": -5}),
        base("alone", team="S/South"),
    ]
    got = starts(found, ["2026"])
    assert {p: (s.amount, s.rule) for p, s in got.items()} == {
        "old": (100, "own"),
        "older": (200, "own"),
        "new": (150, "joiner"),
        "none": (150, "zero"),
        "minus": (150, "negative"),
        "alone": (150, "joiner"),
    }


def test_the_mean_of_the_years_a_person_has():
    found = [base("p", y2025={"Fans": 100}, y2026={"Fans": 201}), base("q", partial=["2026"], y2026={"Fans": 4})]
    got = starts(found, ["2024", "2025", "2026"])
    assert (got["p"].amount, got["p"].rule) == (Fraction(301, 2), "fewer_years")
    assert (got["q"].amount, got["q"].rule) == (4, "part_year")


FOUND = [base("a", y2026={"Fans": 600, "Water": 100}), base("b", y2026={"Fans": 0, "Water": 300})]
TOTALS = Totals({"2024": {"Fans": 900}, "2025": {"Fans": 1000}, "2026": {"Fans": 700, "Water": 500}})
YEARS = [Period.parse(year) for year in ("2024", "2025", "2026")]
KNOBS = Knobs(growth=rate_units("8%"), share_gain=rate_units("2%"), flat=rate_units("20%"))


def proposal(**changes):
    given_ = {"found": FOUND, "totals": TOTALS, "growth": {None: rate_units("5%")}, "knobs": KNOBS} | changes
    return propose(years=YEARS, shapes={None: LEVEL}, **given_)


def test_three_scenarios_and_the_flat_rule():
    got = proposal()
    assert {s.key: (s.letter, s.amount, s.by_person()) for s in got.scenarios} == {
        "last_year": ("A", 1296, {"a": 908, "b": 388}),
        "three_years": ("B", 1033, {"a": 723, "b": 310}),
        "market": ("C", 1285, {"a": 900, "b": 385}),
    }
    assert got.flat == {"a": 840, "b": 360}
    assert got.target == Y2027


def test_every_scenario_sums_at_every_node_and_month():
    for scenario in proposal().scenarios:
        checks = check_tree(scenario.nodes, scenario.months)
        assert checks["difference"].abs().sum() == 0
        assert checks.filter(pl.col("month_on").is_not_null())["month_on"].n_unique() == 12


def test_a_scenario_without_its_data_says_why():
    totals = Totals({"2026": TOTALS.years["2026"]})
    got = {s.key: s.why_not for s in proposal(totals=totals, growth={}).scenarios}
    assert got == {"last_year": "", "three_years": "needs_three_years", "market": "needs_market"}
    with pytest.raises(
        InputError, match=r"quota.chosen: found market \(needs_market\), expected one of last_year, three_years"
    ):
        proposal(growth={}).scenario("market")
    with pytest.raises(InputError, match=r"found markt \(no such scenario\)"):
        proposal().scenario("markt")


def test_a_negative_top_number_is_refused():
    with pytest.raises(InputError, match="scenario last_year: found the negative top number -1296"):
        proposal(totals=Totals({"2026": {"Fans": -1200}}))


def test_with_nobody_to_carry_it_no_scenario_can_be_had():
    got = proposal(found=[])
    assert [(s.amount, s.why_not) for s in got.scenarios] == [(None, "needs_people")] * 3
    assert got.flat == {}


def test_a_market_that_shrinks_moves_quota_to_the_others():
    got = proposal(growth={None: 0, "Fans": rate_units("-50%")}).scenario("market")
    assert (got.amount, got.by_person()) == (867, {"a": 496, "b": 371})  # (700 × 0.5 + 500) × 1.02, a 400 : b 300


# --- quotas of record -------------------------------------------------------------------------------------------


RECORD = pl.DataFrame(
    [
        ("a", "revenue", date(2026, 1, 1), date(2026, 4, 1), 1000),
        ("a", "revenue", date(2026, 4, 1), date(2026, 7, 1), 2000),
        ("a", "units", date(2026, 1, 1), date(2026, 4, 1), 5),
        ("b", "revenue", date(2026, 2, 15), date(2026, 3, 1), 140),
    ],
    schema=["person_id", "measure", "start_on", "end_on", "quota_amount"],
    orient="row",
)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2026, 1, 1), date(2026, 7, 1), [("a", 3000, 181), ("b", 140, 14)]),
        (date(2026, 1, 1), date(2026, 4, 1), [("a", 1000, 90), ("b", 140, 14)]),
        (date(2026, 2, 1), date(2026, 3, 1), [("a", 312, 28), ("b", 140, 14)]),  # 656 − 344
        (date(2026, 2, 22), date(2026, 2, 23), [("a", 11, 1), ("b", 10, 1)]),
        (date(2026, 7, 1), date(2026, 8, 1), []),
    ],
)
def test_quota_of_a_range(start, end, expected):
    assert quota_of(RECORD, start, end).rows() == expected


def test_quota_of_one_person_and_measure():
    assert quota_of(RECORD, date(2026, 1, 1), date(2026, 4, 1), "a", measure="units").rows() == [("a", 5, 90)]


def test_quota_by_season():
    shape = Shape((8, 9, 10) + (0,) * 9)
    got = [quota_of(RECORD, month, end, "a", shape=shape, by_days=False)["quota_amount"][0] for month, end in
           zip(Y2026.months[:3], Y2026.months[1:4], strict=True)]  # fmt: skip
    assert got == [296, 334, 370]
    assert sum(got) == 1000


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(1, 89), max_size=5))
def test_parts_of_a_quota_sum_to_it_however_it_is_cut(amount, cuts):
    record = RECORD.head(1).with_columns(quota_amount=pl.lit(amount, pl.Int64))
    days = [0, *sorted(set(cuts)), 90]
    first = date(2026, 1, 1).toordinal()
    spans = [(date.fromordinal(first + a), date.fromordinal(first + b)) for a, b in zip(days, days[1:], strict=False)]
    assert sum(quota_of(record, start, end)["quota_amount"][0] for start, end in spans) == amount
