# SPDX-License-Identifier: MIT
"""The manual page names every verb and every option that the command has: test_manual.py COMMAND PAGE"""
import pathlib
import re
import subprocess
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

COMMAND, PAGE = sys.argv[1:]


def help_of(*words):
    return subprocess.run([COMMAND, *words, "--help"], check=True, capture_output=True, text=True).stdout


def verbs():
    return re.findall(r"^  ([a-z]+) ", help_of().split("Verbs:")[1].split("Options:")[0], flags=re.M)


def page():
    return pathlib.Path(PAGE).read_text().replace("\\-", "-")


def test_manual_names_every_verb():
    missing = [verb for verb in verbs() if not re.search(rf"^\.SS {verb}\b", page(), flags=re.M)]
    assert not missing, missing


def test_manual_names_every_option_of_every_verb():
    missing = []
    for verb in verbs():
        section = re.split(r"^\.S[SH] ", page().split(f"\n.SS {verb}")[1], flags=re.M)[0]
        options = set(re.findall(r"--[a-z-]+", help_of(verb))) - {"--help"}
        missing += [f"{verb} {option}" for option in sorted(options) if option not in section]
    assert not missing, missing


def test_manual_names_every_option_of_what_bench_measures():
    section = re.split(r"^\.S[SH] ", page().split("\n.SS bench")[1], flags=re.M)[0]
    for subject in ("dma", "pcie"):
        options = set(re.findall(r"--[a-z-]+", help_of("bench", subject))) - {"--help"}
        missing = [option for option in sorted(options) if option not in section]
        assert not missing, (subject, missing)


def test_manual_is_formatted_without_a_warning():
    groff = shutil.which("groff")
    if not groff:
        raise tap.Skip("groff is not installed")
    result = subprocess.run([groff, "-man", "-Tutf8", "-ww", "-z", PAGE], capture_output=True, text=True)
    assert result.returncode == 0 and not result.stderr, result.stderr


tap.run(globals())
