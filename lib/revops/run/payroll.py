"""The bundle for payroll under restricted/: payroll.csv and payroll.xlsx, which sum to the ledger of payment lines.

What is paid out stands in its own currency; everything else in the plan's. Text that a spreadsheet would take for a
formula is written as text. IdentityError where any sheet does not sum to the lines.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import polars as pl

from revops.ingest.text import no_formula
from revops.money import to_decimal
from revops.problems import IdentityError
from revops.run.exports import readable

CORRECTIONS = ("adjustment", "manual", "owed_in", "owed_out")
FINANCE = ("pay_accruals", "pay_liability", "pay_contracts", "pay_schedule")
KEY = ["person_id", "month_on"]
_CREATED = datetime(2000, 1, 1)
_ROWS = 1_048_575  # a sheet's rows below its head; a longer table is left to its Parquet file, whole


def write_payroll(tables: Path, report: Path, money_decimals: int) -> None:
    """Both files for a build's pay month; nothing where it has no statements."""
    if not (tables / "pay_statements.parquet").exists():
        return
    sheets = bundle(tables)
    place = report / "restricted"
    place.mkdir(parents=True, exist_ok=True)
    _csv(sheets["payroll"], money_decimals).write_csv(place / "payroll.csv", include_bom=True)
    _workbook(sheets, place / "payroll.xlsx", money_decimals)


def bundle(tables: Path) -> dict[str, pl.DataFrame]:
    """The sheets by name, checked against the lines: payroll, components, lines, adjustments, and Finance's."""
    read = {path.stem: pl.read_parquet(path) for path in sorted(tables.glob("pay_*.parquet"))}
    paid = read["pay_statements"].filter(pl.col("paid_amount").is_not_null()).sort(KEY)
    lines = read["pay_lines"].sort(*KEY, "line_no")
    named = paid.select(*KEY, "name", "currency")
    sheets = {
        "payroll": paid.select(
            "person_id", "name", "month_on", "plan", "team", "commission_amount", "extra_amount", "item_amount",
            "paid_amount", "currency", "payable_amount", "pay_currency",
        ),
        "components": _components(lines, read["pay_summary"]),
        "lines": _with_name(lines, named),
        "adjustments": _with_name(lines.filter(pl.col("kind").is_in(CORRECTIONS)), named),
        **{name.removeprefix("pay_"): read[name] for name in FINANCE if name in read},
    }  # fmt: skip
    check(sheets)
    return sheets


def _components(lines: pl.DataFrame, summary: pl.DataFrame) -> pl.DataFrame:
    """One row per person, month and thing paid: each payout, and each kind of line beside."""
    parts = summary.select(*KEY, "part", "plan", part_name="name_en")
    sums = lines.group_by(*KEY, "part", "kind", "name_en").agg(pl.len().alias("lines"), pl.col("pay_amount").sum())
    told = sums.join(parts, on=[*KEY, "part"], how="left", validate="m:1")
    name = pl.coalesce("part_name", "name_en", "kind")
    order = [*KEY, "plan", "name", "kind"]
    return told.select(*KEY, "plan", name.alias("name"), "kind", "lines", "pay_amount").sort(order, nulls_last=True)


def _with_name(lines: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Lines with whose they are, the line's own name first."""
    told = lines.join(named, on=KEY, how="left", validate="m:1")
    first = ["line", "person_id", "name", "month_on", "kind", "pay_amount", "currency"]
    return told.select(*first, pl.exclude(*first, "line_no", "component"))


def check(sheets: Mapping[str, pl.DataFrame]) -> None:
    """Every person and month of the payroll is the sum of its lines, and of its components; the whole likewise."""
    paid = sheets["payroll"].select(*KEY, "paid_amount")
    for name in ("lines", "components"):
        sums = sheets[name].group_by(KEY).agg(pl.col("pay_amount").sum())
        both = paid.join(sums, on=KEY, how="full", coalesce=True).with_columns(pl.exclude(KEY).fill_null(0))
        wrong = both.filter(pl.col("paid_amount") != pl.col("pay_amount")).sort(KEY)
        if wrong.height:
            person, month, amount, summed = wrong.row(0)
            where = f"payroll, {name}, {person}, {month:%Y-%m}"
            raise IdentityError(f"{where}: {amount} against {summed}, expected equal; {wrong.height} in all")


def _csv(payroll: pl.DataFrame, decimals: int) -> pl.DataFrame:
    """One row per person paid in the pay month, amounts in whole currency, exact."""

    def exact(column: str) -> pl.Series:
        return pl.Series(column, [str(to_decimal(amount, decimals)) for amount in payroll[column]], pl.String)

    return payroll.select(
        no_formula(pl.col("person_id")).alias("person_id"),
        no_formula(pl.col("name")).alias("name"),
        pl.col("month_on").dt.strftime("%Y-%m").alias("pay_month"),
        exact("paid_amount").alias("paid"),
        pl.col("currency"),
        exact("payable_amount").alias("paid_out"),
        pl.col("pay_currency"),
    )


def _workbook(sheets: Mapping[str, pl.DataFrame], target: Path, decimals: int) -> None:
    """One sheet each; the same tables give the same bytes."""
    import xlsxwriter

    book = xlsxwriter.Workbook(
        str(target),
        {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True, "in_memory": True},
    )
    book.set_properties({"created": _CREATED})
    for name, frame in sheets.items():
        if frame.height <= _ROWS:
            readable(frame, decimals).write_excel(
                book, worksheet=name, autofit=False, autofilter=False, freeze_panes=(1, 0)
            )
    book.close()
