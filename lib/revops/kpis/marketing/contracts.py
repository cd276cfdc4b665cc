"""The contracts of the saved tables of marketing: grain, key, columns, units, as in kpis/contracts.py."""

import dataframely as dy


class Campaigns(dy.Schema):
    """One row per campaign or other source with spend or revenue in the period, and one for what no visit led to.

    Each of the five rules sums to the period's net revenue. Orders, new customers and leads are parts: an order that
    two campaigns led to counts for both by its weights.
    """

    campaign = dy.String(primary_key=True, description="campaign, or the source, or '(direct)', or '(unattributed)'")
    platform = dy.String(nullable=True, description="where it runs; null: it never had spend")
    spend_amount = dy.Int64(description="spend")
    clicks = dy.Int64(description="clicks")
    impressions = dy.Int64(description="impressions")
    first_amount = dy.Int64(description="net revenue, all to the first visit of the path")
    last_amount = dy.Int64(description="net revenue, all to the last visit")
    linear_amount = dy.Int64(description="net revenue, equal parts to all visits")
    position_amount = dy.Int64(description="net revenue, 40 % to the first and the last visit, 20 % between them")
    decay_amount = dy.Int64(description="net revenue, a visit counts half for each 7 days before the order")
    net_amount = dy.Int64(description="net revenue by the company's rule")
    profit_amount = dy.Int64(nullable=True, description="the same less standard cost; null: a product has none")
    orders = dy.Float64(description="orders by the company's rule")
    new_customers = dy.Float64(description="customers whose first order it led to, by the company's rule")
    leads = dy.Float64(description="leads created, by the company's rule")
    roas = dy.Float64(nullable=True, description="net_amount ÷ spend; null where no order ever named it")
    roi = dy.Float64(nullable=True, description="(profit_amount − spend) ÷ spend")
    cac = dy.Float64(nullable=True, description="spend ÷ new customers, in money units")


class Platforms(dy.Schema):
    """One row per advertising platform with spend in the period."""

    platform = dy.String(primary_key=True, description="platform")
    spend_amount = dy.Int64(description="spend")
    clicks = dy.Int64(description="clicks")
    conversions = dy.Int64(description="as the platform counts them: never summed over platforms")
    cpa = dy.Int64(nullable=True, description="spend ÷ conversions; null where it counts none")


class CustomerWorth(dy.Schema):
    """One row per measure of what a customer costs and is worth."""

    metric = dy.String(
        primary_key=True, description="cac, paid_cac, payback (months), ltv, capped_ltv, ltv_cac (a ratio)"
    )
    value = dy.Float64(nullable=True, description="money units, months or a ratio; null: undefined, see reason")
    reason = dy.String(nullable=True, description="why it is undefined")


TABLES: dict[str, type[dy.Schema]] = {
    "kpi_campaigns": Campaigns,
    "kpi_platforms": Platforms,
    "kpi_customer_worth": CustomerWorth,
}
