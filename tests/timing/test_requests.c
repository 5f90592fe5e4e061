/* SPDX-License-Identifier: MIT */
/* Trace files as workloads: what is read, who reaches which page, and when what is sent. */
#include "timing/requests.h"

#include "timing/run.h"

#include "timed.h"

#include <ioasid-sim/error.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADING   "time,device,pasid,address,size,access\n"
#define HIT_NS    320 /* as test_machine.c adds it up */
#define WALK_NS   200 /* four levels */
#define CONFIG_NS 100 /* root and context entry */

static bool load(const char *text, const struct timing_profile *profile, struct timing_requests *requests,
		 GError **error)
{
	g_autofree char *path = NULL;
	int file = g_file_open_tmp("requests-XXXXXX.csv", &path, NULL);

	assert_true(file >= 0);
	close(file);
	assert_true(g_file_set_contents(path, text, -1, NULL));
	bool good = timing_requests_load(requests, profile, path, error);
	unlink(path);
	return good;
}

struct seen {
	struct timing_slot slots[64];
	unsigned count;
};

static void see(void *context, const struct timing_slot *slot, const uint64_t *parts_ps)
{
	struct seen *seen = context;

	(void)parts_ps;
	assert_true(seen->count < 64);
	seen->slots[seen->count++] = *slot;
}

/* Packets end in another order than they are sent in. */
static int compare_slots(const void *a, const void *b)
{
	const struct timing_dma *first = &((const struct timing_slot *)a)->dma;
	const struct timing_dma *second = &((const struct timing_slot *)b)->dma;

	if (first->number != second->number)
		return first->number < second->number ? -1 : 1;
	return first->request.address < second->request.address ? -1 : 1;
}

static struct timing_result run(const char *text, const struct timing_profile *profile, struct seen *seen)
{
	struct timing_requests requests;
	struct timing_result result;
	struct timing_spectators spectators = {.each = see, .context = seen};

	*seen = (struct seen){.count = 0};
	assert_true(load(text, profile, &requests, NULL));
	struct timing_workload workload = {.transfers = requests.requests->len, .requests = &requests};
	timing_run(profile, true, &workload, &spectators, &result);
	assert_int_equal(result.faults, 0);
	assert_int_equal(result.transfers, requests.requests->len);
	qsort(seen->slots, seen->count, sizeof(seen->slots[0]), compare_slots);
	timing_requests_clear(&requests);
	return result;
}

static void test_requests_are_sent_at_their_times(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct seen seen;
	struct timing_result result = run(HEADING "0,0,,0x1000,64,r\n"
						  "1000.5,0,,4160,64,r\n"
						  "1000.5,00:00.1,,0x1000,64,w\n",
					  &profile, &seen);

	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.slots[0].ended, (HIT_NS + CONFIG_NS + WALK_NS) * NS);
	/* Its device's context entry and its domain's page are not cached; it leaves behind the read's 20 bytes. */
	assert_int_equal(seen.slots[2].issued, 1000500);
	assert_int_equal(seen.slots[2].ended, 1000500 + (20 + 20 + 64 + 10 + 3 + CONFIG_NS + WALK_NS + 7) * NS);
	assert_int_equal(seen.slots[1].ended, 1000500 + HIT_NS * NS);
	assert_true(seen.slots[1].translation.pa == TIMING_PAGES + 64);
	assert_true(seen.slots[2].translation.pa == TIMING_PAGES + 4096);
	assert_int_equal(result.late_ps, 0);
	assert_int_equal(result.write_latency_ps, seen.slots[2].ended - seen.slots[2].issued);
	/* Two reads that are alone, and a write that is. */
	assert_true(result.unloaded_ns == 2 * HIT_NS + 20 + 64 + 10 + 3 + 7);
	timing_result_clear(&result);
}

static void test_requests_wait_for_room_and_for_those_before(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct seen seen;

	profile.value[TIMING_READ_TAGS] = 1;
	struct timing_result result = run(HEADING "0,0,,0,64,r\n100,0,,0x40,64,r\n200,0,,0x80,64,w\n", &profile, &seen);
	/* The write has a place from the begin, and is behind the read that has no tag. */
	assert_int_equal(seen.slots[0].ended, 620 * NS);
	for (unsigned i = 1; i < 3; i++)
		assert_int_equal(seen.slots[i].issued, 620 * NS);
	assert_int_equal(result.late_ps, (520 + 420) * NS);
	assert_int_equal(result.latest_ps, 520 * NS);
	timing_result_clear(&result);
}

