"""company.yaml's section quota: what can be declared, and what is refused with the line and the nearest name."""

import pytest

from revops.company import load_company
from revops.planning import METHODS, SHAPES, SHARES, Quota
from revops.problems import InputError
from revops.quota.declared import check_settings, chosen_of, knobs_of
from revops.quota.much.top import THREE

HEAD = "name: C\ncurrency: USD\nmoney_decimals: 2\nquota:\n"


def declared(tmp_path, text):
    (tmp_path / "company.yaml").write_text(HEAD + text, encoding="utf-8")
    return load_company(tmp_path).quota


def scenario(text):
    return f"  scenarios:\n    - key: plan\n      {text}\n  chosen: plan\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            scenario("how_much: {method: lats_year}"),
            "line 7, quota.scenarios.0.how_much: found lats_year, expected one of last_year, mean, "
            "weighted_mean, trend, line, mean_growth, total, market, potential, forecast, account_plans, not lats_year "
            "(did you mean last_year?)",
        ),
        (
            scenario("how_much: [{method: mean, weight: 60%}, {method: trend, weight: 50%}]"),
            "expected methods whose weights are not negative and sum to 100%",
        ),
        (
            scenario("{how_much: {method: mean}, to_whom: {histroy: 60%, potential: 40%}}").replace(
                "key: plan\n      {", "{key: plan, "
            ),
            "not histroy (did you mean history?)",
        ),
        (
            scenario("how_much: {method: mean}\n      to_whom: {history: 60%, potential: 41%}"),
            "expected shares that are not negative and sum to 100%",
        ),
        (
            scenario("how_much: {method: mean}\n      to_whom: {history: 160%, potential: -60%}"),
            "expected shares that are not negative and sum to 100%",
        ),
        (scenario("how_much: {method: mean}\n      how: seasons"), "not seasons (did you mean season?)"),
        (
            scenario("how_much: {method: mean}\n      growht: 1"),
            "found unknown key growht, expected one of how, how_much, key, name, to_whom, years",
        ),
        (
            "  chosen: markte\n",
            "quota.chosen: found markte, expected one of last_year, three_years, market, not markte (did you mean ",
        ),
        ("  growth: a lot\n", "quota.growth: found a lot, expected a rate as 12% or 0.12, of up to nine decimals"),
        ("  growth: 0.0123456789\n", "expected a rate as 12% or 0.12, of up to nine decimals"),
        ("  factors: [region, region]\n", "expected one or more of product_group, channel, region, each once"),
        (
            "  scenarios:\n    - {key: flat, how_much: {method: mean}}\n  chosen: flat\n",
            "expected scenarios with a key each, none of them flat",
        ),
    ],
)
def test_what_is_wrong_is_told_with_the_nearest_name(tmp_path, text, told):
    with pytest.raises(InputError) as error:
        declared(tmp_path, text)
    assert told in str(error.value)


def test_a_method_and_a_share_may_be_named_alone(tmp_path):
    text = scenario("how_much: {method: trend}\n      to_whom: potential\n      how: working_days")
    plan = declared(tmp_path, text).scenarios[0]
    assert [part.method for part in plan.how_much] == ["trend"]
    assert (plan.to_whom, plan.how) == ({"potential": 1.0}, {"working_days": 1.0})


def test_names_of_methods_are_those_that_are_computed():
    assert set(THREE) < set(METHODS)
    assert set(SHARES) & set(METHODS) == {"potential", "forecast", "account_plans"}
    assert SHAPES[0] == "season"


def test_amounts_that_are_none_are_refused_together():
    settings = Quota(step="0", pins={"an": "much"}, tops=[{"region": "North", "amount": "1.005"}])
    with pytest.raises(InputError) as error:
        check_settings(settings, 2)
    assert str(error.value).splitlines() == [
        "company.yaml, quota.step: found 0, expected an amount above 0 with at most 2 decimals. "
        "Next: correct the value.",
        "company.yaml, quota.pins.an: found much, expected an amount of 0 or more with at most 2 decimals. "
        "Next: correct the value.",
        "company.yaml, quota.tops.0.amount: found 1.005, expected an amount of 0 or more with at most 2 decimals. "
        "Next: correct the value.",
    ]


def test_knobs_start_where_the_file_stands():
    settings = Quota(growth="12%", over=["0%", "5%"], pins={"an": "10.50"}, locks=["bi"], step="0.50",
                     factors=["product_group", "region"])  # fmt: skip
    knobs = knobs_of(settings, 2)
    assert (knobs.growth, knobs.step, knobs.pins, knobs.locks) == (120_000_000, 50, {"an": 1050}, {"bi"})
    assert knobs.over == (0, 0, 50_000_000)  # the second dimension's own level is never over-assigned
    assert knobs_of(settings, 2, "0.05").growth == 50_000_000
    assert chosen_of(settings) == "last_year"
