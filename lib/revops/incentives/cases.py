"""Worked cases of a plan: <plan>.cases.yaml beside it, inputs → expected pay. A plan with a failing case is refused."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from pydantic import Field

from revops.company import line_numbers, load_model
from revops.incentives.book import payable_step
from revops.incentives.extras import Sold
from revops.incentives.given import Given, earned
from revops.incentives.payments import Facts, State, settle
from revops.incentives.plan_files import load_plan
from revops.incentives.plans import Component, Plan
from revops.incentives.scales import units
from revops.incentives.terms import Number, Rate
from revops.money import RATE_SCALE, to_decimal, to_units
from revops.problems import Problem
from revops.section import Section

Amount = int | float | str
LONG_AFTER = 1_000_000
"""A pay period in which nothing that is meant for the first ones after hiring holds any more."""


class Days(Section):
    """Active days of the window's days."""

    active: int = Field(ge=0, description="days that count")
    of: int = Field(gt=0, description="days of the window")


class Case(Section):
    """One worked case: what a pay period is paid from, in the currency and in counts; the pay that must come out."""

    name: str = Field(description="what it shows")
    credits: dict[str, Amount] = Field(
        default_factory=dict, description="of the pay period, by key of the component, else by its kind of credit"
    )
    before: dict[str, Amount] = Field(
        default_factory=dict, description="of the window before it; without: nothing of the window was paid yet"
    )
    quota: Number | dict[str, Number] | None = Field(None, description="of the window, or by measure")
    months: int = Field(1, ge=1, description="of the quota's own period, where a component runs over it")
    days: Days | None = Field(None, description="active days, where quota or target are prorated by them")
    person_rate: Rate | None = Field(None, description="stored with the person")
    scores: dict[str, Rate] = Field(default_factory=dict, description="of the objectives")
    spiffs: dict[str, list[Number]] = Field(
        default_factory=dict, description="units of orders in event order, by spiff"
    )
    spent: dict[str, Amount] = Field(default_factory=dict, description="of a spiff's budget before")
    deals: dict[str, list[Amount]] = Field(
        default_factory=dict, description="large orders among the credits, by key of the component, else by its credit"
    )
    collected: Rate | None = Field(None, description="share of the orders that is paid, where pay waits for it")
    pay_period: int = Field(LONG_AFTER, ge=1, description="counted from hiring; without: long after")
    advanced: Amount = Field(0, description="what a draw has paid ahead before")
    carried_in: Amount = Field(0, description="below 0 a debt, above it pay above a payment cap")
    pay: Number = Field(description="what must be paid")
    carried_out: Amount = Field(0, description="what goes on to the next pay period, as carried_in")


class Cases(Section):
    """All cases of one plan."""

    cases: list[Case] = Field(min_length=1)


def cases_path(plan_path: Path) -> Path:
    """Where a plan's worked cases stand.

    >>> cases_path(Path("plans/dealer_rep.yaml")).name
    'dealer_rep.cases.yaml'
    """
    return plan_path.with_name(plan_path.stem + ".cases.yaml")


def run_cases(plan_path: Path, currency: str = "VND", money_decimals: int = 0, shown: str = "") -> list[Problem]:
    """Every case whose pay differs from what the plan gives; an empty list when all agree.

    Faults of the plan or of the cases file are raised as InputError; a plan without cases is one problem.
    """
    shown = shown or plan_path.name
    plan = load_plan(plan_path, shown)
    path = cases_path(plan_path)
    name = str(Path(shown).with_name(path.name))
    if not path.is_file():
        return [Problem(name, "no such file", "worked cases beside every plan", "write at least one case")]
    lines = line_numbers(path)
    problems = []
    for i, case in enumerate(load_model(path, Cases, name).cases):
        where = f"{name}, line {lines[('cases', i)]}, {case.name}"
        try:
            found = _pay(plan, case, currency, money_decimals)
        except ValueError as error:
            problems.append(
                Problem(where, str(error), "inputs that the plan can be computed from", "complete the case")
            )
            continue
        problems += _differences(where, found, case, money_decimals)
    return problems


