"""Credits: who is credited for which event, by which rule, and which component counts it; the same on every engine.

The rules: *direct* (the person on the order) or *split* (the shares of credit_splits, which sum to 1), *channel* (a
channel manager is credited with the whole channel), *rollup* (a manager is credited with the team's credits, each event
once, by the hierarchy on the day of the event), *overlay* (a specialist is credited with what the component names, in
the person's own region and channel). Direct and split credits of an event sum to the event; the others stand above it.

A return is a negative credit. It names the line it reverses and takes its people and shares, so that lines returned
whole, in one piece or in several, cancel their sale exactly.
"""

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

import dataframely as dy
import narwhals.stable.v2 as nw
import polars as pl

from revops.exact import cut, quotient
from revops.incentives.hierarchy import above_in, held, paid_for
from revops.incentives.plans import Component, Plan
from revops.incentives.terms import Spiff
from revops.kpis.engine import beside, placed, running
from revops.kpis.frames import Frame, native, opened, typed
from revops.money import RATE_SCALE
from revops.problems import Problem


class CreditLines(dy.Schema):
    """One row per event, credited person and rule."""

    basis = dy.String(primary_key=True, description="what is credited: booked, collected, margin, units, …")
    movement_id = dy.String(primary_key=True, description="the sold line, the returned line or the header difference")
    person_id = dy.String(primary_key=True, description="who is credited")
    rule = dy.String(primary_key=True, description="direct, split, channel, rollup or overlay")
    kind = dy.String(description="sale, return or header_rounding; of contracts start, change or end; meeting")
    moved_on = dy.Date(description="day of the event: decides the pay period")
    month_on = dy.Date(description="first day of its month")
    rated_on = dy.Date(nullable=True, description="day of the exchange rate; of a return the day of its order")
    currency = dy.String(nullable=True, description="currency of the order")
    order_id = dy.String(nullable=True, description="the order")
    line_id = dy.String(nullable=True, description="the order line; for a return the line it reverses")
    product_id = dy.String(nullable=True, description="product")
    product_group = dy.String(nullable=True, description="product group")
    channel = dy.String(nullable=True, description="sales channel")
    region = dy.String(nullable=True, description="sales region")
    customer_group = dy.String(nullable=True, description="customer group, where a plan asks for it")
    customer_id = dy.String(nullable=True, description="customer")
    account_id = dy.String(nullable=True, description="business account")
    quantity = dy.Int64(description="units, negative in returns")
    share = dy.Int64(description="share of the event, billionths")
    net_amount = dy.Int64(description="the whole event: money units, or pieces where the basis counts pieces")
    credit_amount = dy.Int64(description="the credited part of it, before a component's factor")
    source = dy.String(nullable=True, description="source of the event")
    file = dy.String(nullable=True, description="raw file")
    row = dy.Int64(nullable=True, description="row in it")


COLUMNS = list(CreditLines.columns())
KEY = ["moved_on", "movement_id", "person_id", "rule"]
_WHOLE, _DAYS = ("quantity", "share", "net_amount", "credit_amount", "row"), ("moved_on", "month_on", "rated_on")
SCHEMA: dict[str, Any] = {
    name: nw.Int64 if name in _WHOLE else nw.Date if name in _DAYS else nw.String for name in COLUMNS
}
COUNTED: dict[str, Any] = {**SCHEMA, "plan": nw.String, "component": nw.Int64}
DAILY: dict[str, Any] = {"person_id": nw.String, "plan": nw.String, "component": nw.Int64, "moved_on": nw.Date,
                         "credit_amount": nw.Int64}  # fmt: skip


def credit_lines(
    events: Frame, people: pl.DataFrame, splits: Frame | None, plans: Sequence[Plan], basis: str = "booked"
) -> Frame:
    """One row per event, person and rule: the credits of one basis. Rules that no plan pays for are left out.

    The events hold all that ever happened to a line that is split, so that its parts cancel; None: nothing is split.
    """
    rows, shares = opened(events), None if splits is None else opened(splits)
    single = _direct(rows, shares)
    shared = [] if shares is None else [_split(rows, shares)]
    managers = held(people, roles_with(plans, "channel", basis)).filter(pl.col("channel").is_not_null())
    if managers.height:
        shared.append(_channel(rows, managers))
    parts = [single, *shared]
    if managers.height:
        in_channels = nw.col("channel").fill_null("").is_in(managers["channel"].unique().to_list())
        shared, single = [*shared, single.filter(in_channels)], single.filter(~in_channels)
    above = above_in(people, roles_with(plans, "rollup", basis))
    if above.height:
        parts += [_rolled(single, above)]
        parts += [_once(rows, _rolled(nw.concat(shared, how="vertical"), above))] if shared else []
    parts += [_overlay(rows, people, plan, basis) for plan in plans if _parts(plan, "overlay", basis)]
    return native(nw.concat(parts, how="vertical"))


