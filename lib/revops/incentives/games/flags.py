"""Flags: results that honest books would seldom show, each with its rows. A flag is a reason to look; it stops no pay.

The chance that honest books raise any flag of one kind is at most the rule's `alarm`: it is shared by all tests made.

`returned`    a month's last bookings pass a bound and come back afterwards, see watch
`last_days`   a month's orders crowd into its last days, against colleagues of the role in the same month
`discounts`   orders that bring a person over a bound are discounted more than the person's others
`threshold`   over all people of a plan, more end just above a bound than a smooth spread would put there
`split`       shares of split deals lift a person over a bound far more often than they just fail to
`reclosed`    an order repeats one taken back whole; `reopened`: a deal was won again after it was open again. Both are
              told without a test
"""

from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl

from revops.incentives.games.badges import LeagueEvidence
from revops.incentives.games.chance import binomial_tail, hypergeometric_tail, rank_sum_tail
from revops.incentives.games.deals import KEY
from revops.incentives.games.rules import Watch
from revops.money import RATE_SCALE
from revops.tables import types_of

HALF_SPREAD = 0.37  # half a standard deviation, as a part of the range of the middle half
FEWEST = 5  # orders, months or people that a test needs
MONTH = ["person_id", "month_on"]


class LeagueFlags(dy.Schema):
    """One row per kind of flag, plan's bound, and person and month that it speaks of."""

    kind = dy.String(
        primary_key=True, description="returned, last_days, discounts, threshold, split, reclosed or reopened"
    )
    person_id = dy.String(primary_key=True, description="person; empty: all people of the plan")
    month_on = dy.Date(primary_key=True, description="first day of the month; of several, the last")
    plan = dy.String(primary_key=True, description="plan whose bound it is; empty: none")
    bound = dy.Float64(primary_key=True, description="attainment at the bound; 0: none")
    found = dy.Float64(description="what was found: a share, a discount, a count")
    expected = dy.Float64(nullable=True, description="what others, or chance, would show")
    of = dy.Int64(description="orders, months or people that were looked at")
    chance = dy.Float64(nullable=True, description="chance that honest books show it; null: no matter of chance")


@dataclass(frozen=True)
class Found:
    """Flags (LeagueFlags) and their evidence (LeagueEvidence)."""

    flags: pl.DataFrame
    evidence: pl.DataFrame


Part = tuple[pl.DataFrame, pl.DataFrame]


def scan_flags(
    results: pl.DataFrame,
    deals: pl.DataFrame,
    bunched: pl.DataFrame,
    discounts: pl.DataFrame,
    reopened: pl.DataFrame,
    rules: Watch,
) -> Found:
    """All flags.

    `results`: watch.results · `bunched`: watch.bunched · `deals`: with `before` and `after`, the attainment around
    each · `discounts`: order_id, discount (share of gross) · `reopened`: see there.
    """
    league = deals.join(results.select(*MONTH, "role", "plan", "bounds", "attainment"), on=MONTH, validate="m:1")
    parts: dict[str, Part] = {
        "returned": _returned(bunched, deals),
        "last_days": _last_days(league, rules),
        "discounts": _discounts(league, discounts, rules),
        "threshold": _threshold(results, rules),
        "split": _split(league, rules),
        "reclosed": _told(_repeats(league)),
        "reopened": _told(reopened.with_columns(value=pl.lit(1.0))),
    }
    flags = [_shaped(frame.with_columns(kind=pl.lit(kind)), LeagueFlags) for kind, (frame, _) in parts.items()]
    proof = [
        _shaped(frame.with_columns(what=pl.lit("flag"), key=pl.lit(kind)), LeagueEvidence)
        for kind, (_, frame) in parts.items()
    ]
    return Found(pl.concat(flags).sort(LeagueFlags.primary_key()), pl.concat(proof).sort(LeagueEvidence.primary_key()))


def _shaped(frame: pl.DataFrame, contract: type[dy.Schema]) -> pl.DataFrame:
    """A frame with all columns of its contract: no plan, no bound, no order where it names none."""
    empty = {"person_id": "", "plan": "", "bound": 0.0, "order_id": ""}
    missing = [pl.lit(empty.get(name)).alias(name) for name in contract.column_names() if name not in frame.columns]
    return frame.with_columns(missing).select(contract.column_names()).cast(pl.Schema(types_of(contract)))


