"""The demo company: the story is found, and attainment is the measure that pay is computed from."""

from datetime import date

import polars as pl
import pytest

from revops import quota
from revops.incentives.desk import open_desk
from revops.ingest.load import load
from revops.quota import territory
from revops.report import quota as view
from revops.report.quota.balance import worst_region
from revops.workspace import open_workspace


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("demo"))
    load(open_workspace("01_ingest", "data/demo", "2026-10", build=folder))
    return folder


@pytest.fixture(scope="module")
def desk(build):
    return quota.open_desk(open_workspace("03_quota", "data/demo", "2026-10", build=build))


def test_attainment_here_and_the_measure_of_pay_agree_to_the_last_dong_for_everyone(desk, build):
    here = desk.standing.periods.filter(pl.col("start_on") == date(2026, 10, 1))
    actual = dict(here.select("person_id", "actual_amount").iter_rows())
    now = open_desk(open_workspace("04_incentives", "data/demo", "2026-10", build=build)).now
    paid = {person.person_id: person.measure for person in now if person.measure is not None}
    assert len(paid) > 20
    assert {person: actual[person] for person in paid} == paid


def test_the_unfair_territory_is_found(desk):
    worst = worst_region(desk)
    assert worst is not None
    assert worst["region"] == "Central"
    assert worst["workload_index"] > 115 > 85 > worst["potential_index"]


def test_all_three_scenarios_can_be_had_and_sum_at_every_node_and_month(desk):
    proposal = desk.propose(quota.knobs_of(desk.ws.company.quota, 0))
    assert [scenario.why_not for scenario in proposal.scenarios] == ["", "", ""]
    checks = quota.check_proposal(desk.ws, proposal)
    assert checks["parents_that_differ"].sum() == 0
    assert checks.group_by("scenario").agg(pl.col("month_on").n_unique())["month_on"].to_list() == [13, 13, 13]


def test_teams_sum_to_the_company_on_every_level(desk):
    rows = desk.standing.teams.to_dicts()
    for column in ("quota_amount", "actual_amount"):
        for parent in rows:
            children = [
                r for r in rows if r["level"] == parent["level"] + 1 and r["team"].startswith(parent["team"] + "/")
            ]
            assert not children or sum(r[column] for r in children) == parent[column]


def test_every_dong_of_the_channels_is_somewhere(desk):
    assert view.carried_text(desk.ws, desk)
    assert view.placed(desk.ws, desk)
    assert [check["difference"] for check in desk.ws.notes.checks] == [0] * len(desk.ws.notes.checks)
    assert len(desk.ws.notes.checks) >= 3


def test_the_planted_facts_of_territories_are_found(desk):
    """One gap, one overlap that priority decides (two chains), two moves by hand, two accounts to hand over."""
    owned = desk.owned
    assert owned.filter(kind="gap")["account_id"].to_list() == ["DL097"]
    assert owned.filter("is_by_priority")["account_id"].to_list() == ["DL082", "DL085"]
    assert owned.filter(kind="override")["account_id"].to_list() == ["DL037", "DL088"]
    assert not territory.has_overlaps(owned)
    other = territory.differences(owned, desk.accounts)
    assert other.select("account_id", "person_id", "owner").rows() == [
        ("DL049", "NV-0104", "NV-0105"),
        ("DL098", "NV-0111", "NV-0110"),
    ]
    changed = desk.ownership.group_by("account_id").len().filter(pl.col("len") > 1)
    assert changed.height == 8  # the book of Đồng Nai on 4 May, one account in Laos on 1 July


def test_central_lies_in_heavy_cells_and_needs_one_more_head(desk):
    heavy = desk.cells.filter("is_heavy")
    assert heavy["region"].unique().to_list() == ["Central"]
    settings = desk.ws.company.territory
    rows = (
        territory.balance_by(desk.accounts, desk.revenue, "region", settings).select("region", "people", "heads").rows()
    )
    assert rows == [("Central", 2, 3), ("North", 4, 4), ("South", 4, 4)]


def test_the_matrix_is_105_cells_and_no_account_is_lost(desk):
    settings = desk.ws.company.territory
    assert (desk.cells.height, int(desk.cells["is_empty"].sum())) == (105, 20)
    one = desk.cells.filter(product_group="Fans")
    assert one["accounts"].sum() + territory.unplaced(desk.accounts, settings).height == desk.accounts.height == 98
