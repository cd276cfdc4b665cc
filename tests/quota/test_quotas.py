"""Scenarios: what they ask, to whom it goes, when it is due; joiners, leavers, vacancies, limits; what is refused."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revops.money import rate_units
from revops.periods import Period
from revops.problems import InputError
from revops.quota.bases import base_year, starts
from revops.quota.carry import check, check_months
from revops.quota.quotas import propose
from revops.quota.recorded import quota_of
from revops.quota.shape import LEVEL, Shape

from .grounds import FOUND, KNOBS, base, ground

Y2026, Y2027 = Period.parse("2026"), Period.parse("2027")


def proposed(found=FOUND, knobs=None, **given_):
    return propose(ground(found, **given_), replace(KNOBS, **(knobs or {})))


def one(to_whom="history", found=FOUND, knobs=None, settings=None, **given_):
    """The one scenario: last year + 8 % to whom."""
    plan = {"key": "plan", "how_much": {"method": "last_year"}, "to_whom": to_whom}
    own = {"scenarios": [plan], "chosen": "plan"} | (settings or {})
    return proposed(found, knobs, settings=own, **given_).scenario("plan")


# --- what stands at the start -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-03-30", "2025"), ("2026-03-31", "2026"), ("2026-12-31", "2026")],
)
def test_base_year_needs_a_quarter_of_the_year(day, expected):
    assert base_year(date.fromisoformat(day), 1, LEVEL).name == expected


def test_people_without_history_start_from_their_teams_mean_and_are_listed():
    found = [
        base("old", y2026={"Fans": 100}),
        base("older", y2026={"Fans": 200}),
        base("new"),
        base("none", y2026={}),
        base("minus", y2026={"Fans": -5}),
        base("alone", team="S/South"),
        base("empty", vacant=True),
        base("after", vacant=True, y2026={"Fans": 90}),
    ]
    got = starts(found, ["2026"])
    assert {person: (start.amount, start.rule) for person, start in got.items()} == {
        "old": (100, "own"),
        "older": (200, "own"),
        "new": (130, "joiner"),
        "none": (130, "zero"),
        "minus": (130, "negative"),
        "alone": (130, "joiner"),
        "empty": (130, "vacancy"),
        "after": (90, "vacancy"),
    }
    listed = one(found=found[:3]).listed
    assert listed == {"old": [], "older": [], "new": ["joiner"]}


def test_the_mean_of_the_years_a_person_has():
    found = [base("p", y2025={"Fans": 100}, y2026={"Fans": 201}), base("q", partial=["2026"], y2026={"Fans": 4})]
    got = starts(found, ["2024", "2025", "2026"])
    assert (got["p"].amount * 2, got["p"].rule) == (301, "fewer_years")
    assert (got["q"].amount, got["q"].rule) == (4, "part_year")


# --- scenarios ----------------------------------------------------------------------------------------------------


def test_the_usual_scenarios_and_the_flat_rule():
    got = proposed()
    assert {s.key: (s.letter, s.amount, s.tops, s.by_person()) for s in got.scenarios} == {
        "last_year": ("A", 1296, {("Fans",): 756, ("Water",): 540}, {"a": 756 + 135, "b": 405}),
        "three_years": ("B", 1033, {("Fans",): 866, ("Water",): 167}, {"a": 866 + 42, "b": 125}),
        "market": ("C", 1285, {("Fans",): 750, ("Water",): 535}, {"a": 750 + 134, "b": 401}),
    }
    assert got.flat == {"a": 840, "b": 360}
    assert got.target == Y2027


def test_scenarios_are_declared_with_methods_shares_and_shapes():
    plan = {
        "key": "mine",
        "name": {"en": "mine"},
        "how_much": [{"method": "last_year", "growth": "0%", "weight": "50%"}, {"method": "mean", "weight": "50%"}],
        "to_whom": {"history": "60%", "potential": "40%"},
        "how": "equal",
    }
    got = proposed(settings={"scenarios": [plan], "chosen": "mine"}, potential={"a": 1, "b": 1}).scenario("mine")
    assert got.amount == 1117  # (1200 + 1033.33) ÷ 2
    assert got.months.filter(pl.col("person_id") == "b")["quota_amount"].unique().len() <= 2


def test_every_scenario_sums_at_every_node_and_month():
    got = proposed(knobs={"over": (0, rate_units("5%"))})
    for scenario in got.had:
        for rows in (check(scenario.carried), check_months(scenario.spread)):
            assert rows["parents_that_differ"].sum() == 0
        months, leaves = scenario.months, scenario.leaves
        assert months["base_amount"].sum() == leaves["base_amount"].sum() == scenario.amount
        assert sum(scenario.tops.values()) == scenario.amount == sum(scenario.base_by_person().values())
        assert months["quota_amount"].sum() == sum(scenario.by_person().values()) > scenario.amount


def test_a_scenario_without_its_data_says_why():
    got = {s.key: s.why_not for s in proposed(totals={"2026": {"Fans": 1200}}, growth={}).scenarios}
    assert got == {"last_year": "", "three_years": "needs_three_years", "market": "needs_market"}
    with pytest.raises(
        InputError, match=r"quota.chosen: found market \(needs_market\), expected one of last_year, three_years"
    ):
        proposed(growth={}).scenario("market")
    with pytest.raises(InputError, match=r"found markt \(no such scenario\) \(did you mean market\?\)"):
        proposed().scenario("markt")


def test_a_negative_top_number_is_refused():
    with pytest.raises(InputError, match="scenario last_year: found the negative top number -1,296,"):
        proposed(totals={"2026": {"Fans": -1200}})


def test_with_nobody_to_carry_it_no_scenario_can_be_had():
    got = proposed(found=[])
    assert [(s.amount, s.why_not) for s in got.scenarios] == [(None, "needs_people")] * 3
    assert got.flat == {}


def test_account_plans_stand_beside_the_base_year_of_who_has_none():
    plan = {"key": "plan", "how_much": {"method": "account_plans"}, "to_whom": "account_plans"}
    rules = {"settings": {"scenarios": [plan], "chosen": "plan"}, "totals": {"2026": {"Fans": 1000}}}
    assert proposed(twins(), plans={"a": 700}, **rules).scenario("plan").amount == 700 + 500
    assert proposed(twins(), plans={"a": 700, "b": 300}, **rules).scenario("plan").by_person() == {"a": 700, "b": 300}
    assert proposed(twins(), **rules).scenarios[0].why_not == "needs_plans"


def test_a_market_that_shrinks_moves_quota_to_the_others():
    got = proposed(growth={None: 0, "Fans": rate_units("-50%")}).scenario("market")
    assert (got.amount, got.tops) == (867, {("Fans",): 357, ("Water",): 510})  # (700 × 0.5 + 500) × 1.02


def test_factors_may_be_several_dimensions():
    found = [base("a", y2026={("Fans", "North"): 3}), base("b", y2026={("Fans", "South"): 1})]
    got = one(found=found, totals={"2026": {("Fans", "North"): 3, ("Fans", "South"): 1}},
              settings={"factors": ["product_group", "region"], "growth": "0%"}, knobs={"growth": 0})  # fmt: skip
    assert got.leaves.select("product_group", "region", "team", "person_id", "base_amount").rows() == [
        ("Fans", "North", "S/North", "a", 3),
        ("Fans", "South", "S/North", "b", 1),
    ]


def test_a_factor_may_have_its_own_number():
    got = one(settings={"tops": [{"product_group": "Fans", "amount": "296"}]})
    assert got.tops == {("Fans",): 296, ("Water",): 1000}


def test_weights_stay_plain_integers_however_odd_the_people():
    found = [base(f"p{i}", y2026={"Fans": 10**9 + 7 * i, "Water": 3**i % 1009}) for i in range(60)]
    known = {"potential": {f"p{i}": i + 1 for i in range(60)}, "totals": {"2026": {"Fans": 10**12, "Water": 10**6}}}
    got = one(found=found, to_whom={"history": "60%", "potential": "40%"}, **known)
    assert got.carried.tree.weight.dtype.kind == "i"


def test_rows_in_another_order_make_the_same_numbers():
    assert one(found=FOUND[::-1]).months.equals(one().months)


def test_a_step_rounds_the_company_and_everyone():
    got = one(knobs={"step": 100})
    assert (got.amount, got.by_person()) == (1300, {"a": 900, "b": 400})
    assert set(got.months["quota_amount"] % 100) == {0}


# --- joiners, leavers, vacancies ----------------------------------------------------------------------------------

TEN = {"totals": {"2026": {"Fans": 1000}}, "knobs": {"growth": 0}}


def twins(**other):
    return [base("a", y2026={"Fans": 500}), base("b", **{"y2026": {"Fans": 500}} | other)]


def test_who_leaves_carries_nothing_from_that_day_and_the_team_has_it():
    got = one(found=twins(left=date(2027, 7, 1)), **TEN)
    assert got.by_person() == {"a": 750, "b": 250}  # half of one half, none of the other
    late = got.months.filter((pl.col("person_id") == "b") & (pl.col("month_on") >= date(2027, 7, 1)))
    assert late["quota_amount"].to_list() == [0] * 6
    assert got.listed == {"a": [], "b": ["leaver"]}
    by_month = got.months.group_by("month_on").agg(pl.col("quota_amount").sum())["quota_amount"]
    assert set(by_month) == {83, 84}  # the team's months stay what they were


def test_new_people_are_ramped_by_months_of_service():
    got = one(found=twins(first=date(2027, 1, 1)), settings={"ramp": ["0%", "50%"]}, **TEN)
    assert got.by_person() == {"a": 556, "b": 444}  # January whole, two thirds of February
    first = got.months.filter(pl.col("person_id") == "b").sort("month_on")["quota_amount"].to_list()[:3]
    assert first[0] == 0 < first[1] < first[2]
    assert got.listed["b"] == ["ramp"]


def test_a_vacancy_carries_the_teams_mean_from_its_first_day():
    found = [*twins(), base("Vacancy", vacant=True, first=date(2027, 7, 1))]
    got = one(found=found, **TEN)
    assert got.by_person() == {"a": 417, "b": 416, "Vacancy": 167}
    assert got.listed["Vacancy"] == ["vacancy", "ramp"]


def test_who_is_planned_as_gone_leaves_the_number_to_the_others():
    got = proposed(found=twins(), knobs={"without": frozenset(["b"]), "growth": 0}, totals=TEN["totals"])
    assert got.scenario("last_year").by_person() == {"a": 1000}
    assert [b.person_id for b in got.bases] == ["a"]


# --- limits -------------------------------------------------------------------------------------------------------


def test_a_pin_holds_what_a_person_carries_over_all_factors():
    got = one(knobs={"pins": {"a": 801}})  # nobody else sells fans: 756 of them stay, 45 are water
    assert got.by_person() == {"a": 801, "b": 495}
    assert got.listed == {"a": ["pin"], "b": []}
    both = one(found=twins(), totals={"2026": {"Fans": 600, "Water": 400}}, knobs={"growth": 0, "pins": {"a": 700}})
    assert both.by_person() == {"a": 700, "b": 300}
    assert sum(both.base_by_person().values()) == 1000


def test_a_pin_stays_under_over_assignment_and_the_base_stands_apart():
    got = one(found=twins(), **TEN | {"knobs": {"growth": 0, "over": (rate_units("10%"),), "pins": {"a": 500}}})
    assert got.by_person()["a"] == 500
    assert sum(got.base_by_person().values()) == 1000


def test_a_lock_keeps_the_quota_of_record_else_the_base_year():
    rules = {"found": twins(), "totals": {"2026": {"Fans": 1000}}, "knobs": {"locks": frozenset("a")}}
    assert one(recorded={"a": 777}, **rules).by_person() == {"a": 777, "b": 303}
    assert one(**rules).by_person() == {"a": 500, "b": 580}


def test_least_and_most_change_are_on_the_persons_own_base():
    rules = {"to_whom": "potential", "potential": {"a": 1, "b": 99}, "found": twins(), **TEN}
    assert one(**rules).by_person() == {"a": 10, "b": 990}
    most = one(settings={"most_change": "20%"}, **rules)
    assert (most.by_person(), most.listed["b"]) == ({"a": 400, "b": 600}, ["most"])
    least = one(settings={"least_change": "-10%"}, **rules)
    assert (least.by_person(), least.listed["a"]) == ({"a": 450, "b": 550}, ["least"])


def test_a_least_change_above_the_greatest_is_refused_once():
    with pytest.raises(InputError) as error:
        one(found=twins(), settings={"least_change": "30%", "most_change": "10%"}, **TEN)
    assert len(error.value.problems) == 1
    assert "quota.least_change: found 30% above most_change 10%" in str(error.value)


def test_a_bound_lies_inside_by_steps():
    rules = {"to_whom": "potential", "potential": {"a": 1, "b": 99}, "found": twins(), "totals": TEN["totals"]}
    got = one(settings={"least_change": "-5%"}, knobs={"growth": 0, "step": 100}, **rules)
    assert got.by_person() == {"a": 500, "b": 500}  # 475 is no step, 500 is the first one inside


def test_a_pin_that_cannot_be_had_names_the_room_and_leaves_the_other_scenarios():
    with pytest.raises(InputError) as error:
        one(knobs={"pins": {"a": 1400}})
    assert str(error.value) == (
        "quota.pins, a: found 1,400 where 1,296 is asked of all who sell the same, "
        "expected 1,296 at most: 104 too much. Next: lower it by 104 or more."
    )
    got = proposed(knobs={"pins": {"a": 1290}})
    assert {s.key: s.why_not for s in got.scenarios} == {"last_year": "", "three_years": "limits", "market": "limits"}
    with pytest.raises(InputError, match="too much"):
        got.scenario("market")


def test_two_pins_that_only_together_are_too_much_name_the_limits():
    with pytest.raises(InputError, match=r"at least [\d,]+ needed \(pin .*, at most 1,296 available .* too much"):
        one(found=twins(), totals={"2026": {"Fans": 1200}}, knobs={"pins": {"a": 700, "b": 700}})


def test_a_negative_pin_is_refused_and_over_assignment_gives_a_pin_more_room():
    with pytest.raises(InputError, match="quota.pins, a: found -5, expected an amount of 0 or more"):
        one(knobs={"pins": {"a": -5}})
    rules = {"found": twins(), **TEN}
    more = {"growth": 0, "over": (rate_units("10%"),), "pins": {"a": 1100}}
    assert one(**rules | {"knobs": more}).by_person() == {"a": 1100, "b": 0}
    with pytest.raises(InputError, match="1,100 at most: 1 too much"):
        one(**rules | {"knobs": more | {"pins": {"a": 1101}}})


def test_bounds_are_on_the_base_year_whatever_years_the_history_is_shared_by():
    found = [base(p, y2024={"Fans": 100}, y2025={"Fans": 100}, y2026={"Fans": 400}) for p in "ab"]
    plan = {"key": "plan", "how_much": {"method": "last_year"}, "to_whom": "potential", "years": 3}
    rules = {"scenarios": [plan], "chosen": "plan", "most_change": "50%"}
    got = proposed(found, {"growth": 0}, settings=rules, potential={"a": 1, "b": 99}, totals={"2026": {"Fans": 800}})
    assert got.scenario("plan").by_person() == {"a": 200, "b": 600}  # 400 × 1.5, not the mean of 200 × 1.5


def test_pins_and_locks_of_people_who_carry_nothing_are_refused_together():
    with pytest.raises(InputError) as error:
        one(found=twins(), knobs={"pins": {"xx": 1}, "locks": frozenset("c")})
    assert str(error.value).splitlines() == [
        "quota.pins: found xx, expected someone who carries a quota. Next: correct the person.",
        "quota.locks: found c, expected someone who carries a quota. Next: correct the person.",
    ]


def test_the_blend_knob_sets_the_part_of_potential():
    rules = {"to_whom": {"history": "100%"}, "found": twins(), **TEN}
    plain = one(**rules | {"potential": {"a": 1, "b": 3}, "knobs": {"growth": 0, "blend": rate_units("40%")}})
    assert plain.by_person() == {"a": 500, "b": 500}  # it moves scenarios that weigh potential only
    rules |= {"to_whom": {"history": "60%", "potential": "40%"}, "potential": {"a": 1, "b": 3}}
    assert one(**rules).by_person() == {"a": 400, "b": 600}
    assert one(**rules | {"knobs": {"growth": 0, "blend": rate_units("100%")}}).by_person() == {"a": 250, "b": 750}


amounts = st.sampled_from([0, 10**6, 7 * 10**6, 10**9]) | st.integers(10**6, 10**9)
people = st.lists(st.tuples(st.sampled_from(["S/N", "S/S", "T"]), amounts, amounts), min_size=1, max_size=6)


@settings(deadline=None, max_examples=25)
@given(people, st.integers(0, 10**9), st.integers(0, 2), st.sampled_from([1, 1000]))
def test_top_is_factors_is_people_is_months_for_any_people(rows, growth, leaving, step):
    found = [base(f"p{i}", team, left=date(2027, 5, 9) if i and i <= leaving else None, y2026={"Fans": f, "Water": w})
             for i, (team, f, w) in enumerate(rows)]  # fmt: skip
    totals = {"2026": {"Fans": sum(row[1] for row in rows), "Water": sum(row[2] for row in rows)}}
    got = one(found=found, totals=totals, knobs={"growth": growth, "step": step})
    assert sum(got.tops.values()) == got.amount == sum(got.base_by_person().values())
    assert got.months["base_amount"].sum() == got.amount
    assert check_months(got.spread)["parents_that_differ"].sum() == 0


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
