"""Scenarios of the demo company side by side: nothing of the future is used, amounts sum, and the page says it."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from revops import quota
from revops.quota.compare import FLAT, PARTS
from revops.quota.compare.sensitivity import without_account
from revops.report import quota as view
from revops.workspace import open_workspace


@pytest.fixture(scope="module")
def chosen(desk):
    return quota.chosen_of(desk.ws.company.quota)


@pytest.fixture(scope="module")
def compared(desk, proposal, chosen):
    return quota.side_by_side(desk, proposal, chosen)


def test_every_scenario_is_tested_on_2025_and_on_ten_months_of_2026(compared, proposal):
    assert [(year.name, len(months)) for year, months in compared.tested.spans] == [("2025", 12), ("2026", 10)]
    assert list(compared.tested.scores) == [*(scenario.key for scenario in proposal.had), FLAT]


def test_quotas_as_if_at_the_end_of_2025_do_not_know_2026(desk, compared, proposal):
    after = pl.col("moved_on") > date(2025, 12, 31)
    days = desk.days.with_columns(amount=pl.when(after).then(pl.col("amount") * 7).otherwise("amount"))
    other = quota.side_by_side(replace(desk, days=days), proposal, proposal.had[0].key)
    keys = ["scenario", "person_id", "quota_amount"]
    for year in ("2025", "2026"):
        told, again = (found.tested.outcomes.filter(year=year) for found in (compared, other))
        assert told.select(keys).equals(again.select(keys))
    assert told["actual_amount"].sum() * 7 == again["actual_amount"].sum()


def test_the_steps_of_all_people_sum_to_what_they_carry(compared, proposal, chosen):
    parts = sum(int(compared.why[f"{part}_amount"].sum()) for part in PARTS)
    assert parts == sum(proposal.scenario(chosen).by_person().values())


def test_an_account_that_is_lost_takes_its_own_revenue_and_nothing_else(desk):
    sums = desk.revenue.drop_nulls("account_id").group_by("account_id").agg(pl.col("amount").sum()).sort("amount")
    account, amount = sums.row(-1)
    this_year = pl.col("moved_on") >= desk.year.start
    gone = without_account(desk, account)
    assert desk.days.filter(this_year)["amount"].sum() - gone.days.filter(this_year)["amount"].sum() == amount


def test_cover_of_the_teams_sums_to_the_companys(compared, proposal, chosen):
    teams, company = compared.covered.drop_nulls("team"), compared.covered.filter(pl.col("team").is_null())
    assert teams["able_amount"].sum() == company["able_amount"].item()
    assert company["base_amount"].item() == proposal.scenario(chosen).amount


@pytest.mark.parametrize("language", ["en", "vi"])
def test_the_page_tells_all_of_it(desk, build, proposal, chosen, compared, language):
    ws = open_workspace("03_quota", "data/demo", "2026-10", build=build, language=language)
    strips = view.strips(ws, proposal, chosen, compared)
    names = [base.name for base in proposal.bases]
    assert [name for name in names if name not in strips.html] == []
    assert ws.t("compare.strips.best") in strips.html
    shown = [
        view.bridges(ws, proposal, chosen, compared.why), view.fairest(ws, desk, proposal, compared.tested),
        view.wrong(ws, desk, proposal, chosen, compared.moved), view.covered(ws, proposal, compared.covered),
    ]  # fmt: skip
    assert all(part.plain and "compare." not in part.html for part in shown)


def test_the_message_names_the_chosen_scenario_and_the_one_with_less_luck(desk, proposal, chosen, compared):
    scores = compared.tested
    best = next(scenario for scenario in proposal.had if scenario.key == scores.recommended)
    title = view.strips(desk.ws, proposal, best.key, compared).plain
    assert title.endswith("with the least luck in it") or "with the least luck in it; “everyone" in title
    other = next(scenario for scenario in proposal.had if scenario.key != best.key)
    told = view.strips(desk.ws, proposal, other.key, compared).plain
    assert f"({other.letter}) is chosen" in told
    assert f"({best.letter}) would have less luck in it" in told


def test_street_and_base_stand_apart_where_a_level_is_over_assigned(desk, proposal, chosen):
    hedged = desk.propose(replace(proposal.knobs, over=(0, 50_000_000)))
    compared = quota.side_by_side(desk, hedged, chosen)
    assert compared.why["over_amount"].sum() > 0
    shown = view.strips(desk.ws, hedged, chosen, compared).html
    assert desk.ws.t("compare.strips.base") in shown
    plain = view.strips(desk.ws, proposal, chosen, quota.side_by_side(desk, proposal, chosen)).html
    assert desk.ws.t("compare.strips.base") not in plain


def test_where_nobody_carries_a_quota_every_view_says_so(desk, proposal, chosen):
    everyone = frozenset(base.person_id for base in proposal.bases)
    nobody = desk.propose(replace(proposal.knobs, without=everyone))
    compared = quota.side_by_side(desk, nobody, chosen)
    shown = [
        view.strips(desk.ws, nobody, chosen, compared), view.bridges(desk.ws, nobody, chosen, compared.why),
        view.fairest(desk.ws, desk, nobody, compared.tested), view.covered(desk.ws, nobody, compared.covered),
        view.wrong(desk.ws, desk, nobody, chosen, compared.moved),
    ]  # fmt: skip
    assert {part.plain for part in shown} == {desk.ws.t("quota.no_people")}
    heights = {name: frame.height for name, (frame, _) in compared.tables().items()}
    assert [heights[name] for name in ("quota_why", "quota_sensitivity", "quota_cover")] == [0, 0, 0]


def test_without_earlier_years_the_message_is_neutral_and_says_why(desk, proposal, chosen, compared):
    young = replace(desk, days=desk.days.filter(pl.col("moved_on") >= date(2025, 3, 1)))
    tested = quota.side_by_side(young, proposal, chosen)
    assert tested.tested.scores == {}
    assert "asks" in view.strips(desk.ws, proposal, chosen, tested).plain
    said = view.fairest(desk.ws, young, proposal, tested.tested)
    assert (said.plain, "1 Mar 2025" in said.html) == (desk.ws.t("compare.fairest.none"), True)
