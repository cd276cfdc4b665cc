"""Metrics that are composed of others and are no Σ ÷ Σ of one kind of case: by key, the value of a span.

What each is made of stands in the catalogue under `of`; they are known of the whole company, not by a dimension.
"""

from collections.abc import Callable

from revops.kpis import people
from revops.kpis.facts import Facts
from revops.kpis.marketing import economics
from revops.kpis.measure import Value, missing
from revops.kpis.pipeline import cover, worth
from revops.kpis.spans import Span


def _worth(name: str) -> Callable[[Facts, Span], Value]:
    return lambda facts, span: economics.worth_of(facts, span)[name]


def _today(of: Callable[[Facts, Span], Value]) -> Callable[[Facts, Span], Value]:
    """A metric of what stands open today: of a span that ended before, nobody can tell it any more."""
    return lambda facts, span: of(facts, span) if span[1] >= facts.end else missing("no_history")


def _coverage(facts: Facts, span: Span) -> Value:
    """Of everybody with a quota and open deals together, in the quarter that runs at the span's end."""
    rows = cover.cover_table(facts, span)
    if rows.is_empty():
        return missing("no_source")
    whole = rows.row(-1, named=True)
    return Value(whole["coverage"], whole["due_amount"], whole["left_amount"], whole["reason"])


def _ramp(facts: Facts, _: Span) -> Value:
    """The median of months, those who have not arrived yet among them."""
    median = people.ramp_time(people.ramp(facts, people.person_months(facts)))["median"]
    return missing("no_cases") if median is None else Value(float(median))


COMPOSED: dict[str, Callable[[Facts, Span], Value]] = {
    "payback": _worth("payback"),
    "ltv": _worth("ltv"),
    "ltv_60_months": _worth("capped_ltv"),
    "ltv_to_cac": _worth("ltv_cac"),
    "velocity": _today(lambda facts, span: worth.speed(facts, span)[0]),
    "coverage": _today(_coverage),
    "ramp_months": _today(_ramp),
}
