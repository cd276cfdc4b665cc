"""The designer's desk: the last twelve pay months on today's plans and on drafts, computed once for every question."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from revops.incentives import credits
from revops.incentives.design import drafts, spread
from revops.incentives.design.asked import Asked, asked
from revops.incentives.design.chance import Array, Chance
from revops.incentives.design.deals import Deals, deals_of
from revops.incentives.design.gaps import Gap, gaps
from revops.incentives.desk import Desk
from revops.incentives.payouts import PersonMonth
from revops.incentives.plan_files import load_plan, plan_at
from revops.incentives.plans import Plan
from revops.periods import add_months

MONTHS = 12


@dataclass(frozen=True)
class Study:
    """What a plan costs, against which draft, and where it pays for nothing; nothing of it is saved."""

    desk: Desk

    @cached_property
    def months(self) -> list[date]:
        """The last twelve pay months, or as many as there are."""
        first = add_months(self.desk.last_month, 1 - MONTHS)
        known = {p.month_on for p in self.desk.months if first <= p.month_on <= self.desk.last_month}
        return sorted(known) or [self.desk.last_month]

    @cached_property
    def drafts(self) -> list[Plan]:
        """The drafts that company.yaml names."""
        ws = self.desk.ws
        return [load_plan(plan_at(ws.folder, ws.company, name), name) for name in ws.company.incentives.drafts]

    @cached_property
    def now(self) -> list[PersonMonth]:
        """Everybody in these months on today's plans, from a clean start."""
        return self.desk.replayed(self.desk.plans, self.months)

    @cached_property
    def windows(self) -> list[Asked]:
        """Everybody's windows on today's plans."""
        return asked(self.now, self.desk.plans)

    @cached_property
    def gaps(self) -> list[Gap]:
        """Where today's plans pay for nothing."""
        return gaps(self.windows, self.now, self.deals)

    @cached_property
    def deals(self) -> Deals:
        """The orders that each window's components were credited with: the person's own, booked, and the channel's."""
        desk = self.desk
        lines = credits.counted(desk.credits, desk.people, desk.plans).drop_nulls("order_id")
        by = ("person_id", "plan", "component", "order_id", "moved_on")
        return deals_of(self.windows, lines.group_by(by).agg(pl.col("credit_amount").sum()))

    @cached_property
    def then(self) -> dict[str, list[PersonMonth]]:
        """The same months of those whom a draft pays, by the draft's short name."""
        held = {draft.plan: drafts.in_force(draft, self.desk.plans, self.months[0]) for draft in self.drafts}
        return {name: self.desk.replayed([draft], self.months) for name, draft in held.items()}

    @cached_property
    def then_windows(self) -> dict[str, list[Asked]]:
        """Everybody's windows with each draft; whom it does not pay keeps today's."""
        return {draft.plan: self._with(draft) for draft in self.drafts}

    def _with(self, draft: Plan) -> list[Asked]:
        new = asked(self.then[draft.plan], [draft])
        people = {one.person.person_id for one in new}
        gone = {plan.plan for plan in drafts.replaced(self.desk.plans, draft)}
        kept = (one for one in self.windows if one.person.person_id not in people or one.plan.plan not in gone)
        return [*kept, *new]

    @cached_property
    def chance(self) -> Chance:
        """How attainment comes about, from all months so far."""
        others = (one for windows in self.then_windows.values() for one in windows)
        return spread.fitted(self.desk.months, [*others, *self.windows])

    @cached_property
    def drawn(self) -> Array:
        """Attainment drawn for everybody in these months."""
        return self.chance.draw(spread.DRAWS, len(self.months), spread.SEED)

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """Today's plans and drafts that pay somebody in these months, by their short names."""
        windows = [*self.windows, *(one for drafted in self.then_windows.values() for one in drafted)]
        paying = {one.plan.plan for one in windows}
        return {plan.plan: plan for plan in [*self.desk.plans, *self.drafts] if plan.plan in paying}

    def last(self, plan: str) -> list[Asked]:
        """The windows of the last month in which a plan, or a draft, paid."""
        mine = [one for one in self.then_windows.get(plan, self.windows) if one.plan.plan == plan]
        month = max((one.person.month_on for one in mine), default=None)
        return [one for one in mine if one.person.month_on == month]

    @cached_property
    def spread_before(self) -> spread.Spread:
        """What these months were to cost, told from the months before them alone."""
        past = [person for person in self.desk.months if person.month_on < self.months[0]]
        chance = spread.fitted(past, self.windows)
        return spread.costs(self.windows, self.months, chance, chance.draw(spread.DRAWS, len(self.months), spread.SEED))

    @cached_property
    def came(self) -> dict[str, int]:
        """What the components of today's plans did earn in these months, by plan."""
        earned: dict[str, int] = {}
        for person in self.now:
            for payout in person.payment.payouts if person.payment and not person.problems else ():
                earned[payout.plan] = earned.get(payout.plan, 0) + payout.pay
        return earned

    def spread_of(self, draft: Plan | None = None) -> spread.Spread:
        """What these months may cost on today's plans, or with a draft for the same luck."""
        windows = self.windows if draft is None else self.then_windows[draft.plan]
        return spread.costs(windows, self.months, self.chance, self.drawn)

    def compared(self, draft: Plan) -> pl.DataFrame:
        """Today against a draft, person by person."""
        gone = [plan.plan for plan in drafts.replaced(self.desk.plans, draft)]
        return drafts.compare(self.now, self.then[draft.plan], gone)
