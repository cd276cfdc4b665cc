"""What each campaign cost and brought, by all rules of attribution beside each other."""

from typing import TYPE_CHECKING, Any

import polars as pl

from revops.kpis.customers import new_customers
from revops.kpis.marketing.attribution import RULES
from revops.kpis.marketing.spend import COUNTS, named_by_orders, platforms_of
from revops.kpis.pipeline.funnel import inside
from revops.kpis.spans import Span
from revops.money import PRICE_SCALE, RATE_SCALE, round_ratio

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

UNATTRIBUTED = "(unattributed)"
BY_RULE = tuple(f"{rule}_amount" for rule in RULES)
COUNTED = ("orders", "new_customers", "leads")


def campaign_table(facts: "Facts", span: Span) -> pl.DataFrame:
    """One row per campaign or other source with spend or revenue in the span, one '(unattributed)', last; by spend.

    platform; spend_amount, clicks, impressions; first_amount … decay_amount: net revenue by each rule, which with what
    has no path sums to the span's revenue; net_amount, orders, new_customers and leads by the company's rule (parts of
    orders, customers and leads); profit_amount: net revenue less standard cost, null where one is unknown.

    roas is net_amount ÷ spend, roi (profit − spend) ÷ spend, cac spend ÷ new_customers: null without spend, and where
    no order ever named the campaign, so that its return cannot be traced.
    """
    credits = facts.credits.filter(inside("day_on", *span))
    spent = facts.spend.filter(inside("spent_on", *span)).group_by("campaign")
    table = spent.agg(pl.col("spend_amount", *(c for c in COUNTS if c != "conversions")).sum())
    table = table.join(_by_rules(credits), on="campaign", how="full", coalesce=True)
    table = table.join(_by_own_rule(facts, credits), on="campaign", how="left")
    table = pl.concat([table, _rest(facts, span, table)], how="diagonal").with_columns(
        pl.col(*_sums(table), *COUNTED).fill_null(0)
    )
    table = table.join(platforms_of(facts.spend), on="campaign", how="left")
    order = (pl.col("campaign") == UNATTRIBUTED, pl.col("spend_amount") * -1, pl.col("net_amount") * -1, "campaign")
    return _with_returns(facts, table).sort(order)


def _sums(table: pl.DataFrame) -> list[str]:
    return [name for name, kind in table.schema.items() if kind == pl.Int64 and name != "profit_amount"]


def _by_rules(credits: pl.DataFrame) -> pl.DataFrame:
    """One row per campaign: net revenue by each rule; a campaign that only led to leads stays, with 0."""
    wide = credits.pivot("rule", index="campaign", values="net_amount", aggregate_function="sum", sort_columns=True)
    none = [pl.lit(0, pl.Int64).alias(rule) for rule in RULES if rule not in wide.columns]
    wide = wide.with_columns(none).with_columns(pl.col(RULES).fill_null(0))
    return wide.select(pl.col("campaign").cast(pl.String), *(pl.col(rule).alias(f"{rule}_amount") for rule in RULES))


def _by_own_rule(facts: "Facts", credits: pl.DataFrame) -> pl.DataFrame:
    """One row per campaign by the company's rule: net_amount, profit_amount, parts of orders, new customers, leads."""
    own = credits.filter(pl.col("rule") == facts.company.kpis.attribution).group_by("campaign")
    sums = own.agg(pl.col("net_amount", "cost_units", "uncosted", *COUNTED).sum())
    base = 10**facts.company.money_decimals
    profit = [
        None if uncosted else net - round_ratio(cost * base, PRICE_SCALE)
        for net, cost, uncosted in sums.select("net_amount", "cost_units", "uncosted").iter_rows()
    ]
    return sums.select(
        "campaign",
        "net_amount",
        pl.Series("profit_amount", profit, dtype=pl.Int64),
        *(pl.col(name) / RATE_SCALE for name in COUNTED),
    )


def _rest(facts: "Facts", span: Span, table: pl.DataFrame) -> pl.DataFrame:
    """The row of what no visit is known to have led to: the span's own sums less what is credited."""
    revenue = int(facts.cells(span, ())["net_amount"][0])
    totals = {
        "orders": int(facts.orders.filter(inside("ordered_on", *span))["orders"].sum()),
        "new_customers": new_customers(facts.firsts, *span),
        "leads": facts.leads.filter(inside("created_on", *span)).height,
    }
    row: dict[str, Any] = {"campaign": UNATTRIBUTED}
    row |= {name: revenue - int(table[name].sum()) for name in (*BY_RULE, "net_amount")}
    row |= {name: round(total - table[name].sum(), 9) for name, total in totals.items()}
    kinds = dict.fromkeys((*BY_RULE, "net_amount"), pl.Int64()) | dict.fromkeys(totals, pl.Float64())
    return pl.DataFrame([row], schema={"campaign": pl.String(), **kinds})


def _with_returns(facts: "Facts", table: pl.DataFrame) -> pl.DataFrame:
    """The rows with roas, roi and cac."""
    spend = pl.col("spend_amount")
    traced = (spend > 0) & pl.col("campaign").is_in(named_by_orders(facts.credits).implode())
    return table.with_columns(
        roas=pl.when(traced).then(pl.col("net_amount") / spend),
        roi=pl.when(traced).then((pl.col("profit_amount") - spend) / spend),
        cac=pl.when(traced & (pl.col("new_customers") > 0)).then(spend / pl.col("new_customers")),
    )


def openers(table: pl.DataFrame, minimum: float = 1.2) -> pl.DataFrame:
    """The campaigns with spend that bring at least `minimum` times as much by the first visit as by the last.

    Columns campaign, first_amount, last_amount, lift (null where the last visit brings nothing); largest gap first.
    """
    first, last = pl.col("first_amount"), pl.col("last_amount")
    rows = table.filter((pl.col("spend_amount") > 0) & (first > 0) & (first >= last * minimum))
    lift = pl.when(last > 0).then(first / last)
    return rows.with_columns(lift=lift).sort(first - last, descending=True).select(
        "campaign", "first_amount", "last_amount", "lift"
    )  # fmt: skip
