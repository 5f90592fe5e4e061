# SPDX-License-Identifier: MIT
"""The include layers: the tree keeps them, and each kind of forbidden edge is found when it is planted."""
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import layers
import tap

SOURCE = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"])

FILES = ["base/arena.h", "machine/machine.h", "model/model.h", "pgtable/pgtable.h", "pgtable/fmt/vtdss.h",
         "hw/driver.h", "hw/memory.h", "hw/vtd/layout.h", "hw/vtd/driver.c", "hw/vtd/driver.h", "hw/vtd/walk.h",
         "hw/vtd/engine.c", "hw/device/device.h", "uapi/uapi.h", "check/check.h",
         "scenario/load.c", "capture/elf.c", "sim/run.h", "cli/cli.h"]


def planted(source, include):
    """What the check says of one #include line in one file of an otherwise empty tree."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in FILES + [source]:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("")
        (root / source).write_text(f"/* text */\n#include {include}\n")
        return layers.violations(root)


def refused(source, include):
    found = planted(source, include)
    assert found and found[0][:2] == (source, 2), f"{source} including {include}: {found}"


def allowed(source, include):
    found = planted(source, include)
    assert not found, f"{source} including {include}: {found}"


def test_layers_of_the_tree_are_kept():
    found = layers.violations(SOURCE / "src")
    assert not found, "\n" + "\n".join(f"src/{name}:{line}: {wrong}" for name, line, wrong in found)


def test_layers_every_folder_is_in_the_table():
    folders = {path.name for path in (SOURCE / "src").iterdir() if path.is_dir()}
    assert folders == set(layers.LAYERS), folders ^ set(layers.LAYERS)


def test_layers_rule_under_test_seeing_its_oracle_is_refused():
    refused("uapi/vfio.c", '"model/model.h"')
    refused("hw/memory.c", '"model/model.h"')
    refused("hw/vtd/engine.c", '"model/model.h"')
    allowed("check/confined.c", '"model/model.h"')


def test_layers_devices_and_units_meet_in_messages():
    refused("hw/vtd/engine.c", '"hw/device/device.h"')
    refused("hw/vtd/driver.c", '"hw/device/device.h"')
    refused("hw/fabric/dma.c", '"hw/device/device.h"')
    refused("hw/device/send.c", '"hw/vtd/layout.h"')
    allowed("hw/device/send.c", '"hw/device/device.h"')


def test_layers_uapi_sees_only_the_driver_interface_of_hw():
    allowed("uapi/vfio.c", '"hw/driver.h"')
    refused("uapi/vfio.c", '"hw/memory.h"')
    refused("uapi/vfio.c", '"hw/vtd/layout.h"')


def test_layers_pointing_back_is_refused():
    refused("base/arena.c", '"machine/machine.h"')
    refused("scenario/load.c", '"sim/run.h"')
    refused("sim/run.c", '"cli/cli.h"')


def test_layers_driver_and_engine_including_each_other_is_refused():
    refused("hw/vtd/driver.c", '"hw/vtd/walk.h"')
    refused("hw/vtd/engine.c", '"hw/vtd/driver.h"')
    allowed("hw/vtd/driver.c", '"hw/vtd/layout.h"')
    allowed("hw/vtd/driver.c", '"hw/vtd/driver.h"')
    allowed("hw/vtd/engine.c", '"hw/vtd/walk.h"')
    allowed("hw/vtd/engine.c", '"hw/driver.h"')


def test_layers_engine_using_the_driver_algorithm_is_refused():
    refused("hw/vtd/engine.c", '"pgtable/pgtable.h"')
    allowed("hw/vtd/engine.c", '"pgtable/fmt/vtdss.h"')
    allowed("hw/vtd/driver.c", '"pgtable/pgtable.h"')


def test_layers_command_sees_only_the_public_headers():
    allowed("cli/main.c", '"cli.h"')
    allowed("cli/main.c", "<ioasid-sim/ioasid-sim.h>")
    refused("cli/main.c", '"sim/run.h"')
    refused("hw/vtd/engine.c", "<ioasid-sim/ioasid-sim.h>")
    refused("capture/elf.c", "<ioasid-sim/ioasid-sim.h>")
    allowed("capture/elf.c", "<ioasid-sim/error.h>")


def test_layers_library_of_another_folder_is_refused():
    refused("sim/run.c", "<yaml.h>")
    refused("scenario/load.c", "<gelf.h>")
    allowed("scenario/load.c", "<yaml.h>")


def test_layers_include_outside_src_is_refused():
    refused("hw/memory.c", '"memory.h"')
    refused("hw/memory.c", '"../base/arena.h"')


tap.run(globals())
