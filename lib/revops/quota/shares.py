"""To whom: the weight of each person on each factor, by the share methods of a scenario.

    history         the person's base (mean of its years) × their mix over factors
    potential       what their accounts could buy in a year × their mix
    forecast        the person's base + their open deals at win rate, × their mix
    account_plans   what their account plans say × their mix
    capacity        what they can bring in a year, by role or team, × their share of full time; in each factor they sell
    equal           1 × their share of full time, in each factor they sell

A blend is of shares: each method's weights are normalised over the people of the factor, then blended once, so a level
of teams more or less changes nobody's unrounded share. Who has none of what a method weighs (no accounts, no plans)
keeps their share of history in it, so that only those who have some are moved among each other. A factor that nobody
weighs in goes by whole histories.

>>> half, few = {"a": Fraction(50), "b": Fraction(50)}, {"a": Fraction(20), "b": Fraction(80)}
>>> blend = blended([(normal(half), rate_units("60%")), (normal(few), rate_units("40%"))])
>>> [int(1_000_000 * blend[person]) for person in ("a", "b")]
[380000, 620000]
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from revops.money import RATE_SCALE, rate_units, split
from revops.quota.bases import REST, Base, Factor, Start
from revops.quota.much.methods import rounded

if TYPE_CHECKING:
    from revops.quota.ground import Ground

Claims = dict[str, Fraction]
"""person_id → weight on one factor."""
OWNED = ("potential", "account_plans")
FINE = 10**6


def blended(parts: Sequence[tuple[Mapping[str, Fraction], int]]) -> Claims:
    """Shares of several methods by weights in billionths."""
    people = sorted({person for shares, _ in parts for person in shares})
    return {
        person: sum((shares.get(person, Fraction(0)) * weight for shares, weight in parts), Fraction(0)) / RATE_SCALE
        for person in people
    }


def normal(claims: Mapping[str, Fraction]) -> Claims:
    """Claims as shares that sum to 1; none where nobody has a claim."""
    total = sum(claims.values(), Fraction(0))
    return {person: claim / total for person, claim in claims.items()} if total else {}


def shares(
    ground: "Ground", found: Sequence[Base], to_whom: Mapping[str, int], starts: Mapping[str, Start],
    factors: Sequence[Factor],
) -> dict[Factor, Claims]:  # fmt: skip
    """factor → person_id → share of the people `found`, summing to 1 in each factor.

    `to_whom` names the methods with their weights in billionths.
    """
    return {factor: _of_factor(ground, found, to_whom, starts, factor) for factor in factors}


def _of_factor(
    ground: "Ground", found: Sequence[Base], to_whom: Mapping[str, int], starts: Mapping[str, Start], factor: Factor
) -> Claims:
    def claims(method: str) -> Claims:
        return {base.person_id: METHODS[method](ground, starts, base, factor) for base in found}

    history = normal(claims("history")) or normal({base.person_id: starts[base.person_id].amount for base in found})
    parts = []
    for method, weight in to_whom.items():
        own = claims(method)
        if method in OWNED:
            own = _kept(own, history, {base.person_id for base in found if has_own(ground, method, base.person_id)})
        parts.append((normal(own) or history, weight))
    return blended(parts)


def _kept(claims: Claims, history: Claims, have: set[str]) -> Claims:
    """Claims as shares; who has nothing of the kind keeps the share of history, those who `have` share the rest."""
    own = normal({person: claim for person, claim in claims.items() if person in have})
    kept = {person: part for person, part in history.items() if person not in have}
    rest = 1 - sum(kept.values(), Fraction(0))
    return kept | {person: part * rest for person, part in own.items()} if own else {}


def has_own(ground: "Ground", method: str, person: str) -> bool:
    """Whether a person has anything of what a method weighs: accounts with potential, account plans."""
    return method not in OWNED or _owned(ground, method).get(person, 0) > 0


def _owned(ground: "Ground", method: str) -> Mapping[str, int]:
    return ground.potential if method == "potential" else ground.plans


def _mixed(amount: int | Fraction, starts: Mapping[str, Start], base: Base, factor: Factor) -> Fraction:
    """The part of an amount that the person's mix gives a factor, parted exactly in millionths of a unit.

    Without a mix all of it goes to every factor alike.
    """
    mix = starts[base.person_id].mix
    if not any(mix.values()):
        return Fraction(amount) * FINE if not mix or REST in factor else Fraction(0)
    if factor not in mix:
        return Fraction(0)
    parts = split(rounded(Fraction(amount) * FINE), list(mix.values()), keys=list(mix))
    return Fraction(parts[list(mix).index(factor)])


def _sells(starts: Mapping[str, Start], base: Base, factor: Factor) -> bool:
    mix = starts[base.person_id].mix
    return not any(mix.values()) or mix.get(factor, Fraction(0)) > 0


def _full_time(ground: "Ground", person: str) -> Fraction:
    return Fraction(rate_units(ground.settings.full_time.get(person, 1)), RATE_SCALE)


def _history(ground: "Ground", starts: Mapping[str, Start], base: Base, factor: Factor) -> Fraction:
    return _mixed(starts[base.person_id].amount, starts, base, factor)


def _potential(ground: "Ground", starts: Mapping[str, Start], base: Base, factor: Factor) -> Fraction:
    return _mixed(ground.potential.get(base.person_id, 0), starts, base, factor)


def _plans(ground: "Ground", starts: Mapping[str, Start], base: Base, factor: Factor) -> Fraction:
    return _mixed(ground.plans.get(base.person_id, 0), starts, base, factor)


def _forecast(ground: "Ground", starts: Mapping[str, Start], base: Base, factor: Factor) -> Fraction:
    amount = starts[base.person_id].amount + ground.pipeline.get(base.person_id, 0)
    return _mixed(amount, starts, base, factor)


def _capacity(ground: "Ground", starts: Mapping[str, Start], base: Base, factor: Factor) -> Fraction:
    able = ground.capacity.get(base.person_id, 0) if _sells(starts, base, factor) else 0
    return able * _full_time(ground, base.person_id)


def _equal(ground: "Ground", starts: Mapping[str, Start], base: Base, factor: Factor) -> Fraction:
    return _full_time(ground, base.person_id) if _sells(starts, base, factor) else Fraction(0)


METHODS: Mapping[str, Callable[["Ground", Mapping[str, Start], Base, Factor], Fraction]] = {
    "history": _history, "potential": _potential, "capacity": _capacity, "equal": _equal, "forecast": _forecast,
    "account_plans": _plans,
}  # fmt: skip
