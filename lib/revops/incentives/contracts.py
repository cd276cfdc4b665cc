"""The tables that pay is saved in: all that a statement, `revops explain`, the payroll and a closed version read.

A payment is its lines: `pay_lines` sums to `pay_statements`, its commission lines to `pay_summary`. Names of plans
stand in both languages and exact numbers as text (`12.345`, `-1/3`), so that a statement never needs the plan again.
"""

import dataframely as dy


class PayStatements(dy.Schema):
    """One row per person on a plan and pay month: what is paid, or why not."""

    person_id = dy.String(primary_key=True, description="who is paid")
    month_on = dy.Date(primary_key=True, description="first day of the pay month")
    name = dy.String(description="name")
    role = dy.String(description="role")
    team = dy.String(description="team path")
    region = dy.String(nullable=True, description="region")
    channel = dy.String(nullable=True, description="channel")
    plan = dy.String(nullable=True, description="short name of the plan; null: no plan")
    credit_amount = dy.Int64(nullable=True, description="credits of the first component")
    quota_amount = dy.Int64(nullable=True, description="quota of record")
    attainment = dy.Float64(nullable=True, description="measure of the quota period to date ÷ quota, for display")
    commission_amount = dy.Int64(nullable=True, description="sum of the components after caps")
    extra_amount = dy.Int64(nullable=True, description="spiffs, objectives, cap of the plan")
    item_amount = dy.Int64(nullable=True, description="all that stands between earned and paid; see pay_balances")
    paid_amount = dy.Int64(nullable=True, description="commission + extras + items = what is paid; null: stopped")
    currency = dy.String(description="currency of these amounts: the plan's")
    payable_amount = dy.Int64(nullable=True, description="what is paid out, in pay_currency")
    pay_currency = dy.String(description="currency that is paid out")
    fault = dy.String(nullable=True, description="why the payment is stopped")


class PaySummary(dy.Schema):
    """One row per person, pay month and payout: one component of one plan in one window."""

    person_id = dy.String(primary_key=True, description="who is paid")
    month_on = dy.Date(primary_key=True, description="first day of the pay month")
    part = dy.Int64(primary_key=True, description="number of the payout in the payment, from 0")
    plan = dy.String(description="short name of the plan")
    component = dy.Int64(description="number of the plan's component, from 0")
    name_en = dy.String(description="name of the component in English, or as the plan gives it")
    name_vi = dy.String(description="the same in Vietnamese")
    credit = dy.String(description="kind of credit: direct, channel, rollup or overlay")
    basis = dy.String(description="what is credited: booked, collected, units …")
    is_money = dy.Bool(description="whether credits are money; else they are counted")
    shape = dy.String(description="marginal, whole, curve or matrix")
    factor = dy.Int64(description="share of a credit that counts, billionths")
    window_from = dy.Date(description="first day of what attainment and tiers run over")
    window_until = dy.Date(description="first day after it")
    quota_amount = dy.Int64(nullable=True, description="quota of the window, money units or a count")
    is_of_quota = dy.Bool(description="whether its tiers are shares of the quota")
    before_amount = dy.Int64(description="credits of the window before this month, before the component's factor")
    credit_amount = dy.Int64(description="sum of the month's credits, before the component's factor")
    attainment = dy.Float64(nullable=True, description="credit counted in the window ÷ quota, for display")
    uncapped_amount = dy.Int64(description="what the scale gives, rounded: the sum of its commission lines")
    cap_amount = dy.Int64(description="what hurdle, multiplier, windfalls and cap change")
    pay_amount = dy.Int64(description="what the component pays")
    exact_amount = dy.String(description="what the scale gives before rounding, in the currency, exact")
    limit_amount = dy.Int64(nullable=True, description="the component's cap; null: none")
    file = dy.String(nullable=True, description="file of the plan")
    row = dy.Int64(nullable=True, description="line of the component in it")


