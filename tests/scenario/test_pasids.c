/* SPDX-License-Identifier: MIT */
/* What the loader makes of PASIDs, ATS, page requests and interrupts. */
#include "loaded.h"

#define DEVICES                                                                              \
	"let: {i: 0x10000, five: 5}\n"                                                       \
	"machine:\n"                                                                         \
	"  owners: {p1: process, p2: vm}\n"                                                  \
	"  devices:\n"                                                                       \
	"    d: {pri: true, pasid-bits: 20, vectors: 2, mdevs: {m: {pasid: 9}, soft: {}}}\n" \
	"    k: {vectors: 3, quirks: [ats-survives-reset, translated-without-ats]}\n"        \
	"  memory: {p: {of: p1}}\n"
#undef RUN
#define RUN(steps) HEAD DEVICES "run:\n" steps TAIL

/* --- the machine --- */

static void test_devices_keep_their_capabilities(void **state)
{
	struct scenario *s =
		load(HEAD "machine:\n"
			  "  devices:\n"
			  "    a: {ats: true, quirks: ignores-invalidation}\n"
			  "    b: {functions: {b0: {pri: true, vfs: {v: {pasid-bits: 3, vectors: 1}}}, b1: {}}}\n"
			  "    c: {kind: platform, pasid-bits: 8, vectors: 32, quirks: [translated-without-ats]}\n"
			  "run: [{run: all}]\n" TAIL);
	const struct machine *m = s->cases[0].machine;
	const struct machine_device *a = &m->devices[device_named(m, "a")], *b0 = &m->devices[device_named(m, "b0")];
	const struct machine_device *v = &m->devices[device_named(m, "v")], *b1 = &m->devices[device_named(m, "b1")];
	const struct machine_device *c = &m->devices[device_named(m, "c")];

	(void)state;
	assert_true(a->ats && !a->pri);
	assert_int_equal(a->quirks, QUIRK_IGNORES_INVALIDATION);
	assert_int_equal(a->pasid_bits, 0);
	assert_true(b0->ats && b0->pri); /* page requests imply ATS */
	assert_false(v->ats || b1->ats || b1->pri);
	assert_int_equal(v->pasid_bits, 3);
	assert_int_equal(v->vectors, 1);
	assert_int_equal(c->pasid_bits, 8);
	assert_int_equal(c->vectors, 32);
	assert_int_equal(c->quirks, QUIRK_TRANSLATED_WITHOUT_ATS);
	scenario_free(s);
}

static void test_mdevs_give_their_parent_the_pasids_that_they_need(void **state)
{
	struct scenario *s = load(
		HEAD "machine:\n"
		     "  devices:\n"
		     "    a: {mdevs: {m1: {pasid: 1}, m2: {pasid: 16, on-unmap: ignore}, soft: {on-unmap: late}}}\n"
		     "    b: {pasid-bits: 4, mdevs: {m3: {pasid: 15}, m4: {pasid: 1}}}\n"
		     "run: [{run: all}]\n" TAIL);
	const struct machine *m = s->cases[0].machine;

	(void)state;
	assert_int_equal(m->devices[device_named(m, "m1")].pasid, 1);
	assert_int_equal(m->devices[device_named(m, "soft")].pasid, MACHINE_NO_PASID);
	assert_int_equal(m->devices[device_named(m, "soft")].on_unmap, MDEV_LATE);
	assert_int_equal(m->devices[device_named(m, "m1")].on_unmap, MDEV_UNPINS);
	assert_int_equal(m->devices[device_named(m, "m2")].on_unmap, MDEV_IGNORES);
	assert_int_equal(m->devices[device_named(m, "a")].pasid_bits, 5);
	assert_int_equal(m->devices[device_named(m, "b")].pasid_bits, 4);
	scenario_free(s);
}

static void test_iommus_keep_their_capabilities(void **state)
{
	struct scenario *s = load(HEAD "machine: {iommus: {a: {ats: false}, b: {pri: false}, c: {pasid: false}}}\n"
				       "run: [{run: all}]\n" TAIL);
	const struct machine_iommu *units = s->cases[0].machine->iommus;

	(void)state;
	assert_true(!units[0].ats && units[0].pri && units[0].pasid);
	assert_true(units[1].ats && !units[1].pri && units[1].pasid);
	assert_true(units[2].ats && units[2].pri && !units[2].pasid);
	scenario_free(s);
}

