"""What the page says of customers: titles hold what the rows show, neutral where they do not; refusals with reasons."""

from datetime import timedelta

import polars as pl
import pytest

from revops import tables
from revops.kpis import gather
from revops.kpis.contracts import KPI_TABLES
from revops.kpis.customers import cohorts, holdout, lifetime, segments
from revops.problems import IdentityError
from revops.report import kpis as page
from revops.report.kpis.prospects import prospects_by_segment
from revops.workspace import open_workspace

from .small import PRODUCTS, D, line, order, spans, table

YAML = "{name: Gió Mộc, currency: VND, money_decimals: 0, kpis: {inactive_days: 100, clv_horizon_months: 6SEGMENTS}}\n"
OWN = (
    ", segments: [{key: all, name: {en: Everybody, vi: Mọi người}, recency: [0, 5], frequency: [0, 5], money: [0, 5], "
    "action: {en: Greet., vi: Chào.}}]"
)
END = D(2026, 11, 1)
DEALER = {"account_id": "A", "region": "North"}
BUYS = [
    ("dealer", D(2026, 5, 1), 500, DEALER),
    ("dealer", D(2026, 6, 1), 400, DEALER),
    ("steady", D(2026, 9, 1), 60, {}),
    ("steady", D(2026, 10, 5), 60, {}),
    ("again", D(2026, 1, 5), 30, {"region": "South"}),
    ("again", D(2026, 2, 5), 30, {"region": "South"}),
    ("once", D(2026, 10, 9), 20, {}),
    (None, D(2026, 10, 9), 20, {}),
]


@pytest.fixture
def look(tmp_path):
    """The workspace, facts, spans and customers of October 2026, with these purchases."""

    def make(buys=BUYS, *, language="en", own=""):
        (tmp_path / "company.yaml").write_text(YAML.replace("SEGMENTS", own), encoding="utf-8")
        found = {
            "orders": [order(str(i), day, customer_id=who, **more) for i, (who, day, _, more) in enumerate(buys)],
            "order_lines": [line(str(i), net) for i, (*_, net, _) in enumerate(buys)],
            "customers": [{"customer_id": "dealer", "name": "Điện máy Hoa Sen"},
                          {"customer_id": "again", "name": "Lê Thu Hà", "region": "South"}],
        }  # fmt: skip
        place = tmp_path / "build" / "tables"
        place.mkdir(parents=True)
        for name in tables.CANONICAL:
            rows = PRODUCTS if name == "products" else table(name, found.get(name, []))
            rows.write_parquet(place / f"{name}.parquet")
        ws = open_workspace("02_kpis", str(tmp_path), "2026-10", "", language, str(tmp_path / "build"))
        facts = gather(ws.scan, ws.company, ws.as_of)
        return ws, facts, spans("2026-10"), segments.standing(facts, END)

    return make


def test_a_segment_that_brings_most_is_named_with_its_share_and_number(look):
    ws, facts, now, found = look()
    shown = page.segment_table(ws, facts, now, segments.summary(found, facts.company.kpis.segments))
    assert shown.plain == "82% of known customers' revenue comes from one customer: Loyal"
    assert "Offer what goes with what they own, and care for it." in shown.html
    assert "1 Nov 2024 to 31 Oct 2026" in shown.html


def test_where_no_segment_brings_most_the_title_is_neutral(look):
    days = [D(2025, 1, 1) + timedelta(days=60 * n) for n in range(10)]
    ws, facts, now, found = look([(f"c{n}", day, 100 - n, {}) for n, day in enumerate(days)])
    assert (
        page.segment_table(ws, facts, now, segments.summary(found, facts.company.kpis.segments)).plain
        == "Known customers by segment"
    )


def test_a_company_s_own_segments_are_shown_in_the_language_of_the_page(look):
    ws, facts, now, found = look(own=OWN, language="vi")
    shown = page.segment_table(ws, facts, now, segments.summary(found, facts.company.kpis.segments))
    assert "Mọi người" in shown.html
    assert "Chào." in shown.html
    assert found["segment"].unique().to_list() == ["all"]


def test_the_quiet_ones_are_told_with_their_reason_and_consumers_without_name(look):
    ws, facts, now, found = look()
    shown = page.slipping(ws, facts, now, found)
    assert shown.plain == "Two customers who used to come back have gone quiet; they brought ₫960 in 24 months"
    assert "Điện máy Hoa Sen" in shown.html
    assert "Lê Thu Hà" not in shown.html
    assert "again" not in shown.html.replace("come back", "")
    assert "A consumer, South" in shown.html
    assert "Last order 152 days ago" in shown.html


def test_every_customer_has_the_segment_in_one_sentence_of_values(look):
    ws, facts, _, found = look()
    whys = dict(page.with_reasons(ws, facts, found).select("customer_id", "why").rows())
    assert whys["steady"].startswith("Last order 26 days ago (")
    assert "2 in 24 months (" in whys["steady"]
    assert whys["steady"].endswith(f" for ₫120 ({found.filter(customer_id='steady')['money'][0]} of 5): Champions.")
    assert set(whys) == {"dealer", "steady", "again", "once"}


