"""A process that has the libraries imported and forks kernels: a kernel starts in a fraction of a second.

`python -m revops.run.forkserver` imports, draws one chart and touches no frame (a pool of threads that has run does not
survive a fork), then reads one request a line from its standard input, {"arguments": […]}, and answers with
{"pid": …}. It dies with the process that started it, and every kernel dies with it. Linux only; elsewhere kernels start
the usual way.
"""

import ctypes
import gc
import importlib
import json
import os
import signal
import sys
from contextlib import suppress
from datetime import date

# Nobody checks IRIs or steps through a scheduled notebook: two slow imports less.
sys.modules.update({"rfc3987_syntax": None, "debugpy": None})  # type: ignore[dict-item]

PRELOADED = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "tornado.platform.asyncio",
    "tornado.queues",
    "sqlite3",
    "IPython.core.completerlib",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "polars",
    "altair",
    "ipywidgets",
    "revops.workspace",
    "revops.ingest",
    "revops.kpis",
    "revops.quota",
    "revops.incentives",
    "revops.report",
    "revops.report.ingest",
    "revops.report.kpis",
    "revops.report.quota",
    "revops.report.incentives",
)
PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask the kernel of the operating system to end this process when its parent ends, however that ends."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    """Import, then serve requests until the input ends."""
    parent = os.getppid()
    die_with_parent()
    if os.getppid() != parent:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # read at import: a kernel with a parent prints no greeting
    for name in PRELOADED:
        with suppress(Exception):  # the kernel meets the same fault where its traceback can be read
            importlib.import_module(name)
    with suppress(Exception):
        warm()
    gc.collect()
    gc.freeze()
    server = os.getpid()
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become_kernel(request["arguments"], server)
        sys.stdout.write(json.dumps({"pid": pid}) + "\n")
        sys.stdout.flush()


def warm() -> None:
    """Do once what every kernel's first chart and first sentence do: load the chart schema, the words, the locales."""
    import altair

    from revops.words import Words
    from revops.workspace import LANGUAGES

    chart = altair.Chart({"values": [{"x": 1, "y": 2}]})  # a frame here would start polars' pool of threads
    altair.layer(chart.mark_bar().encode(x="x:Q", y="y:N"), chart.mark_text().encode(text="x:Q")).to_dict()
    for language in LANGUAGES:
        words = Words(language, "VND", 0)
        words.date(date(2026, 10, 31)), words.money_short(1_500_000), words.percent(0.5, 1)


def _become_kernel(arguments: list[str], server: int) -> None:
    try:
        die_with_parent()
        if os.getppid() != server:
            return
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)  # standard output carries the server's answers
        from ipykernel.kernelapp import IPKernelApp

        sys.argv = ["kernel", *arguments]
        IPKernelApp.launch_instance(arguments)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