def _pay(plan: Plan, case: Case, currency: str, decimals: int) -> tuple[int, int]:
    """What is paid, and what is carried to the next pay period."""
    step = payable_step(plan.currency or currency, decimals)
    paid = earned(plan, _given(plan, case, decimals), decimals, step)
    state = State(draw=_whole(case.advanced, decimals), carried=_whole(case.carried_in, decimals))
    held = {case.name: sum(payout.pay for payout in paid.payouts)} if plan.hold else {}
    share = Fraction(1) if case.collected is None else Fraction(case.collected, RATE_SCALE)
    facts = Facts(number=case.pay_period, orders=held, collected={case.name: share})
    items, after = settle(paid.earned, plan, state, facts, decimals, step)
    return replace(paid, items=items).paid, after.carried


def _given(plan: Plan, case: Case, decimals: int) -> Given:
    share = Fraction(case.days.active, case.days.of) if case.days else Fraction(1)
    return Given(
        credits=_by_component(plan, "credits", case.credits, decimals),
        before=_by_component(plan, "before", case.before, decimals),
        quotas={
            measure: quota * (share if plan.proration.quota else 1) for measure, quota in _quotas(plan, case, decimals)
        },
        rate=case.person_rate,
        share=share if plan.proration.target else Fraction(1),
        deals={key: _orders(plan, key, amounts, decimals) for key, amounts in case.deals.items()},
        scores=case.scores,
        sold={spiff: _sold(plan, units_of) for spiff, units_of in case.spiffs.items()},
        spent={spiff: _whole(amount, decimals) for spiff, amount in case.spent.items()},
        months=case.months,
    )


def _quotas(plan: Plan, case: Case, decimals: int) -> Iterator[tuple[str, Fraction]]:
    """The quotas by measure; of a measure that is counted, the count."""
    if case.quota is None:
        return
    named = case.quota if isinstance(case.quota, dict) else {plan.quota or "": case.quota}
    counted = {part.quota for part in plan.components if part.counts}
    for measure, quota in named.items():
        yield measure, Fraction(quota) if measure in counted else units(quota, decimals)


def _by_component(plan: Plan, field: str, amounts: Mapping[str, Amount], decimals: int) -> dict[str, int]:
    return {key: _credit(_part(plan, field, key), amount, decimals) for key, amount in amounts.items()}


def _part(plan: Plan, field: str, key: str) -> Component:
    """The component that a key, or a kind of credit, means."""
    for part in [*(p for p in plan.components if p.key == key), *(p for p in plan.components if p.credit == key)]:
        return part
    known = [part.key or part.credit for part in plan.components]
    raise ValueError(f"{key} in {field}, where the plan has {', '.join(known)}")


def _credit(part: Component, amount: Amount, decimals: int) -> int:
    return to_units(str(amount), 0 if part.counts else decimals)


def _orders(plan: Plan, key: str, amounts: Sequence[Amount], decimals: int) -> dict[str, int]:
    part = _part(plan, "deals", key)
    return {f"order {n}": _credit(part, amount, decimals) for n, amount in enumerate(amounts, start=1)}


def _sold(plan: Plan, units_of: Sequence[Number]) -> list[Sold]:
    day = plan.effective_from
    return [Sold(day, f"order {n:03}", "", Fraction(units), day) for n, units in enumerate(units_of, start=1)]


def _whole(amount: Amount, decimals: int) -> int:
    return to_units(str(amount), decimals)


def _differences(where: str, found: tuple[int, int], case: Case, decimals: int) -> list[Problem]:
    """One problem for each of pay and carried_out that comes out otherwise."""
    told = (("pay", _whole(str(case.pay), decimals)), ("carried_out", _whole(case.carried_out, decimals)))
    next_step = "correct the plan, or the case where the plan is meant so"
    return [
        Problem(where, f"{word} {to_decimal(amount, decimals)}", f"{to_decimal(expected, decimals)}", next_step)
        for (word, expected), amount in zip(told, found, strict=True)
        if amount != expected
    ]
