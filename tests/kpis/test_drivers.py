"""Revenue as a product of its drivers: exact to the last đồng, with what the product leaves out."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis import forecast
from revops.kpis.forecast import drivers
from revops.kpis.forecast.drivers import Driver, Model

from .small import D, back, company, line, order, spans, world

MARCH = (D(2026, 3, 1), D(2026, 4, 1))
WEB = company(kpis={"web_channel": "Web"})


def visit(day: int, sessions: int, purchases: int | None, channel: str = "Web") -> dict:
    return {"day_on": D(2026, 3, day), "channel": channel, "traffic_source": f"x{day}{channel}", "sessions": sessions,
            "purchases": purchases}  # fmt: skip


def shop(**more):
    """1,000 visits, 40 of them buy; 45 orders of 100,000, one of them returned: five orders came without a visit."""
    orders = [order(f"o{n}", D(2026, 3, 1 + n % 28)) for n in range(45)]
    lines = [line(f"o{n}", 100_000) for n in range(45)]
    sessions = [visit(1, 400, 15), visit(2, 600, 25), visit(3, 99, None), visit(4, 5000, 70, "Shops")]
    returns = [back("r", D(2026, 3, 30), "o1", 100_000)]
    return world(D(2026, 3, 31), WEB, orders=orders, order_lines=lines, sessions=sessions, returns=returns, **more)


def test_the_web_channel_is_visits_times_conversion_times_order_value():
    model = drivers.web(shop(), MARCH)
    assert [(one.key, one.value) for one in model.drivers] == [
        ("visits", 1000),
        ("conversion", Fraction(4, 100)),
        ("order_value", 100_000),
    ]
    assert (model.modelled, model.actual) == (4_000_000, 4_400_000)
    assert model.rest == {"unseen": 500_000, "returns": -100_000, "other": 0}


def test_without_a_web_channel_or_its_visits_there_is_no_model():
    assert drivers.web(world(D(2026, 3, 31), orders=[order("a", D(2026, 3, 1))]), MARCH) is None
    assert drivers.web(world(D(2026, 3, 31), WEB, orders=[order("a", D(2026, 3, 1))]), MARCH) is None
    assert drivers.web(shop(), (D(2026, 2, 1), D(2026, 4, 1))) is None  # visits begin in March


def deal(name: str, created: int, closed: int | None, won: bool, amount: int) -> dict:
    return {"snapshot_on": D(2026, 3, 31), "opportunity_id": name, "created_on": D(2026, 3, created), "is_won": won,
            "close_on": closed and D(2026, 3, closed), "is_closed": closed is not None, "amount": amount}  # fmt: skip


def test_the_pipeline_is_deals_created_times_win_rate_times_deal_size():
    """Five deals created, four closed, one of them won: what is still open waits in 'other'."""
    rows = [deal("a", 1, 9, True, 900), deal("b", 2, 9, False, 100), deal("c", 3, 9, False, 100),
            deal("d", 4, 9, False, 400), deal("e", 5, None, False, 700)]  # fmt: skip
    model = drivers.pipeline(world(D(2026, 3, 31), opportunities=rows), MARCH, {"win_rate": Fraction(1, 2)})
    assert [one.value for one in model.drivers] == [5, Fraction(1, 4), 900]
    assert (model.modelled, model.actual, model.rest) == (1125, 900, {"other": -225})
    assert drivers.at_plan(model, "win_rate") == 1125
    assert drivers.at_plan(model, "created") is None


def test_nothing_won_or_no_export_is_no_model():
    facts = world(D(2026, 3, 31), opportunities=[deal("b", 2, 9, False, 100)])
    assert drivers.pipeline(facts, MARCH) is None
    assert drivers.pipeline(facts, (D(2026, 4, 1), D(2026, 5, 1))) is None
    assert drivers.pipeline(world(D(2026, 3, 31)), MARCH) is None


MODEL = Model("web", (Driver("visits", "number", 1000, 1), Driver("conversion", "percent", 40, 1000),
                      Driver("order_value", "money", 1_900_000, 4)), 19_000_100)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "amount"),
    [
        ({}, 19_000_000),
        ({"conversion": 0.1}, 20_900_000),
        ({"visits": -1}, 0),
        ({"visits": 0.1, "conversion": -0.1}, 18_810_000),
    ],
)
def test_what_if_multiplies_through(changes, amount):
    assert drivers.what_if(MODEL, changes) == amount


def test_an_unknown_driver_is_refused_by_name():
    with pytest.raises(KeyError, match="no driver clicks in web"):
        drivers.what_if(MODEL, {"clicks": 0.1})


def test_no_case_is_a_product_of_nothing_and_no_crash():
    model = Model("web", (Driver("visits", "number", 10, 1), Driver("conversion", "percent", 0, 10),
                          Driver("order_value", "money", 0, 0)), 700)  # fmt: skip
    assert (model.modelled, model.rest) == (0, {"other": 700})


counts = st.integers(1, 10**6)


@given(
    st.lists(counts, min_size=5, max_size=5), st.lists(counts, min_size=5, max_size=5), st.integers(-(10**9), 10**12)
)
def test_effects_sum_to_the_change_whatever_moved(before, now, actual):
    old, new = (
        Model("web", (Driver("visits", "number", v[0], 1), Driver("conversion", "percent", v[1], v[2]),
                      Driver("order_value", "money", v[3], v[4])), total)
        for v, total in ((before, 5_000), (now, actual))
    )  # fmt: skip
    moved = drivers.effects(old, new)
    assert sum(moved.values()) == actual - 5_000
    assert list(moved) == ["visits", "conversion", "order_value", "rest"]
    assert new.modelled + sum(new.rest.values()) == new.actual


def test_models_stand_beside_those_of_a_year_before():
    found = forecast.drivers.models(shop(), spans("2026-03"), {"web_conversion": Fraction(5, 100)})
    ((now, past),) = found
    assert (now.key, past, drivers.at_plan(now, "conversion")) == ("web", None, 1_000_000)
