"""Why each number: the steps sum to it for any ground, each step is what its rule moves, and the sentence says it."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.quota.grounds import FOUND, KNOBS, TOTALS, base, ground

from revops.quota.compare import PARTS, bridge
from revops.quota.compare.why import parts_of
from revops.quota.quotas import propose
from revops.report.quota.why import own_words, sentence
from revops.words import Words

A = {"key": "a", "how_much": {"method": "last_year"}}
SPLIT = A | {"to_whom": {"history": "60%", "potential": "40%"}}


def _parts(row):
    return {part: row[f"{part}_amount"] for part in PARTS}


def _row(person, found=FOUND, knobs=KNOBS, scenario=A, **given):
    settings = {"scenarios": [scenario], "chosen": "a"} | given.pop("settings", {})
    proposal = propose(ground(found, given.pop("totals", TOTALS), settings, **given), knobs)
    rows = bridge(proposal, "a")
    assert dict(rows.select("person_id", "quota_amount").iter_rows()) == proposal.scenario("a").by_person()
    return next(row for row in rows.iter_rows(named=True) if row["person_id"] == person)


def test_parts_are_what_each_level_adds():
    assert parts_of([100, 112, 112, 90]) == [100, 12, 0, -22]


def test_growth_is_the_companys_and_the_share_is_what_the_weights_add():
    row = _row("a")  # the company 1,200 → 1,296; a has 700, and of 1,100 of the people 7/11 …
    assert _parts(row) | {"share": 0} == {
        "base": 700, "growth": 56, "share": 0, "presence": 0, "over": 0, "limits": 0, "step": 0,
    }  # fmt: skip
    assert row["quota_amount"] == 756 + row["share_amount"]


def test_potential_moves_between_people_and_the_shares_are_told():
    row = _row("a", totals={"2026": {"Fans": 600, "Water": 400}}, scenario=SPLIT, potential={"a": 100, "b": 300})
    assert row["share_amount"] < 0
    assert (row["potential_part"], row["base_part"], row["by"]) == (0.25, 0.7, "history,potential")


def test_who_begins_in_july_carries_half_and_the_others_the_rest():
    found = [base("a", y2026={"Fans": 600, "Water": 300}), base("b", first=date(2027, 7, 1), y2026={"Water": 100})]
    late, other = _row("b", found), _row("a", found)
    assert late["presence_amount"] < 0 < other["presence_amount"] == -late["presence_amount"]
    assert late["present"] == 0.5


def test_over_assignment_a_pin_and_the_step_are_steps_of_their_own():
    over = (0, 100_000_000)
    assert _row("a", knobs=replace(KNOBS, over=over))["over_amount"] > 0
    pinned = _row("a", knobs=replace(KNOBS, pins={"a": 900}))
    assert (pinned["bind"], pinned["quota_amount"], pinned["limits_amount"] > 0) == ("pin", 900, True)
    assert _row("b", knobs=replace(KNOBS, pins={"a": 900}))["limits_amount"] == -pinned["limits_amount"]
    stepped = _row("a", knobs=replace(KNOBS, step=100))
    assert stepped["quota_amount"] % 100 == 0
    assert stepped["step_amount"] != 0


amounts = st.dictionaries(st.sampled_from(["Fans", "Water"]), st.integers(1, 10**9), min_size=1)


@settings(max_examples=25, deadline=None)
@given(
    people=st.lists(st.tuples(amounts, st.sampled_from(["S/North", "S/South", "S"])), min_size=1, max_size=5),
    over=st.lists(st.sampled_from([0, 50_000_000]), max_size=2),
    step=st.sampled_from([1, 1000]),
    potential=st.lists(st.integers(0, 10**6), min_size=5, max_size=5),
)
def test_the_parts_sum_to_what_every_person_carries(people, over, step, potential):
    found = [base(f"p{nr}", team, y2026=parts) for nr, (parts, team) in enumerate(people)]
    sums = {"Fans": 5000, "Water": 7000}
    knobs = replace(KNOBS, over=tuple(over), step=step)
    owned = {f"p{nr}": amount for nr, amount in enumerate(potential)}
    proposal = propose(ground(found, {"2026": sums}, {"scenarios": [SPLIT], "chosen": "a"}, potential=owned), knobs)
    rows = bridge(proposal, "a")
    total = pl.sum_horizontal(f"{part}_amount" for part in PARTS)
    assert rows.select((total == pl.col("quota_amount")).all()).item()
    assert dict(rows.select("person_id", "quota_amount").iter_rows()) == proposal.scenario("a").by_person()


ROW = {f"{part}_amount": 0 for part in PARTS} | {
    "base_amount": 1000, "growth_amount": 120, "quota_amount": 1120, "present": 1.0, "bind": None, "by": "history",
    "rules": "", "base_part": None, "potential_part": None,
}  # fmt: skip


@pytest.fixture
def ws():
    words = Words("en", "VND", 0)
    return SimpleNamespace(words=words, t=words.t)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "Company growth +12%"),
        ({"growth_amount": 0}, "As 2026"),
        ({"growth_amount": 4}, "As 2026"),  # below half a per cent
        ({"growth_amount": 5}, "Company growth +1%"),
        ({"share_amount": 170, "by": "potential"}, "Share by history +17%; company growth +12%"),
        (
            {"share_amount": 170, "by": "potential", "potential_part": 0.09, "base_part": 0.08},
            "9.0% of potential, 8.0% of sales: +17%; company growth +12%",
        ),
        (
            {"share_amount": -30, "by": "capacity,equal"},
            "Company growth +12%; share by capacity and equal parts −3%",
        ),
        ({"presence_amount": -467, "present": 7 / 12}, "7 of 12 months −47%; company growth +12%"),
        ({"presence_amount": -500, "present": 0.53125}, "6.4 of 12 months −50%; company growth +12%"),
        ({"limits_amount": 80, "bind": "pin", "quota_amount": 1200}, "Company growth +12%; pinned at ₫1.20k"),
        ({"limits_amount": -80, "bind": "most"}, "Company growth +12%; held at the most change, −8%"),
        ({"limits_amount": -80}, "Company growth +12%; what limits leave over −8%"),
        ({"over_amount": 50, "step_amount": 10}, "Company growth +12%; over-assignment +5%; rounding +1%"),
        (
            {"rules": "joiner,no_potential", "share_amount": 30},
            "Too little history of their own, so the team's mean; company growth +12%; share by history +3%",
        ),
        (
            {"rules": "vacancy", "base_amount": 0, "share_amount": 1000, "presence_amount": -300, "present": 0.75,
             "quota_amount": 700},
            "A place to be filled, by the team's mean; 9 of 12 months −43%",
        ),
    ],
)  # fmt: skip
def test_the_sentence_tells_the_largest_parts_of_a_person(ws, given, expected):
    assert sentence(ws, ROW | given, "2026") == expected


def test_a_number_of_nothing_from_nothing_has_no_rates(ws):
    nothing = dict.fromkeys([name for name in ROW if name.endswith("_amount")], 0)
    assert "%" not in sentence(ws, ROW | nothing | {"share_amount": 5, "presence_amount": -5}, "2026")


def test_beside_a_strip_only_what_is_the_persons_own_is_said(ws):
    assert own_words(ws, ROW) == "Company growth"
    assert own_words(ws, ROW | {"share_amount": -30, "over_amount": 50}) == "Share by history −3%"
