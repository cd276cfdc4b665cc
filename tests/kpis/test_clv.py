"""What customers will buy: the published figures of the CD shop, the rules that refuse a model, the weeks held out."""

import math
import time
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.exports import files
from revops import tables
from revops.kpis.customers import buying, clv, holdout, lifetime

from .small import D, back, company, line, order, world

CDNOW = files("REVOPS_CDNOW_DATA", "cdnow")
CALIBRATION, LAST = D(1997, 10, 1), D(1998, 7, 1)
WEEKS = 39


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """The purchase days of the CD shop's sample, read by the library's own ingest: amounts in cents."""
    ((_, loaded),) = CDNOW.read("cdnow_sample", "1998-06", tmp_path_factory.mktemp("cdnow"))
    heads, lines = loaded.tables["orders"], loaded.tables["order_lines"]
    return lifetime.purchase_days(buying.buying(heads, lines, tables.empty("returns")))


@pytest.fixture(scope="module")
def model(days):
    return lifetime.outlook(lifetime.histories(days, CALIBRATION))


# --- the published figures --------------------------------------------------------------------------------------------


@CDNOW.needed
def test_buying_has_the_parameters_that_fader_hardie_and_lee_published(days, model):
    found = lifetime.histories(days, CALIBRATION)
    assert (found.height, model.repeaters) == (2357, 946)
    fit = model.buying
    assert [round(value, 3) for value in (fit.r, fit.alpha, fit.a, fit.b)] == [0.243, 4.414, 0.793, 2.426]
    assert round(fit.log_likelihood, 1) == -9582.4


@CDNOW.needed
def test_the_published_customer_is_expected_to_buy_1_226_times(model):
    assert round(float(model.buying.expected_of(2, 30.43, 38.86, WEEKS)), 3) == 1.226


@CDNOW.needed
def test_spending_has_the_published_parameters_and_is_apart_from_frequency(model):
    fit = model.spending
    assert (round(fit.p, 2), round(fit.q, 2), round(fit.gamma / 100, 2)) == (6.25, 3.74, 15.44)
    assert round(model.correlation, 3) == 0.114
    assert model.reason is model.value_reason is None


@CDNOW.needed
def test_the_fit_takes_less_than_two_seconds_and_gives_the_same_twice(days, model):
    found = lifetime.histories(days, CALIBRATION)
    begun = time.process_time()
    again = lifetime.outlook(found)
    assert time.process_time() - begun < 2
    assert (again.buying, again.spending) == (model.buying, model.spending)


@CDNOW.needed
def test_the_order_of_customers_does_not_matter(days, model):
    mixed = days.sample(fraction=1, shuffle=True, seed=3)
    again = lifetime.outlook(lifetime.histories(mixed, CALIBRATION))
    assert again.buying.log_likelihood == pytest.approx(model.buying.log_likelihood, abs=1e-6)
    assert again.buying.a == pytest.approx(model.buying.a, rel=1e-4)


@CDNOW.needed
def test_in_the_weeks_held_out_the_model_is_close_and_every_customer_is_in_one_bin(days):
    held = holdout.hold_out(days, CALIBRATION + timedelta(weeks=WEEKS), WEEKS)
    assert held.cut_on == CALIBRATION
    assert round(held.bins["expected"].sum()) == 1653
    assert held.bins["actual"].sum() == 1882
    assert round(held.error, 3) == -0.121
    assert (held.bins["customers"].sum(), held.bins["repeats"].to_list()) == (2357, [0, 1, 2, 3, 4])
    after = held.weeks.filter("is_after")
    assert after.height == WEEKS
    assert after["actual"].sum() == held.bins["actual"].sum()
    inside = held.weeks.filter(~pl.col("is_after"))
    assert inside["expected"].sum() == pytest.approx(inside["actual"].sum(), rel=0.06)


# --- the models' own identities ---------------------------------------------------------------------------------------

