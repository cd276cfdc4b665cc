"""Whether the pipeline reaches for the quotas: worked example, quarters, people without either side."""

import pytest

from revops.kpis.pipeline import cover

from .deals import STAGES, deal
from .small import D, company, line, order, world

APRIL = (D(2026, 4, 1), D(2026, 5, 1))


def quota(person, month, amount, measure="revenue"):
    end = D(2026, month + 1, 1)
    return {
        "person_id": person,
        "measure": measure,
        "start_on": D(2026, month, 1),
        "end_on": end,
        "quota_amount": amount,
    }


def rows(**found):
    settings = company(funnel={"stages": STAGES})
    made = cover.cover_table(world(D(2026, 4, 30), settings, **found), APRIL)
    return {row["person_id"]: row for row in made.to_dicts()}


QUOTAS = [quota("a", 4, 200), quota("a", 5, 200), quota("a", 6, 100), quota("a", 7, 999), quota("b", 4, 50),
          quota("a", 4, 7, "deals"), quota("boss", 4, 999)]  # fmt: skip
OPEN = [
    deal("x", amount=500, close=D(2026, 6, 30), person_id="a", snapshot=D(2026, 4, 30)),
    deal("y", amount=400, close=D(2026, 5, 1), person_id="a", snapshot=D(2026, 4, 30)),
    deal("z", amount=900, close=D(2026, 7, 1), person_id="a", snapshot=D(2026, 4, 30)),
    deal("v", amount=80, close=D(2026, 6, 1), person_id="b", snapshot=D(2026, 4, 30)),
    deal("u", amount=80, close=D(2026, 6, 1), person_id="none", snapshot=D(2026, 4, 30)),
]  # fmt: skip
SOLD = {
    "orders": [order("o", D(2026, 4, 9), person_id="a"), order("p", D(2026, 3, 31), person_id="a"),
               order("q", D(2026, 4, 9), person_id="b")],
    "order_lines": [line("o", 200), line("p", 70), line("q", 60)],
}  # fmt: skip


def test_900_due_against_500_less_200_covers_3_times():
    found = rows(quotas=QUOTAS, opportunities=OPEN, **SOLD)
    keys = ("quota_amount", "revenue_amount", "left_amount", "due_deals", "due_amount", "coverage", "reason")
    assert {name: tuple(row[key] for key in keys) for name, row in found.items()} == {
        "a": (500, 200, 300, 2, 900, 3.0, None),
        "b": (50, 60, -10, 1, 80, None, "target_met"),
        None: (550, 260, 290, 3, 980, 980 / 290, None),
    }


def test_without_quotas_or_without_open_deals_nothing_is_said():
    assert rows(opportunities=OPEN, **SOLD) == rows(quotas=QUOTAS, **SOLD) == {}


@pytest.mark.parametrize(
    ("end", "starts", "quarter"),
    [
        (D(2026, 5, 1), 1, (D(2026, 4, 1), D(2026, 7, 1))),
        (D(2026, 6, 30), 1, (D(2026, 4, 1), D(2026, 7, 1))),
        (D(2026, 7, 1), 1, (D(2026, 7, 1), D(2026, 10, 1))),
        (D(2027, 1, 1), 1, (D(2027, 1, 1), D(2027, 4, 1))),
        (D(2026, 5, 1), 2, (D(2026, 5, 1), D(2026, 8, 1))),
        (D(2026, 4, 30), 2, (D(2026, 2, 1), D(2026, 5, 1))),
    ],
)
def test_the_quarter_that_runs_at_the_end_of_the_period(end, starts, quarter):
    facts = world(D(2026, 4, 30), company(fiscal_year_starts=starts))
    assert cover.quarter_of(facts, (D(2026, 4, 1), end)) == quarter
