"""Years before detail, the market file, and the bases that come of them."""

from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest

from revops.company import Company
from revops.market import growth_for, read_market
from revops.periods import Period
from revops.planning import QuotaVacancy
from revops.problems import InputError
from revops.quota import bases, past
from revops.quota.declared import chosen_of, knobs_of
from revops.quota.desk import known_until
from revops.quota.quotas import Knobs
from revops.quota.shape import LEVEL

from .test_actuals import people

CUT = date(2026, 7, 1)
YEARS = [Period.parse(year) for year in ("2024", "2025", "2026")]
FANS, WATER = ("Fans",), ("Water",)
SHAPES, GROUP = {None: LEVEL}, ["product_group"]


def history(*rows):
    """History from (start, end, group, amount)."""
    full = [(*r[:3], "Dealers", "North", r[3]) for r in rows]
    schema = {"start_on": pl.Date, "end_on": pl.Date} | dict.fromkeys(["product_group", "channel", "region"], pl.String)
    return pl.DataFrame(full, schema=schema | {"net_amount": pl.Int64}, orient="row")


def days(*rows):
    schema = {"person_id": pl.String, "moved_on": pl.Date, "product_group": pl.String, "amount": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


OLD = history(
    (date(2023, 1, 1), date(2024, 1, 1), "Fans", 700),
    (date(2024, 1, 1), date(2024, 2, 1), "Fans", 100),
    (date(2024, 1, 1), date(2025, 1, 1), "Fans", 1200),
    (date(2025, 1, 1), date(2025, 2, 1), "Fans", 5),
)
NEW = days(
    ("a", date(2025, 1, 3), "Fans", 1000),
    ("a", date(2026, 1, 1), "Fans", 300),
    ("b", date(2026, 6, 30), "Fans", 80),
    ("left", date(2026, 2, 1), "Fans", 10),
    (None, date(2026, 2, 1), "Water", 6),
)
TEAM = people(
    ("a", date(2020, 1, 1), None, "S/N", None),
    ("b", date(2026, 4, 1), None, "S/N", None),
    ("c", date(2026, 6, 25), None, "S/N", None),
    ("left", date(2020, 1, 1), date(2026, 3, 1), "S/N", None),
)


def found():
    who = bases.carriers(TEAM, NEW, pl.DataFrame({"person_id": ["c"]}), date(2026, 6, 30), "team")
    return bases.bases(bases.year_amounts(NEW, YEARS, GROUP), who, TEAM, YEARS, CUT, SHAPES)


def test_history_ends_where_detail_begins_and_months_go_before_years():
    assert past.before_detail(OLD, NEW, []).select("start_on", "net_amount").rows() == [
        (date(2023, 1, 1), 700),
        (date(2024, 1, 1), 100),
    ]
    assert past.before_detail(OLD, NEW, ["Web"]).height == 0


def test_seasonality_reads_whole_years_only():
    months = past.month_amounts(NEW, past.before_detail(OLD, NEW, []), GROUP)
    assert months.head(2).rows() == [(date(2024, 1, 1), "Fans", 100), (date(2025, 1, 1), "Fans", 1000)]
    assert past.shape_years(months, YEARS[-1]) == (date(2024, 1, 1), date(2026, 1, 1))
    assert past.shape_years(months.head(0), YEARS[-1]) == (date(2026, 1, 1), date(2026, 1, 1))


def test_a_joiner_counts_with_the_years_equivalent_and_ends_with_what_is_left():
    a, b, c = found()
    assert (a.years, a.projected) == ({"2024": {}, "2025": {FANS: 1000}, "2026": {FANS: 600}}, {FANS: 600})
    assert (b.years, b.projected, b.partial) == (
        {"2026": {FANS: 320}},
        {FANS: 240},
        {"2026"},
    )  # 80 a quarter, 3 quarters
    assert (c.years, c.projected) == ({}, {})  # six days are no history


def test_the_company_is_the_sum_of_its_people_and_of_nobody():
    totals = past.year_totals(NEW, past.before_detail(OLD, NEW, []), found(), TEAM, YEARS, CUT, SHAPES, GROUP)
    assert totals.years["2026"] == {FANS: 600 + 240 + 10, WATER: 12}
    assert (totals.of("2025"), totals.of("2024")) == (1000, 100)


def test_a_year_that_data_do_not_cover_is_not_there():
    totals = past.year_totals(NEW, history(), found(), TEAM, YEARS, CUT, SHAPES, GROUP)
    assert list(totals.years) == ["2025", "2026"]


def test_managers_carry_none_of_their_own_unless_the_company_says_so():
    tree = TEAM.with_columns(manager_id=pl.when(pl.col("person_id") == "b").then(pl.lit("a")))
    quotas = pl.DataFrame({"person_id": ["a"]})
    assert bases.carriers(tree, NEW, quotas, date(2026, 6, 30), "team")["person_id"].to_list() == ["b"]
    assert bases.carriers(tree, NEW, quotas, date(2026, 6, 30), "own")["person_id"].to_list() == ["a", "b"]


# --- market.csv -------------------------------------------------------------------------------------------------

COMPANY = Company(name="C", currency="VND", money_decimals=0)
HEAD = "product_group,growth,source,as_of\n"


def market(tmp_path, text):
    (tmp_path / "market.csv").write_text(text, encoding="utf-8")
    return read_market(tmp_path, COMPANY)


def test_the_market_is_read_with_source_and_date(tmp_path):
    got = market(tmp_path, HEAD + ",5%,Association,2026-09-30\nFans,0.065,Association,2026-09-30\n")
    assert got.select("product_group", "growth").rows() == [("Fans", 65_000_000), (None, 50_000_000)]
    assert growth_for(got, date(2026, 9, 30)) == {"Fans": 65_000_000, None: 50_000_000}
    assert growth_for(got, date(2026, 9, 29)) == {}


def test_a_company_without_market_file_has_no_rows(tmp_path):
    assert read_market(tmp_path, COMPANY).height == 0


def test_all_faults_of_the_market_file_at_once(tmp_path):
    with pytest.raises(InputError) as error:
        market(tmp_path, HEAD + ",five,,yesterday\n")
    assert str(error.value).splitlines() == [
        "market.csv, row 2, growth: found five, expected a rate as 6.5% or 0.065. Next: correct the cell.",
        "market.csv, row 2, as_of: found yesterday, expected a day as 2026-09-30. Next: correct the cell.",
        "market.csv, row 2, source: found nothing, expected who says so. Next: name the source of the growth.",
    ]
    with pytest.raises(
        InputError, match=r"market.csv: found no column source, as_of, expected the columns product_group"
    ):
        market(tmp_path, "product_group,growth\n")


def test_the_last_known_growth_counts(tmp_path):
    got = market(tmp_path, HEAD + ",2%,A,2025-09-30\n,1%,A,2024-09-30\n,9%,A,2026-11-01\n")
    assert growth_for(got, date(2026, 10, 31)) == {None: 20_000_000}


def test_others_stand_apart():
    amounts = bases.year_amounts(NEW, YEARS, GROUP)
    known = [SimpleNamespace(person_id="a"), SimpleNamespace(person_id="b")]
    assert past.others(amounts, known, TEAM, YEARS[-1], CUT, SHAPES) == {"left": {FANS: 10}, None: {WATER: 12}}


def test_a_leaver_ends_with_what_is_left_of_their_time_and_a_vacancy_takes_it_over():
    gone = people(("a", date(2020, 1, 1), None, "S/N", None)).with_columns(left_on=pl.lit(date(2026, 10, 1)))
    amounts = bases.year_amounts(NEW, YEARS, GROUP)
    place = QuotaVacancy(name="Vacancy", team="S/N", start_on=date(2027, 1, 1), after="a")
    vacant, a = bases.bases(amounts, gone.head(1), gone, YEARS, CUT, SHAPES, [place])
    assert (a.left_on, a.projected) == (date(2026, 10, 1), {FANS: 450})  # 300 in six of nine months
    assert (vacant.is_vacant, vacant.years, vacant.projected) == (True, a.years, {})
    alone = QuotaVacancy(name="New", team="S/N", start_on=date(2027, 1, 1))
    assert bases.bases(amounts, gone.head(0), gone, YEARS, CUT, SHAPES, [alone])[0].years == {}


def test_amounts_stand_by_the_factors_that_are_asked_for():
    rows = NEW.with_columns(region=pl.lit("North"))
    got = bases.year_amounts(rows, YEARS[2:], ["product_group", "region"])
    assert got["a", "2026"] == {("Fans", "North"): 300}
    nobody = rows.with_columns(region=pl.lit(None, pl.String))
    assert bases.year_amounts(nobody, YEARS[2:], ["region"])[None, "2026"] == {("(rest)",): 6}


def test_the_season_of_each_factor():
    months = past.month_amounts(NEW, history(), GROUP)
    shapes = past.shapes_of(months, YEARS[-1], GROUP)
    assert shapes[None].weights == shapes[FANS].weights == (1000,) + (0,) * 11
    assert shapes.get(WATER, LEVEL) == LEVEL


@pytest.mark.parametrize(
    ("as_of", "known"),
    [
        (date(2026, 6, 30), date(2026, 6, 30)),
        (date(2026, 7, 7), date(2026, 7, 7)),
        (date(2026, 7, 8), date(2026, 6, 30)),
    ],
)
def test_what_is_not_known_is_not_nothing(as_of, known):
    orders = pl.DataFrame({"ordered_on": [date(2026, 1, 1), date(2026, 6, 30), date(2027, 1, 1)]}).lazy()
    assert known_until(orders, as_of) == known


def test_a_company_without_orders_knows_until_its_day():
    assert known_until(pl.DataFrame(schema={"ordered_on": pl.Date}).lazy(), date(2026, 1, 1)) == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: knobs_of(COMPANY.quota, 0, "a lot"), "parameter growth: found a lot, expected a rate as 12% or 0.12"),
        (
            lambda: chosen_of(COMPANY.quota, "markt"),
            "parameter scenario: found markt (did you mean market?), expected one of",
        ),
    ],
)
def test_parameters_of_the_notebook_are_checked(call, told):
    with pytest.raises(InputError) as error:
        call()
    assert told in str(error.value)


def test_parameters_go_before_company_yaml():
    assert knobs_of(COMPANY.quota, 2, "12%") == Knobs(120_000_000, 0, 200_000_000, 100)
    assert knobs_of(COMPANY.quota, 0).growth == 100_000_000
    assert (chosen_of(COMPANY.quota), chosen_of(COMPANY.quota, "market")) == ("last_year", "market")