static void test_iommu_mode_is_the_least_that_is_needed(void **state)
{
	struct scenario *s =
		load(HEAD "machine:\n"
			  "  iommus: {a: {}, b: {}, c: {mode: legacy}, d: {mode: scalable}, e: {}, f: {}}\n"
			  "  devices:\n"
			  "    da: {iommu: a, ats: true, vectors: 1}\n"
			  "    db: {iommu: b, pasid-bits: 1}\n"
			  "    dc: {iommu: c, pasid-bits: 1}\n"
			  "    de: {iommu: e, mdevs: {m: {pasid: 1}}}\n"
			  "    df: {iommu: f, pri: true}\n"
			  "run: [{run: all}]\n" TAIL);
	const struct machine_iommu *units = s->cases[0].machine->iommus;

	(void)state;
	assert_false(units[0].scalable);
	assert_true(units[1].scalable);
	assert_false(units[2].scalable);
	assert_true(units[3].scalable);
	assert_true(units[4].scalable);
	assert_true(units[5].scalable);
	scenario_free(s);
}

/* --- PASIDs --- */

static void test_pasids_are_numbers_names_and_results(void **state)
{
	struct scenario *s = load(RUN("  - {by: p1, pasid-enable: {device: d}}\n"
				      "  - {by: p1, sva-bind: {device: d, pasid: 4}, as: four}\n"
				      "  - {by: p1, sva-bind: {device: d, pasid: five, mm: p2}}\n"
				      "  - {dma: {device: d, at: i, pasid: four}}\n"
				      "  - {dma: {device: d, at: i, pasid: 0}}\n"
				      "  - {dma: {device: m, at: i}}\n"
				      "  - {dma: {device: soft, at: i, pasid: 0xfffff}}\n"
				      "  - {by: p1, quiesce: {device: d, pasid: four}}\n"
				      "  - {by: p1, sva-unbind: {device: d, pasid: four}}\n"));

	(void)state;
	assert_int_equal(step_of(s, 0)->operation, OP_PASID_ENABLE);
	assert_int_equal(step_of(s, 0)->with.device, 0);
	assert_int_equal(s->cases[0].slots[0].kind, RESULT_PASID);
	assert_int_equal(step_of(s, 1)->operation, OP_SVA_BIND);
	assert_int_equal(step_of(s, 1)->with.pasid.base, PASID_NUMBER);
	assert_int_equal(step_of(s, 1)->with.pasid.value, 4);
	assert_int_equal(step_of(s, 1)->with.owner, 1); /* who takes the step */
	assert_int_equal(step_of(s, 2)->with.pasid.value, 5);
	assert_int_equal(step_of(s, 2)->with.owner, 2);
	assert_int_equal(step_of(s, 3)->with.pasid.base, PASID_RESULT);
	assert_int_equal(step_of(s, 3)->with.pasid.value, 0);
	assert_int_equal(step_of(s, 4)->with.pasid.base, PASID_NUMBER);
	assert_int_equal(step_of(s, 4)->with.pasid.value, 0);
	assert_int_equal(step_of(s, 5)->with.pasid.base, PASID_ABSENT);
	assert_int_equal(step_of(s, 6)->with.pasid.value, 0xfffff);
	assert_int_equal(step_of(s, 7)->operation, OP_QUIESCE);
	assert_int_equal(step_of(s, 7)->with.pasid.base, PASID_RESULT);
	assert_int_equal(step_of(s, 8)->operation, OP_SVA_UNBIND);
	scenario_free(s);
}

