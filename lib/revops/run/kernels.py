"""Kernels over ipc, forked from a server that has the libraries imported, or started the usual way.

A kernel's socket lies in a short temporary folder (a socket path is limited to about 100 characters); folder, server
and kernels go when the pool is closed, and the operating system ends them when the run is killed.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from revops.workspace import root

SCHEDULED = {"REVOPS_STATIC": "1"}  # nobody turns a knob: widgets show their values
SHORT = 60
FORKS = sys.platform == "linux" and hasattr(os, "pidfd_open")


class ForkedProcess:
    """A process that is not our child, with the part of Popen's interface that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int):
        self.pid = pid
        self.returncode: int | None = None
        try:
            self._fd: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._fd, self.returncode = None, -signal.SIGKILL

    def poll(self) -> int | None:
        """None while the process lives; afterwards a code that says no more than 'gone'."""
        if self._fd is not None and select.select([self._fd], [], [], 0)[0]:
            os.close(self._fd)
            self._fd, self.returncode = None, -signal.SIGKILL
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until the process is gone."""
        if self._fd is not None and not select.select([self._fd], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("kernel", timeout or 0)
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Send a signal; a process that is gone is no error."""
        if self.poll() is None and self._fd is not None:
            signal.pidfd_send_signal(self._fd, number)

    def kill(self) -> None:
        """End the process at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)


def _socket_folder() -> Path:
    """A folder for sockets with a short path, named by this process; those of processes that are gone are removed."""
    place = Path(tempfile.gettempdir())
    place = place if len(str(place)) < SHORT else Path("/tmp")
    for old in place.glob("rv-*-*"):
        owner = old.name.split("-")[1]
        if owner.isdigit() and not _is_alive(int(owner)):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"rv-{os.getpid()}-", dir=place))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


class Kernels:
    """Where a run's kernels come from; a context manager. `fork=False` starts each one the usual way."""

    def __init__(self, fork: bool = FORKS):
        self.folder = _socket_folder()
        self._lock = threading.Lock()
        self._count = 0
        self._managers: list[Any] = []
        self._server = self._start_server() if fork and FORKS else None

    def __enter__(self) -> "Kernels":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def manager(self, kernel_name: str = "python3") -> Any:
        """A kernel manager whose kernel is not started yet."""
        from revops.run.managers import ForkedKernelManager, IpcKernelManager

        with self._lock:
            self._count += 1
            place = str(self.folder / f"k{self._count}")
        files = {"connection_file": f"{place}.json", "ip": f"{place}-ipc", "kernel_name": kernel_name}
        if self._server is None:
            manager: Any = IpcKernelManager(**files)
        else:
            manager = ForkedKernelManager(**files)
            manager.fork = self.fork
        self._managers.append(manager)
        return manager

    def fork(self, arguments: list[str]) -> ForkedProcess:
        """A new kernel process from the server."""
        with self._lock:
            answer = self._ask({"arguments": arguments})
        if not answer:
            raise RuntimeError("the kernel server died")
        return ForkedProcess(json.loads(answer)["pid"])

    def interrupt_all(self) -> None:
        """Ctrl-C in every kernel: the running cell raises KeyboardInterrupt."""
        for process in self._processes():
            process.send_signal(signal.SIGINT)

    def kill_all(self) -> None:
        """End every kernel at once: what waits for one of them sees it dead."""
        for process in self._processes():
            process.kill()

    def _processes(self) -> list[Any]:
        found = [getattr(manager.provisioner, "process", None) for manager in list(self._managers)]
        return [process for process in found if process is not None]

    def close(self) -> None:
        """End kernels and server and remove the sockets."""
        self.kill_all()
        if self._server is not None:
            self._server.kill()
            self._server.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _ask(self, request: dict[str, Any]) -> str:
        if self._server is None or not self._server.stdin or not self._server.stdout:
            raise RuntimeError("there is no kernel server")
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        return self._server.stdout.readline()

    def _start_server(self) -> subprocess.Popen[str]:
        path = os.pathsep.join(filter(None, [str(root() / "lib"), os.environ.get("PYTHONPATH", "")]))
        return subprocess.Popen(
            [sys.executable, "-m", "revops.run.forkserver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **SCHEDULED, "PYTHONPATH": path},
            start_new_session=True,
        )
