# SPDX-License-Identifier: MIT
"""The command's frame: help, version, exit codes, diagnostics."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

COMMAND = sys.argv[1]


def run(*words, **options):
    return subprocess.run([COMMAND, *words], capture_output=True, text=True, **options)


def test_command_without_a_verb_says_how_and_exits_2():
    result = run()
    assert result.returncode == 2 and result.stdout == "" and "Usage: ioasid-sim VERB" in result.stderr


def test_command_help_goes_to_standard_output_and_exits_0():
    for words in (["--help"], ["-h"], ["help"]):
        result = run(*words)
        assert result.returncode == 0 and result.stderr == "" and "Usage: ioasid-sim VERB" in result.stdout


def test_command_version_is_printed():
    for option in ("--version", "-V"):
        result = run(option)
        assert result.returncode == 0 and result.stdout.startswith("ioasid-sim 0.")


def test_command_with_a_misspelt_verb_names_the_nearest_and_exits_2():
    result = run("wlak")
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr == "ioasid-sim: there is no verb 'wlak'; did you mean 'walk'?\n", result.stderr


def test_command_with_an_unknown_verb_lists_the_verbs():
    result = run("frobnicate")
    assert result.returncode == 2 and "there is no verb 'frobnicate'; there are " in result.stderr


def test_command_with_a_misspelt_option_names_the_nearest():
    result = run("--versoin")
    assert result.returncode == 2 and "did you mean '--version'?" in result.stderr


def test_command_verb_with_a_misspelt_option_names_the_nearest():
    result = run("walk", "--captrue=x")
    assert result.returncode == 2 and "no option '--captrue'; did you mean '--capture'?" in result.stderr, result.stderr


def test_command_help_of_a_verb_lists_its_options():
    for words in (["help", "walk"], ["walk", "--help"], ["walk", "-h"]):
        result = run(*words)
        assert result.returncode == 0 and "--capture" in result.stdout, result.stdout
        assert "ioasid-sim walk [OPTION...]" in result.stdout, result.stdout


def test_command_writes_no_colour_into_a_pipe():
    assert "\033" not in run("wlak", env={**os.environ, "TERM": "xterm"}).stderr


def test_command_with_a_full_disk_exits_2():
    if not os.path.exists("/dev/full"):
        raise tap.Skip("/dev/full is not there")
    with open("/dev/full", "w") as full:
        result = subprocess.run([COMMAND, "--help"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 2 and "ioasid-sim: standard output: " in result.stderr, result


SCENARIO = """name: NAME
title: t
source: {author: A, date: 2021-06-14, document: d}
claim: c
invariants: [unmap-effective]
machine: {owners: {p1: process}, devices: {nic: {}}}
run: [{take: {device: nic}}]
expect: [{policy: iommufd, verdict: safe, basis: I}]
"""


def replay(files, *options):
    """`replay` of {name: text}; the report goes to standard output."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (pathlib.Path(folder) / f"{name}.yaml").write_text(text.replace("NAME", name))
        return run("replay", *options, folder)


def test_replay_of_a_wrong_file_reports_it_and_replays_the_others():
    files = {"good": SCENARIO, "wrong": SCENARIO.replace("title", "tittle")}
    result = replay(files, "--format", "json")
    report = json.loads(result.stdout)
    assert result.returncode == 2 and "wrong.yaml:2:1: unknown key 'tittle'" in result.stderr, result
    assert report["passed"] == 2 and len(report["refused"]) == 1, report
    assert "wrong.yaml:2:1: unknown key 'tittle'" in report["refused"][0], report
    assert "refused" not in json.loads(replay({"good": SCENARIO}, "--format", "json").stdout)


def test_replay_of_no_row_exits_2():
    result = replay({"good": SCENARIO}, "--iommu", "none")
    assert result.returncode == 2 and "no row is for this policy and this kind" in result.stderr, result
    assert replay({"good": SCENARIO}, "--iommu", "vtd").returncode == 0


def test_sweep_prints_a_table_and_judges_nothing():
    result = replay({"good": SCENARIO}, "--sweep", "kernel")
    assert result.returncode == 0 and result.stdout.startswith("kernel\nscenario  policy"), result
    assert "[1] rejected ENOTTY at line 7\n" in result.stdout, result
    judged = SCENARIO.replace("[{take", "[{label: x, take").replace("verdict: safe", "verdict: crash at x")
    result = replay({"judged": judged}, "--sweep", "boot_order")
    assert result.returncode == 0 and result.stdout == "boot_order\n0 of 1 rows depend on boot_order\n", result
    assert replay({"judged": judged}, "--sweep", "boot_order", "-v").stdout.endswith("\n1 rows\n")


def test_sweep_as_json_has_a_verdict_of_each_value():
    table = json.loads(replay({"good": SCENARIO}, "--sweep", "reset_on_close", "--format", "json").stdout)
    assert [row["iommu"] for row in table["rows"]] == ["vtd", "smmuv3"], table
    assert table["rows"][0]["verdicts"] == {"false": "safe", "true": "safe"}, table


def test_sweep_of_a_wrong_file_or_knob_exits_2():
    result = replay({"good": SCENARIO, "wrong": SCENARIO.replace("title", "tittle")}, "--sweep", "boot_order")
    assert result.returncode == 2 and "wrong.yaml:2:1: unknown key 'tittle'" in result.stderr, result
    assert "0 of 1 rows depend on boot_order" in result.stdout, result
    for words in (["--sweep", "kernal"], ["--sweep", "kernel", "--set", "kernel=6.2"],
                  ["--sweep", "kernel", "--format", "tap"], ["--sweep", "kernel", "--iommu", "none"]):
        assert replay({"good": SCENARIO}, *words).returncode == 2, words


def test_list_knobs_of_scenarios_says_what_separates_them():
    with tempfile.TemporaryDirectory() as folder:
        text = SCENARIO.replace("[{take", "[{label: x, take").replace(
            "expect: [", "expect: [{policy: iommufd, set: {kernel: 5.19}, verdict: rejected ENOTTY at x, basis: I}, ")
        (pathlib.Path(folder) / "apart.yaml").write_text(text.replace("NAME", "apart"))
        result = run("list", "knobs", folder)
        knobs = {knob["name"]: knob for knob in json.loads(run("list", "knobs", "--format", "json", folder).stdout)}
        (pathlib.Path(folder) / "wrong.yaml").write_text("")
        assert run("list", "knobs", folder).returncode == 2
    assert result.returncode == 0 and "separated by: apart (5.19 | 7.0)" in result.stdout, result.stdout
    assert knobs["kernel"]["separated_by"] == [{"scenario": "apart", "values": ["5.19", "7.0"]}]
    assert knobs["kernel"]["default"]["iommufd"] == "7.0" and knobs["late_bind"]["separated_by"] == []
    assert run("list", "knobs", "/nowhere").returncode == 2 and run("list", "policies", folder).returncode == 2


tap.run(globals())
