"""How long something lasts when some of it has not ended yet: the product-limit estimate of Kaplan and Meier (1958).

What is still running is not left out (that would make everything look quick) and not taken for ended: it counts among
those at risk until its age, then falls out.

    share that lasts longer than t = Π over days ≤ t of (1 − ended on the day ÷ at risk on the day)

>>> seen = pl.DataFrame({"days": [5, 10, 20, 8], "ended": [1, 1, 1, 0], "running": [0, 0, 0, 1]})
>>> curve(seen).rows()                        # of 4, one ends on day 5; one of 8 days is still running; …
[(5, 4, 1, 0.75), (10, 2, 1, 0.375), (20, 1, 1, 0.0)]
>>> lasting(curve(seen), 0.5), lasting(curve(seen.head(1)), 0.9)
(10, 5)
"""

import polars as pl

EDGE = 1e-12  # a product of shares may miss its exact value by so much


def curve(seen: pl.DataFrame) -> pl.DataFrame:
    """One row per length at which something ended, ascending: days, at_risk, ended, kept (share that lasts longer).

    `seen` has any number of rows with `days` (the length so far), `ended` and `running`, which are counts.
    """
    sums = seen.group_by("days").agg(pl.col("ended", "running").sum()).sort("days")
    gone = pl.col("ended") + pl.col("running")
    rows = sums.with_columns(at_risk=gone.reverse().cum_sum().reverse()).filter(pl.col("ended") > 0)
    kept = (1 - pl.col("ended") / pl.col("at_risk")).cum_prod()
    return rows.select("days", "at_risk", "ended", kept=kept)


def lasting(lives: pl.DataFrame, share: float) -> int | None:
    """The first length within which `share` of all have ended; null where so many have not been seen to end.

    Where nothing is running it is the nearest rank: the smallest length with at least `share` at or below it.
    """
    reached = lives.filter(pl.col("kept") <= 1 - share + EDGE)
    return int(reached["days"][0]) if reached.height else None
