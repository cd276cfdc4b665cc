"""One finding: which watch, where, how much money, why, and the rule that says what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from revops.kpis.findings.causes import Why
from revops.kpis.findings.rules import Rule


@dataclass(frozen=True)
class Finding:
    """One finding. `amount` is signed, in money units; `cases` is the number the evidence rests on.

    `where` names the part by dimension; with `watch` it is the finding's key from period to period. `basis` says what
    the amount is measured against; `is_sure` is False inside the limits of its own past, None where they are unknown.
    """

    watch: str
    amount: int
    basis: str
    where: Mapping[str, str | None] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    cases: int | None = None
    is_sure: bool | None = None
    why: Why = ()
    name: str = ""
    rule: Rule | None = None
    evidence: str = ""
    metric: str | None = None

    @property
    def is_good(self) -> bool:
        """Whether it is a success to copy rather than a problem."""
        return self.amount > 0

    @property
    def place(self) -> dict[str, str]:
        """The dimensions that the part names."""
        return {key: value for key, value in self.where.items() if value is not None}

    @property
    def key(self) -> str:
        """What tells the finding from others, in this period and the next: 'sales · channel Web · region North'."""
        return " · ".join([self.watch, *(f"{name} {value}" for name, value in self.place.items())])

    def filled(self) -> dict[str, Any]:
        """What texts may name: the finding's own values and those of its causes, the strongest last said."""
        told = [values for _, values in reversed(self.why)]
        return {key: value for values in (*told, self.values, self.place) for key, value in values.items()}


def could_be_luck(finding: Finding, minimum_count: int) -> bool:
    """Whether it lies inside the limits of its own past, or rests on fewer cases than the company's minimum."""
    return finding.is_sure is False or (finding.cases is not None and finding.cases < minimum_count)


def owner_of(finding: Finding, owners: Mapping[str, str]) -> str | None:
    """Who acts: the owner of the channel, else of the rule's topic, else the default one."""
    topic = finding.rule.topic if finding.rule else ""
    keys = (finding.where.get("channel") or topic, topic, "default")
    return next((owners[key] for key in keys if key in owners), None)


def due_on(finding: Finding, as_of: date) -> date:
    """The day until which to act, never on a weekend."""
    day = as_of + timedelta(days=finding.rule.due_days if finding.rule else 7)
    return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)
