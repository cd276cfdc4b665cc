"""What 03 asserts of its scenarios: every sum, by measure, level and month; a doctored number ends the run."""

from dataclasses import replace

import polars as pl
import pytest

from revops.problems import IdentityError
from revops.quota.checks import check_proposal, scenario_checks
from revops.quota.quotas import propose
from revops.report.quota import checks as shown
from revops.workspace import open_workspace

from .grounds import KNOBS, ground


@pytest.fixture
def ws(tmp_path):
    (tmp_path / "company.yaml").write_text(COMPANY, encoding="utf-8")
    return open_workspace("03_quota", tmp_path, "2026-10", build=str(tmp_path / "build"))


COMPANY = "name: Sao Mộc Home\ncurrency: VND\nmoney_decimals: 0\nlanguage: en\nsecond_language: vi\n"


def proposal(over=()):
    return propose(ground(), replace(KNOBS, over=over))


def test_every_level_is_compared_in_the_year_its_months_and_each_month():
    frame = scenario_checks(proposal().scenario("last_year"))
    assert frame["level"].unique(maintain_order=True).to_list() == [
        "company",
        "product_group",
        "team 1",
        "team 2",
        "person",
    ]
    year = frame.filter(pl.col("month_on").is_null(), measure="base", level="product_group")
    assert year.select("against", "parents", "children").rows() == [("children", 2, 2), ("months", 2, 24)]
    assert frame.filter(measure="base", level="company")["month_on"].n_unique() == 13
    assert frame["parents_that_differ"].sum() == 0


def test_street_asks_for_more_below_an_over_assigned_level():
    frame = scenario_checks(proposal(over=(100_000_000,)).scenario("last_year"))
    year = frame.filter(pl.col("month_on").is_null(), against="children", level="product_group").sort("measure")
    assert year.select("measure", "parent_amount", "children_amount").rows() == [
        ("base", 1296, 1296), ("street", 1426, 1426),  # 756 and 540: 832 and 594
    ]  # fmt: skip


def test_the_three_identities_stand_in_the_run(ws):
    check_proposal(ws, proposal())
    assert [(line["name"], line["difference"]) for line in ws.notes.checks] == [
        ("sums.check.factors", 0), ("sums.check.people", 0), ("sums.check.parents", 0),
    ]  # fmt: skip


@pytest.mark.parametrize("measure", ["base", "street"])
def test_one_unit_astray_at_one_node_ends_the_run(ws, measure):
    found = proposal()
    year = found.scenarios[0].spread.year
    getattr(year, measure)[-1] += 1
    with pytest.raises(IdentityError, match=r"sums\.check\.parents: .*, difference -"):
        check_proposal(ws, found)


@pytest.mark.parametrize(("over", "street"), [((), False), ((100_000_000,), True)])
def test_street_stands_beside_base_where_it_is_more(ws, over, street):
    found = proposal(over)
    page = str(shown(ws, found, check_proposal(ws, found)))
    assert ("A, base" in page, "A, street" in page) == (True, street)
