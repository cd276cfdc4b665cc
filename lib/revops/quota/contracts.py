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


class QuotaHandovers(dy.Schema):
    """One row per account that changes hands by the proposal of territories."""

    account_id = dy.String(primary_key=True, description="business customer")
    person_id = dy.String(nullable=True, description="owner today")
    new_person_id = dy.String(description="owner by the proposal")
    load = dy.Float64(description="points of the alignment index, 100 the mean of all people")
    workload_hours = dy.Float64(description="hours a year")
    potential_amount = dy.Int64(description="potential of a year")
    sales_amount = dy.Int64(description="net revenue of the fiscal year to date, returns beyond it as 0")
    pipeline_amount = dy.Int64(description="open deals")
    from_before = dy.Float64(nullable=True, description="index of today's owner; null: nobody who looks after accounts")
    from_after = dy.Float64(nullable=True, description="the same by the proposal")
    to_before = dy.Float64(description="index of the new owner today")
    to_after = dy.Float64(description="the same by the proposal")


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
    """One row per scenario that can be had, person, factor and month, managers left out."""

    scenario = dy.String(primary_key=True, description="scenario")
    person_id = dy.String(primary_key=True, description="person")
    factor = dy.String(primary_key=True, description="product group, or what company.yaml's quota.factors name, with /")
    month_on = dy.Date(primary_key=True, description="first day of the month")
    quota_amount = dy.Int64(description="what the person carries")


class QuotaWhy(dy.Schema):
    """One row per person: what makes the chosen scenario's number, from the base year on; parts sum to quota_amount."""

    person_id = dy.String(primary_key=True, description="person")
    base_amount = dy.Int64(description="the person's base year, projected to its end")
    growth_amount = dy.Int64(description="growth as the company's number grows on the base year")
    share_amount = dy.Int64(description="the scenario's weights in place of the base year's")
    presence_amount = dy.Int64(description="joiners, leavers and ramp, the person's own and the others'")
    over_amount = dy.Int64(description="over-assignment")
    limits_amount = dy.Int64(description="pins, locks, least and most, and what they leave to others")
    step_amount = dy.Int64(description="rounding to the step")
    quota_amount = dy.Int64(description="what the person carries")
    present = dy.Float64(description="share of the year that the person carries a whole quota")
    bind = dy.String(nullable=True, description="limit that holds the number: pin, lock, least, most; null: none")
    by = dy.String(description="weights of the scenario, with commas: history, potential, …")
    rules = dy.String(description="what the person is listed for, with commas: joiner, ramp, no_potential, …")
    base_part = dy.Float64(nullable=True, description="share of the base year of all with potential; null: has none")
    potential_part = dy.Float64(nullable=True, description="share of all potential; null: has none")


class QuotaBacktest(dy.Schema):
    """One row per scenario, earlier fiscal year and person: the quota as if, and what came in the same months."""

    scenario = dy.String(primary_key=True, description="scenario, or flat")
    year = dy.String(primary_key=True, description="fiscal year tested")
    person_id = dy.String(primary_key=True, description="person")
    months = dy.Int64(description="months that are over and that the person was there")
    quota_amount = dy.Int64(description="what the person would have carried in these months")
    actual_amount = dy.Int64(description="credited in these months")
    potential_amount = dy.Int64(nullable=True, description="potential of the accounts they own today; null: none known")
    pay_amount = dy.Int64(nullable=True, description="a year's pay at that attainment; null: none declared")


class QuotaScores(dy.Schema):
    """One row per scenario tested, the flat rule too: how its quotas did in earlier years."""

    scenario = dy.String(primary_key=True, description="scenario, or flat")
    quotas = dy.Int64(description="persons × years tested")
    reached = dy.Int64(description="quotas that would have been reached")
    within = dy.Int64(description="attainment from 80 to 120 %")
    wape = dy.Float64(nullable=True, description="Σ|quota − actual| ÷ Σ|actual|")
    bias = dy.Float64(nullable=True, description="Σ(quota − actual) ÷ Σ actual")
    spread = dy.Float64(nullable=True, description="population standard deviation of attainment")
    correlation = dy.Float64(nullable=True, description="Pearson's of attainment with potential")
    correlation_reason = dy.String(nullable=True, description="why it is null: few_people, no_potential, no_variation")
    follows = dy.Bool(description="attainment follows potential by more than chance: |t| of 2 or more")
    pay_amount = dy.Int64(nullable=True, description="pay of a year, mean of the years; null: not declared for all")
    is_recommended = dy.Bool(description="the least luck of the scenarios; the flat rule is not ranked")


class QuotaSensitivity(dy.Schema):
    """One row per assumption moved, the largest movement first: the chosen scenario proposed again."""

    place = dy.Int64(primary_key=True, description="1 moves most")
    case = dy.String(description="growth, over, blend, leaver, account")
    value = dy.Int64(nullable=True, description="the move or the new rate, billionths")
    about = dy.String(nullable=True, description="who leaves, or the account lost")
    total_amount = dy.Int64(nullable=True, description="what people carry then; null: limits cannot be kept")
    change_amount = dy.Int64(nullable=True, description="its change")
    moved_amount = dy.Int64(nullable=True, description="Σ|change| of persons")
    people = dy.Int64(nullable=True, description="persons whose number changes")
    person_id = dy.String(nullable=True, description="whose number changes most")
    person_amount = dy.Int64(nullable=True, description="by how much")
    reason = dy.String(nullable=True, description="why the figures are null: refused")


class QuotaCover(dy.Schema):
    """One row per team path: what its people can bring in the quota year against their base quotas."""

    team = dy.String(primary_key=True, description="team path")
    ramped = dy.Int64(description="people there and at full rate all year")
    ramping = dy.Int64(description="the others")
    able_amount = dy.Int64(nullable=True, description="what they can bring; null: no productivity is declared")
    base_amount = dy.Int64(description="base quotas")
    cover = dy.Float64(nullable=True, description="able ÷ base")
    reason = dy.String(nullable=True, description="why it is null: no_productivity, no_cases")


class QuotaChecks(dy.Schema):
    """One row per scenario, measure, `against`, level and month, all the key: what nodes ask for, what is below."""

    scenario = dy.String(description="scenario")
    measure = dy.String(description="base; street: what people carry, over-assignment included")
    against = dy.String(description="children; months: each node's year against its own months")
    depth = dy.Int64(description="0 the company, then down the tree")
    level = dy.String(description="company, the factors, team 1, team 2 …, person")
    month_on = dy.Date(nullable=True, description="first day of the month; null: the year")
    parents = dy.Int64(description="nodes compared")
    children = dy.Int64(description="their children, or months")
    parent_amount = dy.Int64(description="what the nodes ask for: street × (1 + h of the level), rounded by node")
    children_amount = dy.Int64(description="sum of the children, or months")
    parents_that_differ = dy.Int64(description="nodes that are not the sum of what is below them: 0")
