"""Small cases of a territory proposal, written as rows, and random ones for properties."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from hypothesis import strategies as st

from revops.company import Territory
from revops.quota.territory.proposal import Place, Realignment, realign

SCHEMA = {
    "account_id": pl.String, "person_id": pl.String, "region": pl.String, "tax_code": pl.String,
    "workload_hours": pl.Float64, "potential_amount": pl.Int64, "sales_amount": pl.Int64,
}  # fmt: skip
SALES_ONLY = {"weights": {"sales": 1.0}, "keep": [], "moving": 0.0}


def accounts(*rows: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{**dict.fromkeys(SCHEMA), **row} for row in rows], schema=SCHEMA)


def sold(owners: str, amounts: Sequence[int]) -> pl.DataFrame:
    """'ppq', [5, 1, 4]: account a0 of p sold 5, a1 of p sold 1, a2 of q sold 4; '.' is nobody."""
    pairs = enumerate(zip(owners, amounts, strict=True))
    return accounts(
        *(
            {"account_id": f"a{at}", "person_id": None if who == "." else who, "sales_amount": sum_}
            for at, (who, sum_) in pairs
        )
    )


def people(*ids: str, **columns: Sequence[str | None]) -> pl.DataFrame:
    return pl.DataFrame({"person_id": list(ids), **columns})


def case(frame: pl.DataFrame, who: pl.DataFrame, **settings: Any) -> Realignment:
    return realign(frame, who, Territory(**{**SALES_ONLY, **settings}))


def has(found: Realignment, place: Place) -> dict[str, str]:
    """account_id → person_id."""
    return dict(found.places(place).select("account_id", "new_person_id").iter_rows())


@st.composite
def cases(draw: st.DrawFn, most: int = 14) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, Any]]:
    """Accounts, people and settings: regions, families, locks, exclusions, owners who are not among the people."""
    count = draw(st.integers(1, 4))
    ids = [f"p{at}" for at in range(count)]
    regions = draw(st.lists(st.sampled_from(["N", "S"]), min_size=count, max_size=count))
    size = draw(st.integers(1, most))
    rows = [
        {
            "account_id": f"a{at:02d}",
            "person_id": draw(st.sampled_from([*ids, "left", None])),
            "region": draw(st.sampled_from(["N", "S", None])),
            "tax_code": draw(st.sampled_from([None, None, None, "t1", "t2"])),
            "workload_hours": float(draw(st.integers(0, 200))),
            "potential_amount": draw(st.integers(0, 10**9)),
            "sales_amount": draw(st.integers(-(10**6), 10**9)),
        }
        for at in range(size)
    ]
    names = [row["account_id"] for row in rows]
    owned = [row["account_id"] for row in rows if row["person_id"] in ids]
    excluded = draw(st.lists(st.sampled_from(names), unique=True, max_size=2))
    free = [name for name in owned if name not in excluded]
    locks = draw(st.lists(st.sampled_from(free), unique=True, max_size=3)) if free else []
    settings = {"excluded": excluded, "locks": locks, "keep": draw(st.sampled_from([[], ["region"]])), "moving": 0.05}
    return accounts(*rows), people(*ids, region=regions), settings


def shuffled(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    order = np.random.default_rng(seed).permutation(frame.height)
    return frame[order.tolist()]
