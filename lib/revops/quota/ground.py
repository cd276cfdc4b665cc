"""What a proposal stands on: all that is known on a day and that no knob turns."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property, partial
from typing import Any, TypeVar

from revops.money import rate_units, to_units
from revops.periods import Period
from revops.planning import Quota
from revops.quota.bases import Amounts, Base, Factor, Shapes
from revops.quota.much.top import Known
from revops.quota.past import Totals
from revops.quota.shape import LEVEL
from revops.quota.shape.due import by_pipeline, year_weights
from revops.quota.shape.presence import there

Made = TypeVar("Made")


@dataclass(frozen=True)
class Ground:
    """The people, years and prospects that scenarios are made from, as they were known on `as_of`.

    `years` are three fiscal years, the base year last. `growth` (billionths) is the market's by product group (None:
    all). By person stand `potential`, `pipeline` (open deals at win rate), account `plans`, `capacity` and `recorded`
    (quota of record of the base year). `forecast` of the target year by factor is empty where too little is known. Its
    months have `working_days`, and what is `due` by product group (None: all), open deals at win rate.
    """

    settings: Quota
    decimals: int
    as_of: date
    years: list[Period]
    bases: list[Base]
    totals: Totals
    shapes: Shapes
    growth: Mapping[str | None, int] = field(default_factory=dict)
    potential: Mapping[str, int] = field(default_factory=dict)
    pipeline: Mapping[str, int] = field(default_factory=dict)
    plans: Mapping[str, int] = field(default_factory=dict)
    capacity: Mapping[str, int] = field(default_factory=dict)
    recorded: Mapping[str, int] = field(default_factory=dict)
    forecast: Amounts = field(default_factory=dict)
    working_days: Sequence[int] = ()
    due: Mapping[str | None, Mapping[date, Fraction]] = field(default_factory=dict)
    memo: dict[Hashable, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def kept(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` gives, made once: the same for every turn of a knob."""
        if key not in self.memo:
            self.memo[key] = make()
        found: Made = self.memo[key]
        return found

    @property
    def base(self) -> Period:
        """The fiscal year that scenarios start from."""
        return self.years[-1]

    @cached_property
    def target(self) -> Period:
        """The fiscal year that is planned."""
        return Period.parse(str(int(self.base.name) + 1), self.base.fiscal_year_starts)

    @property
    def names(self) -> list[str]:
        """What a factor is made of: product_group, channel, region."""
        return list(self.settings.factors)

    @cached_property
    def company(self) -> Known:
        """What methods read of the whole company."""
        years = tuple(self.totals.of(year.name) for year in self.years if year.name in self.totals.years)
        return Known(
            years,
            potential=Fraction(sum(self.potential.values())) if self.potential and self.is_revenue else None,
            forecast=Fraction(sum(self.forecast.values())) if self.forecast else None,
            plans=Fraction(self._planned) if self.plans else None,
        )

    @property
    def _planned(self) -> int:
        """Account plans, and the base year of all that has no plan."""
        own = sum(sum(base.projected.values()) for base in self.bases if base.person_id in self.plans)
        return sum(self.plans.values()) + self.totals.of(self.base.name) - own

    @cached_property
    def factors(self) -> dict[Factor, Known]:
        """The same of each factor that the base year sold; what is known by person goes by the base year's mix."""
        base, known = self.totals.years[self.base.name], [y.name for y in self.years if y.name in self.totals.years]
        whole = sum(max(0, amount) for amount in base.values())

        def part(amount: Fraction | None, factor: Factor) -> Fraction | None:
            return None if amount is None or not whole else amount * max(0, base[factor]) / whole

        return {
            factor: Known(
                tuple(self.totals.years[year].get(factor, 0) for year in known),
                self.market_of(factor),
                part(self.company.potential, factor),
                Fraction(self.forecast.get(factor, 0)) if self.forecast else None,
                part(self.company.plans, factor),
            )
            for factor in base
        }

    def market_of(self, factor: Factor) -> int | None:
        """The growth of a factor's market: its product group's, else that of the market as a whole.

        None where no growth is known at all; a group that nobody names grows with the whole, by 0 where it is unknown.
        """
        if not self.growth:
            return None
        group = self._group(factor)
        return self.growth.get(group, self.growth.get(None, 0 if group is not None else None))

    def _group(self, factor: Factor) -> str | None:
        return factor[self.names.index("product_group")] if "product_group" in self.names else None

    def there(self, base: Base) -> tuple[Fraction, ...]:
        """The share of each month of the target year that a person carries: there by days, ramped by months."""
        ramp = [rate_units(part) for part in self.settings.ramp]
        make = partial(there, base.first_on, base.left_on, self.target.months, ramp)
        return self.kept(("there", base.person_id), make)

    def month_weights(self, how: Mapping[str, int], factor: Factor) -> list[Fraction]:
        """What each month of the target year weighs for a factor; a stock is due at the end of the year."""
        months = self.target.months
        if self.settings.metric == "recurring_revenue":
            return [Fraction(0)] * (len(months) - 1) + [Fraction(1)]
        season = (self.shapes.get(factor) or self.shapes.get(None, LEVEL)).of(months)
        due = self.due.get(self._group(factor), self.due.get(None, {}))
        ways: dict[str, Sequence[int | Fraction]] = {
            "season": season,
            "working_days": self.working_days,
            "pipeline": by_pipeline(months, due, season),
            "equal": [1] * len(months),
        }
        return year_weights(how, {way: ways[way] for way in how})

    @property
    def is_revenue(self) -> bool:
        """Whether the number asked is what potential and market growth are told in."""
        return self.settings.metric == "net_revenue"

    def units(self, amount: str | int) -> int:
        """An amount of company.yaml in money units."""
        return to_units(str(amount), self.decimals)