def _direct(rows: Any, shares: Any | None) -> Any:
    """One row per event of an order that nobody shares: the person on it."""
    mine = rows.filter(~nw.col("person_id").is_null())
    alone = mine if shares is None else mine.join(shares.select("order_id"), on="order_id", how="anti")
    return _shaped(alone, "direct", nw.col("person_id"), nw.col("net_amount"))


def _split(rows: Any, shares: Any) -> Any:
    """One row per event of a split order and person: what the person's share of the line has come to, less before.

    Shares that do not sum to 1 credit nobody.
    """
    sums = shares.group_by("order_id").agg(nw.col("share").sum().alias("whole"))
    valid = shares.join(sums.filter(nw.col("whole") == RATE_SCALE), on="order_id", how="inner")
    keys = rows.select(
        "movement_id", "moved_on", "order_id", "net_amount", line_key=nw.coalesce("line_id", "movement_id")
    )
    mine = keys.join(valid.select("order_id", "person_id", "share"), on="order_id", how="inner")
    mine = running(mine, ["line_key", "person_id"], ["moved_on", "movement_id"], after="net_amount")
    mine = mine.with_columns(before=nw.col("after") - nw.col("net_amount"))
    parts = mine.with_columns(credit_amount=nw.col("net_amount") * 0)
    for name, sign in (("after", 1), ("before", -1)):
        parts = _parted(parts, name).with_columns(credit_amount=nw.col("credit_amount") + sign * nw.col("part"))
    return _told(rows, parts, "split")


def _parted(rows: Any, amount: str) -> Any:
    """The rows with `part`: their share of an amount that all rows of an event have, by largest remainder.

    The same sizes for both signs; of equal remainders the first person takes the unit, as `money.split` does.
    """
    whole, rest = cut(nw.col(amount).abs(), nw.col("share"))
    rows = rows.with_columns(part=whole + quotient(rest, nw.lit(RATE_SCALE)), short=-(rest % RATE_SCALE))
    rows = placed(rows, "place", "movement_id", "short", "person_id")
    rows = rows.with_columns(left=-nw.col("short").sum().over("movement_id"))
    more = nw.when(nw.col("place") * RATE_SCALE <= nw.col("left")).then(nw.lit(1)).otherwise(nw.lit(0))
    size = nw.col("part") + more
    return rows.with_columns(part=nw.when(nw.col(amount) < 0).then(-size).otherwise(size))


def _channel(rows: Any, managers: pl.DataFrame) -> Any:
    """One row per event and channel manager of its channel (and region, where the manager has one) on that day."""
    who = managers.select("channel", "from_on", "until_on", manager="person_id", of_region="region")
    found = rows.join(beside(rows, who), on="channel", how="inner").filter(_on_day() & _in("of_region", "region"))
    return _shaped(found, "channel", nw.col("manager"), nw.col("net_amount"))


def _overlay(rows: Any, people: pl.DataFrame, plan: Plan, basis: str) -> Any:
    """One row per event that a plan's overlay components name and person on it, of the own region and channel."""
    who = held(people, plan.roles).select(
        "from_on", "until_on", specialist="person_id", of_region="region", of_channel="channel"
    )
    wanted = rows.filter(reduce(or_, [matches(part) for part in _parts(plan, "overlay", basis)]))
    found = wanted.join(beside(rows, who), how="cross").filter(
        _on_day() & _in("of_region", "region") & _in("of_channel", "channel") & _in_force(plan)
    )
    return _shaped(found, "overlay", nw.col("specialist"), nw.col("net_amount"))


def _rolled(credits: Any, above: pl.DataFrame) -> Any:
    """One row per credit and manager above its person on that day."""
    found = credits.join(beside(credits, above), on="person_id", how="inner").filter(_on_day())
    return _shaped(found, "rollup", nw.col("above_id"), nw.col("credit_amount"), nw.col("share"))


def _once(rows: Any, rolled: Any) -> Any:
    """The credits of each manager and event added up, at most the event.

    Two people with 100 % each of 10,000 give their manager 10,000, not 20,000.
    """
    sums = rolled.group_by("movement_id", "person_id", "net_amount").agg(nw.col("share", "credit_amount").sum())
    share, credit, net = nw.col("share"), nw.col("credit_amount"), nw.col("net_amount")
    is_over = nw.when(net >= 0).then(credit > net).otherwise(credit < net)
    capped = sums.with_columns(
        share=nw.when(share > RATE_SCALE).then(nw.lit(RATE_SCALE)).otherwise(share),
        credit_amount=nw.when(is_over).then(net).otherwise(credit),
    )
    return _told(rows, capped, "rollup")


def _told(rows: Any, parts: Any, rule: str) -> Any:
    """The events with the people, shares and amounts that are credited for each."""
    who = parts.select("movement_id", "share", "credit_amount", credited="person_id")
    found = rows.join(who, on="movement_id", how="inner")
    return _shaped(found, rule, nw.col("credited"), nw.col("credit_amount"), nw.col("share"))