/* At 4 KiB, at 512 bytes of a read and 128 of a write; pages of one request follow each other. */
static void test_requests_are_split_as_transfers_are(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_SMMUV3);
	struct seen seen;
	struct timing_result result = run(HEADING "0,3,9,0x1f80,4353,r\n500,3,,0xffff,130,w\n", &profile, &seen);
	static const uint32_t bytes[] = {128, 512, 512, 512, 512, 512, 512, 512, 512, 129, 1, 128, 1};

	assert_int_equal(seen.count, 13);
	assert_int_equal(result.bytes, 4353 + 130);
	for (unsigned i = 0; i < 13; i++) {
		assert_int_equal(seen.slots[i].dma.request.bytes, bytes[i]);
		assert_int_equal(seen.slots[i].dma.request.pasid, i < 10 ? 9 : PASID_NONE);
		assert_int_equal(seen.slots[i].dma.request.stream, 3);
	}
	assert_int_equal(seen.slots[10].issued, 500 * NS); /* though there was room before, and a read under way */
	/* Without PASID comes first: pages 0xf and 0x10, then 1, 2 and 3 of PASID 9. */
	assert_true(seen.slots[9].translation.pa == TIMING_PAGES + UINT64_C(4) * 4096);
	assert_true(seen.slots[10].translation.pa == TIMING_PAGES + 4095);
	timing_result_clear(&result);
}

static enum translate_result ask(const struct timing_host *host, uint64_t who, uint64_t address, uint64_t *pa)
{
	struct request request = {.address = address,
				  .bytes = 64,
				  .stream = timing_request_stream(who),
				  .pasid = timing_request_pasid(who),
				  .op = REQUEST_WRITE};
	struct translation out;

	host->unit->ops->translate(host->unit, &request, &out);
	*pa = out.pa;
	return out.result;
}

/* Every requester reaches its own pages, and no other's. */
static void check_host(const char *text, enum iommu_kind kind)
{
	struct timing_profile profile = timed_profile(kind);
	struct timing_requests requests;
	struct timing_host host;
	uint64_t pa;

	assert_true(load(text, &profile, &requests, NULL));
	timing_requests_host_init(&host, &profile, &requests);
	const struct timing_trace_page *pages = (const struct timing_trace_page *)requests.pages->data;
	for (guint i = 0; i < requests.pages->len; i++) {
		for (guint other = 0; other < requests.pages->len; other++) {
			bool own = false;
			for (guint k = 0; k < requests.pages->len; k++)
				own |= pages[k].who == pages[i].who && pages[k].number == pages[other].number;
			assert_int_equal(ask(&host, pages[i].who, pages[other].number << 12, &pa),
					 own ? TRANSLATE_OK : TRANSLATE_FAULT);
		}
		assert_int_equal(ask(&host, pages[i].who, pages[i].number << 12, &pa), TRANSLATE_OK);
		assert_true(pa == TIMING_PAGES + UINT64_C(4096) * i);
		assert_int_equal(ask(&host, pages[i].who + 1, pages[i].number << 12, &pa), TRANSLATE_FAULT);
	}
	timing_host_clear(&host);
	timing_requests_clear(&requests);
}

static void test_requesters_reach_their_own_pages(void **state)
{
	(void)state;
	static const char *const rows[] = {
		HEADING "0,0,,0,64,r\n0,0,,0x7fffffff000,64,r\n0,65535,,0x1000,64,r\n0,ff:1f.6,,0x200000,1,w\n",
		HEADING "0,0,3,0,64,r\n0,0,61,0x40000000,64,r\n0,2,,0x1000,64,r\n0,2,40,0x2000,64,r\n",
		HEADING "0,0,3,0,64,r\n0,2,1048575,0x40000000,64,r\n0,2,,0x1000,64,r\n0,2,64,0x2000,8192,r\n"
			"0,127,600,0x3000,64,r\n0,128,600,0x8000000000,64,r\n0,65535,,0x5000,64,r\n0,2,66,0,1,r\n",
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_host(rows[i], IOMMU_VTD);
		check_host(rows[i], IOMMU_SMMUV3);
	}
}

