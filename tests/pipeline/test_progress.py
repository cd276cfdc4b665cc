"""A bar on a terminal, plain lines in a log."""

import io

from revops.run.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def work(stream: io.StringIO) -> Progress:
    progress = Progress("demo 2026-10", 2, stream)
    progress.cell()
    progress.say("01_ingest en done")
    progress.cell()
    progress.close()
    return progress


def test_a_log_gets_plain_lines():
    stream = io.StringIO()
    work(stream)
    assert stream.getvalue() == "demo 2026-10: 01_ingest en done\n"


def test_a_terminal_gets_a_bar():
    stream = Terminal()
    work(stream)
    assert "demo 2026-10:" in stream.getvalue()
    assert "0/2" in stream.getvalue()
    assert "\r" in stream.getvalue()


def test_parts_of_one_name_add_up():
    progress = Progress("demo", 0, io.StringIO())
    for _ in range(2):
        with progress.part("pages"):
            pass
    assert list(progress.timings) == ["pages"]
    assert 0 <= progress.timings["pages"] <= progress.elapsed()