def _unlikely(tested: list[dict[str, Any]], rules: Watch) -> pl.DataFrame:
    """The tests whose chance is so small that all of them together raise a false flag with the chance `alarm`."""
    schema: dict[str, Any] = {**types_of(LeagueFlags), "role": pl.String}
    rows = [{name: test.get(name) for name in schema} for test in tested if test["chance"] * len(tested) <= rules.alarm]
    return pl.DataFrame(rows, schema=schema).with_columns(
        pl.col("person_id", "plan").fill_null(""), pl.col("bound").fill_null(0)
    )


def _returned(bunched: pl.DataFrame, deals: pl.DataFrame) -> Part:
    mine = bunched.filter("is_proven").with_columns(order_id=pl.col("orders").str.split(", "))
    orders = mine.select(*MONTH, "order_id").explode("order_id", empty_as_null=True, keep_nulls=False)
    proof = orders.join(deals.drop("month_on"), on=KEY).with_columns(
        day="sold_on", value=pl.col("sold") - pl.col("kept")
    )
    of = pl.col("order_id").list.len()
    return mine.select(*MONTH, "bound", found="last_share", of=of), proof


def _last_days(league: pl.DataFrame, rules: Watch) -> Part:
    """Orders in the last days, against all of the role in the month: the odds of drawing so many of theirs by luck."""
    end = pl.col("month_on").dt.offset_by("1mo").dt.offset_by(f"-{rules.last_days}d")
    marked = league.with_columns(is_last=pl.col("sold_on") >= end)
    own = marked.group_by(*MONTH, "role").agg(pl.len().alias("of"), pl.col("is_last").sum().alias("k"))
    whole = own.with_columns(
        total=pl.col("of").sum().over("role", "month_on"), all=pl.col("k").sum().over("role", "month_on")
    )
    able = whole.filter((pl.col("of") >= FEWEST) & (pl.col("total") - pl.col("of") >= FEWEST)).sort(MONTH)
    tests = [
        {**row, "found": row["k"] / row["of"], "expected": (row["all"] - row["k"]) / (row["total"] - row["of"]),
         "chance": hypergeometric_tail(row["total"], row["all"], row["of"], row["k"])}
        for row in able.to_dicts()
    ]  # fmt: skip
    flags = _unlikely(tests, rules)
    proof = marked.filter("is_last").join(flags.select(MONTH), on=MONTH, how="semi")
    return flags, proof.with_columns(day="sold_on", value="sold")


def _discounts(league: pl.DataFrame, discounts: pl.DataFrame, rules: Watch) -> Part:
    """Discounts of orders that come near a bound or pass it, against the person's other orders."""
    near = pl.col("bounds").list.eval(pl.element())  # one list a deal
    rows = league.join(discounts, on="order_id", validate="m:1").with_columns(near).explode("bounds")
    close = (pl.col("before") < pl.col("bounds")) & (pl.col("after") >= pl.col("bounds") - rules.above)
    orders = rows.group_by(*KEY, "month_on", "sold_on", "discount", "file", "row").agg(close.any().alias("is_near"))
    tests = []
    for (person,), mine in orders.sort(*KEY).partition_by("person_id", as_dict=True, maintain_order=True).items():
        some, others = (mine.filter(pl.col("is_near") == is_near) for is_near in (True, False))
        if min(some.height, others.height) >= FEWEST:
            values = some["discount"].to_list(), others["discount"].to_list()
            tests.append(
                {"person_id": person, "month_on": some["month_on"].max(), "found": some["discount"].mean(),
                 "expected": others["discount"].mean(), "of": some.height, "chance": rank_sum_tail(*values)}
            )  # fmt: skip
    flags = _unlikely(tests, rules)
    proof = orders.filter("is_near").drop("month_on").join(flags.select(MONTH), on="person_id")
    return flags, proof.with_columns(day="sold_on", value="discount")


def _threshold(results: pl.DataFrame, rules: Watch) -> Part:
    """People whose months lie just above a bound rather than just below, on a spread log-linear through the next cells.

    The cells are half a standard deviation wide, at most `above`: for a normal spread the comparison is exact. A person
    counts once, by where most of the months near the bound are, for one's months are alike.
    """
    half = (pl.col("attainment").quantile(0.75) - pl.col("attainment").quantile(0.25)) * HALF_SPREAD
    wide = results.with_columns(width=pl.min_horizontal(half.over("plan"), pl.lit(rules.above)))
    rows = wide.filter(pl.col("width") > 0).explode("bounds", empty_as_null=True, keep_nulls=False)
    named = rows.rename({"bounds": "bound"})
    cell = ((pl.col("attainment") - pl.col("bound")) / pl.col("width")).floor()
    near = named.with_columns(cell=cell.cast(pl.Int64)).filter(pl.col("cell").is_between(-2, 1))
    parts = near.sort("plan", "bound").partition_by("plan", "bound", as_dict=True, maintain_order=True)
    tests = [{**_bunching(mine), "plan": plan, "bound": bound} for (plan, bound), mine in parts.items()]
    flags = _unlikely([test for test in tests if test["of"] >= FEWEST], rules)
    proof = near.filter(pl.col("cell") == 0).join(flags.select("plan", "bound"), on=["plan", "bound"], how="semi")
    return flags, proof.unique(MONTH).with_columns(day="month_on", value="attainment", file=None, row=None)


