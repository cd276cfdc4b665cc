"""The looks of the watches: revenue by part of its cube, any metric by its dimensions, and three of their own."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

import polars as pl

from revops.kpis import catalogue, counting, headline, marketing
from revops.kpis.facts import KEYS, Facts
from revops.kpis.findings import gaps, limits
from revops.kpis.findings.cases import is_in
from revops.kpis.findings.finding import Finding
from revops.kpis.findings.parts import expected_cells, focus, judged, parts_of, unexplained
from revops.kpis.findings.rules import Watch
from revops.kpis.pipeline import funnel
from revops.kpis.spans import Span, Spans, back
from revops.money import round_ratio
from revops.periods import add_months, months_between

PARTS = 12  # parts told at most
MONTHS = 36  # months in which a break is looked for
JAMMED = (2, 5)  # a stage is jammed where this share of its open deals stands beyond the stall line
SLIPPED = 1 / 3  # more of the deals that were due must be pushed to be told


@dataclass(frozen=True)
class Asked:
    """What a look is asked: the watch, the least money that is told, and what other watches told before it."""

    facts: Facts
    spans: Spans
    name: str
    watch: Watch
    least: int
    told: Sequence[Finding]

    @property
    def share(self) -> float:
        """The least relative deviation that is told."""
        return self.facts.company.findings.minimum_share


Looked = tuple[list[Finding], list[Finding]]
"""All that was looked at, and what of it stands out."""


def by_metric(asked: Asked) -> Looked:
    """A watch of a metric: revenue part by part, everything else cell by cell.

    A plan that was missed is told inside the limits of its own past, too, as luck perhaps; not where it also rests on
    fewer cases than the company's minimum. Costs of which a source is missing are no success.
    """
    if asked.watch.metric == "net_revenue":
        return revenue(asked)
    noted = [one for one in cells_of(asked) if not one.is_good or _is_whole(asked)]
    stand_out = [one for one in noted if abs(one.values.get("share") or 0) >= asked.share]
    few = asked.facts.company.findings.minimum_count
    return noted, [
        one for one in stand_out if one.is_sure is not False or not (one.is_good or (one.cases or few) < few)
    ]


def _is_whole(asked: Asked) -> bool:
    """Whether all sources are there of what should be low, such as both parts of the costs of CAC."""
    one = catalogue.declared(str(asked.watch.metric))
    facts = [catalogue.FACT_TABLES[catalogue.Term.parse(term).fact] for term in one.numerator]
    return one.better != "lower" or all(asked.facts.has(name) for fact in facts for name in fact.tables)


def revenue(asked: Asked) -> Looked:
    """Parts of product group × channel × region that miss or beat the plan (without one: what is usual).

    Each finding is no wider than it must be; a part inside the limits of its own past is left out. What is missing in a
    channel of which another watch told already is left out, too, as is what the revenue that names no product group,
    channel or region could make up for: it may be that part's.
    """
    basis, cells = expected_cells(asked.facts, asked.spans)
    parts = unexplained(judged(parts_of(cells), basis == "plan"), asked.facts.net_cells(asked.spans.now))
    noted = [_part(asked, basis, row) for row in parts.to_dicts()]
    known = {one.place.get("channel") for one in asked.told if one.amount < 0 and one.watch not in OWN}
    open_to = parts.filter(~(pl.col("channel").is_in(list(known)) & (pl.col("delta") < 0)).fill_null(False))
    chosen = islice(focus(open_to, asked.least, asked.share), PARTS)
    return noted, [_part(asked, basis, row) for row in chosen]


def _part(asked: Asked, basis: str, row: dict[str, Any]) -> Finding:
    where = {key: row[key] for key in KEYS}
    orders = asked.facts.days.filter(funnel.inside("period_on", *asked.spans.now) & is_in(where))["orders"].sum()
    values = {"share": row["delta"] / row["target"]} if row["target"] else {}
    return Finding(asked.name, row["delta"], f"vs_{basis}", where, values, int(orders), row["is_outside"])


def cells_of(asked: Asked) -> Iterator[Finding]:
    """One finding per cell of the metric: its value against plan, or since some month against what was usual before.

    A metric that is a sum is seen against its season. The money is (value − reference) × cases × what a case is worth;
    a metric that is money, or money per case, is worth itself. Where nothing deviates the money is 0.
    """
    metric, one = str(asked.watch.metric), catalogue.declared(str(asked.watch.metric))
    months, is_sum = _months(asked.spans), one.over_time == "sum"
    pasts = [_year_before(month) for month in months] if is_sum else []
    rows = counting.measure(asked.facts, [metric], [*pasts, *months, asked.spans.now], asked.watch.by)
    plan = None if asked.watch.by else headline.plan_of(asked.facts, metric, asked.spans.now)
    rates = _growth(asked, rows, months, pasts)
    for key, cell in rows.group_by(asked.watch.by, maintain_order=True) if asked.watch.by else [((), rows)]:
        where = dict(zip(asked.watch.by, key, strict=True))
        found = {(line["start_on"], line["end_on"]): line for line in cell.iter_rows(named=True)}
        expected = limits.carried([found[past]["value"] for past in pasts], rates) if is_sum else [1.0] * len(months)
        series = [found[m]["value"] / e if e and found[m]["value"] is not None else None
                  for m, e in zip(months, expected, strict=True)]  # fmt: skip
        now = found[months[-1] if is_sum and not plan else asked.spans.now]
        since = None if plan else limits.broken(series, asked.share)
        if since and not is_broad(asked, where, months):
            since = None
        if now["value"] is None or (not now["denominator"] and one.denominator):
            continue
        reference = plan or (since.usual * (expected[-1] or 0) if since else now["value"])
        gain = (now["value"] - reference) * (now["denominator"] or 1) * (_worth(asked, where) if reference else 1)
        said = {"now": now["value"], "reference": reference, "cases": now["denominator"]}
        said |= {"share": now["value"] / reference - 1} if reference else {}
        said |= {"since_month": months[since.first][0]} if since else {}
        past = [limits.residual(found[m]["value"] or 0, 1) for m in months[:-1]]  # their scatter counts alone
        yield Finding(
            asked.name,
            round(gain * (-1 if one.better == "lower" else 1)),
            "vs_plan" if plan else "vs_before",
            where,
            said,
            now["denominator"] if one.unit == "price" else now["numerator"] if one.unit == "share" else None,
            limits.is_outside(limits.residual(now["value"], plan), past, centre=0) if plan else since is not None,
        )


def _growth(asked: Asked, rows: pl.DataFrame, months: Sequence[Span], pasts: Sequence[Span]) -> list[float | None]:
    """Of each month the growth of all cells together over the year before; None where the two cannot be compared."""
    sums = {(start, end): value for start, end, value in
            rows.group_by("start_on", "end_on").agg(pl.col("value").sum()).iter_rows()}  # fmt: skip
    own = asked.facts.company.calendar
    return [
        sums[month] / sums[past] if (sums[past] or 0) > 0 and limits.comparable(month, past, own) else None
        for month, past in zip(months, pasts, strict=False)
    ]


def _year_before(span: Span) -> Span:
    days = (span[1] - span[0]).days
    first = add_months(span[0], -12)
    whole = span[1] == add_months(span[0], 1)
    return first, add_months(first, 1) if whole else min(first + timedelta(days=days), add_months(first, 1))


def _months(spans: Spans) -> list[Span]:
    """The months up to the period's end, the last one as far as it is known."""
    first, end = back(spans.now[1], MONTHS)
    return [(month, min(end, add_months(month, 1))) for month in months_between(first, end)]