SAMPLE = clv.Buying(0.243, 4.414, 0.793, 2.426, 0.0)
POSITIVE = st.floats(0.05, 20)


def test_who_never_came_again_is_neither_alive_nor_gone():
    alive = SAMPLE.alive(np.array([0, 1]), np.array([0.0, 5.0]), np.array([30.0, 30.0]))
    assert math.isnan(alive[0])
    assert 0 < alive[1] < 1


@given(POSITIVE, POSITIVE, POSITIVE, POSITIVE, st.integers(0, 30), st.floats(0, 1), st.floats(1, 150))
@settings(max_examples=60)
def test_more_weeks_never_bring_fewer_purchases_and_a_long_silence_never_more_life(r, alpha, a, b, x, share, age):
    fit = clv.Buying(r, alpha, a + 1.001, b, 0.0)
    t_x = share * age if x else 0.0
    few, more = (float(fit.expected_of(x, t_x, age, weeks)) for weeks in (4, 40))
    assert -1e-9 <= few <= more + 1e-9
    if x:
        alive = [float(fit.alive(x, t_x, age + silence)) for silence in (0, 10)]
        assert 0 <= alive[1] <= alive[0] <= 1


def test_a_customer_known_for_no_time_is_a_new_one():
    assert float(SAMPLE.expected_of(0, 0.0, 0.0, 39)) == pytest.approx(float(SAMPLE.expected(39)))


def test_values_are_drawn_to_the_mean_the_less_a_customer_bought():
    fit = clv.Spending(6.25, 3.74, 15.44, 0.0)
    mean = 6.25 * 15.44 / 2.74
    once, often = (float(fit.expected_of(x, 100.0)) for x in (1, 50))
    assert float(fit.expected_of(0, 0.0)) == pytest.approx(mean)
    assert mean < once < often < 100
    assert math.isnan(clv.Spending(6.25, 0.9, 15.44, 0.0).expected_of(0, 0.0))


def test_the_currency_does_not_change_what_spending_tells():
    chance = np.random.default_rng(5)
    x, mean = chance.integers(1, 9, 400), chance.gamma(4, 20, 400)
    dong, dollars = clv.fit_spending(x, mean * 25_000), clv.fit_spending(x, mean)
    assert dong.gamma / 25_000 == pytest.approx(dollars.gamma, rel=1e-3)
    assert dong.q == pytest.approx(dollars.q, rel=1e-3)


# --- what a company's orders say --------------------------------------------------------------------------------------


def shop(*orders, **more):
    heads = [order(f"o{i}", day, customer_id=who, **rest) for i, (who, day, _, rest) in enumerate(orders)]
    return world(
        D(2026, 3, 31),
        orders=heads,
        order_lines=[line(f"o{i}", net) for i, (_, _, net, _) in enumerate(orders)],
        **more,
    )


def test_a_purchase_is_a_consumers_day_and_its_value_what_was_sold():
    facts = shop(
        ("x", D(2026, 1, 1), 100, {}), ("x", D(2026, 1, 1), 50, {}), ("x", D(2026, 1, 15), 30, {}),
        ("x", D(2026, 2, 1), 10, {"is_cancelled": True}), ("dealer", D(2026, 1, 1), 999, {"account_id": "A"}),
        (None, D(2026, 1, 1), 7, {}),
        returns=[back("r", D(2026, 2, 1), "o2", 30)],
    )  # fmt: skip
    found = lifetime.purchase_days(buying.bought(facts)).collect().sort("bought_on")
    assert found.rows() == [("x", D(2026, 1, 1), 150), ("x", D(2026, 1, 15), 30)]
    assert lifetime.histories(found, D(2026, 1, 30)).row(0) == ("x", D(2026, 1, 1), 1, 2.0, 4.0, 30.0)
    assert lifetime.histories(found, D(2026, 1, 15)).row(0) == ("x", D(2026, 1, 1), 0, 0.0, 13 / 7, 0.0)


