# SPDX-License-Identifier: MIT
"""`ioasid-sim vectors` on the vectors of the tree, and on vectors that were made wrong in one place."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

COMMAND = sys.argv[1]
SOURCE = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"])
DATA = SOURCE / "tests/data/vectors"

# (passed, failed, skipped, disputed); docs/disputes.md has the disputed ones.
TALLY = {"vtd": (223, 0, 0, 8), "smmuv3": (258, 0, 0, 12)}
QEMU = {"vtd": (231, 0, 0, 0), "smmuv3": (270, 0, 0, 0)}


def vectors(*words):
    return subprocess.run([COMMAND, "vectors", *(str(word) for word in words)], capture_output=True, text=True)


def tally(result):
    """(passed, failed, skipped, disputed) of the last line."""
    line = result.stdout.splitlines()[-1]
    match = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped, (\d+) disputed", line)
    assert match, result.stdout + result.stderr
    return tuple(int(number) for number in match.groups())


def lines(name):
    if not shutil.which("zstd"):
        raise tap.Skip("zstd is not installed")
    text = subprocess.run(["zstd", "-dc", DATA / name], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def run_lines(some, *options):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("".join(json.dumps(line) + "\n" for line in some))
        file.flush()
        return vectors(*options, file.name)


def steps(vector):
    return vector.get("steps") or vector["setup"]["steps"]


def first(name, wanted):
    """The first vector that has a plain step for which `wanted` holds, and that step's index."""
    for vector in lines(name):
        for index, step in enumerate(steps(vector)):
            if wanted(step):
                return vector, index
    raise AssertionError("no such vector")


def is_plain(step, result):
    dma = step.get("dma")
    return dma and dma["expect"]["result"] == result and "caveat" not in dma and "cache" not in dma


def fails_at(vector, index, *words):
    result = run_lines([vector])
    assert result.returncode == 1 and tally(result) == (0, 1, 0, 0), result.stdout
    assert f"\n  step {index}: " in result.stdout, result.stdout
    for word in ("\n  expected: ", "\n  got:      ") + words:
        assert word in result.stdout, result.stdout


def files(engine):
    return sorted((DATA / engine).glob("*.jsonl.zst"))


def test_vectors_of_vtd_pass_or_are_disputed():
    result = vectors(*files("vtd"))
    assert tally(result) == TALLY["vtd"] and result.returncode == 0, result.stdout


def test_vectors_of_smmuv3_pass_or_are_disputed():
    result = vectors(*files("smmuv3"))
    assert tally(result) == TALLY["smmuv3"] and result.returncode == 0, result.stdout


def test_vectors_disputed_are_those_of_the_document():
    """Each row of docs/disputes.md names how many of which group."""
    rows = [line for line in (SOURCE / "docs/disputes.md").read_text().splitlines() if line.startswith("| `")]
    stated = sum(int(count) for row in rows for count in re.findall(r": (\d+)", row.split("|")[4]))
    result = vectors(*files("vtd"), *files("smmuv3"))
    assert stated == tally(result)[3], result.stdout
    for row in rows:
        for section in row.split("|")[2].split(",")[:1]:
            assert f"({section.strip()})" in result.stdout, section


def test_vectors_as_qemu_did_pass():
    for engine, passed in QEMU.items():
        result = vectors("--compat", "qemu", *files(engine))
        assert tally(result) == passed, result.stdout


def test_vectors_with_a_caveat_fail_where_the_unit_answers_as_qemu():
    caveat, index = first("vtd/legacy.jsonl.zst", lambda step: "pt-no-range" in step.get("dma", {}).get("caveat", []))
    dma = steps(caveat)[index]["dma"]
    del dma["caveat"], dma["spec"]
    fails_at(caveat, index, "got:      fault 0x4")


def test_vectors_wrong_address_fails_with_step_and_walk():
    vector, index = first("vtd/legacy.jsonl.zst", lambda step: is_plain(step, "ok") and step["dma"]["access"] == "write")
    expect = steps(vector)[index]["dma"]["expect"]
    expect["pa"] = hex(int(expect["pa"], 16) ^ 0x1000)
    fails_at(vector, index, expect["pa"], "root entry at ", "context entry at ")


