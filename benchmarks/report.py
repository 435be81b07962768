"""Prints the size of a report of many dialogues, and the time to make it and to open it in headless Chromium.

python benchmarks/report.py --data DIR          (from SAGE's traces; without DIR from invented dialogues)
python benchmarks/report.py --run RUN           (from a run of `escs simulate`)

With `--axe axe.min.js` (`npm install axe-core` brings it) the page is checked for people who use a keyboard or a screen
reader, with every dialogue unfolded; errors on its console and the time that it takes to load by itself are printed too.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import random
import re
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from escs.evolve.report.page import page
from escs.evolve.simulate.rollout import Feel, Rollout, Turn, Unsafe
from escs.evolve.simulate.run_folder import RunWriter, read_run
from escs.evolve.simulate.sage import Broken, sage_rollouts
from escs.runtime.taxonomy import taxonomy

SKILLS = [f"skill-{word}" for word in "listen name ask slow notice thank plan hold repair praise turn stay".split()]
WORDS = (
    "I have been lying awake since the letter came and nobody at home wants to talk about what it means for us".split()
)


def invented(count: int, seed: int) -> list[Rollout]:
    """Dialogues of random words with the lengths of real ones."""
    draw = random.Random(seed)
    made = []
    for number in range(count):
        emotion, turns = 40.0, []
        for _ in range(10):
            change = draw.choice((-6, -3, 0, 2, 4, 6))
            emotion = max(0.0, min(100.0, emotion + change))
            turns.append(
                Turn(
                    " ".join(draw.choices(WORDS, k=25)) + ".",
                    " ".join(draw.choices(WORDS, k=60)) + "?",
                    Feel(change, emotion, " ".join(draw.choices(WORDS, k=15))),
                    tuple(draw.sample(SKILLS, 2)),
                    "none",
                    "overwhelmed",
                    ("open-question", "restatement"),
                )
            )
        unsafe = (Unsafe(3, "missed-cue", turns[2].skills[0], "hint: no direct question"),) if number % 9 == 0 else ()
        name = f"person-{number:03}"
        made.append(
            Rollout(
                f"{name}:1", name, draw.choice(list(taxonomy().intentions)), draw.choice(list(taxonomy().temperaments)),
                1, "0" * 40, "invented", "offline", "train", number % 12 == 0, (3,) if number % 9 == 0 else (),
                tuple(turns), emotion, "failure" if emotion < 10 else "turns", unsafe, name, ("carer",) * (number % 10 == 0),
            )
        )  # fmt: skip
    return made


def from_traces(folder: Path, count: int) -> list[Rollout]:
    """Dialogues of SAGE's traces; the files' names stand for seeds."""
    made = []
    for seed, path in enumerate(sorted((folder / "sage" / "traces").glob("*.jsonl.gz"))):
        made += [replace(one, seed=seed, id=f"{one.id}:{seed}") for one in sage_rollouts(path, Broken())]
    return made[:count]


def main() -> None:
    """Make a run, its report, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("ESCS_DATA"))
    parser.add_argument("--run", type=Path)
    parser.add_argument("--dialogues", type=int, default=240)
    parser.add_argument("--out", type=Path, help="keep the page here")
    parser.add_argument("--axe", type=Path, help="axe-core's axe.min.js")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        run = given.run or Path(folder) / "run"
        if not given.run:
            some = from_traces(Path(given.data), given.dialogues) if given.data else invented(given.dialogues, 1)
            with RunWriter(run, {"command": "benchmarks/report.py", "seed": 1}) as writer:
                for rollout in some:
                    writer.append(rollout)
        out = given.out or Path(folder) / "report.html"
        began = time.perf_counter()
        held = read_run(run)
        out.write_text(page((held,)), encoding="utf-8")
        took = time.perf_counter() - began
        print(f"{len(held.rollouts)} dialogues: {out.stat().st_size / 1e6:.2f} MB, made in {took:.1f} s")
        browser = shutil.which("chromium") or shutil.which("google-chrome")
        if browser is None:
            print("no Chromium here: opening is not measured")
            return
        print(f"opened in headless Chromium, from start to loaded page: {opened(browser, out):.2f} s")
        blank = Path(folder) / "blank.html"
        blank.write_text("<!doctype html><title>x</title>")
        print(f"of which an empty page takes: {opened(browser, blank):.2f} s")
        if given.axe is None:
            print("no --axe: not checked for accessibility")
            return
        inspected(browser, out, given.axe.read_text(encoding="utf-8"), Path(folder) / "inspected.html")


def opened(browser: str, path: Path) -> float:
    """Seconds that the browser takes to start, load the page, lay it out and quit; the best of three."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", path.resolve().as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        times.append(time.perf_counter() - began)
    return min(times)


CHECK = """addEventListener('load', async () => {
  const load = performance.getEntriesByType('navigation')[0].loadEventStart;
  const asked = performance.getEntriesByType('resource').length;
  document.querySelectorAll('details').forEach(each => { each.open = true; });
  const found = (await axe.run(document)).violations.map(each => [each.impact, each.id, each.nodes.length]);
  const told = document.createElement('pre');
  told.id = 'told';
  told.textContent = JSON.stringify({load, asked, found});
  document.body.append(told);
});"""


def inspected(browser: str, path: Path, axe: str, copy: Path) -> None:
    """Print what axe-core finds in a copy of the page, whose own policy would not let it in."""
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", path.read_text(encoding="utf-8"))
    scripts = "".join(
        f"<script>{script.replace('</script', '<' + chr(92) + '/script')}</script>" for script in (axe, CHECK)
    )
    copy.write_text(page.replace("</body>", f"{scripts}</body>"), encoding="utf-8")
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
        "--virtual-time-budget=600000", "--dump-dom", copy.resolve().as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    said = re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.DOTALL)
    if said is None:
        raise SystemExit("axe-core did not come to an end.")
    told = json.loads(html.unescape(said[1]))
    errors = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    print(f"loaded by itself in {told['load'] / 1000:.2f} s, asked for {told['asked']} other files")
    print(f"errors on the console: {len(errors)}; violations that axe-core finds: {told['found'] or 'none'}")


if __name__ == "__main__":
    main()
