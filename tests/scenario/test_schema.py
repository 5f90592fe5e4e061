#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The JSON Schema accepts what the loader accepts, and refuses what a schema can see: test_schema.py PRINT-SCHEMA SEEDS."""
import copy
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import tap

PRINT, SEEDS = sys.argv[1], pathlib.Path(sys.argv[2])
SCHEMA = json.loads(subprocess.run([PRINT], check=True, capture_output=True, text=True).stdout)


def needs():
    """The modules that read YAML and judge by a schema, or a skip."""
    try:
        import jsonschema
        import yaml
    except ImportError as missing:
        raise tap.Skip(f"{missing.name} is not installed")
    return jsonschema, yaml


def read(path):
    """A file as an editor's YAML 1.2 reader sees it: numbers, true, false and null are no text, dates are."""
    _, yaml = needs()

    class Reader(yaml.SafeLoader):
        pass

    Reader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rows if tag.split(":")[-1] not in ("timestamp", "bool")]
        for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()}
    Reader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), ["t", "f"])
    return yaml.load(path.read_text(), Reader)


def validator():
    jsonschema, _ = needs()
    return jsonschema.Draft7Validator(SCHEMA)


def complaints(scenario):
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator().iter_errors(scenario)]


def good():
    return read(SEEDS / "everything.yaml")


def test_schema_is_draft_07():
    jsonschema, _ = needs()
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_schema_accepts_the_good_seeds():
    for name in "everything", "least", "objects":
        assert complaints(read(SEEDS / f"{name}.yaml")) == [], name


def test_schema_accepts_shared_examples():
    """Two of the scenarios that the language was designed with, where they are at hand."""
    beside = pathlib.Path(__file__).resolve().parents[2].parent / "shared"
    folder = pathlib.Path(os.environ.get("IOSIM_SHARED", beside)) / "examples"
    if not folder.is_dir():
        raise tap.Skip(f"{folder} is not there, set IOSIM_SHARED")
    for name in "lazy-unmap-window", "no-acs-p2p-takeover":
        assert complaints(read(folder / f"{name}.yaml")) == [], name


def test_schema_describes_every_key():
    """An editor shows something at each key, but for knobs and for the tables that a case patches."""
    def walk(node, where):
        if isinstance(node, dict):
            for name, value in node.get("properties", {}).items():
                exempt = where.endswith("/set") or "/cases/" in where
                assert isinstance(value, dict) and (value.get("description") or exempt), f"{where}/{name}"
            for key, value in node.items():
                walk(value, f"{where}/{key}")
        if isinstance(node, list):
            for value in node:
                walk(value, where)

    walk(SCHEMA, "")


