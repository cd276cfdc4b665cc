"""The contracts of the tables that 02_kpis saves of deals, hand-overs, people and service. Units as in contracts.py."""

import dataframely as dy


class PipelineMoves(dy.Schema):
    """One row per deal and movement of the open pipeline between two CRM exports; the amounts lead from the one to the
    other.
    """

    opportunity_id = dy.String(primary_key=True, description="opportunity")
    movement = dy.String(primary_key=True, description="created, reopened, more, less, won, lost or gone")
    amount = dy.Int64(description="signed")


class OpenDeals(dy.Schema):
    """One row per open deal of the last CRM export, with what it is worth."""

    opportunity_id = dy.String(primary_key=True, description="opportunity")
    person_id = dy.String(nullable=True, description="owner")
    region = dy.String(nullable=True, description="region")
    product_group = dy.String(nullable=True, description="product group")
    lead_source = dy.String(nullable=True, description="lead source")
    account_id = dy.String(nullable=True, description="account")
    stage = dy.String(description="stage it stands in")
    close_on = dy.Date(nullable=True, description="expected close")
    amount = dy.Int64(description="amount; 0 where none is written")
    share = dy.Float64(nullable=True, description="own win rate of the stage")
    weighted_amount = dy.Int64(nullable=True, description="amount × own win rate of the stage")
    crm_amount = dy.Int64(nullable=True, description="amount × the CRM's probability")


class Cover(dy.Schema):
    """One row per person with a quota and open deals in the running quarter, and one for all (null)."""

    person_id = dy.String(nullable=True, description="person; null: all of them")
    quota_amount = dy.Int64(description="quota of the quarter")
    revenue_amount = dy.Int64(description="revenue of the quarter so far")
    left_amount = dy.Int64(description="quota − revenue so far; not above 0: met")
    due_deals = dy.Int64(description="open deals due by the quarter's end")
    due_amount = dy.Int64(description="their amount")
    weighted_amount = dy.Int64(description="their weighted amount")
    coverage = dy.Float64(nullable=True, description="due_amount ÷ left_amount; null: see reason")
    reason = dy.String(nullable=True, description="target_met")


class Journey(dy.Schema):
    """One row per step from lead to renewal, of the leads of a year."""

    step = dy.String(primary_key=True, description="lead, qualified, deal, won, customer or renewed")
    reached = dy.Int64(nullable=True, description="leads that came to it")
    passed = dy.Int64(nullable=True, description="of these, came to the next step")
    open = dy.Int64(nullable=True, description="of these, still may")
    dropped = dy.Int64(nullable=True, description="of these, did not")
    conversion = dy.Float64(nullable=True, description="passed ÷ (passed + dropped)")
    days_median = dy.Int64(nullable=True, description="median days to the next step, of those that came to it")
    days_p90 = dy.Int64(nullable=True, description="90th percentile of these")
    open_days = dy.Float64(nullable=True, description="median days that the open ones have waited")
    reason = dy.String(nullable=True, description="not_recorded")


class Leaks(dy.Schema):
    """One row per hand-over between marketing, sales and service."""

    leak = dy.String(primary_key=True, description="what leaks")
    giver = dy.String(description="team that hands over")
    taker = dy.String(description="team that should take over")
    cases = dy.Int64(nullable=True, description="records that nobody took over; null: see reason")
    of = dy.Int64(nullable=True, description="records to which it could have happened")
    amount = dy.Int64(nullable=True, description="money in the cases; null: unknown")
    person_id = dy.String(nullable=True, description="who holds most of them")
    person_cases = dy.Int64(nullable=True, description="how many")
    reason = dy.String(nullable=True, description="no_source or not_recorded")


class LeakCases(dy.Schema):
    """One row per record that nobody took over at a hand-over."""

    leak = dy.String(primary_key=True, description="what leaks")
    record_id = dy.String(primary_key=True, description="lead, account, opportunity or contract")
    person_id = dy.String(nullable=True, description="owner")
    since_on = dy.Date(description="day since when")
    amount = dy.Int64(nullable=True, description="money in it; null: unknown")


class People(dy.Schema):
    """One row per person who sells: the period's figures, deals of the last twelve months."""

    person_id = dy.String(primary_key=True, description="person")
    days = dy.Int64(description="days present")
    work_days = dy.Int64(description="working days of these")
    net_amount = dy.Int64(description="net revenue")
    gross_amount = dy.Int64(description="sales at list price")
    discount_amount = dy.Int64(description="discounts")
    active_days = dy.Int64(nullable=True, description="working days with customer activity; null: not recorded")
    closed = dy.Int64(description="deals closed in twelve months")
    won = dy.Int64(description="of these, won")
    won_amount = dy.Int64(description="their amount")
    cycle_days = dy.Float64(nullable=True, description="median days from creation to win")


class Tickets(dy.Schema):
    """One row per topic of the tickets opened in the last months, and one for all (null)."""

    topic = dy.String(nullable=True, description="topic; empty: none; null: all")
    opened = dy.Int64(description="tickets opened")
    open = dy.Int64(description="of these, still open")
    hours_p50 = dy.Int64(nullable=True, description="median hours to close, open ones running")
    hours_p90 = dy.Int64(nullable=True, description="90th percentile")
    rated = dy.Int64(description="of these, rated")
    satisfaction = dy.Float64(nullable=True, description="mean score, 1 to 5")


class Endangered(dy.Schema):
    """One row per contract that is renewed or ends soon while its customer waits for an answer."""

    subscription_id = dy.String(primary_key=True, description="contract")
    customer_id = dy.String(description="customer")
    region = dy.String(nullable=True, description="region")
    mrr = dy.Int64(description="monthly amount")
    renews_on = dy.Date(description="day of renewal or end")
    ticket_id = dy.String(description="the oldest open ticket")
    topic = dy.String(nullable=True, description="its topic")
    days = dy.Int64(description="days it has been open")


TABLES: dict[str, type[dy.Schema]] = {
    "kpi_coverage": Cover,
    "kpi_handover_cases": LeakCases,
    "kpi_handovers": Leaks,
    "kpi_journey": Journey,
    "kpi_open_deals": OpenDeals,
    "kpi_people": People,
    "kpi_pipeline_moves": PipelineMoves,
    "kpi_renewals_at_risk": Endangered,
    "kpi_tickets": Tickets,
}
