#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fuzzes each target of a build made with -Dfuzz=true: fuzz.py BUILD RUNS. A new input that adds coverage is kept only
for the run; one that fails is left in BUILD/fuzz-failures. The last line is "N passed, N failed"."""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

MAX_BYTES = 65536
SECONDS_PER_INPUT = 10


def targets(build):
    """[(name, program, folder of seeds)], from the tests that run the seeds."""
    described = json.loads(subprocess.run(["meson", "introspect", "--tests", build], check=True, capture_output=True,
                                          text=True).stdout)
    return [(test["name"], *test["cmd"][-2:]) for test in described if test["name"].startswith("fuzz-")]


def fuzz(build, name, program, seeds, runs):
    failures = pathlib.Path(build) / "fuzz-failures"
    failures.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        command = [program, f"-runs={runs}", "-seed=1", f"-max_len={MAX_BYTES}", f"-timeout={SECONDS_PER_INPUT}",
                   "-rss_limit_mb=4096", f"-artifact_prefix={failures}/{name}-", "-print_final_stats=1", corpus, seeds]
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=build, env=os.environ)
    lines = result.stdout.decode(errors="replace").splitlines()
    if result.returncode != 0:
        return False, "\n".join([*lines[-60:], f"FAILED  {name}"])
    units = next((line.split()[-1] for line in lines if "number_of_executed_units" in line), "?")
    return True, f"ok      {name}: {units} inputs"


def main():
    build, runs = str(pathlib.Path(sys.argv[1]).resolve()), sys.argv[2]
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for passed, text in pool.map(lambda target: fuzz(build, *target, runs), targets(build)):
            print(text, flush=True)
            outcomes.append(passed)
    print(f"{outcomes.count(True)} passed, {outcomes.count(False)} failed")
    sys.exit(0 if all(outcomes) else 1)


main()
