"""At the desk: what each knob moves, what is refused, and that the printed lines make the same proposal."""

import re
from dataclasses import replace

import pytest
import yaml
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from revops import quota, report
from revops.planning import Quota
from revops.problems import InputError
from revops.report.quota import desk as view
from revops.words import Words

CHOSEN = "last_year"


@pytest.fixture(scope="module")
def turned(desk, proposal):
    """What the desk shows for the page's knobs with some of them moved."""
    rest = {name: knob.value for name, knob in view.knobs(desk.ws, proposal, CHOSEN).items()}
    show = view.turned(desk.ws, desk, proposal, CHOSEN)
    return lambda **moved: show(**{**rest, **moved})


def again(desk, proposal, **moved):
    return desk.propose(replace(proposal.knobs, **moved)).scenario(CHOSEN)


def test_at_rest_the_desk_shows_the_page(turned):
    table, checks, _ = turned()
    assert table.plain.endswith("as on this page")
    assert checks.plain.startswith("✓")


MOVES = {
    "growth": {"growth": 0.15},
    "blend": {"scenario": "potential", "blend": 0.7},
    "hedge": {"hedge": 0.05},
    "pins": {"pins": {"NV-0101": 2500.0}},
    "locks": {"locks": {"NV-0102": None}},
    "scenario": {"scenario": "three_years"},
}


@pytest.mark.parametrize("moved", MOVES.values(), ids=MOVES)
def test_every_knob_moves_numbers(turned, moved):
    table, checks, lines = turned(**moved)
    assert "as on this page" not in table.plain
    assert "0 differ" in checks.plain
    assert "quota:" in lines.plain


@pytest.mark.parametrize("moved", MOVES.values(), ids=MOVES)
def test_the_lines_to_copy_make_the_same_proposal(desk, turned, moved):
    lines = yaml.safe_load(turned(**moved)[-1].plain.partition("\n")[2])["quota"]
    own = desk.ws.company.quota
    told = own.model_dump(exclude_unset=True) | {key: value for key, value in lines.items() if key != "scenarios"}
    changed = {scenario["key"]: scenario for scenario in lines.get("scenarios", [])}
    told["scenarios"] = [s.model_dump(exclude_unset=True) | changed.get(s.key, {}) for s in own.scenarios]
    company = desk.ws.company.model_copy(update={"quota": Quota.model_validate(told)})
    fresh = replace(desk, ws=replace(desk.ws, company=company))
    picked = fresh.propose(quota.knobs_of(company.quota, 0)).scenario(company.quota.chosen)
    assert picked.key == moved.get("scenario", CHOSEN)
    table = turned(**moved)[0].html
    for base in fresh.ground.bases:
        row = table.partition(f">{base.name}</th>")[2].partition("</tr>")[0]
        shown = desk.ws.words.scaled(picked.by_person()[base.person_id], 9, 2)
        assert f"<td class='num you strong'>{shown}</td>" in row


def test_a_pinned_person_carries_what_is_typed_to_the_last_unit(desk, proposal):
    assert again(desk, proposal, pins={"NV-0101": 2_500_000_000}).by_person()["NV-0101"] == 2_500_000_000


@pytest.mark.parametrize(("typed", "power", "decimals", "units"), [
    (2500.0, 6, 0, 2_500_000_000), (2500.5, 6, 0, 2_500_500_000), (0.1, 3, 2, 100_00), (12.34, 0, 2, 12_34),
    (0.0000001, 6, 0, 0),
])  # fmt: skip
def test_a_typed_amount_is_exact(desk, typed, power, decimals, units):
    assert view._amount(replace(desk.ws, words=Words("en", "VND", decimals)), typed, power) == units


def test_a_hedge_is_what_people_sum_to_above_their_teams_and_leaves_the_base(desk, proposal):
    plain, picked = proposal.scenario(CHOSEN), proposal.scenario(CHOSEN)
    hedged = again(desk, proposal, over=view.over_people(picked, proposal.knobs, 50_000_000))
    assert hedged.base_by_person() == plain.base_by_person()
    assert sum(hedged.by_person().values()) == plain.amount * 105 // 100


