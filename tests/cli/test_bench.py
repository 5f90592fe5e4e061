# SPDX-License-Identifier: MIT
"""`ioasid-sim bench`: it runs every case, does the same work each time, and refuses what it cannot do."""
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

COMMAND = sys.argv[1]


def bench(*words):
    return subprocess.run([COMMAND, "bench", *words], capture_output=True, text=True)


def cases():
    return [line.split()[0] for line in bench("translate", "--list").stdout.splitlines()]


def test_bench_has_the_cases_that_the_goals_are_about():
    assert {"vtd-hit", "vtd-walk4", "limit-walk4"} <= set(cases()), cases()


def test_bench_without_a_case_runs_all():
    found = json.loads(bench("translate", "--count", "10", "--format", "json").stdout)
    assert [row["case"] for row in found] == cases()
    assert all(row["count"] == 10 for row in found)


def test_bench_of_a_case_does_the_same_each_time():
    for name in cases():
        sums = {json.loads(bench("translate", "--case", name, "--count", "100", "--format", "json").stdout)[0]["sum"]
                for _ in range(2)}
        assert len(sums) == 1, (name, sums)


def test_bench_as_text_names_case_and_count():
    result = bench("translate", "--case", "vtd-hit", "--count", "7")
    assert result.returncode == 0 and result.stdout.startswith("vtd-hit") and "7 operations" in result.stdout, result


def test_bench_bad_arguments_exit_2():
    for words, message in [([], "expected what to measure"), (["translat"], "did you mean 'translate'?"),
                           (["translate", "--case", "vtd-hti"], "vtd-hit"),
                           (["translate", "--count", "-1"], "--count"), (["translate", "--count", "many"], "many"),
                           (["translate", "--format", "yaml"], "there is no format 'yaml'")]:
        result = bench(*words)
        assert result.returncode == 2 and result.stdout == "" and message in result.stderr, (words, result)


# --- dma ---

def dma(*words, profile="bdw-e5-2630v4"):
    return bench("dma", "--profile", profile, "--count", "3000", "--warm-up", "500", *words)


def figures(*words, **which):
    return json.loads(dma("--format", "json", *words, **which).stdout)


PARTS = ["queue_ns", "lookup_ns", "wait_ns", "walk_ns", "order_ns", "memory_ns", "drain_ns"]


def test_dma_of_every_profile_gives_the_same_twice():
    names = [line.split()[0] for line in
             subprocess.run([COMMAND, "list", "profiles"], capture_output=True, text=True).stdout.splitlines()]
    assert len(names) == 6, names
    for name in names:
        for words in [(), ("--access", "write", "--bytes", "300"), ("--pattern", "sequential", "--no-iommu")]:
            first, again = dma(*words, profile=name), dma(*words, profile=name)
            assert first.returncode == 0 and first.stdout == again.stdout, (name, words, first)


def test_dma_parts_add_up_to_the_latency():
    for words in [(), ("--access", "write"), ("--window", "1M", "--bytes", "256"), ("--outstanding", "1")]:
        found = figures(*words)
        assert abs(sum(found[part] for part in PARTS) - found["latency_mean_ns"]) < 1e-6, (words, found)
        total = found["iotlb_hit_rate"] + found["merged_rate"] + found["walk_rate"]
        assert abs(total - 1) < 1e-9 and found["faults"] == 0, (words, found)


def test_dma_where_every_page_misses_walks_its_levels():
    found = figures("--outstanding", "1")
    assert found["table_references_per_walk"] == 4
    assert abs(found["table_references_per_4KiB"] / (4 * 64 * found["walk_rate"]) - 1) < 0.01
    # Nothing waits, so the linear estimate is what it takes.
    assert abs(found["linear_error_percent"]) < 0.5, found["linear_error_percent"]
    assert "iotlb_hit_rate" not in figures("--no-iommu")


def test_dma_costs_what_the_window_misses():
    rates = [figures("--window", window)["throughput_gbit_per_s"] for window in ("256K", "1M", "4M", "64M")]
    assert rates == sorted(rates, reverse=True) and rates[0] > 2.5 * rates[-1], rates