class PaySteps(dy.Schema):
    """One row per payout and step of its scale: [start, end), `paid` at its start, then `rate` a unit; exact text."""

    person_id = dy.String(primary_key=True, description="who is paid")
    month_on = dy.Date(primary_key=True, description="first day of the pay month")
    part = dy.Int64(primary_key=True, description="number of the payout in the payment")
    step = dy.Int64(primary_key=True, description="number of the step, from 0")
    start = dy.String(description="credit at which it starts")
    end = dy.String(nullable=True, description="credit at which it ends; null: open")
    rate = dy.String(description="what each further unit earns")
    paid = dy.String(description="what is earned at its start")
    row = dy.Int64(nullable=True, description="line of the tier in the plan's file")


class PayLines(dy.Schema):
    """One row per person, pay month and line of the payment; lines sum to what is paid."""

    person_id = dy.String(primary_key=True, description="who is paid")
    month_on = dy.Date(primary_key=True, description="first day of the pay month")
    line_no = dy.Int64(primary_key=True, description="1, 2, 3 … by payout in event order, then what changes the sum")
    line = dy.String(description="its name: pay month, person and number, as 2026-10/NV-0101/7")
    kind = dy.String(
        description="commission, true_up, or what changes the sum: cap, spiff, held, clawback, carried_out …"
    )
    part = dy.Int64(description="number of the payout; −1: the whole payment")
    component = dy.Int64(description="number of the plan's component, from 0; −1: the whole payment")
    key = dy.String(nullable=True, description="key of the spiff or objective")
    name_en = dy.String(nullable=True, description="its name in English, or as the plan gives it")
    name_vi = dy.String(nullable=True, description="the same in Vietnamese")
    figures = dy.String(nullable=True, description="what its reason is told with, as JSON")
    rule = dy.String(nullable=True, description="direct, split, channel, rollup or overlay")
    movement_id = dy.String(nullable=True, description="movement credited")
    moved_on = dy.Date(nullable=True, description="day of the movement")
    movement = dy.String(nullable=True, description="sale, return or header_rounding")
    order_id = dy.String(nullable=True, description="order")
    line_id = dy.String(nullable=True, description="order line; for a return the line it reverses")
    product_id = dy.String(nullable=True, description="product")
    product_group = dy.String(nullable=True, description="product group")
    customer_id = dy.String(nullable=True, description="customer")
    account_id = dy.String(nullable=True, description="business account")
    customer_name = dy.String(nullable=True, description="name of the account or customer")
    share = dy.Int64(nullable=True, description="share of the movement, billionths")
    credit_amount = dy.Int64(nullable=True, description="credit, money units, before the component's factor")
    attained = dy.Float64(nullable=True, description="cumulated credit of the window ÷ quota after this line")
    rate_from = dy.Int64(nullable=True, description="rate at the line's beginning, billionths")
    rate_to = dy.Int64(nullable=True, description="rate at its end, billionths")
    pay_amount = dy.Int64(description="the line's part of the payment, money units, a multiple of the minor unit")
    source = dy.String(nullable=True, description="source")
    file = dy.String(nullable=True, description="raw file")
    row = dy.Int64(nullable=True, description="row in it")


class PayNext(dy.Schema):
    """One row per person who is paid by a scale: what more sales would earn, and the deal that may bring them."""

    person_id = dy.String(primary_key=True, description="who")
    month_on = dy.Date(primary_key=True, description="first day of the pay month")
    part = dy.Int64(description="number of the payout that they count for")
    more_amount = dy.Int64(description="the further sales: the deal's amount, else the way to the next step")
    worth_amount = dy.Int64(description="what they add to the payment, all rules of the plan applied")
    account_name = dy.String(nullable=True, description="account of the open deal that is furthest along")
    stage = dy.String(nullable=True, description="its stage")
    deal_amount = dy.Int64(nullable=True, description="its amount")
