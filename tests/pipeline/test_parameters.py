"""Parameters are read from the notebook's cell and refused before anything starts."""

import re

import pytest

from revops.problems import InputError
from revops.run.call import check_call
from revops.run.parameters import check_given, convert, for_notebook, read_notebook, read_source
from revops.workspace import root

READ = [
    ("typed", 'name: str = "a"', ("str", "a")),
    ("an equals sign in the comment", 'name: str = "a"  # like a=b', ("str", "a")),
    ("an equals sign in the value", 'name: str = "a=b"', ("str", "a=b")),
    ("a bar in the annotation", "name: float | None = None", ("float | None", None)),
    ("a list", 'name: list[str] = ["a"]', ("list[str]", ["a"])),
    ("without annotation", "name = 3", ("int", 3)),
    ("a negative number", "name: float = -0.5", ("float", -0.5)),
]
CONVERTED = [
    ("0.15", "float", 0.15),
    ("3", "float", 3.0),
    (3, "float", 3.0),
    ("3", "int", 3),
    ("3", "str", "3"),
    ("true", "bool", True),
    ("False", "bool", False),
    ("None", "float | None", None),
    ("0.5", "float | None", 0.5),
    ('["a", "b"]', "list[str]", ["a", "b"]),
    ("", "str", ""),
]
REFUSED = [
    ("x", "int"),
    ("0.5", "int"),
    (True, "int"),
    (1, "bool"),
    (5, "str"),
    ("None", "float"),
    ("[1]", "float"),
    (None, "str"),
    ("nan", "float"),
    ("NaN", "float"),
    ("Infinity", "float"),
]
NOTEBOOKS = {
    "02_kpis": read_source("period: str = ''\ngrowth: float = 0.1"),
    "03_quota": read_source("weight: int = 2"),
}
FAULTS = [
    (
        {"growht": "0.2"},
        "parameter growht: found an unknown name (did you mean growth?), expected one of growth, weight. "
        "Next: correct the name.",
    ),
    ({"growth": "much"}, "parameter growth: found 'much', expected a value of type float. Next: correct the value."),
    ({"period": "2026-10"}, "parameter period: found a parameter of the run itself, expected its own option --period."),
    ({"as_of": "2026-10-31"}, "expected its own option --as-of. Next: use the option."),
    ({"crm_api_key": "x"}, "parameter crm_api_key: found a name that looks like a secret, expected no secret"),
    ({"db_password": "x"}, "Next: put it into an environment variable."),
]


@pytest.mark.parametrize(("source", "found"), [case[1:] for case in READ], ids=[case[0] for case in READ])
def test_a_parameter_is_read(source, found):
    parameter = read_source(source)["name"]
    assert (parameter.kind, parameter.default) == found


@pytest.mark.parametrize(("value", "kind", "expected"), CONVERTED)
def test_a_value_takes_the_declared_type(value, kind, expected):
    converted = convert(value, kind)
    assert (converted, type(converted)) == (expected, type(expected))


@pytest.mark.parametrize(("value", "kind"), REFUSED)
def test_a_value_of_another_type_is_refused(value, kind):
    with pytest.raises(ValueError, match="is not"):
        convert(value, kind)


@pytest.mark.parametrize(("given", "message"), FAULTS)
def test_a_wrong_parameter_is_told(given, message):
    with pytest.raises(InputError, match=re.escape(message)):
        check_given(given, NOTEBOOKS)


def test_all_wrong_parameters_are_told_at_once():
    with pytest.raises(InputError) as caught:
        check_given({name: value for given, _ in FAULTS for name, value in given.items()}, NOTEBOOKS)
    assert len(caught.value.problems) == len(FAULTS)


def test_a_notebook_gets_what_it_declares():
    values = check_given({"growth": "0.2", "weight": "3"}, NOTEBOOKS)
    assert for_notebook(values, NOTEBOOKS["02_kpis"]) == {"growth": 0.2}
    assert for_notebook(values, NOTEBOOKS["03_quota"]) == {"weight": 3}


def test_a_notebook_file_is_read(notebook):
    assert list(read_notebook(notebook("1"))) == ["company", "period", "as_of", "language", "build", "growth"]


@pytest.mark.parametrize("content", ["", "{}", '{"cells": []}'])
def test_a_notebook_without_a_parameters_cell_is_refused(tmp_path, content):
    path = tmp_path / "02_kpis.ipynb"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"02_kpis.ipynb: found .*, expected one cell tagged parameters"):
        read_notebook(path)


def test_a_missing_notebook_is_refused(tmp_path):
    with pytest.raises(InputError, match="found no such notebook"):
        read_notebook(tmp_path / "02_kpis.ipynb")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"growth": "abc"}, "parameter growth: found abc, expected a rate as 12% or 0.12. Next: correct the"),
        ({"growth": "1e99"}, "parameter growth: found 1e99, expected a rate as 12% or 0.12. Next: correct the"),
        ({"scenario": "last_yaer"}, "parameter scenario: found last_yaer (did you mean last_year?), expected one of"),
    ],
)
def test_values_of_the_notebooks_are_read_before_anything_starts(given, message):
    sources = {"03_quota": root() / "notebooks" / "03_quota.ipynb"}
    with pytest.raises(InputError, match=re.escape(message)):
        check_call("data/demo", "2026-10", "", "", given, sources)
    good = {"growth": "12%", "scenario": "potential"}
    assert check_call("data/demo", "2026-10", "", "", good, sources)[-1] == good
