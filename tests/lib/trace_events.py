# SPDX-License-Identifier: MIT
"""Reads trace events (the JSON of chrome://tracing, which Perfetto opens too) with exact times, and refuses slices of one
track that overlap without one lying in the other."""
import decimal
import json


class Slice:
    def __init__(self, event):
        self.name, self.args = event["name"], event["args"]
        self.begin = event["ts"]
        self.end = event["ts"] + event["dur"]
        self.inside = []


class Trace:
    def __init__(self, text):
        found = json.loads(text, parse_float=decimal.Decimal)
        assert set(found) == {"displayTimeUnit", "traceEvents"} and found["displayTimeUnit"] in ("ns", "ms"), set(found)
        self.processes, self.threads = {}, {}
        self.tracks = {}    # by (process name, thread name): slices that lie in no other
        self.counters = {}  # by (process name, counter name): (time, value)
        events = found["traceEvents"]
        for event in events:
            if event["ph"] == "M":
                self.name(event)
        for event in events:
            {"M": lambda event: None, "X": self.slice, "C": self.count}[event["ph"]](event)
        for name, slices in self.tracks.items():
            self.tracks[name] = nest(name, slices)

    def name(self, event):
        if event["name"] == "process_name":
            assert event["pid"] not in self.processes
            self.processes[event["pid"]] = event["args"]["name"]
        else:
            key = event["pid"], event["tid"]
            assert event["name"] == "thread_name" and key not in self.threads, event
            self.threads[key] = event["args"]["name"]

    def slice(self, event):
        assert set(event) == {"ph", "pid", "tid", "ts", "dur", "name", "args"}, event
        assert event["name"] and event["ts"] >= 0 and event["dur"] > 0, event
        for number in (event["ts"], event["dur"]):
            assert isinstance(number, decimal.Decimal) and number.as_tuple().exponent == -3, event
        name = self.processes[event["pid"]], self.threads[event["pid"], event["tid"]]
        self.tracks.setdefault(name, []).append(Slice(event))

    def count(self, event):
        assert set(event) == {"ph", "pid", "ts", "name", "args"} and list(event["args"]) == [event["name"]], event
        counts = self.counters.setdefault((self.processes[event["pid"]], event["name"]), [])
        assert not counts or event["ts"] >= counts[-1][0], event
        counts.append((event["ts"], event["args"][event["name"]]))

    def all(self, process):
        return [(track[1], piece) for track, slices in self.tracks.items() if track[0] == process for piece in slices]


def nest(track, slices):
    tops, open_slices = [], []
    for piece in sorted(slices, key=lambda piece: (piece.begin, -piece.end)):
        while open_slices and open_slices[-1].end <= piece.begin:
            open_slices.pop()
        assert not open_slices or piece.end <= open_slices[-1].end, (track, piece.name, piece.begin, piece.end)
        (open_slices[-1].inside if open_slices else tops).append(piece)
        open_slices.append(piece)
    return tops