def test_vectors_wrong_reason_or_record_fails():
    for key, value in (("reason", 1), ("sid", "0x1"), ("type", "atomic"), ("addr", "0x7000"), ("fsts", "0x3"), ("pp", 1),
                       ("recorded", False)):
        vector, index = first("vtd/legacy.jsonl.zst", lambda step: is_plain(step, "fault"))
        expect = steps(vector)[index]["dma"]["expect"]
        assert expect["recorded"] and expect["type"] in ("read", "write")
        expect[key] = value if key != "type" else {"read": "write", "write": "read"}[expect["type"]]
        fails_at(vector, index)


def test_vectors_wrong_event_field_fails():
    for key, value in (("type", "0x1"), ("sid", "0x1"), ("ssv", 1), ("stall", 1), ("pnu", 1), ("ind", 1), ("rnw", 2), ("s2", 2),
                       ("class", "CD"), ("addr", "0x1")):
        vector, index = first("smmuv3/s1_faults.jsonl.zst", lambda step: is_plain(step, "fault"))
        steps(vector)[index]["dma"]["expect"]["event"][key] = value
        fails_at(vector, index, "event ")


def test_vectors_event_or_none_is_not_the_same():
    vector, index = first("smmuv3/s1_faults.jsonl.zst", lambda step: is_plain(step, "fault"))
    steps(vector)[index]["dma"]["expect"] = {"result": "abort"}
    fails_at(vector, index, "expected: abort")


def test_vectors_wrong_register_fails():
    vector, index = first("vtd/legacy.jsonl.zst", lambda step: "check32" in step)
    steps(vector)[index]["check32"][1] = "0x1"
    fails_at(vector, index, "register 0x1c")


def test_vectors_mask_says_which_bits_of_a_register_count():
    vector, index = first("smmuv3/commands.jsonl.zst", lambda step: "check32" in step and "caveat" not in step)
    check = steps(vector)[index]["check32"]
    check[1:] = [hex(int(check[1], 16) ^ 0x80000000), "0x1f"]
    assert run_lines([vector]).returncode == 0
    check[2] = "0xffffffff"
    fails_at(vector, index)


def test_vectors_unexpected_change_of_memory_fails():
    """A wait descriptor's status word that no step speaks of."""
    vector, index = first("vtd/legacy.jsonl.zst", lambda step: "check_mem64" in step)
    address = steps(vector)[index]["check_mem64"][0]
    del steps(vector)[index]
    fails_at(vector, index - 1, "memory after it", f"[{address}] ")


def test_vectors_missing_change_of_memory_fails():
    vector, index = first("vtd/legacy.jsonl.zst", lambda step: "check_mem64" in step)
    steps(vector)[index]["check_mem64"][1] = "0x1234"
    fails_at(vector, index, "memory at ")


def test_vectors_command_check_follows_the_specification():
    vector, index = first("smmuv3/commands.jsonl.zst", lambda step: "check32" in step and "caveat" in step)
    assert tally(run_lines([vector])) == (1, 0, 0, 0)
    del steps(vector)[index]["caveat"]
    fails_at(vector, index)


def test_vectors_json_has_every_vector():
    vector, index = first("vtd/legacy.jsonl.zst", lambda step: is_plain(step, "ok"))
    steps(vector)[index]["dma"]["expect"]["pa"] = "0x4"
    result = run_lines([vector], "--format", "json")
    report = json.loads(result.stdout)
    assert result.returncode == 1 and (report["passed"], report["failed"]) == (0, 1)
    row = report["vectors"][0]
    assert row["id"] == vector["id"] and row["status"] == "failed" and row["step"] == index
    assert row["expected"].startswith("ok, pa 0x4") and "root entry" in row["walk"]


def test_vectors_file_that_is_none_exits_2_with_its_place():
    for text, message in (("", "no line holds a vector"), ("{}\n", ":1: \"id\" is missing"), ("[", ":1"),
                          ('{"id":"a","engine":"x","mode":"m","caps":{},"setup":{}}', '"vtd" or "smmuv3"')):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write(text)
            file.flush()
            result = vectors(file.name)
            assert result.returncode == 2 and message in result.stderr, result.stderr
    assert vectors("no-such-file").returncode == 2


def test_vectors_options_are_checked():
    assert vectors().returncode == 2
    assert "did you mean 'qemu'" in vectors("--compat", "qmeu", "x").stderr
    assert "did you mean 'json'" in vectors("--format", "jsn", "x").stderr


tap.run(globals())