def counted(lines: Frame, people: pl.DataFrame, plans: Sequence[Plan]) -> Frame:
    """One row per credit line and component that counts it: the line with `plan` and `component` (its number).

    Who holds which role on the day of the event decides the plan.
    """
    rows = opened(lines)
    kind = nw.when(nw.col("rule") == "split").then(nw.lit("direct")).otherwise(nw.col("rule"))
    parts = paid_for(people, plans).rename({"basis": "of_basis"})
    found = rows.with_columns(kind_of_credit=kind).join(beside(rows, parts), on="person_id", how="inner")
    found = found.filter(_on_day() & _same("basis", "of_basis") & _same("kind_of_credit", "credit"))
    narrow = [(plan, n, part) for plan in plans for n, part in enumerate(plan.components) if part.where]
    for plan, n, part in narrow:
        is_it = (nw.col("plan") == plan.plan) & (nw.col("component") == n)
        found = found.filter(~is_it | matches(part))
    return native(typed(found, COUNTED))


def measured(counted: Frame, plans: Sequence[Plan]) -> Frame:
    """What a measure adds up: all but the returns of plans with a clawback, which take back pay instead."""
    clawed = [plan.plan for plan in plans if plan.clawback is not None]
    rows = opened(counted)
    return native(rows.filter((nw.col("kind") != "return") | ~nw.col("plan").is_in(clawed)) if clawed else rows)


def daily(counted: Frame) -> Frame:
    """One row per person, component and day: the sum of its credits."""
    keys = list(DAILY)[:-1]
    return native(typed(opened(counted).group_by(keys).agg(nw.col("credit_amount").sum()), DAILY))


def matches(part: Component | Spiff) -> Any:
    """Whether an event is one that the `where` of a component or spiff names; null is no value."""
    wanted = [
        nw.col(column).is_in([values] if isinstance(values, str) else list(values)) & ~nw.col(column).is_null()
        for column, values in part.where.items()
    ]
    return reduce(and_, wanted) if wanted else nw.lit(True)


def scan_split_faults(splits: pl.DataFrame) -> pl.DataFrame:
    """One row per order whose shares do not sum to 1: order_id, share (their sum), people, file, row."""
    sums = splits.group_by("order_id").agg(
        pl.col("share").sum(), pl.col("person_id").sort().alias("people"), pl.col("file").first(), pl.col("row").min()
    )
    return sums.filter(pl.col("share") != RATE_SCALE).sort("order_id")


def split_problem(order_id: str, share: int, file: str | None, row: int | None) -> Problem:
    """The fault of one order's shares, in words."""
    return Problem(
        f"{file or 'credit_splits'}, row {row}, order {order_id}",
        f"shares that sum to {share / 10_000_000:g}%",
        "shares that sum to 100%",
        "correct the shares; the people named are not paid until then",
    )


def uncredited(events: Frame, splits: Frame) -> Frame:
    """One row per event that nobody is credited for directly, with the reason: faulty_split or no_person."""
    rows, shares = opened(events), opened(splits)
    sums = typed(shares.group_by("order_id").agg(nw.col("share").sum()), {"order_id": nw.String, "share": nw.Int64})
    told = rows.join(sums, on="order_id", how="left")
    is_split = ~nw.col("share").is_null()
    left = told.filter((is_split & (nw.col("share") != RATE_SCALE)) | (~is_split & nw.col("person_id").is_null()))
    reason = nw.when(nw.col("share").is_null()).then(nw.lit("no_person")).otherwise(nw.lit("faulty_split"))
    return native(left.with_columns(reason=reason).drop("share"))


def roles_with(plans: Sequence[Plan], credit: str, basis: str) -> list[str]:
    """Roles that some plan pays by a kind of credit on a basis."""
    return sorted({role for plan in plans if _parts(plan, credit, basis) for role in plan.roles})


def _parts(plan: Plan, credit: str, basis: str) -> list[Component]:
    return [part for part in plan.components if part.credit == credit and part.basis == basis]


def _on_day() -> Any:
    return (nw.col("from_on") <= nw.col("moved_on")) & (nw.col("moved_on") < nw.col("until_on"))


def _same(one: str, other: str) -> Any:
    return nw.col(one) == nw.col(other)


def _in(own: str, column: str) -> Any:
    return nw.col(own).is_null() | (nw.col(own) == nw.col(column))


def _in_force(plan: Plan) -> Any:
    starts = nw.col("moved_on") >= plan.effective_from
    return starts & (nw.col("moved_on") < plan.effective_to) if plan.effective_to else starts


def _shaped(rows: Any, rule: str, person: Any, amount: Any, share: Any = None) -> Any:
    told = rows.with_columns(
        person_id=person, credit_amount=amount, share=nw.lit(RATE_SCALE) if share is None else share,
        rule=nw.lit(rule), month_on=nw.col("moved_on").dt.truncate("1mo"),
    )  # fmt: skip
    return typed(told, SCHEMA)
