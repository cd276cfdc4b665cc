"""The command `revops`. Every line of it also works as a Python call in revops.pipeline.

Exit status: 0 done, 1 the run failed (the failed notebook's report is kept and named), 2 the input or call is wrong.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

FAILED, REFUSED = 1, 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Revenue operations in four notebooks: ingest, KPIs, quota, incentives."""


@main.command()
@click.argument("company")
@click.option("--period", required=True, metavar="PERIOD", help="2026-10, 2026-Q4, 2026-W43, 2026 or 2026-01..2026-10.")
@click.option("--as-of", default="", metavar="DAY", help="Leave out what happened after this day (2026-10-31).")
@click.option("--language", default="", metavar="LANG", help="en or vi: only this one. Default: all of company.yaml.")
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="A notebook's own parameter; may be repeated.")
@click.option("--strict", is_flag=True, help="Exit 1 where faults stand at the top of the index.")
@click.option("--force", is_flag=True, help="Run although nothing has changed.")
@click.option("--close", is_flag=True, help="Close each pay month that is open before the next one runs.")
@click.option("--by", default="", metavar="PERSON", help="With --close: person_id of who closes.")
@click.option("--verify", is_flag=True, help="Hash all files anew instead of trusting their size and time stamp.")
@click.option("--reports", default="reports", show_default=True, help="Folder of the reports.")
@click.option("--build", default="build", show_default=True, help="Folder of the tables.")
@click.option("--notebooks", default="notebooks", show_default=True, help="Folder of the four notebooks.")
@click.option("--timeout", default=3600, show_default=True, help="Seconds that one cell may take.")
def run(company: str, period: str, given: tuple[str, ...], **options: Any) -> None:
    """Run the pipeline on the folder COMPANY and put its reports in place."""
    from revops import pipeline
    from revops.problems import InputError
    from revops.run.jobs import stop_at_signals
    from revops.run.staging import Busy

    stop_at_signals()
    status = 0
    try:
        for result in pipeline.run_each(company, period, parameters=_pairs(given), **options):
            for fault in result.faults:
                click.echo(f"{result.period}: fault: {_told(fault)}", err=True)
            click.echo(result.told, err=True)
            click.echo(pipeline.shown(result.index))
            status = max(status, result.exit_status)
    except InputError as error:
        _refuse(error.problems)
    except (pipeline.RunFailed, Busy) as error:
        _say([str(error)], FAILED)
    except KeyboardInterrupt:
        _say(["the run was interrupted"], FAILED)
    sys.exit(status)


@main.command()
@click.argument("company")
@click.option("--from", "exports", default="", metavar="FOLDER", help="Where the exports lie. Default: below COMPANY.")
@click.option("--name", default="", help="The company's name. Default: the folder's.")
@click.option("--currency", default="", metavar="CODE", help="Currency of reports, as VND. Default: the files'.")
def new(company: str, **options: str) -> None:
    """Look at a folder of exports and write COMPANY/company.yaml, with all that is to be confirmed."""
    from revops import pipeline
    from revops.problems import InputError

    try:
        made = pipeline.new(company, **options)
    except InputError as error:
        _refuse(error.problems)
    path = pipeline.shown(made.path)
    count = f"{len(made.sources)} source{'s' if len(made.sources) > 1 else ''}"
    click.echo("\n".join([f"{path}: {count}", *(f"  {line}" for line in made.sources)]))
    if made.others:
        click.echo("\n".join(["no source yet:", *(f"  {line}" for line in made.others)]))
    click.echo(f"Next: confirm {made.to_confirm} remarks in {path}, then: revops check {company}")


@main.command()
@click.argument("company")
def check(company: str) -> None:
    """Read config, plans and files of COMPANY; say what each source finds, and all that is wrong at once."""
    from revops import pipeline
    from revops.problems import InputError

    try:
        sources, unread = pipeline.survey(company)
    except InputError as error:
        _refuse(pipeline.check(company) or error.problems)
    click.echo("".join(f"{line}\n" for line in sources), nl=False)
    click.echo("".join(f"warning: {line}\n" for line in unread), err=True, nl=False)
    problems = pipeline.check(company)
    if problems:
        _refuse(problems)
    click.echo(f"{company}: nothing wrong found")


@main.command()
@click.argument("company")
@click.option("--period", default="", metavar="PERIOD", help="The run whose report shows the scenario.")
@click.option("--scenario", default="", metavar="KEY", help="Its key. Default: the one that the run chose.")
@click.option("--from", "start", default="", metavar="DAY", help="First day it holds. Default: the quota year's first.")
@click.option("--on", default="", metavar="DAY", help="Day of signing. Default: today.")
@click.option("--by", default="", metavar="PERSON", help="person_id of who signs.")
@click.option("--reason", default="", metavar="TEXT", help="Why these are the quotas.")
@click.option("--list", "is_list", is_flag=True, help="List the versions signed so far.")
@click.option("--reports", default="reports", show_default=True, help="Folder of the reports.")
def sign(company: str, is_list: bool, period: str, **options: str) -> None:
    """Sign a scenario of a run as the quotas of record of COMPANY; runs of later days take them.

    Its letters and files for a CRM go to the folder that is named at the end.
    """
    from revops import pipeline
    from revops.problems import InputError

    try:
        place = None if is_list else pipeline.sign(company, period, **options)
        lines = pipeline.signed(company)
    except InputError as error:
        _refuse(error.problems)
    own = f"{place.name.replace('-', ' ')}:" if place else ""  # another version may have been signed meanwhile
    click.echo("".join(f"{line}\n" for line in lines if line.startswith(own)), nl=False)
    if place is not None:
        click.echo(f"Letters and files: {pipeline.shown(place)}. Runs of later days take these quotas.")


