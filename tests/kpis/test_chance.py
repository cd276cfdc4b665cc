"""The demo's planted stories are found with the right driver; with months shuffled, chance finds next to none."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from revops import kpis
from revops.ingest import load
from revops.kpis.facts import KEYS
from revops.kpis.findings import parts
from revops.workspace import open_workspace

from .small import D

SHUFFLES = 200
STORY = 3  # the last months hold what is planted
AT_MOST = {"outside": 0.01, "findings": 0.1}  # share of looks, findings a report


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    build = str(tmp_path_factory.mktemp("demo"))
    load(open_workspace("01_ingest", "data/demo", "2026-10", build=build))

    def of(period):
        ws = open_workspace("02_kpis", "data/demo", period, build=build)
        facts = kpis.gather(ws.scan, ws.company, ws.as_of)
        return facts, kpis.Spans.of(ws.period, ws.as_of, facts.last_day)

    return of


@pytest.fixture(scope="module")
def october(demo):
    facts, spans = demo("2026-10")
    return {item.key: item for item in kpis.find(facts, spans).items}


def names(item):
    return [cause for cause, _ in item.why]


def test_1_air_fryers_fall_short_because_vouchers_ended_on_the_sixth(october):
    item = october["sales · product_group Air fryers · channel Marketplaces"]
    assert item.values["share"] == pytest.approx(-0.276, abs=0.01)
    assert names(item)[:2] == ["discount", "conversion"]
    values = dict(item.why)
    assert values["discount"]["since_on"] == D(2026, 10, 6)
    assert values["discount"]["price"] == pytest.approx(0.08, abs=0.01)
    assert (round(values["conversion"]["before"], 3), round(values["conversion"]["now"], 3)) == (0.031, 0.022)
    assert (item.name, item.is_sure, item.rule.look_at) == ("fund_voucher", True, ["price", "promotion"])


def test_2_the_web_shop_converts_less_since_august(october):
    item = october["conversion · channel Web shop"]
    assert item.values["since_month"] == D(2026, 8, 1)
    assert (round(item.values["reference"], 3), round(item.values["now"], 3)) == (0.026, 0.019)
    assert (item.name, item.rule.look_at) == ("check_shop", ["site", "experience", "ads"])


def test_3_sixteen_deals_are_stuck_in_proposal(october):
    item = october["stuck_deals · stage Proposal"]
    assert (item.values["deals"], item.name) == (16, "review_deals")


def test_6_purifiers_beat_their_plan_in_the_south_by_bundles_and_meta_spent_more(october):
    good = next(item for item in october.values() if item.is_good)
    assert (good.place["product_group"], good.place["region"]) == ("Water purifiers", "South")
    assert (names(good), good.name) == (["product_share"], "copy_product")
    dear = dict(october["cac"].why)
    assert dear["platform_spend"]["platform"] == "Meta"
    assert dear["platform_spend"]["rise"] == pytest.approx(0.31, abs=0.02)
    assert october["cac"].name == "move_spend"


def test_nothing_else_is_found_in_october(october):
    assert len(october) == 5


@pytest.mark.parametrize("period", ["2026-03", "2026-04", "2026-05", "2026-06", "2026-07"])
def test_before_the_story_nothing_is_found(demo, period):
    assert kpis.find(*demo(period)).items == []


def test_with_the_months_shuffled_chance_finds_next_to_nothing(demo):
    """The months before the story in any order, cell by cell, seen as October is: looks outside, findings a report."""
    facts, spans = demo("2026-10")
    _, cells = parts.expected_cells(facts, spans)
    pool = cells.filter(pl.col("at") >= STORY).with_columns(at=pl.col("at") - STORY).sort(*KEYS, "at")
    limits, dice = facts.company.findings, np.random.default_rng(2026)
    looks = outside = found = 0
    for _ in range(SHUFFLES):
        drawn = pool.with_columns(
            ratio=pl.col("net_amount") / pl.col("target"), draw=pl.Series(dice.random(pool.height))
        )
        mixed = drawn.with_columns(pl.col("ratio").sort_by("draw").over(KEYS))
        mixed = mixed.with_columns(net_amount=(pl.col("ratio") * pl.col("target")).round().cast(pl.Int64))
        judged = parts.judged(parts.parts_of(mixed.select(cells.columns)), is_plan=True)
        looks, outside = looks + judged.height, outside + int(judged["is_outside"].sum())
        found += len(list(parts.focus(judged, limits.minimum_amount, limits.minimum_share)))
    print(f"{looks:,} looks: {outside / looks:.2%} outside their limits, {found / SHUFFLES:.2f} findings a report")
    assert outside / looks <= AT_MOST["outside"]
    assert found / SHUFFLES <= AT_MOST["findings"]


def without_plan(demo, period):
    facts, spans = demo(period)
    return kpis.find(replace(facts, targets=facts.targets.clear()), spans)


def test_without_any_plan_the_past_alone_tells_the_same_story(demo):
    keys = {item.key for item in without_plan(demo, "2026-10").items}
    assert keys == {
        "stuck_deals · stage Proposal",
        "conversion · channel Web shop",
        "sales · product_group Air fryers · channel Marketplaces",
    }


@pytest.mark.parametrize("period", ["2025-12", "2026-04", "2026-07"])
def test_without_any_plan_nothing_is_found_before_the_story(demo, period):
    assert without_plan(demo, period).items == []


def test_without_any_plan_the_months_of_tet_are_not_judged_by_those_of_another_tet(demo):
    looks = {period: [one for one in without_plan(demo, period).looks if one.watch == "sales"]
             for period in ("2026-02", "2026-03")}  # fmt: skip
    assert looks["2026-02"] == []
    assert len(looks["2026-03"]) == 100
