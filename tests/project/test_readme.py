# SPDX-License-Identifier: MIT
"""What README.md, docs/ and examples/ show is what the project does: test_readme.py COMMAND. Console blocks are run, the C example is
the file."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap
from console import ROOT, blocks, check_console

COMMAND = pathlib.Path(sys.argv[1]).resolve()
README = (ROOT / "README.md").read_text()


def test_readme_console_blocks_are_what_the_command_prints():
    assert check_console(COMMAND, ROOT / "README.md") > 0


def test_docs_console_blocks_are_what_the_command_prints():
    for path in sorted((ROOT / "docs").rglob("*.md")):
        check_console(COMMAND, path)


def test_examples_console_blocks_are_what_the_command_prints():
    pages = sorted((ROOT / "examples").rglob("README.md"))
    assert pages and all(check_console(COMMAND, path) > 0 for path in pages), pages


def test_examples_readmes_show_files_that_are_there():
    for path in sorted((ROOT / "examples").rglob("README.md")):
        for code in blocks("c", path.read_text()):
            assert any(code in file.read_text() for file in path.parent.glob("*.c")), f"{path}:\n{code}"


def test_docs_have_five_sweeps():
    page = (ROOT / "docs/sweeps.md").read_text()
    knobs = [re.search(r"--sweep (\S+)", block) for block in blocks("console", page)]
    assert len({knob.group(1) for knob in knobs if knob}) >= 5, knobs


def test_readme_c_example_is_the_compiled_file():
    assert blocks("c", README) == [(ROOT / "examples/replay.c").read_text()]


def test_readme_scenario_is_the_file():
    scenario = blocks("yaml", README)[0]
    name = re.match(r"name: ([a-z0-9-]+)\n", scenario).group(1)
    files = list((ROOT / "scenarios").glob(f"*/{name}.yaml"))
    assert len(files) == 1 and files[0].read_text() == scenario


def test_readme_names_files_that_exist():
    for path in re.findall(r"`((?:docs|scenarios|examples|tools)/[A-Za-z0-9_./-]+)`", README):
        assert (ROOT / path).exists(), path


tap.run(globals())
