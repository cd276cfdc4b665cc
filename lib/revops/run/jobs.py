"""The four notebooks as jobs: 01, then 02 and 03 side by side, then 04; a second language follows on the same build.

Each job has a thread and a kernel. A kernel starts while the jobs before it are at work, so that it is ready when they
end. The second language of a notebook starts when the first is done, on a copy of its tables, and makes its own words.
"""

import asyncio
import json
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from revops.problems import InputError, Problem
from revops.run.kernels import Kernels
from revops.run.progress import Progress

AFTER = {
    "01_ingest": (),
    "02_kpis": ("01_ingest",),
    "03_quota": ("01_ingest",),
    "04_incentives": ("02_kpis", "03_quota"),
}
_GRACE = 3.0
_asked_to_stop = threading.Event()


class Cancelled(Exception):
    """A job before this one failed."""


@dataclass
class Job:
    """One notebook in one language."""

    name: str
    language: str
    source: Path
    target: Path
    parameters: dict[str, Any]
    prepare: Callable[[], None] = lambda: None
    after: list["Job"] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None


class Failures(Exception):
    """What stopped the jobs, in the order of the notebooks."""

    def __init__(self, jobs: list[Job], interrupted: bool = False):
        self.jobs, self.interrupted = jobs, interrupted
        super().__init__(", ".join(job.name for job in jobs))


def stop_at_signals() -> None:
    """Let SIGINT and SIGTERM end the jobs.

    Python drops the exception of a signal that comes while it clears up an object, so the wish is kept as well; the
    loop that waits for the jobs hears it half a second later.
    """

    def stop(*_: object) -> None:
        _asked_to_stop.set()
        raise KeyboardInterrupt

    _asked_to_stop.clear()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def plan(languages: list[str], make: Callable[[str, str], Job]) -> list[Job]:
    """All jobs of a run, each with those that must have ended before it."""
    jobs: dict[tuple[str, str], Job] = {}
    for number, language in enumerate(languages):
        for name, before in AFTER.items():
            job = make(name, language)
            job.after = [jobs[name_before, language] for name_before in before]
            job.after += [jobs[name, languages[number - 1]]] if number else []
            jobs[name, language] = job
    return list(jobs.values())


def execute(
    jobs: list[Job], kernels: Kernels, progress: Progress, timeout: int | None, when_done: Callable[[Job], None]
) -> None:
    """Run the jobs, calling `when_done` for each that ended well; raises Failures when those at work have ended."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        futures = {pool.submit(_run, job, kernels, progress, timeout): job for job in jobs}
        try:
            for job in _as_they_end(dict(futures)):
                when_done(job)
        except BaseException as error:
            _stop(jobs, futures, kernels)
            if isinstance(error, KeyboardInterrupt):
                raise Failures([job for job in _failed(jobs) if job.begun.is_set()], interrupted=True) from error
            raise
    if failed := _failed(jobs):
        raise Failures(failed)


def problems_of(error: BaseException) -> list[Problem]:
    """The problems of an InputError that a cell has raised; empty for every other error."""
    if isinstance(error, InputError):
        return error.problems
    if getattr(error, "ename", "") != "InputError":
        return []
    return [read_problem(line) for line in str(getattr(error, "evalue", "")).splitlines() if line.strip()]


def read_problem(line: str) -> Problem:
    """A problem from its printed line, as it comes out of a kernel.

    >>> problem = Problem("a.csv, row 2", "x", "a day", "correct it")
    >>> read_problem(str(problem)) == problem
    True
    """
    parts = re.fullmatch(r"(.*?): found (.*), expected (.*?)\. Next: (.*)\.", line)
    return Problem(*parts.groups()) if parts else Problem("input", line, "input that can be read", "correct it")


def _failed(jobs: list[Job]) -> list[Job]:
    return [job for job in jobs if job.error is not None and not isinstance(job.error, Cancelled)]


def _as_they_end(futures: dict[Future[None], Job]) -> Iterator[Job]:
    while futures:
        done, _ = wait(futures, timeout=0.5, return_when=FIRST_COMPLETED)  # short, so that Ctrl-C is heard
        if _asked_to_stop.is_set():
            raise KeyboardInterrupt
        for job in sorted((futures.pop(future) for future in done), key=lambda job: job.name):
            if job.error is None:
                yield job


def _stop(jobs: list[Job], futures: dict[Future[None], Job], kernels: Kernels) -> None:
    """Interrupt what runs, then kill it; what waits is cancelled."""
    for job in jobs:
        if not job.begun.is_set():
            job.error = job.error or Cancelled(job.name)
    kernels.interrupt_all()
    wait(futures, timeout=_GRACE)
    kernels.kill_all()
    wait(futures)


def _run(job: Job, kernels: Kernels, progress: Progress, timeout: int | None) -> None:
    try:
        for before in job.after:
            while not before.begun.wait(0.5):
                _go_on(before)
        _go_on(job)
        _execute(job, kernels, progress, timeout)
    except BaseException as error:
        job.error = job.error or error
    finally:
        job.ended.set()
        _close_loop()


def _go_on(job: Job) -> None:
    if job.error is not None:
        raise Cancelled(job.name)


def _execute(job: Job, kernels: Kernels, progress: Progress, timeout: int | None) -> None:
    from papermill import execute_notebook

    from revops.run.engine import ENGINE

    label = f"{job.name} {job.language}"
    marks = [time.perf_counter()]

    def before_cells() -> None:
        marks.append(time.perf_counter())
        for before in job.after:
            before.ended.wait()
            _go_on(before)
        _go_on(job)
        job.prepare()
        job.begun.set()
        marks.append(time.perf_counter())

    def after_cells() -> None:
        marks.append(time.perf_counter())
        job.ended.set()

    job.target.parent.mkdir(parents=True, exist_ok=True)
    execute_notebook(
        _unformatted(job.source),
        _unformatted(job.target),
        parameters=job.parameters,
        engine_name=ENGINE,
        request_save_on_cell_execute=False,
        progress_bar=False,
        save_to=str(job.target),
        manager=kernels.manager(_kernel_name(job.source)),
        before_cells=before_cells,
        after_cells=after_cells,
        on_cell_start=lambda **_: progress.cell(),
        execution_timeout=timeout,
    )
    spent = marks[3] - marks[2]
    progress.timings |= {f"{label}: kernel start": round(marks[1] - marks[0], 3), f"{label}: cells": round(spent, 3)}
    progress.say(f"{label} done in {spent:.1f} s")


def _close_loop() -> None:
    """Close the event loop that jupyter_client has made for this thread."""
    from jupyter_core.utils import ensure_event_loop

    loop = ensure_event_loop()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.close()


def _kernel_name(notebook: Path) -> str:
    return json.loads(notebook.read_text(encoding="utf-8"))["metadata"].get("kernelspec", {}).get("name", "python3")


def _unformatted(path: Path) -> str:
    return str(path).replace("{", "{{").replace("}", "}}")
