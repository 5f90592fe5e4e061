# SPDX-License-Identifier: MIT
"""--uapi: front ends as shared objects, loaded and refused: test_uapi.py COMMAND MODULE..."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

COMMAND = pathlib.Path(sys.argv[1]).resolve()
MODULES = {pathlib.Path(path).stem: pathlib.Path(path).resolve() for path in sys.argv[2:]}
ROOT = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"])
SCENARIO = ROOT / "scenarios/fabric/same-owner-two-spaces-one-group.yaml"
OWN = ROOT / "examples/subgroups/two-spaces.yaml"


def ioasid_sim(*words, **options):
    return subprocess.run([COMMAND, *words], capture_output=True, text=True, **options)


def expect_refused(path, words):
    for verb in (["replay", SCENARIO], ["list", "policies"], ["show", SCENARIO], ["schema"]):
        result = ioasid_sim(verb[0], "--uapi", path, *verb[1:])
        assert result.returncode == 2 and not result.stdout, result
        assert result.stderr == f"ioasid-sim: {words}\n", result.stderr


def test_uapi_that_is_not_there_is_refused():
    expect_refused("./nowhere.so", "./nowhere.so: there is no such file")
    result = ioasid_sim("replay", "--uapi", "libc.so.6", SCENARIO)  # a name alone is no library of the system's
    assert result.returncode == 2 and "there is no such file" in result.stderr, result


def test_uapi_that_is_no_shared_object_is_refused():
    result = ioasid_sim("replay", "--uapi", SCENARIO, SCENARIO)
    assert result.returncode == 2 and f"{SCENARIO}: it cannot be loaded: " in result.stderr, result


def test_uapi_that_lacks_a_function_is_refused():
    result = ioasid_sim("replay", "--uapi", MODULES["unresolved"], SCENARIO)
    assert result.returncode == 2 and "ioasid_sim_nobody_has_this" in result.stderr, result


def test_uapi_that_is_no_front_end_is_refused():
    path = MODULES["no_symbol"]
    expect_refused(path, f"{path}: it is no front end: it has no symbol 'ioasid_sim_front_end'")


def test_uapi_of_another_version_is_refused():
    path = MODULES["other_version"]
    expect_refused(path, f"{path}: it was built for version 2 of <ioasid-sim/front_end.h>, this is version 1")


def test_uapi_with_an_unknown_base_is_refused():
    expect_refused(MODULES["unknown_base"], "unknown base policy 'iommu-v3'; did you mean 'iommu-v2'?")


def test_uapi_is_a_policy():
    listed = ioasid_sim("list", "--uapi", MODULES["subgroups"], "policies").stdout
    assert "\nsubgroups                iommu-v2 with a space for each requester ID of a group\n    base: iommu-v2\n" in listed
    assert '"subgroups"' in ioasid_sim("schema", "--uapi", MODULES["subgroups"]).stdout
    assert ioasid_sim("show", "--uapi", MODULES["subgroups"], OWN).returncode == 0
    assert "unknown policy 'subgroups'" in ioasid_sim("show", OWN).stderr


def test_uapi_judges_the_rows_that_name_it():
    result = ioasid_sim("replay", "--uapi", MODULES["subgroups"], OWN)
    assert result.returncode == 0 and "2 passed, 0 failed" in result.stdout, result
    result = ioasid_sim("replay", "--uapi", MODULES["subgroups"], "--policy", "iommu-v2", OWN)
    assert result.returncode == 0 and "ok      two-spaces: iommu-v2" in result.stdout, result


def test_uapi_replays_the_same_twice():
    first, second = (ioasid_sim("replay", "--uapi", MODULES["subgroups"], "--format", "json", ROOT / "scenarios").stdout
                     for _ in range(2))
    assert first == second and '"base" : "iommu-v2"' in first


def test_uapi_changes_of_the_catalogue_what_its_readme_says():
    for module, cases in (("subgroups", {"two-rids"}), ("subgroups-careless", {"two-rids", "shared-rid"})):
        out = ioasid_sim("replay", "--uapi", MODULES[module], "--format", "json", ROOT / "scenarios").stdout
        rows = [row for row in json.loads(out)["rows"] if row["verdict"] != row["base_verdict"]]
        assert {row["scenario"] for row in rows} == {"same-owner-two-spaces-one-group"}, rows
        assert {row["case"] for row in rows} == cases and {row["iommu"] for row in rows} == {"vtd", "smmuv3"}, rows


def test_uapi_of_a_file_here_needs_no_folder():
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(MODULES["subgroups"], pathlib.Path(folder) / "mine.so")
        assert ioasid_sim("replay", "--uapi", "mine.so", OWN, cwd=folder).returncode == 0


def test_uapi_is_swept():
    result = ioasid_sim("replay", "--uapi", MODULES["subgroups"], "--sweep", "group_rule", "--verbose", SCENARIO)
    assert result.returncode == 0 and "subgroups" in result.stdout, result


tap.run(globals())
