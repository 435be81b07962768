"""How long `escs units` takes, what memory it needs, and whether memory grows with the corpus.

    python benchmarks/units.py --data DIR     (or ESCS_DATA)

Each run is a process of its own: wall time, and the most memory that it and its workers held together. Ten times the data is the same
files given ten times.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path


def resident(group: int) -> float:
    """Megabytes that all processes of a group hold now."""
    held = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == group:
                held += int((folder / "statm").read_text().split()[1])
        except (OSError, ValueError):
            continue  # it has ended meanwhile
    return held * os.sysconf("SC_PAGE_SIZE") / 2**20


def run(name: str, paths: list[Path]) -> float:
    """One run in a process group of its own: prints seconds, and the most megabytes that its processes held together."""
    began, most = time.perf_counter(), 0.0
    command = [sys.executable, "-m", "escs.runtime", "units", *map(str, paths), "--out", os.devnull]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    while process.poll() is None:
        most = max(most, resident(process.pid))
        time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"escs units failed on {name}")
    print(f"{name:34}  {time.perf_counter() - began:6.1f} s  {most:6.0f} MB")
    return most


def main() -> None:
    """Print one line a run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("ESCS_DATA"), required="ESCS_DATA" not in os.environ
    )
    data = Path(parser.parse_args().data)
    esconv, sage = data / "esconv", data / "sage" / "traces"
    once = run("ESConv and FailedESConv", [esconv])
    ten = run("the same ten times", [esconv] * 10)
    run("SAGE's traces", [sage])
    print(f"memory of ten times the data: {ten / once:.2f} times that of once")


if __name__ == "__main__":
    main()
