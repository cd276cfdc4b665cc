"""Who is there when: the share of each month that a person carries.

Days count: of a month with 30 days, someone who comes on the 16th is there for half. New people are given a part of
it by month of service (ramp), the month of their first day being the first:

>>> year = [date(2027, month, 1) for month in range(1, 13)]
>>> ramp = [0, 250_000_000, 500_000_000, 750_000_000, 1_000_000_000]
>>> [str(part) for part in there(date(2027, 3, 1), None, year, ramp)][:8]
['0', '0', '0', '1/4', '1/2', '3/4', '1', '1']
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from revops.money import RATE_SCALE
from revops.periods import add_months


def there(
    first_on: date, left_on: date | None, months: Sequence[date], ramp: Sequence[int] = ()
) -> tuple[Fraction, ...]:
    """The share of each month, from 0 to 1, for someone at work in [first_on, left_on).

    `ramp`: billionths by month of service; 1 after its end.
    """
    return tuple(_present(first_on, left_on, month) * _ramped(first_on, month, ramp) for month in months)


def _present(first_on: date, left_on: date | None, month: date) -> Fraction:
    after = add_months(month, 1)
    days = (min(after, left_on or after) - max(month, first_on)).days
    return Fraction(max(0, days), (after - month).days)


def _ramped(first_on: date, month: date, ramp: Sequence[int]) -> Fraction:
    service = (month.year - first_on.year) * 12 + month.month - first_on.month
    return Fraction(ramp[service], RATE_SCALE) if 0 <= service < len(ramp) else Fraction(1)
