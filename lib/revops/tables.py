"""The contracts of the canonical tables: grain, key, columns, units. The data dictionary is made from them.

Every table that comes from a raw file ends in `source`, `file`, `row`: the name of the source in company.yaml, the
file's path below the company's folder (or `root:path`) and the file's row number as a spreadsheet shows it.

Units: `*_amount` and `mrr` are whole counts of 10 ** -money_decimals of the company's currency, `*_price` and `*_cost`
of 1/10,000, `share`, `rate` and `probability` of one billionth. `*_on` is a day, `*_at` an instant in the company's
time zone (without zone). Ranges are [start_on, end_on), open where `end_on` is null.
"""

from functools import cache
from typing import Any

import dataframely as dy
import numpy as np
import polars as pl

TARGET_KEY = ["metric", "month_on", "product_group", "channel", "region"]
BUDGET_KEY = ["month_on", "budget_line", "department", "organisation"]
NULLABLE_KEYS = {"targets": TARGET_KEY, "budgets": BUDGET_KEY, "budget_actuals": BUDGET_KEY}


class Lineage(dy.Schema):
    """Where a row came from."""

    source = dy.String(description="name of the source in company.yaml")
    file = dy.String(description="path of the raw file below the company's folder")
    row = dy.Int64(description="row number in the file, as a spreadsheet shows it; the header counts")


class Orders(Lineage):
    """One row per order. Cancelled and test orders stay, marked, and count in no figure."""

    order_id = dy.String(primary_key=True, description="unique over all sources: source's own number")
    ordered_at = dy.Datetime(description="when the order was placed, business time")
    ordered_on = dy.Date(description="day of ordered_at: decides the period of the sale")
    channel = dy.String(description="sales channel")
    region = dy.String(nullable=True, description="sales region")
    customer_id = dy.String(nullable=True, description="null: an anonymous buyer")
    account_id = dy.String(nullable=True, description="business account, where the buyer is one")
    person_id = dy.String(nullable=True, description="sales person named on the order")
    is_cancelled = dy.Bool(description="cancelled or test: left out of orders and revenue")
    currency = dy.String(description="currency of the source's amounts")
    net_amount = dy.Int64(
        nullable=True, description="revenue by the order's own header; null where the source has only lines"
    )


class OrderLines(Lineage):
    """One row per order line: quantity and money of one product in one order, before returns."""

    line_id = dy.String(primary_key=True, description="order_id and the line's own number")
    order_id = dy.String(description="the order")
    product_id = dy.String(nullable=True, description="product, by the products table's key")
    quantity = dy.Int64(description="units sold")
    unit_price = dy.Int64(description="list price of one unit before discount, 1/10,000 of the source's currency")
    gross_amount = dy.Int64(description="unit price × quantity")
    discount_amount = dy.Int64(description="discount that the seller bears, ≥ 0")
    net_amount = dy.Int64(description="gross − discount, without VAT and shipping")
    source_net_amount = dy.Int64(description="net in the source's currency, 10 ** -max(4, money_decimals)")


class Returns(Lineage):
    """One row per returned order line; amounts are positive and reduce revenue on the day of the return."""

    return_id = dy.String(primary_key=True, description="the return's own number and line")
    returned_on = dy.Date(description="day of the return: decides the period")
    order_id = dy.String(nullable=True, description="the order it reverses, null where the source does not say")
    line_id = dy.String(nullable=True, description="the line it reverses")
    product_id = dy.String(nullable=True, description="product")
    channel = dy.String(description="sales channel")
    region = dy.String(nullable=True, description="sales region")
    quantity = dy.Int64(description="units returned")
    net_amount = dy.Int64(description="revenue taken back, ≥ 0, without VAT")


class Invoices(Lineage):
    """One row per invoice; one that adjusts, replaces or cancels another has its own row and sign."""

    invoice_id = dy.String(primary_key=True, description="number; of an e-invoice: seller's tax code, series, number")
    issued_on = dy.Date(description="day of issue: decides the period")
    due_on = dy.Date(nullable=True, description="day it is due")
    status = dy.String(nullable=True, description="status as in the source")
    is_cancelled = dy.Bool(description="void or cancelled: counts in no figure")
    corrects_id = dy.String(nullable=True, description="the invoice that this one adjusts or replaces")
    order_id = dy.String(nullable=True, description="the order it bills")
    subscription_id = dy.String(nullable=True, description="the subscription it bills")
    customer_id = dy.String(nullable=True, description="customer")
    account_id = dy.String(nullable=True, description="business account")
    person_id = dy.String(nullable=True, description="sales person")
    region = dy.String(nullable=True, description="region")
    net_amount = dy.Int64(description="amount without VAT, negative where it takes back")
    tax_amount = dy.Int64(nullable=True, description="VAT")
    total_amount = dy.Int64(nullable=True, description="net + VAT, as written")


