"""Runs all benchmarks, one after the other, and prints what each printed.

    python benchmarks/run.py [--data DIR] [--quick]

DIR is the research data folder (default: $ESCS_DATA). `--quick` leaves out what takes more than a few minutes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
DATA = "--data"
PLAN: tuple[tuple[str, bool, bool], ...] = (  # script, needs data, long
    ("talk.py", True, False),
    ("habit.py", True, False),
    ("labels.py", True, False),
    ("reading.py", True, False),
    ("echo.py", False, False),
    ("screen.py", True, False),
    ("patterns.py", True, False),
    ("output_check.py", False, False),
    ("vera_mh.py", True, False),
    ("units.py", True, False),
    ("discovery.py", False, True),
    ("evidence.py", True, False),
    ("seekers.py", False, False),
    ("throughput.py", False, False),
    ("report.py", False, False),
    ("gate.py", True, True),
    ("evolve.py", False, True),
    ("evaluate.py", True, False),
)


def main() -> None:
    """Run them; exit 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ESCS_DATA"))
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    failed = []
    commands = [[sys.executable, "-m", "pytest", "-q", "-s", "-n", "0", str(HERE / "test_speed.py")]]
    for script, needs_data, long in PLAN:
        if (needs_data and given.data is None) or (long and given.quick):
            print(
                f"## {script}: left out ({'no --data' if needs_data and given.data is None else '--quick'})\n",
                flush=True,
            )
            continue
        commands.append([sys.executable, str(HERE / script), *([DATA, str(given.data)] if needs_data else [])])
    for command in commands:
        name = next(Path(part).name for part in command[1:] if part.endswith(".py"))
        print(f"## {name}", flush=True)
        began = time.perf_counter()
        status = subprocess.run(command, check=False).returncode
        print(f"({time.perf_counter() - began:.0f} s)\n", flush=True)
        failed += [name] if status else []
    if failed:
        raise SystemExit(f"These failed: {', '.join(failed)}.")


if __name__ == "__main__":
    main()
