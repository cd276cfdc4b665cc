"""Forecasts that were kept against what came; the open quarter by its deals."""

from datetime import date, timedelta

import polars as pl
import pytest

from revops import record
from revops.kpis import forecast, outlooks
from revops.kpis.counting import measure
from revops.kpis.forecast import quarter, told
from revops.periods import add_months, fiscal_quarter
from revops.workspace import root

from .small import D, company, world
from .test_forecast import KEYS, START, monthly, shop, years

END = add_months(START, 36)
DAY = timedelta(days=1)


def ahead_at(end: date):
    rows = monthly([years(4, 1.1), years(4, 0.9), years(4)])
    return forecast.project(rows, "net_revenue", end, by=KEYS)


def kept_at(period: str, made_on: date, end: date) -> pl.DataFrame:
    return told.to_keep([ahead_at(end)]).with_columns(period=pl.lit(period), made_on=pl.lit(made_on))


def test_a_run_keeps_the_next_months_of_the_total_and_of_each_dimension_and_no_cells():
    rows = told.to_keep([ahead_at(END)])
    assert sorted(rows["lead"].unique()) == list(range(1, told.LEADS + 1))
    assert rows["level"].unique().sort().to_list() == ["channel", "product_group", "region", "total"]
    assert rows.select(told.KEY).is_duplicated().any() is False
    assert told.to_keep([]).is_empty()


def test_what_was_kept_is_judged_when_its_month_has_come():
    kept = pl.concat([kept_at("2024-11", D(2024, 11, 30), D(2024, 12, 1)), kept_at("2024-12", D(2024, 12, 31), END)])
    came = told.came(kept, ahead_at(add_months(END, 1)))
    total = came.filter(level="total").sort("lead", "month_on")
    assert total.select("made_on", "month_on", "lead").rows() == [
        (D(2024, 11, 30), D(2024, 12, 1), 1),
        (D(2024, 12, 31), END, 1),
        (D(2024, 11, 30), END, 2),
    ]
    whole = sum(years(4, 1.1)[36:37] + years(4, 0.9)[36:37] + years(4)[36:37])
    assert total["actual"].to_list()[1] == whole
    assert told.came(kept, ahead_at(D(2024, 12, 1))).is_empty()


def row(lead: int, month: date, forecast_: int, actual: int, low: int | None = None, high: int | None = None) -> dict:
    return {"metric": "net_revenue", "level": "total", **dict.fromkeys(KEYS), "month_on": month, "lead": lead,
            "forecast": forecast_, "low": low, "high": high, "method": "damped", "actual": actual,
            "year_before": actual - 20 if lead == 1 else None}  # fmt: skip


SCHEMA = forecast.outlook.SCHEMA | {"actual": pl.Int64, "year_before": pl.Int64}


def test_the_worked_example_of_the_definitions_by_kept_forecasts():
    """A 100, 0, 50 and F 110, 10, 40: WAPE .20, bias +6.7 %."""
    rows = [row(1, D(2026, month, 1), f, a, 90, 105) for month, f, a in ((1, 110, 100), (2, 10, 0), (3, 40, 50))]
    (fared,) = told.fared(pl.DataFrame(rows, schema=SCHEMA)).to_dicts()
    assert (fared["wape"], round(fared["bias"], 3), fared["months"], fared["origin"]) == (0.2, 0.067, 3, "kept")
    assert (fared["hits"], fared["judged"], fared["error"], fared["absolute_error"]) == (1, 3, 10, 30)


def test_months_ahead_are_judged_apart_and_a_forecast_without_interval_is_no_hit():
    rows = [row(1, D(2026, 1, 1), 110, 100), row(2, D(2026, 1, 1), 150, 100, 100, 200)]
    fared = told.fared(pl.DataFrame(rows, schema=SCHEMA))
    assert fared.select("lead", "wape", "hits", "judged").rows() == [(1, 0.1, 0, 0), (2, 0.5, 1, 1)]
    assert fared["naive_wape"].to_list() == [0.2, None]


def test_a_node_that_is_unknown_today_is_left_out():
    kept = kept_at("2024-12", D(2024, 12, 31), END).with_columns(
        channel=pl.when(pl.col("level") == "channel").then(pl.lit("Gone")).otherwise("channel")
    )
    came = told.came(kept, ahead_at(add_months(END, 1)))
    assert came.filter(level="channel").is_empty()
    assert came.filter(level="total").height == 1


@pytest.mark.parametrize(("metric", "value"), [("forecast_wape", 0.0), ("forecast_bias", 0.0)])
def test_the_catalogue_counts_months_that_were_forecast_a_month_ahead(metric, value):
    facts = shop(40, D(2025, 4, 30))
    spans = [(D(2025, 1, 1), D(2025, 5, 1)), (D(2022, 1, 1), D(2022, 5, 1))]
    rows = {line["start_on"]: line for line in measure(facts, [metric], spans).to_dicts()}
    assert (rows[D(2025, 1, 1)]["value"], rows[D(2025, 1, 1)]["denominator"]) == (value, 1200)
    assert rows[D(2022, 1, 1)]["reason"] == "no_cases"