class Payments(Lineage):
    """One row per payment received; a refund is negative."""

    payment_id = dy.String(primary_key=True, description="payment")
    paid_on = dy.Date(description="day the money came in")
    invoice_id = dy.String(nullable=True, description="the invoice it pays")
    order_id = dy.String(nullable=True, description="the order it pays")
    customer_id = dy.String(nullable=True, description="customer")
    payment_amount = dy.Int64(description="amount, negative where paid back")


class Customers(Lineage):
    """One row per customer after merging; `merged_ids` keeps the keys it had in each source."""

    customer_id = dy.String(primary_key=True, description="the merged customer")
    name = dy.String(nullable=True, description="name as first written")
    phone = dy.String(nullable=True, description="E.164")
    email = dy.String(nullable=True, description="trimmed, lower case")
    region = dy.String(nullable=True, description="region of the first record")
    customer_group = dy.String(nullable=True, description="segment, where a source gives it")
    merged_ids = dy.String(description="source keys merged into this customer, joined by ' | '")
    merge_rule = dy.String(nullable=True, description="strongest rule that joined them; null where nothing was merged")


class Contacts(Lineage):
    """One row per contact of the CRM: a person at a customer's, or a prospect."""

    contact_id = dy.String(primary_key=True, description="contact")
    name = dy.String(nullable=True, description="name")
    email = dy.String(nullable=True, description="trimmed, lower case")
    phone = dy.String(nullable=True, description="E.164; null where it cannot be a telephone number")
    phone_as_written = dy.String(nullable=True, description="the telephone number as the CRM has it")
    account_id = dy.String(nullable=True, description="account it belongs to")
    account_name = dy.String(nullable=True, description="account as written in the CRM")
    customer_id = dy.String(nullable=True, description="the customer it is; null while a prospect")
    person_id = dy.String(nullable=True, description="owner")
    lifecycle_stage = dy.String(nullable=True, description="subscriber, lead, customer, …, as in the CRM")
    lead_source = dy.String(nullable=True, description="where it came from")
    region = dy.String(nullable=True, description="region")
    created_on = dy.Date(nullable=True, description="day of creation")
    last_activity_on = dy.Date(nullable=True, description="day of the last activity")


class Accounts(Lineage):
    """One row per business account: the cells of the territory matrix hold these."""

    account_id = dy.String(primary_key=True, description="business customer")
    customer_id = dy.String(nullable=True, description="the customer it is; null while a prospect")
    name = dy.String(description="name")
    domain = dy.String(nullable=True, description="internet domain as written")
    tax_code = dy.String(nullable=True, description="tax code")
    phone = dy.String(nullable=True, description="E.164")
    created_on = dy.Date(nullable=True, description="day of creation in the CRM")
    customer_group = dy.String(nullable=True, description="dealers, retail chains, projects, …")
    industry = dy.String(nullable=True, description="industry")
    size = dy.String(nullable=True, description="size class")
    legal_entity = dy.String(nullable=True, description="our legal entity that sells to it")
    region = dy.String(nullable=True, description="region")
    person_id = dy.String(nullable=True, description="owner today")
    potential_amount = dy.Int64(nullable=True, description="what it could buy in a year")
    workload_hours = dy.Float64(nullable=True, description="hours of visits and travel a year")


class Products(Lineage):
    """One row per product."""

    product_id = dy.String(primary_key=True, description="stock-keeping unit")
    name = dy.String(description="name")
    product_group = dy.String(description="group by which targets and reports are made")
    list_price = dy.Int64(nullable=True, description="price list, 1/10,000")
    unit_cost = dy.Int64(nullable=True, description="standard cost, 1/10,000")


