"""What every part of a configuration file is made of: unknown keys are refused, rates are read one way."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from revops.money import RATE_SCALE, rate_units
from revops.problems import nearest


class Section(BaseModel):
    """A part of a configuration file: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _rate(value: str | float) -> str | float:
    try:
        rate_units(value)
    except (ValueError, OverflowError):
        raise ValueError("a rate as 12% or 0.12, of up to nine decimals") from None
    return value


Rate = Annotated[str | float, AfterValidator(_rate)]
"""A rate or share as people write it, 12% or 0.12; `money.rate_units` counts it in billionths."""


def known(value: str, names: Iterable[str]) -> str:
    """The value itself where it is one of the names; a mistyped one is told the nearest."""
    if value not in (names := list(names)):
        raise ValueError(f"one of {', '.join(names)}, not {value}{nearest(value, names)}")
    return value


def whole_blend(parts: Mapping[str, str | float], names: Iterable[str]) -> Mapping[str, str | float]:
    """Shares of known names that are not negative and sum to 1, as they are given."""
    for name in parts:
        known(name, names)
    rates = [rate_units(part) for part in parts.values()]
    if min(rates, default=-1) < 0 or sum(rates) != RATE_SCALE:
        raise ValueError("shares that are not negative and sum to 100%")
    return parts
