"""A line of a payment explained from the finished report of its pay month."""

from pathlib import Path

from revops.company import load_company
from revops.incentives import explain
from revops.periods import Period
from revops.problems import InputError, Problem
from revops.workspace import open_workspace


def told(folder: Path, reports: Path, line: str, language: str = "") -> str:
    """The walk as text. Raises InputError where the line's pay month has no report, or the line is not in it."""
    period = _period(folder, line)
    report = reports / period.name
    if not (report / "run.json").is_file():
        again = f"run it first: revops run {folder.name} --period {period.name}"
        raise InputError(Problem(f"line {line}", f"no report of {period.name}", f"{reports.name}/{period.name}", again))
    return str(explain(open_workspace("04_incentives", folder, period.name, "", language, str(report)), line))


def _period(folder: Path, line: str) -> Period:
    """The pay month that a line begins with."""
    name = line.partition("/")[0]
    period = Period.parse(name, load_company(folder).fiscal_year_starts) if name[:1].isdigit() else None
    if period is None or period.kind != "month" or line.count("/") < 2:
        expected = "pay month, person and number, as 2026-10/NV-0101/7"
        raise InputError(Problem(f"line {line}", line, expected, "take it from a statement or pay_lines"))
    return period
