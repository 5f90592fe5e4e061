#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints "PASSED FAILED SKIPPED" of the last `meson test` from its logs: count_tests.py FOLDER.

A program that reports its cases (TAP) counts by case, any other as one. A program that crashed, timed out or left cases
out is at least one failure, whatever its cases said. Names the programs that failed on standard error."""
import json
import pathlib
import re
import sys

OUTCOMES = {"OK": 0, "EXPECTEDFAIL": 0, "SKIP": 2}
PLAN = re.compile(r"^1\.\.\d+", re.M)
CASE = re.compile(r"^(not )?ok\b(?:.*#\s*(skip))?", re.M | re.I)


def count(test):
    """[passed, failed, skipped] of one line of the log."""
    outcome = OUTCOMES.get(test["result"], 1)
    counts = [0, 0, 0]
    output = test.get("stdout", "")
    if PLAN.search(output):
        for bad, skip in CASE.findall(output):
            counts[1 if bad else 2 if skip else 0] += 1
    if sum(counts) == 0 or (outcome == 1 and counts[1] == 0):
        counts[outcome] += 1
    if outcome == 1:
        print(f"{test['name'].split(' / ')[-1]}: {test['result']}", file=sys.stderr)
    return counts


def main():
    total = [0, 0, 0]
    for path in pathlib.Path(sys.argv[1]).glob("testlog*.json"):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            total = [a + b for a, b in zip(total, count(json.loads(line)))]
    if sum(total) == 0:
        sys.exit("no test was run")
    print(*total)


main()
