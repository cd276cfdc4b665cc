"""The command of a run, and waiting for what another process does."""

import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    tick = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if condition():
            return
        tick.wait(0.05)
    raise AssertionError("waited in vain")


def command(company: Path, places: Mapping[str, Path], *arguments: str) -> list[str]:
    """`revops run` of October 2026; `places` are the options that name folders."""
    options = [word for name, path in places.items() for word in (f"--{name}", str(path))]
    return [sys.executable, "-m", "revops.cli", "run", str(company), "--period", "2026-10", *options, *arguments]
