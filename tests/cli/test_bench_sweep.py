# SPDX-License-Identifier: MIT
"""`bench dma --sweep`, and the figures of it and of `bench pcie`: rows are runs, figures are XML with every row in it."""
import csv
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

COMMAND = sys.argv[1]
MEASURED = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"], "tests/data/timing/pcie-bench.csv")
SVG = "{http://www.w3.org/2000/svg}"


def bench(*words):
    return subprocess.run([COMMAND, "bench", *words], capture_output=True, text=True)


def dma(*words, profile="bdw-e5-2630v4"):
    return bench("dma", "--profile", profile, "--count", "2000", "--warm-up", "500", *words)


def plotted(run, *words):
    """What it prints, and the figure as XML."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "o.svg")
        result = run(*words, "--plot", str(path))
        assert result.returncode == 0 and not result.stderr, result
        first, text = result.stdout, path.read_text()
        result = run(*words, "--plot", str(path))
        assert result.stdout == first and path.read_text() == text
    return first, xml.etree.ElementTree.fromstring(text)


def points_of(root):
    """Of each line that is drawn, those of the legend left out."""
    lines = [line.get("points").split() for line in root.iter(SVG + "polyline")]
    return [line for line in lines if len(line) > 2]


def test_sweep_rows_are_the_runs():
    rows = json.loads(dma("--sweep", "window=256K..4M", "--format", "json").stdout)["rows"]
    assert [row["window"] for row in rows] == [262144 << i for i in range(5)]
    for row in rows:
        alone = json.loads(dma("--window", str(int(row["window"])), "--format", "json").stdout)
        for key, value in row.items():
            if key != "window":
                assert abs(value - alone[key]) < 1e-9, (key, row, alone[key])


def test_sweep_of_a_number_of_the_profile():
    rows = json.loads(dma("--sweep", "walkers=1,3,12", "--format", "json").stdout)["rows"]
    assert [row["walkers"] for row in rows] == [1, 3, 12]
    rates = [row["throughput_gbit_per_s"] for row in rows]
    assert rates[1] > 2 * rates[0] and rates[2] > rates[1], rates


def test_sweep_formats_agree():
    words = ("--sweep", "bytes=64..256")
    rows = json.loads(dma(*words, "--format", "json").stdout)["rows"]
    table = list(csv.DictReader(io.StringIO(dma(*words, "--format", "csv").stdout)))
    text = dma(*words).stdout.splitlines()
    assert list(table[0]) == text[0].split() == list(rows[0])
    for row, line, words in zip(rows, table, text[1:], strict=True):
        for (key, value), word in zip(row.items(), words.split(), strict=True):
            assert abs(float(line[key]) - value) <= 1e-9 * abs(value), (key, line)
            assert abs(float(word) - value) < 1e-4, (key, word)


def test_sweep_figure_has_every_value():
    out, root = plotted(dma, "--sweep", "window=256K..64M", "--format", "json")
    assert len(json.loads(out)["rows"]) == 9
    lines = points_of(root)
    assert [len(line) for line in lines] == [9] * 6, lines  # throughput; three latencies; hits; references
    words = {text.text for text in root.iter(SVG + "text")}
    assert {"256K", "64M", "throughput", "latency", "p99", "Gbit/s", "window"} <= words, words
    # Throughput falls, so y, which is counted from the top, rises.
    heights = [float(point.split(",")[1]) for point in lines[0]]
    assert heights == sorted(heights), heights
    width, height = float(root.get("width")), float(root.get("height"))
    for point in (point for line in lines for point in line):
        x, y = map(float, point.split(","))
        assert 0 < x < width and 0 < y < height, point


def test_pcie_figure_has_every_row():
    out, root = plotted(bench, "pcie", "--measured", str(MEASURED), "--packets", "300", "--format", "json")
    rows = sum(len(host["predictions"]) for host in json.loads(out)["hosts"])
    assert len(list(root.iter(SVG + "circle"))) == rows
    assert sum(map(len, points_of(root))) == rows
    titles = [text.text for text in root.iter(SVG + "text") if text.get("class") == "title"]
    assert len(titles) == len(set(titles)) and len(titles) == 2 * 12, titles
    assert "bdw-e5-2630v4: throughput of reads, cold" in titles


def test_sweep_bad_arguments_exit_2():
    for words, message in [(["--sweep", "window"], "expected NAME=VALUE"),
                           (["--sweep", "windo=1M"], "did you mean 'window'?"),
                           (["--sweep", "window="], "expected 1 to 64 values, found ''"),
                           (["--sweep", "window=1M,"], "expected a number"),
                           (["--sweep", "window=4M..1M"], "expected FIRST..LAST"),
                           (["--sweep", "window=1..1M"], "a multiple of 4096"),
                           (["--sweep", "replay-ns=" + ",".join("1" * 65)], "expected 1 to 64 values"),
                           (["--sweep", "bytes=8192"], "expected 1 to 4096"),
                           (["--sweep", "outstanding=1.5"], "outstanding: expected a whole number"),
                           (["--sweep", "walkers=512"], "walkers: expected a whole number from 1 to 256"),
                           (["--sweep", "window=1M", "--vcd", "x.vcd"], "--sweep and --vcd exclude each other"),
                           (["--sweep", "window=1M", "--format", "xml"], "unknown format 'xml'"),
                           (["--sweep", "window=1M", "--plot", "/nowhere/o.svg"], "/nowhere/o.svg: "),
                           (["--plot", "o.svg"], "--plot: --sweep is needed")]:
        result = dma(*words)
        assert result.returncode == 2 and result.stdout == "" and message in result.stderr, (words, result)
    result = dma("--sweep", "levels=5", profile="smmuv3-generic")
    assert result.returncode == 2 and "wrong value for 'levels'; expected 3 or 4" in result.stderr, result


def test_sweep_progress_counts_values():
    lines = dma("--sweep", "bytes=64..512", "--progress").stderr.splitlines()
    assert lines == [f"bench dma: {percent} %" for percent in (20, 50, 70, 100)], lines


tap.run(globals())