static void test_spaces_serve_pasids(void **state)
{
	struct scenario *s = load(RUN("  - {by: p1, space: {}, as: s}\n"
				      "  - {by: p1, attach: {device: d, space: s, pasid: 7}}\n"
				      "  - {by: p1, replace: {device: d, space: s, pasid: five}}\n"
				      "  - {by: p1, detach: {device: d, pasid: 7}}\n"
				      "  - {by: p1, detach: {device: d}}\n"
				      "  - {check: {device: d, pasid: 5, domain: s}}\n"
				      "  - {check: {device: d, domain: blocked}}\n"));

	(void)state;
	assert_int_equal(step_of(s, 1)->with.pasid.value, 7);
	assert_int_equal(step_of(s, 2)->with.pasid.value, 5);
	assert_int_equal(step_of(s, 3)->with.pasid.value, 7);
	assert_int_equal(step_of(s, 4)->with.pasid.base, PASID_ABSENT);
	assert_int_equal(step_of(s, 5)->with.pasid.value, 5);
	assert_int_equal(step_of(s, 5)->with.checks[0].key, CHECK_DOMAIN);
	assert_int_equal(step_of(s, 5)->with.checks[0].number, CHECK_IS_SPACE);
	assert_int_equal(step_of(s, 6)->with.pasid.base, PASID_ABSENT);
	scenario_free(s);
}

/* --- ATS and page requests --- */

static void test_translations_are_asked_for_used_and_held(void **state)
{
	struct scenario *s =
		load(RUN("  - {ats: {device: d, at: i, pasid: 5}, as: a, expect: ok or fault}\n"
			 "  - {by: p1, ats: {device: m, at: va(p)}}\n"
			 "  - {dma: {device: d, translated: a+0x10, access: write, hold: translated}, as: w}\n"
			 "  - {dma: {device: k, translated: hpa(p)}}\n"
			 "  - {dma: {device: d, at: i}}\n"
			 "  - {resume: {request: w}, expect: reaches p or fault or page-request}\n"));
	const struct operands *held = &step_of(s, 2)->with;

	(void)state;
	assert_int_equal(step_of(s, 0)->operation, OP_ATS);
	assert_int_equal(step_of(s, 0)->by, MACHINE_NONE);
	assert_int_equal(step_of(s, 0)->with.at.number, 0x10000);
	assert_int_equal(step_of(s, 0)->with.pasid.value, 5);
	assert_int_equal(step_of(s, 0)->expect[1].kind, EXPECT_FAULT);
	assert_int_equal(s->cases[0].slots[0].kind, RESULT_REQUEST);
	assert_int_equal(s->cases[0].slots[0].maker, OP_ATS);
	assert_int_equal(s->cases[0].slots[1].maker, OP_DMA);
	assert_int_equal(step_of(s, 1)->by, 1);
	assert_int_equal(step_of(s, 1)->with.at.base, ADDRESS_VA);
	assert_true(held->translated);
	assert_int_equal(held->at.base, ADDRESS_RESULT);
	assert_int_equal(held->at.index, 0);
	assert_int_equal(held->at.number, 0x10);
	assert_int_equal(held->hold, HOLD_TRANSLATED);
	assert_int_equal(held->access, ACCESS_WRITE);
	assert_true(step_of(s, 3)->with.translated);
	assert_int_equal(step_of(s, 3)->with.at.base, ADDRESS_HPA);
	assert_false(step_of(s, 4)->with.translated);
	assert_int_equal(step_of(s, 4)->with.hold, HOLD_NOT);
	assert_int_equal(step_of(s, 5)->operation, OP_RESUME);
	assert_int_equal(step_of(s, 5)->by, MACHINE_NONE);
	assert_int_equal(step_of(s, 5)->with.request, 1);
	assert_int_equal(step_of(s, 5)->expect[2].kind, EXPECT_PAGE_REQUEST);
	scenario_free(s);
}

