# SPDX-License-Identifier: MIT
"""`ioasid-sim bench`: it runs every case, does the same work each time, and refuses what it cannot do."""
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

COMMAND = sys.argv[1]


def bench(*words):
    return subprocess.run([COMMAND, "bench", *words], capture_output=True, text=True)


def cases():
    return [line.split()[0] for line in bench("translate", "--list").stdout.splitlines()]


def test_bench_has_the_cases_that_the_goals_are_about():
    assert {"vtd-hit", "vtd-walk4", "limit-walk4"} <= set(cases()), cases()


def test_bench_without_a_case_runs_all():
    found = json.loads(bench("translate", "--count", "10", "--format", "json").stdout)
    assert [row["case"] for row in found] == cases()
    assert all(row["count"] == 10 for row in found)


def test_bench_of_a_case_does_the_same_each_time():
    for name in cases():
        sums = {json.loads(bench("translate", "--case", name, "--count", "100", "--format", "json").stdout)[0]["sum"]
                for _ in range(2)}
        assert len(sums) == 1, (name, sums)


def test_bench_as_text_names_case_and_count():
    result = bench("translate", "--case", "vtd-hit", "--count", "7")
    assert result.returncode == 0 and result.stdout.startswith("vtd-hit") and "7 operations" in result.stdout, result


def test_bench_bad_arguments_exit_2():
    for words, message in [([], "expected what to measure"), (["translat"], "did you mean 'translate'?"),
                           (["translate", "--case", "vtd-hti"], "vtd-hit"),
                           (["translate", "--count", "-1"], "--count"), (["translate", "--count", "many"], "many"),
                           (["translate", "--format", "yaml"], "there is no format 'yaml'")]:
        result = bench(*words)
        assert result.returncode == 2 and result.stdout == "" and message in result.stderr, (words, result)


tap.run(globals())