# --- the open quarter by its deals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "starts", "start"),
    [(D(2026, 11, 1), 1, D(2026, 10, 1)), (D(2026, 12, 31), 1, D(2026, 10, 1)), (D(2027, 1, 1), 1, D(2027, 1, 1)),
     (D(2026, 1, 15), 2, D(2025, 11, 1)), (D(2026, 2, 1), 2, D(2026, 2, 1))],
)  # fmt: skip
def test_a_quarter_is_fiscal(day, starts, start):
    assert fiscal_quarter(day, starts) == (start, add_months(start, 3))


SEEN = D(2026, 10, 31)


def deal(name: str, created: date, close: date, amount: int, state: str = "open", seen: date = SEEN) -> dict:
    return {"snapshot_on": seen, "opportunity_id": name, "stage": {"won": "Won", "lost": "Lost"}.get(state, "Offer"),
            "created_on": created, "close_on": close, "amount": amount, "is_closed": state != "open",
            "is_won": state == "won"}  # fmt: skip


SETTINGS = company(funnel={"stages": ["Offer"], "won": "Won", "lost": "Lost"})
PAST = [
    deal("p1", D(2026, 8, 5), D(2026, 9, 5), 80, "won"), deal("p2", D(2026, 7, 2), D(2026, 9, 5), 500, "won"),
    deal("p3", D(2026, 5, 5), D(2026, 6, 5), 40, "won"), deal("p4", D(2026, 5, 5), D(2026, 7, 1), 70, "won"),
    deal("p5", D(2026, 1, 1), D(2026, 3, 5), 10, "lost"), deal("p6", D(2025, 7, 1), D(2025, 9, 1), 30, "lost"),
]  # fmt: skip
OPEN = [
    deal("n1", D(2026, 9, 9), D(2026, 10, 9), 200, "won"), deal("n2", D(2026, 9, 9), D(2026, 12, 31), 300),
    deal("n3", D(2026, 9, 9), D(2027, 1, 1), 900), deal("n4", D(2026, 9, 9), D(2026, 10, 9), 999, "lost"),
]  # fmt: skip


def stays(rows: list[dict]) -> list[dict]:
    return [
        {"opportunity_id": row["opportunity_id"], "stage": "Offer", "entered_on": row["created_on"]} for row in rows
    ]


def test_booked_weighted_and_still_to_be_created():
    """Won since October 200; due by December 300 × 5 of 8 won; created after day 31 of past quarters: (80 + 40) ÷ 4."""
    rows = [*PAST, *OPEN]
    facts = world(D(2026, 10, 31), SETTINGS, opportunities=rows, opportunity_stage_history=stays(rows))
    now = quarter.open_quarter(facts)
    assert (now["start_on"], now["end_on"]) == (D(2026, 10, 1), D(2027, 1, 1))
    assert (now["booked"], now["weighted"], now["new"]) == (200, round(300 * 5 / 8 + 0.01), 30)
    assert now["forecast"] == now["booked"] + now["weighted"] + now["new"]


def test_without_a_past_quarter_nobody_knows_what_is_to_be_created():
    facts = world(D(2026, 10, 31), SETTINGS, opportunities=OPEN, opportunity_stage_history=stays(OPEN))
    now = quarter.open_quarter(facts)
    assert (now["booked"], now["new"], now["forecast"]) == (200, None, None)


def test_a_company_without_a_crm_has_no_such_quarter():
    assert quarter.open_quarter(world(D(2026, 10, 31))) is None
    assert quarter.tried(world(D(2026, 10, 31))).is_empty()


def test_kept_exports_of_ended_quarters_are_tried_with_what_they_knew():
    """On 31 August, 500 of the third quarter were still open; by its end both deals were won."""
    then = D(2026, 8, 31)
    old = [deal("p1", D(2026, 8, 5), D(2026, 9, 5), 80, seen=then),
           deal("p2", D(2026, 7, 2), D(2026, 9, 5), 500, seen=then)]  # fmt: skip
    old += [row | {"snapshot_on": then} for row in PAST[2:]]
    rows = [*PAST, *OPEN]
    facts = world(D(2026, 10, 31), SETTINGS, opportunities=[*old, *rows], opportunity_stage_history=stays(rows))
    (tried,) = quarter.tried(facts).to_dicts()
    assert (tried["known_to"], tried["start_on"], tried["actual"]) == (D(2026, 9, 1), D(2026, 7, 1), 650)
    assert tried["booked"] == 70
    assert tried["weighted"] == round(580 * 2 / 4)


# --- the demo's own record --------------------------------------------------------------------------------------------


def test_the_demo_keeps_what_its_months_told():
    """Ten month ends, six months ahead each; every cut of a month sums to what was told of the whole."""
    kept = record.seen(root() / "data" / "demo", told.NAME, D(2027, 1, 1), told.Told)
    assert kept["made_on"].unique().sort().to_list() == [
        add_months(D(2026, month, 1), 1) - DAY for month in range(1, 11)
    ]
    assert set(kept["metric"]) == {"net_revenue", *outlooks.OTHERS}
    revenue = kept.filter(metric="net_revenue")
    sums = revenue.group_by("made_on", "month_on", "level").agg(pl.col("forecast").sum())
    assert sums.group_by("made_on", "month_on").agg(pl.col("forecast").n_unique())["forecast"].max() == 1
    assert revenue.filter(pl.col("lead") != pl.col("month_on").dt.month() - pl.col("made_on").dt.month()).filter(
        pl.col("month_on").dt.year() == 2026).is_empty()  # fmt: skip
