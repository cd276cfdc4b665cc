"""Who is credited for which order: direct, splits, channel, roll-up and overlay, one movement after another."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from .days import FAR, day
from .numbers import ZERO, in_fifty_digits, number, share_out

Row = dict[str, Any]


def on_day(people: Sequence[Row], on: date) -> dict[str, Row]:
    """The row of each person that holds on a day."""
    found = {}
    for row in people:
        if day(row.get("start_on", date.min)) <= on < (day(row["end_on"]) if row.get("end_on") else FAR):
            found[row["id"]] = row
    return found


def below(held: dict[str, Row], manager: str) -> set[str]:
    """Everybody under a manager, at any height."""
    found, new = set[str](), {manager}
    while new:
        new = {who for who, row in held.items() if row.get("manager") in new} - found - {manager}
        found |= new
    return found


@in_fifty_digits
def credited(
    movements: Sequence[Row], people: Sequence[Row], splits: dict[str, Row], pays: dict[str, Any], places: int = 2
) -> list[Row]:
    """One row per movement, person and rule. `pays`: roles by rule; of an overlay (role, what counts).

    An order whose shares are not 100 % credits nobody directly.
    """
    found: list[Row] = []
    for movement in sorted(movements, key=lambda row: (day(row["on"]), row["id"])):
        held = on_day(people, day(movement["on"]))
        amount = number(movement["amount"])
        own = dict(_own(movement, movements, splits, places))
        rule = "split" if movement["order"] in splits else "direct"
        found += [_row(movement, who, rule, part) for who, part in own.items()]
        first = dict(own)
        for who, row in held.items():
            if row["role"] in pays.get("channel", []) and row.get("channel") is not None and _is_at(row, movement):
                found.append(_row(movement, who, "channel", amount))
                first[who] = first.get(who, ZERO) + amount
        for who, row in held.items():
            for role, where in pays.get("overlay", []):
                if (
                    row["role"] == role
                    and _is_at(row, movement)
                    and all(movement.get(k) in v for k, v in where.items())
                ):
                    found.append(_row(movement, who, "overlay", amount))
            team = below(held, who) & set(first)
            if row["role"] in pays.get("rollup", []) and team:
                total = sum((first[member] for member in team), ZERO)
                found.append(_row(movement, who, "rollup", min(total, amount) if amount >= 0 else max(total, amount)))
    return found


def _row(movement: Row, who: str, rule: str, amount: Decimal) -> Row:
    return {"id": movement["id"], "person": who, "rule": rule, "amount": amount}


def _is_at(row: Row, movement: Row) -> bool:
    places = [key for key in ("channel", "region") if row.get(key) is not None]
    return all(row[key] == movement.get(key) for key in places)


def _own(movement: Row, movements: Sequence[Row], splits: dict[str, Row], places: int) -> list[tuple[str, Decimal]]:
    """The order's person with all of it, or the people of its split: their shares of what the line has come to."""
    if movement["order"] not in splits:
        return [(movement["person"], number(movement["amount"]))] if movement.get("person") else []
    shares = {who: number(share) for who, share in sorted(splits[movement["order"]].items())}
    if sum(shares.values(), ZERO) != 1:
        return []
    amount = number(movement["amount"])
    earlier = ZERO
    for other in movements:
        is_before = (day(other["on"]), other["id"]) < (day(movement["on"]), movement["id"])
        same_line = other.get("line", other["order"]) == movement.get("line", movement["order"])
        if is_before and same_line:
            earlier += number(other["amount"])
    before = share_out(earlier, list(shares.values()), places)
    after = share_out(earlier + amount, list(shares.values()), places)
    return [(who, new - old) for who, old, new in zip(shares, before, after, strict=True)]
