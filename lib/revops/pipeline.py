"""The monthly run: parameters are checked, the four notebooks run, their pages and tables take their place at once.

    result = run("data/demo", "2026-10")
    result.index     # reports/demo/2026-10/index.html

No report is written before the input has been checked, and the last good ones stand until a run is complete.
"""

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from revops import record
from revops.company import load_company
from revops.periods import Period
from revops.problems import InputError, Problem, refuse_if_any
from revops.run import fresh, manifest, parameters, staging
from revops.run.call import (
    Call,
    check_call,
    check_files,
    check_findings,
    check_plans,
    check_quota,
    check_territory,
    gathering,
)
from revops.run.jobs import Failures, Job, execute, plan, problems_of
from revops.run.kernels import Kernels
from revops.run.places import placed
from revops.run.progress import Progress
from revops.whole import whole
from revops.workspace import HELD, NOTEBOOKS, SPOOL, root

if TYPE_CHECKING:
    from revops.ingest.files import Digests

CELL_TIMEOUT = 3600


class RunFailed(Exception):
    """The run failed (exit status 1); the message names the failed notebook and where its report lies."""


@dataclass(frozen=True)
class RunResult:
    """One finished run: where its reports lie and the faults that stand in them."""

    period: str
    folder: Path
    changed: bool = True
    faults: list[dict[str, str]] = field(default_factory=list)
    strict: bool = False
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """One plain line for a scheduler's log: what became of the rows that were read, and the number of faults."""
        counts = ", ".join(f"{count} {name}" for name, count in self.rows.items())
        return f"{self.period}: rows {counts}; {len(self.faults)} fault{'' if len(self.faults) == 1 else 's'}"

    @property
    def index(self) -> Path:
        """The page to open."""
        return self.folder / "index.html"

    @property
    def exit_status(self) -> int:
        """0, or 1 where faults stand and the run was strict."""
        return 1 if self.strict and self.faults else 0


@dataclass(frozen=True)
class New:
    """A proposed company.yaml: a line on each source and on each file that is none, and how much is to confirm."""

    path: Path
    sources: list[str]
    others: list[str]
    to_confirm: int


def run(company: str | Path, period: str, **options: Any) -> RunResult:
    """Run one period of one company; see run_each for the options and errors."""
    return run_range(company, period, **options)[-1]


def run_range(company: str | Path, periods: str, **options: Any) -> list[RunResult]:
    """Run the periods of a range ('2026-01..2026-10') in order; see run_each."""
    return list(run_each(company, periods, **options))


def run_each(
    company: str | Path,
    periods: str,
    *,
    as_of: str = "",
    language: str = "",
    parameters: Mapping[str, Any] | None = None,
    strict: bool = False,
    force: bool = False,
    verify: bool = False,
    reports: str | Path = "reports",
    build: str | Path = "build",
    notebooks: str | Path = "notebooks",
    timeout: int | None = CELL_TIMEOUT,
    stream: TextIO | None = None,
    close: bool = False,
    by: str = "",
) -> Iterator[RunResult]:
    """Run the periods of a range in order and give each result as it is there; one period is a range of one.

    Paths are relative to the repository's root; reports go to <reports>/<company>/<period>, tables to
    <build>/<company>/<period>. A raw file counts as unchanged by its size and time stamp; with `verify` every file is
    hashed anew, once for a range. With `close` each period is closed, `by` a person, before the next one runs.

    Raises InputError where the input or the call is wrong (no report is written then), RunFailed where a notebook
    fails, staging.Busy where another run of the period is at work.
    """
    with Kernels() as kernels:
        sources = {name: root() / notebooks / f"{name}.ipynb" for name in NOTEBOOKS}
        folder, settings, spans, values = check_call(company, periods, as_of, language, parameters or {}, sources)
        calls = [
            Call(folder, settings, span, as_of, language, values, sources, root() / reports / folder.name,
                 root() / build / folder.name / span.name, strict, force, verify and span is spans[0],
                 timeout, stream or sys.stderr)
            for span in spans
        ]  # fmt: skip
        for call in calls:
            yield _run_one(call, kernels)
            if close:
                for line in _closed(call, by):
                    call.stream.write(f"{line}\n")


