# SPDX-License-Identifier: MIT
"""What a front end can be asked, a plug-in can answer and can ask of its base: no call is left out of the header."""
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

ROOT = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"])


def calls_of(path, struct):
    body = re.search(rf"struct {struct} \{{\n(.*?)\n\}}", (ROOT / path).read_text(), flags=re.S).group(1)
    return re.findall(r"\(\*(\w+)\)", body)


INNER = calls_of("src/uapi/front_end.h", "uapi_front_end")
PUBLIC = calls_of("include/ioasid-sim/front_end.h", "iosim_front_end")


def test_every_call_of_a_front_end_is_a_plugins_too():
    assert len(INNER) > 20, INNER
    assert sorted(INNER) == sorted(PUBLIC), sorted(set(INNER) ^ set(PUBLIC))


def test_every_call_can_be_asked_of_the_base():
    header = (ROOT / "include/ioasid-sim/front_end.h").read_text()
    asked = re.findall(r"^static inline \w+ iosim_base_(\w+)\(", header, flags=re.M)
    assert sorted(asked) == sorted(set(PUBLIC) - {"probe"}), sorted(set(asked) ^ set(PUBLIC))


def test_every_call_takes_the_place_of_the_bases_and_is_in_its_table():
    sources = "".join(path.read_text() for path in sorted((ROOT / "src/uapi").glob("plugin*.c")))
    placed = re.findall(r"PLUGIN_TAKES_PLACE\(plugin, (\w+)\)", sources) + ["mmap"]
    assert sorted(placed) == sorted(PUBLIC), sorted(set(placed) ^ set(PUBLIC))
    table = re.search(r"plugin_base_calls = \{(.*?)\};", sources, flags=re.S).group(1)
    assert sorted(re.findall(r"\.(\w+) =", table)) == sorted(set(PUBLIC) - {"probe"})


tap.run(globals())
