# SPDX-License-Identifier: MIT
"""show: every scenario is shown, and its graph is one that Graphviz takes."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

COMMAND = sys.argv[1]
SCENARIOS = sorted((pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"]) / "scenarios").glob("*/*.yaml"))


def show(*words):
    return subprocess.run([COMMAND, "show", *words], capture_output=True, text=True)


def graphs():
    return {path: show("--format", "dot", path).stdout for path in SCENARIOS}


def test_show_of_every_scenario_has_every_part():
    for path in SCENARIOS:
        result = show(path)
        assert result.returncode == 0, result
        for part in "units:", "machine:", "owners:", "memory:", "groups (rule path_acs):", "steps":
            assert f"\n{part}" in result.stdout, f"{path}: no {part}"


def test_show_as_dot_names_only_nodes_that_it_declares():
    for path, graph in graphs().items():
        nodes = re.findall(r'^    "([^"]+)" \[label=', graph, flags=re.M)
        used = re.findall(r'"([^"]+)" -> "([^"]+)"', graph)
        assert len(nodes) == len(set(nodes)) and used, path
        assert {name for edge in used for name in edge} <= set(nodes), path


def test_show_as_dot_is_drawn():
    dot = shutil.which("dot")
    if not dot:
        raise tap.Skip("dot is not installed")
    for path, graph in graphs().items():
        drawn = subprocess.run([dot, "-Tsvg"], input=graph, capture_output=True, text=True)
        assert drawn.returncode == 0 and "<svg" in drawn.stdout and not drawn.stderr, f"{path}: {drawn.stderr}"


def test_show_of_what_is_not_there_exits_2():
    path = SCENARIOS[0]
    for words in ([path, "--format", "svg"], [path, "--case", "nosuch"], ["/nowhere"], [path, path], []):
        assert show(*words).returncode == 2, words


tap.run(globals())