class People(Lineage):
    """One row per person and stretch of time with the same role, manager and team: [start_on, end_on)."""

    person_id = dy.String(primary_key=True, description="staff number")
    start_on = dy.Date(primary_key=True, description="first day of this role and manager")
    end_on = dy.Date(nullable=True, description="first day no longer so; null: open")
    name = dy.String(description="name")
    role = dy.String(description="role that plans refer to")
    team = dy.String(description="path from the top, 'Sales/North/Dealers'")
    manager_id = dy.String(nullable=True, description="person_id of the manager; null at the top")
    region = dy.String(nullable=True, description="region; null: all")
    channel = dy.String(nullable=True, description="channel; null: all")
    hired_on = dy.Date(nullable=True, description="first working day in the company")
    left_on = dy.Date(nullable=True, description="first day after leaving")


class CreditSplits(Lineage):
    """One row per order and person who shares its credit; the shares of an order sum to 1."""

    order_id = dy.String(primary_key=True, description="the order")
    person_id = dy.String(primary_key=True, description="who is credited")
    share = dy.Int64(description="share, billionths")


class Leads(Lineage):
    """One row per lead."""

    lead_id = dy.String(primary_key=True, description="lead")
    created_on = dy.Date(description="day of creation: decides the cohort")
    lead_source = dy.String(nullable=True, description="where it came from")
    campaign = dy.String(nullable=True, description="campaign")
    region = dy.String(nullable=True, description="region")
    person_id = dy.String(nullable=True, description="owner")
    status = dy.String(description="status as in the CRM")
    name = dy.String(nullable=True, description="name")
    account_name = dy.String(nullable=True, description="company as written")
    email = dy.String(nullable=True, description="trimmed, lower case")
    phone = dy.String(nullable=True, description="E.164")
    last_activity_on = dy.Date(nullable=True, description="day of the last activity, where the CRM says")
    converted_on = dy.Date(nullable=True, description="day it became an opportunity")
    opportunity_id = dy.String(nullable=True, description="the opportunity it became")


class Opportunities(Lineage):
    """One row per opportunity and CRM export (snapshot). Filter on the last `snapshot_on` for today's state."""

    snapshot_on = dy.Date(primary_key=True, description="day of the export")
    opportunity_id = dy.String(primary_key=True, description="opportunity")
    name = dy.String(description="name")
    pipeline = dy.String(nullable=True, description="pipeline, where the CRM has several")
    account_id = dy.String(nullable=True, description="account")
    account_name = dy.String(nullable=True, description="account as written in the CRM")
    person_id = dy.String(nullable=True, description="owner")
    lead_source = dy.String(nullable=True, description="lead source")
    region = dy.String(nullable=True, description="region")
    product_group = dy.String(nullable=True, description="product group")
    stage = dy.String(description="stage as in company.yaml's funnel")
    amount = dy.Int64(nullable=True, description="amount in the company's currency")
    probability = dy.Int64(nullable=True, description="the CRM's probability, billionths")
    created_on = dy.Date(description="day of creation")
    close_on = dy.Date(nullable=True, description="expected close, or actual close once closed")
    is_closed = dy.Bool(description="won or lost")
    is_won = dy.Bool(description="won")
    is_close_estimated = dy.Bool(nullable=True, description="close_on of a closed deal is not exported but estimated")
    lost_reason = dy.String(nullable=True, description="reason, where lost")
    forecast_category = dy.String(nullable=True, description="forecast category as in the CRM")
    next_step = dy.String(nullable=True, description="next step as written")
    last_activity_on = dy.Date(nullable=True, description="day of the last activity, where the CRM says")


class StageHistory(Lineage):
    """One row per visit of an opportunity to a stage."""

    opportunity_id = dy.String(primary_key=True, description="opportunity")
    stage = dy.String(primary_key=True, description="stage")
    entered_on = dy.Date(primary_key=True, description="day of entry")
    left_on = dy.Date(nullable=True, description="day of leaving; null: still there or closed there")


class Subscriptions(Lineage):
    """One row per subscription and stretch of time at one price: [start_on, end_on)."""

    subscription_id = dy.String(primary_key=True, description="contract")
    start_on = dy.Date(primary_key=True, description="first paid day at this price")
    end_on = dy.Date(nullable=True, description="first day no longer paid; null: running")
    customer_id = dy.String(description="customer")
    product_group = dy.String(nullable=True, description="what is serviced")
    region = dy.String(nullable=True, description="region")
    mrr = dy.Int64(description="monthly recurring revenue, normalised (yearly ÷ 12), without VAT, at that day's rate")
    currency = dy.String(nullable=True, description="currency of the price; null: the company's own")
    source_mrr = dy.Int64(nullable=True, description="mrr in that currency, 10 ** -max(4, money_decimals)")


