# SPDX-License-Identifier: MIT
"""Every public header compiles alone, as C11 and, where a C++ compiler is there, as C++.

test_headers.py HEADER... -- COMPILER..."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

split = sys.argv.index("--")
HEADERS = [pathlib.Path(name).resolve() for name in sys.argv[1:split]]
COMPILER = sys.argv[split + 1:]
SOURCE = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"])
BUILD = pathlib.Path(os.environ["IOSIM_BUILD_ROOT"])


def flags():
    out = subprocess.run([os.environ.get("PKG_CONFIG", "pkg-config"), "--cflags", "glib-2.0"], check=True,
                         capture_output=True, text=True).stdout.split()
    system = [("-isystem" + flag[2:]) if flag.startswith("-I") else flag for flag in out]
    return ["-I", str(SOURCE / "include"), "-I", str(BUILD / "include"), *system]


def compile_alone(compiler, language, standard):
    failed = []
    for header in HEADERS:
        with tempfile.NamedTemporaryFile("w", suffix=".h") as unit:
            unit.write(f"#include <ioasid-sim/{header.name}>\n#include <ioasid-sim/{header.name}>\ntypedef int used;\n")
            unit.flush()
            result = subprocess.run([*compiler, "-x", language, f"-std={standard}", "-pedantic-errors", "-Wall", "-Wextra",
                                     "-Werror", "-fsyntax-only", *flags(), unit.name], capture_output=True, text=True)
            if result.returncode != 0:
                failed.append(f"{header.name}:\n{result.stderr}")
    assert not failed, "\n".join(failed)


def test_header_alone_as_c11_compiles():
    compile_alone(COMPILER, "c", "c11")


def test_header_alone_as_cplusplus_compiles():
    compiler = os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++")
    if not compiler:
        raise tap.Skip("no C++ compiler")
    compile_alone(compiler.split(), "c++", "c++11")


def test_header_of_the_folder_is_installed():
    there = {path.name for path in (SOURCE / "include/ioasid-sim").glob("*.h")}
    listed = {header.name for header in HEADERS}
    assert there <= listed, f"not in public_headers: {sorted(there - listed)}"


def test_header_umbrella_includes_the_others():
    umbrella = (SOURCE / "include/ioasid-sim/ioasid-sim.h").read_text()
    missing = [header.name for header in HEADERS
               if header.name != "ioasid-sim.h" and f"#include <ioasid-sim/{header.name}>" not in umbrella]
    assert not missing, missing


tap.run(globals())
