"""Credits: who is credited for which movement of revenue, by which rule.

The rules, in order: *direct* (the person on the order) or *split* (the shares of credit_splits, which sum to 1),
*channel* (a channel manager is credited with the whole channel), *rollup* (a manager is credited with the team's
credits, each movement once, by the hierarchy on the day of the movement). Direct and split credits of a movement sum to
the movement; channel and roll-up stand above it.

A return is a negative credit. It names the line it reverses and takes its people and shares, so that lines returned
whole, in one piece or in several, cancel their sale exactly:

>>> share_out([(1, 10_001), (2, -5_000), (3, -5_001)], [60, 40])
[[6001, 4000], [-3000, -2000], [-3001, -2000]]
"""

from collections.abc import Iterable, Sequence
from datetime import date

import dataframely as dy
import polars as pl

from revops.incentives.plans import Plan
from revops.money import RATE_SCALE, split
from revops.problems import Problem


class CreditLines(dy.Schema):
    """One row per revenue movement, credited person and rule."""

    movement_id = dy.String(primary_key=True, description="the sold line, the returned line or the header difference")
    person_id = dy.String(primary_key=True, description="who is credited")
    rule = dy.String(primary_key=True, description="direct, split, channel or rollup")
    kind = dy.String(description="sale, return or header_rounding")
    moved_on = dy.Date(description="day of the movement: decides the pay period")
    month_on = dy.Date(description="first day of its month")
    order_id = dy.String(nullable=True, description="the order")
    line_id = dy.String(nullable=True, description="the order line; for a return the line it reverses")
    product_id = dy.String(nullable=True, description="product")
    product_group = dy.String(nullable=True, description="product group")
    channel = dy.String(nullable=True, description="sales channel")
    region = dy.String(nullable=True, description="sales region")
    customer_id = dy.String(nullable=True, description="customer")
    account_id = dy.String(nullable=True, description="business account")
    quantity = dy.Int64(description="units, negative in returns")
    share = dy.Int64(description="share of the movement, billionths")
    net_amount = dy.Int64(description="the whole movement, money units")
    credit_amount = dy.Int64(description="the credited part of it, money units, before a component's factor")
    source = dy.String(nullable=True, description="source of the movement")
    file = dy.String(nullable=True, description="raw file")
    row = dy.Int64(nullable=True, description="row in it")


COLUMNS = list(CreditLines.columns())
KEY = ["moved_on", "movement_id", "person_id", "rule"]


def share_out(events: Sequence[tuple[object, int]], weights: Sequence[int]) -> list[list[int]]:
    """Parts of each (key, amount) of one line, cumulated separately for sales and returns, so that wholes cancel."""
    sold, back, parts = 0, 0, []
    for _, amount in events:
        before = sold if amount >= 0 else back
        after = before + amount
        old, new = split(before, weights), split(after, weights)
        parts.append([b - a for a, b in zip(old, new, strict=True)])
        sold, back = (after, back) if amount >= 0 else (sold, after)
    return parts


def ancestors(people: pl.DataFrame) -> pl.DataFrame:
    """One row per person, manager above (at any height) and stretch of days [from_on, until_on)."""
    far = date(9999, 1, 1)
    rows = people.select("person_id", "manager_id", "start_on", "end_on").sort("person_id", "start_on").rows()
    days = sorted({row[2] for row in rows} | {row[3] for row in rows if row[3]} | {far})
    found: list[tuple[str, str, date, date]] = []
    open_at: dict[tuple[str, str], date] = {}
    for day, following in zip(days, days[1:], strict=False):
        manager = {p: m for p, m, start, end in rows if start <= day and (end is None or day < end)}
        now = {(person, above) for person in manager for above in chain(manager, person)}
        for pair in now - set(open_at):
            open_at[pair] = day
        for pair in [pair for pair in open_at if pair not in now]:
            found.append((*pair, open_at.pop(pair), day))
        last = following
    found += [(*pair, since, last) for pair, since in open_at.items()] if days[1:] else []
    schema = {"person_id": pl.String, "above_id": pl.String, "from_on": pl.Date, "until_on": pl.Date}
    return pl.DataFrame(found, schema=schema, orient="row").sort("person_id", "above_id", "from_on")


def chain(manager: dict[str, str | None], person: str) -> Iterable[str]:
    """The managers above a person, nearest first; `manager` holds whom each reports to."""
    seen, above = {person}, manager.get(person)
    while above is not None and above in manager and above not in seen:
        yield above
        seen.add(above)
        above = manager.get(above)


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


def direct_credits(movements: pl.DataFrame, splits: pl.DataFrame) -> pl.DataFrame:
    """One row per movement and person credited directly: the order's person, or the people of its split.

    Orders whose shares are faulty are credited to nobody; movements of nobody are in `uncredited`.
    """
    faulty = scan_split_faults(splits)["order_id"]
    shared = splits.filter(~pl.col("order_id").is_in(faulty.implode()))
    whole = movements.join(splits.select("order_id").unique(), on="order_id", how="anti").filter(
        pl.col("person_id").is_not_null()
    )
    single = whole.with_columns(
        rule=pl.lit("direct"), share=pl.lit(RATE_SCALE, dtype=pl.Int64), credit_amount=pl.col("net_amount")
    )
    return pl.concat([_shaped(single), _shaped(_split_credits(movements, shared))]).sort(KEY)


