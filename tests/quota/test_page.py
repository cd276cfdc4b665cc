"""Notebook 03 on a small company: what the views claim follows from the values, in both languages."""

from datetime import date, datetime

import polars as pl
import pytest

from revops import quota, tables
from revops.planning import QuotaCapacity, QuotaVacancy
from revops.quota.compare import cover
from revops.report import quota as view
from revops.report.quota.marks import Strip, _apart, pace_bar
from revops.words import Words
from revops.workspace import open_workspace

NOTHING = {pl.Int64: 0, pl.Float64: 0.0, pl.String: "x", pl.Boolean: False, pl.Date: date(2026, 1, 1)}
COMPANY = """
name: Bếp Xanh
currency: VND
money_decimals: 0
time_zone: UTC
territory: {dimensions: [customer_group, region, product_group], capacity_hours: 30}
quota: {growth: 0.10, flat: 0.20, share_gain: 0.02, step: "10"}
findings: {minimum_amount: 0, minimum_share: 0.01}
"""
MARKET = "product_group,growth,source,as_of\nFans,5%,Association,2026-03-31\n"
PEOPLE = [("boss", "S", None, None), ("an", "S/North", "boss", "North"), ("bi", "S/South", "boss", "South")]
# account, group, region, owner, potential, hours: the north has the work, the south the potential
ACCOUNTS = [
    ("a1", "dealers", "North", "an", 100, 40.0),
    ("a2", "dealers", "South", "bi", 300, 20.0),
    ("a3", None, "South", "bi", 1, 1.0),
]
# order, day, account, person, net
ORDERS = [
    ("o1", date(2024, 1, 1), "a1", "an", 1200),
    ("o2", date(2024, 7, 1), "a2", "bi", 1200),
    ("o3", date(2025, 1, 1), "a1", "an", 1000),
    ("o4", date(2025, 7, 1), "a2", "bi", 1000),
    ("o5", date(2026, 1, 1), "a1", "an", 300),
    ("o6", date(2026, 6, 30), "a2", "bi", 900),
    ("o7", date(2026, 6, 30), None, "bi", 100),
]
QUOTAS = {"boss": 3000, "an": 1000, "bi": 2000}
YEAR = {"start_on": date(2026, 1, 1), "end_on": date(2027, 1, 1)}
DEAL = {
    "snapshot_on": date(2026, 6, 30),
    "opportunity_id": "d",
    "person_id": "an",
    "amount": 350,
    "close_on": date(2026, 9, 1),
}
FAN = {"product_id": "fan", "name": "Fan", "product_group": "Fans"}


def table(name, rows):
    columns = tables.CANONICAL[name].columns()
    schema = tables.schema_of(name)
    return pl.DataFrame(
        [
            {c: row.get(c, None if columns[c].nullable else NOTHING.get(t.base_type())) for c, t in schema.items()}
            for row in rows
        ],
        schema=schema,
    )


def frames():
    columns = ("order_id", "ordered_on", "account_id", "person_id", "net")
    sold = [dict(zip(columns, row, strict=True)) | {"channel": "Dealers"} for row in ORDERS]
    people = [
        {"person_id": p, "name": p.title(), "start_on": date(2020, 1, 1), "team": t, "manager_id": m, "region": r}
        for p, t, m, r in PEOPLE
    ]
    columns = ("account_id", "customer_group", "region", "person_id", "potential_amount", "workload_hours")
    found = {
        "orders": [row | {"ordered_at": datetime.combine(row["ordered_on"], datetime.min.time())} for row in sold],
        "order_lines": [
            {"line_id": row["order_id"], "order_id": row["order_id"], "product_id": "fan", "net_amount": row["net"]}
            for row in sold
        ],
        "people": people,
        "accounts": [dict(zip(columns, row, strict=True)) for row in ACCOUNTS],
        "quotas": [{"person_id": p, "measure": "revenue", "quota_amount": q} | YEAR for p, q in QUOTAS.items()],
        "opportunities": [DEAL],
        "products": [FAN],
    }
    return {name: table(name, rows) for name, rows in found.items()} | {"import_log": pl.DataFrame({"file": ["x"]})}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("company")
    (home / "company.yaml").write_text(COMPANY, encoding="utf-8")
    (home / "market.csv").write_text(MARKET, encoding="utf-8")
    (home / "build" / "tables").mkdir(parents=True)
    for name, frame in frames().items():
        frame.write_parquet(home / "build" / "tables" / f"{name}.parquet")
    return home


