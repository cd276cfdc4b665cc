"""The notebook's own cells on small companies: every period, both languages, with and without each source."""

import json
import re

import nbformat
import polars as pl
import pytest

from revops import kpis, tables
from revops.kpis.contracts import KPI_TABLES
from revops.kpis.pipeline.stages import stage_table
from revops.problems import InputError
from revops.report import kpis as page
from revops.workspace import open_workspace

from .deals import stays
from .small import PRODUCTS, D, line, order, spans, table, touch
from .test_findings import pipeline, plan, sessions, shop

YAML = """
name: Gió Mộc
currency: VND
money_decimals: 0
funnel: {stages: [Qualified, Offer], lead_window_days: 30}
kpis: {web_channel: Web, clv_months: 1}
findings: {minimum_amount: 1000, owners: {default: p1}}
"""
RICH = {
    "targets": plan(40_000, 20_000),
    "sessions": sessions(lambda month: 19 if month >= D(2026, 1, 1) else 26),
    "subscriptions": [{"subscription_id": "s", "customer_id": "c", "start_on": D(2025, 1, 1), "mrr": 1000}],
    "ad_spend": [{"spent_on": D(2026, 3, 9), "platform": "Meta", "campaign": "A", "spend_amount": 5000}],
    "costs": [{"month_on": D(2026, 3, 1), "cost_type": "tools", "cost_amount": 900}],
    "touches": [touch("North2026-03-09", D(2026, 3, 9), "A")],
    "leads": [{"lead_id": "l", "created_on": D(2026, 1, 5), "opportunity_id": "m1"}],
    "people": [{"person_id": "p1", "name": "Lê Thu Hà", "start_on": D(2025, 1, 1)}],
    **pipeline(3, 2),
}


