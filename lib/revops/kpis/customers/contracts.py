"""The contracts of the saved tables of customers: grain, key, columns, units, as in kpis/contracts.py."""

import dataframely as dy


class Cohorts(dy.Schema):
    """One row per cohort (month or quarter of the first order) and number of months or quarters since."""

    cohort_on = dy.Date(primary_key=True, description="first day of the month or quarter of the first order")
    month_number = dy.Int64(primary_key=True, description="0: the cohort's own month or quarter")
    month_on = dy.Date(description="the month or quarter that is looked at")
    customers = dy.Int64(description="size of the cohort")
    active = dy.Int64(nullable=True, description="customers with an order in it; null: in the future")
    share = dy.Float64(nullable=True, description="active ÷ customers")
    later = dy.Int64(nullable=True, description="customers with an order in it or after it")
    later_share = dy.Float64(nullable=True, description="later ÷ customers")
    net_amount = dy.Int64(nullable=True, description="net revenue of the cohort in it, returns on their own day")
    net_per_customer = dy.Int64(nullable=True, description="net_amount ÷ customers")


class Customers(dy.Schema):
    """One row per customer who ordered before the period's end: segment, scores and what they rest on."""

    customer_id = dy.String(primary_key=True, description="customer")
    is_account = dy.Bool(description="ever ordered as a business account")
    segment = dy.String(description="key of the segment")
    recency = dy.Int64(description="1 to 5, 5: bought most recently; 0: no order in the window")
    frequency = dy.Int64(description="1 to 5, 5: ordered most often; 0: no order in the window")
    money = dy.Int64(description="1 to 5, 5: brought most; 0: no order in the window")
    orders = dy.Int64(description="orders in the window")
    net_amount = dy.Int64(description="net revenue in the window; 0 without an order in it")
    first_on = dy.Date(description="day of the first order")
    last_on = dy.Date(description="day of the last order")
    away_days = dy.Int64(description="days from the last order to the period's last day")
    inactive_days = dy.Int64(nullable=True, description="T: more days away are inactive; null: nobody came twice")
    is_inactive = dy.Bool(description="away for more than T")
    life_orders = dy.Int64(description="orders since the data begin")
    life_amount = dy.Int64(description="net revenue since the data begin")
    why = dy.String(description="the segment in one sentence of values, in the run's language")


class Segments(dy.Schema):
    """One row per segment that has customers, in the order of the rules; every known customer is in one."""

    segment = dy.String(primary_key=True, description="key of the segment")
    customers = dy.Int64(description="known customers")
    accounts = dy.Int64(description="business accounts among them")
    inactive = dy.Int64(description="inactive ones among them")
    orders = dy.Int64(description="orders in the window")
    net_amount = dy.Int64(description="net revenue in the window")
    life_amount = dy.Int64(description="net revenue since the data begin")


class Prospects(dy.Schema):
    """One row per consumer whose orders to come are modelled."""

    customer_id = dy.String(primary_key=True, description="customer")
    p_alive = dy.Float64(nullable=True, description="probability of ever buying again; null: bought once, unknown")
    orders = dy.Float64(description="purchases expected over the horizon")
    worth_amount = dy.Int64(nullable=True, description="their discounted margin; null: values are not modelled")


CUSTOMER_TABLES: dict[str, type[dy.Schema]] = {
    "kpi_cohort_quarters": Cohorts,
    "kpi_cohorts": Cohorts,
    "kpi_customers": Customers,
    "kpi_prospects": Prospects,
    "kpi_segments": Segments,
}