static void test_page_requests_are_served_and_answered(void **state)
{
	struct scenario *s = load(RUN("  - {dma: {device: d, at: va(p), pasid: 5}, as: w, expect: page-request}\n"
				      "  - {run: page-requests}\n"
				      "  - {run: {what: page-requests, count: 2}}\n"
				      "  - {by: p1, page-response: {request: w, code: invalid}}\n"
				      "  - {by: p2, page-response: {request: w, code: failure, as-group: 511}}\n"
				      "  - {by: p1, page-response: {request: w, code: success, as-group: 0}}\n"));

	(void)state;
	assert_int_equal(step_of(s, 0)->expect[0].kind, EXPECT_PAGE_REQUEST);
	assert_int_equal(step_of(s, 1)->with.run, RUN_PAGE_REQUESTS);
	assert_int_equal(step_of(s, 1)->with.run_count, 0);
	assert_int_equal(step_of(s, 2)->with.run_count, 2);
	assert_int_equal(step_of(s, 3)->operation, OP_PAGE_RESPONSE);
	assert_int_equal(step_of(s, 3)->with.request, 0);
	assert_int_equal(step_of(s, 3)->with.code, RESPONSE_INVALID);
	assert_false(step_of(s, 3)->with.as_group_given);
	assert_int_equal(step_of(s, 4)->with.code, RESPONSE_FAILURE);
	assert_true(step_of(s, 4)->with.as_group_given);
	assert_int_equal(step_of(s, 4)->with.as_group, 511);
	assert_int_equal(step_of(s, 5)->with.code, RESPONSE_SUCCESS);
	assert_true(step_of(s, 5)->with.as_group_given);
	scenario_free(s);
}

static void test_invalidations_name_what_they_need(void **state)
{
	struct scenario *s = load(RUN("  - {by: p1, space: {}, as: s}\n"
				      "  - {by: p1, space: {}, as: t}\n"
				      "  - {by: p1, invalidate: {what: all, space: t}}\n"
				      "  - {by: p1, invalidate: {what: all, device: k}}\n"
				      "  - {by: p1, invalidate: {what: range, device: d, pasid: 5, at: i, size: 8K}}\n"
				      "  - {by: p1, invalidate: {what: pasid, device: d, pasid: 5}}\n"
				      "  - {by: p1, invalidate: {what: devtlb, device: d}}\n"
				      "  - {by: p1, invalidate: {what: devtlb, device: d, at: 0, size: 4K}}\n"
				      "  - {by: p1, invalidate: {what: config, device: d}}\n"));
	const struct operands *range = &step_of(s, 4)->with;

	(void)state;
	assert_int_equal(step_of(s, 2)->with.invalidate, INVALIDATE_ALL);
	assert_true(step_of(s, 2)->with.space_given);
	assert_int_equal(step_of(s, 2)->with.space, 1);
	assert_int_equal(step_of(s, 2)->with.device, MACHINE_NONE);
	assert_false(step_of(s, 3)->with.space_given);
	assert_int_equal(step_of(s, 3)->with.device, device_named(s->cases[0].machine, "k"));
	assert_int_equal(range->invalidate, INVALIDATE_RANGE);
	assert_int_equal(range->pasid.value, 5);
	assert_true(range->at_given);
	assert_int_equal(range->at.number, 0x10000);
	assert_int_equal(range->bytes, 8192);
	assert_int_equal(step_of(s, 5)->with.invalidate, INVALIDATE_PASID);
	assert_int_equal(step_of(s, 6)->with.invalidate, INVALIDATE_DEVTLB);
	assert_false(step_of(s, 6)->with.at_given);
	assert_true(step_of(s, 7)->with.at_given);
	assert_int_equal(step_of(s, 8)->with.invalidate, INVALIDATE_CONFIG);
	scenario_free(s);
}

static void test_resets_have_phases(void **state)
{
	struct scenario *s = load(RUN("  - {by: p1, reset: {device: d}}\n"
				      "  - {by: p1, reset: {device: d, phase: start}}\n"
				      "  - {by: p1, reset: {device: d, phase: done}}\n"));

	(void)state;
	assert_int_equal(step_of(s, 0)->with.phase, RESET_WHOLE);
	assert_int_equal(step_of(s, 1)->with.phase, RESET_START);
	assert_int_equal(step_of(s, 2)->with.phase, RESET_DONE);
	scenario_free(s);
}

