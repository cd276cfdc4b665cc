"""Statements: each payment as rows that are saved, from the lines of its credits to what is paid.

The lines of a payment sum to what is paid: what its credits earn on each scale, each later step of a component, what is
earned beside, and what stands between earned and paid. Contracts are in `contracts`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl

from revops.company import Company, line_numbers
from revops.incentives import scales
from revops.incentives.book import Book
from revops.incentives.contracts import PayStatements, PaySteps, PaySummary
from revops.incentives.earnings import Payment, Payout
from revops.incentives.payments.till import payable
from revops.incentives.payouts import PersonMonth
from revops.incentives.plan_files import load_plan, plan_at
from revops.incentives.plans import Component
from revops.incentives.terms import Text, text_in
from revops.tables import types_of

Row = dict[str, object]


@dataclass(frozen=True)
class Places:
    """Where each plan stands: its file and the line of every key and list item in it."""

    files: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, Mapping[tuple[Any, ...], int]] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, company: Company) -> "Places":
        """The places of the plans that company.yaml names."""
        paths = {name: plan_at(folder, company, name) for name in company.plans}
        plans = {load_plan(path, name).plan: name for name, path in paths.items()}
        return cls(plans, {plan: line_numbers(paths[name]) for plan, name in plans.items()})

    def line(self, plan: str, *path: Any) -> int | None:
        """The line of the deepest part of a path that the file has."""
        known = self.lines.get(plan, {})
        return next((known[path[:n]] for n in range(len(path), 0, -1) if path[:n] in known), None)


def paid(months: Iterable[PersonMonth]) -> Iterator[tuple[PersonMonth, Payment]]:
    """The people whose payment is not stopped, with it."""
    return ((person, person.payment) for person in months if person.payment and not person.problems)


def names(name: Text) -> Row:
    """A text of a plan in both languages.

    >>> names({"en": "Fans", "vi": "Quạt"}), names("Fans")
    ({'name_en': 'Fans', 'name_vi': 'Quạt'}, {'name_en': 'Fans', 'name_vi': 'Fans'})
    """
    return {f"name_{language}": text_in(name, language) for language in ("en", "vi")} if name else {}


def pay_summary(months: Iterable[PersonMonth], money_decimals: int, places: Places) -> pl.DataFrame:
    """One row per person, month and payout of every payment that is not stopped; see PaySummary."""
    rows = [
        {"person_id": person.person_id, "month_on": person.month_on, "part": part}
        | _summed(payout, money_decimals, places)
        for person, payment in paid(months)
        for part, payout in enumerate(payment.payouts)
    ]
    return pl.DataFrame(rows, schema=types_of(PaySummary)).sort("person_id", "month_on", "part")


def _summed(payout: Payout, money_decimals: int, places: Places) -> Row:
    part = payout.component
    is_of_quota = part.needs_quota and payout.quota is not None
    return {
        "plan": payout.plan,
        "component": payout.number,
        **names(part.name),
        "credit": part.credit,
        "basis": part.basis,
        "is_money": not part.counts,
        "shape": part.shape,
        "factor": part.factor,
        "window_from": payout.window[0],
        "window_until": payout.window[1],
        "quota_amount": None if payout.quota is None else scales.rounded(payout.quota),
        "is_of_quota": is_of_quota,
        "before_amount": payout.before,
        "credit_amount": payout.credited,
        "attainment": None if payout.attained is None else float(payout.attained),
        "uncapped_amount": payout.rounded,
        "cap_amount": payout.cut_by_cap,
        "pay_amount": payout.pay,
        "exact_amount": exact_text(payout.earned / 10**money_decimals),
        "limit_amount": None if payout.cap is None else scales.rounded(payout.cap),
        "file": places.files.get(payout.plan),
        "row": places.line(payout.plan, "components", payout.number),
    }


def pay_steps(months: Iterable[PersonMonth], places: Places) -> pl.DataFrame:
    """One row per payout and step of its scale; see PaySteps."""
    rows = [
        {
            "person_id": person.person_id, "month_on": person.month_on, "part": part, "step": n,
            "start": exact_text(step.start), "end": None if step.end is None else exact_text(step.end),
            "rate": exact_text(step.rate), "paid": exact_text(step.paid),
            "row": _line(places, payout, n),
        }
        for person, payment in paid(months)
        for part, payout in enumerate(payment.payouts)
        for n, step in enumerate(payout.scale.steps)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=types_of(PaySteps)).sort("person_id", "month_on", "part", "step")


def _line(places: Places, payout: Payout, step: int) -> int | None:
    """The line of the tier that a step comes from; of the curve, matrix or rate where there are no tiers.

    A threshold puts a step before the tiers, and leaves out those that end below it.
    """
    part = payout.component
    if part.tiers is None:
        return places.line(payout.plan, "components", payout.number, _key(part))
    tier = len(part.tiers) - len(payout.scale.steps) + step
    if part.threshold and step == 0:
        return places.line(payout.plan, "components", payout.number, "threshold")
    return places.line(payout.plan, "components", payout.number, "tiers", tier)


def _key(part: Component) -> str:
    return "curve" if part.curve else "matrix" if part.matrix else "rate"


def scale_of(steps: pl.DataFrame, is_whole: bool) -> scales.Scale:
    """A saved scale again, exact."""
    return scales.Scale(
        tuple(
            scales.Step(Fraction(start), None if end is None else Fraction(end), Fraction(rate), Fraction(paid))
            for start, end, rate, paid in steps.sort("step").select("start", "end", "rate", "paid").iter_rows()
        ),
        is_whole,
    )


def exact_text(value: Fraction) -> str:
    """An exact number: as a decimal where it ends, else as a fraction.

    >>> exact_text(Fraction(12345, 1000)), exact_text(Fraction(-1, 3)), exact_text(Fraction(6600))
    ('12.345', '-1/3', '6600')
    """
    places = next((n for n in range(40) if 10**n % value.denominator == 0), None)
    if places is None:
        return str(value)
    digits = abs(value.numerator) * (10**places // value.denominator)
    text = f"{digits:0{places + 1}d}"
    sign = "-" if value < 0 else ""
    return sign + (text if places == 0 else f"{text[:-places]}.{text[-places:]}")


def pay_statements(months: Iterable[PersonMonth], book: Book) -> pl.DataFrame:
    """One row per person and month with a plan, a payment or a fault; see PayStatements."""
    rows = [_statement(person, book) for person in months if person.plan or person.payment or person.problems]
    return pl.DataFrame(rows, schema=types_of(PayStatements)).sort("person_id", "month_on")


def _statement(person: PersonMonth, book: Book) -> Row:
    payment = person.payment if not person.problems else None
    first = payment.payouts[0] if payment and payment.payouts else None
    currency = (person.plan.currency if person.plan else None) or book.currency
    paid = payable(book, person.plan, person.month_on, payment.paid) if payment and person.plan else None
    return {
        "person_id": person.person_id,
        "month_on": person.month_on,
        "name": person.name,
        "role": person.role,
        "team": person.team,
        "region": person.region,
        "channel": person.channel,
        "plan": person.plan.plan if person.plan else None,
        "credit_amount": first.credited if first else None,
        "quota_amount": person.quota.amount if person.quota else None,
        "attainment": None if person.attainment is None else float(person.attainment),
        "commission_amount": sum(payout.pay for payout in payment.payouts) if payment else None,
        "extra_amount": sum(extra.amount for extra in payment.extras) if payment else None,
        "item_amount": sum(item.amount for item in payment.items) if payment else None,
        "paid_amount": person.paid,
        "currency": currency,
        "payable_amount": paid.amount if paid else person.paid,
        "pay_currency": paid.currency if paid else currency,
        "fault": "; ".join(map(str, person.problems)) or None,
    }