@main.command()
@click.argument("company")
@click.option("--period", default="", metavar="MONTH", help="The pay month, run and looked at.")
@click.option("--by", default="", metavar="PERSON", help="person_id of who closes. Default: company.yaml's contact.")
@click.option("--hold", multiple=True, metavar="PERSON", help="Close it although this payment waits; may be repeated.")
@click.option("--on", default="", metavar="DAY", help="Day of closing. Default: today.")
@click.option("--list", "is_list", is_flag=True, help="List the periods closed so far.")
@click.option("--reports", default="reports", show_default=True, help="Folder of the reports.")
@click.option("--build", default="build", show_default=True, help="Folder of the tables.")
@click.option("--notebooks", default="notebooks", show_default=True, help="Folder of the four notebooks.")
def close(company: str, is_list: bool, period: str, **options: Any) -> None:
    """Close a pay month of COMPANY: its payments stand as its last run has shown them.

    What changes later is paid as a difference in the month that is open by then. There is no way to reopen.
    """
    from revops import pipeline

    with _ending():
        told = pipeline.closed(company) if is_list else pipeline.close(company, period, **options)
        click.echo("".join(f"{line}\n" for line in told if not line.startswith("warning:")), nl=False)
        click.echo("".join(f"{line}\n" for line in told if line.startswith("warning:")), err=True, nl=False)
        if not is_list:
            click.echo(f"Next: revops run … --period {period} hands out what was closed")


def _about_pay(command: Any) -> Any:
    """The options that whoever writes about pay has in common."""
    for option in reversed(
        [
            click.argument("company"),
            click.option("--period", default="", metavar="MONTH", help="The pay month, as its last run shows it."),
            click.option("--by", default="", metavar="PERSON", help="person_id of who decides."),
            click.option("--on", default="", metavar="DAY", help="Day of the decision. Default: today."),
            click.option("--reports", default="reports", show_default=True, help="Folder of the reports."),
        ]
    ):
        command = option(command)
    return command


@main.command()
@_about_pay
def approve(company: str, period: str, **options: str) -> None:
    """Approve the payments of a month exactly as its last run shows them."""
    from revops import pipeline

    with _ending():
        click.echo(pipeline.decide(company, "approve", period, **options))


@main.command()
@_about_pay
@click.option("--person", default="", metavar="PERSON", help="Whose payment it changes.")
@click.option("--amount", default="", metavar="AMOUNT", help="What it adds, in the currency: 500000 or -500000.")
@click.option("--release", default="", metavar="ORDER", help="Instead: an order under review that counts from now on.")
@click.option("--dispute", type=int, default=None, metavar="N", help="The dispute that it accepts.")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
def adjust(company: str, period: str, **options: Any) -> None:
    """Adjust a payment of an open month by hand; it stands on the person's statement."""
    from revops import pipeline

    with _ending():
        click.echo(pipeline.decide(company, "adjust", period, **options))


@main.command()
@_about_pay
@click.option("--line", default="", metavar="LINE", help="The line in question, as 2026-10/NV-0101/7.")
@click.option("--refuse", type=int, default=None, metavar="N", help="Answer dispute N with no.")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
def dispute(company: str, period: str, line: str, refuse: int | None, reports: str, **options: str) -> None:
    """Dispute a line of a payment, or answer a dispute; one is accepted by `revops adjust … --dispute N`."""
    from revops import pipeline

    with _ending():
        if refuse is not None:
            click.echo(pipeline.decide(company, "refuse", number=refuse, **options))
        else:
            period = period or line.partition("/")[0]
            click.echo(pipeline.decide(company, "dispute", period, reports=reports, line=line, **options))


@main.command()
@click.argument("company")
@click.argument("line")
@click.option("--language", default="", metavar="LANG", help="en or vi. Default: the company's.")
@click.option("--reports", default="reports", show_default=True, help="Folder of the reports.")
def explain(company: str, line: str, **options: str) -> None:
    """Explain a LINE of a payment, as 2026-10/NV-0101/7: component, tier, credit, order line, file and row."""
    from revops import pipeline

    with _ending():
        click.echo(pipeline.explain(company, line, **options))


@main.command()
@click.argument("report")
def tableau(report: str) -> None:
    """Write the star schema of the folder REPORT as exports/star.hyper, which Tableau opens."""
    from revops import pipeline
    from revops.problems import InputError

    try:
        click.echo(pipeline.shown(pipeline.tableau(report)))
    except InputError as error:
        _refuse(error.problems)


@contextmanager
def _ending() -> Iterator[None]:
    """Say what is wrong, and end with its status."""
    from revops.problems import InputError
    from revops.run.staging import Busy

    try:
        yield
    except InputError as error:
        _refuse(error.problems)
    except Busy as error:
        _say([str(error)], FAILED)
    except OSError as error:
        _say([f"{error.filename or 'the record'}: {error.strerror}; nothing was written"], FAILED)


def _pairs(given: Iterable[str]) -> dict[str, str]:
    for pair in given:
        if "=" not in pair:
            raise click.BadParameter(f"{pair}: found no =, expected NAME=VALUE. Next: write both.", param_hint="-p")
    return {name: value for name, _, value in (pair.partition("=") for pair in given)}


def _told(fault: dict[str, str]) -> str:
    from revops.problems import Problem

    return str(Problem(**fault))


def _refuse(problems: Iterable[Any]) -> NoReturn:
    _say([str(problem) for problem in problems], REFUSED)


def _say(lines: Iterable[str], status: int) -> NoReturn:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(status)


if __name__ == "__main__":
    main()
