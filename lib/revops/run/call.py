"""What a run is asked for: checked as a whole before anything starts, every fault told at once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from revops.company import Company, load_company
from revops.periods import Period, parse_range
from revops.problems import InputError, Problem
from revops.run import parameters
from revops.run.places import placed
from revops.workspace import NOTEBOOKS, Workspace, files_beside, open_workspace, root

if TYPE_CHECKING:
    from revops.ingest.files import Digests

LAST_YEAR = "9998"


@dataclass(frozen=True)
class Call:
    """What one period's run was asked for, checked."""

    folder: Path
    company: Company
    period: Period
    as_of: str
    language: str
    parameters: Mapping[str, Any]
    notebooks: Mapping[str, Path]
    reports: Path
    build: Path
    strict: bool
    force: bool
    verify: bool
    timeout: int | None
    stream: TextIO

    @property
    def languages(self) -> list[str]:
        """The run's languages, the first one's pages at the top of the report folder."""
        if self.language:
            return [self.language]
        second = self.company.second_language
        return [self.company.language, *([second] if second and second != self.company.language else [])]

    @property
    def day(self) -> date:
        """The as-of day."""
        return date.fromisoformat(self.as_of) if self.as_of else self.period.last_day

    def facts(self) -> dict[str, Any]:
        """What identifies the call, without a path of this machine."""
        return {
            "company": self.folder.name,
            "period": self.period.name,
            "as_of": self.day.isoformat(),
            "languages": self.languages,
            "parameters": dict(self.parameters),
        }

    def digests(self) -> "Digests":
        """The hashes of the company's files that earlier runs found; of none where the call is to verify them."""
        from revops.ingest.files import HASHES, Digests

        return Digests(files_beside(self.build, self.folder) / HASHES, self.verify)

    def workspace(self, notebook: str, language: str, build: Path) -> Workspace:
        """The workspace of one notebook, as its kernel opens it."""
        ws = open_workspace(notebook, self.folder, self.period.name, self.as_of, language, str(build))
        if len(self.languages) == 1:  # no page links to a language that this run does not make
            ws.company = ws.company.model_copy(update={"second_language": None})
        return ws


def check_call(
    company: str | Path, periods: str, as_of: str, language: str, given: Mapping[str, Any], sources: Mapping[str, Path]
) -> tuple[Path, Company, list[Period], dict[str, Any]]:
    """Everything that can be wrong with a call, found before anything starts and told at once."""
    problems: list[Problem] = []
    folder, settings, spans, values = root() / company, None, [], {}
    with gathering(problems):
        settings = load_company(folder)
    with gathering(problems):
        spans = parse_range(periods, settings.fiscal_year_starts if settings else 1)
    with gathering(problems):
        declared = {name: parameters.read_notebook(path) for name, path in sources.items()}
        values = parameters.check_given(given, declared)
    if settings and spans:
        with gathering(problems):
            open_workspace(NOTEBOOKS[0], folder, spans[0].name, as_of, language)
        problems += [
            *check_territory(folder, settings),
            *check_plans(folder, settings),
            *check_findings(folder, settings),
        ]
    if as_of and len(spans) > 1:
        problems.append(
            Problem("parameter as_of", f"{as_of} with a range", "one period", "run one period, or drop as_of")
        )
    if settings:
        problems += check_quota(folder, settings, values)
    if problems or settings is None:
        raise InputError(placed(problems, folder))
    return folder, settings, spans, values


def check_files(folder: Path) -> list[Problem]:
    """What is wrong with sources, files and columns, whatever the period."""
    from revops import ingest
    from revops.ingest.survey import read_twice

    ws = open_workspace("check", folder, LAST_YEAR)
    return [*read_twice(folder, ws.company), *ingest.look(ws)]


def check_territory(folder: Path, settings: Company) -> list[Problem]:
    """What is wrong with the matrix, the rules and the moves by hand, as far as company.yaml and its sheets tell."""
    from revops.quota import territory

    problems: list[Problem] = []
    with gathering(problems):
        territory.check_territory(folder, settings)
    return problems


def check_quota(folder: Path, settings: Company, values: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the planning desk's settings and parameters, and with the market's growth, as 03 reads it."""
    from revops import market
    from revops.quota import declared
    from revops.quota.compare.cost import PayCurve

    problems: list[Problem] = []
    with gathering(problems):
        declared.check_settings(settings.quota, settings.money_decimals)
        declared.knobs_of(settings.quota, settings.money_decimals, str(values.get("growth", "")))
    with gathering(problems):
        declared.chosen_of(settings.quota, str(values.get("scenario", "")))
    with gathering(problems):
        PayCurve.of(settings.quota.pay.curve)
    with gathering(problems):
        market.read_market(folder, settings)
    return problems


def check_plans(folder: Path, settings: Company) -> list[Problem]:
    """What is wrong with the plans and the rules of games, and the worked cases that the plans do not give."""
    from revops.incentives.cases import run_cases
    from revops.incentives.games.rules import load_games
    from revops.incentives.plan_files import load_plans, plan_at

    problems: list[Problem] = []
    with gathering(problems):
        load_plans(folder, settings)
    for plan in [*settings.plans, *settings.incentives.drafts]:
        with gathering(problems):
            path = plan_at(folder, settings, plan)
            problems += run_cases(path, settings.currency, settings.money_decimals, plan)
    with gathering(problems):
        load_games(folder, settings)
    return list(dict.fromkeys(problems))


def check_findings(folder: Path, settings: Company) -> list[Problem]:
    """What is wrong with the company's own watches and rules of findings."""
    from revops.kpis.findings.rules import load_rules

    problems: list[Problem] = []
    with gathering(problems):
        load_rules(folder, settings)
    return problems


@contextmanager
def gathering(problems: list[Problem]) -> Iterator[None]:
    """Keep the problems of an InputError and go on."""
    try:
        yield
    except InputError as error:
        problems.extend(error.problems)