def spoiled():
    """(what, scenario): each one differs from a good file in one place."""
    def spoil(what, change):
        scenario = copy.deepcopy(good())
        change(scenario)
        return what, scenario

    yield spoil("key of the top level", lambda s: s.update(titel="x"))
    yield spoil("missing key", lambda s: s.pop("claim"))
    yield spoil("name", lambda s: s.update(name="Not A Name"))
    yield spoil("date", lambda s: s["source"][0].update(date="yesterday"))
    yield spoil("invariant", lambda s: s.update(invariants=["dma-confind"]))
    yield spoil("hardware", lambda s: s.update(hardware="by-hand"))
    yield spoil("number", lambda s: s["let"].update(i="4 K"))
    yield spoil("table of the machine", lambda s: s["machine"].update(device={}))
    yield spoil("key of an IOMMU", lambda s: s["machine"]["iommus"]["a"].update(kinds="vtd"))
    yield spoil("kind of a port", lambda s: s["machine"]["fabric"]["sw"].update(kind="swich"))
    yield spoil("acs", lambda s: s["machine"]["fabric"]["sw"].update(acs=["xx"]))
    yield spoil("kind of an owner", lambda s: s["machine"]["owners"].update(p1="proces"))
    yield spoil("key of an owner", lambda s: s["machine"]["owners"]["p2"].update(iommu=True))
    yield spoil("key of a device", lambda s: s["machine"]["devices"]["d"].update(pasid=1))
    yield spoil("key of a function", lambda s: s["machine"]["devices"]["f"]["functions"]["f0"].update(under="sw"))
    yield spoil("key of an mdev", lambda s: s["machine"]["devices"]["d"]["mdevs"]["m"].update(vectors=1))
    yield spoil("PASID of an mdev", lambda s: s["machine"]["devices"]["d"]["mdevs"]["m"].update(pasid=0x100000))
    yield spoil("quirk", lambda s: s["machine"]["devices"]["d"].update(quirks=["ats"]))
    yield spoil("capability of a unit", lambda s: s["machine"]["iommus"]["a"].update(ats="yes"))
    yield spoil("name of a BAR", lambda s: s["machine"]["devices"]["d"]["bars"].update(bar6="4K"))
    yield spoil("truth", lambda s: s["machine"]["devices"]["d"].update(trusted="no"))
    yield spoil("memory without owner", lambda s: s["machine"]["memory"]["p"].pop("of"))
    yield spoil("patch of no table", lambda s: s["cases"]["other"].update(steps={}))
    yield spoil("operation", lambda s: s["run"].append({"tkae": {"device": "d"}}))
    yield spoil("two operations", lambda s: s["run"].append({"take": {"device": "d"}, "run": "all"}))
    yield spoil("no operation", lambda s: s["run"].append({"label": "z"}))
    yield spoil("key of an operation", lambda s: s["run"].append({"take": {"device": "d", "space": "s"}}))
    yield spoil("operation without key", lambda s: s["run"].append({"attach": {"device": "d"}}))
    yield spoil("word of run", lambda s: s["run"].append({"run": "page-request"}))
    yield spoil("what to invalidate", lambda s: s["run"].append({"invalidate": {"what": "iotlb", "device": "d"}}))
    yield spoil("PASID that is bound", lambda s: s["run"].append({"sva-bind": {"device": "d", "pasid": 0}}))
    yield spoil("hold", lambda s: s["run"].append({"dma": {"device": "d", "at": 0, "hold": "untranslated"}}))
    yield spoil("answer", lambda s: s["run"].append({"page-response": {"request": "w", "code": "ok"}}))
    yield spoil("phase", lambda s: s["run"].append({"reset": {"device": "d", "phase": "end"}}))
    yield spoil("step that is a word", lambda s: s["run"].append("run"))
    yield spoil("group without condition", lambda s: s["run"].append({"do": [{"run": "all"}]}))
    yield spoil("expectation", lambda s: s["run"][0].update(expect="reach p"))
    yield spoil("inject", lambda s: s["run"][0].update(inject="skip-flush"))
    yield spoil("times", lambda s: s["run"][0].update(times=0))
    yield spoil("policy", lambda s: s["expect"][0].update(policy="iommufdd"))
    yield spoil("knob", lambda s: s["expect"][0].update(set={"flush": "lazy"}))
    yield spoil("value of a knob", lambda s: s["expect"][0].update(set={"kernel": 5.20}))
    yield spoil("verdict", lambda s: s["expect"][0].update(verdict="never fault at x"))
    yield spoil("verdict of all orders", lambda s: s["expect"][0].update(verdict="sometimes order-dependent"))
    yield spoil("one thread", lambda s: s["run"].append({"parallel": {"a": [{"run": "all"}]}}))
    yield spoil("thread without step", lambda s: s["run"].append({"parallel": {"a": [{"run": "all"}], "b": []}}))
    yield spoil("item of a verdict", lambda s: s["expect"][0].update(verdict=["safe", "rejected at x"]))
    yield spoil("basis", lambda s: s["expect"][0].update(basis="X"))
    yield spoil("no rows", lambda s: s.update(expect=[]))


def test_schema_refuses_what_it_can_see():
    missed = [what for what, scenario in spoiled() if not complaints(scenario)]
    assert missed == [], f"accepted: {missed}"


tap.run(dict(globals()))