def _split_credits(movements: pl.DataFrame, splits: pl.DataFrame) -> pl.DataFrame:
    """One row per movement of a split order and person, exact by `share_out` over each line's events in order."""
    weights = {
        order: (people, shares)
        for order, people, shares in splits.sort("order_id", "person_id").group_by("order_id", maintain_order=True)
        .agg("person_id", "share").rows()
    }  # fmt: skip
    mine = movements.join(splits.select("order_id").unique(), on="order_id", how="semi").sort("moved_on", "movement_id")
    rows = []
    lined = mine.with_columns(of=pl.coalesce("line_id", "movement_id"))
    for (order, _), events in lined.group_by("order_id", "of", maintain_order=True):
        people, shares = weights[order]
        parts = share_out(events.select("movement_id", "net_amount").rows(), shares)
        for movement, part in zip(events["movement_id"], parts, strict=True):
            rows += [(movement, person, share, p) for person, share, p in zip(people, shares, part, strict=True)]
    schema = {"movement_id": pl.String, "person_id": pl.String, "share": pl.Int64, "credit_amount": pl.Int64}
    parts_frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(rule=pl.lit("split"))
    return mine.drop("person_id").join(parts_frame, on="movement_id", how="inner", validate="1:m")


def channel_credits(movements: pl.DataFrame, people: pl.DataFrame, roles: Iterable[str]) -> pl.DataFrame:
    """One row per movement and channel manager of its channel (and region, where the manager has one) on that day."""
    managers = people.filter(pl.col("role").is_in(list(roles)) & pl.col("channel").is_not_null())
    managers = managers.select(
        "channel", "start_on", "end_on", pl.col("person_id").alias("manager"), pl.col("region").alias("of_region")
    )
    held = movements.join(managers, on="channel", how="inner").filter(
        (pl.col("start_on") <= pl.col("moved_on"))
        & (pl.col("end_on").is_null() | (pl.col("moved_on") < pl.col("end_on")))
        & (pl.col("of_region").is_null() | (pl.col("of_region") == pl.col("region")))
    )
    return _shaped(
        held.with_columns(
            person_id=pl.col("manager"), rule=pl.lit("channel"), share=pl.lit(RATE_SCALE, dtype=pl.Int64),
            credit_amount=pl.col("net_amount"),
        )
    ).sort(KEY)  # fmt: skip


def rollup_credits(credits: pl.DataFrame, people: pl.DataFrame, roles: Iterable[str]) -> pl.DataFrame:
    """One row per movement and manager above the credited people on that day, each movement once.

    Two people with 100 % each of 10,000 give their manager 10,000, not 20,000: credits add up to the movement at most.
    """
    managers = people.filter(pl.col("role").is_in(list(roles))).select(
        pl.col("person_id").alias("above_id"),
        pl.col("start_on").alias("role_from"),
        pl.col("end_on").alias("role_until"),
    )
    above = (
        ancestors(people)
        .join(managers, on="above_id", how="inner")
        .filter(
            (pl.col("role_from") < pl.col("until_on"))
            & (pl.col("role_until").is_null() | (pl.col("from_on") < pl.col("role_until")))
        )
    )
    both = credits.join(above, on="person_id", how="inner").filter(
        (pl.max_horizontal("from_on", "role_from") <= pl.col("moved_on")) & (pl.col("moved_on") < pl.col("until_on"))
        & (pl.col("role_until").is_null() | (pl.col("moved_on") < pl.col("role_until")))
    )  # fmt: skip
    same = [c for c in COLUMNS if c not in {"movement_id", "person_id", "rule", "share", "credit_amount"}]
    once = both.group_by("movement_id", "above_id").agg(
        *[pl.col(c).first() for c in same], pl.col("share").sum(), pl.col("credit_amount").sum()
    )
    capped = once.with_columns(
        person_id=pl.col("above_id"),
        rule=pl.lit("rollup"),
        share=pl.min_horizontal("share", pl.lit(RATE_SCALE, dtype=pl.Int64)),
        credit_amount=pl.when(pl.col("net_amount") >= 0)
        .then(pl.min_horizontal("credit_amount", "net_amount"))
        .otherwise(pl.max_horizontal("credit_amount", "net_amount")),
    )
    return _shaped(capped).sort(KEY)


def credit_lines(
    movements: pl.DataFrame, people: pl.DataFrame, splits: pl.DataFrame, plans: Sequence[Plan]
) -> pl.DataFrame:
    """One row per movement, person and rule: the credit ledger. Rules that no plan pays for are left out."""
    first = direct_credits(movements, splits)
    beside = channel_credits(movements, people, roles_with(plans, "channel"))
    team = rollup_credits(pl.concat([first, beside]), people, roles_with(plans, "rollup"))
    return pl.concat([first, beside, team]).sort(KEY)


def uncredited(movements: pl.DataFrame, people: pl.DataFrame, splits: pl.DataFrame) -> pl.DataFrame:
    """One row per movement that nobody is credited for directly, with the reason: faulty_split or no_person."""
    faulty = scan_split_faults(splits)["order_id"].implode()
    is_faulty = pl.col("order_id").is_in(faulty).fill_null(False)
    is_split = pl.col("order_id").is_in(splits["order_id"].unique().implode()).fill_null(False)
    left = movements.filter(is_faulty | (pl.col("person_id").is_null() & ~is_split))
    return left.with_columns(
        reason=pl.when(is_faulty).then(pl.lit("faulty_split")).otherwise(pl.lit("no_person"))
    ).sort("moved_on", "movement_id")


def roles_with(plans: Sequence[Plan], rule: str) -> list[str]:
    """Roles that some plan pays by a rule of credit."""
    return sorted({role for plan in plans if rule in plan.rules for role in plan.roles})


def _shaped(frame: pl.DataFrame) -> pl.DataFrame:
    if "month_on" not in frame.columns:
        frame = frame.with_columns(month_on=pl.col("moved_on").dt.truncate("1mo"))
    return frame.select(COLUMNS)
