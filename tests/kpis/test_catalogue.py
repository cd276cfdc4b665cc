"""The catalogue: every metric is declared whole, counted by any dimension, and undefined with a reason, never 0."""

from datetime import timedelta

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revops import kpis
from revops.kpis import catalogue
from revops.kpis.catalogue import FACT_TABLES, metrics
from revops.kpis.composed import COMPOSED
from revops.kpis.counting import measure, metric
from revops.problems import InputError
from revops.tables import CANONICAL
from revops.words import Words

from .small import D, back, company, line, order, world

MARCH = (D(2026, 3, 1), D(2026, 4, 1))
TODAY = D(2026, 3, 31)


# --- declared whole ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", metrics())
def test_a_metric_counts_columns_that_its_fact_tables_have(key):
    terms = metrics()[key].terms()
    assert [t for t in terms if t.fact not in FACT_TABLES or t.column not in FACT_TABLES[t.fact].columns()] == []


@pytest.mark.parametrize("key", metrics())
def test_a_metric_says_what_it_is_in_both_languages(key):
    one = metrics()[key]
    for said in (one.name, one.formula, one.convention, one.date):
        assert said.en.strip()
        assert said.vi.strip()
    assert one.convention.en.endswith(".")
    assert one.convention.vi.endswith(".")
    assert one.over_time == "none" if one.unit in ("share", "ratio") else True, "a ratio cannot be added over time"


@pytest.mark.parametrize("name", FACT_TABLES)
def test_a_fact_table_is_made_from_canonical_tables(name):
    assert set(FACT_TABLES[name].tables) <= set(CANONICAL)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_dimension_has_a_name(language):
    words = Words(language, "VND", 0)
    dimensions = {name for table in FACT_TABLES.values() for name in table.dimensions}
    assert sorted(name for name in dimensions if not words.has(f"kpis.option.{name}")) == []


def test_every_fact_table_is_counted_by_some_metric():
    counted = {term.fact for one in metrics().values() for term in one.terms()}
    assert sorted(set(FACT_TABLES) - counted) == []


def test_a_metric_is_counted_from_columns_or_composed_of_others():
    assert {key for key, one in metrics().items() if one.of} == set(COMPOSED)
    assert [name for one in metrics().values() for name in one.of if name not in metrics()] == []


def test_a_composed_metric_is_known_as_a_whole_and_walked_back_by_its_parts():
    facts = shop()
    assert metric(facts, "velocity", "2026-03")["reason"].to_list() == ["no_source"]
    with pytest.raises(InputError, match="one of its dimensions \\(none\\)"):
        metric(facts, "ltv", "2026-03", by="channel")
    with pytest.raises(InputError, match="composed of others, expected one of ltv, cac. Next: trace these."):
        kpis.trace(facts, "ltv_to_cac", "2026-03")


@pytest.mark.parametrize(("period", "value"), [("2026-03", 96.0), ("2026-02", None)])
def test_what_stands_open_is_known_of_today_alone(period, value):
    deal = {"snapshot_on": TODAY, "created_on": D(2026, 1, 1), "close_on": D(2026, 3, 2), "amount": 5760}
    deals = [deal | {"opportunity_id": "won", "is_closed": True, "is_won": True},
             deal | {"opportunity_id": "open", "is_closed": False, "is_won": False}]  # fmt: skip
    assert metric(world(TODAY, opportunities=deals), "velocity", period)["value"].to_list() == [value]


# --- worked examples --------------------------------------------------------------------------------------------------


def shop(**more):
    """Four orders in March and a cancelled one: 2,000,000 gross, 100,000 discount, 300,000 back."""
    orders = [order(name, D(2026, 3, day)) for name, day in (("a", 2), ("b", 9), ("c", 9), ("d", 31))]
    orders.append(order("x", D(2026, 3, 5), is_cancelled=True))
    lines = [line("a", 900_000, discount=100_000), line("b", 500_000, quantity=2, product="pot"), line("c", 500_000),
             line("d", 0), line("x", 777)]  # fmt: skip
    returns = [back("r", D(2026, 3, 20), "b", 300_000, product="pot")]
    return world(TODAY, orders=orders, order_lines=lines, returns=returns, **more)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("gross_sales", 2_000_000),
        ("discounts", 100_000),
        ("returns", 300_000),
        ("net_revenue", 1_600_000),
        ("orders", 4),
        ("aov", 475_000),
        ("units", 5),
        ("unit_price", 380_000),
        ("discount_rate", 0.05),
        ("return_rate_period", 300 / 1900),
        ("gross_margin", 1_600_000 - 3 * 60 - 1 * 40),
        ("margin_rate", (1_600_000 - 220) / 1_600_000),
    ],
)
def test_the_worked_example_of_commerce(key, value):
    assert metric(shop(), key, "2026-03")["value"].to_list() == [value]


