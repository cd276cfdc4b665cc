"""What the page says of deals, hand-overs, people and service: a claim only where the values carry it."""

import re

import pytest

from revops.kpis.pipeline.stages import stage_table
from revops.report import kpis as page
from revops.workspace import open_workspace

from .deals import STAGES, deal, visit
from .small import D, line, order, spans, table, world
from .test_people import person
from .test_service import contract, ticket

YAML = "name: Gió Mộc\ncurrency: VND\nmoney_decimals: 0\nfunnel: {stages: [Qualified, Demo, Offer, Contract]}\n"
MAR = spans("2026-03")
BEFORE, AFTER = D(2026, 2, 28), D(2026, 3, 31)


@pytest.fixture
def ws(tmp_path):
    """A workspace of March 2026 that saves into a folder of its own."""
    (tmp_path / "company.yaml").write_text(YAML, encoding="utf-8")
    return open_workspace("02_kpis", str(tmp_path), "2026-03", build=str(tmp_path / "build"))


def facts_of(ws, **found):
    return world(D(2026, 3, 31), ws.company, **found)


def shown(thing):
    """The message over a table or chart; of a row that of its first."""
    first = getattr(thing, "items", (thing,))[0]
    found = re.search(r"<h3 class='msg'>([^<]*)", getattr(first, "html", ""))
    return found[1] if found else first.title


@pytest.mark.parametrize(
    ("amount", "title"),
    [
        (150, "The open pipeline grew by ₫50: ₫50 came in, ₫0 went out"),
        (70, "The open pipeline shrank by ₫30: ₫0 came in, ₫30 went out"),
        (100, "The open pipeline is as large as it was: ₫0 came in, ₫0 went out"),
    ],
)
def test_the_pipeline_since_last_time(ws, amount, title):
    rows = [deal("d", snapshot=BEFORE), deal("d", amount=amount, snapshot=AFTER)]
    made = page.pipeline_since(ws, facts_of(ws, opportunities=rows), MAR)
    assert shown(made) == title
    assert ws.notes.checks[-1]["difference"] == 0


def test_what_is_won_leaves_the_pipeline_and_is_no_loss(ws):
    rows = [deal("w", snapshot=BEFORE), deal("l", snapshot=BEFORE)]
    rows += [deal("w", won=True, snapshot=AFTER), deal("l", won=False, snapshot=AFTER)]
    chart = page.pipeline_since(ws, facts_of(ws, opportunities=rows), MAR).items[0].spec
    rows = next(values for values in chart["datasets"].values() if "tone" in values[0])
    fills = {row["name"]: row["tone"] for row in rows}
    assert (fills["Won"], fills["Lost"]) == ("good", "bad")


def test_one_export_alone_says_what_is_missing(ws):
    made = page.pipeline_since(ws, facts_of(ws, opportunities=[deal("d")]), MAR)
    assert "there is only one" in made.html


def test_a_deal_pushed_again_and_again_is_named(ws):
    days = [D(2026, 1, 31), D(2026, 2, 14), BEFORE, AFTER]
    closes = [D(2026, 2, 9), D(2026, 2, 20), D(2026, 3, 9), D(2026, 4, 9)]
    rows = [deal("d", close=close, snapshot=day) for close, day in zip(closes, days, strict=True)]
    assert (
        "One open deal has been pushed later 2 times or more"
        in page.slipped(ws, facts_of(ws, opportunities=rows), MAR).html
    )
    assert "pushed later" not in page.slipped(ws, facts_of(ws, opportunities=rows[2:]), MAR).html


@pytest.mark.parametrize(("lost", "said"), [(19, "What deals promised"), (20, "Deals brought 0% of the amount")])
def test_calibration_claims_nothing_under_20_deals(ws, lost, said):
    past = [deal("w", won=True, snapshot=day, close=D(2026, 1, 9)) for day in (BEFORE, AFTER)]
    rows = [deal(f"l{i}", snapshot=BEFORE) for i in range(lost)]
    rows += [deal(f"l{i}", won=False, snapshot=AFTER) for i in range(lost)]
    assert shown(page.chances(ws, facts_of(ws, opportunities=[*past, *rows]))).startswith(said)


