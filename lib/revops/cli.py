"""The command `revops`. Every line of it also works as a Python call in revops.pipeline.

Exit status: 0 done, 1 the run failed (the failed notebook's report is kept and named), 2 the input or call is wrong.
"""

import sys
from collections.abc import Iterable
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
        if options["start"] and not options["start"].endswith("-01"):
            click.echo("warning: a month with two quotas is not paid by a monthly plan before it has one", err=True)


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
