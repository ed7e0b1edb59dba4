"""sabotage_test.py FOLDER: runs each build with a broken rule over the invariants that must see it."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

from rules import RULES, Rule

SECONDS_MAX = 120


def verdict(folder: pathlib.Path, rule: Rule, pattern: str) -> tuple[bool, str]:
    command = [folder / f"sabotage_{rule.name}", f"--gtest_filter={pattern}", "--gtest_brief=1"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        return False, f"went on for {SECONDS_MAX} s"
    if run.returncode < 0:
        return True, f"red (signal {-run.returncode})"
    if "] 0 tests from" in run.stdout:
        return False, "there is no such test"
    failed = run.stdout.count("\n[  FAILED  ]")
    return failed > 0, "red" if failed else "GREEN: nobody saw it"


def main() -> int:
    folder = pathlib.Path(sys.argv[1])
    asked = [(rule, pattern) for rule in RULES for pattern in rule.red]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = list(pool.map(lambda one: verdict(folder, *one), asked))
    for (rule, pattern), (seen, text) in zip(asked, verdicts):
        print(f"{rule.name:30} {pattern:36} {text}")
    unseen = sum(not seen for seen, _ in verdicts)
    print(f"{len(RULES)} broken rules, {len(asked) - unseen} of {len(asked)} looks were red")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