def _bunching(mine: pl.DataFrame) -> dict[str, Any]:
    """The test of one bound, from the months in the two cells below it and the two above."""
    far_below, far_above = (mine.filter(pl.col("cell") == at).height for at in (-2, 1))
    ratio = ((far_above + 0.5) / (far_below + 0.5)) ** (1 / 3)
    inner = mine.filter(pl.col("cell").is_between(-1, 0)).with_columns(side=pl.col("cell") * 2 + 1)
    sides = inner.group_by("person_id").agg(pl.col("side").sum())["side"]
    above, of, share = int((sides > 0).sum()), int((sides != 0).sum()), ratio / (1 + ratio)
    return {
        "month_on": mine["month_on"].max(), "found": above, "expected": of * share, "of": of,
        "chance": binomial_tail(of, above, share),
    }  # fmt: skip


def _split(league: pl.DataFrame, rules: Watch) -> Part:
    """Months that shares of split deals carry over a bound, against those that they leave short of one by as much."""
    shared = league.filter(pl.col("share") < RATE_SCALE)
    lift = shared.group_by(*MONTH, "attainment", "bounds").agg((pl.col("after") - pl.col("before")).sum().alias("lift"))
    rows = lift.explode("bounds", empty_as_null=True, keep_nulls=False)
    gap = pl.col("attainment") - pl.col("bounds")
    hit = rows.with_columns(
        is_over=(gap >= 0) & (gap < pl.col("lift")), is_short=(gap < 0) & (gap >= -pl.col("lift"))
    )  # fmt: skip
    months = (
        hit.group_by(MONTH).agg(pl.col("is_over", "is_short").any()).filter(pl.col("is_over") != pl.col("is_short"))
    )
    sums = months.group_by("person_id").agg(
        pl.col("is_over").sum().alias("found"), pl.len().alias("of"), pl.col("month_on").max()
    )
    tests = [
        {**row, "expected": row["of"] / 2, "chance": binomial_tail(row["of"], row["found"], 0.5)}
        for row in sums.filter(pl.col("of").cast(pl.Float64) >= FEWEST).sort("person_id").to_dicts()
    ]
    flags = _unlikely(tests, rules)
    over = shared.join(months.filter("is_over"), on=MONTH, how="semi").drop("month_on")
    return flags, over.join(flags.select(MONTH), on="person_id").with_columns(day="sold_on", value="sold")


def _repeats(league: pl.DataFrame) -> pl.DataFrame:
    return league.filter(pl.col("repeats").is_not_null()).with_columns(day="sold_on", value="sold")


def _told(rows: pl.DataFrame) -> Part:
    """What needs no test: how often it happened, in each person's month."""
    return rows.group_by(MONTH).agg(pl.len().alias("found"), pl.len().alias("of")), rows


def reopened(opportunities: pl.LazyFrame) -> pl.DataFrame:
    """One row per deal that snapshots show won, then not won, then won again: person_id, month_on, order_id (of the
    deal), day (of the snapshot), file, row.
    """
    keys = ["opportunity_id", "snapshot_on"]
    seen = opportunities.select(*keys, "person_id", "is_won", "file", "row").collect().sort(keys)
    is_again = pl.col("is_won") & ~pl.col("is_won").shift(1, fill_value=True).over("opportunity_id")
    was_won = pl.col("is_won").cast(pl.Int64).cum_sum().over("opportunity_id") > 1
    again = seen.filter(is_again & was_won & pl.col("person_id").is_not_null())
    return again.select(
        "person_id", pl.col("snapshot_on").dt.truncate("1mo").alias("month_on"),
        pl.col("opportunity_id").alias("order_id"), pl.col("snapshot_on").alias("day"), "file", "row",
    )  # fmt: skip