def _worth(asked: Asked, where: dict[str, Any]) -> float:
    """Money of one case in the cell: the watch's `worth` by those of its dimensions that it knows, times `times`."""
    if not asked.watch.worth:
        return asked.watch.times
    known = {key: value for key, value in where.items() if key in catalogue.declared(asked.watch.worth).dimensions()}
    row = counting.measure(asked.facts, [asked.watch.worth], [asked.spans.now], where=known)
    value = row["value"][0] if row.height else None
    return (value or 0) * asked.watch.times


def is_broad(asked: Asked, where: dict[str, Any], months: Sequence[Span]) -> bool:
    """Whether a channel's break stays when any one product group that its visits name is left out.

    What fell with one product group alone is told of that product group.
    """
    if asked.watch.metric != "web_conversion":
        return True
    here = asked.facts.sessions.filter(is_in(where, ["channel"]) & pl.col("traffic_source").str.contains(" · "))
    groups = here["traffic_source"].str.split(" · ").list.last().unique().sort()
    for group in groups:
        rest = here.filter(~pl.col("traffic_source").str.ends_with(group))
        series = [marketing.web_conversion(rest, None, *month).value for month in months]
        if rest.height and limits.broken(series, asked.share) is None:
            return False
    return True


def missing_days(asked: Asked) -> Looked:
    """A channel in a region with a run of days without orders, too long for chance: a file may be missing.

    Not where the plan (or last year) expected so little: a holiday is no gap. At least half of what such days usually
    bring must be missing from the period.
    """
    found, days = [], asked.facts.days
    for row in gaps.silent_days(days, asked.spans.now, back(asked.spans.now[0], 3), KEYS[1:]).iter_rows(named=True):
        where = {key: row[key] for key in KEYS[1:]}
        lost = row["silent"] * row["daily_amount"]
        known = gaps.shortfall(asked.facts, asked.spans, where)
        if known is None or known >= lost / 2:
            said = {"days": row["silent"], "first_on": row["first_on"]}
            found.append(Finding(asked.name, -lost, "estimate", where, said, is_sure=True))
    return found, found