class Activities(Lineage):
    """One row per call, e-mail, meeting or task of the CRM, done or planned."""

    activity_id = dy.String(primary_key=True, description="activity")
    activity_type = dy.String(nullable=True, description="call, email, meeting, task, …, as in the CRM")
    created_on = dy.Date(nullable=True, description="day it was entered")
    due_on = dy.Date(nullable=True, description="day it is planned for")
    done_on = dy.Date(nullable=True, description="day it happened; null: still planned")
    person_id = dy.String(nullable=True, description="who does it")
    opportunity_id = dy.String(nullable=True, description="opportunity it belongs to")
    account_id = dy.String(nullable=True, description="account it belongs to")
    contact_id = dy.String(nullable=True, description="contact it belongs to")
    lead_id = dy.String(nullable=True, description="lead it belongs to")


class Tickets(Lineage):
    """One row per service ticket."""

    ticket_id = dy.String(primary_key=True, description="ticket")
    opened_at = dy.Datetime(description="opened")
    first_reply_at = dy.Datetime(nullable=True, description="first answer, where the system tells it")
    closed_at = dy.Datetime(nullable=True, description="closed; null: open")
    reopens = dy.Int64(nullable=True, description="times it was opened again, where the system counts them")
    customer_id = dy.String(nullable=True, description="customer")
    product_group = dy.String(nullable=True, description="product group")
    region = dy.String(nullable=True, description="region")
    topic = dy.String(nullable=True, description="topic")
    satisfaction = dy.Int64(nullable=True, description="1 to 5")


class AdSpend(Lineage):
    """One row per day and campaign (and platform)."""

    spent_on = dy.Date(primary_key=True, description="day, in the platform's zone")
    platform = dy.String(primary_key=True, description="platform")
    campaign = dy.String(primary_key=True, description="campaign")
    spend_amount = dy.Int64(description="spend")
    impressions = dy.Int64(nullable=True, description="impressions")
    clicks = dy.Int64(nullable=True, description="clicks")
    conversions = dy.Int64(
        nullable=True, description="conversions as the platform counts them: never summed over platforms"
    )


class Sessions(Lineage):
    """One row per day, sales channel and traffic source."""

    day_on = dy.Date(primary_key=True, description="day")
    channel = dy.String(primary_key=True, description="sales channel the visits belong to")
    traffic_source = dy.String(primary_key=True, description="source of the traffic")
    sessions = dy.Int64(description="visits")
    purchases = dy.Int64(nullable=True, description="visits with at least one purchase")


class Touches(Lineage):
    """One row per visit that a campaign, another source or nothing brought; an order's own record of it is one too.

    Visits of one visitor before an order or a lead make its path. Where the visitor is the order itself, the row is the
    shop's own last-touch record.
    """

    touch_id = dy.String(primary_key=True, description="the visit; made of visitor, instant and what brought it")
    visitor_id = dy.String(description="who came, by the analytics' own key; of an order's own record the order")
    touched_at = dy.Datetime(description="when, business time")
    touched_on = dy.Date(description="day of touched_at")
    platform = dy.String(nullable=True, description="where it came from: an ad platform, Email, Organic Search, …")
    campaign = dy.String(nullable=True, description="campaign; null: none is named")
    is_direct = dy.Bool(description="it came from nowhere that is known: an address typed, a bookmark")
    order_id = dy.String(nullable=True, description="the order made in this visit")
    lead_id = dy.String(nullable=True, description="the lead made in this visit")


class Targets(Lineage):
    """One row per metric, month, product group, channel and region; null: the target covers all of them together."""

    metric = dy.String(description="key of the metric")
    month_on = dy.Date(description="first day of the month")
    product_group = dy.String(nullable=True, description="product group; null: all")
    channel = dy.String(nullable=True, description="channel; null: all")
    region = dy.String(nullable=True, description="region; null: all")
    target = dy.Int64(description="amounts in money units, counts as they are, rates in billionths")

    @dy.rule()
    def one_target_for_each_cell(cls) -> pl.Expr:
        """A key whose parts may be null, which a primary key cannot say."""
        return ~pl.struct(TARGET_KEY).is_duplicated()