def cells(root):
    notebook = nbformat.read(root / "notebooks" / "02_kpis.ipynb", as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def run(root, folder, capsys, **given):
    """Execute the notebook's cells in order, as a kernel would, and give the notes it wrote."""
    values: dict = {}
    for cell in cells(root):
        exec(compile(cell.source, cell.id, "exec"), values)
        if "parameters" in cell.metadata.get("tags", []):
            values |= {"company": str(folder), "build": str(folder / "build")} | given
    capsys.readouterr()
    return json.loads(next((folder / "build" / "notes").glob("02_kpis.*.json")).read_text(encoding="utf-8"))


@pytest.fixture
def company(tmp_path):
    """A folder with company.yaml and the canonical tables that it is given."""

    def make(**found):
        (tmp_path / "company.yaml").write_text(YAML, encoding="utf-8")
        place = tmp_path / "build" / "tables"
        place.mkdir(parents=True)
        for name in tables.CANONICAL:
            rows = found.get(name, [])
            (PRODUCTS if name == "products" else table(name, rows)).write_parquet(place / f"{name}.parquet")
        return tmp_path

    return make


@pytest.mark.parametrize("period", ["2026-03", "2026-Q1", "2026-W12", "2026"])
@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_kind_of_period_in_both_languages(root, company, capsys, period, language):
    folder = company(**shop(), **RICH)
    notes = run(root, folder, capsys, period=period, language=language, as_of="2026-03-31" if period == "2026" else "")
    assert len(notes["tiles"]) == 8
    assert notes["headline"].endswith(".")
    assert all(check["difference"] == 0 for check in notes["checks"])
    assert len(notes["checks"]) >= 7


def test_what_the_index_needs_is_in_the_notes(root, company, capsys):
    notes = run(root, company(**shop(), **RICH), capsys, period="2026-03")
    assert [tile["name"] for tile in notes["tiles"]][0] == "Net revenue"
    assert all(len(tile["series"]) == 13 for tile in notes["tiles"])
    assert sum(row["actual"] for row in notes["extra"]["bullets"]["groups"][0]) == 2 * 31 * 900
    found = {finding["title"]: finding for finding in notes["findings"]}
    stuck = (
        found["Three deals are stuck in Offer"]
        if "Three deals are stuck in Offer" in found
        else found["3 deals are stuck in Offer"]
    )
    assert (stuck["owner"], stuck["due_on"], stuck["href"]) == ("Lê Thu Hà", "2026-04-09", "02_kpis.html#funnel")
    anchors = {finding["href"].partition("#")[2] for finding in notes["findings"]}
    assert anchors <= {cell.id for cell in cells(root)}
    assert notes["findings"] == sorted(notes["findings"], key=lambda f: -abs(f["amount"]))


def test_tables_are_saved_whole_and_say_the_same_on_a_second_run(root, company, capsys):
    folder = company(**shop(), **RICH)
    made = []
    for _ in range(2):
        run(root, folder, capsys, period="2026-03")
        made.append({path.name: path.read_bytes() for path in (folder / "build" / "tables").glob("kpi_*.parquet")})
    assert set(made[0]) == {f"{name}.parquet" for name in KPI_TABLES}
    assert made[0] == made[1]
    monthly = pl.read_parquet(folder / "build" / "tables" / "kpi_monthly.parquet")
    assert monthly["net_amount"].sum() == 121 * 2 * 900


@pytest.mark.parametrize("absent", [*RICH, "all of them"])
def test_a_source_that_is_missing_is_said_in_one_line_and_nothing_breaks(root, company, capsys, absent):
    found = {name: rows for name, rows in RICH.items() if absent not in (name, "all of them")}
    notes = run(root, company(**shop(), **found), capsys, period="2026-03")
    undefined = {tile["name"] for tile in notes["tiles"] if tile["value"] is None}
    expected = {
        "sessions": {"Web conversion"},
        "opportunities": {"Win rate"},
        "subscriptions": {"ARR", "Customer churn"},
    }
    assert undefined >= expected.get(absent, set())
    assert 0 not in [tile["value"] for tile in notes["tiles"] if tile["name"] in undefined]


def test_no_orders_at_all(root, company, capsys):
    notes = run(root, company(), capsys, period="2026-03")
    assert notes["headline"] == "There is no revenue to show for March 2026."
    assert {tile["value"] for tile in notes["tiles"]} == {None}


def test_one_order_only(root, company, capsys):
    notes = run(
        root, company(orders=[order("a", D(2026, 3, 9))], order_lines=[line("a", 900)]), capsys, period="2026-03"
    )
    assert notes["headline"].startswith("March 2026 net revenue was ₫900 up to 9 Mar 2026.")


def test_without_the_canonical_tables_the_message_says_what_to_run(tmp_path):
    (tmp_path / "company.yaml").write_text(YAML, encoding="utf-8")
    ws = open_workspace("02_kpis", str(tmp_path), "2026-03", build=str(tmp_path / "build"))
    with pytest.raises(InputError, match=r"found no such table, expected table orders .* Next: run 01_ingest first"):
        ws.scan("orders")


@pytest.mark.parametrize(("days", "shown"), [(16, "+60"), (10, "0"), (5, "−50")])
def test_a_stage_shows_how_much_slower_than_its_own_past_it_is(company, days, shown):
    history, closed = stays([10] * 4, D(2025, 6, 1))
    more, now = stays([days] * 4, D(2026, 2, 1), first=50)
    stages = stage_table(
        table("opportunity_stage_history", history + more),
        table("opportunities", closed + now),
        ["Offer"],
        D(2026, 1, 1),
        D(2026, 4, 1),
    )
    ws = open_workspace("02_kpis", str(company()), "2026-03")
    made = page.funnel_table(ws, stages, (D(2026, 1, 1), D(2026, 4, 1))).html
    assert re.findall(r"&nbsp;([^<]*)</span>", made) == [shown]


def month_of(**channels):
    """Orders and targets of March 2026: (actual, target) by channel."""
    return {
        "orders": [order(name, D(2026, 3, 31), channel=name) for name in channels],
        "order_lines": [line(name, actual) for name, (actual, _) in channels.items()],
        "targets": [
            {"metric": "net_revenue", "month_on": D(2026, 3, 1), "product_group": "Fans", "channel": name,
             "region": "North", "target": target}
            for name, (_, target) in channels.items()
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("web", "said"),
    [
        (950, "Shops fell ₫300 short; the other channels finished ₫150 ahead."),
        (901, "Shops fell ₫300 short; the other channels finished ₫101 ahead."),
        (900, "Shops fell ₫300 short and Web ₫100; the other channels finished ₫200 ahead."),
    ],
    ids=["small", "under a third of the worst", "a third"],
)
def test_a_second_channel_that_is_short_is_named_not_netted(root, company, capsys, web, said):
    found = month_of(Shops=(700, 1000), Web=(web, 1000), Dealers=(1200, 1000))
    notes = run(root, company(**found), capsys, period="2026-03", as_of="2026-03-31")
    assert notes["headline"].endswith(said)


def test_the_year_is_compared_with_the_year_before_once(root, company, capsys):
    notes = run(root, company(**shop()), capsys, period="2026", as_of="2026-03-31")
    assert notes["subline"].count("2025") == 1


def test_a_tile_whose_source_begins_too_late_says_from_when_on(root, company, capsys):
    visits = [{"day_on": D(2026, 3, 9), "channel": "Web", "traffic_source": "ads", "sessions": 100, "purchases": 2}]
    notes = run(root, company(**shop(), sessions=visits), capsys, period="2026-Q1")
    (tile,) = [tile for tile in notes["tiles"] if tile["name"] == "Web conversion"]
    assert (tile["value"], tile["basis"]) == (None, "n/a (source begins on 1 Mar 2026)")


@pytest.mark.parametrize(
    ("missing", "basis"),
    [
        ((), "advertising and sales costs · lower is better"),
        (("costs",), "advertising alone · lower is better"),
        (("ad_spend",), "without advertising · lower is better"),
    ],
)
def test_the_tile_of_cac_says_which_costs_it_knows(root, company, capsys, missing, basis):
    found = {name: [] if name in missing else RICH[name] for name in ("ad_spend", "costs")}
    notes = run(root, company(**shop(), **found), capsys, period="2026-03")
    assert [tile["basis"] for tile in notes["tiles"] if tile["name"] == "CAC"] == [basis]


@pytest.mark.parametrize(
    ("names", "first"),
    [(("subscriptions",), "service_arr"), (("leads",), "lead_conversion"), ((), "net_revenue")],
    ids=["contracts alone", "leads alone", "nothing at all"],
)
def test_another_look_starts_with_what_the_company_knows(company, names, first):
    folder = company(**{name: RICH[name] for name in names})
    ws = open_workspace("02_kpis", str(folder), "2026-03", build=str(folder / "build"))
    facts = kpis.gather(ws.scan, ws.company, ws.as_of)
    found = page.knobs(ws, facts)
    assert found["metric"].value == first
    chosen = {name: knob.value for name, knob in found.items()}
    assert all(chosen[name] in dict(map(reversed, knob.options)) for name, knob in found.items())
    assert page.looker(ws, facts, spans("2026-03"))(**chosen).html
