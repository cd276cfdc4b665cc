"""Knobs: movable where a person is there, printed and the same every time where not."""

import ipywidgets
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from revops import report
from revops.problems import InputError, Problem
from revops.report import knobs
from revops.words import Words

WORDS = Words("en", "VND", 0)
KNOBS = {
    "growth": report.slider(0.12, 0.0, 0.3, 0.01, "Growth", is_percent=True),
    "years": report.slider(3, 1, 5, 1),
    "rule": report.choice("C", ["A", "B", "C"], "Rule"),
    "cap": report.switch(True, "Cap"),
}


def told(growth, years, rule, cap):
    return report.text(f"{growth} {years} {rule} {cap}"), report.text("second")


@pytest.fixture
def nobody(monkeypatch):
    """A shell that captures outputs, at which nobody sits."""
    InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    for name in ("JPY_SESSION_NAME", "REVOPS_LIVE", "REVOPS_STATIC"):
        monkeypatch.delenv(name, raising=False)
    yield monkeypatch
    InteractiveShell.clear_instance()


def test_without_a_person_values_and_result_are_printed(nobody):
    with capture_output() as first:
        report.interact(told, words=WORDS, **KNOBS)
    texts = [output.data["text/plain"] for output in first.outputs]
    assert texts == ["Chosen: Growth 12.0% · years 3 · Rule C · Cap yes", "0.12 3 C True", "second"]
    assert not any("widget" in kind for output in first.outputs for kind in output.data)


def test_without_knobs_only_the_result_is_printed(nobody):
    with capture_output() as told:
        report.interact(lambda: report.text("nothing to turn"), words=WORDS)
    assert [output.data["text/plain"] for output in told.outputs] == ["nothing to turn"]


def test_with_a_person_the_same_function_hangs_on_widgets(nobody):
    nobody.setenv("JPY_SESSION_NAME", "notebooks/03_quota.ipynb")
    with capture_output() as live:
        report.interact(told, words=WORDS, **KNOBS)
    assert any("application/vnd.jupyter.widget-view+json" in output.data for output in live.outputs)


@pytest.mark.parametrize(
    ("environment", "live"),
    [
        ({}, False),
        ({"JPY_SESSION_NAME": "x"}, True),
        ({"JPY_SESSION_NAME": "x", "REVOPS_STATIC": "1"}, False),
        ({"REVOPS_LIVE": "1"}, True),
        ({"REVOPS_LIVE": "1", "REVOPS_STATIC": "1"}, False),
    ],
)
def test_who_is_there(nobody, environment, live):
    for name, value in environment.items():
        nobody.setenv(name, value)
    assert knobs.is_live() is live


@pytest.mark.parametrize(
    ("name", "kind"),
    [("growth", "FloatSlider"), ("years", "IntSlider"), ("rule", "Dropdown"), ("cap", "Checkbox")],
)
def test_each_knob_has_its_widget(name, kind):
    widget = KNOBS[name].widget()
    assert type(widget) is getattr(ipywidgets, kind)
    assert KNOBS[name].turned(widget.value) == KNOBS[name].value


def test_a_percentage_is_typed_in_per_cent():
    growth = KNOBS["growth"]
    widget = growth.widget()
    assert (widget.value, widget.min, widget.max, widget.step) == (12.0, 0.0, 30.0, 1.0)
    assert widget.description == "Growth, %"
    widget.value = 17
    assert growth.turned(widget.value) == 0.17


def test_a_turned_percentage_reaches_the_function_as_a_share(nobody):
    nobody.setenv("REVOPS_LIVE", "1")
    seen = []
    with capture_output():
        report.interact(lambda growth: seen.append(growth) or report.text(""), growth=KNOBS["growth"])
    assert seen == [0.12]


def test_all_knobs_have_one_width():
    assert len({knob.widget().layout.width for knob in KNOBS.values()}) == 1


def picks(value=None, start=None):
    return report.picks(value or {}, {"a": "An", "b": "Bình"}, "Pins", start=start, remove="Take off")


def test_picked_ones_stand_below_the_list_and_leave_it():
    widget = picks(start={"a": 1.0, "b": 2.5}).widget()
    assert [name for name, _ in widget.list.options] == ["…", "An", "Bình"]
    widget.list.value = "b"
    assert (widget.value, widget.list.value) == ({"b": 2.5}, "")
    assert [name for name, _ in widget.list.options] == ["…", "An"]
    label, amount, off = widget.children[1].children
    assert (label.value, amount.value, off.tooltip) == ("Bình", 2.5, "Take off Bình")
    amount.value = 4
    assert widget.value == {"b": 4}
    off.click()
    assert (widget.value, len(widget.children)) == ({}, 1)


def test_without_amounts_only_the_names_are_picked():
    widget = picks().widget()
    widget.list.value = "a"
    widget.list.value = "b"
    assert widget.value == {"a": None, "b": None}
    assert [len(row.children) for row in widget.children[1:]] == [2, 2]


@pytest.mark.parametrize(
    ("knob", "shown"), [(picks(), "–"), (picks({"a": None, "b": None}), "An, Bình"), (picks({"b": 4200}), "Bình 4,200")]
)
def test_picked_ones_are_printed(knob, shown):
    assert knob.shown(WORDS) == shown


def test_what_is_refused_is_a_sentence_and_no_traceback(nobody):
    def refuse(growth):
        raise InputError(Problem("pins", "180", "at most 100", "lower one"))

    with capture_output() as told:
        report.interact(refuse, words=WORDS, growth=KNOBS["growth"])
    texts = [output.data["text/plain"] for output in told.outputs]
    assert texts[1:] == ["This cannot be had: pins: found 180, expected at most 100. Next: lower one."]
