"""What each credit line of a window adds to its pay: f(cumulated) − f(cumulated before), in event order."""

from datetime import date
from decimal import Decimal

from .days import Span
from .earning import Earner, Terms
from .numbers import ZERO, clean, number


def on_scale_parts(earner: Earner, part: Terms, window: Span, until: date) -> list[tuple[Terms, Decimal]]:
    """Every credit line of a window before a day, in event order, with what it adds to the scale.

    On a whole scale a line is paid at the reached rate. A carved-out deal has its flat rate.
    """
    terms, out = part.get("windfall") or {}, dict[str, Decimal]()
    if terms.get("treat") in ("carve_out", "review"):
        out = earner.windfalls(part, window, until)
    if terms.get("treat") == "review":
        out = {order: amount for order, amount in out.items() if order not in earner.person.get("released", [])}
    lines = sorted(earner.credits(part, window, until), key=lambda line: (line["on"], str(line.get("id", ""))))
    total = sum((line["amount"] for line in lines if line.get("order") not in out), ZERO)
    each = earner.on_scale(part, window, until, total) / total if total else ZERO
    found, counted, paid = [], ZERO, ZERO
    for line in lines:
        counted += ZERO if line.get("order") in out else line["amount"]
        if line.get("order") in out:
            amount = line["amount"] * number(terms.get("rate") or 0)
        elif part.get("scale") == "whole":
            amount = line["amount"] * each
        else:
            now = earner.on_scale(part, window, until, counted)
            amount, paid = now - paid, now
        found.append((line, amount))
    return found


def paid_parts(earner: Earner, part: Terms, window: Span, until: date) -> list[tuple[Terms, Decimal]]:
    """The same lines with their part of what the window has come to after every stage.

    By their credit where the scale gives nothing.
    """
    rows = on_scale_parts(earner, part, window, until)
    total = earner.stages(part, window, until)["cap"]
    weights = [clean(amount) for _, amount in rows]
    weights = weights if sum(weights, ZERO) else [line["amount"] for line, _ in rows]
    whole = sum(weights, ZERO)
    return [(line, total * weight / whole if whole else ZERO) for (line, _), weight in zip(rows, weights, strict=True)]
