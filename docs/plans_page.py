"""docs/plans.md: the reference of plan files and of their worked cases, made from the models."""

from company_page import meaning_of, rows_of

from revops.incentives import cases, terms
from revops.incentives.plans import Component, Plan

HEAD = """\
# Plan files

Made from the models in `lib/revops/incentives` by `make refresh`; a test keeps the two in step.

A plan is one YAML file that `company.yaml` names under `plans`; beside it stand its worked cases, `<plan>.cases.yaml`.
`revops check data/acme` reads all of them and runs the cases; a plan with a fault, without a case or with a case that
does not come out pays nobody until it is mended. The demo's plans show most terms: `data/demo/plans`.

Amounts are in the plan's currency, rates and shares are written `1.2%` or `0.012`, bounds are lower bounds: a value on
one belongs to the higher tier. Texts are one text, or one by language: `{en: Dealers, vi: Đại lý}`. `source` and
`checked_on` say where the numbers come from and when somebody last compared them; a part of the plan may name its own.

## In which order it is applied

1. credits by the people, roles and hierarchy of the event's day, in the plan's currency at that day's rate
2. quota and target shrink to the active days, where `proration` says so
3. attainment: all credits that count ÷ the quota of the same days; carved-out windfalls and those under review do not
4. `rate`, `tiers`, `curve` or `matrix`, with the `threshold`
5. other windfalls, then `hurdle`, `multiplier` and the component's `cap`
6. `spiffs` and `objectives`, then the plan's `cap`, which leaves spiffs alone unless `is_spiff_capped`
7. rounding, once for each component, half away from zero
8. `draw`, `clawback`, `hold`, what was carried, `payment_cap`, corrections of closed months, the pay currency

Over a window longer than the pay period, a pay period is paid what it adds: the total after each step at its end less
the total before it. Caps of a pay period count once for each pay period of the window.
"""
PARTS = [
    ("Plan", Plan), ("components", Component), ("components.tiers", terms.Tier), ("components.matrix", terms.Matrix),
    ("components.windfall", terms.Windfall), ("components.hurdle", terms.Hurdle),
    ("components.multiplier", terms.Multiplier), ("components.multiplier.tiers", terms.Times), ("cap", terms.Cap),
    ("target", terms.Target), ("proration", terms.Proration), ("objectives", terms.Objectives),
    ("objectives.objectives", terms.Objective), ("spiffs", terms.Spiff), ("draw", terms.Draw),
    ("clawback", terms.Clawback), ("payment_cap", terms.PaymentCap), ("Worked cases", cases.Case),
    ("Worked cases, days", cases.Days),
]  # fmt: skip


def plans_page() -> str:
    """The page as Markdown: one section a part of a plan, one row a key."""
    parts = [HEAD]
    for name, model in PARTS:
        rows = "".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |\n" for row in rows_of(model))
        parts.append(
            f"\n## {name}\n\n{meaning_of(model)}\n\n| key | type | default | meaning |\n|---|---|---|---|\n{rows}"
        )
    return "".join(parts)
