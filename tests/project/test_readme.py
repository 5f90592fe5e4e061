# SPDX-License-Identifier: MIT
"""What README.md shows is what the project does: test_readme.py COMMAND. Console blocks are run, the C example is the file."""
import os
import pathlib
import re
import shlex
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

COMMAND = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"])
README = (ROOT / "README.md").read_text()


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, flags=re.M | re.S)


def test_readme_console_blocks_are_what_the_command_prints():
    assert blocks("console")
    for block in blocks("console"):
        line, shown = block.split("\n", 1)
        words = shlex.split(line.removeprefix("$ "))
        assert words[0] == "build/src/cli/ioasid-sim", line
        printed = subprocess.run([COMMAND, *words[1:]], cwd=ROOT, capture_output=True, text=True).stdout
        assert printed == shown, f"{line}\nshown:\n{shown}\nprinted:\n{printed}"


def test_readme_c_example_is_the_compiled_file():
    assert blocks("c") == [(ROOT / "examples/replay.c").read_text()]


def test_readme_scenario_is_the_file():
    scenario = blocks("yaml")[0]
    name = re.match(r"name: ([a-z0-9-]+)\n", scenario).group(1)
    files = list((ROOT / "scenarios").glob(f"*/{name}.yaml"))
    assert len(files) == 1 and files[0].read_text() == scenario


def test_readme_names_files_that_exist():
    for path in re.findall(r"`((?:docs|scenarios|examples|tools)/[A-Za-z0-9_./-]+)`", README):
        assert (ROOT / path).exists(), path


tap.run(globals())
