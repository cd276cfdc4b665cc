"""A papermill engine that never reports false success.

papermill alone leaves 'completed' on disk after a dead kernel, a time-out, Ctrl-C or a missing kernel, and takes
`sys.exit(0)` in a cell for the end of the notebook. Here each of them marks the cell and the notebook failed, writes
the notebook with the reason as an error output, and is raised again.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import nbformat
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import raise_for_execution_errors
from papermill.iorw import write_ipynb
from papermill.log import logger

ENGINE = "revops"
logger.addHandler(logging.NullHandler())  # what stops a notebook is raised and stands in the file


class CellExit(Exception):
    """A cell called sys.exit: what stands below it has not run."""


class _Client(PapermillNotebookClient):
    """Waits, where asked to, between the kernel's start and the first cell; tells when the last one has ended well."""

    before_cells: Callable[[], None] | None = None
    after_cells: Callable[[], None] | None = None

    def papermill_execute_cells(self) -> None:
        if self.before_cells is not None:
            self.before_cells()
        super().papermill_execute_cells()
        if self.after_cells is not None and not self.nb.metadata.papermill.get("exception"):
            self.after_cells()


class HonestEngine(NBClientEngine):
    """Runs a notebook; whatever stops it short stands in the file and is raised.

    `save_to` is where the file goes if the run of cells is not saved one by one; `manager` a kernel manager of one's
    own, `before_cells` a call after the kernel's start, `after_cells` one when all cells have run well.
    """

    @classmethod
    def execute_notebook(
        cls, nb: Any, kernel_name: str, output_path: str | None = None, *, save_to: str | None = None, **kwargs: Any
    ) -> Any:
        """Execute `nb`; on failure write it with banner and reason, then raise."""
        try:
            return super().execute_notebook(nb, kernel_name, output_path, **kwargs)
        except BaseException:
            _write_failed(nb, save_to or output_path)
            raise

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        manager: Any = None,
        before_cells: Callable[[], None] | None = None,
        after_cells: Callable[[], None] | None = None,
        on_cell_start: Callable[..., None] | None = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        log_output: bool = False,
        **_: Any,
    ) -> None:
        """Run the cells; mark the last started cell and the notebook failed on anything that stops them."""
        try:
            client = _Client(
                nb_man,
                km=manager,
                kernel_name=kernel_name,
                timeout=execution_timeout,
                startup_timeout=start_timeout,
                shutdown_kernel="immediate",
                log=logger,
                log_output=log_output,
                on_cell_start=on_cell_start,
            )
            client.before_cells, client.after_cells = before_cells, after_cells
            client.execute(cleanup_kc=True)
            _refuse_exit(nb_man.nb)
        except BaseException as error:
            _mark_failed(nb_man.nb, error)
            raise


def _refuse_exit(nb: Any) -> None:
    for cell in nb.cells:
        if any(o.output_type == "error" and o.ename == "SystemExit" for o in cell.get("outputs", [])):
            raise CellExit("a cell called sys.exit: the cells below it have not run")


def _mark_failed(nb: Any, error: BaseException) -> None:
    cell = _last_started(nb)
    nb.metadata.papermill["exception"] = True
    cell.metadata.papermill.update(exception=True, status=NotebookExecutionManager.FAILED)
    name, text = type(error).__name__, str(error) or "the run was interrupted"
    if cell.cell_type == "code":
        known = [o for o in cell.outputs if o.output_type == "error" and o.ename != "SystemExit"]
        if not known:
            cell.outputs.append(nbformat.v4.new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"]))


def _last_started(nb: Any) -> Any:
    started = [cell for cell in nb.cells if cell.metadata.papermill.get("start_time")]
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    return [*(started or code[:1] or nb.cells[:1])][-1]


def _write_failed(nb: Any, path: str | None) -> None:
    with suppress(PapermillExecutionError):
        raise_for_execution_errors(nb, path)  # puts the banner in and writes
    write_ipynb(nb, path)


papermill_engines.register(ENGINE, HonestEngine)