def test_a_return_counts_on_its_own_day_and_in_the_cohort_of_its_order():
    facts = world(D(2026, 4, 30), orders=[order("a", D(2026, 2, 10))], order_lines=[line("a", 2000)],
                  returns=[back("r", D(2026, 3, 3), "a", 300)])  # fmt: skip
    assert metric(facts, "return_rate", "2026-02..2026-04")["value"].to_list() == [0.15, None, None]
    assert metric(facts, "return_rate", "2026-02..2026-04")["reason"].to_list() == [None, "no_cases", "not_mature"]
    assert metric(facts, "net_revenue", "2026-02..2026-03")["value"].to_list() == [2000, -300]


@pytest.mark.parametrize(("as_of", "reason"), [(D(2026, 3, 29), "not_mature"), (D(2026, 3, 30), None)])
def test_a_cohort_is_judged_from_the_day_its_time_is_over(as_of, reason):
    facts = world(as_of, orders=[order("a", D(2026, 2, 10))], order_lines=[line("a", 2000)])
    assert metric(facts, "return_rate", "2026-02")["reason"].to_list() == [reason]


def test_what_was_billed_and_collected_is_told_apart_from_revenue():
    bills = [{"invoice_id": str(i), "issued_on": D(2026, 3, 3), "net_amount": n, "is_cancelled": n == 70}
             for i, n in enumerate((500, -100, 70))]  # fmt: skip
    paid = [{"payment_id": str(i), "paid_on": D(2026, 3, 4), "payment_amount": n} for i, n in enumerate((440, -40))]
    facts = shop(invoices=bills, payments=paid)
    assert [metric(facts, key, "2026-03")["value"][0] for key in ("billed", "cash_collected")] == [400, 400]


# --- by any dimension -------------------------------------------------------------------------------------------------


def test_every_cell_of_any_span_has_a_row_in_all_of_them():
    facts = world(
        TODAY,
        orders=[order("a", D(2026, 2, 2), region="South"), order("b", D(2026, 3, 2))],
        order_lines=[line("a", 10), line("b", 20)],
    )
    rows = metric(facts, "net_revenue", "2026-02..2026-03", by="region")
    assert rows.select("start_on", "region", "value").rows() == [
        (D(2026, 2, 1), "North", 0.0),
        (D(2026, 2, 1), "South", 10.0),
        (D(2026, 3, 1), "North", 20.0),
        (D(2026, 3, 1), "South", 0.0),
    ]
    assert metric(facts, "aov", "2026-02", by="region")["reason"].to_list() == [None]
    assert metric(facts, "aov", "2026-02..2026-03", by="region")["reason"].to_list() == ["no_cases", None] + [
        None, "no_cases"]  # fmt: skip


def test_customers_are_grouped_by_what_their_record_says_and_the_rest_stays():
    facts = shop(customers=[{"customer_id": "c-a", "customer_group": "Dealers"}])
    rows = metric(facts, "net_revenue", "2026-03", by="customer_group")
    assert rows.select("customer_group", "value").rows() == [("Dealers", 900_000), (None, 700_000)]
    assert metric(facts, "net_revenue", "2026-03", where={"customer_group": "Dealers"})["value"].to_list() == [900_000]
    assert metric(facts, "net_revenue", "2026-03", where={"customer_group": None})["value"].to_list() == [700_000]


def test_a_value_that_no_row_has_is_refused_with_the_nearest_and_one_that_is_silent_now_is_0():
    facts = shop()
    assert metric(facts, "units", "2026-W12", where={"product_group": "Pots"})["value"].to_list() == [0]
    for wanted in ("Pot", ["Pots", "Pot"]):
        with pytest.raises(InputError, match=r"where, product_group: found Pot \(did you mean Pots\?\)"):
            metric(facts, "units", "2026-03", where={"product_group": wanted})


@pytest.mark.parametrize(
    ("wanted", "value"),
    [(["Dealers", None], 1_600_000), (["Dealers"], 900_000), ((None,), 700_000), ([], 0)],
)
def test_several_values_of_a_dimension_are_a_list(wanted, value):
    facts = shop(customers=[{"customer_id": "c-a", "customer_group": "Dealers"}])
    assert metric(facts, "net_revenue", "2026-03", where={"customer_group": wanted})["value"].to_list() == [value]
    assert kpis.trace(facts, "net_revenue", "2026-03", where={"customer_group": wanted})["amount"].sum() == value


