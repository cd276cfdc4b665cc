"""What deserves attention, found by rules: money at stake, what happened, why, what to do, who, until when.

A rule looks at data alone and knows no company. It compares with the plan (or what came before), keeps what passes
the thresholds of company.yaml, and looks for the cause in the data themselves first. Texts are keys of the catalogue:
`kpis.finding.<rule>.title`, `kpis.why.<cause>`, `kpis.action.<action>`, filled from `values`.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from revops.kpis import causes, compare, customers, funnel, headline, marketing, recurring, targets
from revops.kpis.facts import KEYS, Facts
from revops.kpis.spans import Spans, back, covers, steps
from revops.money import round_ratio


@dataclass(frozen=True)
class Finding:
    """One finding. `amount` is signed, in money units; `cases` is the number the evidence rests on."""

    rule: str
    amount: int
    basis: str
    why: tuple[tuple[str, dict[str, Any]], ...]
    action: str
    topic: str
    evidence: str
    values: dict[str, Any] = field(default_factory=dict)
    channel: str | None = None
    cases: int | None = None
    due_days: int = 7

    @property
    def is_good(self) -> bool:
        """Whether it is a success to copy rather than a problem."""
        return self.amount > 0


def find(facts: Facts, spans: Spans) -> list[Finding]:
    """All findings of the period, ranked by the size of the money at stake."""
    gaps = list(missing_days(facts, spans))
    fell = list(conversion_fell(facts, spans))
    stuck = list(stuck_deals(facts, spans))
    found = [*gaps, *fell, *stuck, *against_plan(facts, spans, gaps, {f.channel for f in fell})]
    found += [*slipped_deals(facts, spans), *dear_customers(facts, spans), *lost_service(facts, spans)]
    least = facts.company.findings.minimum_amount * 10**facts.company.money_decimals
    return sorted(
        (f for f in found if abs(f.amount) >= max(1, least)), key=lambda f: (-abs(f.amount), f.rule, str(f.values))
    )


def could_be_luck(finding: Finding, minimum_count: int) -> bool:
    """Whether the evidence rests on fewer cases than the company's minimum."""
    return finding.cases is not None and finding.cases < minimum_count


def owner_of(finding: Finding, owners: dict[str, str]) -> str | None:
    """Who acts: the owner of the channel, else of the topic, else the default one."""
    return next((owners[key] for key in (finding.channel, finding.topic, "default") if key in owners), None)


def due_on(finding: Finding, as_of: date) -> date:
    """The day until which to act, never on a weekend."""
    day = as_of + timedelta(days=finding.due_days)
    return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)


def missing_days(facts: Facts, spans: Spans) -> Iterator[Finding]:
    """A channel in a region with a run of days without orders, too long for chance: a file may be missing.

    Not where the plan (or last year) expected so little: a holiday is no gap. At least half of what such days usually
    bring must be missing from the period.
    """
    for row in causes.silent_days(facts.days, spans.now, back(spans.now[0], 3), KEYS[1:]).iter_rows(named=True):
        lost = row["silent"] * row["daily_amount"]
        known = causes.shortfall(facts, spans, {"product_group": None} | {key: row[key] for key in KEYS[1:]})
        if known is not None and known < lost / 2:
            continue
        values = {key: row[key] for key in KEYS[1:]} | {"days": row["silent"], "first_on": row["first_on"]}
        why = (("missing_days", values),)
        yield Finding("missing_days", -lost, "estimate", why, "look_for_file", "data", "product-table", values,
                      row["channel"], due_days=3)  # fmt: skip