static void test_requests_mistakes_are_said_with_their_place(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"", "there is no request in it"},
		{HEADING, "there is no request in it"},
		{"time,device,pasid,adress,size,access\n", ":1:19: unknown column 'adress'; did you mean 'address'?"},
		{"time,device,pasid,address,size\n", ":1:1: the heading has no column 'access'; expected time, device"},
		{HEADING "1,0,,0,64\n", ":2:1: expected 6 values, found 5"},
		{HEADING "-1,0,,0,64,r\n", ":2:1: wrong time; expected nanoseconds from 0 to 10^15"},
		{HEADING "1.2345,0,,0,64,r\n", "found '1.2345'"},
		{HEADING "1.,0,,0,64,r\n", "found '1.'"},
		{HEADING "5,0,,0,64,r\n4.999,0,,0,64,r\n",
		 ":3:1: wrong time; expected at least the 5.000 of the request before, found '4.999'"},
		{HEADING "1,65536,,0,64,r\n",
		 ":2:3: wrong device; expected a number from 0 to 65535, or bus:device.function"},
		{HEADING "1,02:20.0,,0,64,r\n", "found '02:20.0'"},
		{HEADING "1,02:00.8,,0,64,r\n", "found '02:00.8'"},
		{HEADING "1,0,0,0,64,r\n", ":2:5: wrong pasid; expected a number from 1 to 1048575, or nothing"},
		{HEADING "1,0,1048576,0,64,r\n", "found '1048576'"},
		{HEADING "1,0,,fff,64,r\n", ":2:6: wrong address; expected a number, with 0x if it is hexadecimal, of "
					    "at most 48 bits, found 'fff'"},
		{HEADING "1,0,,0x1000000000000,64,r\n", ":2:6: wrong address"},
		{HEADING "1,0,,0xffffffffffff,2,r\n", ":2:21: wrong size; expected bytes that end where addresses do"},
		{HEADING "1,0,,0,0,r\n", ":2:8: wrong size; expected bytes from 1 to 1048576, found '0'"},
		{HEADING "1,0,,0,1048577,r\n", ":2:8: wrong size"},
		{HEADING "1,0,,0xfedfffff,2,w\n",
		 ":2:6: wrong address; expected bytes outside 0xfee00000 to 0xfeefffff"},
		{HEADING "1,0,,0,64,read\n", ":2:11: wrong access; expected r or w, found 'read'"},
	};
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timing_requests requests;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		g_autoptr(GError) error = NULL;
		assert_false(load(rows[i].text, &profile, &requests, &error));
		if (!strstr(error->message, rows[i].message))
			fail_msg("row %u: %s", i, error->message);
	}
	/* With a PASID they are no interrupts, and an SMMU has no such range. */
	assert_true(load(HEADING "1,0,7,0xfee00000,4,w\n", &profile, &requests, NULL));
	timing_requests_clear(&requests);
	profile = timed_profile(IOMMU_SMMUV3);
	assert_true(load(HEADING "1,0,,0xfee00000,4,w\n1,0,,0xfef00000,4,w\n", &profile, &requests, NULL));
	timing_requests_clear(&requests);
}

static void test_requests_beyond_the_limits_are_refused(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timing_requests requests;
	static const struct {
		uint32_t count;
		const char *format, *message;
	} rows[] = {
		/* 1 MiB each, one behind the other; a PASID each. */
		{1025, "0,0,,0x%x00000,1048576,r\n", "requests to at most 262144 pages"},
		{65537, "0,0,%u,0,64,r\n", "at most 65536 requesters (a device and a PASID), found 65537"},
	};

	for (unsigned i = 0; i < 2; i++) {
		for (unsigned less = 0; less < 2; less++) {
			g_autoptr(GString) text = g_string_new(HEADING);
			g_autoptr(GError) error = NULL;
			for (uint32_t n = 1; n <= rows[i].count - less; n++)
				g_string_append_printf(text, rows[i].format, n);
			bool good = load(text->str, &profile, &requests, &error);
			assert_int_equal(good, less);
			if (good)
				timing_requests_clear(&requests);
			else
				assert_non_null(strstr(error->message, rows[i].message));
		}
	}
}

/*
 * Each page has tables of three levels of its own, each of 65,536 requesters a top one. With 1024 frames of STEs and at
 * most four for what leads to each requester's tables, 1024 + 65536 * 5 + 3 n is at most 2^20 for n up to 239957.
 */
static void test_requests_have_tables_of_four_gib(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timing_requests requests;

	for (uint32_t count = 239957; count <= 239958; count++) {
		g_autoptr(GString) text = g_string_new(HEADING);
		g_autoptr(GError) error = NULL;
		for (uint32_t n = 0; n < count; n++)
			g_string_append_printf(text, "0,%u,,0x%x000000000,64,r\n", n % 65536, n / 65536 * 8);
		if (load(text->str, &profile, &requests, &error)) {
			assert_int_equal(count, 239957);
			assert_true(timing_requests_frames(&requests, 4) == (1u << 20) - 1);
			timing_requests_clear(&requests);
		} else {
			assert_int_equal(count, 239958);
			assert_non_null(strstr(error->message, "expected pages whose tables are at most 4 GiB"));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_are_sent_at_their_times),
		cmocka_unit_test(test_requests_wait_for_room_and_for_those_before),
		cmocka_unit_test(test_requests_are_split_as_transfers_are),
		cmocka_unit_test(test_requesters_reach_their_own_pages),
		cmocka_unit_test(test_requests_mistakes_are_said_with_their_place),
		cmocka_unit_test(test_requests_beyond_the_limits_are_refused),
		cmocka_unit_test(test_requests_have_tables_of_four_gib),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
