"""A fault answers four questions; checks gather and speak once."""

import pytest

from revops.problems import InputError, Problem, nearest, refuse_if_any

FIRST = Problem("raw/pos.csv, row 7, field Ngày", "31/13/2026", "a day as dd/mm/yyyy", "correct the cell")
SECOND = Problem("company.yaml, line 3, curency", "unknown key", "one of currency, name", "correct or remove the key")


def test_a_problem_reads_as_one_sentence_and_the_next_step():
    assert str(FIRST) == (
        "raw/pos.csv, row 7, field Ngày: found 31/13/2026, expected a day as dd/mm/yyyy. Next: correct the cell."
    )


def test_a_problem_is_told_by_name_too():
    assert FIRST.as_dict() == {
        "where": "raw/pos.csv, row 7, field Ngày",
        "found": "31/13/2026",
        "expected": "a day as dd/mm/yyyy",
        "next_step": "correct the cell",
    }


def test_all_problems_are_told_at_once_one_a_line():
    with pytest.raises(InputError) as caught:
        refuse_if_any(problem for problem in (FIRST, SECOND))
    assert caught.value.problems == [FIRST, SECOND]
    assert str(caught.value) == f"{FIRST}\n{SECOND}"


def test_one_problem_needs_no_list():
    assert InputError(FIRST).problems == [FIRST]


def test_no_problem_is_no_error():
    refuse_if_any([])


@pytest.mark.parametrize(
    ("name", "hint"),
    [("perod", " (did you mean period?)"), ("company", " (did you mean company?)"), ("zzz", ""), ("", "")],
)
def test_the_nearest_known_name_is_suggested(name, hint):
    assert nearest(name, ["period", "company"]) == hint
