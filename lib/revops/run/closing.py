"""From a finished run to a closed period.

What is closed is what the run's report has shown: every table of pay, with the hash of all that the run read.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from babel.numbers import get_currency_precision

from revops.company import Company
from revops.incentives.closing import closed, written
from revops.money import to_decimal
from revops.periods import Period
from revops.problems import InputError, Problem, nearest, refuse_if_any
from revops.run import fresh, staging
from revops.run.call import Call
from revops.run.manifest import sha256

VERSIONS = "pay_versions"
NOTEBOOK = "04_incentives"
AMOUNTS = ("commission_amount", "extra_amount", "item_amount", "paid_amount", "payable_amount")
OF_PAYMENTS = ("pay_lines", "pay_summary", "pay_steps")  # a payment that waits has none of their rows


@dataclass(frozen=True)
class Finished:
    """A period's finished run: its report, what run.json says, its tables of pay."""

    report: Path
    period: Period
    data: dict[str, Any]

    @property
    def tables(self) -> dict[str, str]:
        """Hash of each table of pay, by name."""
        return {name: facts["sha256"] for name, facts in self.data["tables"].items() if name.startswith("pay_")}

    @property
    def results_id(self) -> str:
        """One hash over the tables of pay."""
        return hashlib.sha256(json.dumps(self.tables, sort_keys=True).encode()).hexdigest()

    @property
    def people(self) -> list[str]:
        """Everybody in the people table."""
        return self._known("people", "person_id")

    @property
    def orders(self) -> list[str]:
        """All orders."""
        return self._known("orders", "order_id")

    def _known(self, table: str, column: str) -> list[str]:
        path = self.report / "tables" / f"{table}.parquet"
        return sorted(pl.read_parquet(path, columns=[column])[column].unique()) if path.exists() else []

    def path(self, name: str) -> Path:
        """Where a table of pay lies."""
        return self.report / "restricted" / "tables" / f"{name}.parquet"

    def table(self, name: str) -> pl.DataFrame:
        """A table of pay."""
        return pl.read_parquet(self.path(name))