class Budgets(Lineage):
    """One row per month, budget line, department and organisation; null: all of them together."""

    month_on = dy.Date(description="first day of the month")
    budget_line = dy.String(description="line of the budget: an account, a cost type, revenue, …")
    department = dy.String(nullable=True, description="department; null: all")
    organisation = dy.String(nullable=True, description="organisation; null: all")
    account_type = dy.String(
        nullable=True, description="income: more is better; cost (or null): less is; others stand apart, never added up"
    )
    budget_amount = dy.Int64(description="amount as planned, signed as in the source")

    @dy.rule()
    def one_budget_for_each_cell(cls) -> pl.Expr:
        """A key whose parts may be null, which a primary key cannot say."""
        return ~pl.struct(BUDGET_KEY).is_duplicated()


class BudgetActuals(Lineage):
    """One row per month, budget line, department and organisation: what was booked; several bookings are summed."""

    month_on = dy.Date(description="first day of the month")
    budget_line = dy.String(description="line of the budget")
    department = dy.String(nullable=True, description="department")
    organisation = dy.String(nullable=True, description="organisation")
    account_type = dy.String(nullable=True, description="income, cost (or null), or another type, as in the budget")
    actual_amount = dy.Int64(description="amount as booked, signed as in the source")

    @dy.rule()
    def one_amount_for_each_cell(cls) -> pl.Expr:
        """A key whose parts may be null, which a primary key cannot say."""
        return ~pl.struct(BUDGET_KEY).is_duplicated()


class Quotas(Lineage):
    """One row per person, measure and quota period [start_on, end_on): the quotas of record.

    Signed versions (source `signed`, file `record/quotas.csv`) stand in place of the sheet on the days they cover.
    """

    person_id = dy.String(primary_key=True, description="person")
    measure = dy.String(primary_key=True, description="what is measured: revenue")
    start_on = dy.Date(primary_key=True, description="first day")
    end_on = dy.Date(description="first day no longer in it")
    quota_amount = dy.Int64(description="quota, also 0 or negative as given: a plan refuses those")


class PersonRates(Lineage):
    """One row per person and first day of validity: a commission rate stored with the person, not with a plan."""

    person_id = dy.String(primary_key=True, description="person")
    start_on = dy.Date(primary_key=True, description="first day")
    end_on = dy.Date(nullable=True, description="first day no longer valid; null: open")
    rate = dy.Int64(description="commission rate, billionths")


class Absences(Lineage):
    """One row per person and first day of an absence, [start_on, end_on): these days are not active on a plan."""

    person_id = dy.String(primary_key=True, description="person")
    start_on = dy.Date(primary_key=True, description="first day away")
    end_on = dy.Date(description="first day back")
    kind = dy.String(description="what it is: parental leave, unpaid leave, …")

    @dy.rule()
    def ends_after_it_starts(cls) -> pl.Expr:
        """At least one day."""
        return pl.col("end_on") > pl.col("start_on")


class Scores(Lineage):
    """One row per person, pay period and objective: how far it was reached, by whoever judges it."""

    person_id = dy.String(primary_key=True, description="person")
    period_on = dy.Date(primary_key=True, description="first day of the pay period")
    objective = dy.String(primary_key=True, description="key of the objective in the plan")
    score = dy.Int64(description="share that was reached, billionths")


class FxRates(Lineage):
    """One row per currency and first day of validity; a rate holds until the next."""

    currency = dy.String(primary_key=True, description="foreign currency")
    start_on = dy.Date(primary_key=True, description="first day")
    rate = dy.Int64(description="company currency for one unit, billionths")


class Costs(Lineage):
    """One row per month and cost type: sales and marketing cost that no ad platform shows."""

    month_on = dy.Date(primary_key=True, description="first day of the month")
    cost_type = dy.String(primary_key=True, description="salaries, tools, events, …")
    cost_amount = dy.Int64(description="cost")


class History(Lineage):
    """One row per month (or fiscal year), product group, channel and region before detailed data begin."""

    start_on = dy.Date(primary_key=True, description="first day")
    end_on = dy.Date(primary_key=True, description="first day no longer in it: a month or a year")
    product_group = dy.String(primary_key=True, description="product group")
    channel = dy.String(primary_key=True, description="channel")
    region = dy.String(primary_key=True, description="region")
    orders = dy.Int64(nullable=True, description="orders")
    net_amount = dy.Int64(description="net revenue after returns")


