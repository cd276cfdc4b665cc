"""The workspace: parameters checked before any work, tables whole or not at all, identities asserted, notes kept."""

import json
from datetime import date

import polars as pl
import pytest
from pyarrow import parquet

from revops import tables, workspace
from revops.problems import IdentityError, InputError, Problem
from revops.workspace import open_workspace, root

COMPANY = "name: A\ncurrency: USD\nmoney_decimals: 2\nfiscal_year_starts: 7\nlanguage: vi\n"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "acme"
    path.mkdir()
    (path / "company.yaml").write_text(COMPANY, encoding="utf-8")
    return path


@pytest.fixture
def ws(folder, tmp_path):
    return open_workspace("02_kpis", folder, "2026-Q1", build=str(tmp_path / "build"))


def test_empty_parameters_mean_the_defaults(folder):
    ws = open_workspace("02_kpis", folder, "2026-Q1")
    assert (ws.period.start, ws.period.end) == (date(2025, 7, 1), date(2025, 10, 1))
    assert (ws.as_of, ws.language) == (date(2025, 9, 30), "vi")
    assert ws.build == root() / "build" / "acme" / "2026-Q1"


def test_given_parameters_go_before_the_defaults(folder, tmp_path):
    ws = open_workspace("02_kpis", folder, "2026-10", "2026-10-15", "en", str(tmp_path / "b"))
    assert (ws.as_of, ws.language, ws.build) == (date(2026, 10, 15), "en", tmp_path / "b")


