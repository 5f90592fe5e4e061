# SPDX-License-Identifier: MIT
"""A small program is built against an installed copy of the library (shared and static) and with the library as a
subproject, and runs; each examples/*.c builds: test_consumer.py MESON COMPILER..."""
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

MESON, COMPILER = shlex.split(sys.argv[1]), sys.argv[2:]
SOURCE = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"])
BUILD = pathlib.Path(os.environ["IOSIM_BUILD_ROOT"])
CONSUMER = pathlib.Path(__file__).resolve().parent / "consumer"


def run(*command, **options):
    result = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            **options)
    assert result.returncode == 0, f"{shlex.join(str(word) for word in command)}:\n{result.stdout}"
    return result.stdout


def install(folder):
    """Installs the present build below `folder`; returns the environment in which pkg-config finds it."""
    run(*MESON, "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", folder)
    found = list(folder.rglob("ioasid-sim.pc"))
    assert len(found) == 1, found
    return {**os.environ, "PKG_CONFIG_PATH": str(found[0].parent)}


def pkg_config(environment, *arguments):
    return run(os.environ.get("PKG_CONFIG", "pkg-config"), *arguments, "ioasid-sim", env=environment).split()


def test_consumer_of_the_installed_shared_library_runs():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        environment = install(folder)
        program = folder / "consumer"
        run(*COMPILER, "-std=c11", "-o", program, CONSUMER / "consumer.c", *pkg_config(environment, "--cflags", "--libs"))
        libraries = next(folder.rglob("libioasid-sim.so")).parent
        out = run(program, env={**environment, "LD_LIBRARY_PATH": str(libraries)})
        assert out.startswith("ioasid-sim "), out


def test_consumer_of_the_installed_static_library_runs():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        environment = install(folder)
        program = folder / "consumer"
        archive = next(folder.rglob("libioasid-sim.a"))
        libraries = [flag for flag in pkg_config(environment, "--static", "--libs") if flag != "-lioasid-sim"]
        run(*COMPILER, "-std=c11", "-o", program, CONSUMER / "consumer.c", *pkg_config(environment, "--cflags"), archive,
            *libraries)
        run(program)


def test_consumer_examples_build_against_the_installed_library():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        environment = install(folder)
        flags = pkg_config(environment, "--cflags", "--libs")
        for example in sorted((SOURCE / "examples").glob("*.c")):
            run(*COMPILER, "-std=c11", "-Wall", "-Wextra", "-Werror", "-o", folder / example.stem, example, *flags)


def test_consumer_example_plugin_runs_in_the_installed_command():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        environment = install(folder)
        command = next(path for path in folder.rglob("bin/ioasid-sim"))
        libraries = next(folder.rglob("libioasid-sim.so")).parent
        # As the README says: the headers alone, no library.
        includes = [flag for flag in pkg_config(environment, "--cflags") if "glib" not in flag]
        run(*COMPILER, "-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", folder / "subgroups.so",
            SOURCE / "examples/subgroups/subgroups.c", *includes)
        out = run(command, "replay", "--uapi", folder / "subgroups.so", SOURCE / "examples/subgroups/two-spaces.yaml",
                  env={**os.environ, "LD_LIBRARY_PATH": str(libraries)})
        assert "2 passed, 0 failed" in out, out


def test_consumer_install_has_command_headers_and_manual():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        install(folder)
        there = {path.name for path in folder.rglob("*")}
        assert {"ioasid-sim", "ioasid-sim.h", "version.h", "ioasid-sim.1", "libioasid-sim.a"} <= there, there
        command = next(path for path in folder.rglob("bin/ioasid-sim"))
        libraries = next(folder.rglob("libioasid-sim.so")).parent
        out = run(command, "--version", env={**os.environ, "LD_LIBRARY_PATH": str(libraries)})
        assert out.startswith("ioasid-sim "), out


def test_consumer_with_the_library_as_a_subproject_runs():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shutil.copy(CONSUMER / "consumer.c", folder)
        shutil.copy(CONSUMER / "meson.build", folder)
        copied = folder / "subprojects/ioasid-sim"
        for part in ["include", "src", "man", "meson.build", "meson_options.txt", "scenarios", "profiles"]:
            if (SOURCE / part).is_dir():
                shutil.copytree(SOURCE / part, copied / part)
            elif (SOURCE / part).exists():
                shutil.copy(SOURCE / part, copied)
        run(*MESON, "setup", "--force-fallback-for=ioasid-sim", "-Dbuildtype=debug", folder / "build", folder)
        run("ninja", "-C", folder / "build", "-j2", "consumer")
        assert run(folder / "build/consumer").startswith("ioasid-sim ")


tap.run(globals())
