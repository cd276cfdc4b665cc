"""Quotas as files that other programs import, one row per person and period; amounts exact, in whole currency.

quotas.csv             a plain table, which this workspace reads too (quotas_periods)
quotas_salesforce.csv  records of ForecastingQuota; ForecastingTypeId is the company's own and is to be filled in
quotas_hubspot.csv     goal targets by their property names; the end is the last day

Owners are the ids of the people table.
"""

from pathlib import Path

import polars as pl

from revops.company import Company
from revops.ingest.text import no_formula
from revops.money import to_decimal
from revops.planning import COUNTS


def write(quotas: pl.DataFrame, place: Path, company: Company) -> None:
    """The three files of quotas into a folder: person_id, name, measure, start_on, end_on, quota_year, quota_amount."""
    place.mkdir(parents=True, exist_ok=True)
    quotas = quotas.sort("person_id", "start_on", "measure")
    is_count, amount = pl.col("measure").is_in(COUNTS), pl.col("amount")
    rows = quotas.select("measure", "quota_amount").iter_rows()
    whole = [str(to_decimal(number, 0 if measure in COUNTS else company.money_decimals)) for measure, number in rows]
    quotas = quotas.with_columns(pl.Series("amount", whole, pl.String))
    person = no_formula(pl.col("person_id"))
    start, end = pl.col("start_on"), pl.col("end_on")
    name = no_formula(pl.col("name"))
    plain = {"person ID": person, "name": name, "measure": pl.col("measure"), "from": start, "to": end, "quota": amount}
    quotas.select(**plain).write_csv(place / "quotas.csv", include_bom=True)
    quotas.select(
        QuotaOwnerId=person,
        ForecastingTypeId=pl.lit(None, pl.String),
        StartDate=start,
        QuotaAmount=pl.when(~is_count).then(amount),
        QuotaQuantity=pl.when(is_count).then(amount),
        CurrencyIsoCode=pl.lit(company.currency),
    ).write_csv(place / "quotas_salesforce.csv")
    quotas.select(
        hs_goal_name=no_formula(pl.format("{} {}", pl.lit(company.name), "quota_year")),
        hubspot_owner_id=person,
        hs_start_datetime=start,
        hs_end_datetime=end.dt.offset_by("-1d"),
        hs_target_amount=amount,
    ).write_csv(place / "quotas_hubspot.csv")


def names(people: pl.DataFrame) -> pl.DataFrame:
    """person_id and the person's last name in the people table."""
    return people.sort("start_on").unique("person_id", keep="last").select("person_id", "name")
