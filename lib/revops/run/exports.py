"""Tables of a build as the report folder holds them: Parquet copies, one workbook, the star schema; pay apart under
restricted/.
"""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from revops.company import Company
from revops.ingest.text import no_formula
from revops.periods import Period
from revops.problems import IdentityError, InputError, Problem
from revops.quota.signed import measure_of
from revops.run import crm
from revops.workspace import Workspace

PAY = ("pay_", "credit_", "league_", "person_rates")
IN_WORKBOOK = ("kpi_", "quota_", "import_", "hygiene_", "ledger")
PER_CUSTOMER = ("kpi_customers", "kpi_prospects")  # too long for a sheet, and nobody's to hand around
FOLDER = "exports"
STAR = f"{FOLDER}/star"
DEFINITIONS = "definitions"
SEGMENTS = "kpi_customers"
_CREATED = datetime(2000, 1, 1)
_SHEET_NAME = 31
_ROWS = 1_048_575


def is_pay(name: str) -> bool:
    """Does the table tell what somebody earns, or of a person what the leaderboard may not show?"""
    return name.startswith(PAY)


def copy_tables(tables: Path, report: Path) -> None:
    """Copies of all tables; pay goes to restricted/tables."""
    for path in sorted(tables.glob("*.parquet")):
        place = report / ("restricted/tables" if is_pay(path.stem) else "tables")
        place.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place / path.name)


def write_quotas(tables: Path, place: Path, company: Company) -> None:
    """exports/quotas*.csv: the chosen scenario of the quota year, as other programs import it. None of nobody."""
    path = tables / "quota_proposed.parquet"
    months = pl.read_parquet(path).filter("is_chosen") if path.exists() else pl.DataFrame()
    if months.is_empty():
        return
    people = crm.names(pl.read_parquet(tables / "people.parquet"))
    quotas = (
        months.rename({"month_on": "start_on"})
        .join(people, on="person_id")
        .with_columns(measure=pl.lit(measure_of(company.quota.metric)), end_on=pl.col("start_on").dt.offset_by("1mo"))
    )
    crm.write(quotas.filter(pl.col("quota_amount") != 0), place, company)


def write_moves(tables: Path, place: Path, period: Period) -> None:
    """exports/territory_moves.csv: what the proposal moves, as rows for the sheet territory.overrides, from the day
    after the period on. None where nothing moves.
    """
    path = tables / "quota_handovers.parquet"
    moves = pl.read_parquet(path) if path.exists() else pl.DataFrame()
    if moves.is_empty():
        return
    place.mkdir(parents=True, exist_ok=True)
    before, after = (pl.col(f"to_{when}").round(0).cast(pl.Int64) for when in ("before", "after"))
    moves.sort("account_id").select(
        account=no_formula(pl.col("account_id")),
        owner=no_formula(pl.col("new_person_id")),
        start_on=pl.lit(period.end),
        end_on=pl.lit(None, pl.Date),
        reason=pl.format("proposal of {}: index {} → {}", pl.lit(period.name), before, after),
    ).write_csv(place / "territory_moves.csv", include_bom=True)


def write_workbook(tables: Path, target: Path, money_decimals: int, language: str) -> None:
    """One sheet a table: KPIs, quotas, import log, hygiene; amounts in whole currency; and what each metric means.

    Same tables, same bytes.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(
        str(target),
        {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True, "in_memory": True},
    )
    book.set_properties({"created": _CREATED})
    sheets = [
        p for p in sorted(tables.glob("*.parquet")) if p.stem.startswith(IN_WORKBOOK) and p.stem not in PER_CUSTOMER
    ]
    for path in sheets:
        readable(pl.read_parquet(path, n_rows=_ROWS), money_decimals).write_excel(
            book, worksheet=path.stem[:_SHEET_NAME], autofit=False, autofilter=False, freeze_panes=(1, 0)
        )  # fmt: skip
    definitions(language).write_excel(book, worksheet=DEFINITIONS, autofit=False, autofilter=False, freeze_panes=(1, 0))
    book.close()


def definitions(language: str) -> pl.DataFrame:
    """One row per metric of the catalogue, in words of the language."""
    from revops.kpis.catalogue import metrics

    rows = []
    for key, one in metrics().items():
        said = {name: getattr(getattr(one, name), language) for name in ("name", "formula", "convention", "date")}
        told = {name: getattr(one, name) for name in ("unit", "over_time", "better", "source")}
        rows.append({"metric": key, **said, **told})
    return readable(pl.DataFrame(rows), 0)


def write_star(ws: Workspace, report: Path) -> None:
    """exports/star: the star schema, a Parquet file a table; IdentityError where its sales are not the revenue."""
    from revops.kpis.star import build

    has_segments = (ws.build / "tables" / f"{SEGMENTS}.parquet").exists()
    made = build(ws.scan, ws.company, ws.as_of, ws.scan(SEGMENTS) if has_segments else None)
    place = report / STAR
    place.mkdir(parents=True, exist_ok=True)
    for name, frame in made.tables.items():
        frame.sink_parquet(place / f"{name}.parquet", compression="zstd", compression_level=1)
    unit = 10**ws.company.money_decimals
    total = pl.scan_parquet(place / "fact_sales.parquet").select(pl.col("net_amount").sum()).collect().item()
    if total * unit != made.revenue:
        raise IdentityError(
            f"the star schema: sales of {total} against revenue of {made.revenue / unit}, expected equal"
        )


def write_hyper(report: Path) -> Path:
    """exports/star.hyper from the star schema of a report folder, for Tableau; needs the extra [tableau]."""
    star = report / STAR
    files = sorted(star.glob("*.parquet"))
    if not files:
        raise InputError(Problem(str(star), "no star schema", "a report folder of revops run", "run it first"))
    try:
        import pantab
    except ImportError:
        raise InputError(
            Problem(
                "pantab",
                "is not installed",
                "the package that writes .hyper",
                "pip install 'revops-workspace[tableau]'",
            )
        ) from None
    target = star.with_suffix(".hyper")
    pantab.frames_to_hyper({path.stem: pl.read_parquet(path) for path in files}, target)
    return target


def readable(frame: pl.DataFrame, money_decimals: int) -> pl.DataFrame:
    """Columns as a spreadsheet shows them: `*_amount` in whole currency, text that would be a formula as plain text.

    >>> readable(pl.DataFrame({"net_amount": [150], "name": ["=1+1"]}), 2).rows()
    [(1.5, "'=1+1")]
    """
    return frame.with_columns(
        [_whole_currency(c, frame[c], money_decimals) for c in frame.columns if _is_amount(c, frame[c])]
        + [no_formula(pl.col(c)).alias(c) for c, kind in frame.schema.items() if kind == pl.String]
        + [_in_one_cell(pl.col(c), kind) for c, kind in frame.schema.items() if kind.is_nested()]
    )


def _in_one_cell(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    if isinstance(kind, pl.List):
        return column.list.eval(pl.element().cast(pl.String)).list.join("; ", ignore_nulls=False)
    return column.struct.json_encode()


def _is_amount(name: str, column: pl.Series) -> bool:
    return name.endswith("_amount") and column.dtype.is_integer()


def _whole_currency(name: str, column: pl.Series, decimals: int) -> Any:
    return pl.col(name) if decimals == 0 else (pl.col(name) / 10**decimals).alias(name)
