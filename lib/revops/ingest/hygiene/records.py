"""The records of the CRM as they were known on a day: what the rules of hygiene judge.

Of opportunities the last export of each source counts. A record that was created later than the day is not known yet;
one created later than its own file was received has a wrong date, and is judged.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import polars as pl

from revops import tables
from revops.company import Company, Hygiene

OBJECTS = {
    "contacts": "contact_id", "accounts": "account_id", "opportunities": "opportunity_id", "leads": "lead_id",
    "activities": "activity_id", "orders": "order_id", "order_lines": "line_id",
}  # fmt: skip
FEW = {"orders": ["unknown_order"], "order_lines": ["unknown_product", "unknown_order"]}
SUBJECT = {
    "record_id": pl.String, "name": pl.String, "person_id": pl.String, "account_id": pl.String,
    "opportunity_id": pl.String, "source": pl.String, "file": pl.String, "row": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class Records:
    """Canonical tables and quarantine, seen on `as_of`; `received` tells when a file came, where that is known."""

    tables: Mapping[str, pl.DataFrame]
    quarantine: pl.DataFrame
    company: Company
    as_of: date
    received: Mapping[str, date] = field(default_factory=dict)

    @property
    def bounds(self) -> Hygiene:
        """The company's bounds."""
        return self.company.hygiene

    @property
    def stages(self) -> list[str]:
        """The open stages in order, and won: the last place a deal can reach."""
        funnel = self.company.funnel
        return [*funnel.stages, funnel.won] if funnel.stages else []

    def table(self, name: str) -> pl.DataFrame:
        """A canonical table, empty where no source feeds it."""
        return self.tables[name] if name in self.tables else tables.empty(name)

    def days_ago(self, column: str) -> pl.Expr:
        """Days from the column's day to as_of."""
        return (pl.lit(self.as_of) - pl.col(column)).dt.total_days()

    @cached_property
    def contacts(self) -> pl.DataFrame:
        """One row per contact, with `record_id`."""
        return self._known("contacts")

    @cached_property
    def accounts(self) -> pl.DataFrame:
        """One row per account, with `record_id`."""
        return self._known("accounts")

    @cached_property
    def activities(self) -> pl.DataFrame:
        """One row per activity, with `record_id`; one done after as_of is still planned, for that day."""
        rows, later = self._known("activities"), pl.col("done_on") > self.as_of
        return rows.with_columns(
            pl.when(later.fill_null(False)).then(pl.coalesce("due_on", "done_on")).otherwise("due_on").alias("due_on"),
            pl.when(~later).then("done_on").alias("done_on"),
        )

    @cached_property
    def leads(self) -> pl.DataFrame:
        """One row per lead that is young enough to be judged, with `record_id`."""
        return self._known("leads").filter(pl.col("created_on") >= self._since)

    @cached_property
    def snapshots(self) -> pl.DataFrame:
        """One row per deal and export up to as_of; the first export where all are later."""
        every = self.table("opportunities").with_columns(pl.col("opportunity_id").alias("record_id"))
        first = pl.col("snapshot_on").min().over("source")
        return every.filter(pl.col("snapshot_on") <= pl.max_horizontal(pl.lit(self.as_of), first))

    @cached_property
    def deals(self) -> pl.DataFrame:
        """One row per deal of the last export, with `record_id`, its `place` among the stages and its `account`.

        Deals closed longer ago than `judged_days` are left out.
        """
        last = self.snapshots.filter(pl.col("snapshot_on") == pl.col("snapshot_on").max().over("source"))
        old = pl.col("is_closed") & (pl.col("close_on") < self._since)
        return (
            last.filter(~old.fill_null(False))
            .unique("record_id", keep="first", maintain_order=True)
            .with_columns(self.place_of("stage"), pl.coalesce("account_id", "account_name").alias("account"))
        )

    @cached_property
    def open_deals(self) -> pl.DataFrame:
        """The deals that are neither won nor lost."""
        return self.deals.filter(~pl.col("is_closed"))

    @cached_property
    def visits(self) -> pl.DataFrame:
        """One row per stay of a deal in a stage, in order, with `record_id` and `place`; null: not of the funnel."""
        rows = self.table("opportunity_stage_history").filter(pl.col("entered_on") <= self.as_of)
        known = pl.col("left_on") <= self.as_of
        return rows.with_columns(
            pl.col("opportunity_id").alias("record_id"),
            pl.when(known).then("left_on").alias("left_on"),
            self.place_of("stage"),
        ).sort("record_id", "entered_on", "left_on", "place", nulls_last=True)

    def place_of(self, column: str) -> pl.Expr:
        """The place of a stage in the funnel, from 0; won stands last, lost and unknown stages have none."""
        names = pl.Series(self.stages, dtype=pl.String)
        places = pl.Series(range(len(self.stages)), dtype=pl.Int64)
        return pl.col(column).replace_strict(names, places, default=None, return_dtype=pl.Int64).alias("place")

    def rejected(self, table: str, reason: str, *fields: str) -> pl.DataFrame:
        """Rows in quarantine for a reason, with `record_id` file:row; of opportunities those of the last export."""
        rows = self._quarantined(table).filter(pl.col("reason") == reason)
        return rows.filter(pl.col("field").is_in(fields)) if fields else rows

    def count(self, name: str) -> int:
        """How many records an object has; rows in quarantine count with those that were kept."""
        return self._of(name).height + self._quarantined(name).height

    def subjects(self, name: str, ids: pl.Series) -> pl.DataFrame:
        """One row per record of an object: name, owner, account, deal and where it was read."""
        parts = [
            rows.filter(pl.col("record_id").is_in(ids.implode())) for rows in (self._of(name), self._quarantined(name))
        ]
        return pl.concat([_as_subjects(part) for part in parts])

    def _of(self, name: str) -> pl.DataFrame:
        if name in ("contacts", "accounts", "activities", "leads"):
            return getattr(self, name)
        if name == "opportunities":
            return self.deals
        return self.table(name).with_columns(pl.col(OBJECTS[name]).alias("record_id"))

    @property
    def _since(self) -> date:
        return self.as_of - timedelta(days=self.bounds.judged_days)

    def _known(self, name: str) -> pl.DataFrame:
        rows = self.table(name).with_columns(pl.col(OBJECTS[name]).alias("record_id"))
        later = pl.col("created_on") > self.as_of
        return rows.filter(~(later & (pl.col("created_on") <= self.received_on)).fill_null(False))

    @property
    def received_on(self) -> pl.Expr:
        """The day a row's file was received, and as_of where that is not known or earlier."""
        known = {name: day for name, day in self.received.items() if day and day > self.as_of}
        names, days = pl.Series(list(known), dtype=pl.String), pl.Series(list(known.values()), dtype=pl.Date)
        return pl.col("file").replace_strict(names, days, default=self.as_of, return_dtype=pl.Date)

    def _quarantined(self, name: str) -> pl.DataFrame:
        rows = self.quarantine.filter(pl.col("table") == name)
        if name in FEW:
            rows = rows.filter(pl.col("reason").is_in(FEW[name]))
        if name == "opportunities" and not self.deals.is_empty():
            rows = rows.filter(pl.col("file").is_in(self.deals["file"].unique().implode()))
        return rows.with_columns(pl.format("{}:{}", "file", "row").alias("record_id"))


def natural(ids: pl.Series) -> pl.DataFrame:
    """record_id → age: the place of an id where numbers count as numbers, so that 9 stands before 10.

    >>> natural(pl.Series(["10", "9", "C-2", "C-11"])).rows()
    [('9', 0), ('10', 1), ('C-2', 2), ('C-11', 3)]
    """
    ordered = sorted(ids.unique().drop_nulls(), key=_parts)
    return pl.DataFrame({"record_id": ordered, "age": range(len(ordered))}, {"record_id": pl.String, "age": pl.Int64})


def _parts(name: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", name) if part]


def _as_subjects(rows: pl.DataFrame) -> pl.DataFrame:
    have = rows.columns
    return rows.select((pl.col(c) if c in have else pl.lit(None)).cast(kind).alias(c) for c, kind in SUBJECT.items())