def finished(report: Path, period: Period) -> Finished:
    """The finished run of a pay month. Raises InputError where there is none, or its tables are not what it wrote."""
    again = f"run the period first: revops run … --period {period.name}"
    where = f"period {period.name}"
    if period.kind != "month":
        raise InputError(Problem("--period", period.name, "a pay month, as 2026-10", "name each month"))
    try:
        data = json.loads((report / "run.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(Problem(where, "no finished run", "reports of the period", again)) from None
    if data["as_of"] < period.last_day.isoformat():
        expected = f"one that knows all of it, to {period.last_day}"
        raise InputError(Problem(where, f"a run as of {data['as_of']}", expected, again))
    checks = data["identities"].get(NOTEBOOK, [])
    if not checks or any(check["difference"] for check in checks):
        raise InputError(Problem(f"{where}, {NOTEBOOK}", "checks that are not complete", "all of them, 0 apart", again))
    found = Finished(report, period, data)
    for name, wrote in found.tables.items():
        if not found.path(name).is_file() or sha256(found.path(name)) != wrote:
            raise InputError(Problem(f"{where}, {name}", "not the table that the run wrote", "that one", again))
    return found


def close(call: Call, *, by: str = "", hold: Sequence[str] = (), on: str = "", has_just_run: bool = False) -> list[str]:
    """Close the period of a call with the results of its last finished run; gives what happened, a line each.

    `has_just_run`: nothing is hashed again; what changed meanwhile is a difference of the next period.
    Raises InputError where the period is closed already or is not the next one, the run's inputs have changed since, a
    fault stands whose person is not held, somebody is unknown, or an approval is missing.
    """
    shelf, period = staging.Shelf(call.reports, call.period.name), call.period.name
    with staging.lock(shelf.lock_file, period):
        closed.refuse_unless_next(closed.closings(call.folder), period)
        run = finished(shelf.link, call.period)
        if not has_just_run and not _is_fresh(_as_run(call, run), shelf):
            again = f"run the period again, look at it, then close: revops run … --period {period}"
            raise InputError(
                Problem(f"period {period}", "inputs that changed after its run", "those of the run", again)
            )
        return _close(call.folder, call.company, run, by, hold, on)


def _as_run(call: Call, run: Finished) -> Call:
    """The call that the run was made by."""
    whole = replace(call, as_of=run.data["as_of"], language="", parameters=run.data["parameters"])
    return whole if whole.languages == run.data["languages"] else replace(whole, language=run.data["languages"][0])


def _is_fresh(call: Call, shelf: staging.Shelf) -> bool:
    """Whether a run of the call would find nothing changed."""
    with fresh.queried(call) as spooled:
        digests = call.digests()
        inputs = fresh.inputs_of(call, spooled, digests)
        return fresh.unchanged(shelf, fresh.key_of(call, inputs, digests)) is not None


def _close(folder: Path, company: Company, run: Finished, by: str, hold: Sequence[str], on: str) -> list[str]:
    period = run.period.name
    versions, person = run.table(VERSIONS), by or company.incentives.contact or ""
    approved = written.approvals(folder, period, run.results_id)
    refuse_if_any(_wrong(company, run, versions, by, hold, approved))
    versions = _held_versions(versions, hold, person, run.period.start)
    own, changed = versions.filter(pl.col("before_version").is_null()), _changed(versions)
    row = {
        "period": period,
        "made_on": day(company, on),
        "by": person or None,
        "as_of": run.data["as_of"],
        "inputs_id": run.data["inputs_id"],
        "people": own.height,
        "paid_amount": own["paid_amount"].sum(),
        "changes": changed.height,
        "held": " ".join(sorted(set(hold))) or None,
        "approved_by": " ".join(approved) or None,
    }

    def fill(place: Path) -> None:
        for name in run.tables:
            shutil.copyfile(run.path(name), place / f"{name}.parquet")
            if hold and name in (*OF_PAYMENTS, "pay_statements", "pay_history"):
                _without(run.table(name), hold, person, run.period.start).write_parquet(place / f"{name}.parquet")
        versions.write_parquet(place / f"{VERSIONS}.parquet")

    closed.add(folder, row, fill)
    stands = versions.filter(pl.col("before_version").is_not_null() & pl.col("fault").is_not_null())
    return [_line(company, row, changed), *(f"warning: {fault}" for fault in stands["fault"])]


def lines(folder: Path, company: Company) -> list[str]:
    """The closed periods, a line each, in order."""
    known = closed.closings(folder)
    changes = known.every(VERSIONS)
    return [
        _line(company, row, _changed(changes.filter(pl.col("period") == row["period"])))
        for row in known.index.iter_rows(named=True)
    ]


def _wrong(
    company: Company, run: Finished, versions: pl.DataFrame, by: str, hold: Sequence[str], approved: Sequence[str]
) -> Iterator[Problem]:
    own = versions.filter(pl.col("before_version").is_null())
    period = run.period.name
    if by:
        yield from nobody("--by", by, run.people, "of the company")
    for person in hold:
        yield from nobody("--hold", person, own["person_id"].to_list(), f"with a payment or a fault in {period}")
    for person, fault in own.filter(pl.col("fault").is_not_null()).select("person_id", "fault").iter_rows():
        if person not in hold:
            expected, hold_it = "no fault, or the person held by name", f"close with --hold {person}"
            yield Problem(f"{period}, {person}", fault, expected, f"correct it and run again, or {hold_it}")
    if missing := [who for who in company.incentives.approvers if who not in approved]:
        found = f"no approval of this result by {', '.join(missing)}"
        expected = f"approvals by {', '.join(company.incentives.approvers)}"
        yield Problem(f"period {period}", found, expected, f"revops approve … --period {period} --by {missing[0]}")


def _held_versions(versions: pl.DataFrame, hold: Sequence[str], by: str, month: date) -> pl.DataFrame:
    """Those held are closed at 0: their payment, their differences and what was owed wait for a later period."""
    if not hold:
        return versions
    is_held, is_own = pl.col("person_id").is_in(list(hold)), pl.col("month_on") == month
    nothing = {name: pl.when(~is_held).then(name).otherwise(0) for name in ("after_amount", "paid_amount")}
    left = pl.col("owed_in_amount") + pl.col("adjusted_amount")
    return versions.filter(~is_held | is_own).with_columns(
        **nothing,
        owed_out_amount=pl.when(is_held).then(left).otherwise("owed_out_amount"),
        fault=pl.when(is_held).then(pl.coalesce("fault", pl.lit(_held_by(by)))).otherwise("fault"),
    )


def _without(rows: pl.DataFrame, hold: Sequence[str], by: str, month: date) -> pl.DataFrame:
    """Statements of those held say that they are and show no pay; other tables leave them out."""
    mine = pl.col("person_id").is_in(list(hold)) & (pl.col("month_on") == month)
    if "fault" not in rows.columns:
        return rows.filter(~mine)
    return rows.with_columns(
        pl.when(~mine).then(name).alias(name) for name in rows.columns if name in AMOUNTS
    ).with_columns(fault=pl.when(mine).then(pl.coalesce("fault", pl.lit(_held_by(by)))).otherwise("fault"))


def _held_by(by: str) -> str:
    return "held when the period was closed" + (f", by {by}" if by else "")


def _changed(versions: pl.DataFrame) -> pl.DataFrame:
    """Results of earlier months that got a new version."""
    return versions.filter(pl.col("before_version").is_not_null() & pl.col("fault").is_null())


def _line(company: Company, row: dict[str, Any], changed: pl.DataFrame) -> str:
    """2026-10 closed on 2026-11-05 by NV-9: 24 people, 1,234,000 VND; 2 changes of earlier months, 400 VND."""
    told = f"{row['period']} {closed.told(row)}: {row['people']} people, {money(company, row['paid_amount'])}"
    if changed.height:
        sum_of = int((changed["after_amount"] - changed["before_amount"]).sum())
        months = f"change{'' if changed.height == 1 else 's'} of earlier months"
        told += f"; {changed.height} {months}, {money(company, sum_of)}"
    return told + (f"; held: {row['held']}" if row["held"] else "")


def money(company: Company, units: int) -> str:
    """An amount as the command tells it, with the decimals of its currency."""
    digits = get_currency_precision(company.currency)
    return f"{to_decimal(units, company.money_decimals):,.{digits}f} {company.currency}"


def nobody(option: str, person: str, known: Sequence[str], what: str) -> Iterator[Problem]:
    """A problem where an option does not name one of those known."""
    if person not in known:
        yield Problem(option, (person or "nobody") + nearest(person, known), f"a person_id {what}", "name one")


def day(company: Company, on: str) -> date:
    """The day of a decision: as given, else today in the company's zone."""
    try:
        return date.fromisoformat(on) if on else datetime.now(company.zone).date()
    except ValueError:
        raise InputError(Problem("--on", on, "a day as 2026-11-05", "correct the day")) from None
