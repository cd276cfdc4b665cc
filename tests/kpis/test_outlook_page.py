"""What the page says of forecasts, budget and drivers: claims only where the figures prove them."""

from datetime import date

import polars as pl
import pytest

from revops.kpis import forecast, outlooks
from revops.kpis.forecast import drivers, told
from revops.problems import InputError
from revops.report import kpis as page
from revops.report.display import Html
from revops.report.kpis.drivers import turned
from revops.workspace import Workspace, open_workspace

from .small import D, back, line, order, spans, table, world
from .test_forecast import shop


@pytest.fixture
def ws(tmp_path) -> Workspace:
    return at(tmp_path, "2024-10")


def at(place, period: str) -> Workspace:
    (place / "company.yaml").write_text("name: Gió Mộc\ncurrency: VND\nmoney_decimals: 0\n")
    return open_workspace("02_kpis", place, period, "", "en", str(place / "build"))


def plan(facts_as_of: date, months: int, per_month: int):
    targets = [{"metric": "net_revenue", "month_on": D(2024, month, 1), "target": per_month} for month in range(1, 13)]
    orders = shop(months, facts_as_of)
    return world(facts_as_of, targets=targets, orders=orders.scan("orders").collect(),
                 order_lines=orders.scan("order_lines").collect())  # fmt: skip


def titles(shown) -> str:
    return getattr(shown, "title", "") or getattr(shown, "plain", "")


@pytest.mark.parametrize(
    ("per_month", "said"),
    [
        (300, "2024 may end at ₫3.60k; the plan lies within the interval"),
        (310, "2024 will end at about ₫3.60k, 3.2% below plan"),
        (290, "2024 will end at about ₫3.60k, 3.4% above plan"),
    ],
)
def test_the_year_is_claimed_to_miss_or_beat_its_plan_only_beyond_the_interval(ws, per_month, said):
    facts = plan(D(2024, 10, 31), 34, per_month)
    shown = page.year_end(ws, facts, spans("2024-10"), forecast.net_revenue(facts, D(2024, 11, 1)))
    assert shown.items[0].title == said


def test_without_a_plan_or_an_interval_nothing_is_claimed(ws):
    facts = shop(34, D(2024, 10, 31))
    shown = page.year_end(ws, facts, spans("2024-10"), forecast.net_revenue(facts, D(2024, 11, 1)))
    assert shown.items[0].title == "2024 may end at ₫3.60k"
    young = shop(5, D(2022, 5, 31))
    shown = page.year_end(ws, young, spans("2022-05"), forecast.net_revenue(young, D(2022, 6, 1)))
    assert "Only 5 months are known. Below 24 nobody can tell a season from a trend" in shown.items[1].plain


def test_a_year_that_is_over_has_a_neutral_title(ws):
    facts = shop(36, D(2024, 12, 31))
    shown = page.year_end(ws, facts, spans("2024-12"), forecast.net_revenue(facts, D(2025, 1, 1)))
    assert shown.items[0].title == "What the next months may bring"


def test_nothing_known_is_said_and_does_not_stop_the_page(ws):
    nothing = world(D(2024, 10, 31))
    ahead = forecast.net_revenue(nothing, D(2024, 11, 1))
    kept = ws.kept("forecasts", told.Told)
    assert "no revenue to show" in page.year_end(ws, nothing, spans("2024-10"), ahead).plain
    assert "no funnel to show" in page.open_quarter(ws, nothing).plain
    assert "No budget" in page.budgets(ws, forecast.budget.against(*_sides([], [])), spans("2024-10")).plain
    assert "no drivers to show" in page.driver_tables(ws, nothing, spans("2024-10"))[0].plain
    for shown in (
        page.nodes(ws, ahead),
        page.accuracy(ws, ahead, kept),
        page.fared(ws, ahead, kept),
        page.others(ws, []),
    ):
        assert isinstance(shown, Html)
        assert shown.html == ""
    assert page.turn_drivers(ws, nothing, spans("2024-10")).html == ""
    assert page.forecast_frame([ahead]).is_empty()
    assert page.accuracy_frame([ahead], kept).is_empty()


def test_the_cells_of_the_outlook_are_checked_against_its_total(ws):
    facts = shop(34, D(2024, 10, 31))
    page.nodes(ws, forecast.net_revenue(facts, D(2024, 11, 1)))
    assert [(check["name"], check["difference"]) for check in ws.notes.checks] == [("forecast.check.adds_up", 0)]


@pytest.mark.parametrize(
    ("period", "as_of", "kept"),
    [("2024-10", D(2024, 10, 31), True), ("2024-10", D(2024, 10, 20), False), ("2024-Q3", D(2024, 9, 30), False)],
)
def test_only_a_whole_months_forecasts_are_kept(tmp_path, period, as_of, kept):
    ws = at(tmp_path, period)
    facts = shop(34, as_of)
    ahead = forecast.net_revenue(facts, spans(period, as_of).now[1])
    page.keep_forecasts(ws, spans(period, as_of), [ahead, None])
    assert (ws.build / "record" / "forecasts.parquet").exists() is kept


