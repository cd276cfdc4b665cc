"""The star schema: every key is found in its dimension, the totals are the report's, no customer is named."""

import sys
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import polars as pl
import pytest
from click.testing import CliRunner

from revops import cli, tables
from revops.kpis import recurring, revenue, star
from revops.problems import IdentityError, InputError
from revops.run import exports

from .small import D, company, line, order, table
from .test_parity import company_tables

AS_OF = D(2026, 4, 30)
TARGETS = [
    {"metric": "net_revenue", "month_on": D(2026, 4, 1), "product_group": "Fans", "target": 150},
    {"metric": "win_rate", "month_on": D(2026, 4, 1), "target": 250_000_000},
    {"metric": "orders", "month_on": D(2026, 5, 1), "channel": "Fairs", "target": 7},
]
HISTORY = {"start_on": D(2025, 12, 1), "end_on": D(2026, 1, 1), "product_group": "Old", "channel": "Web",
           "region": "North", "orders": 3, "net_amount": 900}  # fmt: skip
PEOPLE = [
    {
        "person_id": "P1",
        "start_on": D(2025, 1, 1),
        "end_on": D(2026, 2, 1),
        "role": "junior",
        "team": "S",
        "name": "An",
    },
    {"person_id": "P1", "start_on": D(2026, 2, 1), "role": "senior", "team": "S/N", "name": "An"},
    {"person_id": "P1", "start_on": D(2026, 6, 1), "role": "manager", "team": "S", "name": "An"},
]


def scan_of(made):
    return lambda name: made.get(name, tables.empty(name)).lazy()


CUSTOMER = {"customer_id": "a", "name": "Lê Thị Mận", "phone": "+84900000001", "email": "man@vi.du"}


def everything() -> dict[str, pl.DataFrame]:
    more = {"targets": TARGETS, "history": [HISTORY], "people": PEOPLE, "customers": [CUSTOMER]}
    return company_tables() | {name: table(name, rows) for name, rows in more.items()}


def built(made=None, as_of: date = AS_OF, **settings):
    found = star.build(scan_of(everything() if made is None else made), company(**settings), as_of)
    return {name: frame.collect() for name, frame in found.tables.items()}, found.revenue


def orphans(found) -> list[str]:
    """Every key of a fact that its dimension does not hold, and every dimension key that stands twice."""
    keys = {name.removeprefix("dim_") + "_key": frame for name, frame in found.items() if name.startswith("dim_")}
    told = [f"{key} twice" for key, frame in keys.items() if frame[key].is_duplicated().any() or frame[key].has_nulls()]
    for name, frame in found.items():
        for column in frame.columns if name.startswith("fact_") else ():
            if column.endswith("_key"):
                key = "date_key" if column.endswith("date_key") else column
                told += [f"{name}.{column} {k}" for k in frame[column].unique() if k not in set(keys[key][key])]
    return told


@pytest.mark.parametrize("made", [everything(), {}], ids=["everything", "nothing"])
def test_every_key_stands_once_in_its_dimension(made):
    found, _ = built(made)
    assert orphans(found) == []
    assert {frame.schema[column] for frame in found.values() for column in frame.columns if "_key" in column} == {
        pl.Int64
    }


def test_the_check_of_orphans_sees_one():
    found, _ = built()
    found["dim_channel"] = found["dim_channel"].filter(pl.col("channel").ne_missing("Web"))
    assert orphans(found) != []


def test_sales_sum_to_the_revenue_and_mrr_to_the_bridge():
    made = everything()
    found, total = built(made)
    assert found["fact_sales"]["net_amount"].sum() == total != 0
    back = made["returns"].filter(pl.col("returned_on") <= AS_OF)
    assert total == revenue.canonical_revenue(made["orders"], made["order_lines"], back)["net_amount"].sum()
    last = found["fact_mrr"].filter(pl.col("date_key") == 20260430)
    bridge = recurring.mrr_bridge(made["subscriptions"], [D(2026, 4, 1), D(2026, 5, 1)])
    assert last["mrr"].sum() == bridge["closing"][-1] != 0
    assert found["fact_pipeline"].filter("is_last").height == made["opportunities"].height
    assert found["fact_history"]["net_amount"].to_list() == [900]


def test_nothing_after_the_as_of_day_is_told():
    found, total = built(as_of=D(2026, 2, 28))
    assert found["fact_sales"]["date_key"].max() <= 20260228
    assert found["fact_sales"]["net_amount"].sum() == total
    assert found["fact_mrr"]["date_key"].max() == 20260228
    assert found["fact_pipeline"].height == 0
    assert found["dim_person"].filter(person_id="P1")["role"].to_list() == ["senior"]


@pytest.mark.parametrize(
    ("decimals", "net", "target"),
    [(0, Decimal("12345"), 150), (2, Decimal("123.45"), 1.5), (6, Decimal("0.012345"), 0.00015)],
)
def test_amounts_are_exact_in_whole_currency(decimals, net, target):
    rows = {"orders": [order("o", D(2026, 3, 1))], "order_lines": [line("o", 12_345)], "targets": TARGETS}
    made = {name: table(name, found) for name, found in rows.items()}
    found, _ = built(made, money_decimals=decimals)
    assert found["fact_sales"]["net_amount"].to_list() == [net]
    assert dict(found["fact_targets"].select("metric", "target").iter_rows()) == {
        "net_revenue": target, "win_rate": 0.25, "orders": 7.0,
    }  # fmt: skip


