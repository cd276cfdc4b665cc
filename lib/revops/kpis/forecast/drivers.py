"""Revenue as a product of its drivers, exactly: what each is, what a change is worth, what the product leaves out.

    web       visits × conversion × order value   + orders that no visit was seen of − returns   = net revenue
    pipeline  deals created × win rate × deal size + deals of other periods that closed or wait  = amount won

A driver's value is a quotient of two counts, so that the product is exact and money is rounded once.

>>> model = Model("web", (Driver("visits", "number", 1000, 1), Driver("conversion", "percent", 40, 1000),
...                       Driver("order_value", "money", 1_900_000, 4)), 20_000_000, {})
>>> model.modelled, what_if(model, {"conversion": 0.10}) - model.modelled
(19000000, 1900000)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import polars as pl

from revops.kpis.pipeline import funnel
from revops.kpis.spans import Span, Spans
from revops.money import round_ratio

if TYPE_CHECKING:
    from revops.kpis.facts import Facts


Plans = Mapping[str, Fraction]


@dataclass(frozen=True)
class Driver:
    """One factor: its value is numerator ÷ denominator; `plan` where the targets have one."""

    key: str
    kind: Literal["number", "percent", "money", "days"]
    numerator: int
    denominator: int
    plan: Fraction | None = None

    @property
    def value(self) -> Fraction:
        """The exact value; 0 where there is no case."""
        return Fraction(self.numerator, self.denominator) if self.denominator else Fraction(0)


@dataclass(frozen=True)
class Model:
    """Drivers in the order in which they multiply, what really came, and named parts of what the product leaves out."""

    key: str
    drivers: tuple[Driver, ...]
    actual: int
    known: Mapping[str, int] = field(default_factory=dict)

    @property
    def modelled(self) -> int:
        """The product of the drivers, rounded once."""
        return _product([driver.value for driver in self.drivers])

    @property
    def rest(self) -> dict[str, int]:
        """What leads from the product to what came: the named parts, and the remainder as 'other'; sums exactly."""
        return {**self.known, "other": self.actual - self.modelled - sum(self.known.values())}


def what_if(model: Model, changes: Mapping[str, float]) -> int:
    """The product with drivers changed by shares: 0.1 is a tenth more."""
    unknown = set(changes) - {driver.key for driver in model.drivers}
    if unknown:
        raise KeyError(f"no driver {', '.join(sorted(unknown))} in {model.key}")
    return _product([driver.value * (1 + Fraction(str(changes.get(driver.key, 0)))) for driver in model.drivers])


def at_plan(model: Model, key: str) -> int | None:
    """What the product would gain (or lose) if one driver stood at its plan; None where it has none."""
    values = [
        driver.plan if driver.key == key and driver.plan is not None else driver.value for driver in model.drivers
    ]
    planned = any(driver.key == key and driver.plan is not None for driver in model.drivers)
    return _product(values) - model.modelled if planned else None


def effects(before: Model, now: Model) -> dict[str, int]:
    """What each driver's change moved, in their order, and the change of the rest; sums to the change of `actual`.

    >>> old = Model("web", (Driver("visits", "number", 100, 1), Driver("conversion", "percent", 5, 100)), 5)
    >>> new = Model("web", (Driver("visits", "number", 200, 1), Driver("conversion", "percent", 8, 200)), 9)
    >>> effects(old, new)
    {'visits': 5, 'conversion': -2, 'rest': 1}
    """
    steps = [before.modelled]
    for count in range(1, len(now.drivers) + 1):
        values = [driver.value for driver in (*now.drivers[:count], *before.drivers[count:])]
        steps.append(_product(values))
    moved = {driver.key: steps[i + 1] - steps[i] for i, driver in enumerate(now.drivers)}
    return moved | {"rest": now.actual - before.actual - sum(moved.values())}


def web(facts: "Facts", span: Span, plans: Plans = MappingProxyType({})) -> Model | None:
    """Net revenue of the web channel; None without a web channel or its visits in the span."""
    channel = facts.company.kpis.web_channel
    if channel is None:
        return None
    mine = pl.col("channel") == channel
    known = facts.sessions.filter(mine & pl.col("purchases").is_not_null())
    visits = known.filter(funnel.inside("day_on", *span))
    if visits.is_empty() or known["day_on"].min() > span[0]:  # type: ignore[operator]
        return None
    sums = facts.cells(span, ("channel",)).filter(mine)
    gross, discount, net = (int(sums[name].sum()) for name in ("gross_amount", "discount_amount", "net_amount"))
    orders = int(facts.orders.filter(funnel.inside("ordered_on", *span) & mine)["orders"].sum())
    seen, bought = int(visits["sessions"].sum()), int(visits["purchases"].sum())
    sold = gross - discount
    drivers = (
        Driver("visits", "number", seen, 1),
        Driver("conversion", "percent", bought, seen, plans.get("web_conversion")),
        Driver("order_value", "money", sold, orders),
    )
    unseen = sold - Model("web", drivers, 0).modelled
    return Model("web", drivers, net, {"unseen": unseen, "returns": net - sold})


def pipeline(facts: "Facts", span: Span, plans: Plans = MappingProxyType({})) -> Model | None:
    """The amount won in the CRM; None where no export tells of the span or nothing was closed in it."""
    if facts.pipeline_end is None or span[0] >= facts.pipeline_end:
        return None
    closed = funnel.closed_in(facts.deals, *span)
    won = closed.filter("is_won")
    if won.is_empty():
        return None
    created = facts.deals.filter(funnel.inside("created_on", *span)).height
    amount = int(won["amount"].sum())
    drivers = (
        Driver("created", "number", created, 1),
        Driver("win_rate", "percent", won.height, closed.height, plans.get("win_rate")),
        Driver("deal_size", "money", amount, won.height),
    )
    return Model("pipeline", drivers, amount)


def models(facts: "Facts", spans: Spans, plans: Plans) -> list[tuple[Model, Model | None]]:
    """Each model of the span as it stands, with that of a year before where it is known; `plans` of metrics by key."""
    found = []
    for make in (web, pipeline):
        now = make(facts, spans.now, plans)
        if now is not None:
            found.append((now, make(facts, spans.previous_year)))
    return found


def _product(values: list[Fraction]) -> int:
    total = Fraction(1)
    for value in values:
        total *= value
    return round_ratio(total.numerator, total.denominator)
