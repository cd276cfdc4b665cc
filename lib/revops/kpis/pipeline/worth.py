"""The open pipeline: what it is worth, what it must bring, what happened to it between two CRM exports.

    weighted pipeline   Σ amount × share of deals that came to the same stage and were won, of those closed
    velocity            open deals × win rate × value of a won deal ÷ days of the sales cycle: money a day
    coverage            open pipeline due by the end ÷ (quota − won so far)
    between two exports opening + what came in − what went out = closing, to the last đồng

>>> velocity(50, 1, 4, 12_000, 45.0).value, coverage(900, 500, 200).value
(3333, 3.0)
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from revops.kpis.measure import Value, missing, ratio
from revops.kpis.pipeline import funnel
from revops.kpis.pipeline.stages import CUTS
from revops.kpis.spans import Span, wide
from revops.money import RATE_SCALE, round_ratio

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

MOVES = ("created", "reopened", "pulled_in", "more", "less", "pushed_out", "won", "lost", "gone")
BINS = 5


def stage_rates(stood: pl.DataFrame, before: date) -> pl.DataFrame:
    """One row per stage: of the deals that came to it and closed before the day, closed and won."""
    closed = stood.filter(pl.col("closed_on") < before)
    return closed.group_by("stage").agg(closed=pl.len().cast(pl.Int64), won=pl.col("is_won").sum().cast(pl.Int64))


def weighted(deals: pl.DataFrame, stood: pl.DataFrame, end: date) -> pl.DataFrame:
    """One row per open deal: its amount × its stage's own win rate, and × the CRM's probability.

    `deals` is one export, `stood` the `stages.stays` of it; the win rate of a stage is that of the deals closed before
    `end` that came to it. weighted_amount and crm_amount add up to the sums of the exact products, rounded once; both
    are null where the rate is unknown: nobody ever closed from the stage, or the CRM gives no probability.
    """
    rows = (
        deals.filter(~pl.col("is_closed")).join(stage_rates(stood, end), on="stage", how="left").sort("opportunity_id")
    )
    amount = pl.col("amount").fill_null(0)
    rows = rows.select("opportunity_id", *CUTS, "account_id", "stage", "close_on", "probability", "won", "closed",
                       amount=amount, share=pl.col("won") / pl.col("closed"))  # fmt: skip
    parts = [Fraction(a * w, c) if c else None for a, w, c in rows.select("amount", "won", "closed").iter_rows()]
    crm = [None if p is None else Fraction(a * p, RATE_SCALE) for a, p in rows.select("amount", "probability").rows()]
    return rows.with_columns(
        weighted_amount=pl.Series(whole(parts), dtype=pl.Int64), crm_amount=pl.Series(whole(crm), dtype=pl.Int64)
    )


def whole(parts: Sequence[Fraction | None]) -> list[int | None]:
    """Exact amounts as whole ones, each less than 1 off, that sum to the exact sum rounded once; unknown stays unknown.

    >>> whole([Fraction(1, 3), None, Fraction(1, 3), Fraction(1, 3)])
    [1, None, 0, 0]
    """
    total = sum((part for part in parts if part is not None), Fraction(0))
    floors = [None if part is None else part.numerator // part.denominator for part in parts]
    left = round_ratio(total.numerator, total.denominator) - sum(floor for floor in floors if floor is not None)
    rest = [Fraction(-1) if part is None else part - (floor or 0) for part, floor in zip(parts, floors, strict=True)]
    first = sorted(range(len(rest)), key=lambda i: (-rest[i], i))[:left]
    return [None if floor is None else floor + (i in first) for i, floor in enumerate(floors)]


def calibration(opportunities: pl.DataFrame, stood: pl.DataFrame, end: date) -> pl.DataFrame:
    """One row per basis (own, crm) and fifth of probability: closed deals, expected and actual wins, both in money too.

    Each deal counts once, with the first kept export that shows it open: the probability is what was known on that
    day, the outcome what the last export before `end` knows; what that leaves open is counted apart. No rows where only
    one export is kept.
    """
    days = opportunities["snapshot_on"].unique().sort()
    days = days.filter(days < end)
    if days.len() < 2:
        return pl.DataFrame(schema=CALIBRATION)
    past = opportunities.filter(pl.col("snapshot_on").is_in(days[:-1].implode()) & ~pl.col("is_closed"))
    first = past.filter(pl.col("snapshot_on") == pl.col("snapshot_on").min().over("opportunity_id"))
    rates = pl.concat(
        [stage_rates(stood, day).with_columns(snapshot_on=pl.lit(day, dtype=pl.Date)) for day in days[:-1]]
    )
    now = opportunities.filter(pl.col("snapshot_on") == days[-1]).select("opportunity_id", "is_closed", "is_won")
    rows = first.drop("is_closed", "is_won").join(now, on="opportunity_id")
    rows = rows.join(rates.filter(pl.col("closed") > 0), on=["snapshot_on", "stage"], how="left")
    own = (pl.col("won") * RATE_SCALE / pl.col("closed")).round().cast(pl.Int64)
    sides = {"own": own, "crm": pl.col("probability")}
    parts = [_binned(rows.with_columns(chance=chance), basis) for basis, chance in sides.items()]
    return pl.concat(parts).sort("basis", "low")


CALIBRATION: dict[str, Any] = {
    "basis": pl.String, "low": pl.Float64, "high": pl.Float64, "deals": pl.Int64, "expected": pl.Float64,
    "won": pl.Int64, "expected_amount": pl.Int64, "won_amount": pl.Int64, "open": pl.Int64,
}  # fmt: skip


def _binned(rows: pl.DataFrame, basis: str) -> pl.DataFrame:
    """The rows of one basis; a chance is in billionths, so that sums are exact until they are divided once."""
    place = (pl.col("chance") * BINS // RATE_SCALE).clip(0, BINS - 1)
    closed, won = pl.col("is_closed").cast(pl.Int64), (pl.col("is_closed") & pl.col("is_won")).cast(pl.Int64)
    amount = pl.col("amount").fill_null(0)
    marked = rows.drop_nulls("chance").with_columns(
        basis=pl.lit(basis), low=place / BINS, high=(place + 1) / BINS, closed=closed, open=1 - closed, won=won,
        likely=pl.col("chance") * closed, won_amount=amount * won,
        likely_amount=pl.col("chance").cast(pl.Int128) * amount * closed,
    )  # fmt: skip
    sums = marked.group_by("basis", "low", "high").agg(
        pl.col("closed", "likely", "likely_amount", "won", "won_amount", "open").sum()
    )
    money = [round_ratio(int(total), RATE_SCALE) for total in sums["likely_amount"]]
    sums = sums.with_columns(
        deals="closed", expected=pl.col("likely") / RATE_SCALE, expected_amount=pl.Series(money, dtype=pl.Int64)
    )
    return sums.select(pl.col(name).cast(kind) for name, kind in CALIBRATION.items())


def velocity(open_deals: int, won: int, closed: int, won_amount: int, cycle_days: float | None) -> Value:
    """Money a day: open deals × won ÷ closed × value of a won deal ÷ days; undefined without a win or a day."""
    if not won or not cycle_days:
        return missing("no_cases")
    halves = round(cycle_days * 2)  # a median of whole days may end in a half
    return Value(round_ratio(open_deals * won_amount * 2, closed * halves), open_deals * won_amount, closed)


def speed(facts: "Facts", span: Span) -> tuple[Value, dict[str, Any]]:
    """(velocity, its parts open, won, closed, amount, cycle): deals open now; closed in three months at least."""
    start, end = wide(span)
    closed = funnel.closed_in(facts.deals, start, end)
    won = closed.filter("is_won")
    cycle = funnel.sales_cycle(facts.deals, start, end)["median"]
    parts: dict[str, Any] = {
        "open": facts.deals.filter(~pl.col("is_closed")).height,
        "won": won.height,
        "closed": closed.height,
        "amount": int(won["amount"].fill_null(0).sum()),
        "cycle": None if cycle is None else float(cycle),
    }
    return (velocity(*parts.values()) if facts.deals.height else missing("no_source")), parts


def coverage(open_amount: int, quota_amount: int, won_amount: int) -> Value:
    """Open pipeline due in the period ÷ (quota − won so far); undefined once the quota is met.

    >>> coverage(900, 500, 500).reason
    'target_met'
    """
    left = quota_amount - won_amount
    if left <= 0:
        return Value(None, open_amount, left, "target_met")
    return ratio(open_amount, left)


def exports(opportunities: pl.DataFrame, start: date, end: date) -> tuple[date, date] | None:
    """The last CRM export before `start` and the last one of [start, end); None where one of them is missing."""
    days = opportunities["snapshot_on"].unique().sort()
    before, after = days.filter(days < start), days.filter((days >= start) & (days < end))
    return None if before.is_empty() or after.is_empty() else (before[-1], after[-1])


def moves(opportunities: pl.DataFrame, first: date, second: date, due_before: date | None = None) -> pl.DataFrame:
    """One row per deal and movement of the open pipeline between two exports: movement, amount (signed).

    With `due_before` only what is expected to close before that day is pipeline: dates that move in or out of it are
    pulled_in and pushed_out. A deal that came and closed in between is created and then won or lost; what the second
    export no longer knows is gone.
    """
    old, new = (_side(opportunities, day, due_before) for day in (first, second))
    both = old.join(new, on="opportunity_id", how="full", coalesce=True, suffix="_now")
    was, now = (pl.col(f"is_in{end}").fill_null(False) for end in ("", "_now"))
    is_open, is_open_now = (pl.col(f"is_open{end}").fill_null(False) for end in ("", "_now"))
    known, known_now = pl.col("is_open").is_not_null(), pl.col("is_open_now").is_not_null()
    before, after = pl.col("amount").fill_null(0), pl.col("amount_now").fill_null(0)
    closes = known_now & ~is_open_now & (is_open | ~known)
    stays = known_now & (was | (known & is_open & (now | closes)))
    steps = {
        "created": pl.when(~known & (now | closes)).then(after),
        "reopened": pl.when(known & ~is_open & now).then(after),
        "pulled_in": pl.when(is_open & ~was & (now | closes)).then(before),
        "more": pl.when(stays & (after > before)).then(after - before),
        "less": pl.when(stays & (after < before)).then(after - before),
        "pushed_out": pl.when(was & is_open_now & ~now).then(-after),
        "won": pl.when(closes & pl.col("is_won_now")).then(-after),
        "lost": pl.when(closes & ~pl.col("is_won_now")).then(-after),
        "gone": pl.when(was & ~known_now).then(-before),
    }
    rows = both.select("opportunity_id", **steps).unpivot(
        list(steps), index="opportunity_id", variable_name="movement", value_name="amount"
    )
    return rows.drop_nulls("amount").sort("opportunity_id", "movement")


def _side(opportunities: pl.DataFrame, day: date, due_before: date | None) -> pl.DataFrame:
    due = pl.lit(True) if due_before is None else (pl.col("close_on") < due_before).fill_null(False)
    return opportunities.filter(pl.col("snapshot_on") == day).select(
        "opportunity_id", "amount", is_open=~pl.col("is_closed"), is_won="is_won", is_in=~pl.col("is_closed") & due
    )


def waterfall(
    opportunities: pl.DataFrame, start: date, end: date, due_before: date | None = None
) -> dict[str, Any] | None:
    """The open pipeline of the export before [start, end) and of its last one, and what lies between; None: no export.

    opened_on, closed_on (days of the exports), opening, closing, one amount for each of MOVES and `<move>_deals`:
    opening + Σ moves = closing.
    """
    found = exports(opportunities, start, end)
    if found is None:
        return None
    rows = moves(opportunities, *found, due_before)
    ends = [_side(opportunities, day, due_before).filter("is_in")["amount"].fill_null(0).sum() for day in found]
    by = {name: rows.filter(pl.col("movement") == name) for name in MOVES}
    sums = {name: int(part["amount"].sum()) for name, part in by.items()}
    counts = {f"{name}_deals": part.height for name, part in by.items()}
    return (
        {"opened_on": found[0], "closed_on": found[1], "opening": int(ends[0]), "closing": int(ends[1])} | sums | counts
    )


def pushes(opportunities: pl.DataFrame, end: date) -> pl.DataFrame:
    """One row per open deal of the last export before `end`: how often and how far its close date moved later.

    pushes counts the exports that show a later date than the one before; days is from the first date to the last.
    """
    kept = opportunities.filter((pl.col("snapshot_on") < end) & pl.col("close_on").is_not_null())
    rows = kept.sort("opportunity_id", "snapshot_on").with_columns(
        moved=(pl.col("close_on") > pl.col("close_on").shift(1).over("opportunity_id")).fill_null(False)
    )
    sums = rows.group_by("opportunity_id", maintain_order=True).agg(
        pushes=pl.col("moved").sum(), first_on=pl.col("close_on").first(), last_seen=pl.col("snapshot_on").last(),
        is_closed=pl.col("is_closed").last(), close_on=pl.col("close_on").last(), amount=pl.col("amount").last(),
        person_id=pl.col("person_id").last(), stage=pl.col("stage").last(),
    )  # fmt: skip
    latest = kept["snapshot_on"].max()
    open_ = sums.filter(~pl.col("is_closed") & (pl.col("last_seen") == latest))
    days = (pl.col("close_on") - pl.col("first_on")).dt.total_days()
    return open_.with_columns(pl.col("pushes").cast(pl.Int64), days=days).drop("is_closed", "last_seen")
