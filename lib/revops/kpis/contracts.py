"""The contracts of the tables that 02_kpis saves: grain, key, columns, units. `ws.save` checks them before it writes.

Money and `mrr` are whole counts of 10 ** -money_decimals of the company's currency; a share is a fraction of 1.
"""

import dataframely as dy

from revops.kpis.customers.contracts import CUSTOMER_TABLES
from revops.kpis.marketing.contracts import TABLES as MARKETING_TABLES
from revops.kpis.pipeline.contracts import TABLES as DEAL_TABLES
from revops.kpis.recurring.contracts import TABLES as RECURRING_TABLES


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


class Forecast(dy.Schema):
    """One row per metric, node (the total, one value of a dimension, or a cell) and month to come.

    The cells of a month add up to the total, and so do the values of each dimension: never add different levels.
    """

    metric = dy.String(description="key of the metric")
    level = dy.String(description="total, product_group, channel, region or cell")
    product_group = dy.String(nullable=True, description="product group; null: all, or a header's rounding")
    channel = dy.String(nullable=True, description="channel; null: all")
    region = dy.String(nullable=True, description="region; null: all")
    month_on = dy.Date(description="first day of the month")
    lead = dy.Int64(description="months ahead of the last known month")
    forecast = dy.Int64(description="what is expected")
    low = dy.Int64(nullable=True, description="lower end of the 80 % interval; null: too few past errors, or a cell")
    high = dy.Int64(nullable=True, description="upper end of it")
    method = dy.String(description="how the node's own series is carried forward")


class ForecastAccuracy(dy.Schema):
    """One row per metric, node, months ahead and origin of the forecasts that are judged."""

    metric = dy.String(description="key of the metric")
    level = dy.String(description="total, product_group, channel or region")
    product_group = dy.String(nullable=True, description="product group; null: all, or a header's rounding")
    channel = dy.String(nullable=True, description="channel; null: all")
    region = dy.String(nullable=True, description="region; null: all")
    origin = dy.String(description="kept: frozen in the record; backtest: told anew from what was known then")
    lead = dy.Int64(description="months ahead")
    months = dy.Int64(description="forecasts whose month has come")
    wape = dy.Float64(nullable=True, description="Σ|F − A| ÷ Σ|A|; null: nothing happened")
    bias = dy.Float64(nullable=True, description="Σ(F − A) ÷ ΣA; above 0: too much was expected")
    mase = dy.Float64(nullable=True, description="mean |F − A| ÷ that of the same month a year before, earlier months")
    naive_wape = dy.Float64(nullable=True, description="the error of the seasonal naive in the same months")
    hits = dy.Int64(description="months inside the interval drawn then")
    judged = dy.Int64(description="months for which an interval was drawn")
    method = dy.String(nullable=True, description="the method in use today, or of the last kept forecast")
    actual = dy.Int64(description="Σ actual")
    error = dy.Int64(description="Σ(F − A)")
    absolute_error = dy.Int64(description="Σ|F − A|")


class Budget(dy.Schema):
    """One row per month, budget line, department, organisation and account type; types are never added together."""

    month_on = dy.Date(description="first day of the month")
    budget_line = dy.String(description="line of the budget")
    department = dy.String(nullable=True, description="department; null: all")
    organisation = dy.String(nullable=True, description="organisation; null: all")
    account_type = dy.String(description="income: more is good; cost: less is; others are shown apart")
    budget_amount = dy.Int64(nullable=True, description="as planned; null: not planned")
    actual_amount = dy.Int64(nullable=True, description="as booked; null: nothing booked")