@pytest.fixture(params=["en", "vi"])
def desk(folder, request):
    return quota.open_desk(
        open_workspace("03_quota", folder, "2026-06", language=request.param, build=str(folder / "build"))
    )


@pytest.fixture
def english(folder):
    return quota.open_desk(open_workspace("03_quota", folder, "2026-06", build=str(folder / "build")))


def proposal_of(desk):
    return desk.propose(quota.knobs_of(desk.ws.company.quota, 0))


def found(desk):
    proposal = proposal_of(desk)
    return view.findings(desk.ws, desk, proposal, "last_year", cover(desk, proposal, "last_year"))


def test_every_view_speaks_both_languages(desk):
    ws, proposal, chosen = desk.ws, proposal_of(desk), "market"
    compared = quota.side_by_side(desk, proposal, chosen)
    checks = quota.check_proposal(ws, proposal)
    of_desk = (
        view.inputs, view.matrix, view.placed, view.unplaced, view.held, view.owners, view.to_settle, view.by_region,
        view.balance, view.ways_on, view.attained, view.spread, view.periods, view.teams, view.products,
    )  # fmt: skip
    shown = [
        *(show(ws, desk) for show in of_desk),
        view.strips(ws, proposal, chosen, compared),
        *(show(ws, desk, proposal) for show in (view.tops, view.readings)),
        *(show(ws, desk, proposal, chosen) for show in (view.factors, view.metrics, view.exceptions)),
        view.bridges(ws, proposal, chosen, compared.why),
        view.fairest(ws, desk, proposal, compared.tested),
        view.wrong(ws, desk, proposal, chosen, compared.moved),
        view.covered(ws, proposal, compared.covered),
        *(show(ws, proposal, chosen) for show in (view.due, view.months)),
        view.checks(ws, proposal, checks),
        view.to_do(ws, found(desk)),
        view.signed(ws),
        view.left(ws, quota.save_tables(ws, desk, proposal, chosen, checks, compared)),
    ]
    assert all(item.html for item in shown)
    assert view.season(ws, desk, proposal, chosen).title
    assert view.carried_text(ws, desk)
    assert view.balance_text(ws, desk)


def test_the_months_stand_over_those_of_the_years_before(english):
    shown = view.season(english.ws, english, proposal_of(english), "last_year").spec["usermeta"]["revops"]
    assert shown["title"] == "January carries 50.0% of 2027, more than any other month"
    assert shown["who"] == "Scenario A, each month in % of 2027 · grey: what 2024 and 2025 brought"
    assert shown["head"] == ["Month", "2024", "2025", "2027"]
    assert shown["lines"][0] == ["Jan", "50.0%", "50.0%", "50.0%"]
    assert shown["lines"][1] == ["Feb", "0.0%", "0.0%", "0.0%"]


def test_a_company_that_lives_by_tet_sees_where_it_falls(english):
    english.ws.company = english.ws.company.model_copy(update={"time_zone": "Asia/Ho_Chi_Minh"})
    shown = view.season(english.ws, english, proposal_of(english), "last_year").spec
    about = shown["usermeta"]["revops"]
    assert about["title"] == "With Tết on 6 Feb, January carries 54.1% of 2027 and February 0.0%"
    assert about["who"].endswith("diamond: the first day of Tết")
    marks = [row for rows in shown["datasets"].values() for row in rows if "falls" in row]
    assert [mark["t"] for mark in marks] == ["", "", "Tết"]
    assert [round(mark["x"], 3) for mark in marks] == [round(x, 3) for x in (1 + 9.5 / 29, 28.5 / 31, 1 + 5.5 / 28)]


def test_product_groups_and_people_sum_to_the_company_in_each_month(english):
    shown = [show(english.ws, proposal_of(english), "last_year") for show in (view.due, view.months)]
    assert "The season bears hardest on Fans: January carries 50.0% of the year" in shown[0].html
    last = [item.html.split("<tr")[-1] for item in shown]
    assert ["2.86" in last[0], "1.43" in last[0], "2,860" in last[1], "1,430" in last[1]] == [True] * 4


