# SPDX-License-Identifier: MIT
"""The shared library exports what the public headers declare, and nothing else: test_symbols.py LIBRARY HEADER..."""
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

LIBRARY, HEADERS = sys.argv[1], sys.argv[2:]


def exported():
    lines = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    return {line.split()[-1].split("@")[0] for line in lines}


def declared():
    text = "\n".join(pathlib.Path(header).read_text() for header in HEADERS)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return set(re.findall(r"^IOSIM_API\b[^;(]*?\b(\w+)\s*(?:\([^;]*)?;", text, flags=re.M))


def test_symbols_exported_begin_with_the_prefix():
    other = {name for name in exported() if not name.startswith("iosim_")}
    # Sanitizers and coverage export their own.
    other = {name for name in other if not name.startswith(("__", "_"))}
    assert not other, sorted(other)


def test_symbols_exported_are_those_of_the_headers():
    names = {name for name in exported() if name.startswith("iosim_")}
    assert names == declared(), f"only exported: {sorted(names - declared())}, only declared: {sorted(declared() - names)}"


tap.run(globals())
