"""Faults name the file with its folder and the line of the setting; those of company.yaml come first, by line."""

import pytest

from revops import pipeline
from revops.problems import Problem
from revops.run.places import placed
from revops.workspace import root

COMPANY = """name: Tí Hon
currency: VND
money_decimals: 0
quota: {step: "0"}
territory:
  dimensions: [regoin]
sources:
  shop: {kind: tabel, files: raw/a.csv}
plans: [plans/no.yaml]
"""


def told(where):
    return Problem(where, "x", "y", "z")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "company.yaml").write_text(COMPANY, encoding="utf-8")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.csv").write_text("a\n")
    return tmp_path


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("company.yaml, sources.shop.columns.x", "{}/company.yaml, line 8, sources.shop.columns.x"),
        ("company.yaml, line 3, money_decimals", "{}/company.yaml, line 3, money_decimals"),
        ("company.yaml, incentives.pay_day", "{}/company.yaml, incentives.pay_day"),
        ("{}/company.yaml", "{}/company.yaml"),
        ("raw/a.csv, row 3", "{}/raw/a.csv, row 3"),
        ("plans/no.yaml", "{}/plans/no.yaml"),
        ("aw:a.csv, row 3", "aw:a.csv, row 3"),
        ("parameter growth", "parameter growth"),
    ],
)
def test_a_file_is_named_with_its_folder_and_line(folder, where, expected):
    assert [p.where for p in placed([told(where.format(folder))], folder)] == [expected.format(folder)]


def test_the_folder_is_named_from_the_root(tmp_path):
    assert placed([told("company.yaml")], root() / "data" / "demo")[0].where == "data/demo/company.yaml"


def test_faults_of_the_settings_come_first_by_line_and_once(folder):
    found = [told("period"), told("company.yaml, plans"), told("company.yaml, line 2, currency"), told("period")]
    assert [p.where.rpartition(", ")[2] for p in placed(found, folder)] == ["currency", "plans", "period"]


def test_check_tells_every_setting_that_would_stop_a_notebook(folder):
    found = [str(problem) for problem in pipeline.check(folder)]
    starts = [
        "company.yaml, line 4, quota.step: found 0, expected an amount above 0",
        "company.yaml, line 6, territory.dimensions: found regoin (did you mean region?)",
        "company.yaml, line 8, sources.shop.kind: found tabel (did you mean table?)",
        "plans/no.yaml: found no such file",
    ]
    for message, start in zip(found, starts, strict=True):
        assert message.startswith(f"{folder}/{start}"), message
