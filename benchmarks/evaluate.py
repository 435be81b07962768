"""Both tables of `escs eval`, offline: the validation dialogues of ESConv, and the test split of the profiles.

    python benchmarks/evaluate.py [--data DIR] [--repeats 20] [--evolved REV]

DIR is the research data folder (default: $ESCS_DATA). Prints the tables as Markdown with the time that each took.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def escs(*args: str) -> float:
    """Run a command; the seconds that it took."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "escs.runtime", *args], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ESCS_DATA"))
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--evolved", help="a git revision of the bank that ships, in this repository")
    given = parser.parse_args()
    if given.data is None:
        raise SystemExit("Give --data DIR or set ESCS_DATA.")
    esconv = Path(given.data) / "esconv"
    evolved = ["--bank", "skills", "--evolved", given.evolved] if given.evolved else []
    with tempfile.TemporaryDirectory() as folder:
        units = str(Path(folder, "units.jsonl"))
        escs("units", str(esconv / "esconv.train.json"), "--out", units)
        shared = ["--units", units, *evolved]
        took = escs("eval", "responses", str(esconv / "esconv.valid.json"), *shared, "--out", str(Path(folder, "r")))
        print(Path(folder, "r", "table.md").read_text(encoding="utf-8"), f"\n({took:.0f} s)\n", flush=True)
        repeats = ["--repeats", str(given.repeats)]
        took = escs("eval", "dialogues", *shared, *repeats, "--out", str(Path(folder, "d")))
        print(Path(folder, "d", "table.md").read_text(encoding="utf-8"), f"\n({took:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
