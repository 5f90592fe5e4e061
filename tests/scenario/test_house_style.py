#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scenarios fit on a screen: test_house_style.py FOLDER..."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import tap

LINES, COLUMNS = 45, 112
FILES = sorted(path for folder in sys.argv[1:] for path in pathlib.Path(folder).rglob("*.yaml"))


def complaints(path):
    lines = path.read_text().splitlines()
    if len(lines) > LINES:
        yield f"{path}: {len(lines)} lines, at most {LINES}"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            yield f"{path}:{number}: {len(line)} columns, at most {COLUMNS}"
        if "\t" in line or line != line.rstrip():
            yield f"{path}:{number}: a tab or white space at the end"


def test_house_style_limits_notice_what_is_too_long():
    class Long:
        def read_text(self):
            return "x" * (COLUMNS + 1) + "\n" + "y\n" * LINES

    assert len(list(complaints(Long()))) == 2


def test_house_style_scenarios_fit_on_a_screen():
    if not FILES:
        raise tap.Skip("there are no scenarios")
    found = [text for path in FILES for text in complaints(path)]
    assert found == [], "\n".join(found)


tap.run(dict(globals()))
