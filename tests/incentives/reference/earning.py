"""What one person earns in one pay period under one plan: windows, proration, scales, windfalls, hurdles, caps, extras.

Each stage is worked out on everything that a window holds up to a day; a pay period earns what was added since its
first day.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from .days import FAR, Span, calendar_window, day, in_months, meet, month_of, months, spans
from .numbers import ONE, ZERO, clean, number, rounded
from .scales import matrix_amount, scale_amount

Terms = dict[str, Any]
STAGES = ("scale", "windfall", "hurdle", "multiplier", "cap")


class Fault(Exception):
    """What stops the payment."""


class Earner:
    """One person under one plan: all that the stages ask for."""

    def __init__(self, plan: Terms, person: Terms, fiscal_start: int = 1, places: int = 2) -> None:
        self.plan, self.person, self.fiscal_start, self.places = plan, person, fiscal_start, places
        self.parts = {part.get("key") or str(i): part for i, part in enumerate(plan["components"])}
        hired = day(person.get("hired_on", "1900-01-01"))
        left = day(person["left_on"]) if person.get("left_on") else FAR
        own = next(spans([{"start_on": plan["effective_from"], "end_on": plan.get("effective_to")}]))
        given = list(spans(person.get("tenure"))) or [(hired, FAR)]
        cut = [(max(s, own[0], hired), min(e, own[1], left)) for s, e in given]
        self.tenure = [(start, end) for start, end in cut if start < end]
        self.hired = hired

    def windows(self, part: Terms, period: Span) -> list[Span]:
        """The windows of a component that a pay period touches."""
        kind = part.get("window", "period")
        if kind == "quota":
            rows = self.quotas(part)
            return sorted(span for span in spans(rows) if meet(span, period))
        span = calendar_window(self.plan["period"] if kind == "period" else kind, period[0], self.fiscal_start)
        return [span]

    def quotas(self, part: Terms) -> list[Terms]:
        measure = part.get("quota") or self.plan.get("quota")
        return [row for row in self.person.get("quotas", []) if row.get("measure", "revenue") == measure]

    def active(self, window: Span) -> int:
        """Days on the plan, without days of absence."""
        held = 0
        for start, end in self.tenure:
            held += meet((start, end), window)
            for away in spans(self.person.get("absences")):
                held -= meet((max(start, away[0]), min(end, away[1])), window) if meet((start, end), away) else 0
        return held

    def shrunk(self, amount: Decimal, window: Span, is_on: bool) -> Decimal:
        """A quota or target after proration by days and the ramp of the months after hiring."""
        proration = self.plan.get("proration") or {}
        ramp = proration.get("ramp") or []
        if is_on and ramp:
            amount = amount * self._ramp(ramp, window)
        elif is_on:
            amount = amount * self.active(window) / meet(window, window)
        return clean(amount)

    def _ramp(self, ramp: list[Any], window: Span) -> Decimal:
        """Months weigh the same: the ramp's share of each × its active days ÷ its days."""
        share = ZERO
        for month in months(*window):
            span = month, month_of(month, 1)
            since = (month.year - self.hired.year) * 12 + month.month - self.hired.month
            reached = number(ramp[since]) if 0 <= since < len(ramp) else ONE
            inside = max(span[0], window[0]), min(span[1], window[1])
            share += reached * self.active(inside) / meet(span, span)
        return share / in_months(window)

    def _held_quotas(self, part: Terms, window: Span) -> list[Terms]:
        """The quotas of record of days in the window on which the plan is held."""
        held = []
        for row in self.quotas(part):
            start, end = next(spans([row]))
            if self.is_here_in((max(start, window[0]), min(end, window[1]))):
                held.append(row)
        return held

    def quota(self, part: Terms, window: Span) -> Decimal | None:
        """The quotas of record inside the window, each prorated by its own days; None where nothing asks for one."""
        if not self.needs_quota(part):
            return None
        is_on = bool((self.plan.get("proration") or {}).get("quota"))
        rows = self._held_quotas(part, window)
        if not rows:
            return None
        whole = [row for row in rows if window[0] <= next(spans([row]))[0] and next(spans([row]))[1] <= window[1]]
        if len(whole) < len(rows):
            raise Fault("a quota that straddles the window")
        return sum((self.shrunk(number(row["amount"]), next(spans([row])), is_on) for row in rows), ZERO)

    def target(self, part: Terms, window: Span) -> Decimal:
        """The prorated target of the window: its own, or its weight of the plan's."""
        length = 3 if self.plan["period"] == "quarter" else 1
        count = in_months(window) / length
        if part.get("weight") is not None:
            whole = self.plan["target"]
            amount = number(whole["amount"]) * number(part["weight"])
            amount = amount * length / 12 if whole["per"] == "year" else amount
        else:
            amount = number(part.get("target") or 0)
        return self.shrunk(amount * count, window, self.shrinks_target)

    @property
    def shrinks_target(self) -> bool:
        return bool((self.plan.get("proration") or {}).get("target", True))

    def credits(self, part: Terms, window: Span, now: date) -> list[Terms]:
        """The person's counted credits of the window before a day, while on the plan."""
        key = next(k for k, p in self.parts.items() if p is part)
        factor = number(part.get("factor", 1))
        found = []
        for row in self.person.get("credits", []):
            on = day(row["on"])
            if row.get("kind") == "return" and self.plan.get("clawback"):
                continue
            if row.get("of", key) == key and window[0] <= on < min(window[1], now) and self.is_here(on):
                found.append({**row, "on": on, "amount": number(row["amount"]) * factor})
        return found

    def is_here(self, on: date) -> bool:
        return any(start <= on < end for start, end in self.tenure)

    def is_here_in(self, period: Span) -> bool:
        return any(meet(span, period) for span in self.tenure)

    def windfalls(self, part: Terms, window: Span, now: date) -> dict[str, Decimal]:
        """The deals above the size, by order."""
        terms, deals = part.get("windfall"), dict[str, Decimal]()
        if not terms:
            return deals
        for row in self.credits(part, window, now):
            if row.get("order") is not None:
                deals[row["order"]] = deals.get(row["order"], ZERO) + row["amount"]
        return {order: amount for order, amount in deals.items() if amount > number(terms["over"])}

    def measure(self, part: Terms, window: Span, now: date) -> Decimal:
        """Everything counted, without what is carved out or waits for a review."""
        total = sum((row["amount"] for row in self.credits(part, window, now)), ZERO)
        treat = (part.get("windfall") or {}).get("treat")
        out = self.windfalls(part, window, now)
        if treat == "review":
            out = {order: amount for order, amount in out.items() if order not in self.person.get("released", [])}
        return total - sum(out.values(), ZERO) if treat in ("carve_out", "review") else total

    def attainment(self, part: Terms, window: Span, now: date) -> Decimal | None:
        quota = self.quota(part, window)
        return clean(self.measure(part, window, now) / quota) if quota else None

    def other(self, key: str, window: Span, now: date) -> Decimal:
        """The attainment of another component in the same window."""
        return max(ZERO, self.attainment(self.parts[key], window, now) or ZERO)

    def stages(self, part: Terms, window: Span, now: date) -> dict[str, Decimal]:
        """The amount after each stage, on all that the window holds before a day."""
        quota, target = self.quota(part, window), self.target(part, window)
        if self.needs_quota(part):
            self._refuse(part, window, quota)
        credit, flat = self.measure(part, window, now), ZERO
        terms = part.get("windfall") or {}
        deals = self.windfalls(part, window, now)
        if terms.get("treat") == "carve_out":
            flat = sum(deals.values(), ZERO) * number(terms["rate"])
        found = {"scale": self.on_scale(part, window, now, credit)}
        if terms.get("treat") == "part":
            most = number(terms["quota_share"]) * (quota or ZERO)
            beyond = sum((max(ZERO, deal - most) for deal in deals.values()), ZERO)
            credit, flat = credit - beyond, beyond * number(terms["rate"])
        found["windfall"] = self.on_scale(part, window, now, credit) + flat
        found["hurdle"] = self._after_hurdle(part, found["windfall"], target, window, now)
        found["multiplier"] = found["hurdle"] * self._times(part, window, now)
        found["cap"] = self._capped(part, found["multiplier"], target, window)
        return found

    def on_scale(self, part: Terms, window: Span, now: date, credit: Decimal) -> Decimal:
        """What a credit of the window earns on the scale as it is on a day."""
        quota, target = self.quota(part, window), self.target(part, window)
        if not quota and (part.get("curve") or part.get("matrix") or part.get("bounds") == "quota"):
            return ZERO
        if part.get("matrix"):
            other = self.other(part["matrix"]["of"], window, now)
            return matrix_amount(part["matrix"], clean(credit / quota), other, target)
        rate = self.person.get("rate")
        if part.get("rate") == "person" and rate is None:
            raise Fault("no stored rate")
        return scale_amount(part, credit, quota, target, None if rate is None else number(rate))

    def needs_quota(self, part: Terms) -> bool:
        windfall = (part.get("windfall") or {}).get("treat") == "part"
        looked_at = {
            (other.get(term) or {}).get("of")
            for other in self.parts.values()
            for term in ("hurdle", "multiplier", "matrix")
        }
        own = part.get("curve") or part.get("matrix") or part.get("bounds") == "quota" or windfall
        return bool(own) or part.get("key") in looked_at

    def _refuse(self, part: Terms, window: Span, quota: Decimal | None) -> None:
        """No quota, one that is not above 0, or credits while every day of the window is leave."""
        if quota is None or any(number(row["amount"]) <= 0 for row in self._held_quotas(part, window)):
            raise Fault("no quota above 0")
        ramps = (self.plan.get("proration") or {}).get("ramp")
        if not quota and not (ramps and self.active(window)) and self.credits(part, window, window[1]):
            raise Fault("credits, and no active day in the window of the quota")

    def _after_hurdle(self, part: Terms, amount: Decimal, target: Decimal, window: Span, now: date) -> Decimal:
        hurdle = part.get("hurdle")
        if hurdle and self.other(hurdle["of"], window, now) < number(hurdle["below"]):
            return min(amount, number(hurdle["limit"]) * target)
        return amount

    def _times(self, part: Terms, window: Span, now: date) -> Decimal:
        terms = part.get("multiplier")
        if not terms:
            return ONE
        at = self.other(terms["of"], window, now)
        return number([tier for tier in terms["tiers"] if number(tier["from"]) <= at][-1]["times"])

    def _capped(self, part: Terms, amount: Decimal, target: Decimal, window: Span) -> Decimal:
        cap = part.get("cap")
        if not cap:
            return amount
        if cap.get("amount") is not None:
            length = 3 if self.plan["period"] == "quarter" else 1
            return min(amount, number(cap["amount"]) * in_months(window) / length)
        return min(amount, number(cap["times_target"]) * target)

    def earned(self, period: Span, until: date | None = None) -> list[Terms]:
        """One row per component and window: what the pay period adds to each stage, and the rounded pay."""
        rows = []
        for key, part in self.parts.items():
            for window in self.windows(part, period):
                start, end = max(period[0], window[0]), min(period[1], window[1], until or FAR)
                if not self.is_here_in((start, min(period[1], window[1]))):
                    continue
                after, before = self.stages(part, window, end), dict.fromkeys(STAGES, ZERO)
                if self.is_here_in((window[0], start)):
                    before = self.stages(part, window, start)
                rows.append(
                    {
                        "key": key, "window": window, "quota": self.quota(part, window),
                        "target": self.target(part, window), "attainment": self.attainment(part, window, end),
                        "stages": {stage: clean(after[stage] - before[stage]) for stage in STAGES},
                        "pay": self._rounded(after["cap"]) - self._rounded(before["cap"]),
                    }
                )  # fmt: skip
        return rows

    def _rounded(self, amount: Decimal) -> Decimal:
        return rounded(amount, self.places)
