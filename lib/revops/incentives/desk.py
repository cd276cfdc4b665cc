"""The incentives desk: everything of one period, computed from the canonical tables of a workspace.

`open_desk(ws)` reads plans and tables once; what the notebook shows and saves is a property of the desk.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import polars as pl

from revops.incentives import cases, credits, next_deals, pay_lines, payouts, statements
from revops.incentives.book import Book, absences_of, measures_of, quotas_of, rates_of, scores_of
from revops.incentives.closing import (
    Closings,
    Past,
    PayChanges,
    Settled,
    adjustments,
    changed,
    closings,
    released,
    settled,
)
from revops.incentives.contract_costs import ended
from revops.incentives.crediting import Crediting
from revops.incentives.finance import Finance
from revops.incentives.games import League
from revops.incentives.hierarchy import chain
from revops.incentives.payments.ledger import Ledger, ledger_of
from revops.incentives.payouts import PersonMonth
from revops.incentives.plan_files import load_plans, plan_at
from revops.incentives.plans import Plan
from revops.incentives.sold import sold_in
from revops.incentives.windows import Span
from revops.kpis.pipeline.funnel import last_export
from revops.periods import add_months, months_between
from revops.problems import InputError, Problem
from revops.workspace import Workspace


@dataclass(frozen=True)
class Desk:
    """Plans, people, credits and payments of a workspace, as far as its `as_of`."""

    ws: Workspace
    plans: list[Plan]
    crediting: Crediting
    book: Book
    recomputed: list[PersonMonth]

    @property
    def people(self) -> pl.DataFrame:
        """The people table."""
        return self.crediting.people

    @property
    def splits(self) -> pl.DataFrame:
        """Shares of orders."""
        return self.crediting.splits

    @cached_property
    def closings(self) -> Closings:
        """The closed periods, as far as the run sees them."""
        return closings(self.ws.folder, self.ws.period.last_month)

    @cached_property
    def settled(self) -> Settled:
        """Closed months as they were paid, open ones with what has changed in those before them."""
        by_hand = adjustments(self.ws.folder, self.ws.period.last_month)
        last = min(self.ws.period.last_day, self.ws.as_of).replace(day=1)
        past = Past.of(self.closings, by_hand)
        return settled(self.recomputed, past, last, self.book.money_decimals, self.book.currency)

    @property
    def months(self) -> list[PersonMonth]:
        """Everybody in every pay month, as paid."""
        return self.settled.months

    @cached_property
    def finance(self) -> Finance:
        """What Finance books for the last pay month."""
        ends = ended(self.ws.read("subscriptions"), self.until)
        return Finance(self.months, self.book, self.last_month, self.ws.company.incentives.contract_months, ends)

    def as_closed(self, name: str, made: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """A table of pay: as it was closed, where the pay month is closed, else as it is made now."""
        is_closed = self.closings.of(self.ws.period.name) is not None
        return self.closings.table(self.ws.period.name, name) if is_closed else made()

    @property
    def until(self) -> date:
        """First day that is not counted."""
        return min(self.ws.period.end, self.ws.as_of + timedelta(days=1))

    @cached_property
    def window(self) -> list[date]:
        """Pay months that the period shows: its months with data so far; for a week the month it ends in."""
        if self.ws.period.kind == "week":
            return [self.ws.period.last_day.replace(day=1)]
        last = self.crediting.extent[2] or self.until
        return [m for m in self.ws.period.months if m < self.until and m <= last] or self.ws.period.months[:1]

    @cached_property
    def last_month(self) -> date:
        """The pay month that the period ends in."""
        return self.window[-1]

    @property
    def is_payable(self) -> bool:
        """Whether payments exist: the period is a pay month."""
        return self.ws.period.kind == "month"

    @cached_property
    def now(self) -> list[PersonMonth]:
        """Everybody in the period's pay months."""
        return [person for person in self.months if person.month_on in self.window]

    @cached_property
    def current(self) -> list[PersonMonth]:
        """Everybody in the last pay month."""
        return [person for person in self.now if person.month_on == self.last_month]

    @property
    def span(self) -> Span:
        """The days of the period's pay months."""
        return self.window[0], min(add_months(self.last_month, 1), self.until)

    @cached_property
    def credits(self) -> pl.DataFrame:
        """Booked credit lines of the last twelve pay months, without those of teams."""
        year = (add_months(self.last_month, -11), self.span[1])
        return self.crediting.lines(year, ("direct", "split", "channel"))

    @cached_property
    def now_credits(self) -> pl.DataFrame:
        """The booked credit lines of the period's pay months."""
        return self.crediting.lines(self.span)

    @cached_property
    def counted(self) -> pl.DataFrame:
        """The credit lines of the period's pay months, on every basis, and the components that count them."""
        starts = (self.book.period_of(plan, month)[0] for plan in self.plans for month in self.window)
        quarter = min(starts, default=self.span[0])
        return self.crediting.counted((quarter, self.span[1]))

    @cached_property
    def now_movements(self) -> pl.DataFrame:
        """The revenue of the period's pay months."""
        return self.crediting.events(self.span)

    @cached_property
    def uncredited(self) -> pl.DataFrame:
        """Movements that nobody is credited for directly, with the reason."""
        return credits.uncredited(self.now_movements, self.splits)

    @cached_property
    def pay_lines(self) -> pl.DataFrame:
        """All payment lines of the period, with names for the reader."""
        return self.as_closed("pay_lines", self._pay_lines)

    def _pay_lines(self) -> pl.DataFrame:
        lines = pay_lines.pay_lines(self.now, self.counted, self.book)
        return pay_lines.with_names(lines, self.ws.read("accounts"), self.ws.read("customers"))

    @cached_property
    def pay_changes(self) -> pl.DataFrame:
        """What makes closed months come out otherwise today, order by order."""
        return self.as_closed("pay_changes", self._pay_changes)

    def _pay_changes(self) -> pl.DataFrame:
        keys = {(change.person_id, change.month_on) for change in self.settled.changes if change.problem is None}
        mine = [person for person in self.recomputed if (person.person_id, person.month_on) in keys]
        months = sorted({month for _, month in keys})
        if not months:
            return PayChanges.create_empty()
        first = min((self.book.period_of(plan, months[0])[0] for plan in self.plans), default=months[0])
        counted = self.crediting.counted((first, add_months(months[-1], 1)))
        then = pl.concat(self.closings.table(f"{month:%Y-%m}", "pay_lines") for month in months)
        return changed(keys, then, pay_lines.pay_lines(mine, counted, self.book))

    @cached_property
    def pay_summary(self) -> pl.DataFrame:
        """One row per person, month and payout."""
        return self.as_closed(
            "pay_summary", lambda: statements.pay_summary(self.now, self.book.money_decimals, self.places)
        )

    @cached_property
    def pay_steps(self) -> pl.DataFrame:
        """One row per payout and step of its scale."""
        return self.as_closed("pay_steps", lambda: statements.pay_steps(self.now, self.places))

    @cached_property
    def places(self) -> statements.Places:
        """Where each plan stands: its file and lines."""
        return statements.Places.of(self.ws.folder, self.ws.company)

    @cached_property
    def pay_statements(self) -> pl.DataFrame:
        """One row per person and month with a plan, a payment or a fault."""
        return self.as_closed("pay_statements", lambda: statements.pay_statements(self.now, self.book))

    @cached_property
    def pay_history(self) -> pl.DataFrame:
        """One row per person and month of the last twelve, as paid."""
        since = add_months(self.last_month, -11)
        months = (p for p in self.months if since <= p.month_on <= self.last_month)
        return self.as_closed("pay_history", lambda: statements.pay_statements(months, self.book))

    @cached_property
    def pay_next(self) -> pl.DataFrame:
        """What more sales would earn each person who is paid by a scale, and the open deal that may bring them."""
        return self.as_closed("pay_next", self._pay_next)

    def _pay_next(self) -> pl.DataFrame:
        last = last_export(self.ws.read("opportunities"), self.ws.as_of)
        deals = next_deals.open_deals(last.filter(~pl.col("is_closed")), self.ws.company.funnel.stages)
        return next_deals.pay_next(self.current, self.plans, deals, 10**self.book.money_decimals)

    @cached_property
    def league(self) -> League:
        """The games of the last pay month: points, standings, badges, contests, flags."""
        return League(self.ws, self.months, self.credits, self.last_month, self.until)

    def top_of(self, person_id: str) -> str | None:
        """The person at the top of somebody's line of managers in the last pay month; None without a manager."""
        day = self.until - timedelta(days=1)
        held = (pl.col("start_on") <= day) & (pl.col("end_on").is_null() | (pl.col("end_on") > day))
        manager = dict(self.people.filter(held).sort("person_id", "start_on").select("person_id", "manager_id").rows())
        above = list(chain(manager, person_id))
        return above[-1] if above else None

    @cached_property
    def balance(self) -> pl.DataFrame:
        """One row per movement: its amount, the direct and split credits of it, what stayed uncredited."""
        own = self.now_credits.filter(pl.col("rule").is_in(["direct", "split"]))
        given = own.group_by("movement_id").agg(pl.col("credit_amount").sum().alias("credited"))
        left = self.uncredited.select("movement_id", pl.col("net_amount").alias("uncredited"))
        both = self.now_movements.select("movement_id", "net_amount").join(
            given, on="movement_id", how="left", validate="1:1"
        )
        return both.join(left, on="movement_id", how="left", validate="1:1").with_columns(
            pl.col("credited", "uncredited").fill_null(0)
        )

    @property
    def unbalanced(self) -> int:
        """Movements whose credits and uncredited part do not sum to the movement: 0."""
        return self.balance.filter(pl.col("credited") + pl.col("uncredited") != pl.col("net_amount")).height

    def replayed(self, plans: Sequence[Plan], months: Sequence[date]) -> list[PersonMonth]:
        """The same events, people and quotas on other plans, from a clean start: no balance, nothing carried in."""
        book = self.book if plans is self.plans else _book(self.ws, replace(self.crediting, plans=plans))
        return payouts.run(book, months, self.until)

    @property
    def paid(self) -> list[PersonMonth]:
        """Everybody who is paid in the last pay month."""
        return [person for person in self.current if person.paid is not None]

    @property
    def faults(self) -> list[Problem]:
        """Every fault of the period that stops a payment, each once."""
        found = [problem for person in self.now for problem in person.problems]
        return list(dict.fromkeys([*found, *self.settled.faults]))

    def person(self, person_id: str) -> PersonMonth:
        """One person in the last pay month."""
        return next(person for person in self.current if person.person_id == person_id)