def test_inactivity_says_after_how_many_days_and_who_set_them(look):
    ws, facts, now, _ = look()
    said = page.inactivity(ws, facts, now).plain
    assert "Of 4 known customers 2 are inactive (50%)" in said
    assert (
        "consumers after 100 days without an order and business accounts after 100, as the company has set it" in said
    )
    assert "1 of 8 orders from 1 Nov 2024 to 31 Oct 2026 name no customer (12%)" in said or "(13%)" in said


def test_segments_that_lose_a_customer_stop_the_run(look):
    ws, facts, now, found = look()
    page.check_segments(ws, facts, now, found)
    assert [check["difference"] for check in ws.notes.checks] == [0, 0]
    with pytest.raises(IdentityError, match=r"customers\.check\.customers: 3 against 4"):
        page.check_segments(ws, facts, now, found.head(3))


def test_cohorts_by_quarter_say_what_a_customer_brings(look):
    ws, facts, now, _ = look()
    rows = page.cohort_quarters(facts, now)
    assert page.brought(ws, rows).plain == "What a customer brings, quarter by quarter", "no cohort's year is over"
    assert page.later(ws, rows).plain.startswith("Share of first-time buyers")
    old = cohorts.table(facts.customers, D(2027, 7, 1), 8, "quarter")
    assert page.brought(ws, old).plain.endswith("₫480 in the first, ₫0 in the year after it")
    assert page.later(ws, rows.clear()).html == page.brought(ws, rows.clear()).html == ""


def test_too_few_repeat_buyers_are_refused_in_words_and_nothing_else_is_drawn(look):
    ws, facts, now, found = look()
    made = lifetime.of_company(facts, END)
    held = holdout.hold_out(made.days, END)
    said = page.prospects(ws, facts, now, found, made).plain
    assert said == "Fewer than 200 consumers ever came again (2): what they will bring is not predicted."
    silent = (page.prospects_words(ws, made, held), page.model_checks(ws, made, held), page.tracking(ws, held),
              page.calibration(ws, held))  # fmt: skip
    assert [shown.html for shown in silent] == [""] * 4


def many(*, tied=False):
    """Two hundred and fifty repeat buyers, and as many who bought once."""
    rows = [(f"r{i:03}", D(2025, 1, 1) + timedelta(days=45 * n + i % 40), 1000 * (n if tied else 10 + i % 7), {})
            for i in range(250) for n in range(2 + i % 5)]  # fmt: skip
    return rows + [(f"s{i:03}", D(2025, 1, 1) + timedelta(days=i), 1000, {}) for i in range(250)]


def test_what_consumers_bring_sums_to_the_title_and_keeps_its_contract(look):
    ws, facts, now, found = look(many())
    made = lifetime.of_company(facts, END)
    rows = prospects_by_segment(facts, found, made)
    worth = int(made.customers["worth_amount"].sum())
    assert rows["consumers"].sum() == made.customers.height == 500
    assert rows["worth_amount"].sum() == worth
    title = page.prospects(ws, facts, now, found, made).plain
    assert title == f"Today's 500 consumers will bring about {ws.words.money_short(worth)} in 6 months"
    KPI_TABLES["kpi_prospects"].validate(made.customers)


def test_where_value_goes_with_frequency_only_orders_are_told(look):
    ws, facts, now, found = look(many(tied=True))
    made = lifetime.of_company(facts, END)
    assert made.model.value_reason == "tied_value"
    assert " orders in 6 months" in page.prospects(ws, facts, now, found, made).plain
    assert "goes with how often they buy (correlation 1.00)" in page.prospects_words(ws, made, None).plain
    assert "bad" in page.model_checks(ws, made, None).html


@pytest.mark.parametrize(
    ("actual", "title", "warned"),
    [(100, "In the weeks held out the model was 20% off", False),
     (99, "The model expected 21% too many repeat purchases in the weeks held out", True),
     (200, "The model expected 40% too few repeat purchases in the weeks held out", False)],
)  # fmt: skip
def test_the_hold_out_check_says_how_far_to_trust_the_model(look, actual, title, warned):
    ws, facts, _, _ = look(many())
    made = lifetime.of_company(facts, END)
    weeks = pl.DataFrame({"week_on": [D(2026, 4, 1), D(2026, 4, 8)], "actual": [3, 4], "expected": [3.5, 4.5],
                          "is_after": [False, True]})  # fmt: skip
    bins = pl.DataFrame({"repeats": [0, 4], "customers": [9, 1], "actual": [actual, 0], "expected": [119.0, 1.0]})
    held = holdout.HoldOut(D(2026, 4, 8), weeks, bins)
    assert page.tracking(ws, held).title == title
    assert ("Plan with less" in page.prospects_words(ws, made, held).plain) is warned
    assert "4 or more" in page.calibration(ws, held).html
    assert "n/a" in page.calibration(ws, held).html, "nobody came: no ratio"
