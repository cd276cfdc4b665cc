"""Quotas as other programs import them: columns, days, exact amounts, no formulas, and back again."""

from datetime import date

import polars as pl
import pytest
import yaml
from tests.ingest.small import LINES

from revops.company import Company
from revops.ingest import load
from revops.periods import Period
from revops.quota.territory.sheets import read_overrides
from revops.run.crm import write
from revops.run.exports import write_moves
from revops.workspace import open_workspace

D = date
ROWS = [
    ("NV-2", "Lan", "revenue", D(2027, 1, 1), D(2027, 2, 1), 123450),
    ("NV-1", "=HYPERLINK(1)", "revenue", D(2027, 2, 1), D(2027, 3, 1), 7),
    ("+NV-3", "Minh", "units", D(2027, 1, 1), D(2027, 2, 1), 250),
]
NAMES = ["person_id", "name", "measure", "start_on", "end_on", "quota_amount"]
QUOTAS = pl.DataFrame(ROWS, NAMES, orient="row").with_columns(quota_year=pl.lit("2027"))
SHOP = Company(name="=Shop", currency="USD", money_decimals=2)


@pytest.fixture
def files(tmp_path):
    write(QUOTAS, tmp_path / "exports", SHOP)
    return {path.stem: path.read_text(encoding="utf-8").splitlines() for path in (tmp_path / "exports").iterdir()}


def test_the_plain_table(files):
    assert files["quotas"] == [
        "\ufeffperson ID,name,measure,from,to,quota",
        "'+NV-3,Minh,units,2027-01-01,2027-02-01,250",
        "NV-1,'=HYPERLINK(1),revenue,2027-02-01,2027-03-01,0.07",
        "NV-2,Lan,revenue,2027-01-01,2027-02-01,1234.50",
    ]


def test_salesforce_takes_records_of_forecasting_quota(files):
    assert files["quotas_salesforce"] == [
        "QuotaOwnerId,ForecastingTypeId,StartDate,QuotaAmount,QuotaQuantity,CurrencyIsoCode",
        "'+NV-3,,2027-01-01,,250,USD",
        "NV-1,,2027-02-01,0.07,,USD",
        "NV-2,,2027-01-01,1234.50,,USD",
    ]


def test_hubspot_takes_goal_targets_up_to_their_last_day(files):
    assert files["quotas_hubspot"] == [
        "hs_goal_name,hubspot_owner_id,hs_start_datetime,hs_end_datetime,hs_target_amount",
        "'=Shop 2027,'+NV-3,2027-01-01,2027-01-31,250",
        "'=Shop 2027,NV-1,2027-02-01,2027-02-28,0.07",
        "'=Shop 2027,NV-2,2027-01-01,2027-01-31,1234.50",
    ]


def test_the_order_of_rows_does_not_matter(tmp_path):
    for folder, rows in (("a", QUOTAS), ("b", QUOTAS.reverse())):
        write(rows, tmp_path / folder, SHOP)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_the_plain_table_is_read_again(tmp_path):
    quotas = QUOTAS.filter(pl.col("measure") == "revenue")
    write(quotas, tmp_path / "shop", SHOP)
    (tmp_path / "shop/sales.csv").write_text("order,day,item,qty,price\n1,2027-01-05,P,1,10.00\n")
    sales = {**LINES, "files": "sales.csv", "constants": {"channel": "Shop"}}
    sales["columns"] = {field: column for field, column in LINES["columns"].items() if field != "channel"}
    settings = {
        "name": "Shop", "currency": "USD", "money_decimals": 2,
        "sources": {"quotas": {"kind": "quotas_periods", "files": "quotas.csv"}, "sales": sales},
    }  # fmt: skip
    (tmp_path / "shop/company.yaml").write_text(yaml.safe_dump(settings))
    ws = open_workspace("01_ingest", tmp_path / "shop", "2027-01", build=str(tmp_path / "build"))
    load(ws)
    again = ws.read("quotas").select("person_id", "measure", "start_on", "end_on", "quota_amount")
    assert again.equals(quotas.select(again.columns).sort("person_id"))


def test_proposed_moves_come_as_rows_for_the_sheet_of_moves(tmp_path):
    moves = pl.DataFrame({"account_id": ["A2", "A1"], "new_person_id": ["NV-1", "NV-2"],
                          "to_before": [75.4, 95.0], "to_after": [106.6, 99.9]})  # fmt: skip
    (tmp_path / "tables").mkdir()
    moves.write_parquet(tmp_path / "tables" / "quota_handovers.parquet")
    write_moves(tmp_path / "tables", tmp_path / "acme", Period.parse("2026-10"))
    settings = Company(name="A", currency="USD", money_decimals=2, territory={"overrides": "territory_moves.csv"})
    assert read_overrides(tmp_path / "acme", settings).drop("rule", "product_group").rows() == [
        ("A1", "NV-2", D(2026, 11, 1), None, "proposal of 2026-10: index 95 → 100"),
        ("A2", "NV-1", D(2026, 11, 1), None, "proposal of 2026-10: index 75 → 107"),
    ]


def test_where_nothing_moves_there_is_no_file_of_moves(tmp_path):
    write_moves(tmp_path, tmp_path / "exports", Period.parse("2026-10"))
    assert not (tmp_path / "exports").exists()
