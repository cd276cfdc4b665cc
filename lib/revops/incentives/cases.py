"""Worked cases of a plan: <plan>.cases.yaml beside it, inputs → expected pay. A plan with a failing case is refused."""

from pathlib import Path

from pydantic import Field

from revops.company import line_numbers, load_model
from revops.incentives.book import payable_step
from revops.incentives.earnings import Payment
from revops.incentives.given import Given, pay
from revops.incentives.payments import State
from revops.incentives.plan_files import load_plan
from revops.incentives.plans import Plan
from revops.incentives.scales import units
from revops.incentives.terms import Number, Rate
from revops.money import to_decimal, to_units
from revops.problems import Problem
from revops.section import Section


class Case(Section):
    """One worked case: credits by kind, quota, stored rate and debt, in the currency; the pay that must come out."""

    name: str
    credits: dict[str, int | float | str] = Field(description="direct, channel or rollup: the month's sum")
    quota: Number | None = None
    person_rate: Rate | None = None
    carried_in: int | float | str = 0
    pay: Number
    carried_out: int | float | str = 0


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
            payment = _pay(plan, case, currency, money_decimals)
        except ValueError as error:
            problems.append(
                Problem(where, str(error), "inputs that the plan can be computed from", "complete the case")
            )
            continue
        problems += _differences(where, payment, case, money_decimals)
    return problems


def _pay(plan: Plan, case: Case, currency: str, decimals: int) -> Payment:
    given = Given(
        credits={key: _whole(amount, decimals) for key, amount in case.credits.items()},
        quotas={} if case.quota is None or plan.quota is None else {plan.quota: units(case.quota, decimals)},
        rate=case.person_rate,
    )
    state = State(carried=_whole(case.carried_in, decimals))
    return pay(plan, given, state, None, decimals, payable_step(currency, decimals))


def _whole(amount: int | float | str, decimals: int) -> int:
    return to_units(str(amount), decimals)


def _differences(where: str, payment: Payment, case: Case, decimals: int) -> list[Problem]:
    problems = []
    for word, found, expected in (
        ("pay", payment.paid, _whole(str(case.pay), decimals)),
        ("carried_out", payment.carried_out, _whole(case.carried_out, decimals)),
    ):
        if found != expected:
            problems.append(
                Problem(
                    where,
                    f"{word} {to_decimal(found, decimals)}",
                    f"{to_decimal(expected, decimals)}",
                    "correct the plan, or the case where the plan is meant so",
                )
            )
    return problems