def stuck_deals(asked: Asked) -> Looked:
    """A stage in which more open deals than usual stand beyond its stall line: P75 of the days of deals that moved
    on.
    """
    found, rate = [], _win_rate(asked)
    for (stage,), late in sorted(jammed(asked.facts, asked.spans).group_by("stage")):
        value, line = int(late["amount"].fill_null(0).sum()), late.row(0, named=True)
        said = {"deals": late.height, "open": line["standing"], "amount": value, "win_rate": rate and rate[0] / rate[1],
                "line_days": int(line["line_days"]), "line_visits": int(line["line_visits"])}  # fmt: skip
        if rate:
            amount = -round_ratio(value * rate[0], rate[1])
            found.append(
                Finding(asked.name, amount, "expected_value", {"stage": str(stage)}, said, int(line["line_visits"]))
            )
    return found, found


def jammed(facts: Facts, spans: Spans) -> pl.DataFrame:
    """The deals beyond their stall line in stages where two fifths of the open deals (`standing`) or more are.

    A quarter of all visits lies beyond P75 anyway: a stage below that is not jammed.
    """
    end = min(spans.now[1], facts.pipeline_end or spans.now[1])  # ages are those of the day the export was made
    stays = funnel.visits(facts.stages, facts.deals)
    beyond = funnel.stalled(stays, facts.deals, facts.company.funnel.stages, end)
    standing = funnel.open_deals(stays, facts.deals, end).group_by("stage").agg(standing=pl.len().cast(pl.Int64))
    counted = beyond.join(standing, on="stage").with_columns(late=pl.len().over("stage"))
    return counted.filter(pl.col("late") * JAMMED[1] >= pl.col("standing") * JAMMED[0])


def slipped_deals(asked: Asked) -> Looked:
    """More than a third of the deals due in the period were pushed out of it, those that are stuck left out."""
    stuck = jammed(asked.facts, asked.spans)["opportunity_id"].unique()
    others = asked.facts.opportunities.filter(~pl.col("opportunity_id").is_in(stuck.implode()))
    slip, rate = funnel.slippage(others, *asked.spans.now), _win_rate(asked)
    if not slip["share"] or slip["share"] <= SLIPPED or not rate:
        return [], []
    amount = -round_ratio(slip["slipped_amount"] * rate[0], rate[1])
    said = slip | {"win_rate": rate[0] / rate[1]}
    found = [Finding(asked.name, amount, "expected_value", {}, said, slip["due"])]
    return found, found


def _win_rate(asked: Asked) -> tuple[int, int] | None:
    """(won, closed) amounts of the deals of the last twelve months; None where none was closed."""
    won = funnel.win_rate(asked.facts.deals, *back(asked.spans.now[1], 12))[1]
    return (won.numerator, won.denominator) if won.numerator is not None and won.denominator else None


OWN: dict[str, Callable[[Asked], Looked]] = {
    "missing_days": missing_days,
    "stuck_deals": stuck_deals,
    "slipped_deals": slipped_deals,
}
