# SPDX-License-Identifier: MIT
"""The layers of src/ (docs/architecture.md has the table): reads the #include lines, reports every edge that is not
allowed. A name in the table is a folder of src/ with all below it, a file, or
"public" for <ioasid-sim/...>."""
import fnmatch
import pathlib
import re
import sys

LAYERS = {
    "base": [],
    "machine": ["base"],
    "model": ["base", "machine"],
    "pgtable": ["base"],
    "hw": ["base", "machine", "pgtable"],
    # The TSM of a confidential platform speaks the protocol of devices (TDISP) and keeps the states of pages.
    "uapi": ["base", "machine", "hw/driver.h", "hw/page_state.h", "hw/fabric/tdisp.h",
             "ioasid-sim/front_end.h"],
    # Calibration reads the measurements of a file: what is wrong with it is an error of the library.
    "timing": ["base", "machine", "hw", "ioasid-sim/error.h"],
    "check": ["base", "machine", "model", "hw/effect.h", "hw/iommu.h", "hw/request.h", "hw/fabric/hit.h"],
    "scenario": ["base", "machine"],
    "capture": ["base", "ioasid-sim/error.h"],
    "report": ["base", "machine"],
    "sim": ["base", "machine", "model", "pgtable", "hw", "uapi", "check", "scenario", "capture", "report", "timing",
            "public"],
    "cli": ["public"],
}

# Within an allowed edge: files that match the first pattern never include what matches the second, unless it also
# matches the third. A driver and an engine share the layout and the format, and nothing else; only drivers use the
# page-table algorithm, only engines walk.
FORBIDDEN = [
    ("hw/*/driver*", "hw/*/*", ["hw/*/layout*", "hw/*/driver*"]),
    ("hw/driver*", "hw/*/*", []),
    ("hw/*", "hw/*/driver*", []),
    ("hw/*", "hw/driver_common*", []),
    ("hw/*", "pgtable/*", ["pgtable/fmt/*"]),
    # Devices and units meet in messages (hw/message.h) and requests alone.
    ("hw/vtd/*", "hw/device/*", []),
    ("hw/smmuv3/*", "hw/device/*", []),
    ("hw/fabric/*", "hw/device/*", []),
    ("hw/device/*", "hw/vtd/*", []),
    ("hw/device/*", "hw/smmuv3/*", []),
]
FORBIDDEN_EXCEPT = ["hw/driver*", "hw/*/driver*"]  # rows that begin with "hw/*" are about everything else

# Libraries that have one user.
LIBRARIES = {
    "yaml.h": ["scenario"],
    "libelf.h": ["capture"],
    "gelf.h": ["capture"],
    "zstd.h": ["capture"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def within(path, names):
    return any(path == name or path.startswith(name + "/") for name in names)


def forbidden(source, target):
    """Whether a row of FORBIDDEN says no. hw/fabric has no driver and is shared: it is nobody's engine."""
    if target.startswith("hw/fabric/"):
        return False
    for who, what, unless in FORBIDDEN:
        if who == "hw/*" and any(fnmatch.fnmatch(source, name) for name in FORBIDDEN_EXCEPT):
            continue
        if (fnmatch.fnmatch(source, who) and fnmatch.fnmatch(target, what)
                and not any(fnmatch.fnmatch(target, name) for name in unless)):
            return True
    return False


def judge(folder, root, name, quoted):
    """None, or what is wrong with `#include` of `name` in the file `folder` (both relative to src/)."""
    source = folder
    layer = source.split("/")[0]
    if layer not in LAYERS:
        return f"{layer} is no layer of the table"
    if not quoted:
        if name.startswith("ioasid-sim/") and not {"public", name} & set(LAYERS[layer]):
            return f"{layer} may not include <{name}>"
        if name in LIBRARIES and layer not in LIBRARIES[name]:
            return f"<{name}> belongs to {', '.join(LIBRARIES[name])}"
        return None
    if layer == "cli" and (root / "cli" / name).is_file():
        return None
    target = name
    if target.split("/")[0] not in LAYERS or ".." in target:
        return f'"{name}" is not rooted at src/'
    if not within(target, [layer] + LAYERS[layer]):
        return f"{layer} may not include {target}"
    if forbidden(source, target):
        return f"{source} may not include {target}"
    return None


def violations(root):
    """[(file, line number, what is wrong)] for the folder that is src/."""
    root = pathlib.Path(root)
    found = []
    for path in sorted(root.rglob("*.[ch]")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            relative = path.relative_to(root).as_posix()
            wrong = judge(relative, root, match.group(2), match.group(1) == '"')
            if wrong:
                found.append((relative, number, wrong))
    return found


if __name__ == "__main__":
    edges = violations(sys.argv[1])
    for name, line_number, message in edges:
        print(f"src/{name}:{line_number}: {message}")
    sys.exit(1 if edges else 0)
