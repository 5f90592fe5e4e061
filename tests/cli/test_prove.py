# SPDX-License-Identifier: MIT
"""prove: every sequence up to a length, and the shortest that break something: test_prove.py COMMAND"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

COMMAND = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"])
SCOPE = ROOT / "examples/small-scope/tvm.yaml"
FEW = (SCOPE, "--policy=inflight", "--case=quiet")


def ioasid_sim(*words):
    return subprocess.run([COMMAND, *(str(word) for word in words)], capture_output=True, text=True)


def prove(*words):
    result = ioasid_sim("prove", *words, "--format=json")
    assert result.returncode in (0, 1) and not result.stderr, result
    return result.returncode, json.loads(result.stdout)


def lengths(row):
    return {found["what"]: found["length"] for found in row["breaks"]}


def test_prove_separates_the_policies():
    for policy, status, expected in (("t0-only", 0, {}), ("rebind", 0, {}), ("inflight", 1, {"dma-handle-epoch": 3})):
        code, table = prove(SCOPE, f"--policy={policy}", "--case=quiet")
        assert code == status, table
        assert [row["iommu"] for row in table["rows"]] == ["vtd", "smmuv3"], table
        assert all(lengths(row) == expected for row in table["rows"]), table


def test_prove_under_rebind_a_host_that_unbinds_takes_the_regime_from_a_handle():
    _, table = prove(SCOPE, "--policy=rebind", "--case=plain", "--iommu=vtd")
    steps = [found["steps"] for found in table["rows"][0]["breaks"]]
    assert steps == [["dma-map f memory s -> fs", "tdi-unbind f", "dma f at fs write t 0"]], steps


def test_prove_varies_a_knob_a_value_a_row():
    _, table = prove(SCOPE, "--policy=t0-only", "--case=plain", "--iommu=vtd", "--length=2", "--vary=t0_table",
                     "--vary=run_by")
    rows = [(row.get("with"), lengths(row)) for row in table["rows"]]
    assert rows == [(None, {}), ("t0_table=map_all", {}), ("t0_table=unchecked", {"t0-no-private": 2}),
                    ("run_by=host", {"t1-run-gated": 2})], rows
    _, alone = prove(SCOPE, "--policy=t0-only", "--case=plain", "--iommu=vtd", "--length=2", "--set=run_by=host")
    assert lengths(alone["rows"][0]) == {"t1-run-gated": 2} and alone["set"] == "run_by=host", alone


def test_prove_writes_scenarios_that_replay():
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "found" / "here"
        result = ioasid_sim("prove", SCOPE, "--iommu=smmuv3", "--case=plain", "--length=3", "--set=run_by=host", "--out",
                            out)
        assert result.returncode == 1, result
        files = sorted(path.name for path in out.iterdir())
        assert "dma-handle-epoch-1.yaml" in files and "t1-run-gated-1.yaml" in files, files
        replayed = ioasid_sim("replay", out)
        assert replayed.returncode == 0 and f"{len(files)} passed, 0 failed" in replayed.stdout, replayed
        text = (out / "t1-run-gated-1.yaml").read_text()
        assert "violates t1-run-gated at breach" in text and "set: {run_by: host}" in text, text
        again = re.search(r"document: 'ioasid-sim prove (.*)'", text).group(1).split()
        found = prove(SCOPE, *again, "--iommu=smmuv3")[1]["rows"][0]
        assert lengths(found)["t1-run-gated"] == len(re.findall("^  - {", text.split("expect:")[0], flags=re.M)), text


def test_prove_says_how_far_it_came():
    code, table = prove(*FEW, "--iommu=vtd", "--length=6", "--states=200")
    row = table["rows"][0]
    assert code == 1 and row["incomplete"] and row["complete-to"] == 2 and row["states"] < 200, row
    text = ioasid_sim("prove", *FEW, "--iommu=vtd", "--length=6", "--states=200").stdout
    assert "; incomplete beyond 2\n" in text, text


def test_prove_text_is_the_same_each_time():
    first = ioasid_sim("prove", *FEW)
    assert first.stdout == ioasid_sim("prove", *FEW, "--timing").stdout
    assert "inflight case=quiet iommu=vtd: " in ioasid_sim("prove", *FEW, "--timing").stderr
    assert "dma-handle-epoch 3 [1]" in first.stdout, first


def test_prove_apart_finds_the_same():
    merged, apart = (prove(*FEW, "--iommu=vtd", "--length=3", *words)[1]["rows"][0] for words in ((), ("--apart",)))
    assert merged["breaks"] == apart["breaks"] and apart["merged"] == 0 and apart["states"] > merged["states"]


def test_prove_careless_guests_leave_handles_behind():
    _, table = prove(SCOPE, "--policy=rebind", "--case=quiet", "--iommu=vtd", "--length=4", "--careless")
    assert "dma-handle-epoch" in lengths(table["rows"][0]), table


def test_prove_bad_options_are_refused():
    for words, message in (
        (["--policy=inflght"], "prove: unknown policy 'inflght'; did you mean 'inflight'?"),
        (["--case=quite"], "prove: unknown case 'quite'; did you mean 'quiet'?"),
        (["--iommu=vdt"], "prove: unknown iommu 'vdt'; did you mean 'vtd'?"),
        (["--vary=run_bye"], "prove: unknown knob 'run_bye'; did you mean 'run_by'?"),
        (["--set=run_by=hots"], "prove: unknown value of run_by 'hots'; did you mean 'host'?"),
        (["--length=17"], "prove: '17' is no length: expected 1 to 16"),
        (["--length=0"], "prove: '0' is no length: expected 1 to 16"),
        (["--states=0"], "prove: '0' is no number of states"),
        (["other"], "prove: expected one scenario, found 2 arguments"),
        (["--length=1", "--format=jsn"], "prove: unknown format 'jsn'; did you mean 'json'?"),
    ):
        result = ioasid_sim("prove", SCOPE, *words)
        assert (result.returncode, result.stdout) == (2, ""), result
        assert result.stderr == f"ioasid-sim: {message}\n", result.stderr


tap.run(globals())