def _closed(call: Call, by: str) -> list[str]:
    """Close the period of a run that has just ended; one that is closed already stays so."""
    from revops.incentives.closing.closed import closings, told
    from revops.run.closing import close

    row = closings(call.folder).of(call.period.name)
    return [f"{call.period.name}: {told(row)}"] if row else close(call, by=by, has_just_run=True)


def check(company: str | Path) -> list[Problem]:
    """All that is wrong with a company's configuration, plans and files, as far as a first look tells."""
    problems: list[Problem] = []
    folder = root() / company
    with gathering(problems):
        settings = load_company(folder)
        problems += [
            *check_territory(folder, settings),
            *check_quota(folder, settings, {}),
            *check_plans(folder, settings),
        ]
        problems += check_findings(folder, settings)
        problems += check_files(folder)
    return placed(problems, folder)


def survey(company: str | Path) -> tuple[list[str], list[str]]:
    """What each source of a company finds, and files that none reads, a line each; company.yaml must be valid."""
    from revops.ingest.survey import survey, unread

    folder = root() / company
    settings = load_company(folder)
    return [str(found) for found in survey(folder, settings)], list(unread(folder, settings))


def new(company: str | Path, exports: str | Path = "", name: str = "", currency: str = "") -> New:
    """Write a company.yaml for the files below `exports` (default: the company's folder), whole or not at all.

    Raises InputError where there is one already, no file is recognised, or nothing tells the currency.
    """
    from revops.ingest.propose import propose

    folder, place = root() / company, (root() / exports if exports else root() / company).resolve()
    path = folder / "company.yaml"
    problems = []
    if path.exists():
        problems.append(Problem(shown(path), "a company.yaml", "a new company", "edit it, or choose another folder"))
    if not place.is_dir():
        problems.append(Problem(f"--from {exports}", "no such folder", "the folder of the exports", "correct it"))
    if currency and not re.fullmatch("[A-Z]{3}", currency):
        problems.append(Problem("--currency", currency, "an ISO code such as VND", "correct it"))
    refuse_if_any(problems)
    proposal = propose(folder.resolve(), place, name, currency)
    with tempfile.TemporaryDirectory() as tried:
        (Path(tried) / path.name).write_text(proposal.text, encoding="utf-8")
        load_company(Path(tried))
    with whole(path) as partial:
        partial.write_text(proposal.text, encoding="utf-8")
    return New(path, proposal.sources, proposal.others, proposal.to_confirm)


