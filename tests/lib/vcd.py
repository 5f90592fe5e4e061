# SPDX-License-Identifier: MIT
"""Reads a Value Change Dump and refuses whatever IEEE 1364-2005 18.2 does not allow, or what no writer should do: values
of undeclared codes, wider than declared, with needless digits, unchanged, or times that do not rise."""
import re

KEYWORDS = {"$version", "$comment", "$timescale", "$scope", "$var", "$upscope", "$enddefinitions"}


class Signal:
    def __init__(self, name, width):
        self.name, self.width = name, width
        self.changes = []  # (time, value)

    def at(self, time):
        """The value that holds from `time` on; None before the first one."""
        value = None
        for when, new in self.changes:
            if when > time:
                break
            value = new
        return value


class Dump:
    def __init__(self, text):
        self.signals = {}  # by "scope.name"
        self.by_code = {}
        self.timescale = self.time = None
        self.times = []
        self.dumped = set()
        tokens = text.split("\n")
        assert tokens[-1] == "", "the last line ends"
        body = self.header(text)
        self.values(body)
        assert self.dumped == set(self.by_code), "$dumpvars has every signal"

    def header(self, text):
        scopes = []
        position = 0
        while True:
            match = re.compile(r"\s*(\$[a-z]+)\s(.*?)\s*\$end\s", re.S).match(text, position)
            assert match, text[position:position + 80]
            position = match.end()
            keyword, words = match[1], match[2].split()
            assert keyword in KEYWORDS, keyword
            if keyword == "$timescale":
                assert re.fullmatch(r"(1|10|100) ?(s|ms|us|ns|ps|fs)", match[2]), match[2]
                assert self.timescale is None
                self.timescale = match[2]
            elif keyword == "$scope":
                assert words[0] in ("module", "task", "function", "begin", "fork") and len(words) == 2, words
                assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_$]*", words[1]), words
                scopes.append(words[1])
            elif keyword == "$upscope":
                assert not words and scopes
                scopes.pop()
            elif keyword == "$var":
                self.declare(scopes, words)
            elif keyword == "$enddefinitions":
                assert not words and not scopes and self.timescale
                return text[position:]

    def declare(self, scopes, words):
        assert len(words) in (4, 5) and words[0] in ("wire", "reg", "integer"), words
        width, code, name = int(words[1]), words[2], words[3]
        assert all(33 <= ord(letter) <= 126 for letter in code) and code not in self.by_code, words
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_$]*", name) and scopes, words
        if len(words) == 5:
            assert words[4] == f"[{width - 1}:0]", words
        else:
            assert width == 1
        path = ".".join(scopes + [name])
        assert path not in self.signals, path
        self.signals[path] = self.by_code[code] = Signal(path, width)

    def values(self, body):
        dumping = False
        for line in body.splitlines():
            if line.startswith("#"):
                time = int(line[1:])
                assert not dumping and re.fullmatch(r"#(0|[1-9][0-9]*)", line)
                assert self.time is None or time > self.time, line
                self.time = time
                self.times.append(time)
            elif line == "$dumpvars":
                assert not dumping and self.time is not None and not self.dumped
                dumping = True
            elif line == "$end":
                assert dumping
                dumping = False
            else:
                self.change(line, dumping)
        assert not dumping

    def change(self, line, dumping):
        match = re.fullmatch(r"([01])(\S+)|b([01]+) (\S+)", line)
        assert match and self.time is not None, line
        code, digits = (match[2], match[1]) if match[2] else (match[4], match[3])
        signal = self.by_code[code]
        assert (signal.width == 1) == bool(match[2]), line
        assert len(digits) <= signal.width and (digits == "0" or digits[0] == "1"), line
        value = int(digits, 2)
        if dumping:
            assert signal.name not in self.dumped or not signal.changes, line
        else:
            assert self.dumped and signal.changes[-1][1] != value, f"unchanged: {line}"
        self.dumped.add(code)
        signal.changes.append((self.time, value))