def test_what_company_yaml_says_already_needs_no_line(desk):
    chosen = desk.ws.company.quota.chosen
    proposal = desk.propose(quota.knobs_of(desk.ws.company.quota, 0))
    rest = {name: knob.value for name, knob in view.knobs(desk.ws, proposal, chosen).items()}
    assert len(view.turned(desk.ws, desk, proposal, chosen)(**rest)) == 2


@pytest.mark.parametrize(("own", "result"), [
    ((), (0, 0, 0, 50_000_000)),
    ((10_000_000,), (10_000_000, 0, 0, 50_000_000)),
    ((10_000_000, 0, 0, 20_000_000), (10_000_000, 0, 0, 50_000_000)),
])  # fmt: skip
def test_the_hedge_takes_the_place_of_the_last_level_only(proposal, own, result):
    picked = proposal.scenario(CHOSEN)
    assert view.over_people(picked, replace(proposal.knobs, over=own), 50_000_000) == result


def test_a_pin_that_cannot_be_had_is_refused(turned):
    with pytest.raises(InputError):
        turned(pins={"NV-0101": 900_000.0})


def test_the_notebook_says_why_and_shows_no_traceback(desk, proposal, monkeypatch):
    for name in ("JPY_SESSION_NAME", "REVOPS_LIVE"):
        monkeypatch.delenv(name, raising=False)
    InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    knobs = view.knobs(desk.ws, proposal, CHOSEN)
    knobs["pins"] = replace(knobs["pins"], value={"NV-0101": 900_000.0})
    with capture_output() as told:
        report.interact(view.turned(desk.ws, desk, proposal, CHOSEN), words=desk.ws.words, **knobs)
    InteractiveShell.clear_instance()
    first, *rest = [output.data["text/plain"] for output in told.outputs]
    assert first.startswith("Chosen: Scenario A · ")
    assert "Pin a person's number, ₫m Nguyễn Thị Minh Anh 900,000" in first
    assert rest
    assert all(text.startswith("This cannot be had: quota") for text in rest)
    assert "Traceback" not in told.stdout + told.stderr


def test_where_nobody_carries_a_quota_there_is_nothing_to_turn(desk, proposal):
    alone = replace(proposal, ground=replace(proposal.ground, bases=[]))
    assert view.knobs(desk.ws, alone, CHOSEN) == {}
    assert view.turned(desk.ws, desk, alone, CHOSEN)()[0].plain == desk.ws.t("quota.no_people")


# --- territories ------------------------------------------------------------------------------------------------------


def test_the_pages_own_budget_is_one_line(desk):
    (told,) = view.replaced(desk.ws, desk)(**{name: knob.value for name, knob in view.budget(desk.ws, desk).items()})
    assert f"Moving {desk.ws.words.percent(desk.frontier.chosen.disruption)} of the value" in told.plain


@pytest.mark.parametrize("budget", [0.0, 0.01, 0.02, 0.2])
def test_another_budget_is_kept_and_shown(desk, budget):
    told, people = view.replaced(desk.ws, desk)(disruption=budget)
    share = float(re.search(r"Moving ([\d.]+)%", told.plain)[1])
    assert share <= budget * 100 + 0.05
    known = [point.balance for point in desk.frontier.points if point.disruption <= budget]
    assert float(re.search(r"to ([\d.]+) points", told.plain)[1]) <= round(max(known), 1)
    assert all(row["name"] in people.html for row in desk.loads.iter_rows(named=True))


def test_without_accounts_there_is_nothing_to_place(desk):
    bare = replace(desk)
    vars(bare)["case"] = vars(bare)["frontier"] = None
    assert view.budget(desk.ws, bare) == {}
    assert view.replaced(desk.ws, bare)() == ()
