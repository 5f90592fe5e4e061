# SPDX-License-Identifier: MIT
"""search: what is found replays, and is found again: test_search.py COMMAND"""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

COMMAND = pathlib.Path(sys.argv[1]).resolve()
LAZY = ("--policy=kernel-dma", "--set=kernel_dma=lazy", "--violates=unmap-effective", "--date=2026-11-20")


def ioasid_sim(*words):
    return subprocess.run([COMMAND, *(str(word) for word in words)], capture_output=True, text=True)


def test_search_prints_a_scenario_that_replays():
    result = ioasid_sim("search", *LAZY, "--name=stale")
    assert result.returncode == 1, result
    assert re.fullmatch(r"program \d+: \d+ steps, made \d+ by \d+ runs\n", result.stderr), result.stderr
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "stale.yaml"
        path.write_text(result.stdout)
        replayed = ioasid_sim("replay", path)
    assert replayed.returncode == 0 and replayed.stdout.endswith("2 passed, 0 failed\n"), replayed
    assert "violates unmap-effective at" in replayed.stdout, replayed.stdout


def test_search_again_by_what_the_source_says_finds_the_same():
    first = ioasid_sim("search", *LAZY)
    words = re.search(r'document: "ioasid-sim (.*)"', first.stdout).group(1).split()
    assert ioasid_sim(*words, "--date=2026-11-20").stdout == first.stdout


def test_search_that_finds_nothing_says_so():
    result = ioasid_sim("search", "--violates=nest-bounded", "--count=3")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "nothing was found in 3 programs\n"), result


def test_search_bad_options_are_refused():
    for words, message in (
        (["--policy=iomufd"], "search: unknown policy 'iomufd'; did you mean 'iommufd'?"),
        (["--violates=unmap-efective"], "search: unknown invariant 'unmap-efective'; did you mean 'unmap-effective'?"),
        (["--set=kernel_dma"], "search: expected KNOB=VALUE, found 'kernel_dma'"),
        (["--seed=x"], "search: 'x' is no seed: expected a number"),
        (["--count=0"], "search: '0' is no number of programs"),
        (["file"], "search: unexpected argument 'file'"),
    ):
        result = ioasid_sim("search", *words)
        assert (result.returncode, result.stdout) == (2, ""), result
        assert result.stderr == f"ioasid-sim: {message}\n", result.stderr


def test_search_bad_name_or_date_is_refused():
    for word in ("--name=No Name", "--date=yesterday"):
        result = ioasid_sim("search", *LAZY, word)
        assert result.returncode == 2 and not result.stdout and "ioasid-sim: search: " in result.stderr, result


tap.run(globals())
