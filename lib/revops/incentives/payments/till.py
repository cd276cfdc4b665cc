"""The till: pays people one pay period after the other, and keeps what each payment leaves for the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from revops.incentives.book import Book, payable_step
from revops.incentives.earnings import Payment, Payout
from revops.incentives.payments.clawbacks import Past, taken_back
from revops.incentives.payments.currencies import NoRate, Payable
from revops.incentives.payments.items import Facts, State
from revops.incentives.payments.ledger import Lines, shared
from revops.incentives.payments.settle import settle
from revops.incentives.plans import Plan
from revops.incentives.windows import Span
from revops.problems import Problem


def payable(book: Book, plan: Plan, month: date, paid: int) -> Payable:
    """A payment in the currency that the plan pays out, at the rate of the pay period's last day. Raises NoRate."""
    earned_in = plan.currency or book.currency
    paid_in = plan.pay_currency or earned_in
    day = book.period_of(plan, month)[1] - timedelta(days=1)
    return book.exchange.payable(paid, earned_in, paid_in, day, payable_step(paid_in, book.money_decimals))


@dataclass(frozen=True)
class Due:
    """What a person is due in a pay month, by the plan that holds last; `number`: pay periods since hiring, from 1."""

    person_id: str
    plan: Plan
    month: date
    payment: Payment
    number: int = 1
    is_active: bool = True


@dataclass
class Till:
    """What goes on from period to period: each person's state, last plan, and last payout of each window."""

    book: Book
    states: dict[str, State] = field(default_factory=dict)
    last: dict[str, Plan] = field(default_factory=dict)
    past: dict[str, dict[tuple[str, int, Span], Payout]] = field(default_factory=dict)
    lines: dict[str, Lines] = field(default_factory=dict)

    def state(self, person: str) -> State:
        """What the person's last payment left."""
        return self.states.get(person, State())

    def pay(self, due: Due) -> tuple[Payment, list[Problem]]:
        """The payment with what stands between earned and paid; a fault stops it and leaves everything as it was."""
        book, plan, person = self.book, due.plan, due.person_id
        windows = self.past.get(person, {}) | {(one.plan, one.number, one.window): one for one in due.payment.payouts}
        where = f"plan {plan.plan}, {person}, {due.month:%Y-%m}"
        facts = self._facts(due, list(windows.values()), book.period_of(plan, due.month))
        problems = list(self._unbilled(where, facts))
        items, state = settle(
            due.payment.earned, plan, self.state(person), facts, book.money_decimals, book.step_of(plan)
        )
        paid = replace(due.payment, items=items)
        try:
            payable(book, plan, due.month, paid.paid)
        except NoRate as error:
            problems.append(error.problem(where))
        if problems:
            return due.payment, problems
        self.states[person], self.past[person], self.last[person] = state, windows, plan
        return paid, []

    def _facts(self, due: Due, payouts: Sequence[Payout], span: Span) -> Facts:
        book, plans = self.book, {plan.plan: plan for plan in self.book.plans}
        lines = self.lines.get(due.person_id) or Lines(book.ledger.lines.get(due.person_id, {}))
        self.lines[due.person_id] = lines
        held = [
            (one, book.period_of(plans[one.plan], due.month)) for one in due.payment.payouts if plans[one.plan].hold
        ]
        orders = shared(lines, held, lambda line: line.order_id)
        return Facts(
            number=due.number,
            is_active=due.is_active,
            clawbacks=taken_back(Past(lines, plans, payouts, span[1]), due.plan, span[0]),
            orders=orders,
            collected={o: book.ledger.share(o, span[1]) for o in {*orders, *self.state(due.person_id).held}},
        )

    def _unbilled(self, where: str, facts: Facts) -> Iterator[Problem]:
        """Orders whose pay would wait for money that no table ever shows."""
        orders = sorted(set(facts.orders) & self.book.ledger.unbilled)
        if orders:
            more = f" and {len(orders) - 1} more" if len(orders) > 1 else ""
            yield Problem(
                where, f"order {orders[0]}{more} in a channel without invoices and payments",
                "payments of the orders that pay is held for", "add a source of payments; the payment waits",
            )  # fmt: skip
