# SPDX-License-Identifier: MIT
"""npm's ajv, which is what editors use, judges scenarios by the schema as the loader does:
test_schema_ajv.py COMMAND PRINT-SCHEMA SEEDS.

Needs Node.js and the modules of ajv/package-lock.json in build-ajv/node_modules, where tools/pre-push puts them, or in
the folder that IOSIM_AJV names. Without them every case is skipped."""
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import tap

COMMAND, PRINT, SEEDS = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
HERE = pathlib.Path(__file__).resolve().parent
ROOT = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"])
MODULES = pathlib.Path(os.environ.get("IOSIM_AJV", ROOT / "build-ajv/node_modules"))
FILES = sorted((ROOT / "scenarios").glob("*/*.yaml"))


def output(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


@functools.cache
def language():
    """The schema of the language as the command prints it."""
    return json.loads(output(COMMAND, "schema"))


def judge(documents, schema=None):
    """{name: what ajv says against the YAML text}."""
    node = shutil.which("node") or shutil.which("nodejs")
    if not node:
        raise tap.Skip("Node.js is not installed")
    if not (MODULES / "ajv").is_dir():
        raise tap.Skip(f"ajv is not in {MODULES}: npm ci there with tests/scenario/ajv/package-lock.json")
    ask = json.dumps({"schema": schema or language(), "documents": documents})
    result = subprocess.run([node, HERE / "ajv/validate.js"], input=ask, capture_output=True, text=True,
                            env={**os.environ, "NODE_PATH": str(MODULES)})
    assert result.returncode == 0 and result.stderr == "", result.stderr
    return json.loads(result.stdout)


def loads(name, text):
    """Whether the loader takes the text."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"{name}.yaml"
        path.write_text(text)
        return subprocess.run([COMMAND, "show", path], capture_output=True).returncode == 0


def test_ajv_accepts_every_scenario():
    assert FILES
    found = judge({str(path): path.read_text() for path in FILES})
    assert not any(found.values()), {name: said[:2] for name, said in found.items() if said}


def test_ajv_accepts_the_good_seeds():
    found = judge({name: (SEEDS / f"{name}.yaml").read_text() for name in ("everything", "least", "objects")},
                  json.loads(output(PRINT)))
    assert not any(found.values()), found


def test_ajv_refuses_nothing_that_the_loader_takes():
    """The other way round is not so: a schema cannot see which names were declared."""
    beside = pathlib.Path(os.environ.get("IOSIM_SHARED", ROOT.parent / "shared")) / "examples"
    examples = sorted(beside.glob("*.yaml"))
    if not examples:
        raise tap.Skip(f"{beside} is not there, set IOSIM_SHARED")
    found = judge({path.stem: path.read_text() for path in examples})
    wrong = [path.stem for path in examples if found[path.stem] and loads(path.stem, path.read_text())]
    assert wrong == [], f"refused: {wrong}"


# What is broken, the scenario, what is replaced, by what. Each is one slip of a person who types.
BROKEN = [
    ("key of the top level", "no-acs-p2p-takeover", "title:", "tittle:"),
    ("missing claim", "no-acs-p2p-takeover", "claim: >\n", "note: >\n"),
    ("name", "no-acs-p2p-takeover", "name: no-acs-p2p-takeover", "name: No ACS"),
    ("date", "no-acs-p2p-takeover", "date: 2021-06-14", "date: 14 June 2021"),
    ("source without author", "no-acs-p2p-takeover", "author: Jason Gunthorpe, date: 2021", "date: 2021"),
    ("key of a source", "no-acs-p2p-takeover", "message-id: 20210614140711", "msgid: 20210614140711"),
    ("invariant", "no-acs-p2p-takeover", "p2p-contained, group-single-owner]", "p2p-contained, single-owner]"),
    ("no invariant", "no-acs-p2p-takeover", "[p2p-contained, group-single-owner]", "[]"),
    ("kind of a port", "no-acs-p2p-takeover", "kind: switch", "kind: swich"),
    ("ACS bits", "no-acs-p2p-takeover", "kind: switch, acs: none", "kind: switch, acs: [redirect]"),
    ("kind of an owner", "no-acs-p2p-takeover", "p1: process", "p1: proces"),
    ("key of a device", "no-acs-p2p-takeover", "driver: host, bars", "drivers: host, bars"),
    ("driver", "no-acs-p2p-takeover", "driver: host, bars", "driver: kernel, bars"),
    ("name of a BAR", "no-acs-p2p-takeover", "{bar0: 4K}", "{bar9: 4K}"),
    ("size", "no-acs-p2p-takeover", "{bar0: 4K}", "{bar0: four}"),
    ("memory of nobody", "no-acs-p2p-takeover", "kbuf: {of: host}", "kbuf: {}"),
    ("patch of nothing", "no-acs-p2p-takeover", "acs: {fabric:", "acs: {ports:"),
    ("operation", "no-acs-p2p-takeover", "label: take, take:", "label: take, grab:"),
    ("operation that lacks a key", "no-acs-p2p-takeover", "take: {device: nic}", "take: {}"),
    ("key of an operation", "no-acs-p2p-takeover", "dma-map: {device: nic, memory", "dma-map: {device: nic, mem"),
    ("key of a step", "no-acs-p2p-takeover", "expect: fault}", "expects: fault}"),
    ("expectation", "no-acs-p2p-takeover", "expect: fault}", "expect: faults}"),
    ("access", "no-acs-p2p-takeover", "access: write}, expect: fault}", "access: rw}, expect: fault}"),
    ("policy", "no-acs-p2p-takeover", "policy: noiommu", "policy: no-iommu"),
    ("knob", "no-acs-p2p-takeover", "set: {group_check_point: get_device_fd}", "set: {check_point: get_device_fd}"),
    ("value of a knob", "no-acs-p2p-takeover", "{group_check_point: get_device_fd}", "{group_check_point: open}"),
    ("basis", "no-acs-p2p-takeover", "set: {group_check_point: get_device_fd}, basis: K",
     "set: {group_check_point: get_device_fd}, basis: kernel"),
    ("verdict", "no-acs-p2p-takeover", "verdict: rejected EINVAL at take", "verdict: refused EINVAL at take"),
    ("row without verdict", "no-acs-p2p-takeover", "case: acs, verdict: safe, ", "case: acs, "),
    ("hardware", "no-acs-p2p-takeover", "run:\n", "hardware: by-hand\nrun:\n"),
    ("what is run", "no-acs-p2p-takeover", "run:\n", "run:\n  - {run: page-request}\n"),
    ("PASID that is bound", "reset-races-ats", "sva-bind: {device: d, pasid: 3}", "sva-bind: {device: d, pasid: 0}"),
    ("truth", "reset-races-ats", "ats: true", "ats: yes"),
    ("phase of a reset", "reset-races-ats", "phase: start", "phase: begin"),
]


def broken():
    """{what: text}; each text that is replaced is there."""
    texts = {path.stem: path.read_text() for path in FILES}
    for what, name, old, new in BROKEN:
        assert old in texts[name], f"{what}: '{old}' is not in {name}"
        yield what, name, texts[name].replace(old, new, 1)


def test_loader_refuses_what_is_broken():
    accepted = [what for what, name, text in broken() if loads(name, text)]
    assert accepted == [], f"accepted: {accepted}"


def test_ajv_refuses_what_is_broken():
    found = judge({what: text for what, _, text in broken()})
    accepted = [what for what, said in found.items() if not said]
    assert len(found) == len(BROKEN) and accepted == [], f"accepted: {accepted}"


def test_ajv_refuses_what_is_no_yaml():
    found = judge({"twice": "name: a\nname: b\n", "open": "name: [", "list": "- a\n"})
    assert all(found.values()), found


tap.run(dict(globals()))