def against_plan(
    facts: Facts, spans: Spans, gaps: Sequence[Finding] = (), told: Collection[str | None] = ()
) -> Iterator[Finding]:
    """Parts of the product × channel × region cube that miss or beat their plan, each no wider than it must be.

    What is below plan in a channel of `told` has its own finding already and is left out.
    """
    plan = targets.plan_by(facts.targets, "net_revenue", *spans.now, KEYS, headline.daily(facts))
    plan = plan.filter(pl.all_horizontal(pl.col(KEYS).is_not_null()))
    actual = facts.net_cells(spans.now).join(plan, on=KEYS, how="full", coalesce=True).drop_nulls(KEYS)
    cells = actual.with_columns(pl.col("net_amount", "target").fill_null(0))
    cells = cells.with_columns(delta=pl.col("net_amount") - pl.col("target"))
    cells = cells.filter(~(pl.col("channel").is_in(list(told)) & (pl.col("delta") < 0)))
    cells = cells if plan.height else cells.clear()
    limits = facts.company.findings
    unit = 10**facts.company.money_decimals
    for part in causes.focus(cells, max(1, limits.minimum_amount * unit), limits.minimum_share):
        where = {key: part[key] for key in KEYS}
        silent = [gap for gap in gaps if all(gap.values[k] in (where[k], None) or where[k] is None for k in KEYS[1:])]
        why = causes.explain(facts, spans, where, part["delta"])
        if silent and part["delta"] < 0:
            why = [("missing_days", dict(silent[0].values)), *why]
        good = part["delta"] > 0
        yield Finding(
            "above_plan" if good else "below_plan",
            part["delta"],
            "vs_plan",
            tuple(why),
            causes.action_of(why, good),
            "success" if good else "product",
            "product-table",
            {**where, "share": part["delta"] / part["target"], **dict(_first_values(why))},
            where["channel"],
            causes.orders_in(facts, spans.now, where),
            due_days=15 if good else 6,
        )


def conversion_fell(facts: Facts, spans: Spans) -> Iterator[Finding]:
    """A channel whose visits become purchases less often than in the year before, month after month up to now."""
    least = facts.company.findings.minimum_share
    for channel in sorted(facts.sessions["channel"].unique()):
        fall = causes.conversion_fall(facts.sessions, channel, spans.now, least)
        if fall is None or not causes.is_broad(facts.sessions, channel, spans.now, least):
            continue
        sums = facts.cells(spans.now, ("channel",)).filter(pl.col("channel") == channel)
        orders = facts.orders.filter(funnel.inside("ordered_on", *spans.now) & (pl.col("channel") == channel))[
            "orders"
        ].sum()
        if sums.is_empty() or not orders:
            continue
        sale = int(sums["gross_amount"][0] - sums["discount_amount"][0])
        lost = round(sale / int(orders) * (fall["before"] - fall["now"]) * fall["sessions"])
        yield Finding(
            "conversion_fell", -lost, "lost_orders", (("visits_same", fall),), "check_shop", "conversion",
            "conversion", {"channel": channel, **fall}, channel, fall["purchases"],
        )  # fmt: skip


def jammed(facts: Facts, spans: Spans) -> pl.DataFrame:
    """The deals beyond their stall line in stages where two fifths of the open deals (`standing`) or more are.

    A quarter of all visits lies beyond P75 anyway: a stage below that is not jammed.
    """
    end = min(spans.now[1], facts.pipeline_end or spans.now[1])  # ages are those of the day the export was made
    stays = funnel.visits(facts.stages, facts.deals)
    beyond = funnel.stalled(stays, facts.deals, facts.company.funnel.stages, end)
    standing = funnel.open_deals(stays, facts.deals, end).group_by("stage").agg(standing=pl.len().cast(pl.Int64))
    counted = beyond.join(standing, on="stage").with_columns(late=pl.len().over("stage"))
    return counted.filter(pl.col("late") * 5 >= pl.col("standing") * 2)


def stuck_deals(facts: Facts, spans: Spans) -> Iterator[Finding]:
    """A stage in which more open deals than usual stand beyond its stall line: P75 of the days of deals that moved
    on.
    """
    won = funnel.win_rate(facts.deals, *back(spans.now[1], 12))[0]
    for (stage,), late in sorted(jammed(facts, spans).group_by("stage")):
        if won.numerator is None or not won.denominator:
            return
        value = int(late["amount"].fill_null(0).sum())
        values = {
            "stage": stage,
            "deals": late.height,
            "open": late["standing"][0],
            "amount": value,
            "win_rate": won.value,
            "line_days": int(late["line_days"][0]),
            "line_visits": int(late["line_visits"][0]),
        }
        at_stake, why = -round_ratio(value * won.numerator, won.denominator), (("stall_line", values),)
        cases = int(late["line_visits"][0])
        yield Finding(
            "stuck_deals", at_stake, "expected_value", why, "review_deals", "pipeline", "funnel", values, None, cases, 9
        )


def slipped_deals(facts: Facts, spans: Spans) -> Iterator[Finding]:
    """More than a third of the deals due in the period were pushed out of it, those that are stuck left out."""
    stuck = jammed(facts, spans)["opportunity_id"].unique()
    others = facts.opportunities.filter(~pl.col("opportunity_id").is_in(stuck.implode()))
    slip = funnel.slippage(others, *spans.now)
    won = funnel.win_rate(facts.deals, *back(spans.now[1], 12))[0]
    if not slip["share"] or slip["share"] <= 1 / 3 or won.numerator is None or not won.denominator:
        return
    at_stake = -round_ratio(slip["slipped_amount"] * won.numerator, won.denominator)
    values = {**slip, "win_rate": won.value}
    yield Finding("slipped_deals", at_stake, "expected_value", (("pushed", values),), "redate_deals", "pipeline",
    "slippage",
                  values, None, slip["due"])  # fmt: skip


