#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a fuzz target once over each file of its seed folder: run_seeds.py TARGET FOLDER."""
import pathlib
import subprocess
import sys

target, folder = sys.argv[1:]
seeds = sorted(str(path) for path in pathlib.Path(folder).rglob("*") if path.is_file())
if not seeds:
    sys.exit(f"{folder}: no seeds")
sys.exit(subprocess.run([target, *seeds]).returncode)