def test_relative_paths_start_at_the_root_whatever_the_working_folder(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert open_workspace("02_kpis", folder, "2026-10", build="build/x").build == root() / "build" / "x"
    assert (root() / "pyproject.toml").is_file()


def test_every_wrong_parameter_is_told_at_once(folder):
    with pytest.raises(InputError) as caught:
        open_workspace("02_kpis", folder, "2026-13", "31/10/2026", "fr")
    assert [problem.where for problem in caught.value.problems] == ["period", "parameter language", "parameter as_of"]
    assert [problem.found for problem in caught.value.problems] == ["2026-13", "fr", "31/10/2026"]


def test_a_company_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        open_workspace("02_kpis", tmp_path / "nowhere", "2026-10")


def test_a_saved_table_is_read_back_and_leaves_no_partial_file(ws):
    frame = pl.DataFrame({"month_on": [date(2026, 10, 1)], "net_amount": [123]})
    assert ws.save("kpi_months", frame).equals(frame)
    assert ws.read("kpi_months").equals(frame)
    assert [path.name for path in (ws.build / "tables").iterdir()] == ["kpi_months.parquet"]


def test_the_same_frame_gives_the_same_bytes(ws):
    frame = pl.DataFrame({"a": range(1000), "b": [str(number % 7) for number in range(1000)]})
    ws.save("kpi_one", frame)
    ws.save("kpi_two", frame)
    one, two = (ws.build / "tables" / f"kpi_{name}.parquet" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("form", [pl.DataFrame, pl.LazyFrame])
@pytest.mark.parametrize(("orders", "fault"), [(["1", "1"], "primary_key"), (["1", None], "nullability")])
def test_a_table_that_breaks_its_contract_is_not_written(ws, form, orders, fault):
    double = form(
        {
            "order_id": orders,
            "person_id": ["NV-1", "NV-1"],
            "share": [1, 1],
            "source": "test",
            "file": "test.csv",
            "row": [2, 3],
        }
    )
    with pytest.raises(Exception, match=fault):
        ws.save("credit_splits", double, tables.CreditSplits)
    assert not (ws.build / "tables" / "credit_splits.parquet").exists()


@pytest.mark.parametrize(
    ("column", "ranges"), [(["a", "b"], (None, None)), ([date(2026, 10, 1), date(2026, 10, 2)], ("a", "b"))]
)
def test_a_plan_keeps_the_gaps_of_its_columns_and_their_ranges_where_it_has_days(ws, column, ranges):
    """Gaps let a contract be checked without reading, ranges of days let readers skip; ranges of texts only cost."""
    ws.save("t", pl.LazyFrame({"c": column, "text": ["a", "b"]}))
    group = parquet.read_metadata(ws.build / "tables" / "t.parquet").row_group(0)
    told = group.column(1).statistics
    assert (told.null_count, (told.min, told.max) if told.has_min_max else (None, None)) == (0, ranges)


def test_a_table_not_made_yet_names_the_notebook_to_run(ws):
    with pytest.raises(InputError, match="found no such table, expected table orders .* Next: run 01_ingest first"):
        ws.scan("orders")


def test_after_ingest_a_source_that_the_company_lacks_is_an_empty_table(ws):
    ws.save("import_log", pl.DataFrame({"file": ["a.csv"]}))
    assert ws.read("tickets").equals(tables.empty("tickets"))
    with pytest.raises(InputError, match="no such table"):
        ws.scan("no_table_of_ours")


def test_an_identity_that_holds_is_kept_for_the_report(ws):
    ws.check("lines_to_orders", 1005, 1000, money=True, explained=5)
    assert ws.notes.checks == [
        {"name": "lines_to_orders", "left": 1005, "right": 1000, "explained": 5, "money": True, "difference": 0}
    ]


@pytest.mark.parametrize(
    ("left", "right", "explained", "money", "told"),
    [
        (1005, 1000, 4, True, "02_kpis, lines: 10.05 against 10.00, difference 0.01, expected 0"),
        (1005, 1000, 0, False, "02_kpis, lines: 1005 against 1000, difference 5, expected 0"),
        (999, 1000, 0, False, "02_kpis, lines: 999 against 1000, difference -1, expected 0"),
    ],
)
def test_an_identity_that_fails_stops_the_notebook_and_is_noted(ws, left, right, explained, money, told):
    with pytest.raises(IdentityError) as caught:
        ws.check("lines", left, right, explained=explained, money=money)
    assert str(caught.value) == told
    kept = json.loads((ws.build / "notes" / "02_kpis.vi.json").read_text(encoding="utf-8"))
    assert kept["checks"][0]["difference"] == left - right - explained


def test_the_notes_hold_what_the_index_tells(ws):
    ws.headline("Doanh thu tăng", "so với năm trước")
    ws.tile(key="revenue", amount=5)
    ws.finding(title="Kênh web giảm", due_on=date(2026, 11, 10), is_good=False)
    ws.fault(Problem("plan", "no quota", "a quota", "add one"))
    notes = json.loads(ws.write_notes().read_text(encoding="utf-8"))
    assert (notes["headline"], notes["subline"]) == ("Doanh thu tăng", "so với năm trước")
    assert notes["tiles"] == [{"key": "revenue", "amount": 5}]
    assert notes["findings"][0]["due_on"] == "2026-11-10"
    assert notes["faults"] == [{"where": "plan", "found": "no quota", "expected": "a quota", "next_step": "add one"}]
    assert list((ws.build / "notes").iterdir()) == [ws.build / "notes" / "02_kpis.vi.json"]


def test_notes_refuse_what_json_cannot_say_exactly(ws):
    ws.tile(key="revenue", amount=object())
    with pytest.raises(TypeError, match="object cannot stand in notes"):
        ws.write_notes()


def test_a_table_may_be_a_folder_with_a_file_a_month(ws):
    assert ws.months() == []
    ws.save("import_log", pl.DataFrame({"file": ["a"]}))
    for month, ids in (("2025-07", ["a", "b"]), ("2025-08", ["c"])):
        (ws.build / "tables" / "orders").mkdir(exist_ok=True)
        pl.DataFrame({"order_id": ids}).write_parquet(ws.build / "tables" / "orders" / f"{month}.parquet")
    assert ws.read("orders")["order_id"].to_list() == ["a", "b", "c"]
    assert [scan("returns").collect().height for scan in ws.months()] == [0]


@pytest.mark.parametrize(
    ("part", "parts"),
    [(1, [["a", "b"], ["c"], ["d"]]), (2, [["a", "b"], ["c", "d"]]), (3, [["a", "b", "c"], ["d"]]), (4, [[*"abcd"]])],
)
def test_small_months_are_read_together(ws, monkeypatch, part, parts):
    monkeypatch.setattr(workspace, "PART", part)
    (ws.build / "tables" / "orders").mkdir(parents=True)
    for month, ids in (("2025-07", ["a", "b"]), ("2025-08", ["c"]), ("2025-09", ["d"])):
        pl.DataFrame({"order_id": ids}).write_parquet(ws.build / "tables" / "orders" / f"{month}.parquet")
    assert [scan("orders").collect()["order_id"].to_list() for scan in ws.months()] == parts