def shown(path: Path) -> str:
    """A path as a reader types it: relative where it lies below the working folder."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _run_one(call: Call, kernels: Kernels) -> RunResult:
    shelf = staging.Shelf(call.reports, call.period.name)
    with (
        staging.lock(call.build.with_name(f".{call.period.name}.lock"), call.period.name),
        staging.lock(shelf.lock_file, call.period.name),
        fresh.queried(call) as spooled,
    ):
        digests = call.digests()
        inputs = fresh.inputs_of(call, spooled, digests)
        digests.save()  # the notebooks trust what was found here
        known = fresh.unchanged(shelf, fresh.key_of(call, inputs, digests))
        if known and not call.force:
            call.stream.write(f"{call.period.name}: nothing changed since the last run\n")
            return RunResult(
                call.period.name, shelf.link, False, known["faults"], call.strict, manifest.row_sums(known["inputs"])
            )
        return _make(call, shelf, kernels, inputs, spooled, digests)


def _make(
    call: Call, shelf: staging.Shelf, kernels: Kernels, inputs: str, spooled: Path, digests: "Digests"
) -> RunResult:
    build = call.build.with_name(f".{call.build.name}{staging.PARTIAL}")
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir(parents=True)
    if not call.force:
        staging.seed(call.build, build)
    staging.link_files(spooled, build / SPOOL)
    staged = shelf.stage()
    progress = Progress(f"{call.folder.name} {call.period.name}", _cells(call))
    try:
        _fill(call, kernels, progress, build, staged)
        data = _manifest(call, build, inputs)
        manifest.write_json(staged / "run.json", data)
        log = {
            "key": fresh.key_of(call, inputs, digests),
            "seconds": progress.timings,
            "total": progress.elapsed(),
        }
        manifest.write_json(staged / "run.log.json", log)
        for language in call.languages[1:]:
            for name in ("run.json", "workbook.xlsx"):
                shutil.copyfile(staged / name, staged / language / name)
        for held in build.rglob(HELD):
            held.unlink()
        record.publish(build, call.folder)
        shelf.publish(staged)
        staging.swap_folder(build, call.build)
    except Failures as failures:
        raise _told(call, shelf, failures, build) from None
    finally:
        progress.close()
        shelf.discard(staged)
        shutil.rmtree(build, ignore_errors=True)
        staging.remove_empty(build.parent, build.parent.parent)
    return RunResult(call.period.name, shelf.link, True, data["faults"], call.strict, manifest.row_sums(data["inputs"]))


def _fill(call: Call, kernels: Kernels, progress: Progress, build: Path, staged: Path) -> None:
    """Run the notebooks and write everything but the manifest into the staged folder."""

    def job(name: str, language: str) -> Job:
        own = parameters.for_notebook(call.parameters, parameters.read_notebook(call.notebooks[name]))
        common = {"company": str(call.folder), "period": call.period.name, "as_of": call.as_of, "language": language}
        place = _build_of(call, build, language)
        target = place / "executed" / f"{name}.ipynb"
        job = Job(name, language, call.notebooks[name], target, {**common, "build": str(place), **own})
        if place != build:
            job.prepare = lambda: _share(build, place)
        return job

    def when_done(done: Job) -> None:
        pages, place = _pages(call, staged, done.language), _build_of(call, build, done.language)
        with progress.part("pages"):
            render.notebook(call.workspace(done.name, done.language, place), done.target, pages)
        if done.name == NOTEBOOKS[2]:
            with progress.part("quota letters"):
                render.letters(call.workspace("quota", done.language, place), staged)
        if done.name == NOTEBOOKS[-1]:
            with progress.part("statements, leaderboard"):
                render.pay(call.workspace("incentives", done.language, place), pages)
            if done.language == call.languages[0]:
                with progress.part("tables, workbook, star schema, payroll"):
                    _export(call, build, staged)

    from revops.run import render

    execute(plan(call.languages, job), kernels, progress, call.timeout, when_done)
    for language in call.languages:
        with progress.part("index"):
            ws = call.workspace("index", language, _build_of(call, build, language))
            render.summary(ws, _pages(call, staged, language))


def _share(build: Path, other: Path) -> None:
    """What a second language starts from: the first one's tables and its reading of the databases."""
    staging.share(build / "tables", other / "tables")
    staging.link_files(build / SPOOL, other / SPOOL)


def _export(call: Call, build: Path, staged: Path) -> None:
    from revops.run import exports, payroll

    tables, language = build / "tables", call.languages[0]
    exports.copy_tables(tables, staged)
    if call.period.kind == "month":  # payouts exist for a plan's pay month only
        payroll.write_payroll(tables, staged, call.company.money_decimals)
    exports.write_workbook(tables, staged / "workbook.xlsx", call.company.money_decimals, language)
    exports.write_quotas(tables, staged / exports.FOLDER, call.company)
    exports.write_moves(tables, staged / exports.FOLDER, call.period)
    exports.write_star(call.workspace("index", language, build), staged)


def sign(company: str | Path, period: str, *, reports: str | Path = "reports", **signature: str) -> Path:
    """Sign a scenario of a period's run as the quotas of record; see run.signing.sign. Gives the folder of letters."""
    from revops.run import signing

    folder = root() / company
    settings = load_company(folder)
    name = Period.parse(period, settings.fiscal_year_starts).name
    return signing.sign(folder, settings, root() / reports / folder.name / name, name, **signature)


def signed(company: str | Path) -> list[str]:
    """The signed versions of a company's quotas, a line each."""
    from revops.run import signing

    folder = root() / company
    return signing.lines(folder, load_company(folder))