@pytest.mark.parametrize("dimensions", [[], ["product_group"]])
def test_the_page_stands_with_few_dimensions_or_none(desk, dimensions):
    territory = desk.ws.company.territory.model_copy(update={"dimensions": dimensions})
    desk.ws.company = desk.ws.company.model_copy(update={"territory": territory})
    shown = view.matrix(desk.ws, desk)
    assert ("territory.dimensions" in shown.html) == (not dimensions)
    assert view.ways_on(desk.ws, desk).html
    assert bool(view.placed(desk.ws, desk).html) == bool(view.unplaced(desk.ws, desk).html) == bool(dimensions)
    assert view.balance(desk.ws, desk).html


def test_the_headline_counts_who_is_on_pace(english):
    sentence = view.headline(english.ws, english, proposal_of(english), "last_year")
    assert sentence == "One of two people is on pace for 2026; last year + 10% (A) asks ₫2.86k for 2027, +10% on 2026"
    assert english.ws.notes.headline == sentence


@pytest.mark.parametrize(
    ("fairest", "asks"),
    [
        ("last_year", "last year + 10% (A) is the fairest choice for 2027"),
        ("market", "last year + 10% (A) asks ₫2.86k for 2027, market growth (C) would be fairer"),
        (None, "last year + 10% (A) asks ₫2.86k for 2027, +10% on 2026"),
    ],
)
def test_the_headline_names_what_the_back_test_recommends(english, fairest, asks):
    sentence = view.headline(english.ws, english, proposal_of(english), "last_year", fairest)
    assert sentence == f"One of two people is on pace for 2026; {asks}"


def test_the_answer_is_told_in_three_facts(english):
    """1300 of 3000 is sold, half of a usual year is over; of the quotas of 2025 and 2026 to June one is reached."""
    proposal = proposal_of(english)
    tested = quota.side_by_side(english, proposal, "last_year").tested
    sold, asked, made = view.answer(english.ws, english, proposal, "last_year", tested).split(". ")
    assert sold == "₫1.30k of the ₫3.00k of 2026 is sold: 43%, where the season usually brings 50%"
    assert asked == "A asks ₫2.86k for 2027, +10% on 2026"
    assert made.endswith("0 of its 4 quotas would have ended within 80–120%, 1 at 100% or more.")


def test_scenarios_of_the_small_company(english):
    got = {s.key: (s.amount, s.by_person()) for s in proposal_of(english).scenarios}
    # 2026 is 300 + 1000, half of a usual year: 2600; three years 2400, 2000, 2600; market 2600 × 1.05 × 1.02 = 2784.6
    assert got == {
        "last_year": (2860, {"an": 660, "bi": 2200}),
        "three_years": (2330, {"an": 930, "bi": 1400}),
        "market": (2790, {"an": 640, "bi": 2150}),
    }


def test_the_unfair_region_is_found_with_what_it_costs(english):
    unfair, *late = found(english)
    assert unfair["title"] == "North: more work, less potential"
    assert (
        "An carry 131% of the mean workload on 50% of the mean potential; 60% of their quotas is projected."
        in unfair["why"]
    )
    assert (unfair["amount"], unfair["owner"], unfair["due_on"]) == (400, "Boss", date(2026, 7, 30))
    assert late == []  # the one who is late is told with the region
    assert len(english.ws.notes.findings) == 1


def test_who_is_late_in_a_fair_region_is_told_with_coverage(folder):
    ws = open_workspace("03_quota", folder, "2026-06", build=str(folder / "build"))
    desk = quota.open_desk(ws)
    desk.__dict__["accounts"] = desk.accounts.with_columns(
        potential_amount=pl.lit(10), workload_hours=pl.lit(1.0)
    ).filter(pl.col("account_id") != "a3")
    (late,) = found(desk)
    assert (late["title"], late["amount"]) == ("An, 60% projected", 400)
    assert late["why"] == "30% to date against a pace of 50%; ₫350 of open deals covers 0.5× of the gap of ₫700."
    assert late["action"] == "Hand over accounts or open deals now, the pipeline cannot close the gap."


def planned(desk, **settings):
    """What is found where company.yaml's quota section has these settings."""
    section = desk.ws.company.quota.model_copy(update=settings)
    desk.ws.company = desk.ws.company.model_copy(update={"quota": section})
    return found(desk)[-1]


