"""The engine never reports false success: each way to stop a notebook short is tried on a real kernel."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from revops.run import kernels as kernels_module
from revops.run.engine import ENGINE, CellExit
from revops.run.kernels import FORKS, Kernels
from revops.workspace import root

from .helpers import wait_until

KILL = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
SLEEP = "import time\ntime.sleep(60)"
WAYS = [
    ("a cell raises", "1 / 0", {}, PapermillExecutionError, "ZeroDivisionError"),
    ("the kernel dies", KILL, {}, DeadKernelError, "DeadKernelError"),
    ("a cell takes too long", SLEEP, {"execution_timeout": 1}, CellTimeoutError, "CellTimeoutError"),
    ("sys.exit(0)", "import sys\nsys.exit(0)", {}, CellExit, "CellExit"),
    ("sys.exit()", "import sys\nsys.exit()", {}, CellExit, "CellExit"),
    ("sys.exit with a reason", "import sys\nsys.exit('enough')", {}, CellExit, "CellExit"),
    ("raise SystemExit", "raise SystemExit", {}, CellExit, "CellExit"),
    ("os._exit(0)", "import os\nos._exit(0)", {}, DeadKernelError, "DeadKernelError"),
]


def is_marked(path: Path, name: str) -> bool:
    """Does the file say that the notebook failed, in which cell, and why?"""
    written = nbformat.read(path, as_version=4)
    failed = [c for c in written.cells if c.metadata.get("papermill", {}).get("status") == "failed"]
    errors = [o.ename for c in failed for o in c.get("outputs", []) if o.output_type == "error"]
    banner = "exception" in written.cells[0].source.lower()
    return banner and written.metadata.papermill.exception is True and len(failed) == 1 and name in errors


@pytest.fixture(scope="module", params=["forked", "plain"])
def kernels(request: pytest.FixtureRequest):
    if request.param == "forked" and not FORKS:
        pytest.skip("kernels are forked on Linux only")
    with Kernels(fork=request.param == "forked") as pool:
        yield pool


@pytest.mark.parametrize(("source", "options", "error", "name"), [w[1:] for w in WAYS], ids=[w[0] for w in WAYS])
def test_a_notebook_cut_short_is_marked_and_raised(kernels, notebook, tmp_path, source, options, error, name):
    out = tmp_path / "out.ipynb"
    with pytest.raises(error):
        papermill.execute_notebook(
            str(notebook("before = 1", source, "after = 1")), str(out), engine_name=ENGINE, progress_bar=False,
            manager=kernels.manager(), request_save_on_cell_execute=False, save_to=str(out), **options,
        )  # fmt: skip
    assert is_marked(out, name)
    cells = nbformat.read(out, as_version=4).cells
    assert cells[-1].execution_count is None, "a cell below the failure has run"


def test_a_missing_kernel_is_marked_and_raised(kernels, notebook, tmp_path):
    out = tmp_path / "out.ipynb"
    with pytest.raises(Exception, match="No such kernel named nowhere"):
        papermill.execute_notebook(
            str(notebook("1", kernel="nowhere")), str(out), engine_name=ENGINE, progress_bar=False,
            manager=kernels.manager("nowhere"),
        )  # fmt: skip
    assert is_marked(out, "NoSuchKernel")


def test_ctrl_c_is_marked_and_raised(kernels, notebook, tmp_path):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # not that of a command which ran in this process before
    out = tmp_path / "out.ipynb"
    started = threading.Event()

    def interrupt() -> None:
        started.wait()
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        papermill.execute_notebook(
            str(notebook(SLEEP)), str(out), engine_name=ENGINE, progress_bar=False, manager=kernels.manager(),
            on_cell_start=lambda cell_index, **_: started.set() if cell_index == 2 else None,
        )  # fmt: skip
    assert is_marked(out, "KeyboardInterrupt")


def test_a_good_notebook_is_not_marked(kernels, notebook, tmp_path):
    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(
        str(notebook("print(growth)")), str(out), parameters={"growth": 0.25}, engine_name=ENGINE, progress_bar=False,
        manager=kernels.manager(),
    )  # fmt: skip
    written = nbformat.read(out, as_version=4)
    assert written.cells[-1].outputs[0].text == "0.25\n"
    assert {c.metadata.papermill.status for c in written.cells} == {"completed"}
    assert not written.metadata.papermill.exception


def test_papermill_alone_runs_with_the_engine(notebook, tmp_path):
    out = tmp_path / "out.ipynb"
    with pytest.raises(CellExit):
        papermill.execute_notebook(str(notebook("raise SystemExit")), str(out), engine_name=ENGINE, progress_bar=False)
    assert is_marked(out, "CellExit")


@pytest.mark.skipif(not FORKS, reason="kernels are forked on Linux only")
def test_a_killed_run_leaves_no_kernel(tmp_path, notebook):
    pids = tmp_path / "pids"
    source = f"import os, time\nopen({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{os.getppid()}}')\ntime.sleep(60)"
    program = f"""
import papermill
from revops.run.engine import ENGINE
from revops.run.kernels import Kernels
with Kernels() as pool:
    papermill.execute_notebook({str(notebook(source))!r}, {str(tmp_path / "out.ipynb")!r}, engine_name=ENGINE,
                               progress_bar=False, manager=pool.manager())
"""
    run = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(root() / "lib")})
    wait_until(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    kernel, server = map(int, pids.read_text().split())
    assert is_alive(kernel)
    assert is_alive(server)
    run.kill()
    run.wait()
    wait_until(lambda: not is_alive(kernel) and not is_alive(server))


def test_sockets_of_a_killed_run_are_removed_by_the_next(tmp_path, monkeypatch):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(kernels_module, "SHORT", 1000)
    left, own = tmp_path / f"rv-{gone.pid}-x", tmp_path / f"rv-{os.getpid()}-x"
    left.mkdir()
    own.mkdir()
    with Kernels(fork=False) as pool:
        assert sorted(tmp_path.iterdir()) == sorted([own, pool.folder])
    assert list(tmp_path.iterdir()) == [own]


def test_a_long_temporary_folder_is_not_used_for_sockets(tmp_path, monkeypatch):
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with Kernels(fork=False) as pool:
        assert len(str(pool.folder)) < 40


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_no_pool_of_threads_has_run_in_the_server_before_it_forks(notebook, tmp_path):
    """polars warns after a fork once its thread pool has run; the frame below would use a broken pool."""
    out = tmp_path / "out.ipynb"
    source = "import polars as pl\nprint(pl.LazyFrame({'a': range(10_000)}).select(pl.col('a').sum()).collect().item())"
    with Kernels() as pool:
        papermill.execute_notebook(
            str(notebook(source)), str(out), engine_name=ENGINE, progress_bar=False, manager=pool.manager()
        )
    outputs = json.loads(out.read_text(encoding="utf-8"))["cells"][-1]["outputs"]
    assert [(o["name"], "".join(o["text"])) for o in outputs] == [("stdout", "49995000\n")]
