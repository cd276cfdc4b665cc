"""The contracts of the tables that 02_kpis saves: grain, key, columns, units. `ws.save` checks them before it writes.

Money and `mrr` are whole counts of 10 ** -money_decimals of the company's currency; a share is a fraction of 1.
"""

import dataframely as dy


class Monthly(dy.Schema):
    """One row per month, product group, channel and region: net revenue from detailed lines or from history."""

    month_on = dy.Date(description="first day of the month")
    product_group = dy.String(nullable=True, description="product group; null: a header's rounding")
    channel = dy.String(description="sales channel")
    region = dy.String(nullable=True, description="sales region")
    net_amount = dy.Int64(description="net revenue after returns")
    origin = dy.String(description="detail or history, never both for a month")


class Headline(dy.Schema):
    """One row per leading metric of the period."""

    metric = dy.String(primary_key=True, description="key of the metric")
    kind = dy.String(description="money, number or percent (a share)")
    better = dy.String(description="higher or lower")
    value = dy.Float64(nullable=True, description="value of the period; null: undefined, see reason")
    numerator = dy.Int64(nullable=True, description="what the ratio was made of")
    denominator = dy.Int64(nullable=True, description="what the ratio was made of")
    reason = dy.String(nullable=True, description="why it is undefined: no_cases, no_source, no_history, no_export")
    plan = dy.Float64(nullable=True, description="the metric's target of the period")
    previous = dy.Float64(nullable=True, description="value of the period before")
    previous_year = dy.Float64(nullable=True, description="value a year before")
    series = dy.List(dy.Float64(nullable=True), description="thirteen periods, oldest first, this one last")


class Cohorts(dy.Schema):
    """One row per cohort (month of first order) and month number since."""

    cohort_on = dy.Date(primary_key=True, description="month of the first order")
    month_number = dy.Int64(primary_key=True, description="0: the cohort's own month")
    month_on = dy.Date(description="the month that is looked at")
    customers = dy.Int64(description="size of the cohort")
    active = dy.Int64(nullable=True, description="customers with an order in the month; null: in the future")
    share = dy.Float64(nullable=True, description="active ÷ customers")


class Stages(dy.Schema):
    """One row per stage of the funnel, and a last one for won deals."""

    index = dy.Int64(primary_key=True, description="place of the stage, from 0")
    stage = dy.String(nullable=True, description="stage; null: won")
    entered = dy.Int64(description="deals that came to it in the span, or passed over it")
    moved = dy.Int64(nullable=True, description="of these, moved on or won")
    dropped = dy.Int64(nullable=True, description="of these, lost from it")
    still = dy.Int64(nullable=True, description="of these, still open there")
    conversion = dy.Float64(nullable=True, description="moved ÷ (moved + dropped)")
    ended = dy.Int64(nullable=True, description="stays begun in the span that have ended")
    running = dy.Int64(nullable=True, description="stays begun in the span that still run")
    days_median = dy.Int64(nullable=True, description="median days of these, running ones counted as such")
    days_p75 = dy.Int64(nullable=True, description="75th percentile")
    days_p90 = dy.Int64(nullable=True, description="90th percentile")
    days_longest = dy.Int64(nullable=True, description="longest of them so far")
    baseline_visits = dy.Int64(nullable=True, description="ended stays begun in the four quarters before")
    baseline_days = dy.Int64(nullable=True, description="median days of stays begun in the four quarters before")
    lost = dy.Int64(nullable=True, description="deals closed in the span that were lost from the stage")
    lost_amount = dy.Int64(nullable=True, description="their value")
    open = dy.Int64(nullable=True, description="deals that stand in the stage")
    open_amount = dy.Int64(nullable=True, description="their value")
    open_days = dy.Float64(nullable=True, description="median age of these in the stage, days")
    line_days = dy.Int64(nullable=True, description="stall line: P75 of the days of all deals that moved on")
    line_visits = dy.Int64(nullable=True, description="deals that the line rests on")
    beyond_closed = dy.Int64(nullable=True, description="closed deals that took longer than the line")
    beyond_won = dy.Int64(nullable=True, description="of these, won")
    within_closed = dy.Int64(nullable=True, description="closed deals that did not")
    within_won = dy.Int64(nullable=True, description="of these, won")
    is_bottleneck = dy.Bool(description="at most one stage")
    could_be_luck = dy.Bool(nullable=True, description="a median rests on fewer than 20 stays")


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
    closing = dy.Int64(description="MRR on the last day")
    opening_customers = dy.Int64(description="customers before the first day")
    new_customers = dy.Int64(description="customers of the movement")
    expansion_customers = dy.Int64(description="customers of the movement")
    reactivation_customers = dy.Int64(description="customers of the movement")
    contraction_customers = dy.Int64(description="customers of the movement")
    churn_customers = dy.Int64(description="customers of the movement")
    closing_customers = dy.Int64(description="customers on the last day")
    passing = dy.Int64(description="customers who began and ended inside the step")


class Campaigns(dy.Schema):
    """One row per campaign with spend or revenue in the period, and one for revenue that names none."""

    campaign = dy.String(primary_key=True, description="campaign, or '(unattributed)'")
    platform = dy.String(nullable=True, description="where it runs")
    spend_amount = dy.Int64(description="spend")
    clicks = dy.Int64(description="clicks")
    impressions = dy.Int64(description="impressions")
    net_amount = dy.Int64(description="net revenue of orders that name it, shared equally where they name several")
    orders = dy.Int64(description="these orders")
    new_customers = dy.Int64(description="customers whose first order names it")
    leads = dy.Int64(description="leads created that name it")
    roas = dy.Float64(nullable=True, description="revenue ÷ spend; null where no order ever named it")
    cac = dy.Float64(nullable=True, description="spend ÷ new customers, in money units")


class Findings(dy.Schema):
    """One row per finding of the period, ranked by the size of the money at stake, in the run's language."""

    place = dy.Int64(primary_key=True, description="rank, from 1")
    amount = dy.Int64(description="money at stake; negative: a problem")
    rule = dy.String(description="the rule that found it")
    basis = dy.String(description="what the amount is measured against")
    title = dy.String(description="what happened")
    why = dy.String(description="what goes with it")
    action = dy.String(description="what to do")
    owner = dy.String(description="who does it")
    due_on = dy.Date(description="until when")
    is_good = dy.Bool(description="a success to copy")


KPI_TABLES: dict[str, type[dy.Schema]] = {
    "kpi_campaigns": Campaigns,
    "kpi_cohorts": Cohorts,
    "kpi_findings": Findings,
    "kpi_funnel": Stages,
    "kpi_headline": Headline,
    "kpi_monthly": Monthly,
    "kpi_mrr_bridge": MrrBridge,
}
