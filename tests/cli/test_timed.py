# SPDX-License-Identifier: MIT
"""replay --timed: tells what requests take, and changes nothing else: test_timed.py COMMAND"""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

COMMAND = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"])
SCENARIOS = ROOT / "scenarios"
ORDER = SCENARIOS / "flush/device-tlb-order.yaml"


def replay(*words):
    return subprocess.run([COMMAND, "replay", *(str(word) for word in words)], capture_output=True, text=True)


def report(*words):
    return json.loads(replay("--format=json", *words).stdout)


def without_times(value):
    if isinstance(value, list):
        return [without_times(item) for item in value]
    if isinstance(value, dict):
        return {key: without_times(item) for key, item in value.items() if key not in ("time", "profile")}
    return value


def times(rows):
    return [step["time"] for row in rows for step in row.get("steps", []) if "time" in step]


def test_timed_changes_no_row_and_no_step_of_any_scenario():
    untimed, timed = report("-v", SCENARIOS), report("-v", "--timed", SCENARIOS)
    assert times(untimed["rows"]) == []
    assert without_times(timed) == untimed
    assert len(times(timed["rows"])) > 2000
    for row in timed["rows"]:
        if row["status"] == "passed":
            assert row["profile"] == ("smmuv3-generic" if row["iommu"] == "smmuv3" else "bdw-e5-2630v4")


def test_timed_changes_nothing_that_free_hardware_does():
    files = [ORDER.with_name("refill-within-unmap.yaml"), SCENARIOS / "nesting/missing-guest-invalidation.yaml"]
    untimed, timed = report("-v", "--free", *files), report("-v", "--free", "--timed", *files)
    assert without_times(timed) == untimed and times(timed["rows"])


def test_timed_parts_add_up():
    for time in times(report("--timed", SCENARIOS / "pasid", SCENARIOS / "tdisp")["rows"]):
        assert time["requests"] > 0 and sum(time["parts_ps"].values()) == time["ps"] > 0, time


def test_timed_walks_what_is_not_cached():
    row = report("--timed", "--iommu=vtd", "--policy=iommufd", ORDER)["rows"][0]
    read, ats, translated = (step["time"] for step in row["steps"] if "time" in step and not step.get("label"))
    assert (read["references"], read["configuration_references"]) == (4, 2)
    assert ats["walks"] == translated["walks"] == 0
    assert read["parts_ps"]["walk"] == 6 * 70000
    assert "memory" in translated["parts_ps"] and "memory" not in ats["parts_ps"]


def test_timed_text_has_a_line_for_each_step():
    result = replay("--timed", "--profile=ideal", "--iommu=vtd", "--policy=iommufd", ORDER)
    assert result.returncode == 0
    assert " ns on ideal\n" in result.stdout and "      line 24 refill: " in result.stdout


def test_timed_refuses_what_makes_no_sense():
    for words, what in ((["--profile=ideal"], "--profile is for --timed"),
                        (["--timed", "--sweep=kernel"], "--sweep and --timed exclude each other"),
                        (["--timed", "--profile=idael"], "did you mean 'ideal'")):
        result = replay(*words, ORDER)
        assert result.returncode == 2 and result.stdout == "", words
        assert what in result.stderr, result.stderr


tap.run(globals())
