"""What people write beside what is computed: adjustments, disputes, approvals. Rows are added and never changed."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl

from revops import record
from revops.incentives.closing.closed import ALL
from revops.incentives.closing.contracts import Adjustments, Approvals, Disputes
from revops.problems import InputError, Problem, nearest

Contract = type[dy.Schema]


def adjustments(folder: Path, through: str = ALL) -> pl.DataFrame:
    """Adjustments of periods up to `through`, in the order in which they were written."""
    return _seen(folder, "adjustments", Adjustments, through)


def released(folder: Path, through: str = ALL) -> set[str]:
    """Orders that were released from review up to a period."""
    return set(adjustments(folder, through)["order_id"].drop_nulls())


def disputes(folder: Path, through: str = ALL) -> pl.DataFrame:
    """One row per dispute: dispute, person_id, line, state (open, accepted, refused), when, by whom and why it was
    opened (made_on, by, reason) and answered (answered_on, answered_by, answer), adjusted_amount where it was accepted.
    """
    rows = _seen(folder, "disputes", Disputes, ALL)  # an answer belongs to the period of its line
    opened = rows.filter((pl.col("state") == "open") & (pl.col("period") <= through)).drop("row", "state")
    answer = {"made_on": "answered_on", "by": "answered_by", "reason": "answer"}
    refused = rows.filter(pl.col("state") == "refused").select("dispute", *answer).rename(answer)
    accepted = adjustments(folder, through).filter(pl.col("dispute").is_not_null())
    accepted = accepted.select("dispute", *answer, "adjusted_amount").rename(answer)
    answered = pl.concat([refused, accepted], how="diagonal").unique("dispute", keep="first", maintain_order=True)
    is_answered, is_accepted = pl.col("answer").is_not_null(), pl.col("adjusted_amount").is_not_null()
    answered_as = pl.when(is_accepted).then(pl.lit("accepted")).otherwise(pl.lit("refused"))
    state = pl.when(is_answered).then(answered_as).otherwise(pl.lit("open"))
    return opened.join(answered, on="dispute", how="left").with_columns(state=state).sort("dispute")


def approvals(folder: Path, period: str, results_id: str) -> list[str]:
    """Who has approved exactly this result of a period."""
    rows = _seen(folder, "approvals", Approvals, ALL)
    same = rows.filter((pl.col("period") == period) & (pl.col("results_id") == results_id))
    return sorted(same["by"].unique())


def adjust(folder: Path, row: Mapping[str, Any]) -> None:
    """Add one adjustment. Raises InputError where the very same stands already, or its dispute is not one to accept."""

    def made(old: pl.DataFrame) -> Mapping[str, Any]:
        if (number := row["dispute"]) is not None:
            whose = _refuse_unless_open(folder, number)["person_id"]
            if row["person_id"] not in (None, whose):
                found, expected = f"{row['person_id']}, dispute {number}", f"{whose}, whose line it is about"
                raise InputError(Problem("--person", found, expected, "name that person, or another dispute"))
        same = ("period", "person_id", "adjusted_amount", "order_id", "reason")
        for known in old.to_dicts():
            if all((known[name] or "") == _text(row[name]) for name in same):
                found = f"the same adjustment, made on {known['made_on']} by {known['by']}"
                raise InputError(Problem("--reason", found, "an adjustment of its own", "give its own reason"))
        return row

    _extend(folder, "adjustments", Adjustments, made)


def dispute(folder: Path, row: Mapping[str, Any]) -> int:
    """Open a dispute; gives its number."""
    numbers: list[int] = []

    def made(old: pl.DataFrame) -> Mapping[str, Any]:
        known = old["dispute"].cast(pl.Int64) if "dispute" in old.columns else pl.Series([0])
        numbers.append(max(known, default=0) + 1)
        return {**row, "dispute": numbers[0], "state": "open"}

    _extend(folder, "disputes", Disputes, made)
    return numbers[0]


def refuse(folder: Path, number: int, made_on: date, by: str, reason: str) -> None:
    """Answer a dispute with no. Raises InputError where it is not open."""

    def made(_: pl.DataFrame) -> Mapping[str, Any]:
        asked = _refuse_unless_open(folder, number)
        same = {name: asked[name] for name in ("period", "dispute", "person_id", "line")}
        return {**same, "made_on": made_on, "state": "refused", "reason": reason, "by": by}

    _extend(folder, "disputes", Disputes, made)


def approve(folder: Path, row: Mapping[str, Any]) -> None:
    """Add one approval."""
    _extend(folder, "approvals", Approvals, lambda _: row)


def _refuse_unless_open(folder: Path, number: int) -> dict[str, Any]:
    known = {row["dispute"]: row for row in disputes(folder).to_dicts()}
    asked = known.get(number)
    if asked is None:
        found = f"{number}{nearest(str(number), map(str, known))}"
        expected = f"one of {', '.join(map(str, known))}" if known else "a dispute: there is none"
        raise InputError(Problem("--dispute", found, expected, "name one that is open"))
    if asked["state"] != "open":
        found = f"dispute {number}, {asked['state']} on {asked['answered_on']} by {asked['answered_by']}"
        raise InputError(Problem("--dispute", found, "an open dispute", "open another one: revops dispute"))
    return asked


def _seen(folder: Path, name: str, contract: Contract, through: str) -> pl.DataFrame:
    return record.seen(folder, name, record.EVER, contract).filter(pl.col("period") <= through)


def _extend(folder: Path, name: str, contract: Contract, make: Callable[[pl.DataFrame], Mapping[str, Any]]) -> None:
    def made(old: pl.DataFrame) -> pl.DataFrame:
        row = make(old)
        names = [column for column in contract.column_names() if column != "row"]
        return pl.DataFrame({column: [_text(row[column]) or None] for column in names}, dict.fromkeys(names, pl.String))

    record.extend(folder, name, made)


def _text(value: object) -> str:
    return "" if value is None else str(value)
