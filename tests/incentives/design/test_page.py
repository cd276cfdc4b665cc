"""What 04 shows of the design: messages rendered from the figures of a small company, in both languages."""

from pathlib import Path
from typing import Any

import pytest

from revops import report
from revops.incentives import Study, open_desk
from revops.report import incentives as page
from revops.run.call import check_plans
from revops.workspace import Workspace, open_workspace

from ..test_desk import REP, build

DRAFT = REP.replace("plan: REP", "plan: D").replace("en: Sales", "en: Draft").replace("scale: whole", "scale: marginal")


def opened(folder: Path, language: str = "en", draft: str = DRAFT, pay: int = 5) -> tuple[Workspace, Study]:
    """The company of the desk's tests, P1 at 105.7 % and P2 at 95.6 % on a whole scale, with a draft beside it."""
    company = build(folder, language).folder
    if draft:
        told = "incentives: {contact: M1, drafts: [plans/draft.yaml]}"
        path = company / "company.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("incentives: {contact: M1}", told), encoding="utf-8")
        (company / "plans" / "draft.yaml").write_text(draft, encoding="utf-8")
        case = f"cases: [{{name: at quota, credits: {{direct: 100}}, quota: 100, pay: {pay}}}]\n"
        (company / "plans" / "draft.cases.yaml").write_text(case, encoding="utf-8")
    ws = open_workspace("04_incentives", company, "2026-10", "", language, str(folder / "build"))
    return ws, Study(open_desk(ws))


@pytest.fixture
def both(tmp_path: Path) -> tuple[Workspace, Study]:
    return opened(tmp_path)


def at_first(shown: Any, knobs: dict[str, report.knobs.Knob], **turned: Any) -> Any:
    return shown(**({name: knob.value for name, knob in knobs.items()} | turned))


def test_the_cost_of_a_plan_is_told_at_its_quotas_with_its_cliff(both: tuple[Workspace, Study]) -> None:
    """Quotas of 700,000 and 900,000 at 8 %: 128,000; one unit below, 80,000."""
    ws, study = both
    curve, figures = at_first(page.plan_cost(ws, study), page.plan_knobs(ws, study)).items
    assert curve.title == "At its quotas, Sales costs ₫128k a month: 8.00% of credits"
    lines = curve.spec["usermeta"]["revops"]["lines"]
    at_quota = [pay for share, _, pay in lines if share == "100.0%"]
    assert at_quota == ["80.00", "128.00"]
    assert "128,000" in figures.html


def test_every_plan_and_draft_is_told_at_some_attainments(both: tuple[Workspace, Study]) -> None:
    """The draft's marginal scale costs 80,000 at the quotas of 1,600,000, and 8 % of what lies beyond."""
    html = page.every_plan(*both).html
    sales, draft, team = (html[html.index(name) :].split("</tr>")[0] for name in ("REP · ", "D · ", "BOSS · "))
    assert [figure in sales for figure in ("40.00", "64.00", "128.00", "8.00%")] == [True] * 4
    assert [figure in draft for figure in ("80.00", "105.60", "5.00%")] == [True] * 3
    assert "one person" in team


def test_the_draft_is_compared_person_by_person(both: tuple[Workspace, Study]) -> None:
    ws, study = both
    html = at_first(page.draft(ws, study), page.draft_knobs(ws, study)).html
    assert "Draft: nobody would gain, one person would lose, together −₫21.0k" in html
    assert "One of 1 months from quota on" in html
    assert study.compared(study.drafts[0]).select("person_id", "difference").rows() == [("P1", -21_000), ("P2", 0)]


def test_edges_are_named_with_whom_they_met(both: tuple[Workspace, Study]) -> None:
    """P1 without the order of 540,000: 200,007 at 5 %, so it alone paid 49,201."""
    html = page.gaps(*both).html
    assert "At 100% one more unit pays up to ₫27.0k at once; nobody ended just below" in html
    assert "One order was half of the month or more" in html
    assert {(gap.plan, gap.kind): gap.amount for gap in both[1].gaps}["REP", "luck"] == 49_201 + 25_000


def test_the_three_bases_stand_side_by_side(both: tuple[Workspace, Study]) -> None:
    html = page.other_bases(*both).html
    assert "The month&#x27;s deals earn ₫80.0k each alone, ₫81.2k cumulated, ₫102k at the reached rate" in html
    assert all(figure in html for figure in ("37,000", "38,201", "59,201"))