def test_kept_forecasts_stand_beside_those_told_anew(ws):
    facts = shop(34, D(2024, 10, 31))
    ahead = forecast.net_revenue(facts, D(2024, 11, 1))
    kept = told.to_keep([forecast.net_revenue(facts, D(2024, 10, 1))]).with_columns(
        period=pl.lit("2024-09"), made_on=pl.lit(D(2024, 9, 30))
    )
    rows = page.accuracy_frame([ahead], kept)
    assert set(rows["origin"]) == {"kept", "backtest"}
    assert "as it was kept" in page.fared(ws, ahead, kept).html
    assert "no forecast was kept then" in page.fared(ws, ahead, kept.clear()).html


# --- budget -----------------------------------------------------------------------------------------------------------


def _sides(plans: list[dict], actuals: list[dict]):
    return table("budgets", plans), table("budget_actuals", actuals)


def _budget(kind: str, actual: int):
    key = {"budget_line": "Rent", "department": "Shops", "account_type": kind}
    months = [{"month_on": D(2024, month, 1), **key} for month in (9, 10)]
    return _sides([m | {"budget_amount": 500} for m in months], [m | {"actual_amount": actual} for m in months])


@pytest.mark.parametrize(
    ("kind", "actual", "said"),
    [
        ("cost", 550, "Costs are 10.0% (₫100) over budget; most of it is Rent (+₫100)"),
        ("cost", 450, "Costs are 10.0% (₫100) under budget; most of it is Rent (−₫100)"),
        ("cost", 502, "Costs are on budget"),
        ("income", 550, "Income is 10.0% (₫100) above budget; most of it is Rent (+₫100)"),
        ("income", 450, "Income is 10.0% (₫100) below budget; most of it is Rent (−₫100)"),
    ],
)
def test_a_budget_says_how_far_off_and_by_what(ws, kind, actual, said):
    shown = page.budgets(ws, forecast.budget.against(*_budget(kind, actual)), spans("2024-10"))
    assert [item.plain for item in shown.items] == [said]


def test_a_running_month_is_not_compared_with_its_whole_budget(ws):
    rows = forecast.budget.against(*_budget("cost", 550))
    running = page.budgets(ws, rows, spans("2024-10", D(2024, 10, 15)))
    assert running.items[0].plain == "Costs are 10.0% (₫50) over budget; most of it is Rent (+₫50)"


# --- drivers ----------------------------------------------------------------------------------------------------------


VISITS, CONVERSION = drivers.Driver("visits", "number", 1000, 1), drivers.Driver("conversion", "percent", 4, 100)
MODEL = drivers.Model("web", (VISITS, CONVERSION, drivers.Driver("order_value", "money", 500, 1)), 20_000)


@pytest.mark.parametrize(
    ("changes", "turned_by", "amount"),
    [
        ({"conversion": 0.1, "visits": 0.0}, "conversion +10%", "₫22.0k (+₫2.00k)"),
        ({"visits": -0.5}, "visits −50%", "₫10.0k (−₫10.0k)"),
        ({}, "nothing turned", "₫20.0k (₫0)"),
    ],
)
def test_a_turned_driver_says_what_it_is_worth(ws, changes, turned_by, amount):
    said = f"With {turned_by} the product of the three would be {amount} instead of ₫20.0k."
    assert turned(ws, MODEL, changes).plain == said


# --- other metrics ----------------------------------------------------------------------------------------------------


def test_any_sum_or_state_of_the_catalogue_has_an_outlook():
    facts = shop(34, D(2024, 10, 31))
    ahead = outlooks.of_metric(facts, "orders", D(2024, 11, 1))
    assert (ahead.metric, ahead.levels, ahead.values[0][:2]) == ("orders", ["total"], [1, 1])
    assert outlooks.of_metric(facts, "leads", D(2024, 11, 1)) is None
    assert [one.metric for one in outlooks.others(facts, D(2024, 11, 1))] == ["orders"]


def test_a_ratio_has_no_outlook_of_its_own():
    with pytest.raises(InputError) as error:
        outlooks.of_metric(shop(3, D(2022, 3, 31)), "win_rate", D(2022, 4, 1))
    assert str(error.value) == (
        "metric win_rate, outlook: found a ratio, expected a metric that adds up over months or is a state at their "
        "end. Next: forecast what it is made of."
    )


def _order(month: int) -> dict:
    return order(f"o{month}", D(2024, month, 1))


def test_returns_take_revenue_back_before_it_is_carried_forward():
    orders, lines = ([make(n) for n in (1, 2, 3)] for make in (_order, lambda n: line(f"o{n}", 100)))
    facts = world(D(2024, 3, 31), orders=orders, order_lines=lines, returns=[back("r", D(2024, 3, 9), "o3", 40)])
    ahead = forecast.net_revenue(facts, D(2024, 4, 1))
    assert ahead.known(0, 2) == 60