def dear_customers(facts: Facts, spans: Spans) -> Iterator[Finding]:
    """Each new customer costs more than planned (without a plan: than in the period before)."""
    cost = headline.value_of(facts, "cac", spans.now)
    plan = headline.plan_of(facts, "cac", spans.now)
    basis = "overspend" if plan is not None else "vs_previous"
    reference = plan if plan is not None else headline.value_of(facts, "cac", spans.previous).value
    if cost.value is None or not reference or cost.denominator is None:
        return
    share = cost.value / reference - 1
    if share < facts.company.findings.minimum_share:
        return
    parts = facts.spend.partition_by("platform")  # of a platform that begins later no growth is known
    spend = pl.concat([facts.spend.clear(), *(part for part in parts if covers(part["spent_on"], spans.previous))])
    rises = marketing.platform_changes(spend, *spans.now, spans.previous)
    before = customers.new_customers(facts.firsts, *spans.previous)
    values: dict[str, Any] = {"cac": cost.value, "reference": reference, "share": share, "customers": cost.denominator}
    why: list[tuple[str, dict[str, Any]]] = []
    if rises.height and rises["difference"][0] > 0 and rises["growth"][0] is not None:
        top = rises.row(0, named=True)
        growth = cost.denominator / before - 1 if before else None
        values |= {
            "platform": top["platform"],
            "rise": top["growth"],
            "difference": top["difference"],
            "customers_growth": growth,
        }
        why.append(("platform_spend", {**values, "span": spans.previous}))
        why += _campaign_contrast(facts, spans, top["platform"])
    overspend = -round((cost.value - reference) * cost.denominator)
    action = "move_spend" if any(key == "campaign_return" for key, _ in why) else "cut_spend"
    yield Finding("dear_customers", overspend, basis, tuple(why), action, "marketing", "campaigns",
                  {**values, **dict(_first_values(why))}, None, cost.denominator, 4)  # fmt: skip


def _campaign_contrast(facts: Facts, spans: Spans, platform: str) -> list[tuple[str, dict[str, Any]]]:
    """The platform's campaign with the poorest return of the period, and the one anywhere with the best: the returns
    that the table of campaigns shows.
    """
    running = facts.spend.filter(funnel.inside("spent_on", *spans.now))["campaign"].unique()
    table = compare.campaign_table(facts, spans.now)
    table = table.filter(pl.col("roas").is_not_null() & pl.col("campaign").is_in(running.implode()))
    here = table.filter(pl.col("platform") == platform).sort("roas", "campaign")
    best = table.sort("roas", "campaign", descending=[True, False])
    if here.is_empty() or here["campaign"][0] == best["campaign"][0]:
        return []
    poor, good = here.row(0, named=True), best.row(0, named=True)
    return [("campaign_return", {"poor": poor["campaign"], "poor_roas": poor["roas"], "good": good["campaign"],
                                 "good_roas": good["roas"]})]  # fmt: skip


def lost_service(facts: Facts, spans: Spans) -> Iterator[Finding]:
    """Service customers are lost faster than planned (without a plan: than in the period before)."""
    rate = headline.value_of(facts, "service_churn", spans.now)
    plan = headline.plan_of(facts, "service_churn", spans.now)
    reference = plan if plan is not None else headline.value_of(facts, "service_churn", spans.previous).value
    if rate.value is None or not reference or rate.value / reference - 1 < facts.company.findings.minimum_share:
        return
    lost = int(recurring.mrr_bridge(facts.subscriptions, steps(spans.now))["churn"].sum())
    amount = round(12 * lost * (1 - reference / rate.value))
    values = {"rate": rate.value, "reference": reference, "customers": rate.numerator, "mrr": -lost}
    yield Finding("lost_service", amount, "arr", (("lost_mrr", values),), "call_leavers", "service", "mrr", values,
    None,
                  rate.numerator)  # fmt: skip


def _first_values(why: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, Any]]:
    """What the causes say, for the action's text; the first cause wins."""
    return [item for _, values in reversed(why) for item in values.items()]
