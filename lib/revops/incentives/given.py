"""One person's payment of one pay period from plain sums: worked cases, what-ifs, statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from revops.incentives import extras
from revops.incentives.earnings import Extra, Payment, Payout, payouts_of
from revops.incentives.extras import Sold
from revops.incentives.payments import Facts, State, settle
from revops.incentives.plans import Component, Plan
from revops.incentives.stretches import plan_target, target_of
from revops.incentives.windows import Stretch, Sum
from revops.periods import add_months


@dataclass(frozen=True)
class Given:
    """What a pay period is paid from, in money units (counts as they are), by key of the component, else its credit.

    `credits`: of the period · `before`: of the window before it, none: nothing of it was paid yet · `quotas`: of the
    window, by measure, prorated already · `share`: the part of the period's days that counts, for targets · `deals`:
    orders that may be windfalls, part of the credits · `scores` in billionths · `sold`: orders by spiff · `months` of
    a quota's own period, where a component runs over it.
    """

    credits: Mapping[str, int] = field(default_factory=dict)
    quotas: Mapping[str, Fraction | int] = field(default_factory=dict)
    before: Mapping[str, int] = field(default_factory=dict)
    rate: int | None = None
    share: Fraction = Fraction(1)
    deals: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    scores: Mapping[str, int] = field(default_factory=dict)
    sold: Mapping[str, Sequence[Sold]] = field(default_factory=dict)
    spent: Mapping[str, int] = field(default_factory=dict)
    months: int = 1


def pay(
    plan: Plan,
    given: Given,
    state: State | None = None,
    facts: Facts | None = None,
    decimals: int = 0,
    step: int = 1,
) -> Payment:
    """The payment; a quota, rate or score that is missing is a ValueError.

    Tiers of 5 % below and 8 % from a quota of 100,000 on, credits 120,000: 6,600.
    """
    paid = earned(plan, given, decimals, step)
    items, _ = settle(paid.earned, plan, state or State(), facts or Facts(), decimals, step)
    return replace(paid, items=items)


def earned(plan: Plan, given: Given, decimals: int = 0, step: int = 1) -> Payment:
    """The same before what stands between earned and paid."""
    stretches = [_stretch(plan, number, part, given, decimals) for number, part in enumerate(plan.components)]
    payouts = payouts_of(plan, stretches, step)
    return Payment(payouts, _extras(plan, given, payouts, decimals, step))


def _extras(plan: Plan, given: Given, payouts: Sequence[Payout], decimals: int, step: int) -> list[Extra]:
    missing = [one.key for one in plan.objectives.objectives if one.key not in given.scores] if plan.objectives else []
    if missing:
        raise ValueError(f"no score of {', '.join(missing)}")
    won = {
        spiff.key: extras.awards(spiff, given.sold.get(spiff.key, ()), decimals, step, given.spent.get(spiff.key, 0))
        for spiff in plan.spiffs
    }
    found = [x for (who, on) in _who(given) for x in extras.spiff_extras(plan, won, who, on)]
    found += extras.objective_extras(plan, given.scores, given.share, decimals, step)
    target = plan_target(plan, decimals) * given.share
    return [*found, *extras.plan_cap_extra(plan, payouts, found, target, decimals, step)]


def _who(given: Given) -> list[tuple[str, date]]:
    return sorted({(one.person_id, one.period_on) for sold in given.sold.values() for one in sold})


def _stretch(plan: Plan, number: int, part: Component, given: Given, decimals: int) -> Stretch:
    measure = part.quota or plan.quota
    quota = given.quotas.get(measure) if measure else None
    if plan.takes_quota(part) and given.share and (quota is None or quota <= 0):
        raise ValueError(f"no quota of {measure} above 0")
    length = {"month": 1, "quarter": 3}[plan.period]
    months = {"period": length, "quarter": 3, "year": 12, "quota": given.months}[part.window]
    periods = Fraction(months, length)
    before, now = _of(given.before, part), _of(given.credits, part) or 0
    first = plan.effective_from.replace(day=1)
    return Stretch(
        number=number,
        component=part,
        window=(first, add_months(first, months)),
        now=Sum(now + (before or 0), _deals(given, part)),
        before=None if before is None else Sum(before),
        quota=Fraction(quota) if quota is not None and plan.takes_quota(part) else None,
        target=target_of(plan, part, decimals) * periods * given.share,
        periods=periods,
        rate=given.rate,
        share=given.share,
        decimals=decimals,
    )


def _of(amounts: Mapping[str, int], part: Component) -> int | None:
    return amounts.get(part.key, amounts.get(part.credit)) if part.key else amounts.get(part.credit)


def _deals(given: Given, part: Component) -> Mapping[str, int]:
    return given.deals.get(part.key) or given.deals.get(part.credit) or {}
