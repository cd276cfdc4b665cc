"""The contracts of the saved tables of recurring revenue: grain, key, columns, units, as in kpis/contracts.py."""

import dataframely as dy


class MrrBridge(dy.Schema):
    """One row per step (a month) of recurring revenue: opening + movements = closing; losses are negative."""

    start_on = dy.Date(primary_key=True, description="first day of the step")
    end_on = dy.Date(description="first day after it")
    opening = dy.Int64(description="MRR before the first day")
    new = dy.Int64(description="of customers who never paid before")
    expansion = dy.Int64(description="more than before")
    reactivation = dy.Int64(description="of customers who had left")
    contraction = dy.Int64(description="less than before, negative")
    churn = dy.Int64(description="of customers who left, negative")
    fx = dy.Int64(description="what exchange rates made of contracts in other currencies")
    closing = dy.Int64(description="MRR on the last day")
    opening_customers = dy.Int64(description="customers before the first day")
    new_customers = dy.Int64(description="customers of the movement")
    expansion_customers = dy.Int64(description="customers of the movement")
    reactivation_customers = dy.Int64(description="customers of the movement")
    contraction_customers = dy.Int64(description="customers of the movement")
    churn_customers = dy.Int64(description="customers of the movement")
    closing_customers = dy.Int64(description="customers on the last day")
    passing = dy.Int64(description="customers who began and ended inside the step")


class Retention(dy.Schema):
    """One row per cell of the dimension, and a last one for all: recurring revenue that stayed over twelve months."""

    cell = dy.String(nullable=True, description="product group or region; null: all of them, or not named")
    dimension = dy.String(description="product_group, region or all")
    customers = dy.Int64(description="customers a year ago")
    base = dy.Int64(description="their MRR then")
    now = dy.Int64(description="their MRR now, at the exchange rates of then")
    least = dy.Int64(description="the smaller of the two, customer by customer")
    stayed = dy.Int64(description="customers of them who still pay")
    nrr = dy.Float64(nullable=True, description="now ÷ base")
    grr = dy.Float64(nullable=True, description="least ÷ base, at most 1")
    logo_churn = dy.Float64(nullable=True, description="customers who left ÷ customers")


class Renewals(dy.Schema):
    """One row per contract that ends or renews in the 90 days after the as-of day."""

    due_on = dy.Date(description="day it ends or renews")
    subscription_id = dy.String(primary_key=True, description="contract")
    customer_id = dy.String(description="customer")
    product_group = dy.String(nullable=True, description="what is serviced")
    region = dy.String(nullable=True, description="region")
    is_ending = dy.Bool(description="its end is known; otherwise it renews")
    mrr = dy.Int64(description="monthly recurring revenue")
    term_amount = dy.Int64(description="the same for a whole term")


TABLES: dict[str, type[dy.Schema]] = {
    "kpi_mrr_bridge": MrrBridge,
    "kpi_retention": Retention,
    "kpi_renewals": Renewals,
}
