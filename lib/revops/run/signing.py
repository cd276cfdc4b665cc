"""From a finished run to a signed version of the quotas of record: signed is what the run's report has shown."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from revops.company import Company
from revops.money import to_decimal
from revops.problems import InputError, Problem, nearest, refuse_if_any
from revops.quota import signed
from revops.run import crm
from revops.run.manifest import sha256
from revops.workspace import open_workspace

PROPOSED = "quota_proposed"
CHECKED = "03_quota"


def sign(
    folder: Path, company: Company, report: Path, period: str, *, by: str, reason: str,
    scenario: str = "", start: str = "", on: str = "",
) -> Path:  # fmt: skip
    """Sign a scenario of the run whose report lies in `report`; gives the folder of its letters and files.

    Without `scenario` the one that the run chose, without `start` from the year's first day, without `on` signed today
    in the company's zone. Raises InputError where the run is missing or its checks are not complete, the scenario
    cannot be had, the signer is nobody of the company, no reason is given, or a day does not fit.
    """
    data = finished(report, period)
    proposed = pl.read_parquet(report / "tables" / f"{PROPOSED}.parquet")
    people = pl.read_parquet(report / "tables" / "people.parquet")["person_id"].unique().to_list()
    key = scenario or next(iter(proposed.filter("is_chosen")["scenario"]), "")
    day = _day("--on", on) if on else datetime.now(company.zone).date()
    first = _day("--from", start) if start else None
    refuse_if_any(_wrong(data, key, sorted(proposed["scenario"].unique()), day, by, people, reason))
    signature = signed.Signature(
        period, day, by, " ".join(reason.split()), key, data["inputs_id"], signed.measure_of(company.quota.metric)
    )
    rows = signed.add(folder, proposed.filter(pl.col("scenario") == key).drop("scenario"), signature, first)
    place = report.parent / "signed" / f"version-{rows['version'][0]}"
    hand_out(folder, company, report, rows, place)
    return place


def hand_out(folder: Path, company: Company, report: Path, rows: pl.DataFrame, place: Path) -> None:
    """The letters of a signed version in each of the company's languages, and the files that a CRM imports."""
    from revops.report.quota import letters

    period, as_of = rows["period"][0], finished(report, rows["period"][0])["as_of"]
    for language in dict.fromkeys(filter(None, (company.language, company.second_language))):
        letters.write(open_workspace("quota", folder, period, as_of, language, str(report)), place / "letters", rows)
    year = pl.read_parquet(report / "tables" / f"{PROPOSED}.parquet")["quota_year"][0]
    people = pl.read_parquet(report / "tables" / "people.parquet")
    crm.write(rows.join(crm.names(people), on="person_id").with_columns(quota_year=pl.lit(year)), place, company)


def finished(report: Path, period: str) -> dict[str, Any]:
    """The manifest of a run with its quotas checked; refuses a period never run, and a table that no run wrote."""
    path, table = report / "run.json", report / "tables" / f"{PROPOSED}.parquet"
    again = f"run the period, then sign: revops run … --period {period}"
    if not path.is_file():
        raise InputError(Problem(f"period {period}", "no finished run", "reports of the period", again))
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    checks = data["identities"].get(CHECKED, [])
    if not checks or any(check["difference"] for check in checks):
        raise InputError(
            Problem(f"{report.name}, {CHECKED}", "checks that are not complete", "all of them, 0 apart", again)
        )
    wrote = data["tables"].get(PROPOSED, {}).get("sha256")
    if not table.is_file() or sha256(table) != wrote:
        raise InputError(Problem(f"{report.name}, {PROPOSED}", "not the table that the run wrote", "that one", again))
    return data


def _wrong(
    data: dict[str, Any], scenario: str, known: list[str], on: date, by: str, people: list[str], reason: str
) -> Iterator[Problem]:
    if scenario not in known:
        had = ", ".join(known) or "none: no scenario of this run can be had"
        yield Problem("--scenario", (scenario or "none") + nearest(scenario, known), f"one of {had}", "choose another")
    if on.isoformat() < data["as_of"]:
        yield Problem("--on", str(on), f"{data['as_of']} or later, the day the run knows", "correct the day")
    if by not in people:
        yield Problem("--by", (by or "nobody") + nearest(by, people), "a person_id of the company", "name who signs")
    if not reason.strip():
        yield Problem("--reason", "nothing", "why these are the quotas", "give the reason in a sentence")


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(Problem(option, text, "a day as 2027-01-01", "correct the day")) from None


def lines(folder: Path, company: Company) -> list[str]:
    """The signed versions, a line each, in order; sums leave managers out."""
    told = []
    for row in signed.versions(folder).iter_rows(named=True):
        base, quota = (to_decimal(row[name], company.money_decimals) for name in ("base_amount", "quota_amount"))
        told.append(
            f"version {row['version']}: {row['scenario']} of {row['period']}, "
            f"{row['start_on']} to before {row['end_on']}, {row['people']} people, "
            f"base {base:,}, quotas {quota:,} {company.currency}; "
            f"signed on {row['made_on']} by {row['by']}: {row['reason']}"
        )
    return told
