"""Any plan that the terms allow, any person and any events: for properties."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st

from .reference.days import month_of
from .told import Row, Situation, situation

FIRST = date(2026, 1, 1)
MONTHS = 6
CENTS = st.integers(0, 300_000).map(lambda cents: str(Decimal(cents) / 100))
SHARES = st.integers(1, 250).map(lambda share: f"{share}%")
DAYS = st.integers(0, 180).map(lambda days: FIRST + timedelta(days=days))
MAYBE = st.booleans()


@st.composite
def situations_of_any_plan(draw: st.DrawFn, *, calm: bool = False) -> Situation:
    """A plan, a person and half a year. `calm`: nothing is lost, cut or advanced between earned and paid."""
    terms = draw(plans(calm=calm))
    hired = draw(st.sampled_from([None, date(2025, 11, 20), date(2026, 1, 17), date(2026, 2, 1)]))
    left = draw(st.sampled_from([None, None, date(2026, 5, 15)]))
    told: Row = {
        "plan": "any", "name": "any", "months": MONTHS, "month": FIRST, "events": draw(events(terms)),
        "quotas": draw(quotas()), "rate": f"{draw(st.integers(0, 300))}%",
        "released": draw(st.sets(st.sampled_from("ABC")).map(sorted)),
        "collected": sorted(
            draw(st.lists(st.fixed_dictionaries({"day": DAYS, "order": st.sampled_from("ABCDE"), "share": SHARES}))),
            key=lambda row: (row["day"], int(row["share"][:-1])),
        ),
        "units": draw(st.lists(st.tuples(DAYS, st.sampled_from("ABCDE"), st.integers(1, 15)), max_size=6)),
        "others": draw(st.lists(st.tuples(DAYS, st.sampled_from("VWXYZ"), st.integers(1, 15)), max_size=4)),
    }  # fmt: skip
    told["collected"] = list({(row["order"], row["day"]): row for row in told["collected"]}.values())
    told |= {"hired_on": hired} if hired else {}
    told |= {"left_on": left} if left else {}
    if draw(MAYBE):
        told["absences"] = [{"start_on": date(2026, 2, 20), "end_on": date(2026, 3, 10), "kind": "leave"}]
    made = situation("any", terms, told)
    if "objectives" in terms:
        score = {"one": draw(SHARES), "two": draw(SHARES)}
        made.person["scores"] = {month_of(FIRST, n): score for n in range(MONTHS)}
    return made


@st.composite
def plans(draw: st.DrawFn, *, calm: bool = False) -> Row:
    """A plan of one to three components; the second may be what the first looks at."""
    window = draw(st.sampled_from(["period", "quarter", "year", "quota"]))
    measure = draw(st.sampled_from(["monthly", "irregular"])) if window == "quota" else "monthly"
    first = draw(components(window, measure, looks_at="base"))
    rate = f"{draw(st.integers(0, 9))}%"
    base = {"key": "base", "window": window, "quota": measure, "scale": "marginal", "rate": rate}
    plan: Row = {"components": [first, base], "quota": "monthly"}
    if draw(MAYBE):
        plan["components"].append(draw(components(draw(st.sampled_from(["period", "quarter"])), "monthly")))
    plan["proration"] = {"quota": draw(MAYBE), "target": draw(MAYBE)}
    if draw(st.integers(0, 4)) == 0:
        plan["proration"]["ramp"] = draw(st.lists(SHARES, min_size=1, max_size=4))
    if window != "quarter" and draw(st.integers(0, 5)) == 0:
        plan["period"] = "quarter"
    if draw(st.integers(0, 3)) == 0:
        goals = [{"key": "one", "name": "one", "weight": "70%"}, {"key": "two", "name": "two", "weight": "30%"}]
        plan["objectives"] = {"target": draw(CENTS), "objectives": goals}
    if draw(st.integers(0, 3)) == 0:
        plan["spiffs"] = [draw(spiffs())]
    if draw(st.integers(0, 3)) == 0:
        plan["cap"] = {"amount": draw(CENTS)}
        plan["is_spiff_capped"] = draw(MAYBE)
    return plan if calm else plan | draw(payment_terms())


@st.composite
def payment_terms(draw: st.DrawFn) -> Row:
    """What may stand between earned and paid."""
    terms: Row = {}
    if draw(MAYBE):
        kinds = ["recoverable", "non_recoverable", "recoverable_guarantee", "non_recoverable_guarantee"]
        terms["draw"] = {
            "kind": draw(st.sampled_from(kinds)), "amount": draw(CENTS), "recover_from": draw(st.integers(1, 4)),
            "periods": draw(st.sampled_from([None, 2])),
        }  # fmt: skip
    if draw(MAYBE):
        terms["clawback"] = {
            "by": draw(st.sampled_from(["original", "recomputed"])), "months": draw(st.sampled_from([None, 3]))
        }  # fmt: skip
    if draw(MAYBE):
        terms["hold"] = "collected"
    if draw(MAYBE):
        terms["payment_cap"] = {"amount": draw(CENTS), "carry": draw(MAYBE)}
    return terms


@st.composite
def components(draw: st.DrawFn, window: str, measure: str, looks_at: str | None = None) -> Row:
    """A component by rate, tiers, curve or matrix, with any of what may follow."""
    part: Row = {"window": window, "quota": measure, "factor": draw(st.sampled_from(["100%", "50%", "33.3333333%"]))}
    shape = draw(st.sampled_from(["rate", "person", "tiers", "tiers", "curve", "matrix" if looks_at else "curve"]))
    target = draw(CENTS)
    if shape in ("rate", "person"):
        rate = "person" if shape == "person" else f"{draw(st.integers(0, 30))}%"
        part |= {"scale": draw(st.sampled_from(["marginal", "whole"])), "rate": rate}
    elif shape == "tiers":
        part |= draw(tiers(target))
    elif shape == "curve":
        part |= {"curve": draw(points()), "target": target}
    else:
        part |= {"matrix": draw(matrices(str(looks_at))), "target": target}
    if shape in ("rate", "person", "tiers") and draw(st.integers(0, 3)) == 0:
        part.setdefault("bounds", draw(st.sampled_from(["quota", "amount"])))
        part["threshold"] = "60%" if part["bounds"] == "quota" else draw(st.integers(1, 1500))
    if shape != "person" and draw(st.integers(0, 2)) == 0:
        part["windfall"] = draw(windfalls())
    if looks_at and draw(st.integers(0, 2)) == 0:
        part |= {"hurdle": {"of": looks_at, "below": draw(SHARES), "limit": draw(SHARES)}, "target": target}
    if looks_at and draw(st.integers(0, 2)) == 0:
        part["multiplier"] = {"of": looks_at, "tiers": _steps(draw(bounds()), draw, "times")}
    if draw(st.integers(0, 2)) == 0:
        part["cap"] = {"amount": draw(CENTS)}
    elif "target" in part and draw(MAYBE):
        part["cap"] = {"times_target": draw(st.integers(0, 3))}
    return part


@st.composite
def tiers(draw: st.DrawFn, target: str) -> Row:
    """Tiers in shares of the quota or in amounts, each paying in a way of its own."""
    by_quota = draw(MAYBE)
    ways = ["rate", "times", "pay"] if by_quota else ["rate", "pay"]
    limits = draw(bounds())
    rows = _steps([f"{limit}%" for limit in limits] if by_quota else [10 * limit for limit in limits], draw, None)
    for row in rows:
        way = draw(st.sampled_from(ways))
        way = "rate" if way == "pay" and row["to"] is None else way
        row[way] = draw(CENTS) if way == "pay" else f"{draw(st.integers(0, 200))}%"
    told = {"scale": draw(st.sampled_from(["marginal", "whole"])), "bounds": "quota" if by_quota else "amount"}
    return {**told, "tiers": rows, "target": target}


def bounds() -> st.SearchStrategy[list[int]]:
    """Where steps begin after 0."""
    return st.lists(st.integers(1, 250), min_size=0, max_size=3, unique=True).map(sorted)


def _steps(limits: list[Any], draw: st.DrawFn, way: str | None) -> list[Row]:
    edges = [0, *(f"{limit}%" if way else limit for limit in limits), None]
    rows = [{"from": start, "to": end} for start, end in zip(edges, edges[1:], strict=False)]
    return [{**row, way: draw(SHARES)} for row in rows] if way else rows


@st.composite
def points(draw: st.DrawFn) -> list[list[str]]:
    at = sorted(draw(st.sets(st.integers(0, 200), min_size=2, max_size=4)))
    pays = sorted(draw(st.lists(st.integers(0, 300), min_size=len(at), max_size=len(at))))
    return [[f"{x}%", f"{y}%"] for x, y in zip(at, pays, strict=True)]


@st.composite
def matrices(draw: st.DrawFn, of: str) -> Row:
    rows, columns = ([0, *draw(bounds())] for _ in range(2))
    pays = [[f"{draw(st.integers(0, 200))}%" for _ in columns] for _ in rows]
    return {"of": of, "rows": [f"{x}%" for x in rows], "columns": [f"{x}%" for x in columns], "pays": pays}


@st.composite
def windfalls(draw: st.DrawFn) -> Row:
    treat = draw(st.sampled_from(["none", "review", "carve_out", "part"]))
    terms: Row = {"over": draw(CENTS), "treat": treat}
    terms |= {"rate": f"{draw(st.integers(0, 20))}%"} if treat in ("carve_out", "part") else {}
    return terms | ({"quota_share": draw(SHARES)} if treat == "part" else {})


@st.composite
def spiffs(draw: st.DrawFn) -> Row:
    return {
        "key": "fans", "name": "Fans", "start_on": date(2026, 1, 5), "end_on": date(2026, 4, 20), "pay": draw(CENTS),
        "at_least": draw(st.integers(1, 15)), "every": draw(st.sampled_from(["time", "period"])),
        "budget": draw(st.sampled_from([None, 500, 1000])),
    }  # fmt: skip


@st.composite
def events(draw: st.DrawFn, plan: Row) -> list[Row]:
    """Sales of five orders (some of none), and of three others of which something comes back."""
    sold = draw(st.lists(st.tuples(DAYS, CENTS, st.sampled_from([*"ABCDE", None])), min_size=1, max_size=8))
    rows: list[Row] = [{"day": on, "amount": amount, "order": order} for on, amount, order in sold]
    for n, row in enumerate(rows[:3]):
        if draw(st.integers(0, 2)) == 0:
            row["order"] = f"R{n}"
            back = -Decimal(row["amount"]) * draw(st.integers(1, 100)) / 100
            amount = str(back.quantize(Decimal("0.01")))
            on = row["day"] + timedelta(days=draw(st.integers(0, 90)))
            rows.append({"day": on, "amount": amount, "order": row["order"], "kind": "return"})
    return rows


@st.composite
def quotas(draw: st.DrawFn) -> list[Row]:
    """A quota of each month, and others whose periods end on any day; together they hold all of a year."""
    whole = [FIRST, *(month_of(FIRST, n) for n in range(1, 12)), date(2027, 1, 1)]
    cut = [FIRST, *sorted(draw(st.sets(DAYS.filter(lambda on: on > FIRST), max_size=5))), date(2027, 1, 1)]
    return [
        {"measure": measure, "start_on": start, "end_on": end, "amount": str(draw(st.integers(1, 2000)))}
        for measure, days in (("monthly", whole), ("irregular", cut))
        for start, end in zip(days, days[1:], strict=False)
    ]
