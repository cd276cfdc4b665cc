"""Quotas in pieces: what is planned reads as pieces everywhere, pay and this year's quotas as money."""

from dataclasses import replace

import pytest

from revops import quota
from revops.problems import InputError
from revops.report import quota as view
from revops.workspace import open_workspace


def opened(build, step="1"):
    ws = open_workspace("03_quota", "data/demo", "2026-10", build=build)
    planning = ws.company.quota.model_copy(update={"metric": "units", "step": step})
    company = ws.company.model_copy(update={"quota": planning})
    return quota.open_desk(replace(ws, company=company))


@pytest.fixture(scope="module")
def pieces(build):
    desk = opened(build)
    proposal = desk.propose(quota.knobs_of(desk.ws.company.quota, 2))
    return desk, proposal, quota.side_by_side(desk, proposal, "potential")


def test_what_is_planned_reads_as_pieces(pieces):
    desk, proposal, compared = pieces
    ws, chosen = desk.ws, "potential"
    shown = [
        view.bridges(ws, proposal, chosen, compared.why),
        view.tops(ws, desk, proposal),
        view.readings(ws, desk, proposal),
        view.factors(ws, desk, proposal, chosen),
        view.due(ws, proposal, chosen),
        view.months(ws, proposal, chosen),
        view.wrong(ws, desk, proposal, chosen, compared.moved),
        view.covered(ws, proposal, compared.covered),
        *view.turned(ws, desk, proposal, chosen)(
            **{name: knob.value for name, knob in view.knobs(ws, proposal, chosen).items()}
        ),
    ]
    assert [part.plain for part in shown if "₫" in str(part)] == []
    assert "pieces · rows" in str(view.months(ws, proposal, chosen))
    assert "₫" not in view.headline(ws, desk, proposal, chosen)


def test_pay_reads_as_money_beside_them(pieces):
    desk, proposal, compared = pieces
    assert "₫m a year" in str(view.strips(desk.ws, proposal, "potential", compared))
    assert "₫m" in str(view.fairest(desk.ws, desk, proposal, compared.tested))


def test_amounts_in_pieces_have_no_decimals_whatever_the_money_has(pieces):
    desk, _, _ = pieces
    settings = desk.ws.company.quota.model_copy(update={"step": "10", "pins": {"NV-0101": 250}})
    knobs = quota.knobs_of(settings, 2)
    assert (knobs.step, knobs.pins) == (10, {"NV-0101": 250})


def test_potential_is_no_number_of_pieces(pieces):
    desk, _, _ = pieces
    assert desk.ground.company.potential is None
    assert desk.ground_for("net_revenue", ["product_group"]).potential


def test_a_step_that_the_number_does_not_hold_is_refused(build):
    desk = opened(build, step="1000000")
    with pytest.raises(InputError) as refused:
        desk.propose(quota.knobs_of(desk.ws.company.quota, 0))
    assert str(refused.value) == (
        "company.yaml, quota.step: found 1,000,000, of a number of 27,822, expected a step that the number holds. "
        "Next: lower the step."
    )
