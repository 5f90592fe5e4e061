#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What docs/seeds/4.md answers: where devices in the calls and groups in the calls end differently. test_seeds.py COMMAND"""
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
BY_DEVICE, BY_GROUP = "iommufd", "vfio-type1"
GROUPS = ["scenarios/ownership", "scenarios/fabric", "scenarios/attach/partial-group-attach.yaml"]


def verdicts(policy):
    """By scenario, case and kind, of rows that leave the policy's rules as they are."""
    printed = subprocess.run([COMMAND, "replay", "--policy", policy, "--format", "json", *GROUPS], cwd=ROOT,
                             capture_output=True, text=True, check=True).stdout
    return {(row["scenario"], row.get("case", ""), row["iommu"]): row["verdict"]
            for row in json.loads(printed)["rows"] if "set" not in row}


def differences(a, b):
    return {(scenario, case): (verdict, b[scenario, case, kind]) for (scenario, case, kind), verdict in a.items()
            if (scenario, case, kind) in b and b[scenario, case, kind] != verdict}


def test_seeds_device_centric_and_group_centric_differ_as_listed():
    page = (ROOT / "docs/seeds/4.md").read_text()
    listed = {(row[0], row[1]): (row[2], row[3])
              for row in re.findall(r"^\| `([a-z0-9-]+)` \| ([a-z0-9-]*) ?\| ([^|]*) \| ([^|]*) \|", page, flags=re.M)}
    assert listed, "no table"
    found = differences(verdicts(BY_DEVICE), verdicts(BY_GROUP))
    assert listed == found, f"listed: {listed}\nfound: {found}"


def test_seeds_both_ask_the_same_questions_and_violate_nothing():
    a, b = verdicts(BY_DEVICE), verdicts(BY_GROUP)
    assert len(a) >= 24 and set(a) == set(b), set(a) ^ set(b)
    assert not [key for key, verdict in (*a.items(), *b.items()) if "violates" in verdict]


def test_seeds_differences_are_noticed():
    a = {("x", "", "vtd"): "safe", ("y", "c", "vtd"): "safe"}
    assert differences(a, a) == {}
    assert differences(a, {**a, ("y", "c", "vtd"): "crash at z"}) == {("y", "c"): ("safe", "crash at z")}


tap.run(dict(globals()))