def open_desk(ws: Workspace) -> Desk:
    """Read the plans (with their worked cases) and the tables; compute credits and payments up to `as_of`."""
    plans = load_plans(ws.folder, ws.company)
    refuse_failing_plans(ws)
    until = min(ws.period.end, ws.as_of + timedelta(days=1))
    crediting = Crediting(ws, plans, ws.read("people"), ws.read("credit_splits"), until)
    book = _book(ws, crediting)
    return Desk(ws, plans, crediting, book, payouts.run(book, _months(book, until), until))


def refuse_failing_plans(ws: Workspace) -> None:
    """A plan or draft whose worked cases do not come out, or that has none, stops the run."""
    company = ws.company
    problems = [
        p
        for name in [*company.plans, *company.incentives.drafts]
        for p in cases.run_cases(plan_at(ws.folder, company, name), company.currency, company.money_decimals, name)
    ]
    if problems:
        raise InputError(problems)


def _months(book: Book, until: date) -> list[date]:
    """Pay months from the first credit under a plan to the period's last."""
    last = until - timedelta(days=1)
    days = [month for _, month in book.direct] + [days[0][0] for days in book.measures.values()]
    if not book.plans or not days:
        return months_between(last, until)
    return months_between(min(max(min(days), min(plan.effective_from for plan in book.plans)), last), until)


def _book(ws: Workspace, crediting: Crediting) -> Book:
    company, plans, sums = ws.company, crediting.plans, crediting.sums
    return Book(
        plans=plans,
        people=crediting.people,
        quotas=quotas_of(ws.read("quotas")),
        rates=rates_of(ws.read("person_rates")),
        measures=measures_of(sums["daily"]),
        direct={(person, month): amount for person, month, amount in sums["direct"].rows()},
        stopped=crediting.stopped(),
        currency=company.currency,
        money_decimals=company.money_decimals,
        fiscal_year_starts=company.fiscal_year_starts,
        unpaid_roles=company.incentives.unpaid_roles,
        absences=absences_of(ws.read("absences")),
        scores=scores_of(ws.read("scores")),
        deals=crediting.deals(),
        spiffs=sold_in(sums["sold"], plans, company.fiscal_year_starts) if "sold" in sums else {},
        released=frozenset(released(ws.folder, ws.period.last_month)),
        ledger=ledger_of(sums["kept"], plans, crediting.shares) if "kept" in sums else Ledger(),
        rates_abroad=crediting.rates,
    )
