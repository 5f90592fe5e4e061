# SPDX-License-Identifier: MIT
"""replay --free: what hardware may do changes no verdict but those of docs/sweeps.md: test_free.py COMMAND"""
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

COMMAND = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"])
SCENARIOS = ROOT / "scenarios"
# More orders than the bound: the page says so.
TOO_MANY = "replace-while-dma"


def replay(*words):
    return subprocess.run([COMMAND, "replay", *(str(word) for word in words)], capture_output=True, text=True)


def rows(*words):
    return json.loads(replay("--format=json", *words).stdout)["rows"]


def name(row):
    return [row.get(key) for key in ("scenario", "policy", "case", "iommu", "set")]


def documented():
    """Per scenario what the table says is so in some orders alone."""
    page = (ROOT / "docs/sweeps.md").read_text().split("## What hardware may do by itself")[1]
    lines = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    return {cells[1].strip(" `"): set(re.findall(r"`([^`]+)`", cells[2])) for cells in lines}


def test_free_makes_no_verdict_worse_and_changes_what_the_docs_say():
    found, freed = {}, 0
    files = sorted(path for path in SCENARIOS.rglob("*.yaml") if path.stem != TOO_MANY)
    for fixed, free in zip(rows(*files), rows("--free", *files), strict=True):
        assert name(fixed) == name(free)
        if free["status"] != "printed":
            assert free["status"] == "not run", free
            continue
        freed += 1
        assert free["incomplete"] is False, name(free)
        before, after = set(fixed["verdict"].split(", ")), set(free["verdict"].split(", "))
        bare = {item.removeprefix("sometimes ") for item in after}
        new = bare - {item.removeprefix("sometimes ") for item in before} - {"safe"}
        assert not [item for item in new if item in after or not item.startswith("rejected")], (name(free), after)
        now_sometimes = {item.removeprefix("sometimes ") for item in after - before if item.startswith("sometimes ")}
        found.setdefault(free["scenario"], set()).update(now_sometimes)
    assert freed > 800, freed
    assert {scenario: items for scenario, items in found.items() if items} == documented()


def test_free_leaves_manual_hardware_alone():
    result = replay("--free", SCENARIOS / "flush/lazy-unmap-window.yaml")
    assert result.returncode == 0 and "its steps say what hardware does (hardware: manual)" in result.stdout, result
    assert result.stdout.splitlines()[-1].startswith("0 passed, 0 failed, "), result


def test_free_is_printed_and_not_judged():
    result = replay("--free", "--policy=iommufd", SCENARIOS / "nesting/missing-guest-invalidation.yaml")
    assert result.returncode == 0 and "what if missing-guest-invalidation: iommufd" in result.stdout, result
    assert "sometimes self-harm at stale" in result.stdout, result


def test_free_and_sweep_exclude_each_other():
    result = replay("--free", "--sweep=flush_mode", SCENARIOS)
    assert (result.returncode, result.stderr) == (2, "ioasid-sim: replay: --sweep and --free exclude each other\n"), result


tap.run(globals())