def test_a_year_that_asks_more_than_people_can_bring_is_told(english):
    told = planned(english, capacity=QuotaCapacity(productivity={"x": "1000"}))
    assert (told["title"], told["amount"]) == ("Company: 2027 asks more than its people can bring", 860)
    assert told["why"] == (
        "₫2.00k is what they can bring, ramping people counted in part; last year + 10% asks ₫2.86k: cover 0.70."
    )
    assert told["due_on"] == date(2026, 12, 31)
    south = planned(english, capacity=QuotaCapacity(productivity={"x": "2000"}))
    assert (south["title"], south["owner"]) == ("South: 2027 asks more than its people can bring", "Boss")
    assert south["amount"] == 200  # of its 2200; together they could bring the whole
    enough = planned(english, capacity=QuotaCapacity(productivity={"x": "2200"}))
    assert "asks more" not in enough["title"]  # just enough


def test_a_place_that_nobody_fills_is_told_with_its_number(english):
    told = planned(english, vacancies=[QuotaVacancy(name="Vacancy South", team="S/South", start_on=date(2027, 4, 1))])
    assert told["title"].startswith("Vacancy South carries ₫")
    assert told["amount"] > 0
    assert (told["owner"], "1 Apr 2027" in told["why"]) == ("Boss", True)


def test_a_manager_is_the_sum_of_the_team_and_counts_in_no_pace(english):
    boss = english.standing.attained.row(by_predicate=pl.col("person_id") == "boss", named=True)
    assert (boss["actual_amount"], boss["is_manager"], boss["pipeline_amount"]) == (1300, True, 350)
    assert english.standing.sellers["person_id"].sort().to_list() == ["an", "bi"]


def test_a_finished_year_is_reached_and_not_projected(folder):
    ws = open_workspace("03_quota", folder, "2026-12", build=str(folder / "build"))
    desk = quota.open_desk(ws)
    desk.__dict__["as_of"] = date(2026, 12, 31)
    assert "of their quotas was reached." in found(desk)[0]["why"]


def test_a_name_from_the_data_is_escaped(english):
    english.__dict__["people"] = english.people.with_columns(name=pl.lit("<b>An</b>"))
    proposal = proposal_of(english)
    shown = (
        view.strips(english.ws, proposal, "last_year", quota.side_by_side(english, proposal, "last_year")).html
        + view.attained(english.ws, english).html
    )
    assert "<b>An</b>" not in shown
    assert "&lt;b&gt;An&lt;/b&gt;" in shown


# --- marks ------------------------------------------------------------------------------------------------------


def strip(*people):
    return Strip([list(amounts) for amounts in people], Words("en", "VND", 0))


def test_a_person_far_beyond_the_others_is_drawn_off_the_scale():
    marks = strip((1, 2), (3, 4), (9,))
    assert (marks.high, marks.is_cut) == (4, True)
    assert "circle" not in marks.row({"A": 9}, "A")
    assert "circle" in marks.row({"A": 4}, "A")
    assert not strip((1, 2), (3, 4), (8,)).is_cut
    assert not strip((1,), (9,)).is_cut


def test_a_scenario_beyond_the_third_is_marked_by_its_letter():
    marks = strip((100, 200), (150,)).row({"A": 100, "D": 150, "F": 200}, "A")
    assert marks.count("<circle") == 1  # the chosen one's disc
    assert ">D</text>" in marks
    assert ">F</text>" in marks


def test_the_strip_starts_and_ends_inside():
    marks = strip((100, 200), (150,))
    assert (marks.at(100), marks.at(200)) == (12, 288)
    assert strip((5,)).row({"now": 5, "A": 5, "flat": 5}, "A")  # one amount has no span


def test_marks_at_one_place_are_all_seen():
    places = _apart([50, 50, 52, 90])
    assert places == [(50, 14.0), (50, 4.8), (63.0, 4.8), (90, 14.0)]
    assert len(set(_apart([50, 50, 50, 50]))) == 4


def test_the_pace_bar_draws_what_is_done_and_what_is_projected():
    bar = pace_bar(0.5, 0.8, 0.6, 1.0)
    assert "class='ab' style='width:50.00%'" in bar
    assert "class='fb' style='left:50.00%;width:30.00%'" in bar
    assert "class='at' style='left:60.00%'" in bar
    assert "class='fb'" not in pace_bar(0.5, None, 0.0, 1.0)
