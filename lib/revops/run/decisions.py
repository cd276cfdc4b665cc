"""What people decide about a finished run's pay: approvals, adjustments, disputes; each is a row of the record."""

from collections.abc import Iterator
from pathlib import Path

from revops.company import Company
from revops.incentives.book import payable_step
from revops.incentives.closing import closed, written
from revops.money import to_units
from revops.problems import Problem, nearest, refuse_if_any
from revops.run.closing import Finished, day, money, nobody


def approve(folder: Path, company: Company, run: Finished, by: str, on: str = "") -> str:
    """Record that somebody approves exactly this result."""
    known = company.incentives.approvers or run.people
    refuse_if_any(nobody("--by", by, known, "who may approve" if company.incentives.approvers else "of the company"))
    if by not in written.approvals(folder, run.period.name, run.results_id):
        row = {"period": run.period.name, "made_on": day(company, on), "by": by}
        written.approve(folder, {**row, "inputs_id": run.data["inputs_id"], "results_id": run.results_id})
    return f"{run.period.name}: approved by {by}, run {run.data['inputs_id'][:12]}"


def adjust(
    folder: Path, company: Company, run: Finished, *, person: str = "", amount: str = "", release: str = "",
    reason: str = "", by: str = "", dispute: int | None = None, on: str = "",
) -> str:  # fmt: skip
    """Add an adjustment by hand to an open period, or release an order from review there."""
    period, problems = run.period.name, list(_unsigned(run, reason, by))
    units = None
    if bool(release) == bool(person or amount):
        found = "both" if release else "neither"
        problems.append(Problem("--person with --amount, or --release", found, "one of the two", "give one"))
    elif release:
        problems += _no_order(run, release)
    else:
        problems += nobody("--person", person, run.people, "of the company")
        if person == by:
            problems.append(Problem("--by", by, "somebody else than who is paid", "let another person decide"))
        units = _units(company, amount, problems)
    problems += _closed(folder, period)
    refuse_if_any(problems)
    row = {"period": period, "made_on": day(company, on), "person_id": person or None, "adjusted_amount": units}
    more = {"order_id": release or None, "dispute": dispute, "reason": " ".join(reason.split()), "by": by}
    written.adjust(folder, {**row, **more})
    what = f"order {release} released" if release else f"{person} {money(company, units or 0)}"
    return f"{period}: {what}, by {by} ({reason}); the next run of {period} pays it"


def dispute(
    folder: Path, company: Company, run: Finished, *, line: str, reason: str = "", by: str = "", on: str = ""
) -> str:
    """Open a dispute about a line of a payment."""
    refuse_if_any([*_unsigned(run, reason, by), *_no_line(folder, run, line)])
    row = {"period": run.period.name, "made_on": day(company, on), "person_id": line.split("/")[1], "line": line}
    number = written.dispute(folder, {**row, "reason": " ".join(reason.split()), "by": by})
    return (
        f"dispute {number} about {line} is open. Next: revops adjust … --dispute {number}, or revops dispute … "
        f"--refuse {number}"
    )


def refuse(folder: Path, company: Company, number: int, *, reason: str = "", by: str = "", on: str = "") -> str:
    """Answer a dispute with no."""
    refuse_if_any(_unexplained(reason, by))
    written.refuse(folder, number, day(company, on), by, " ".join(reason.split()))
    return f"dispute {number} is refused by {by}: {reason}"


def _unsigned(run: Finished, reason: str, by: str) -> Iterator[Problem]:
    yield from nobody("--by", by, run.people, "of the company")
    if not reason.strip():
        yield Problem("--reason", "nothing", "why", "give the reason in a sentence")


def _unexplained(reason: str, by: str) -> Iterator[Problem]:
    for option, given in (("--by", by), ("--reason", reason)):
        if not given.strip():
            yield Problem(option, "nothing", "who answers, and why", "give both")


def _no_order(run: Finished, order: str) -> Iterator[Problem]:
    if order not in run.orders:
        found = order + nearest(order, run.orders)
        yield Problem("--release", found, "an order of the company", "name it as its lines do")


def _units(company: Company, amount: str, problems: list[Problem]) -> int | None:
    """An amount of the currency in money units, a multiple of the minor unit and not 0."""
    try:
        units = to_units(amount, company.money_decimals)
        if units and units % payable_step(company.currency, company.money_decimals) == 0:
            return units
    except (ValueError, ArithmeticError):
        pass
    expected = f"an amount of {company.currency} as it can be paid, not 0"
    problems.append(Problem("--amount", amount or "nothing", expected, "give it as 500000 or -500000"))
    return None


def _closed(folder: Path, period: str) -> Iterator[Problem]:
    known = closed.closings(folder)
    if known.periods and period <= known.periods[-1]:
        row, following = known.of(period), closed.next_of(known.periods[-1])
        found = closed.told(row) if row else f"a period before {known.periods[0]}, with which closing began"
        yield Problem(f"--period {period}", found, "an open period", f"adjust the open one: --period {following}")


def _no_line(folder: Path, run: Finished, line: str) -> Iterator[Problem]:
    """The line must be one of the statement: of the closed one, else of the run's."""
    period = run.period.name
    is_closed = closed.closings(folder).of(period) is not None
    shown = closed.closings(folder).table(period, "pay_lines") if is_closed else run.table("pay_lines")
    known = [f"{period}/{person}/{number}" for person, number in shown.select("person_id", "line_no").iter_rows()]
    if line not in known:
        yield Problem("--line", (line or "nothing") + nearest(line, known), "a line of a statement", "name its line")
