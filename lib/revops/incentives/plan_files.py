"""Plans as files: read whole, every fault with file and line; no two plans pay one role on one day."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from babel.numbers import get_currency_precision

from revops.company import Company, file_at, line_numbers, load_model
from revops.incentives.checks import File, scan_plan_faults
from revops.incentives.plans import Plan
from revops.problems import InputError, Problem, refuse_if_any


def load_plan(path: Path, shown: str = "") -> Plan:
    """One plan file; every fault is raised at once as InputError with file and line."""
    shown = shown or path.name
    if not path.is_file():
        raise InputError(Problem(shown, "no such file", "a plan file", "correct plans in company.yaml"))
    plan = load_model(path, Plan, shown)
    refuse_if_any(scan_plan_faults(plan, File(shown, line_numbers(path))))
    return plan


def plan_at(folder: Path, company: Company, name: str) -> Path:
    """The file of a plan that company.yaml names."""
    return file_at(folder, company, name, "company.yaml, plans")


def load_plans(folder: Path, company: Company) -> list[Plan]:
    """All plans of a company in the order of company.yaml; no two hold for one role on one day."""
    plans, problems = [], []
    for name in company.plans:
        try:
            plans.append(load_plan(plan_at(folder, company, name), name))
        except InputError as error:
            problems += error.problems
    refuse_if_any(problems)
    refuse_if_any([*_scan_overlaps(plans, company.plans), *_scan_currencies(plans, company)])
    return plans


def _scan_currencies(plans: Sequence[Plan], company: Company) -> Iterator[Problem]:
    """A currency with more decimals than the company's amounts have: its pay could not be told to the cent."""
    for plan, name in zip(plans, company.plans, strict=True):
        for currency in dict.fromkeys(code for code in (plan.currency, plan.pay_currency) if code):
            decimals = get_currency_precision(currency)
            if decimals > company.money_decimals:
                yield Problem(
                    name,
                    f"{currency}, which has {decimals} decimals, where amounts have {company.money_decimals}",
                    f"money_decimals: {decimals} in company.yaml, or more",
                    "set it and run again",
                )


def _scan_overlaps(plans: Sequence[Plan], names: Sequence[str]) -> Iterator[Problem]:
    for i, (one, name) in enumerate(zip(plans, names, strict=True)):
        for other, other_name in zip(plans[:i], names, strict=False):
            if one.plan == other.plan:
                yield Problem(
                    name,
                    f"the plan {one.plan}, which {other_name} is called too",
                    "a name of its own",
                    "rename one of them",
                )
            roles = sorted(set(one.roles) & set(other.roles))
            if roles and _meet(one, other):
                since = max(one.effective_from, other.effective_from)
                yield Problem(
                    name,
                    f"role {', '.join(roles)}, which {other_name} pays too from {since}",
                    "one plan for a role and day",
                    "end the earlier plan where the later starts",
                )


def _meet(one: Plan, other: Plan) -> bool:
    far = date.max
    return max(one.effective_from, other.effective_from) < min(one.effective_to or far, other.effective_to or far)
