"""The contracts of the tables that 03_quota saves: grain, key, columns, units. `ws.save` checks them before it writes.

Amounts are whole counts of 10 ** -money_decimals of the company's currency; a ratio is a share (1 = all).
"""

import dataframely as dy


class QuotaMatrix(dy.Schema):
    """One row per cell of the territory matrix, empty ones too; the declared dimensions stand before as the key."""

    accounts = dy.Int64(description="accounts that lie in the cell")
    customers = dy.Int64(description="accounts that bought in the fiscal year to date, and buyers who are no account")
    revenue_amount = dy.Int64(description="net revenue of the fiscal year to date")
    before_amount = dy.Int64(description="net revenue of the same days a year before")
    potential_amount = dy.Int64(description="potential of a year; shared over product groups by the company's mix")
    workload_hours = dy.Float64(description="hours of a year, shared alike")
    people = dy.Int64(description="people who own accounts in the cell")
    load = dy.Float64(nullable=True, description="hours ÷ capacity of these people, by their hours in the cell")
    is_empty = dy.Bool(description="nobody bought")
    is_heavy = dy.Bool(description="load above the band")


class QuotaOwners(dy.Schema):
    """One row per account, product group and stretch of the fiscal year with one owner; these and start_on the key."""

    account_id = dy.String(description="account")
    product_group = dy.String(nullable=True, description="product group where rules name one; null: all")
    start_on = dy.Date(description="first day of the stretch")
    end_on = dy.Date(description="first day no longer in it")
    kind = dy.String(description="rule, override (a move by hand), account (no rules), overlap, gap")
    person_id = dy.String(nullable=True, description="owner by the rules; null: nobody, or several")


class QuotaBalance(dy.Schema):
    """One row per person who looks after accounts: what they carry, each load beside its index."""

    person_id = dy.String(primary_key=True, description="person")
    name = dy.String(description="name")
    team = dy.String(description="team path")
    region = dy.String(nullable=True, description="region; null: all")
    accounts = dy.Int64(description="accounts owned")
    workload_hours = dy.Float64(description="hours a year")
    potential_amount = dy.Int64(description="potential of a year")
    sales_amount = dy.Int64(description="net revenue of these accounts in the fiscal year to date")
    workload_index = dy.Float64(nullable=True, description="load ÷ mean × 100; null: nobody carries any")
    potential_index = dy.Float64(nullable=True, description="load ÷ mean × 100; null: nobody carries any")
    sales_index = dy.Float64(nullable=True, description="load ÷ mean × 100; null: nobody carries any")
    alignment_index = dy.Float64(nullable=True, description="the three indices by the weights; null: one is unknown")
    is_outside = dy.Bool(description="workload or potential outside the band")


class QuotaPeriods(dy.Schema):
    """One row per person and quota period of the fiscal year that has begun."""

    person_id = dy.String(primary_key=True, description="person")
    start_on = dy.Date(primary_key=True, description="first day of the quota period")
    end_on = dy.Date(description="first day no longer in it")
    quota_amount = dy.Int64(description="quota of record")
    actual_amount = dy.Int64(description="credited revenue of its days up to as_of")
    attainment = dy.Float64(nullable=True, description="actual ÷ quota; null where the quota is not above 0")
    reason = dy.String(nullable=True, description="why it is null: no_quota")
    is_complete = dy.Bool(description="the period has ended")


class QuotaAttainment(dy.Schema):
    """One row per person with quotas of record that begin in the fiscal year, all of them together."""

    person_id = dy.String(primary_key=True, description="person")
    start_on = dy.Date(description="first day of the first quota period")
    end_on = dy.Date(description="first day after the last one")
    quota_amount = dy.Int64(description="sum of the quotas")
    actual_amount = dy.Int64(description="credited revenue of their days up to as_of")
    attainment = dy.Float64(nullable=True, description="actual ÷ quota")
    pace = dy.Float64(description="share of the quota that the season usually brings by as_of")
    against_pace = dy.Float64(nullable=True, description="attainment − pace")
    projected_amount = dy.Int64(nullable=True, description="actual ÷ pace")
    projected = dy.Float64(nullable=True, description="projected_amount ÷ quota")
    low_amount = dy.Int64(nullable=True, description="80 % of such projections ended above this")
    high_amount = dy.Int64(nullable=True, description="and below this")
    low = dy.Float64(nullable=True, description="low_amount ÷ quota")
    high = dy.Float64(nullable=True, description="high_amount ÷ quota")
    interval_reason = dy.String(nullable=True, description="why there is none: short_history, complete, not_begun")
    gap_amount = dy.Int64(description="quota − actual, 0 where met")
    pipeline_amount = dy.Int64(nullable=True, description="open deals due by end_on; null: works without deals")
    weighted_amount = dy.Int64(nullable=True, description="the same × the win rate of each deal's stage")
    coverage = dy.Float64(nullable=True, description="pipeline ÷ gap")
    weighted_coverage = dy.Float64(nullable=True, description="weighted_amount ÷ gap")
    reason = dy.String(nullable=True, description="why a figure is null: no_quota, not_begun, met, no_pipeline")
    name = dy.String(description="name")
    team = dy.String(nullable=True, description="team path")
    region = dy.String(nullable=True, description="region; null: all")
    manager_id = dy.String(nullable=True, description="manager")
    is_manager = dy.Bool(description="the figures are the team's, on each day")
    is_here = dy.Bool(description="at work on as_of")