CANONICAL: dict[str, type[dy.Schema]] = {
    "orders": Orders,
    "order_lines": OrderLines,
    "returns": Returns,
    "invoices": Invoices,
    "payments": Payments,
    "customers": Customers,
    "accounts": Accounts,
    "contacts": Contacts,
    "products": Products,
    "people": People,
    "credit_splits": CreditSplits,
    "leads": Leads,
    "opportunities": Opportunities,
    "opportunity_stage_history": StageHistory,
    "subscriptions": Subscriptions,
    "activities": Activities,
    "tickets": Tickets,
    "ad_spend": AdSpend,
    "sessions": Sessions,
    "touches": Touches,
    "targets": Targets,
    "budgets": Budgets,
    "budget_actuals": BudgetActuals,
    "quotas": Quotas,
    "person_rates": PersonRates,
    "absences": Absences,
    "scores": Scores,
    "fx_rates": FxRates,
    "costs": Costs,
    "history": History,
}


def empty(name: str) -> pl.DataFrame:
    """The canonical table `name` with its columns and no rows: what a company without that source has."""
    return pl.DataFrame(schema=schema_of(name))


def schema_of(name: str) -> dict[str, pl.DataType]:
    """Column names and polars types of the canonical table `name`, lineage last."""
    return {column: dtype for column, (dtype, _) in _columns_of(name).items()}


def types_of(contract: type[dy.Schema]) -> dict[str, pl.DataType]:
    """Column names and polars types of a contract."""
    return {name: column.dtype for name, column in contract.columns().items()}


def may_be_null(name: str, column: str) -> bool:
    """Whether the contract of the canonical table `name` lets the column be empty."""
    return _columns_of(name)[column][1]


@cache
def _columns_of(name: str) -> dict[str, tuple[pl.DataType, bool]]:
    """Type of each column and whether it may be null, lineage last; a contract takes long to tell them."""
    columns = CANONICAL[name].columns()
    lineage = list(Lineage.columns())
    ordered = [*(c for c in columns if c not in lineage), *lineage]
    return {column: (columns[column].dtype, columns[column].nullable) for column in ordered}


def key_of(name: str) -> list[str]:
    """The columns that tell the rows of the canonical table `name` apart."""
    return NULLABLE_KEYS.get(name) or CANONICAL[name].primary_key()


def repeated(hashes: pl.Series) -> pl.Series:
    """The hashes of a column that it has more than once; sorted by numpy, many times faster than by a set.

    >>> repeated(pl.Series([7, 2, 7, 9, 7], dtype=pl.UInt64)).to_list()
    [7]
    """
    ordered = np.sort(hashes.to_numpy())
    return pl.Series(ordered[1:][ordered[1:] == ordered[:-1]], dtype=pl.UInt64).unique()


def check_contract(frame: pl.LazyFrame, contract: type[dy.Schema]) -> None:
    """Raise where rows break a contract of types, keys and what may be null; one that has more rules is validated.

    Rows that keep it are told so without being read into memory, but for a number for each key; of a Parquet file the
    columns' own counts of nulls do.
    """
    columns, key = contract.columns(), contract.primary_key()
    rules = vars(contract).get("__dataframely_rules__")
    if key and not rules and dict(frame.collect_schema()) == types_of(contract):
        must = [pl.col(name).is_null() for name, column in columns.items() if not column.nullable]
        hashed = (
            frame.select((pl.struct(key) if key[1:] else pl.col(key)).hash(seed=0))
            .collect(engine="streaming")
            .to_series()
        )
        lacking = frame.filter(pl.any_horizontal(must)).head(1).collect(engine="streaming")
        if lacking.is_empty() and repeated(hashed).is_empty():
            return
    contract.validate(frame.collect())


def dictionary() -> list[dict[str, Any]]:
    """One row per table and column: the data dictionary, from the contracts themselves."""
    rows = []
    for name, contract in CANONICAL.items():
        columns = contract.columns()
        for column, dtype in schema_of(name).items():
            spec = columns[column]
            rows.append(
                {
                    "table": name,
                    "grain": (contract.__doc__ or "").strip().splitlines()[0],
                    "column": column,
                    "type": str(dtype),
                    "key": column in key_of(name),
                    "may_be_null": spec.nullable,
                    "meaning": spec.description or "",
                }
            )
    return rows
