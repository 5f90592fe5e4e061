# SPDX-License-Identifier: MIT
"""`ioasid-sim walk` on the small capture of the tree, and on the large ones where they are there."""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

COMMAND = sys.argv[1]
SOURCE = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"])
SMALL = SOURCE / "tests/data/captures/vtd-legacy-small"
SHARED = pathlib.Path(os.environ.get("IOSIM_SHARED", SOURCE.parent / "shared")) / "captures"


def walk(*words):
    return subprocess.run([COMMAND, "walk", *(str(word) for word in words)], capture_output=True, text=True)


def last_line(result):
    return result.stdout.splitlines()[-1]


def truth():
    return [json.loads(line) for line in (SMALL / "truth.jsonl").read_text().splitlines()]


def compare(lines, *options):
    """`walk --truth` of these questions on the small capture."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("".join(json.dumps(line) + "\n" for line in lines))
        file.flush()
        return walk("--capture", SMALL, "--truth", file.name, *options)


def pages():
    """{address: contents} of the small capture."""
    listed = json.loads((SMALL / "pages.json").read_text())
    if (SMALL / "pages.bin").exists():
        contents = (SMALL / "pages.bin").read_bytes()
    else:
        contents = subprocess.run(["zstd", "-dc", SMALL / "pages.bin.zst"], check=True, stdout=subprocess.PIPE).stdout
    found = {int(address, 16): contents[index * 4096:(index + 1) * 4096] for index, address in enumerate(listed["pages"])}
    found.update({int(address, 16): bytes(4096) for address in listed["zero_pages"]})
    return found


def need_zstd():
    if not shutil.which("zstd") and not (SMALL / "pages.bin").exists():
        raise tap.Skip("zstd is not installed")


def test_walk_small_capture_agrees_but_for_known_deviations():
    result = walk("--capture", SMALL, "--truth", SMALL / "truth.jsonl")
    assert result.returncode == 0, result.stdout
    assert "known: pt-no-range, 1 line: QEMU: " in result.stdout, result.stdout
    assert last_line(result) == f"{len(truth()) - 1} agree, 0 differ, 1 known", result.stdout


def test_walk_as_qemu_agrees_in_everything():
    result = walk("--capture", SMALL, "--truth", SMALL / "truth.jsonl", "--compat", "qemu")
    assert result.returncode == 0 and last_line(result) == f"{len(truth())} agree, 0 differ, 0 known", result.stdout


def test_walk_wrong_address_page_size_reason_or_result_differs():
    lines = truth()
    translated = next(line for line in lines if line.get("page_size") == "0x1000")
    faulted = next(line for line in lines if line.get("fault_reason") == 6)
    wrong = [{**translated, "pa": hex(int(translated["pa"], 16) + 1)}, {**translated, "page_size": "0x200000"},
             {**faulted, "fault_reason": 5}, {**faulted, "result": "ok", "pa": "0x0"},
             {**translated, "result": "fault", "fault_reason": 5}]
    for line in wrong:
        result = compare([line])
        assert result.returncode == 1 and last_line(result) == "0 agree, 1 differ, 0 known", result.stdout
        assert "line 1: " in result.stdout and "expected: " in result.stdout, result.stdout


def test_walk_deviation_is_known_by_what_it_is_only():
    known = next(line for line in truth() if line.get("pass_through") and int(line["iova"], 16) >> 48)
    elsewhere = {**known, "pa": hex(int(known["pa"], 16) - 1)}
    translated = next(line for line in truth() if line.get("page_size") == "0x1000")
    table = {**known, "rid": translated["rid"], "bdf": translated["bdf"]}
    assert last_line(compare([known])) == "0 agree, 0 differ, 1 known"
    assert last_line(compare([elsewhere])) == "0 agree, 1 differ, 0 known"
    assert last_line(compare([table])) == "0 agree, 1 differ, 0 known"


def test_walk_truth_as_json_has_the_counts_and_what_differs():
    lines = truth()
    lines[0] = {**lines[0], "result": "ok", "pa": "0x0"}
    found = json.loads(compare(lines, "--format", "json").stdout)
    assert (found["agree"], found["differ"], found["known"]) == (len(lines) - 2, 1, 1)
    assert found["deviations"] == {"pt-no-range": 1}
    assert found["differing"][0]["line"] == 1 and found["differing"][0]["expected"]["pa"] == "0x0"


def test_walk_prints_structure_by_structure():
    line = next(line for line in truth() if line.get("page_size") == "0x1000")
    result = walk("--capture", SMALL, "--device", line["bdf"], "--access", line["access"], line["iova"])
    assert result.returncode == 0
    order = [result.stdout.index(word) for word in ("root entry at", "context entry at", "SS-PML4E at", "SS-PDPE at",
                                                    "SS-PDE at", "SS-PTE at", "-> ok, pa " + line["pa"])]
    assert order == sorted(order), result.stdout


def test_walk_as_json_has_words_fields_and_the_answer():
    line = next(line for line in truth() if line.get("page_size") == "0x1000")
    found = json.loads(walk("--capture", SMALL, "--device", line["bdf"], "--access", line["access"], "--format", "json",
                            line["iova"], line["iova"]).stdout)
    assert len(found) == 2 and found[0] == found[1]
    assert found[0]["result"] == "ok" and found[0]["pa"] == line["pa"] and found[0]["page_size"] == "0x1000"
    memory = None
    if shutil.which("zstd") or (SMALL / "pages.bin").exists():
        memory = pages()
    for step in found[0]["steps"] if memory else []:
        address = int(step["pa"], 16)
        word = struct.unpack_from("<Q", memory[address & ~0xfff], address & 0xfff)[0]
        assert int(step["words"][0], 16) == word, step
    assert found[0]["steps"][0]["fields"]["P"] == "0x1"


def write_core(path, memory):
    """An ELF core with one PT_LOAD segment a page."""
    count = len(memory)
    begin = (64 + 56 * count + 4095) // 4096 * 4096
    head = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, count, 0, 0, 0)
    for index, address in enumerate(memory):
        head += struct.pack("<IIQQQQQQ", 1, 6, begin + 4096 * index, 0, address, 4096, 4096, 4096)
    path.write_bytes(head.ljust(begin, b"\0") + b"".join(memory.values()))


def test_walk_elf_core_answers_like_the_folder():
    need_zstd()
    with tempfile.TemporaryDirectory() as folder:
        core = pathlib.Path(folder) / "core"
        write_core(core, pages())
        result = walk("--memory", core, "--registers", SMALL / "registers.json", "--truth", SMALL / "truth.jsonl")
        assert result.returncode == 0 and last_line(result) == f"{len(truth()) - 1} agree, 0 differ, 1 known", result


def test_walk_raw_image_answers_like_the_folder():
    need_zstd()
    memory = pages()
    base = min(memory)
    with tempfile.TemporaryDirectory() as folder:
        image = pathlib.Path(folder) / "image"
        with open(image, "wb") as file:  # mostly a hole
            for address, contents in memory.items():
                file.seek(address - base)
                file.write(contents)
        result = walk("--memory", f"{image}@{base:#x}", "--registers", SMALL / "registers.json", "--truth",
                      SMALL / "truth.jsonl")
        assert result.returncode == 0 and last_line(result) == f"{len(truth()) - 1} agree, 0 differ, 1 known", result


def test_walk_leaving_the_memory_is_lost_and_no_fault():
    need_zstd()
    memory = pages()
    root = int(next(row["value"] for row in json.loads((SMALL / "registers.json").read_text())["registers"]
                    if row["name"] == "RTADDR"), 16)
    line = next(line for line in truth() if line.get("fault_reason") == 2)
    present = next(line for line in truth() if line.get("page_size") == "0x1000")
    with tempfile.TemporaryDirectory() as folder:
        core = pathlib.Path(folder) / "core"
        write_core(core, {root: memory[root]})
        given = ["--memory", core, "--registers", SMALL / "registers.json"]
        result = walk(*given, "--device", present["bdf"], present["iova"])
        assert "the walk is lost: a structure lies at 0x" in result.stdout, result.stdout
        result = walk(*given, "--device", line["bdf"], line["iova"], "--format", "json")
        assert json.loads(result.stdout)[0]["result"] == "lost", result.stdout
        result = walk(*given, "--truth", SMALL / "truth.jsonl")
        assert result.returncode == 1 and last_line(result) == f"0 agree, {len(truth())} differ, 0 known", result.stdout


def test_walk_bad_arguments_exit_2_and_say_what_was_expected():
    small = ["--capture", SMALL]
    for words, message in [
            ([], "expected either --capture or --memory"),
            ([*small, "--memory", "x", "0"], "expected either --capture or --memory"),
            (["--memory", "x", "0"], "--memory and --registers belong together"),
            ([*small, "--registers", "x", "0"], "--memory and --registers belong together"),
            (small, "expected an IOVA, or --truth"),
            ([*small, "--truth", "x", "0x1000"], "--truth has the requests"),
            ([*small, "soup"], "expected an IOVA such as 0xfffff000, found 'soup'"),
            ([*small, "0x10000000000000000"], "expected an IOVA"),
            ([*small, "--device", "99:99.9", "0"], "--device: expected a BDF such as 01:00.0, found '99:99.9'"),
            ([*small, "--access", "x", "0"], "--access: expected r or w, found 'x'"),
            ([*small, "--compat", "qmeu", "0"], "there is no implementation 'qmeu'; did you mean 'qemu'?"),
            ([*small, "--format", "jsno", "0"], "there is no format 'jsno'; did you mean 'json'?"),
            (["--capture", "/nonexistent", "0"], "/nonexistent/pages.json: "),
            ([*small, "--truth", "/nonexistent"], "/nonexistent: ")]:
        result = walk(*words)
        assert result.returncode == 2 and result.stdout == "", (words, result)
        assert result.stderr.startswith("ioasid-sim: ") and message in result.stderr, (words, result.stderr)


def shared(name, known):
    folder = SHARED / name
    if not folder.is_dir():
        raise tap.Skip(f"{name}: set IOSIM_SHARED, or put the captures beside the project as shared/captures")
    result = walk("--capture", folder, "--truth", folder / "truth.jsonl")
    assert result.returncode == 0 and last_line(result) == f"{1400 - known} agree, 0 differ, {known} known", result.stdout
    result = walk("--capture", folder, "--truth", folder / "truth.jsonl", "--compat", "qemu")
    assert result.returncode == 0 and last_line(result) == "1400 agree, 0 differ, 0 known", result.stdout
    result = walk("--memory", folder / "core.elf", "--registers", folder / "registers.json", "--truth",
                  folder / "truth.jsonl")
    assert result.returncode == 0 and last_line(result) == f"{1400 - known} agree, 0 differ, {known} known", result.stdout


def test_walk_whole_capture_with_48_bits():
    shared("vtd-legacy", 4)


def test_walk_whole_capture_with_39_bits():
    shared("vtd-legacy-aw39", 11)


def test_walk_whole_captures_of_the_other_modes():
    for name, known in WHOLE.items():
        shared(name, known["lines"])


# What QEMU does otherwise in the captures that are in the tree: lines in all, and by deviation.
WHOLE = {
    "vtd-sm-ss": {"lines": 940, "sm-legacy-reason": 936, "pt-no-range": 4},
    "vtd-sm-fl": {"lines": 1400, "pe-aw": 1370, "pe-aw pt-no-range": 2, "sm-legacy-reason": 28},
    "smmu-s1": {"lines": 19, "BYPASS_OAS": 19},
    "smmu-s2": {"lines": 314, "BYPASS_OAS": 16, "S2ONLY_IAS": 298},
}


def test_walk_captures_of_the_tree_agree_but_for_known_deviations():
    for name, known in WHOLE.items():
        folder = SMALL.parent / name
        result = walk("--capture", folder, "--truth", folder / "truth.jsonl.zst", "--format", "json")
        report = json.loads(result.stdout)
        assert result.returncode == 0 and report["differ"] == 0 and report["known"] == known["lines"], result.stdout
        assert report["deviations"] == {code: count for code, count in known.items() if code != "lines"}
        result = walk("--capture", folder, "--truth", folder / "truth.jsonl.zst", "--compat", "qemu")
        assert result.returncode == 0 and last_line(result) == "1400 agree, 0 differ, 0 known", result.stdout


def differs(name, line):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        result = walk("--capture", SMALL.parent / name, "--truth", file.name)
    assert result.returncode == 1 and last_line(result) == "0 agree, 1 differ, 0 known", (line, result.stdout)


def lines_of(name):
    need_zstd()
    packed = SMALL.parent / name / "truth.jsonl.zst"
    text = subprocess.run(["zstd", "-dc", packed], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def test_walk_a_known_deviation_does_not_hide_another_difference():
    for name in ("vtd-sm-fl", "vtd-sm-ss", "smmu-s1", "smmu-s2"):
        for line in lines_of(name):
            if line["result"] == "ok":
                differs(name, {**line, "pa": hex(int(line["pa"], 16) ^ 0x1000)})
                break
    for line in lines_of("vtd-sm-fl"):
        if line.get("fault_reason") == 0x71:
            differs("vtd-sm-fl", {**line, "fault_reason": 0x80})
            break


def test_walk_wrong_event_field_differs():
    """Bits of an event record by IHI 0070 7.3: TYPE, SSV, StreamID, STALL, PnU, InD, RnW, S2, CLASS, InputAddr, IPA."""
    line = next(line for line in lines_of("smmu-s2") if line.get("fault_name") == "SMMU_EVT_F_PERMISSION")
    for bit in (0, 11, 35, 95, 97, 98, 99, 103, 104, 105, 140, 191, 204, 243):
        record = int.from_bytes(bytes.fromhex(line["event_record"]), "little") ^ 1 << bit
        differs("smmu-s2", {**line, "event_record": record.to_bytes(32, "little").hex()})
    without = {key: value for key, value in line.items() if key != "event_record"}
    differs("smmu-s2", without)


tap.run(globals())
