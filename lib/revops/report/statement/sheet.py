"""Everything that one statement shows: one person's rows of the pay tables, and of nobody else's."""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any

import polars as pl

from revops.incentives import closing
from revops.incentives.scales import Scale
from revops.incentives.statements import scale_of
from revops.money import RATE_SCALE
from revops.periods import add_months
from revops.report.statement.ladder import Ladder
from revops.words import Counted, Words
from revops.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Sheet:
    """One person's pay month: its row, payouts with their scales, lines, the months before, the next deal."""

    ws: Workspace
    row: dict[str, Any]
    parts: list[dict[str, Any]]
    scales: list[Scale]
    lines: pl.DataFrame
    history: list[dict[str, Any]]
    next: dict[str, Any] | None
    closed: dict[str, Any] | None
    disputes: list[dict[str, Any]]

    @property
    def words(self) -> Words:
        """Words of the page."""
        return self.ws.words

    def t(self, key: str, **values: Any) -> str:
        """A text of the statement."""
        return self.words.t(f"incentives.statement.{key}", **values)

    @property
    def month(self) -> str:
        """Name of the pay month."""
        return self.words.month_name(self.row["month_on"])

    @property
    def main(self) -> dict[str, Any] | None:
        """The payout that is drawn: that of the next deal, else the one that pays most."""
        if self.next:
            return self.parts[self.next["part"]]
        return max(self.parts, key=lambda part: (part["pay_amount"], -part["part"]), default=None)

    @cached_property
    def is_over(self) -> bool:
        """Whether the window of the drawn payout has ended: what is sold from now on counts in a later one."""
        ends = self.main["window_until"] if self.main else add_months(self.row["month_on"], 1)
        return self.ws.as_of >= ends - timedelta(days=1)

    def units(self, part: dict[str, Any]) -> Words:
        """Words for a payout's credits: money, or what is counted."""
        if part["is_money"]:
            return self.words
        return Counted(self.words, self.t(f"counts.{part['basis']}"))

    @cached_property
    def ladder(self) -> Ladder | None:
        """The drawn payout's scale with the person's place and the next deal; None where nothing is paid by a scale."""
        part = self.main
        if part is None:
            return None
        before, now = part["before_amount"], part["before_amount"] + part["credit_amount"]
        return Ladder(
            scale=self.scales[part["part"]],
            credit=now * self.counted,
            more=(self.next["more_amount"] if self.next else 0) * self.counted,
            attainment=part["attainment"],
            quota=part["quota_amount"] if part["is_of_quota"] else None,
            cap=None if part["limit_amount"] is None else Fraction(part["limit_amount"]),
            start=before * self.counted,
        )

    @property
    def counted(self) -> Fraction:
        """What one unit of credit counts on the drawn scale: the component's factor."""
        return Fraction(self.main["factor"], RATE_SCALE) if self.main else Fraction(1)


def read_sheet(ws: Workspace, person_id: str) -> Sheet:
    """One person's rows of the pay tables; nothing of anybody else is read into the page."""
    mine = pl.col("person_id") == person_id

    def own(table: str) -> pl.DataFrame:
        return ws.scan(table).filter(mine).collect()

    row = own("pay_statements").row(0, named=True)
    parts = own("pay_summary").sort("part").to_dicts()
    steps = own("pay_steps").sort("part", "step")
    following = own("pay_next").to_dicts()
    return Sheet(
        ws=ws,
        row=row,
        parts=parts,
        scales=[scale_of(steps.filter(part=part["part"]), part["shape"] == "whole") for part in parts],
        lines=own("pay_lines").sort("line_no"),
        history=own("pay_history").sort("month_on").to_dicts(),
        next=following[0] if following else None,
        closed=closing.closings(ws.folder, ws.period.name).of(ws.period.name),
        disputes=_disputes(ws, person_id),
    )


def _disputes(ws: Workspace, person_id: str) -> list[dict[str, Any]]:
    """The person's disputes about lines of the pay month."""
    own = (pl.col("person_id") == person_id) & (pl.col("period") == ws.period.name)
    return closing.disputes(ws.folder, ws.period.name).filter(own).to_dicts()
