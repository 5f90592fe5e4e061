/* SPDX-License-Identifier: MIT */
/* Tenants of a timed host: each reaches its own pages, all of them and no others. */
#include "timing/tenants.h"

#include "timing/run.h"

#include "timed.h"

#define PAGE UINT64_C(4096)

static struct translation ask(const struct timing_host *host, uint64_t address, uint32_t stream, uint32_t pasid)
{
	struct request request = {
		.address = address, .bytes = 64, .stream = stream, .pasid = pasid, .op = REQUEST_WRITE};
	struct translation out;

	host->unit->ops->translate(host->unit, &request, &out);
	return out;
}

static void check(const struct timing_host *host, const struct timing_tenants *tenants, uint32_t tenant)
{
	uint32_t stream = timing_tenant_stream(tenants, tenant), pasid = timing_tenant_pasid(tenants, tenant);
	uint64_t pages = tenants->window / PAGE;

	for (uint64_t page = 0; page<pages; page += pages> 3 ? pages / 3 : 1) {
		struct translation found = ask(host, TIMING_WINDOW + page * PAGE + 64, stream, pasid);
		assert_int_equal(found.result, TRANSLATE_OK);
		assert_true(found.pa == TIMING_PAGES + (tenant * pages + page) * PAGE + 64);
	}
	assert_int_equal(ask(host, TIMING_WINDOW - PAGE, stream, pasid).result, TRANSLATE_FAULT);
	assert_int_equal(ask(host, TIMING_WINDOW + tenants->window, stream, pasid).result, TRANSLATE_FAULT);
}

static void test_tenants_reach_their_own_windows(void **state)
{
	(void)state;
	static const struct timing_tenants rows[] = {
		{1, 1, PAGE},       {3, 0, 5 << 20}, {300, 0, PAGE},   {130, 3, 2 * PAGE},
		{1, 200, 3 * PAGE}, {2, 64, PAGE},   {1, 20000, PAGE}, {1, 2, 512 * PAGE},
	};
	static const enum iommu_kind kinds[] = {IOMMU_VTD, IOMMU_SMMUV3};

	for (unsigned i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const struct timing_tenants *tenants = &rows[i / 2];
		struct timing_host host;
		uint32_t count = timing_tenant_count(tenants);
		struct timing_profile profile = timed_profile(kinds[i % 2]);
		timing_tenants_init(&host, &profile, tenants);
		for (uint32_t tenant = 0; tenant<count; tenant += count> 64 && tenant > 3 ? 61 : 1)
			check(&host, tenants, tenant);
		check(&host, tenants, count - 1);
		assert_int_equal(ask(&host, TIMING_WINDOW, tenants->devices, tenants->pasids ? 1 : PASID_NONE).result,
				 TRANSLATE_FAULT);
		if (tenants->pasids)
			assert_int_equal(ask(&host, TIMING_WINDOW, 0, tenants->pasids + 1).result, TRANSLATE_FAULT);
		timing_host_clear(&host);
	}
}

static void test_tenants_have_as_many_levels_as_asked(void **state)
{
	(void)state;
	static const struct timing_tenants tenants = {5, 0, 4 * PAGE};

	for (unsigned levels = 3; levels <= 5; levels++) {
		struct timing_host host;
		struct timing_profile profile = timed_profile(IOMMU_VTD);
		profile.value[TIMING_LEVELS] = levels;
		timing_tenants_init(&host, &profile, &tenants);
		check(&host, &tenants, 4);
		/* Root and context entry, and a reference a level. */
		assert_int_equal(ask(&host, TIMING_WINDOW, 3, PASID_NONE).reads, 2 + levels);
		timing_host_clear(&host);
	}
}

static void test_tenants_that_do_not_fit_are_known(void **state)
{
	(void)state;
	static const struct {
		struct timing_tenants tenants;
		bool fit;
	} rows[] = {
		{{65536, 0, PAGE}, true},      {{65536, 1, PAGE}, true},  {{65536, 2, PAGE}, false},
		{{0, 1, PAGE}, false},         {{65537, 0, PAGE}, false}, {{1, 65536, PAGE}, true},
		{{256, 256, PAGE}, true},      {{64, 0, 1 << 30}, true},  {{65, 0, 1 << 30}, false},
		{{65536, 65536, PAGE}, false},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(timing_tenants_fit(IOMMU_VTD, 4, &rows[i].tenants), rows[i].fit);
		assert_int_equal(timing_tenants_fit(IOMMU_SMMUV3, 4, &rows[i].tenants), rows[i].fit);
	}
}

/* In turn, and each place of each window as often. */
static void test_tenants_take_turns(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timing_workload workload = {
		.sequential = true, .bytes = 4096, .window = 2 * PAGE, .transfers = 60, .devices = 5, .pasids = 3};
	struct timing_result result;

	timing_run(&profile, true, &workload, NULL, &result);
	/* 30 pages, twice; 8 packets of 512 bytes each. */
	assert_int_equal(result.packets, 60 * 8);
	assert_int_equal(result.faults, 0);
	assert_true(result.checksum == 2 * (30 * 8 * TIMING_PAGES + 8 * PAGE * (30 * 29 / 2) + 30 * 512 * (8 * 7 / 2)));
	timing_result_clear(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tenants_reach_their_own_windows),
		cmocka_unit_test(test_tenants_have_as_many_levels_as_asked),
		cmocka_unit_test(test_tenants_that_do_not_fit_are_known),
		cmocka_unit_test(test_tenants_take_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