def close(
    company: str | Path,
    period: str,
    *,
    reports: str | Path = "reports",
    build: str | Path = "build",
    notebooks: str | Path = "notebooks",
    **closing: Any,
) -> list[str]:
    """Close a pay month with the results of its last finished run; see run.closing.close. Gives what happened, a line
    each. Raises InputError where it may not be closed, staging.Busy where a run of the period is at work.
    """
    from revops.run.closing import close

    folder = root() / company
    settings = load_company(folder)
    span = Period.parse(period, settings.fiscal_year_starts)
    sources = {name: root() / notebooks / f"{name}.ipynb" for name in NOTEBOOKS}
    call = Call(folder, settings, span, "", "", {}, sources, root() / reports / folder.name,
                root() / build / folder.name / span.name, False, False, False, None, sys.stderr)  # fmt: skip
    return close(call, **closing)


def closed(company: str | Path) -> list[str]:
    """The closed periods of a company, a line each."""
    from revops.run import closing

    folder = root() / company
    return closing.lines(folder, load_company(folder))


def decide(company: str | Path, what: str, period: str = "", *, reports: str | Path = "reports", **told: Any) -> str:
    """`approve`, `adjust`, `dispute` or `refuse` something of pay; see run.decisions. Gives what happened."""
    from revops.run import closing, decisions

    folder = root() / company
    settings = load_company(folder)
    if what == "refuse":
        return decisions.refuse(folder, settings, **told)
    span = Period.parse(period, settings.fiscal_year_starts)
    run = closing.finished(root() / reports / folder.name / span.name, span)
    acts: dict[str, Callable[..., str]] = {
        "approve": decisions.approve, "adjust": decisions.adjust, "dispute": decisions.dispute,
    }  # fmt: skip
    return acts[what](folder, settings, run, **told)


def explain(company: str | Path, line: str, *, language: str = "", reports: str | Path = "reports") -> str:
    """A line of a payment, as 2026-10/NV-0101/7, walked back to its raw row, from the report of its pay month."""
    from revops.run import explaining

    folder = root() / company
    return explaining.told(folder, root() / reports / folder.name, line, language)


def tableau(report: str | Path) -> Path:
    """The star schema of a report folder as one .hyper beside it; raises InputError where there is none."""
    from revops.run import exports

    return exports.write_hyper(root() / report)


def _build_of(call: Call, build: Path, language: str) -> Path:
    """A second language has a build of its own, so that the tables are always those of the first."""
    return build if language == call.languages[0] else build / language


def _pages(call: Call, staged: Path, language: str) -> Path:
    return staged if language == call.languages[0] else staged / language


def _cells(call: Call) -> int:
    counts = [len(json.loads(path.read_text(encoding="utf-8"))["cells"]) for path in call.notebooks.values()]
    return sum(counts) * len(call.languages)


def _manifest(call: Call, build: Path, inputs: str) -> dict[str, Any]:
    from revops.run.render import notes

    told = [notes(build, name, call.languages[0]) for name in NOTEBOOKS]
    return {
        **call.facts(),
        "inputs_id": inputs,
        "versions": manifest.versions(),
        "code": manifest.code_id(),
        "inputs": manifest.input_files(build / "tables"),
        "tables": manifest.table_facts(build / "tables"),
        "identities": {name: note.checks for name, note in zip(NOTEBOOKS, told, strict=True)},
        "faults": [fault for note in told for fault in note.faults],
    }


def _told(call: Call, shelf: staging.Shelf, failures: Failures, build: Path) -> Exception:
    """The exception that a failure becomes: wrong input, or a failed run whose report is kept."""
    problems = [problem for job in failures.jobs for problem in problems_of(job.error or failures)]
    if problems and not failures.interrupted:
        return InputError(placed(problems, call.folder))
    if not failures.jobs:
        return RunFailed("the run was interrupted")
    from revops.run import render

    shutil.rmtree(shelf.failed, ignore_errors=True)
    job = failures.jobs[0]
    place = _build_of(call, build, job.language)
    page = render.notebook(call.workspace(job.name, job.language, place), job.target, shelf.failed)
    reason = "interrupted" if failures.interrupted else _reason(job.error)
    return RunFailed(f"{job.name} failed: {reason}. Its report: {shown(page)}")


def _reason(error: BaseException | None) -> str:
    name, text = getattr(error, "ename", type(error).__name__), getattr(error, "evalue", str(error))
    return f"{name}: {text}".strip()
