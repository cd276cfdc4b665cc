"""Where a plan pays for nothing, or nothing for something: what the shapes of pay say, and whom it met.

`cliff`      one more unit of credit pays a lump; whoever ended just below it missed it
`dead`       more credit pays nothing more
`cap`        credit beyond the cap pays nothing; what the cap took
`unreached`  a tier that nobody reached in all the months
`without`    pay that no attainment earned: draws and guarantees
`luck`       one order made at least half of a month's credits; what the month would have paid without it
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal, get_args

from revops.incentives.design.asked import Asked
from revops.incentives.design.deals import Deals
from revops.incentives.design.shape import flats, jumps
from revops.incentives.earnings import Payout
from revops.incentives.payouts import PersonMonth
from revops.incentives.scales import rounded
from revops.incentives.terms import Text

Kind = Literal["cliff", "dead", "cap", "unreached", "without", "luck"]
KINDS: tuple[Kind, ...] = get_args(Kind)
NEAR = Fraction(2, 100)
"""Who ended so little below a cliff just missed it."""
LUCK = Fraction(1, 2)
"""One order of at least this share of a month's credits made the month."""


@dataclass
class Gap:
    """One finding: where, how much money, and the person-months that it met.

    `start`, `end`, `reached` (the best): an attainment, or, by `unit`, an amount of the currency or a count · `height`
    of a cliff: the most of its people · `amount`: of `dead` credit in money units, else pay.
    """

    kind: Kind
    plan: str
    component: Text
    start: Fraction | None = None
    end: Fraction | None = None
    amount: int = 0
    height: int = 0
    reached: Fraction = Fraction(0)
    unit: Literal["share", "money", "count"] = "share"
    met: list[tuple[str, str, date]] = field(default_factory=list)

    @property
    def people(self) -> list[str]:
        """Whom it met, by name."""
        return sorted({name for _, name, _ in self.met})

    def meets(self, person: PersonMonth, amount: Fraction | int) -> None:
        """One person-month more."""
        self.met.append((person.person_id, person.name, person.month_on))
        self.amount += rounded(Fraction(amount))


Found = dict[tuple[object, ...], Gap]


def gaps(windows: Iterable[Asked], months: Iterable[PersonMonth], deals: Deals) -> list[Gap]:
    """Everything that the shapes of the windows and the payments of the months show, by plan, component and place."""
    found: Found = {}
    for one in windows:
        for part, shape, full in zip(one.parts, one.shapes, one.counted, strict=True):
            place = _Place.of(one, part, full)
            for start, height in jumps(shape):
                _cliff(found, place, start * place.scale, height)
            for flat in flats(shape):
                if flat.end is not None:
                    _dead(found, place, flat.start * place.scale, flat.end * place.scale)
            for tier in part.component.tiers or ():
                if tier.start > 0:
                    _tier(found, place, Fraction(tier.start))
        _lucky(found, one, deals)
    for person in months:
        _cut(found, person)
    kept = (gap for gap in found.values() if gap.kind != "unreached" or not gap.met)
    return sorted(kept, key=lambda gap: (KINDS.index(gap.kind), gap.plan, str(gap.component), gap.start or 0))


@dataclass(frozen=True)
class _Place:
    """Where a person ended on a component: an attainment, or a counted credit where its tiers are amounts or counts.

    `scale` turns an attainment into such a place, `unit` a place into credit.
    """

    person: PersonMonth
    part: Payout
    kind: Literal["share", "money", "count"]
    scale: Fraction
    unit: Fraction
    at: Fraction

    @classmethod
    def of(cls, one: Asked, part: Payout, full: Fraction) -> "_Place":
        if part.attained is not None and part.component.bounds != "amount":
            return cls(one.person, part, "share", Fraction(1), part.quota or Fraction(0), part.attained)
        money = Fraction(1, 10**part.stretch.decimals)
        kind: Literal["money", "count"] = "count" if part.component.counts else "money"
        return cls(one.person, part, kind, full * money, 1 / money, (part.start + part.credit) * money)

    def gap(self, found: Found, kind: Kind, start: Fraction, end: Fraction | None = None) -> Gap:
        """The finding at a place, the same for everybody."""
        gap = _gap(found, kind, self.part, start)
        gap.end, gap.unit, gap.reached = end, self.kind, max(gap.reached, self.at)
        return gap


def _gap(found: Found, kind: Kind, part: Payout, start: Fraction | None = None) -> Gap:
    return found.setdefault((kind, part.plan, part.number, start), Gap(kind, part.plan, part.component.name, start))


def _cliff(found: Found, place: _Place, start: Fraction, height: Fraction) -> None:
    gap = place.gap(found, "cliff", start)
    gap.height = max(gap.height, rounded(height))
    near = NEAR if place.kind == "share" else NEAR * start
    if start - near <= place.at < start:
        gap.meets(place.person, height)


def _dead(found: Found, place: _Place, start: Fraction, end: Fraction) -> None:
    """Credit inside a flat piece; below 0 nothing is sold."""
    gap = place.gap(found, "dead", start, end)
    if start < place.at < end:
        gap.meets(place.person, (place.at - start) * place.unit)


def _tier(found: Found, place: _Place, start: Fraction) -> None:
    """Whoever reached a tier stands with it, and it is no gap."""
    gap = place.gap(found, "unreached", start)
    if place.at >= start:
        gap.meets(place.person, 0)


def _lucky(found: Found, one: Asked, deals: Deals) -> None:
    """The largest order of each component, where it is at least half of what was credited."""
    for part in one.parts:
        order, credit = max(deals.get((one.person.person_id, one.plan.plan, part.number, one.window), ()),
                            key=lambda deal: (deal[1], deal[0]), default=("", 0))  # fmt: skip
        total = part.before + part.credited
        if order and total > 0 and credit >= LUCK * total:
            paid = one.more(-credit, [part.number], order)
            if paid < 0:
                _gap(found, "luck", part).meets(one.person, -paid)


def _cut(found: Found, person: PersonMonth) -> None:
    """What caps took from a payment, and what draws added that was not earned."""
    if person.payment is None or person.problems or person.plan is None:
        return
    for part in person.payment.payouts:
        before = part.rounded
        for stage in part.stages[1:]:
            after = stage.rounded(part.step)
            if stage.key == "cap" and after < before:
                _gap(found, "cap", part).meets(person, before - after)
            before = after
    of_plan = Gap("cap", person.plan.plan, "")
    taken = -sum(extra.amount for extra in person.payment.extras if extra.kind == "plan_cap")
    if taken > 0:
        found.setdefault(("cap", person.plan.plan, -1), of_plan).meets(person, taken)
    given = person.payment.sum_of("draw")
    if given > 0:
        found.setdefault(("without", person.plan.plan), Gap("without", person.plan.plan, "")).meets(person, given)