def buyers(repeaters, *, value=lambda i, n: 100 + 7 * (i % 13), once=300):
    """So many customers who came again once to four times, and others who did not."""
    rows = [(f"r{i:04}", D(2026, 1, 1) + timedelta(days=20 * n + i % 17), value(i, 1 + i % 4))
            for i in range(repeaters) for n in range(2 + i % 4)]  # fmt: skip
    rows += [(f"s{i:04}", D(2026, 1, 1) + timedelta(days=i % 60), 100) for i in range(once)]
    return pl.DataFrame(rows, schema=["customer_id", "bought_on", "sold_amount"], orient="row")


@pytest.mark.parametrize(("repeaters", "reason"), [(199, "few_repeaters"), (200, None)])
def test_fewer_than_200_repeat_buyers_are_refused(repeaters, reason):
    found = lifetime.outlook(lifetime.histories(buyers(repeaters), D(2026, 7, 1)))
    assert (found.repeaters, found.reason) == (repeaters, reason)
    rows = lifetime.predicted(found, 12, 0.1, 0.5)
    assert rows.height == (0 if reason else 500)


def test_values_are_refused_where_they_go_with_frequency_and_orders_are_still_expected():
    tied = buyers(400, value=lambda i, n: 100 * n)
    found = lifetime.outlook(lifetime.histories(tied, D(2026, 7, 1)))
    assert found.correlation > lifetime.CORRELATION
    assert (found.reason, found.value_reason) == (None, "tied_value")
    rows = lifetime.predicted(found, 12, 0.1, 0.5)
    assert rows["worth_amount"].null_count() == rows.height
    assert rows["orders"].min() >= 0
    assert lifetime.outlook(lifetime.histories(tied.clear(), D(2026, 7, 1))).reason == "no_source"


def test_worth_is_orders_times_value_times_margin_discounted_and_whole():
    found = lifetime.outlook(lifetime.histories(buyers(300), D(2026, 7, 1)))
    plain, half, later = (lifetime.predicted(found, 1, rate, margin) for rate, margin in ((0, 1), (0, 0.5), (0.21, 1)))
    value = found.spending.expected_of(found.customers["repeats"].to_numpy(), found.customers["mean_amount"].to_numpy())
    whole = np.floor(plain["orders"].to_numpy() * value + 0.5)
    assert plain["worth_amount"].to_list() == whole.astype(int).tolist()
    assert plain.schema["worth_amount"] == pl.Int64
    assert half["worth_amount"].sum() == pytest.approx(plain["worth_amount"].sum() / 2, rel=0.02)
    assert later["worth_amount"].sum() == pytest.approx(plain["worth_amount"].sum() * 1.21 ** (-1 / 24), rel=0.02)
    assert plain.filter(pl.col("p_alive").is_null()).height == 300, "who bought once is neither alive nor gone"


def test_what_stays_of_a_sale_is_after_returns_and_cost():
    facts = world(
        D(2026, 3, 31),
        company(kpis={"clv_months": 2}),
        orders=[order("old", D(2026, 1, 5)), order("a", D(2026, 2, 5)), order("dealer", D(2026, 2, 5), account_id="A")],
        order_lines=[line("old", 999), line("a", 1000), line("dealer", 5000)],
        returns=[back("r", D(2026, 3, 1), "a", 100, quantity=0)],
    )
    days = lifetime.purchase_days(buying.bought(facts)).collect()
    assert lifetime.kept_share(facts, days, D(2026, 4, 1)) == (1000 - 100 - 60) / 1000


def test_a_history_too_short_to_hold_weeks_out_has_no_check():
    assert holdout.hold_out(buyers(300), D(2026, 1, 10)) is None


def test_no_clock_and_no_chance_in_the_predictions():
    days = buyers(250)
    one, two = (lifetime.outlook(lifetime.histories(days, D(2026, 7, 1))) for _ in range(2))
    assert one.buying == two.buying
    assert lifetime.predicted(one, 6, 0.1, 1).equals(lifetime.predicted(two, 6, 0.1, 1))
