"""The properties of files nobody would write and of any plan with new examples, until the minutes are over.

    python tests/fuzz/run.py [MINUTES] [SEED]

Each round prints its seed; the same seed gives the same examples. The first failing round ends the run.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = "2000"
TESTS = ("tests/ingest/test_fuzz.py", "tests/incentives/test_any_plan.py")


def main() -> int:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 10**9
    end, failed = time.monotonic() + minutes * 60, 0
    while not failed and time.monotonic() < end:
        print(f"seed {seed}", flush=True)
        run = [sys.executable, "-m", "pytest", "-q", "-n0", "-x", "-k", "not memory", f"--hypothesis-seed={seed}"]
        environment = {**os.environ, "REVOPS_FUZZ_EXAMPLES": os.environ.get("REVOPS_FUZZ_EXAMPLES", EXAMPLES)}
        failed = subprocess.run([*run, *TESTS], cwd=ROOT, env=environment, check=False).returncode
        seed += 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
