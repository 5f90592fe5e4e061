# SPDX-License-Identifier: MIT
"""Blocks of a page that show what the command prints: "$ build/src/cli/ioasid-sim ..." and what follows. With IOSIM_UPDATE_DOCS set
they are rewritten."""
import os
import pathlib
import re
import shlex
import subprocess

BUILD = pathlib.Path(os.environ["IOSIM_BUILD_ROOT"])
ROOT = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"])
UPDATE = os.environ.get("IOSIM_UPDATE_DOCS")


def blocks(kind, text):
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, flags=re.M | re.S)


def check_console(command, path, kind="console"):
    """Every such block of the page is what the command prints; how many there are."""
    found = blocks(kind, path.read_text())
    for block in found:
        line, shown = block.split("\n", 1)
        words = shlex.split(line.removeprefix("$ "))
        assert words[0] == "build/src/cli/ioasid-sim", line
        words = [BUILD / word.removeprefix("build/") if word.startswith("build/") else word for word in words]
        printed = subprocess.run([command, *words[1:]], cwd=ROOT, capture_output=True, text=True).stdout
        if UPDATE:
            page = path.read_text().replace(f"```{kind}\n{line}\n{shown}```", f"```{kind}\n{line}\n{printed}```")
            path.write_text(page)
            continue
        assert printed == shown, f"{path}: {line}\nshown:\n{shown}\nprinted:\n{printed}"
    return len(found)
