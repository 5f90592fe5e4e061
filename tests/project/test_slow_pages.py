# SPDX-License-Identifier: MIT
"""What takes too long for each run: blocks "console slow" of docs/ are what the command prints, as test_readme.py has it of the
others: test_slow_pages.py COMMAND."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap
from console import ROOT, check_console

COMMAND = pathlib.Path(sys.argv[1]).resolve()


def test_docs_slow_console_blocks_are_what_the_command_prints():
    assert sum(check_console(COMMAND, path, "console slow") for path in sorted((ROOT / "docs").rglob("*.md"))) > 0


tap.run(globals())
