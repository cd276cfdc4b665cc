"""How fast the planning desk of notebook 03 redraws on the demo when a knob is turned, and how long letters take:
`make bench`. Medians of seconds and of processor seconds, in one process as the kernel is.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "lib")]
MOVES = {
    "growth": {"growth": 0.15},
    "potential's weight": {"blend": 0.7},
    "over-assignment": {"hedge": 0.05},
    "pin": {"pins": {"NV-0101": 2500.0}},
    "lock": {"locks": {"NV-0102": None}},
}


def shown(name: str, call: Callable[[], object], rounds: int = 7) -> None:
    """One line: the median of the rounds after a first one."""
    call()
    wall, own = [], []
    for _ in range(rounds):
        start, used = time.perf_counter(), time.process_time()
        call()
        wall.append(time.perf_counter() - start)
        own.append(time.process_time() - used)
    print(f"| {name} | {statistics.median(wall):.2f} | {statistics.median(own):.2f} |", flush=True)


def main() -> None:
    """Measure and print."""
    from bench_run import machine

    from revops import quota
    from revops.ingest import load
    from revops.report import quota as view
    from revops.report.quota import letters
    from revops.workspace import open_workspace

    print(f"{machine()}\n\n| the desk | s | processor s |\n|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="revops-bench-") as place:
        build = str(Path(place) / "build")
        load(open_workspace("01_ingest", "data/demo", "2026-10", build=build))
        desk = quota.open_desk(open_workspace("03_quota", "data/demo", "2026-10", build=build))
        ws, chosen = desk.ws, quota.chosen_of(desk.ws.company.quota)
        proposal = desk.propose(quota.knobs_of(ws.company.quota, ws.company.money_decimals))
        rest = {name: knob.value for name, knob in view.knobs(ws, proposal, chosen).items()}
        turned, replaced = view.turned(ws, desk, proposal, chosen), view.replaced(ws, desk)
        for name, moved in MOVES.items():
            shown(name, lambda moved=moved: turned(**{**rest, **moved}))
        shown("budget of moves", lambda: replaced(disruption=0.02))
        compared = quota.side_by_side(desk, proposal, chosen)
        quota.save_tables(ws, desk, proposal, chosen, quota.check_proposal(ws, proposal), compared)
        shown("letters of everybody", lambda: letters.write(ws, Path(place) / "letters"), rounds=3)


if __name__ == "__main__":
    main()
