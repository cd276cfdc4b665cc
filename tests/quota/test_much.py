"""How much: every worked number, what each method needs, blends, own numbers of factors, account plans."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.company import Company
from revops.money import rate_units, split
from revops.planning import METHODS, HowMuch
from revops.problems import InputError
from revops.quota.much import methods
from revops.quota.much.methods import Undefined, rounded
from revops.quota.much.plans import read_plans
from revops.quota.much.top import Known, Rates, company_number, number, own_tops, parted, to_step

YEARS = (90_000_000, 100_000_000, 120_000_000)  # 900k, 1.0m, 1.2m in cents
RATES = Rates(rate_units("8%"), rate_units("2%"))
COMPANY = Known(YEARS, rate_units("5%"), Fraction(500_000_000), Fraction(130_000_000), Fraction(95_000_000))


@pytest.mark.parametrize(
    ("part", "cents"),
    [
        ({"method": "last_year"}, 129_600_000),
        ({"method": "last_year", "growth": "0%"}, 120_000_000),
        ({"method": "mean"}, 103_333_333),
        ({"method": "weighted_mean"}, 108_333_333),
        ({"method": "weighted_mean", "weights": [0, 0, 1]}, 120_000_000),
        ({"method": "trend"}, 138_564_065),
        ({"method": "line"}, 133_333_333),
        ({"method": "mean_growth"}, 138_666_667),  # (11.11 % + 20 %) ÷ 2
        ({"method": "total"}, 310_000_000),
        ({"method": "market"}, 128_520_000),
        ({"method": "market", "share_gain": "0%"}, 126_000_000),
        ({"method": "potential", "share": "25%"}, 125_000_000),
        ({"method": "forecast"}, 130_000_000),
        ({"method": "account_plans"}, 95_000_000),
    ],
)
def test_the_worked_number_of_each_method(part, cents):
    assert rounded(number(HowMuch(**part), COMPANY, RATES)) == cents


def test_every_method_has_a_worked_number():
    tested = {mark.args[1][i][0]["method"] for mark in test_the_worked_number_of_each_method.pytestmark
              for i in range(len(mark.args[1]))}  # fmt: skip
    assert tested == set(METHODS)


@pytest.mark.parametrize(
    ("method", "known", "reason"),
    [
        ("mean", Known(YEARS[1:]), "needs_three_years"),
        ("total", Known(YEARS[1:]), "needs_three_years"),
        ("trend", Known((0, 1, 2)), "needs_positive_years"),
        ("trend", Known((1, 2, -1)), "needs_positive_years"),
        ("mean_growth", Known((1, 0, 2)), "needs_positive_years"),
        ("market", Known(YEARS), "needs_market"),
        ("potential", Known(YEARS), "needs_potential"),
        ("forecast", Known(YEARS), "needs_history"),
        ("account_plans", Known(YEARS), "needs_plans"),
    ],
)
def test_a_method_without_its_data_is_undefined_and_says_why(method, known, reason):
    with pytest.raises(Undefined, match=reason):
        number(HowMuch(method=method), known, RATES)


def test_a_root_is_rounded_once_from_fifty_digits():
    assert rounded(methods.trend([1, 1, 2**60])) == 2**90  # 2^60 × √(2^60), exact where a float has lost 37 bits
    assert rounded(methods.trend([10**12, 7, 10**12])) == 10**12


def test_a_mean_that_loses_rounds_away_from_zero():
    assert rounded(methods.mean([-1, -1, -3])) == -2  # −1.67
    assert rounded(Fraction(-5, 2)) == -3


@given(st.lists(st.integers(1, 10**12), min_size=3, max_size=3))
def test_steady_years_are_read_alike_by_all(years):
    steady = [years[0]] * 3
    read = [methods.mean(steady), methods.weighted_mean(steady, [1, 2, 3]), methods.line(steady),
            methods.mean_growth(steady)]  # fmt: skip
    assert set(read) == {years[0]}
    assert rounded(methods.trend(steady)) == years[0]


def test_a_blend_rounds_once():
    parts = [HowMuch(method="last_year", weight="60%"), HowMuch(method="mean", weight="40%")]
    assert rounded(company_number(parts, COMPANY, {}, RATES)) == 119_093_333  # .6 × 129.6m + .4 × 103 333 333.33


def test_the_market_is_the_sum_of_product_groups():
    factors = {("Fans",): Known((1_000,), rate_units("-10%")), ("Water",): Known((1_000,), rate_units("5%"))}
    part = HowMuch(method="market", share_gain="0%")
    assert company_number([part], Known((2_000,)), factors, RATES) == 900 + 1_050


def test_bottom_up_is_closed_pro_rata():
    assert split(100_000_000, [40_000_000, 30_000_000, 25_000_000]) == [42_105_263, 31_578_947, 26_315_790]


# --- factors ----------------------------------------------------------------------------------------------------


FACTORS = {("Fans",): Known((5, 10, 20)), ("Water",): Known((0, 5, 10)), ("(rest)",): Known((1, 1, 1))}
LAST = [HowMuch(method="last_year")]


def test_the_company_number_is_parted_over_factors_by_the_method_and_rest_is_none():
    assert parted(300, LAST, FACTORS, RATES, 1) == {("Fans",): 200, ("Water",): 100}
    assert parted(7, LAST, {("(rest)",): Known((1,))}, RATES, 1) == {("(rest)",): 7}


def test_a_factor_whose_years_do_not_allow_the_method_weighs_its_last_year():
    got = parted(100, [HowMuch(method="trend")], FACTORS, RATES, 1)  # Fans 20 × √4 = 40, Water 10
    assert got == {("Fans",): 80, ("Water",): 20}


def test_factors_that_only_lost_share_alike():
    assert parted(4, LAST, {("a",): Known((-5,)), ("b",): Known((-9,))}, RATES, 1) == {("a",): 2, ("b",): 2}


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**12), min_size=1, max_size=6), st.sampled_from([1, 7, 1000]))
def test_factors_sum_to_the_company_in_steps(amount, lasts, step):
    factors = {(str(i),): Known((last,)) for i, last in enumerate(lasts)}
    got = parted(to_step(amount, step), LAST, factors, RATES, step)
    assert sum(got.values()) == to_step(amount, step)
    assert all(part % step == 0 for part in got.values())


def test_a_factor_with_its_own_number_leaves_the_rest_to_the_others():
    assert parted(300, LAST, FACTORS, RATES, 1, {("Water",): 50}) == {("Fans",): 250, ("Water",): 50}
    assert parted(300, LAST, FACTORS, RATES, 1, {("Water",): 50, ("Fans",): 60}) == {("Fans",): 60, ("Water",): 50}
    with pytest.raises(InputError, match=r"quota.tops: found own numbers of 301 in a top number of 300: 1 too many"):
        parted(300, LAST, FACTORS, RATES, 1, {("Water",): 301})


TWO = {("Fans", "North"): Known((1,)), ("Fans", "South"): Known((1,)), ("Water", "North"): Known((1,))}
NAMES = ["product_group", "region"]


def test_an_own_number_for_several_factors_is_parted_over_them():
    weigh = {("Fans", "North"): 3, ("Fans", "South"): 1}
    got = own_tops([({"product_group": "Fans"}, 100)], NAMES, TWO, weigh)
    assert got == {("Fans", "North"): 75, ("Fans", "South"): 25}


@pytest.mark.parametrize(
    ("tops", "told"),
    [
        ([({"region": "Nroth"}, 1)], r"found region Nroth \(did you mean North\?\), expected a factor that is sold"),
        (
            [({"product_group": "Fans"}, 1), ({"region": "South"}, 1)],
            "found region South, a second number, expected one number a factor",
        ),
    ],
)
def test_own_numbers_that_fit_nothing_or_twice_are_refused(tops, told):
    with pytest.raises(InputError, match=told):
        own_tops(tops, NAMES, TWO, {})


# --- account plans ----------------------------------------------------------------------------------------------


OWNERS = {"a1": "an", "a2": None}
BARE = Company(name="C", currency="USD", money_decimals=2)


def plans(tmp_path, text):
    (tmp_path / "account_plans.csv").write_text("account,person,amount\n" + text, encoding="utf-8")
    return read_plans(tmp_path, BARE, OWNERS)


def test_account_plans_sum_by_person_the_owner_where_none_is_named(tmp_path):
    assert plans(tmp_path, "a1,,1000.50\na2,an,2\n") == {"an": 100_250}
    assert read_plans(tmp_path / "none", BARE, OWNERS) == {}


def test_all_faults_of_the_sheet_at_once(tmp_path):
    with pytest.raises(InputError) as error:
        plans(tmp_path, "a1,,much\na1,,1\na2,,-1\nb,an,0.001\n")
    assert str(error.value).splitlines() == [
        "account_plans.csv, row 2, amount: found much, expected an amount of 0 or more. Next: correct the cell.",
        "account_plans.csv, row 3, account: found a1, a second plan, expected one plan an account. Next: remove one.",
        "account_plans.csv, row 4, person: found nothing, expected who carries it: the account has no owner. "
        "Next: name a person.",
        "account_plans.csv, row 4, amount: found -1, expected an amount of 0 or more. Next: correct the cell.",
        "account_plans.csv, row 5, account: found b, expected an account of the company. Next: correct the cell.",
        "account_plans.csv, row 5, amount: found 0.001, expected an amount of 0 or more. Next: correct the cell.",
    ]


def test_a_sheet_without_a_column_is_refused(tmp_path):
    (tmp_path / "account_plans.csv").write_text("account,amount\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column person, expected the columns account, person, amount"):
        read_plans(tmp_path, BARE, OWNERS)