def test_an_order_of_two_product_groups_counts_in_each_and_once_in_all():
    facts = world(
        TODAY, orders=[order("a", D(2026, 3, 2))], order_lines=[line("a", 5), line("a", 7, product="pot", n=2)]
    )
    assert metric(facts, "orders", "2026-03", by="product_group")["value"].to_list() == [1, 1]
    assert metric(facts, "orders", "2026-03")["value"].to_list() == [1]


ADDS_UP = [key for key, one in metrics().items() if one.over_time == "sum" and "channel" in one.dimensions()]
DAYS = st.integers(0, 60).map(lambda n: D(2026, 2, 1) + timedelta(days=n))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(DAYS, st.sampled_from(["Web", "Shops"]), st.integers(1, 10**12), st.integers(0, 10**9)),
                min_size=1, max_size=12))  # fmt: skip
def test_cells_and_months_sum_to_the_whole(found):
    orders = [order(str(i), day, channel=channel) for i, (day, channel, _, _) in enumerate(found)]
    lines = [line(str(i), net, discount=off) for i, (_, _, net, off) in enumerate(found)]
    first = min(day for day, *_ in found)
    facts = world(D(2026, 4, 30), orders=orders, order_lines=lines)
    span = (first.replace(day=1), D(2026, 5, 1))
    months = [(D(2026, m, 1), D(2026, m + 1, 1)) for m in range(span[0].month, 5)]
    keys = [key for key in ADDS_UP if FACT_TABLES[metrics()[key].terms()[0].fact].reason(facts, span) is None]
    assert {"net_revenue", "gross_sales", "orders"} <= set(keys)
    whole = dict(measure(facts, keys, [span]).select("metric", "numerator").iter_rows())
    for by in ((), ("channel",), ("region",)):
        parts = measure(facts, keys, months, by).group_by("metric").agg(pl.col("numerator").sum())
        assert dict(parts.iter_rows()) == whole


def test_spans_that_overlap_are_counted_each_for_itself():
    quarter, month, again = (D(2026, 1, 1), D(2026, 4, 1)), MARCH, (D(2026, 3, 1), D(2026, 3, 10))
    facts = world(TODAY, orders=[order("j", D(2026, 1, 2)), order("a", D(2026, 3, 2)), order("b", D(2026, 3, 20))],
                  order_lines=[line("j", 1), line("a", 10), line("b", 100)])  # fmt: skip
    rows = measure(facts, ["net_revenue"], [quarter, month, again, month])
    assert rows.select("start_on", "end_on", "value").rows() == [
        (D(2026, 1, 1), D(2026, 4, 1), 111),
        (D(2026, 3, 1), D(2026, 3, 10), 10),
        (D(2026, 3, 1), D(2026, 4, 1), 110),
    ]


def test_a_period_that_runs_is_counted_up_to_the_as_of_day_and_a_later_one_not_at_all():
    facts = world(D(2026, 3, 9), orders=[order("a", D(2026, 3, 2)), order("b", D(2026, 3, 20))],
                  order_lines=[line("a", 10), line("b", 100)])  # fmt: skip
    rows = metric(facts, "net_revenue", "2026-03..2026-04")
    assert rows.select("start_on", "end_on", "value").rows() == [(D(2026, 3, 1), D(2026, 3, 10), 10)]


def test_money_is_in_whole_currency_and_its_exact_count_beside_it():
    facts = world(TODAY, company(currency="USD", money_decimals=2), orders=[order("a", D(2026, 3, 2))],
                  order_lines=[line("a", 12_345)])  # fmt: skip
    assert metric(facts, "net_revenue", "2026-03").select("value", "numerator").rows() == [(123.45, 12_345)]
    assert metric(facts, "orders", "2026-03")["value"].to_list() == [1]


def test_pandas_gets_a_pandas_frame_of_the_same_cells():
    found = metric(shop(), "net_revenue", "2026-03", by=["channel"], pandas=True)
    assert isinstance(found, pd.DataFrame)
    assert found["value"].tolist() == [1_600_000]