class TargetStanding(dy.Schema):
    """One row per target that runs in the period: amounts in money units, counts, shares or ratios of its metric."""

    name = dy.String(primary_key=True, description="its name in company.yaml, or the metric of a planned figure")
    origin = dy.String(description="goal: company.yaml; plan: a target sheet")
    metric = dy.String(description="key of the metric")
    place = dy.String(nullable=True, description="where it holds; null: the whole company")
    owner = dy.String(nullable=True, description="person_id who answers for it")
    start_on = dy.Date(primary_key=True, description="first day")
    end_on = dy.Date(primary_key=True, description="first day after it")
    kind = dy.String(description="money, number or percent (a share)")
    better = dy.String(description="higher, lower or neither")
    target = dy.Float64(nullable=True, description="the number; null: undefined, see reason")
    actual = dy.Float64(nullable=True, description="so far")
    attainment = dy.Float64(nullable=True, description="actual ÷ target")
    elapsed = dy.Float64(nullable=True, description="share of the time gone by the rule")
    rule = dy.String(nullable=True, description="own or company: last year's days; months; working_days; straight")
    due = dy.Float64(nullable=True, description="share of the target that should have come by now")
    pace = dy.Float64(nullable=True, description="attainment ÷ due")
    gap = dy.Float64(nullable=True, description="target − actual")
    needed = dy.Float64(nullable=True, description="what is left ÷ what the season still brings of the target")
    projected = dy.Float64(nullable=True, description="where it ends at this pace")
    projected_share = dy.Float64(nullable=True, description="projected ÷ target")
    previous_year = dy.Float64(nullable=True, description="the same metric and place, whole period a year before")
    asked_growth = dy.Float64(nullable=True, description="target ÷ previous_year − 1")
    trend = dy.Float64(nullable=True, description="growth of the twelve months before it over the year before")
    against = dy.String(nullable=True, description="of a relative target: the period it grows from")
    base = dy.Float64(nullable=True, description="of a relative target: that period's actual")
    status = dy.String(nullable=True, description="met, missed; while it runs ahead, on or behind")
    is_luck = dy.Bool(nullable=True, description="the distance lies within the noise of the cases behind it")
    reason = dy.String(nullable=True, description="why something is undefined")


class Bridges(dy.Schema):
    """One row per reference and effect on net revenue; the effects of a reference sum to the difference."""

    reference = dy.String(primary_key=True, description="plan, previous, previous_year, tet or both_months")
    start_on = dy.Date(description="first day held against")
    end_on = dy.Date(description="first day after it")
    effect = dy.String(primary_key=True, description="volume, price, mix, discounts, returns or currency")
    amount = dy.Int64(description="what it moved")


class CustomerMoves(dy.Schema):
    """One row per past reference and kind of customer; the amounts of a reference sum to the difference."""

    reference = dy.String(primary_key=True, description="previous, previous_year, tet or both_months")
    kind = dy.String(primary_key=True, description="new, back, more, less, lost or anonymous")
    customers = dy.Int64(nullable=True, description="customers; null: nobody can count anonymous ones")
    actual = dy.Int64(description="net revenue of the period")
    before = dy.Int64(description="net revenue of the reference")
    amount = dy.Int64(description="actual − before")


class Contributions(dy.Schema):
    """One row per dimension and part: what it adds to the difference of net revenue to the main reference."""

    reference = dy.String(description="previous, previous_year, tet or both_months")
    dimension = dy.String(description="product_group, channel, region, product_id or person_id")
    part = dy.String(nullable=True, description="the part; null: what carries none")
    actual = dy.Int64(description="net revenue of the period")
    before = dy.Int64(description="net revenue of the reference")
    delta = dy.Int64(description="actual − before; the parts of a dimension sum to the difference")
    share = dy.Float64(nullable=True, description="delta ÷ the whole difference; null where that is 0")


KPI_TABLES: dict[str, type[dy.Schema]] = {
    **CUSTOMER_TABLES,
    **DEAL_TABLES,
    **MARKETING_TABLES,
    **RECURRING_TABLES,
    "kpi_budget": Budget,
    "kpi_bridges": Bridges,
    "kpi_contributions": Contributions,
    "kpi_customer_moves": CustomerMoves,
    "kpi_targets": TargetStanding,
    "kpi_findings": Findings,
    "kpi_followed": Followed,
    "kpi_forecast": Forecast,
    "kpi_forecast_accuracy": ForecastAccuracy,
    "kpi_funnel": Stages,
    "kpi_headline": Headline,
    "kpi_monthly": Monthly,
}
