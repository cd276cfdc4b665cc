"""The till: pays people one pay period after the other, and keeps what each payment leaves for the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from revops.incentives.book import Book, payable_step
from revops.incentives.earnings import Payment, Payout
from revops.incentives.payments.clawbacks import Past, taken_back
from revops.incentives.payments.currencies import NoRate, Payable
from revops.incentives.payments.items import Facts, State
from revops.incentives.payments.ledger import Line, Lines, shared
from revops.incentives.payments.settle import settle
from revops.incentives.plans import Plan
from revops.incentives.windows import Span
from revops.problems import Problem


def payable(book: Book, plan: Plan, month: date, paid: int) -> Payable:
    """A payment in the currency that the plan pays out, at the rate of the pay period's last day. Raises NoRate."""
    earned_in = book.currency_of(plan)
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
    """What goes on from period to period: each person's state, last plan, last payout of each window, and the returns
    that were taken back.
    """

    book: Book
    states: dict[str, State] = field(default_factory=dict)
    last: dict[str, Plan] = field(default_factory=dict)
    past: dict[str, dict[tuple[str, int, Span], Payout]] = field(default_factory=dict)
    lines: dict[str, Lines] = field(default_factory=dict)
    taken: dict[str, set[Line]] = field(default_factory=dict)

    def state(self, person: str) -> State:
        """What the person's last payment left."""
        return self.states.get(person, State())

    def pay(self, due: Due) -> tuple[Payment, list[Problem]]:
        """The payment with what stands between earned and paid; a fault stops it and leaves everything as it was."""
        book, plan, person = self.book, due.plan, due.person_id
        windows = self.past.get(person, {}) | {(one.plan, one.number, one.window): one for one in due.payment.payouts}
        where = f"plan {plan.plan}, {person}, {due.month:%Y-%m}"
        past = self._past_of(person, list(windows.values()), book.period_of(plan, due.month)[1])
        facts = self._facts(due, past)
        problems = [*self._unbilled(where, facts), *self._mixed(where, due, past)]
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
        self.taken.setdefault(person, set()).update(back for back, _ in past.due)
        return paid, []

    def _past_of(self, person: str, payouts: Sequence[Payout], end: date) -> Past:
        if person not in self.lines:
            self.lines[person] = Lines(self.book.ledger.lines.get(person, {}))
        plans = {plan.plan: plan for plan in self.book.plans}
        return Past(self.lines[person], plans, payouts, end, self.taken.get(person, set()))

    def _facts(self, due: Due, past: Past) -> Facts:
        book, plans = self.book, past.plans
        held = [
            (one, book.period_of(plans[one.plan], due.month)) for one in due.payment.payouts if plans[one.plan].hold
        ]
        orders = shared(past.lines, held, lambda line: line.order_id)
        return Facts(
            number=due.number,
            is_active=due.is_active,
            clawbacks=taken_back(past),
            orders=orders,
            collected={o: book.ledger.share(o, past.end) for o in {*orders, *self.state(due.person_id).held}},
        )

    def _mixed(self, where: str, due: Due, past: Past) -> Iterator[Problem]:
        """Amounts of two currencies in one payment: what other plans earn, left, or what is taken back of them."""
        person, back = due.person_id, {payout.plan for one, _ in past.due for payout, _ in past.sold(one).values()}
        names = back | {one.plan for one in due.payment.payouts} | {one.plan for one in due.payment.extras}
        plans = [past.plans[name] for name in names]
        plans += [self.last[person]] if self.state(person) != State() else []
        own = self.book.currency_of(due.plan)
        others = sorted({self.book.currency_of(plan) for plan in plans} - {own})
        if others:
            yield Problem(
                where, f"amounts in {' and '.join(others)} in a payment in {own}",
                "one currency for all plans that a person goes through",
                "give them one currency, and pay_currency where it is paid out in another; the payment waits",
            )  # fmt: skip

    def _unbilled(self, where: str, facts: Facts) -> Iterator[Problem]:
        """Orders whose pay would wait for money that no table ever shows."""
        orders = sorted(set(facts.orders) & self.book.ledger.unbilled)
        if orders:
            more = f" and {len(orders) - 1} more" if len(orders) > 1 else ""
            yield Problem(
                where, f"order {orders[0]}{more} in a channel without invoices and payments",
                "payments of the orders that pay is held for", "add a source of payments; the payment waits",
            )  # fmt: skip