@pytest.mark.parametrize(
    ("turned", "change"),
    [({}, "+₫10,220"), ({"rates": 0.0, "quotas": -0.1}, "+₫25,800"), ({"rates": 0.0, "bounds": 0.1}, "−₫22,201")],
)
def test_turned_terms_redraw_everybody(both: tuple[Workspace, Study], turned: dict[str, float], change: str) -> None:
    """Rates a tenth up; quotas a tenth down lift P2 over 810,000; a tier from 110 % on drops P1 to 5 %."""
    ws, study = both
    people, _ = at_first(page.turned(ws, study), page.turn_knobs(ws, study), plan="REP", **turned).items
    assert f"Sales: the month would cost {change}" in people.html


def test_a_draft_is_turned_against_what_is_paid_today(both: tuple[Workspace, Study]) -> None:
    ws, study = both
    people, _ = at_first(page.turned(ws, study), page.turn_knobs(ws, study), plan="D", rates=0.0).items
    assert "Draft: the month would cost −₫21,000" in people.html


def test_one_more_deal_is_worth_what_the_engine_pays(both: tuple[Workspace, Study]) -> None:
    """40,000 more bring P2 to the quota: 900,000 × 8 % − 43,000."""
    ws, study = both
    shown = page.worth(ws, study)(person="P2", amount=40)
    assert shown.title == "Võ Thanh Tùng would earn ₫29,000 more by selling ₫40.0k more"
    months = {row["person_id"]: row for row in study.desk.pay_next.to_dicts()}
    one = next(one for one in study.last("REP") if one.person.person_id == "P2")
    assert one.more(months["P2"]["more_amount"], one.open) == months["P2"]["worth_amount"]


def test_the_distribution_names_its_middle_and_its_dear_tenth(both: tuple[Workspace, Study]) -> None:
    bells, table = page.spread(*both).items
    assert bells.title.startswith("Two months like the last cost ")
    assert "P50" in table.html
    assert "With D · Draft" in table.html


def test_moving_a_knob_redraws_in_the_lab(both: tuple[Workspace, Study], monkeypatch: pytest.MonkeyPatch) -> None:
    ws, study = both
    monkeypatch.setenv("REVOPS_LIVE", "1")
    shown: list[Any] = []
    monkeypatch.setattr(report.knobs, "show", lambda *items: shown.extend(items))
    report.interact(page.turned(ws, study), words=ws.words, **page.turn_knobs(ws, study))
    first, box = shown
    rates = next(control for control in box.children if getattr(control, "description", "") == "Rates, %")
    assert (rates.value, "+₫10,220" in first.items[0].html) == (10.0, True)
    rates.value = 20.0
    assert "+₫20,440" in shown[-1].items[0].html


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_company_without_drafts_says_so_and_shows_the_rest(tmp_path: Path, language: str) -> None:
    ws, study = opened(tmp_path, language, draft="")
    assert page.draft_knobs(ws, study) == {}
    assert page.draft(ws, study)().plain == ws.t("design.draft.none")
    assert len(page.spread(ws, study).items) == 2


def test_a_draft_whose_case_does_not_come_out_is_refused_as_a_plan_is(tmp_path: Path) -> None:
    ws = build(tmp_path)
    path = ws.folder / "company.yaml"
    told = "incentives: {contact: M1, drafts: [plans/draft.yaml]}"
    path.write_text(path.read_text(encoding="utf-8").replace("incentives: {contact: M1}", told), encoding="utf-8")
    (ws.folder / "plans" / "draft.yaml").write_text(DRAFT, encoding="utf-8")
    case = "cases: [{name: at quota, credits: {direct: 100}, quota: 100, pay: 9}]\n"
    (ws.folder / "plans" / "draft.cases.yaml").write_text(case, encoding="utf-8")
    company = open_workspace("04_incentives", ws.folder, "2026-10", "", "en", str(tmp_path / "build")).company
    [problem] = check_plans(ws.folder, company)
    assert str(problem).startswith("plans/draft.cases.yaml, line 1, at quota: found pay 5, expected 9.")


def test_where_nobody_is_paid_every_section_says_so(tmp_path: Path) -> None:
    ws, _ = opened(tmp_path)
    ws.save("people", ws.read("people").clear())
    study = Study(open_desk(ws))
    nobody = "No plan pays anybody."
    assert page.plan_knobs(ws, study) == page.turn_knobs(ws, study) == page.worth_knobs(ws, study) == {}
    assert page.plan_cost(ws, study)().plain == page.turned(ws, study)().plain == nobody
    assert page.spread(ws, study).plain == nobody
    assert page.gaps(ws, study).plain.startswith("No cliff")
    assert page.other_bases(ws, study).plain == "No plan has tiers."
    assert page.worth(ws, study)().plain == "Nobody is paid on booked deals."
    assert "would pay nobody" in at_first(page.draft(ws, study), page.draft_knobs(ws, study)).plain
