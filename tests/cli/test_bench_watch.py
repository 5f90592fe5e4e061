# SPDX-License-Identifier: MIT
"""What a benchmark writes for viewers: it is valid, it is about the run, and the run is the same without it."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap
import trace_events
import vcd

COMMAND = sys.argv[1]
RUN = ("--count", "700", "--warm-up", "0", "--window", "1M")
WHOLE = (*RUN, "--trace-packets", "0")
VARIANTS = [("bdw-e5-2630v4",), ("bdw-e5-2630v4", "--access", "write", "--bytes", "300"), ("smmuv3-generic",),
            ("ideal", "--pattern", "sequential"), ("hsw-e5-2637v3", "--no-iommu", "--bytes", "1500")]


def dma(profile, *words):
    return subprocess.run([COMMAND, "bench", "dma", "--profile", profile, "--format", "json", *words],
                          capture_output=True, text=True)


def watched(profile, *words):
    """The figures, the dump and the trace of a run."""
    with tempfile.TemporaryDirectory() as folder:
        waves, slices = pathlib.Path(folder, "o.vcd"), pathlib.Path(folder, "o.json")
        result = dma(profile, *words, "--vcd", str(waves), "--trace", str(slices))
        assert result.returncode == 0 and not result.stderr, result
        return json.loads(result.stdout), vcd.Dump(waves.read_text()), trace_events.Trace(slices.read_text())


def integral(signal, end):
    """Over time, in nanoseconds."""
    total = 0
    for (time, value), (until, _) in zip(signal.changes, signal.changes[1:] + [(end, None)]):
        total += value * (until - time)
    return total / 1000


def near(one, other):
    return abs(one - other) <= 1e-6 * max(1, abs(one))


def test_watch_changes_no_figure():
    for profile, *words in VARIANTS:
        assert watched(profile, *WHOLE, *words)[0] == json.loads(dma(profile, *RUN, *words).stdout), (profile, words)


def test_watch_twice_writes_the_same():
    with tempfile.TemporaryDirectory() as folder:
        texts = []
        for name in "ab":
            paths = [pathlib.Path(folder, name + kind) for kind in (".vcd", ".json")]
            dma("smmuv3-generic", "--vcd", str(paths[0]), "--trace", str(paths[1]))
            texts.append([path.read_text() for path in paths])
        assert texts[0] == texts[1] and all(len(text) > 10000 for text in texts[0])


def test_vcd_adds_up_to_the_figures():
    for profile, *words in VARIANTS:
        figures, dump, _ = watched(profile, *WHOLE, *words)
        assert dump.timescale == "1 ps"
        elapsed, end, signals = figures["elapsed_ns"], dump.times[-1], dump.signals
        for name, figure in [("root_complex.stalled", "stalled_share"), ("link.upstream_busy", "occupancy_link_upstream"),
                             ("link.downstream_busy", "occupancy_link_downstream")]:
            assert near(integral(signals["machine." + name], end), figures[figure] * elapsed), (profile, words, name)
        walkers = len([name for name in signals if name.endswith(".state")])
        assert near(integral(signals["machine.walkers.busy"], end),
                    figures["occupancy_walkers"] * elapsed * walkers), (profile, words)
        held = "posted_headers" if "write" in words else "read_tags"
        assert near(integral(signals[f"machine.device.{held}"], end), figures["latency_mean_ns"] * figures["packets"])


def test_vcd_walkers_are_those_that_are_busy():
    _, dump, _ = watched("bdw-e5-2630v4", "--count", "500", "--window", "64M")
    states = [signal for name, signal in dump.signals.items() if name.endswith(".state")]
    levels = [signal for name, signal in dump.signals.items() if name.endswith(".level")]
    busy = dump.signals["machine.walkers.busy"]
    assert len(states) == 6 and {value for _, value in busy.changes} >= {4, 5, 6}
    for time in dump.times[:400]:
        assert busy.at(time) == sum(state.at(time) != 0 for state in states), time
    for state, level in zip(states, levels):
        values = [value for _, value in level.changes if value]
        for before, after in zip(values[4:], values[5:]):  # the first walk may have begun before
            assert after == before - 1 or (before, after) == (1, 4), values[:20]
        assert {value for _, value in state.changes} == {0, 2, 3}


def test_trace_has_the_packets_in_their_parts():
    for profile, *words in VARIANTS:
        figures, _, trace = watched(profile, *WHOLE, *words)
        packets = [piece for _, piece in trace.all("device")]
        assert len(packets) == figures["packets"], (profile, words)
        assert near(sum(piece.args["ps"] for piece in packets) / 1000,
                    figures["latency_mean_ns"] * figures["packets"])
        for packet in packets:
            names = [part.name for part in packet.inside]
            order = [name for name in ("queue", "lookup", "wait", "walk", "order", "memory", "drain") if name in names]
            assert names == order and sum(part.args["ps"] for part in packet.inside) <= packet.args["ps"]
            assert packet.args["result"] == "ok" and packet.args["pasid"] is None
            assert int(packet.args["iova"], 16) >> 30 == 0x1240000000 >> 30, packet.args
        for kind, rate in [("hit", "iotlb_hit_rate"), ("miss", "walk_rate"), ("merged", "merged_rate")]:
            found = sum(packet.args["iotlb"] == kind for packet in packets)
            assert near(found, figures.get(rate, 0) * figures["packets"]), (profile, words, kind)


def test_trace_has_the_walks_in_their_references():
    figures, _, trace = watched("bdw-e5-2630v4", *WHOLE)
    walks = [piece for _, piece in trace.all("walkers") if piece.name == "walk"]
    assert near(len(walks), figures["walk_rate"] * figures["packets"])
    tables = 0
    for walk in walks:
        assert len(walk.inside) == walk.args["references"] and walk.args["level"] == 1
        levels = [part.args["level"] for part in walk.inside if part.name != "configuration"]
        assert levels == [4, 3, 2, 1], levels
        assert walk.inside[0].begin == walk.begin and walk.inside[-1].end == walk.end
        tables += len(levels)
    assert tables == figures["table_references_per_walk"] * len(walks)
    read = sum(part.name == "configuration" for walk in walks for part in walk.inside)
    assert read == figures["configuration_references"] > 0, read
    assert {piece.name for _, piece in trace.all("walkers")} == {"walk", "replay"}


def test_trace_has_queues_and_why_the_pipeline_stands_still():
    _, dump, trace = watched("bdw-e5-2630v4", "--count", "500")
    names = {track for track, _ in trace.all("root complex")}
    assert names == {"queue of the look-up", "window of reads", "pipeline stands still"}, names
    reasons = {piece.name for track, piece in trace.all("root complex") if track == "pipeline stands still"}
    assert "no walker is free" in reasons, reasons
    assert max(value for _, value in trace.counters["walkers", "busy"]) == 6
    assert max(value for _, value in trace.counters["device", "read_tags"]) == \
        max(value for _, value in dump.signals["machine.device.read_tags"].changes)


def test_trace_window_is_a_part_of_the_run():
    _, whole_dump, whole = watched("hsw-e5-2637v3", "--count", "900", "--trace-packets", "0")
    figures, dump, part = watched("hsw-e5-2637v3", "--count", "900", "--trace-from", "300", "--trace-packets", "77")
    key = lambda piece: (piece.begin, piece.end, piece.args["transfer"], piece.args["iova"])
    some = {key(piece) for _, piece in part.all("device")}
    assert figures["packets"] == 900 and len(some) == 77
    assert some < {key(piece) for _, piece in whole.all("device")}
    ends = sorted(piece.end for _, piece in whole.all("device"))
    assert min(begin for begin, *_ in some) >= ends[260]  # 300 less what was under way when both began
    # The same signals, where both are.
    for name, signal in dump.signals.items():
        if name.endswith(".level") or name.endswith(".iova"):
            continue  # of a walk whose begin was not seen, nothing is said
        other = whole_dump.signals[name]
        for time in dump.times[1:-1:20]:
            assert signal.at(time) == other.at(time), (name, time)


def test_watch_of_nothing_is_valid():
    _, dump, trace = watched("ideal", "--count", "10", "--trace-from", "1000")
    assert len(dump.times) == 1 and not trace.tracks


def test_watch_is_1000_packets_unless_asked():
    _, _, trace = watched("ideal", "--count", "5000")
    assert len(trace.all("device")) == 1000


def test_watch_bad_options_exit_2():
    for words, message in [(["--trace-from", "3"], "--trace-from: --vcd or --trace is needed"),
                           (["--trace-packets", "3"], "--trace-packets: --vcd or --trace is needed"),
                           (["--vcd", "/nowhere/o.vcd"], "/nowhere/o.vcd: No such file"),
                           (["--trace", "/nowhere/o.json"], "/nowhere/o.json: No such file"),
                           (["--trace", "/dev/full"], "/dev/full: it could not be written"),
                           (["--vcd", "/dev/null", "--trace-packets", "many"], "--trace-packets: expected a number")]:
        result = dma("ideal", *words)
        assert result.returncode == 2 and message in result.stderr, (words, result)


def test_watch_tells_tables_from_what_leads_to_them():
    for profile, configuration in [("bdw-e5-2630v4", {16, 32, 8, 64}), ("smmuv3-generic", {64})]:
        figures, dump, trace = watched(profile, *WHOLE, "--devices", "7", "--pasids", "9")
        walks = [piece for _, piece in trace.all("walkers") if piece.name == "walk"]
        for walk in walks:
            names = [part.name for part in walk.inside]
            assert names[-4:] == ["level 4", "level 3", "level 2", "level 1"], names
            assert set(names[:-4]) <= {"configuration"}, names
        others = [part.args["bytes"] for walk in walks for part in walk.inside if part.name == "configuration"]
        assert len(others) == figures["configuration_references"] and set(others) == configuration, set(others)
        assert figures["table_references_per_walk"] == 4
        for name, signal in dump.signals.items():
            if name.endswith(".level"):
                values = [value for _, value in signal.changes if value]
                assert all(after == before - 1 or (before, after) == (1, 4)
                           for before, after in zip(values, values[1:])), values[:30]


def test_watch_of_a_walk_that_begins_lower_has_its_levels():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "cached.yaml")
        source = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"], "profiles/bdw-e5-2630v4.yaml").read_text()
        path.write_text(source.replace("table-entries: {value: 0", "table-entries: {value: 64"))
        figures, _, trace = watched(str(path), *WHOLE, "--devices", "3")
    walks = [[part.args["level"] for part in piece.inside if part.args["level"]]
             for _, piece in trace.all("walkers") if piece.name == "walk"]
    assert all(levels == list(range(len(levels), 0, -1)) for levels in walks), walks
    assert {len(levels) for levels in walks} > {1}, walks
    assert sum(map(len, walks)) == round(figures["table_references_per_walk"] * len(walks))


def test_watch_of_tenants_names_them():
    figures, _, trace = watched("smmuv3-generic", *WHOLE, "--devices", "3", "--pasids", "2")
    packets = [piece for _, piece in trace.all("device")]
    assert len(packets) == figures["packets"]
    assert {(piece.args["stream"], piece.args["pasid"]) for piece in packets} == \
        {(hex(device), pasid) for device in range(3) for pasid in (1, 2)}


def test_watch_of_a_network_device_changes_no_figure():
    words = ("nic", "--profile", "smmuv3-generic", "--cores", "3", "--count", "3000", "--format", "json")
    plain = subprocess.run([COMMAND, "bench", *words], capture_output=True, text=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        waves, slices = pathlib.Path(folder, "o.vcd"), pathlib.Path(folder, "o.json")
        result = subprocess.run([COMMAND, "bench", *words, "--vcd", str(waves), "--trace", str(slices), "--progress"],
                                capture_output=True, text=True)
        assert result.stdout == plain and result.stderr.endswith("bench nic: 100 %\n"), result
        trace = trace_events.Trace(slices.read_text())
        dump = vcd.Dump(waves.read_text())
    packets = [piece for _, piece in trace.all("device")]
    assert len(packets) == 1000 and {piece.name for piece in packets} == {"read", "write"}
    assert max(value for _, value in dump.signals["machine.device.posted_headers"].changes) > 1


def test_progress_is_on_standard_error_alone():
    quiet, loud = dma("ideal", "--count", "300000"), dma("ideal", "--count", "300000", "--progress")
    assert quiet.stderr == "" and quiet.stdout == loud.stdout
    lines = loud.stderr.splitlines()
    assert len(lines) >= 4 and lines[-1] == "bench dma: 100 %" and len(set(lines)) == len(lines), lines


tap.run(globals())