# --- undefined is said, never 0 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "period", "reason"),
    [
        ("web_conversion", "2026-03", "no_source"),
        ("net_revenue", "2026-02", "no_history"),
        ("gross_margin", "2026-03", "no_costs"),
    ],
)
def test_what_cannot_be_told_says_why(key, period, reason):
    facts = world(TODAY, orders=[order("a", D(2026, 3, 2))], order_lines=[line("a", 5, product="unknown")])
    row = metric(facts, key, period).row(0, named=True)
    assert (row["value"], row["numerator"], row["reason"]) == (None, None, reason)


def test_a_company_without_anything_has_a_reason_for_every_metric():
    facts = world(TODAY)
    found = measure(facts, list(metrics()), [MARCH])
    assert found.filter(pl.col("value").is_not_null())["metric"].to_list() == []
    assert found["reason"].null_count() == 0


@pytest.mark.parametrize(
    ("key", "by", "message"),
    [
        ("aoe", (), "metric: found aoe (did you mean aov?), expected a key of the catalogue. "
                    "Next: see docs/metrics.md for all of them."),
        ("billed", "chanel", "metric billed, by: found chanel, expected one of its dimensions "
                             "(region, customer_id, account_id, person_id, source). Next: choose one."),
    ],
)  # fmt: skip
def test_an_unknown_metric_or_dimension_is_refused(key, by, message):
    with pytest.raises(InputError) as error:
        metric(shop(), key, "2026-03", by=by)
    assert str(error.value) == message


def test_the_catalogue_can_be_browsed_and_says_which_tables_are_missing():
    rows = kpis.browse(shop(), "vi")
    assert rows.height == len(metrics())
    one = rows.row(by_predicate=pl.col("metric") == "web_conversion", named=True)
    assert (one["name"], one["missing"]) == ("Tỷ lệ chuyển đổi web", "sessions")
    assert catalogue.browse().filter(pl.col("missing") != "").height == 0


# --- walked back to file and row --------------------------------------------------------------------------------------


def test_a_figure_is_walked_back_to_file_and_row():
    kept = {"source": "web", "file": "raw/web.csv"}
    facts = world(TODAY, orders=[order("a", D(2026, 3, 2)), order("b", D(2026, 3, 3))],
                  order_lines=[line("a", 10) | kept | {"row": 2}, line("b", 20) | kept | {"row": 3}],
                  returns=[back("r", D(2026, 3, 9), "b", 5) | kept | {"row": 9}])  # fmt: skip
    rows = kpis.trace(facts, "net_revenue", "2026-03").sort("row")
    assert rows.select("counted", "amount", "file", "row", "order_id").rows() == [
        ("revenue.net_amount", 10, "raw/web.csv", 2, "a"),
        ("revenue.net_amount", 20, "raw/web.csv", 3, "b"),
        ("revenue.net_amount", -5, "raw/web.csv", 9, "b"),
    ]
    assert kpis.trace(facts, "net_revenue", "2026-03", where={"product_group": "Pots"}).height == 0


@pytest.mark.parametrize(("period", "amounts"), [("2026-03", [100, 200, 31, 7]), ("2026-W10", [100, 7, 2])])
def test_what_customers_cost_is_walked_back_to_the_rows_of_ads_and_of_costs(period, amounts):
    """Of a month in part, costs count by days: 7 of 31 days of 31 and of 7, together 8.58, so 9 is split as 7 and 2."""
    kept = {"platform": "Meta", "campaign": "A", "file": "raw/meta.csv"}
    ads = [kept | {"spent_on": D(2026, 3, day), "spend_amount": n, "row": day} for day, n in ((2, 100), (9, 200))]
    costs = [{"month_on": D(2026, 3, 1), "cost_type": name, "cost_amount": n, "file": "costs.csv", "row": n}
             for name, n in (("pay", 31), ("tools", 7))]  # fmt: skip
    sold = {"orders": [order("a", D(2026, 3, 2), customer_id="c")], "order_lines": [line("a", 10)]}
    facts = world(TODAY, ad_spend=ads, costs=costs, **sold)
    rows = kpis.trace(facts, "cac", period).filter(pl.col("counted") == "acquisition.cost_amount")
    assert sorted(rows["amount"], reverse=True) == sorted(amounts, reverse=True)
    assert rows["amount"].sum() == metric(facts, "cac", period)["numerator"][0]
    assert set(rows["file"]) == {"raw/meta.csv", "costs.csv"}
    assert rows["row"].null_count() == 0


@pytest.mark.parametrize("key", ["net_revenue", "gross_sales", "discounts", "returns", "units"])
def test_what_is_walked_back_sums_to_the_figure(key):
    assert kpis.trace(shop(), key, "2026-03")["amount"].sum() == metric(shop(), key, "2026-03")["numerator"][0]