@pytest.mark.parametrize(
    ("status", "title"), [("New", "25 of 25 leads wait for an answer"), ("Done", "Every hand-over")]
)
def test_the_leak_that_matters_most_is_the_message(ws, status, title):
    leads = [{"lead_id": str(i), "created_on": D(2026, 3, 2), "person_id": "p", "status": status} for i in range(25)]
    assert shown(page.leaks(ws, facts_of(ws, leads=leads), MAR)).startswith(title)


def test_where_most_leads_are_lost_and_nothing_is_claimed_of_few(ws):
    leads = [{"lead_id": str(i), "created_on": D(2025, 6, 2), "status": "x"} for i in range(20)]
    assert (
        shown(page.lead_journey(ws, facts_of(ws, leads=leads), MAR)) == "Most is lost after the step “Lead”: 0% go on"
    )
    assert shown(page.lead_journey(ws, facts_of(ws, leads=leads[:19]), MAR)) == "From lead to renewal"


def test_people_stand_by_team_and_name_with_what_their_rates_rest_on(ws):
    deals = [deal("w", won=True, person_id="a"), deal("l", won=False, person_id="a")]
    found = {"orders": [order("o", D(2026, 3, 4), person_id="a"), order("p", D(2026, 3, 4), person_id="b")],
             "order_lines": [line("o", 90, discount=10), line("p", 300)],
             "people": [person("b", team="A"), person("a", team="B")], "opportunities": deals}  # fmt: skip
    made = page.people_table(ws, facts_of(ws, **found), MAR)
    assert shown(made) == "A person who sells brought ₫195"
    assert made.html.index("Bà b") < made.html.index("Bà a")
    assert "few deals" in made.html
    assert "of 2" in made.html
    assert "Deals won" in made.html
    assert "Deals won" not in page.people_table(ws, facts_of(ws, **found | {"opportunities": []}), MAR).html


def test_service_says_what_is_not_recorded_and_when_it_could_be_luck(ws):
    waits = [ticket("a", D(2026, 1, 4), satisfaction=None), ticket("b", D(2026, 3, 2), D(2026, 3, 4))]
    rows = [contract(start=D(2025, 3, 20), end=D(2026, 3, 20)), contract("t", D(2025, 3, 20), customer="other")]
    facts = facts_of(ws, tickets=waits, subscriptions=rows)
    assert "not recorded" in page.service_words(ws, facts, MAR).html
    said = page.churn_words(ws, facts, MAR).html
    assert "could be luck" in said
    assert "100% ended" in said


def test_contracts_due_while_their_customer_waits(ws):
    facts = facts_of(ws, tickets=[ticket("a", D(2026, 1, 4))], subscriptions=[contract(start=D(2025, 4, 20))])
    assert shown(page.waiting(ws, facts, MAR)).startswith("One contract")
    calm = facts_of(ws, tickets=[ticket("a", D(2026, 3, 30))], subscriptions=[contract(start=D(2025, 4, 20))])
    assert "No contract that is due" in page.waiting(ws, calm, MAR).html


PARTS = ["pipeline_since", "coverage", "lead_journey", "leaks", "people_table", "tickets", "service_words", "waiting"]


@pytest.mark.parametrize("part", [*PARTS, "churn_words"])
def test_without_any_source_each_part_says_so_in_a_line(ws, part):
    made = getattr(page, part)(ws, facts_of(ws), MAR)
    assert hasattr(made, "html")


SPAN = (D(2026, 1, 1), D(2026, 4, 1))


def test_the_slow_stage_is_named_and_a_lucky_one_is_not(ws):
    seen = [visit(f"d{i}", "Offer", D(2025, 9, 1), D(2025, 9, 11)) for i in range(25)]
    seen += [visit(f"n{i}", "Offer", D(2026, 2, 1), D(2026, 2, 21)) for i in range(25)]
    rows = [deal(f"d{i}", won=False, close=D(2025, 9, 11), created=D(2025, 9, 1)) for i in range(25)]
    rows += [deal(f"n{i}", won=False, close=D(2026, 2, 21), created=D(2026, 2, 1)) for i in range(25)]

    def title(count):
        kept = [row for row in rows if row["opportunity_id"][0] == "d" or int(row["opportunity_id"][1:]) < count]
        frames = table("opportunity_stage_history", seen), table("opportunities", kept)
        return shown(page.funnel_table(ws, stage_table(*frames, STAGES, *SPAN), SPAN))

    assert title(25).startswith("Offer is the bottleneck: 20 days instead of 10")
    assert title(19) == "How far deals get"
