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


class CustomerWorth(dy.Schema):
    """One row per measure of what a customer costs and is worth."""

    metric = dy.String(
        primary_key=True, description="cac, paid_cac, payback (months), ltv, capped_ltv, ltv_cac (a ratio)"
    )
    value = dy.Float64(nullable=True, description="money units, months or a ratio; null: undefined, see reason")
    reason = dy.String(nullable=True, description="why it is undefined")


class Platforms(dy.Schema):
    """One row per advertising platform with spend in the period."""

    platform = dy.String(primary_key=True, description="platform")
    spend_amount = dy.Int64(description="spend")
    clicks = dy.Int64(description="clicks")
    conversions = dy.Int64(description="as the platform counts them: never summed over platforms")
    cpa = dy.Int64(nullable=True, description="spend ÷ conversions; null where it counts none")


class Findings(dy.Schema):
    """One row per finding of the period, ranked by the size of the money at stake, in the run's language."""

    place = dy.Int64(primary_key=True, description="rank, from 1")
    amount = dy.Int64(description="money at stake; negative: a problem")
    key = dy.String(description="watch and place: the same from period to period")
    rule = dy.String(description="the rule that answers to it")
    basis = dy.String(description="what the amount is measured against")
    title = dy.String(description="what happened")
    why = dy.String(description="what goes with it")
    look_at = dy.String(description="where to look")
    action = dy.String(description="what to do")
    owner = dy.String(description="who does it")
    due_on = dy.Date(description="until when")
    is_good = dy.Bool(description="a success to copy")


class KeptFindings(dy.Schema):
    """One row per finding of a period, as the company's record keeps it."""

    period = dy.String(primary_key=True, description="the period that told it")
    made_on = dy.Date(primary_key=True, description="the as-of day")
    key = dy.String(primary_key=True, description="watch and place: the same from period to period")
    watch = dy.String(description="the watch that found it")
    metric = dy.String(nullable=True, description="the watched metric; null: a look of its own")
    place = dy.String(description="the part by dimension, as JSON")
    rule = dy.String(description="the rule that answered to it")
    amount = dy.Int64(description="money at stake; negative: a problem")
    owner = dy.String(nullable=True, description="person_id of who acts")
    due_on = dy.Date(description="until when")
    done = dy.String(nullable=True, description="what somebody wrote beside it: a column that people add")


class Followed(dy.Schema):
    """One row per finding of the period before, and what became of it."""

    key = dy.String(primary_key=True, description="watch and place: the same from period to period")
    watch = dy.String(description="the watch that found it")
    metric = dy.String(nullable=True, description="the watched metric; null: a look of its own")
    place = dy.String(description="the part by dimension, as JSON")
    then_amount = dy.Int64(description="money at stake then")
    now_amount = dy.Int64(nullable=True, description="the same place now; null: nothing is told of it any more")
    status = dy.String(description="gone, smaller, same or larger")
    owner = dy.String(nullable=True, description="person_id of who was to act")
    due_on = dy.Date(description="until when")
    done = dy.String(nullable=True, description="what somebody wrote beside it in the record")


KPI_TABLES: dict[str, type[dy.Schema]] = {
    "kpi_campaigns": Campaigns,
    "kpi_cohorts": Cohorts,
    "kpi_customer_worth": CustomerWorth,
    "kpi_findings": Findings,
    "kpi_followed": Followed,
    "kpi_funnel": Stages,
    "kpi_headline": Headline,
    "kpi_monthly": Monthly,
    "kpi_mrr_bridge": MrrBridge,
    "kpi_platforms": Platforms,
}
