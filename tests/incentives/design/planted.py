"""A small company with planted plans: who attained what in which month, and the months as the engine pays them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from revops.incentives import payouts
from revops.incentives.book import Book, quotas_of
from revops.incentives.payouts import PersonMonth
from revops.incentives.plans import Plan
from revops.periods import add_months

from ..frames import people, quotas

QUOTA = 100_000
JULY = date(2026, 7, 1)
MARGINAL = [{"from": 0, "to": 1, "rate": "5%"}, {"from": 1, "to": None, "rate": "8%"}]


def plan(*parts: dict[str, Any], **change: Any) -> Plan:
    """A plan of quotas of 100,000 a month: 5 % below and 8 % from the quota on, where nothing else is said."""
    base = {"name": "c", "credit": "direct", "scale": "marginal", "bounds": "quota", "tiers": MARGINAL, "note": "n"}
    kept = [{key: value for key, value in (base | part).items() if value is not None} for part in parts or ({},)]
    top = {"plan": "T", "title": "t", "roles": ["representative"], "effective_from": "2026-01-01", "quota": "revenue"}
    return Plan.model_validate({**top, "measure": "net_revenue", "period": "month", "components": kept, **change})


def months_of(
    plans: Plan | Sequence[Plan], sold: Mapping[str, Sequence[int]], start: date = JULY, **change: Any
) -> list[PersonMonth]:
    """Everybody's months from July 2026 on, from what they sold in each, by all components alike."""
    plans = [plans] if isinstance(plans, Plan) else plans
    count = max(map(len, sold.values()))
    months = [add_months(start, n) for n in range(count)]
    rows = [(who, month, add_months(month, 1), QUOTA) for who in sold for month in months]
    measures = {
        (who, one.plan, number): [
            (month.replace(day=5), amount) for month, amount in zip(months, amounts, strict=False)
        ]
        for who, amounts in sold.items()
        for one in plans
        for number in range(len(one.components))
    }
    book = Book(
        plans=plans, people=people(*({"person_id": who} for who in sold)), quotas=quotas_of(quotas(*rows)), rates={},
        measures=measures, direct={}, currency="VND", money_decimals=0, **change,
    )  # fmt: skip
    return payouts.run(book, months)