class QuotaTeams(dy.Schema):
    """One row per team path and each path above it: quota and actual to date of the people in it."""

    team = dy.String(primary_key=True, description="path from the top")
    level = dy.Int64(description="steps in the path")
    quota_amount = dy.Int64(description="quotas of the year, by the team on their first day")
    actual_amount = dy.Int64(description="credited revenue to date, by the team on its day")


class QuotaSales(dy.Schema):
    """One row per account, channel, region and product group (each may be null): quota that is due beside sales."""

    account_id = dy.String(nullable=True, description="business account; null: buyers who are none")
    channel = dy.String(nullable=True, description="channel; null: a quota that nothing tells where it lies")
    region = dy.String(nullable=True, description="region")
    product_group = dy.String(nullable=True, description="product group")
    quota_amount = dy.Int64(description="quotas due to date, shared over what the people's accounts brought last year")
    actual_amount = dy.Int64(description="net revenue of the fiscal year to date")


class QuotaScenarios(dy.Schema):
    """One row per person and scenario: the quota of the next year, and where it starts from."""

    scenario = dy.String(primary_key=True, description="key of company.yaml's quota.scenarios, or flat")
    person_id = dy.String(primary_key=True, description="person")
    team = dy.String(description="team path on the day of planning")
    base_year = dy.String(description="fiscal year that scenarios start from")
    projected_amount = dy.Int64(description="the person's base year, projected to its end")
    quota_year = dy.String(description="fiscal year of the quota")
    base_amount = dy.Int64(description="base: what finance counts; parents are the exact sum")
    quota_amount = dy.Int64(description="quota: what the person carries, over-assignment and limits in it")
    rule = dy.String(
        nullable=True, description="own, part_year, fewer_years, joiner, zero, negative, vacancy; null: flat rule"
    )
    is_chosen = dy.Bool(description="the scenario that quota_proposed carries out")


class QuotaProposed(dy.Schema):
    """One row per scenario that can be had, person and month: what the person would carry."""

    scenario = dy.String(primary_key=True, description="scenario")
    person_id = dy.String(primary_key=True, description="person")
    month_on = dy.Date(primary_key=True, description="first day of the month")
    quota_year = dy.String(description="fiscal year of the quota")
    base_amount = dy.Int64(description="quota without over-assignment: what finance counts")
    quota_amount = dy.Int64(description="what the person carries, over all factors")
    present = dy.Float64(nullable=True, description="share of the month that the person carries; null: a manager's")
    is_manager = dy.Bool(description="the number of a team: it counts its people's again")
    is_chosen = dy.Bool(description="the scenario that the run carries out")


class QuotaParts(dy.Schema):
    """One row per person, factor and month of the chosen scenario, managers left out."""

    person_id = dy.String(primary_key=True, description="person")
    factor = dy.String(primary_key=True, description="product group, or what company.yaml's quota.factors name, with /")
    month_on = dy.Date(primary_key=True, description="first day of the month")
    quota_amount = dy.Int64(description="what the person carries")


class QuotaChecks(dy.Schema):
    """One row per scenario, level and month (null: the year), all three the key: parents against their children."""

    scenario = dy.String(description="scenario")
    depth = dy.Int64(description="0 the company, then down the tree")
    month_on = dy.Date(nullable=True, description="first day of the month; null: the year")
    level = dy.String(description="name of the level")
    parents = dy.Int64(description="nodes with children")
    children = dy.Int64(description="their children")
    parent_amount = dy.Int64(description="sum of the parents")
    children_amount = dy.Int64(description="sum of the children")
    parents_that_differ = dy.Int64(description="parents that are not the sum of their children: 0")
    difference = dy.Int64(description="parent_amount − children_amount: 0")