def test_dma_of_tenants_misses_more_and_never_faults():
    for profile in ("bdw-e5-2630v4", "smmuv3-generic"):
        rates = []
        for tenants in (("--devices", "1"), ("--devices", "40"), ("--devices", "8", "--pasids", "5"), ("--pasids", "40")):
            found = figures("--window", "64K", *tenants, profile=profile)
            assert found["faults"] == 0 and found["table_references_per_walk"] in (0, 4), (profile, tenants, found)
            rates.append(found["iotlb_hit_rate"])
        # 40 windows of 16 pages each in 64 or 128 entries, whoever they belong to.
        assert rates[0] == 1 and all(rate < 0.3 for rate in rates[1:]), (profile, rates)


def test_dma_csv_says_whose_packet_it_is():
    lines = dma("--format", "csv", "--devices", "3", "--pasids", "2", "--pattern", "sequential", "--window", "64K",
                "--warm-up", "0").stdout.splitlines()
    names = lines[0].split(",")
    rows = [dict(zip(names, line.split(","))) for line in lines[1:]]
    for row in rows:
        tenant = int(row["transfer"]) % 6
        assert row["stream"] == hex(tenant // 2) and int(row["pasid"]) == 1 + tenant % 2, row
        assert int(row["offset"]) == int(row["transfer"]) // 6 % 1024 * 64, row
    assert {row["pasid"] for row in (dict(zip(names, line.split(",")))
                                     for line in dma("--format", "csv").stdout.splitlines()[1:])} == {""}


def test_dma_csv_has_a_line_for_each_packet():
    lines = dma("--format", "csv", "--bytes", "1500", "--access", "write").stdout.splitlines()
    names = lines[0].split(",")
    assert names[:4] == ["packet", "transfer", "offset", "bytes"] and names[-2:] == ["references", "iotlb"]
    rows = [dict(zip(names, line.split(","))) for line in lines[1:]]
    assert sum(int(row["bytes"]) for row in rows) == 3000 * 1500
    assert {row["iotlb"] for row in rows} == {"hit", "miss", "merged"}
    for row in rows[:200]:
        assert abs(sum(float(row[part]) for part in PARTS) - float(row["latency_ns"])) < 1e-6, row
        assert (int(row["references"]) >= 4) == (row["iotlb"] == "miss"), row


def test_dma_bad_arguments_exit_2():
    for words, message in [(["dma"], "--profile is needed"), (["dma", "--profile", "idael"], "did you mean 'ideal'?"),
                           (["dma", "--profile", "/nowhere.yaml"], "/nowhere.yaml: "),
                           (["dma", "--profile", "ideal", "--bytes", "4097"], "--bytes: expected a number"),
                           (["dma", "--profile", "ideal", "--bytes", "0"], "expected 1 to 4096"),
                           (["dma", "--profile", "ideal", "--window", "100"], "a multiple of 4096"),
                           (["dma", "--profile", "ideal", "--window", "2G"], "--window: expected"),
                           (["dma", "--profile", "ideal", "--count", "0"], "transfers: expected"),
                           (["dma", "--profile", "ideal", "--access", "raed"], "did you mean 'read'?"),
                           (["dma", "--profile", "ideal", "--format", "jsn"], "did you mean 'json'?"),
                           (["dma", "--profile", "ideal", "--devices", "65537"], "--devices: expected a number"),
                           (["dma", "--profile", "ideal", "--devices", "300", "--pasids", "300"], "at most 65536 tenants"),
                           (["dma", "--profile", "ideal", "--devices", "128", "--window", "1G"], "at most 64 GiB"),
                           (["dma", "--profile", "ideal", "more"], "unexpected argument 'more'"),
                           (["--count", "3", "dma"], "'dma' comes before its options"),
                           (["pcie"], "--measured FILE.csv is needed"),
                           (["pcie", "--measured", "/nowhere.csv"], "/nowhere.csv: ")]:
        result = bench(*words)
        assert result.returncode == 2 and result.stdout == "" and message in result.stderr, (words, result)


# --- dma --requests ---

TRACE = pathlib.Path(__file__).resolve().parent.parent / "data" / "timing" / "requests.csv"


def trace(*words, profile="bdw-e5-2630v4", path=TRACE):
    return bench("dma", "--profile", profile, "--requests", str(path), *words)


def test_dma_requests_are_those_of_the_file():
    with open(TRACE, encoding="utf-8") as file:
        wanted = list(csv.DictReader(line for line in file if not line.startswith("#")))
    for profile in ("bdw-e5-2630v4", "smmuv3-generic"):
        lines = trace("--format", "csv", profile=profile).stdout.splitlines()
        rows = [dict(zip(lines[0].split(","), line.split(","))) for line in lines[1:]]
        for number, request in enumerate(wanted):
            own = sorted((row for row in rows if row["transfer"] == str(number)), key=lambda row: int(row["address"], 0))
            bus, slot, function = re.fullmatch(r"(..):(..)\.(.)", request["device"]).groups()
            stream = int(bus, 16) << 8 | int(slot, 16) << 3 | int(function)
            assert {(row["stream"], row["pasid"]) for row in own} == {(hex(stream), request["pasid"])}, (request, own)
            assert int(own[0]["address"], 0) == int(request["address"], 0), (request, own)
            assert sum(int(row["bytes"]) for row in own) == int(request["size"]), (request, own)
            assert float(own[0]["issued_ns"]) >= float(request["time"]), (request, own)
            for row in own:
                assert abs(sum(float(row[part]) for part in PARTS) - float(row["latency_ns"])) < 1e-6, row
        assert rows[0]["iotlb"] == "miss" and float(rows[-1]["issued_ns"]) == 9000, rows


def test_dma_requests_have_the_figures_of_a_run():
    for profile in ("bdw-e5-2630v4", "smmuv3-generic"):
        first, again = (trace("--format", "json", profile=profile).stdout for _ in range(2))
        found = json.loads(first)
        assert first == again and found["faults"] == 0, found
        assert (found["requests"], found["requesters"], found["pages"]) == (10, 4, 8), found
        assert abs(sum(found[part] for part in PARTS) - found["latency_mean_ns"]) < 1e-6, found
        assert 0 < found["occupancy_tags"] < 1 and 0 < found["occupancy_posted_headers"] < 1, found
        # What is due at 2 us waits for tags, and the write then for the read of 8 KiB before it.
        assert found["late_max_ns"] > found["late_mean_ns"] > 0, found
    text = trace("--no-iommu").stdout
    assert text.startswith(f"bdw-e5-2630v4: requests of {TRACE}, 4 requesters, 8 pages of 4 KiB, no IOMMU\n"), text
    assert "iotlb_hit_rate" not in text
    assert json.loads(trace("--format", "json", "--warm-up", "4").stdout)["requests"] == 6
    swept = json.loads(trace("--sweep", "walkers=1,6", "--format", "json").stdout)["rows"]
    assert swept[0]["latency_mean_ns"] > swept[1]["latency_mean_ns"], swept
    assert swept[1]["latency_mean_ns"] == json.loads(trace("--format", "json").stdout)["latency_mean_ns"], swept


def test_dma_requests_bad_arguments_exit_2():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "bad.csv"
        path.write_text("time,device,pasid,address,size,access\n0,0,,0x1000,64,w\n1,0,,0x1000,64,x\n")
        for words, where, message in [((), path, f"{path}:3:16: wrong access; expected r or w, found 'x'"),
                                      ((), "/nowhere.csv", "/nowhere.csv: "),
                                      (("--window", "1M"), TRACE, "--requests and --window exclude each other"),
                                      (("--count", "5"), TRACE, "--requests and --count exclude each other"),
                                      (("--warm-up", "10"), TRACE, "expected fewer than the 10 of"),
                                      (("--sweep", "devices=1,2"), TRACE, "sweep: devices: a trace file says that itself"),
                                      (("--sweep", "walkers=1,2"), path, ":3:16: wrong access")]:
            result = trace(*words, path=where)
            assert result.returncode == 2 and result.stdout == "" and message in result.stderr, (words, result)


def test_dma_memory_does_not_grow_with_the_run():
    import resource
    peaks = []
    for count in ("1000", "300000"):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        result = bench("dma", "--profile", "smmuv3-generic", "--window", "1G", "--count", count)
        assert result.returncode == 0, result
        peaks.append((before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
    # The peak of all children: the longer run did not raise it by more than a few pages.
    assert peaks[1][1] - peaks[0][1] < 512, peaks


# --- nic ---

def nic(*words, profile="bdw-e5-2630v4"):
    return bench("nic", "--profile", profile, "--count", "3000", "--warm-up", "600", "--ring", "64", *words)


def nic_figures(*words, **which):
    return json.loads(nic("--format", "json", *words, **which).stdout)


def test_nic_of_every_mode_gives_the_same_twice():
    for profile in ("bdw-e5-2630v4", "smmuv3-generic", "ideal"):
        for words in [(), ("--mode", "lazy", "--cores", "3"), ("--mode", "batched", "--guest"), ("--no-iommu",)]:
            first, again = nic(*words, profile=profile), nic(*words, profile=profile)
            assert first.returncode == 0 and first.stdout == again.stdout, (profile, words, first)


def test_nic_time_of_the_cpus_is_whole():
    for words in [(), ("--mode", "batched"), ("--cores", "4"), ("--guest",)]:
        found = nic_figures(*words)
        parts = [found[f"cpu_{part}_share"] for part in ("work", "lock", "post", "wait")]
        assert abs(sum(parts) - found["cpu_share"]) < 1e-9 and found["cpu_share"] <= 1, (words, found)
        assert found["faults"] == 0 and found["stale_translations"] == 0, (words, found)


def test_nic_fewer_waits_are_more_packets():
    rates = [nic_figures(*words)["packets_per_s"] for words in
             [("--guest",), (), ("--mode", "batched"), ("--mode", "lazy"), ("--no-iommu",)]]
    assert rates == sorted(rates) and rates[0] * 3 < rates[1] < rates[4] / 3, rates


def test_nic_csv_has_a_line_for_each_packet():
    lines = nic("--format", "csv", "--cores", "2").stdout.splitlines()
    rows = [dict(zip(lines[0].split(","), line.split(","))) for line in lines[1:]]
    assert len(rows) == 3000 and {row["core"] for row in rows} == {"0", "1"}, len(rows)
    for row in rows:
        assert float(row["handled_after_ns"]) > float(row["lock_ns"]) + float(row["invalidation_ns"]) > 0, row


def test_nic_bad_arguments_exit_2():
    for words, message in [(["nic"], "--profile is needed"), (["nic", "--profile", "idael"], "did you mean 'ideal'?"),
                           (["nic", "--profile", "ideal", "--mode", "strickt"], "did you mean 'strict'?"),
                           (["nic", "--profile", "ideal", "--cores", "65"], "expected 1 to 64"),
                           (["nic", "--profile", "ideal", "--cores", "0"], "expected 1 to 64"),
                           (["nic", "--profile", "ideal", "--cores", "few"], "--cores: expected a number"),
                           (["nic", "--profile", "ideal", "--ring", "6"], "a multiple of 4"),
                           (["nic", "--profile", "ideal", "--ring", "8192"], "at most 4096"),
                           (["nic", "--profile", "ideal", "--cores", "64", "--ring", "4096"], "less than 1 GiB"),
                           (["nic", "--profile", "ideal", "--packet", "4097"], "expected 1 to 4096"),
                           (["nic", "--profile", "ideal", "--batch", "129"], "expected 1 to 128"),
                           (["nic", "--profile", "ideal", "--unmap-every", "0"], "at least 1"),
                           (["nic", "--profile", "ideal", "--count", "0"], "packets: expected"),
                           (["nic", "--profile", "ideal", "--format", "jsn"], "did you mean 'json'?"),
                           (["nic", "--profile", "ideal", "more"], "unexpected argument 'more'")]:
        result = bench(*words)
        assert result.returncode == 2 and result.stdout == "" and message in result.stderr, (words, result)


# --- pages ---

def pages(*words, profile="bdw-e5-2630v4"):
    return bench("pages", "--profile", profile, "--count", "3000", "--warm-up", "600", *words)


def pages_figures(*words, **which):
    return json.loads(pages("--format", "json", *words, **which).stdout)


def test_pages_gives_the_same_twice():
    for profile in ("bdw-e5-2630v4", "smmuv3-generic", "ideal"):
        for words in (["--share", "30"], ["--queue", "128", "--outstanding", "512", "--cores", "2"]):
            first, again = pages(*words, profile=profile), pages(*words, profile=profile)
            assert first.returncode == 0 and first.stdout == again.stdout and first.stdout, (words, first)


def test_pages_parts_add_up_to_the_round_trip():
    for profile in ("bdw-e5-2630v4", "smmuv3-generic"):
        found = pages_figures("--cores", "2", profile=profile)
        parts = sum(found[name + "_ns"] for name in ("link", "queue", "handling", "response"))
        assert abs(parts - found["round_trip_mean_ns"]) < 0.01, found
        assert found["round_trip_p50_ns"] <= found["round_trip_p99_ns"] <= found["round_trip_max_ns"], found
        assert found["faults"] == found["wrong_translations"] == found["overflows"] == 0, found


def test_pages_a_queue_that_is_too_small_overflows():
    for profile in ("bdw-e5-2630v4", "smmuv3-generic"):
        small, large = (pages_figures("--outstanding", "512", "--queue", queue, profile=profile)
                        for queue in ("128", "1024"))
        assert small["overflows"] > 0 and small["answered_by_unit"] > 0, small
        assert large["overflows"] == large["answered_by_unit"] == 0, large
        assert small["accesses_that_missed"] == large["accesses_that_missed"] == 3000, (small, large)


def test_pages_bad_arguments_exit_2():
    for words, message in [(["pages"], "--profile is needed"),
                           (["pages", "--profile", "ideal", "--cores", "65"], "expected 1 to 64"),
                           (["pages", "--profile", "ideal", "--outstanding", "513"], "expected 1 to 512"),
                           (["pages", "--profile", "ideal", "--queue", "96"], "a power of two"),
                           (["pages", "--profile", "ideal", "--queue", "64"], "at least 128 of VT-d"),
                           (["pages", "--profile", "smmuv3-generic", "--queue", "0"], "a power of two"),
                           (["pages", "--profile", "ideal", "--share", "101"], "0 to 100 percent"),
                           (["pages", "--profile", "ideal", "--share", "few"], "--share: expected a number"),
                           (["pages", "--profile", "ideal", "--count", "262144"], "at most 262144"),
                           (["pages", "--profile", "ideal", "--count", "0"], "at least 1"),
                           (["pages", "--profile", "ideal", "--format", "jsn"], "did you mean 'json'?"),
                           (["pages", "--profile", "ideal", "more"], "unexpected argument 'more'")]:
        result = bench(*words)
        assert result.returncode == 2 and result.stdout == "" and message in result.stderr, (words, result)


# --- nested ---

def test_nested_prints_measured_and_modelled():
    """Of two rows: test_nested.c has all of them."""
    whole = (pathlib.Path(__file__).resolve().parent.parent / "data" / "timing" / "nested-guest.csv").read_text()
    with tempfile.TemporaryDirectory() as folder:
        data = str(pathlib.Path(folder) / "two.csv")
        pathlib.Path(data).write_text("".join(line for line in whole.splitlines(keepends=True)
                                              if line.split(",")[0] in ("cores", "1", "16")))
        text = bench("nested", "--measured", data)
        found = json.loads(bench("nested", "--measured", data, "--format", "json").stdout)
    assert text.returncode == 0 and text.stdout.splitlines()[1].split()[:3] == ["cores", "measured", "serialised"], text
    assert [row["cores"] for row in found["rows"]] == [1, 16]
    for row, line in zip(found["rows"], text.stdout.splitlines()[2:]):
        modelled = [row[model]["gbit_per_s"] for model in
                    ("serialised", "growing_lock", "sleeping_waiters", "measured_exits")]
        assert [f"{number:.1f}" for number in modelled] == line.split()[2:6], (row, line)
        assert abs(modelled[0] / row["measured_gbit_per_s"] - 1 - row["serialised"]["error_percent"] / 100) < 1e-9


def test_nested_bad_arguments_exit_2():
    for words, message in [([], "--measured FILE.csv is needed"), (["--measured", "/nowhere.csv"], "/nowhere.csv: "),
                           (["--measured", __file__], ":1: expected 'cores,"),
                           (["--measured", "x", "--structure", "idael"], "did you mean 'ideal'?"),
                           (["--measured", "x", "--format", "jsn"], "did you mean 'json'?"),
                           (["--measured", "x", "more"], "unexpected argument 'more'")]:
        result = bench("nested", *words)
        assert result.returncode == 2 and result.stdout == "" and message in result.stderr, (words, result)


tap.run(globals())
