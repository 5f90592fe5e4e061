# SPDX-License-Identifier: MIT
"""Every mutation applies to the tree as it is: what none of a run's part would notice."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

ROOT = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"])
PATCHES = sorted((ROOT / "tests/mutations").glob("*.patch"))


def test_patches_apply():
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(ROOT.parent)}
    refused = [path.name for path in PATCHES
               if subprocess.run(["git", "apply", "-p1", "--check", path], cwd=ROOT, capture_output=True,
                                 env=environment).returncode]
    assert len(PATCHES) > 300 and not refused, refused


tap.run(globals())
