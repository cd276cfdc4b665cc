"""What the run says while it works: a bar on a terminal, plain lines in a log; and how long each part took."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO


class Progress:
    """Counts cells. On a terminal a bar moves; elsewhere one line is written as each notebook ends."""

    def __init__(self, title: str, cells: int, stream: TextIO | None = None):
        self.title = title
        self.stream = stream or sys.stderr
        self.timings: dict[str, float] = {}
        self._lock = threading.Lock()
        self._start = time.perf_counter()
        self._bar = self._new_bar(cells) if self.stream.isatty() else None

    def cell(self) -> None:
        """One cell has started."""
        if self._bar is not None:
            with self._lock:
                self._bar.update(1)

    def say(self, text: str) -> None:
        """A line of its own."""
        with self._lock:
            if self._bar is not None:
                self._bar.set_postfix_str(text)
            else:
                self.stream.write(f"{self.title}: {text}\n")
                self.stream.flush()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measure a part of the run, in seconds under its name; parts of one name add up."""
        start = time.perf_counter()
        try:
            yield
        finally:
            with self._lock:
                spent = time.perf_counter() - start
                self.timings[name] = round(self.timings.get(name, 0.0) + spent, 3)

    def elapsed(self) -> float:
        """Seconds since the run began."""
        return round(time.perf_counter() - self._start, 3)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()

    def _new_bar(self, cells: int) -> Any:
        from tqdm import tqdm

        return tqdm(total=cells, unit="cell", desc=self.title, file=self.stream, leave=False)