static void test_injections_are_told_apart(void **state)
{
	static const struct {
		const char *word;
		uint32_t bit;
	} rows[] = {
		{"skip-iotlb-flush", STEP_SKIP_IOTLB_FLUSH},
		{"skip-devtlb-flush", STEP_SKIP_DEVTLB_FLUSH},
		{"devtlb-first", STEP_DEVTLB_FIRST},
		{"skip-sync", STEP_SKIP_SYNC},
		{"skip-drain", STEP_SKIP_DRAIN},
		{"ats-before-unit", STEP_ATS_BEFORE_UNIT},
		{"ats-after-unit", STEP_ATS_AFTER_UNIT},
		{"ats-keeps-tlb", STEP_ATS_KEEPS_TLB},
		{"skip-iec-flush", STEP_SKIP_IEC_FLUSH},
		{"skip-viability", STEP_SKIP_VIABILITY},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strdup_printf(
			HEAD DEVICES "run: [{by: p1, inject: %s, take: {device: d}}]\n" TAIL, rows[i].word);
		struct scenario *s = load(text);

		assert_int_equal(step_of(s, 0)->inject, rows[i].bit);
		scenario_free(s);
	}
}

/* --- interrupts --- */

static void test_vectors_are_addresses_and_expectations(void **state)
{
	struct scenario *s =
		load(RUN("  - {dma: {device: d, at: msi(k.v2), access: write}, expect: raises k.v2 or fault}\n"
			 "  - {dma: {device: d, at: msi(d.v1)+4, access: write}, expect: raises d.v0}\n"));
	const struct step *first = step_of(s, 0), *second = step_of(s, 1);
	uint16_t k = device_named(s->cases[0].machine, "k");

	(void)state;
	assert_int_equal(first->with.at.base, ADDRESS_MSI);
	assert_int_equal(first->with.at.index, k);
	assert_int_equal(first->with.at.vector, 2);
	assert_int_equal(first->with.at.number, 0);
	assert_int_equal(first->expect[0].kind, EXPECT_RAISES);
	assert_int_equal(first->expect[0].raises.device, k);
	assert_int_equal(first->expect[0].raises.index, 2);
	assert_int_equal(first->expect[1].kind, EXPECT_FAULT);
	assert_int_equal(second->with.at.index, 0);
	assert_int_equal(second->with.at.vector, 1);
	assert_int_equal(second->with.at.number, 4);
	assert_int_equal(second->expect[0].raises.index, 0);
	scenario_free(s);
}

static void test_step_texts_of_devices_read_aloud(void **state)
{
	struct scenario *s =
		load(RUN("  - {by: p1, sva-bind: {device: d, pasid: 4}, as: four}\n"
			 "  - {ats: {device: d, at: i, pasid: four}, as: a}\n"
			 "  - {dma: {device: d, translated: a, pasid: 5, access: write, hold: translated}, as: w}\n"
			 "  - {by: p1, page-response: {request: w, code: failure, as-group: 3}}\n"
			 "  - {by: p1, invalidate: {what: range, device: d, at: i, size: 4K}}\n"
			 "  - {by: p1, reset: {device: d, phase: start}}\n"
			 "  - {run: page-requests}\n"));

	(void)state;
	assert_string_equal(step_of(s, 0)->text, "sva-bind d pasid 4 -> four");
	assert_string_equal(step_of(s, 1)->text, "ats d at i pasid four -> a");
	assert_string_equal(step_of(s, 2)->text, "dma d translated a write pasid 5 hold translated -> w");
	assert_string_equal(step_of(s, 3)->text, "page-response w code failure as-group 3");
	assert_string_equal(step_of(s, 4)->text, "invalidate range device d at i size 4K");
	assert_string_equal(step_of(s, 5)->text, "reset d phase start");
	assert_string_equal(step_of(s, 6)->text, "run page-requests");
	scenario_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devices_keep_their_capabilities),
		cmocka_unit_test(test_mdevs_give_their_parent_the_pasids_that_they_need),
		cmocka_unit_test(test_iommus_keep_their_capabilities),
		cmocka_unit_test(test_iommu_mode_is_the_least_that_is_needed),
		cmocka_unit_test(test_pasids_are_numbers_names_and_results),
		cmocka_unit_test(test_spaces_serve_pasids),
		cmocka_unit_test(test_translations_are_asked_for_used_and_held),
		cmocka_unit_test(test_page_requests_are_served_and_answered),
		cmocka_unit_test(test_invalidations_name_what_they_need),
		cmocka_unit_test(test_resets_have_phases),
		cmocka_unit_test(test_injections_are_told_apart),
		cmocka_unit_test(test_vectors_are_addresses_and_expectations),
		cmocka_unit_test(test_step_texts_of_devices_read_aloud),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
