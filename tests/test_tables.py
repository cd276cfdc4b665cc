"""The contracts: each column explained, keys known, units in names, an empty table that keeps its contract."""

from datetime import date

import polars as pl
import pytest

from revops import tables

NAMES = sorted(tables.CANONICAL)
UNITS = [
    ("_on", pl.Date),
    ("_at", pl.Datetime),
    ("_amount", pl.Int64),
    ("_price", pl.Int64),
    ("_cost", pl.Int64),
    ("_id", pl.String),
]


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_table_keeps_its_contract(name):
    frame = tables.empty(name)
    assert frame.height == 0
    assert tables.CANONICAL[name].validate(frame).height == 0


@pytest.mark.parametrize("name", NAMES)
def test_every_table_says_its_grain_and_ends_in_its_lineage(name):
    assert (tables.CANONICAL[name].__doc__ or "").startswith("One row per ")
    assert list(tables.schema_of(name))[-3:] == ["source", "file", "row"]


@pytest.mark.parametrize("name", NAMES)
def test_a_unit_in_a_name_is_the_column_s_type(name):
    for column, dtype in tables.schema_of(name).items():
        expected = [wanted for suffix, wanted in UNITS if column.endswith(suffix)]
        assert not expected or dtype == expected[0], f"{name}.{column} is {dtype}"
        assert column.startswith("is_") == (dtype == pl.Boolean), f"{name}.{column} is {dtype}"


def test_a_range_has_both_ends_and_starts_in_its_key():
    for name in NAMES:
        columns = tables.schema_of(name)
        if "end_on" in columns:
            assert "start_on" in tables.CANONICAL[name].primary_key(), name


def test_the_dictionary_explains_each_column_once():
    rows = tables.dictionary()
    named = [(row["table"], row["column"]) for row in rows]
    assert len(named) == len(set(named)) == sum(len(tables.schema_of(name)) for name in NAMES)
    assert [row for row in rows if not row["meaning"].strip() or not row["grain"].strip()] == []


@pytest.mark.parametrize("name", NAMES)
def test_rows_have_a_key_that_is_never_null_but_for_what_a_target_covers(name):
    nullable = [column for column, spec in tables.CANONICAL[name].columns().items() if spec.nullable]
    whose = ["department", "organisation"]
    covered = {"targets": ["product_group", "channel", "region"], "budgets": whose, "budget_actuals": whose}
    assert tables.key_of(name)
    assert sorted(set(tables.key_of(name)) & set(nullable)) == sorted(covered.get(name, []))


def test_a_doubled_key_breaks_the_contract():
    person = {"person_id": "NV-1", "start_on": date(2026, 1, 1), "name": "An", "role": "rep", "team": "Sales"}
    later = {**person, "start_on": date(2026, 7, 1)}
    assert tables.People.is_valid(_rows("people", person, later))
    assert not tables.People.is_valid(_rows("people", person, person))


def test_targets_may_lie_in_one_month_but_not_in_one_cell():
    whole = {"metric": "revenue", "month_on": date(2026, 1, 1), "target": 10}
    north = {**whole, "region": "North"}
    assert tables.Targets.is_valid(_rows("targets", whole, north))
    assert not tables.Targets.is_valid(_rows("targets", north, north))
    assert not tables.Targets.is_valid(_rows("targets", whole, whole))


def _rows(name, *rows):
    lineage = {"source": "test", "file": "test.csv"}
    full = [{**row, **lineage, "row": number} for number, row in enumerate(rows, 2)]
    return pl.DataFrame(full, schema=tables.schema_of(name))