def test_a_target_for_all_is_not_one_for_the_unnamed():
    found, _ = built()
    keys = (
        found["fact_targets"].filter(metric="win_rate").select("product_group_key", "channel_key", "region_key").row(0)
    )
    assert keys == (star.ALL,) * 3
    assert star.NONE in found["fact_sales"]["region_key"]
    fans = found["fact_targets"].filter(metric="net_revenue").join(found["dim_product_group"], on="product_group_key")
    assert fans["product_group"].to_list() == ["Fans"]


def test_a_customer_has_the_segment_of_the_report():
    segments = pl.LazyFrame({"customer_id": ["a", "b"], "segment": ["champions", "lost"], "why": ["…", "…"]})
    made = star.build(scan_of(everything()), company(), AS_OF, segments).tables["dim_customer"].collect()
    assert dict(made.select("customer_id", "segment").drop_nulls("segment").iter_rows()) == {"a": "champions"}


def test_no_customer_has_a_name_a_telephone_or_an_address():
    found, _ = built()
    assert found["dim_customer"].columns == ["customer_key", "customer_id", "customer_group", "region", "segment"]
    texts = [text for frame in found.values() for text in frame.select(pl.col(pl.String)).rows()]
    assert not any(value and ("Mận" in value or "+849" in value or "@" in value) for row in texts for value in row)


@pytest.mark.parametrize(
    ("day", "column", "value"),
    [
        (D(2026, 2, 17), "event", "tet"),
        (D(2026, 2, 10), "days_to_tet", 7),
        (D(2026, 2, 17), "is_working_day", False),
        (D(2026, 3, 2), "is_working_day", True),
        (D(2026, 3, 2), "event", None),
        (D(2026, 12, 28), "iso_week", 53),
        (D(2026, 1, 1), "iso_year", 2026),
        (D(2026, 6, 30), "fiscal_year", 2026),
        (D(2026, 7, 1), "fiscal_year", 2027),
        (D(2026, 6, 30), "fiscal_quarter", 4),
        (D(2026, 7, 1), "fiscal_quarter", 1),
        (D(2026, 11, 5), "weekday", 4),
    ],
)
def test_a_day_knows_tet_the_fiscal_year_and_the_iso_week(day, column, value):
    found, _ = built(fiscal_year_starts=7)
    assert found["dim_date"].filter(day_on=day)[column].to_list() == [value]


def test_the_calendar_holds_whole_years_without_a_gap():
    days = built()[0]["dim_date"]["day_on"].drop_nulls()
    assert (days.min(), days.max(), days.len()) == (D(2025, 1, 1), D(2026, 12, 31), 730)


@pytest.fixture
def ws(tmp_path):
    return SimpleNamespace(scan=scan_of(everything()), company=company(), as_of=AS_OF, build=tmp_path)


def test_the_files_are_the_same_each_time(ws, tmp_path):
    for name in "ab":
        exports.write_star(ws, tmp_path / name)
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.parquet"))
    assert {path.stem for path in files} == set(built()[0])
    assert all((tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes() for path in files)


def test_sales_that_are_not_the_revenue_are_refused(ws, tmp_path, monkeypatch):
    monkeypatch.setattr(revenue, "canonical_revenue", lambda *_: pl.LazyFrame({"net_amount": [1]}))
    with pytest.raises(IdentityError, match="the star schema: sales of .* against revenue of 1"):
        exports.write_star(ws, tmp_path)


def test_tableau_reads_the_same_tables(ws, tmp_path):
    pantab = pytest.importorskip("pantab", reason="the extra [tableau] is not installed")
    exports.write_star(ws, tmp_path)
    target = exports.write_hyper(tmp_path)
    assert target == tmp_path / "exports" / "star.hyper"
    found = pantab.frames_from_hyper(target, return_type="polars")
    for path in (tmp_path / exports.STAR).glob("*.parquet"):
        written = pl.read_parquet(path)
        assert sorted(map(str, found["public", path.stem].rows())) == sorted(map(str, written.rows())), path.stem


def test_a_folder_without_a_star_schema_is_told(tmp_path):
    with pytest.raises(InputError, match="no star schema, expected a report folder of revops run"):
        exports.write_hyper(tmp_path)


def test_the_command_names_the_file_it_wrote_or_what_to_do(ws, tmp_path):
    pytest.importorskip("pantab", reason="the extra [tableau] is not installed")
    told = CliRunner().invoke(cli.main, ["tableau", str(tmp_path)])
    assert (told.exit_code, "no star schema" in told.output) == (2, True)
    exports.write_star(ws, tmp_path)
    done = CliRunner().invoke(cli.main, ["tableau", str(tmp_path)])
    assert (done.exit_code, done.output.strip()) == (0, str(tmp_path / "exports" / "star.hyper"))


def test_without_the_extra_the_message_names_it(ws, tmp_path, monkeypatch):
    exports.write_star(ws, tmp_path)
    monkeypatch.setitem(sys.modules, "pantab", None)
    with pytest.raises(InputError, match=r"pip install 'revops-workspace\[tableau\]'"):
        exports.write_hyper(tmp_path)
