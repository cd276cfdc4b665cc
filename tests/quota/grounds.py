"""A small ground to plan on: two people, three years, level months."""

from datetime import date

from revops.money import rate_units
from revops.periods import Period
from revops.planning import Quota
from revops.quota.bases import Base
from revops.quota.ground import Ground
from revops.quota.past import Totals
from revops.quota.quotas import Knobs
from revops.quota.shape import LEVEL

YEARS = [Period.parse(year) for year in ("2024", "2025", "2026")]


def by(parts):
    return {key if isinstance(key, tuple) else (key,): amount for key, amount in parts.items()}


def base(person, team="S/North", first=date(2020, 1, 1), left=None, vacant=False, partial=(), **years):
    """A Base from y2025={"Fans": 1}: amounts by product group."""
    amounts = {year[1:]: by(parts) for year, parts in years.items()}
    return Base(person, person, team, first, left, vacant, amounts, amounts.get("2026", {}), set(partial))


FOUND = [base("a", y2026={"Fans": 600, "Water": 100}), base("b", y2026={"Fans": 0, "Water": 300})]
TOTALS = {"2024": {"Fans": 900}, "2025": {"Fans": 1000}, "2026": {"Fans": 700, "Water": 500}}
KNOBS = Knobs(growth=rate_units("8%"), share_gain=rate_units("2%"), flat=rate_units("20%"))


def ground(found=FOUND, totals=TOTALS, settings=None, **known):
    years = Totals({year: by(parts) for year, parts in totals.items()})
    given = {"growth": {None: rate_units("5%")}} | known
    return Ground(Quota(**(settings or {})), 0, date(2026, 10, 31), YEARS, list(found), years, {None: LEVEL}, **given)
