/* SPDX-License-Identifier: MIT */
/*
 * `hardware: free`: what hardware may do is done, nothing else is, and leaving out what makes no difference changes
 * nothing. The search without that (run_request.whole) takes every choice at every place.
 */
#include "sim/interleavings.h"

#include "explored.h"

#define HEAD_WITH(devices)                                                                  \
	"name: t\ntitle: T\nsource: {author: A, date: 2021-06-14, document: d}\nclaim: c\n" \
	"invariants: [dma-confined, unmap-effective]\nhardware: free\n"                     \
	"machine:\n  owners: {p1: process, p2: process}\n  devices: {" devices "}\n"        \
	"  memory: {buf: {of: p1}, two: {of: p1}}\nrun:\n"
/* With PASIDs VT-d is in scalable mode. */
#define HEAD   HEAD_WITH("nic: {}, far: {ats: true}, pas: {driver: host, pasid-bits: 4}")
#define LEGACY HEAD_WITH("nic: {}, far: {ats: true}")
#define ATTACHED(device)                                                             \
	"  - {by: p1, take: {device: " device "}}\n  - {by: p1, space: {}, as: s}\n" \
	"  - {by: p1, attach: {device: " device ", space: s}}\n  - {by: p1, map: {space: s, at: 0x10000, to: buf}}\n"
#define ANY        "reaches buf or reaches two or fault"
#define ROW(words) "expect:\n  - {policy: iommufd, verdict: " words ", basis: I}\n"
#define DMA        "  - {dma: {device: nic, at: 0x10000}, expect: " ANY "}\n"
#define UNMAP(how) "  - {by: p1, unmap: {space: s, at: 0x10000}" how "}\n"
#define FORGETS    ", inject: skip-iotlb-flush"

/* --- less is the same --- */

static gint by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What the steps of a run did, hardware's left out. */
static char *run_words(const struct run_record *run)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < run->steps->len; i++) {
		const struct step_record *record = g_ptr_array_index(run->steps, i);

		if (!record->hardware)
			g_string_append_printf(out, "%u=%s/%" G_GINT64_MODIFIER "x; ", record->step->place.line,
					       record->outcome, record->violated);
	}
	return g_string_free(out, FALSE);
}

/* The different ones among all runs, sorted. */
static char *all_words(const struct exploration *exploration)
{
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) list = NULL;
	GHashTableIter at;
	gpointer key;

	for (unsigned i = 0; i < exploration->runs->len; i++)
		g_hash_table_add(known, run_words(g_ptr_array_index(exploration->runs, i)));
	list = g_ptr_array_new();
	g_hash_table_iter_init(&at, known);
	while (g_hash_table_iter_next(&at, &key, NULL))
		g_ptr_array_add(list, key);
	g_ptr_array_sort(list, by_text);
	g_ptr_array_add(list, NULL);
	return g_strjoinv("\n", (char **)list->pdata);
}

struct same {
	const char *name, *steps;
	unsigned whole;        /* choices without reduction that show all there is */
	unsigned differing[2]; /* runs that steps can tell apart, on VT-d and on SMMUv3 */
};

#define ASKS(inject)                                                         \
	ATTACHED("far")                                                      \
	"  - {by: p1, ats: {device: far, at: 0x10000}, as: t}\n"             \
	"  - {by: p1, unmap: {space: s, at: 0x10000}, inject: " inject "}\n" \
	"  - {label: use, dma: {device: far, translated: t}, expect: " ANY "}\n"

static const struct same sames[] = {
	{"flushed", ATTACHED("nic") UNMAP("") DMA, 3, {1, 1}},
	{"kept or evicted", ATTACHED("nic") DMA UNMAP(FORGETS) DMA DMA, 3, {3, 3}},
	{"fetched ahead", ATTACHED("nic") UNMAP(FORGETS) DMA DMA, 3, {3, 3}},
	{"mapped elsewhere",
	 ATTACHED("nic") DMA UNMAP(FORGETS) "  - {by: p1, map: {space: s, at: 0x10000, to: two}}\n" DMA DMA,
	 3,
	 {3, 3}},
	{"parallel",
	 ATTACHED("nic") "  - parallel:\n      kernel: [{by: p1, unmap: {space: s, at: 0x10000}" FORGETS "}]\n"
			 "      device: [{dma: {device: nic, at: 0x10000}, expect: " ANY "}]\n" DMA,
	 3,
	 {5, 5}},
	{"detached", ATTACHED("nic") DMA "  - {by: p1, detach: {device: nic}" FORGETS "}\n" DMA DMA, 4, {3, 1}},
	{"device TLB", ASKS("skip-devtlb-flush"), 2, {2, 2}},
	{"commands", ATTACHED("nic") DMA UNMAP(", inject: skip-sync") DMA DMA, 3, {3, 3}},
	{"commands of a device", ASKS("skip-sync"), 4, {2, 2}},
	{"PASID",
	 "  - {by: p1, sva-bind: {device: pas, pasid: 3}}\n"
	 "  - {dma: {device: pas, pasid: 3, at: va(buf)}, expect: reaches buf}\n"
	 "  - {by: p1, sva-unbind: {device: pas, pasid: 3}" FORGETS "}\n"
	 "  - {dma: {device: pas, pasid: 3, at: va(buf)}, expect: " ANY "}\n",
	 3,
	 {2, 1}},
};

static unsigned lines_of(const char *text)
{
	unsigned lines = *text != 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void check_same(const struct same *same, enum iommu_kind kind)
{
	g_autofree char *text = g_strconcat(HEAD, same->steps, ROW("safe"), NULL);
	struct scenario *scenario = load_text(text);
	struct run_request request = request_of(scenario, kind);
	struct exploration *less = explored(&request), *whole;
	g_autofree char *one = all_words(less), *other = NULL;

	request.whole = true;
	request.max_choices = same->whole;
	whole = explored(&request);
	other = all_words(whole);
	if (strcmp(one, other) != 0)
		fail_msg("%s, kind %u:\n%s\n---\n%s", same->name, kind, one, other);
	if (lines_of(one) != same->differing[kind - IOMMU_VTD])
		fail_msg("%s, kind %u: %u different runs\n%s", same->name, kind, lines_of(one), one);
	assert_false(less->incomplete || less->cut || whole->incomplete);
	assert_true(less->choices < whole->choices);
	exploration_free(less);
	exploration_free(whole);
	scenario_free(scenario);
}

static void test_free_without_what_makes_no_difference_is_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(sames); i++)
		for (enum iommu_kind kind = IOMMU_VTD; kind < IOMMU_KINDS; kind++)
			check_same(&sames[i], kind);
}

/* --- orders --- */

/* What an order could go on with, as the message about one that cannot says. */
static char *next_after(const char *head, const char *steps, enum iommu_kind kind, const char *order)
{
	g_autofree char *text = g_strconcat(head, steps, ROW("safe"), NULL);
	struct scenario *scenario = load_text(text);
	struct run_request request = request_of(scenario, kind);
	g_autofree char *wanted = g_strconcat(order, ",hw:nothing", NULL);
	char *why = NULL, *expected;

	request.order = wanted;
	assert_null(explore_case(&request, &why));
	expected = strstr(why, "'hw:nothing' cannot be next; expected ");
	if (!expected)
		fail_msg("%s", why);
	expected = g_strdup(expected + strlen("'hw:nothing' cannot be next; expected "));
	g_free(why);
	scenario_free(scenario);
	return expected;
}

#define UNMAPPED "run:12,run:13,run:14,run:15,run:16,run:17"

/*
 * VT-d completes a device's invalidation after one of the IOTLB that is ahead of it, but one for requests without PASID
 * not after one by PASID, which is what first stages have (6.5.2.12); an SMMU completes commands as it likes.
 */
static void test_free_order_of_commands_is_the_specifications(void **state)
{
	g_autofree char *legacy = next_after(LEGACY, ASKS("skip-sync"), IOMMU_VTD, UNMAPPED);
	g_autofree char *after =
		next_after(LEGACY, ASKS("skip-sync"), IOMMU_VTD, UNMAPPED ",hw:complete-iotlb(iommu0,0)");
	g_autofree char *scalable = next_after(HEAD, ASKS("skip-sync"), IOMMU_VTD, UNMAPPED);
	g_autofree char *smmu = next_after(HEAD, ASKS("skip-sync"), IOMMU_SMMUV3, UNMAPPED);

	(void)state;
	assert_non_null(strstr(legacy, "hw:complete-iotlb(iommu0,0)"));
	assert_null(strstr(legacy, "complete-devtlb"));
	assert_non_null(strstr(after, "hw:complete-devtlb(iommu0,0)"));
	assert_non_null(strstr(scalable, "hw:complete-iotlb(iommu0,0)"));
	assert_non_null(strstr(scalable, "hw:complete-devtlb(iommu0,1)"));
	assert_non_null(strstr(smmu, "hw:complete-tlb(iommu0,0)"));
	assert_non_null(strstr(smmu, "hw:complete-devtlb(iommu0,1)"));
}

/* Before anything is attached nothing can be fetched; then the page can, and after a flush it cannot. */
static void test_free_nothing_is_fetched_that_is_not_there(void **state)
{
	g_autofree char *taken = next_after(HEAD, ATTACHED("nic") UNMAP("") DMA, IOMMU_VTD, "run:12");
	g_autofree char *text = g_strconcat(HEAD, ATTACHED("nic") UNMAP("") DMA, ROW("safe"), NULL);
	struct scenario *scenario = load_text(text);
	struct run_request request = request_of(scenario, IOMMU_SMMUV3);
	g_autofree char *why = NULL;
	struct exploration *fetched;

	(void)state;
	assert_null(strstr(taken, "evict"));
	request.order = "run:12,run:13,run:14,run:15,hw:fetch(nic,0x10000),run:16,run:17";
	fetched = explored(&request);
	assert_int_equal(fetched->runs->len, 1);
	assert_int_equal(fetched->choices, 1);
	exploration_free(fetched);
	/* What cannot be done is no order: nothing is mapped any more. */
	request.order = "run:12,run:13,run:14,run:15,run:16,hw:fetch(nic,0x10000),run:17";
	assert_null(explore_case(&request, &why));
	assert_string_equal(why, "order: hardware cannot do 'hw:fetch(nic,0x10000)' there");
	scenario_free(scenario);
}

static void test_free_witnesses_replay(void **state)
{
	g_autofree char *text = g_strconcat(HEAD, ASKS("skip-sync"), ROW("safe"), NULL);
	struct scenario *scenario = load_text(text);

	(void)state;
	for (enum iommu_kind kind = IOMMU_VTD; kind < IOMMU_KINDS; kind++) {
		struct run_request request = request_of(scenario, kind);
		struct exploration *all = explored(&request);

		assert_true(all->runs->len > 8);
		for (unsigned i = 0; i < all->runs->len; i += 3) {
			const struct run_record *run = g_ptr_array_index(all->runs, i);
			g_autofree char *order = exploration_order(&scenario->cases[0], run), *did = run_words(run);
			g_autofree char *again = NULL;
			struct exploration *one;

			request.order = order;
			one = explored(&request);
			assert_int_equal(one->runs->len, 1);
			again = run_words(g_ptr_array_index(one->runs, 0));
			assert_string_equal(again, did);
			exploration_free(one);
		}
		request.order = NULL;
		exploration_free(all);
	}
	scenario_free(scenario);
}

/* --- rows and bounds --- */

static void row_is(const char *steps, const char *row, bool passed)
{
	g_autofree char *text = g_strconcat(HEAD, steps, row, NULL);
	struct replayed out;

	replay_with(text, NULL, &out);
	if ((out.status == IOSIM_PASSED) != passed)
		print_error("%s\n", out.text);
	assert_int_equal(out.status, passed ? IOSIM_PASSED : IOSIM_FAILED);
	clear(&out);
}

#define CLOSED "  - {label: x, dma: {device: nic, at: 0x10000}, expect: fault}\n"

static void test_free_row_is_about_all_that_hardware_may_do(void **state)
{
	(void)state;
	row_is(ATTACHED("nic") UNMAP("") CLOSED, ROW("safe"), true);
	row_is(ATTACHED("nic") UNMAP(FORGETS) CLOSED, ROW("safe"), false);
	row_is(ATTACHED("nic") UNMAP(FORGETS) CLOSED, ROW("sometimes violates unmap-effective at x"), true);
	row_is(ATTACHED("nic") UNMAP(FORGETS) CLOSED, ROW("violates unmap-effective at x"), false);
}

static void test_free_bound_that_is_met_is_told(void **state)
{
	g_autofree char *text = g_strconcat(HEAD, ASKS("skip-sync"), ROW("safe"), NULL);
	struct scenario *scenario = load_text(text);
	struct run_request request = request_of(scenario, IOMMU_SMMUV3);
	struct exploration *exploration = explored(&request);

	(void)state;
	assert_false(exploration->cut);
	assert_int_equal(exploration->most, FREE_MAX_CHOICES);
	exploration_free(exploration);
	request.max_choices = 1;
	exploration = explored(&request);
	assert_true(exploration->cut);
	for (unsigned i = 0; i < exploration->runs->len; i++)
		assert_in_range(((struct run_record *)g_ptr_array_index(exploration->runs, i))->choices, 0, 1);
	exploration_free(exploration);
	scenario_free(scenario);
}

/* Where states are not merged the same is found. */
static void test_free_states_apart_say_the_same(void **state)
{
	g_autofree char *text = g_strconcat(HEAD, ASKS("skip-sync"), ROW("safe"), NULL);
	struct scenario *scenario = load_text(text);
	struct run_request request = request_of(scenario, IOMMU_SMMUV3);
	struct exploration *merged = explored(&request), *apart;
	g_autofree char *one = all_words(merged), *other = NULL;

	(void)state;
	request.apart = true;
	apart = explored(&request);
	other = all_words(apart);
	assert_string_equal(one, other);
	assert_int_equal(merged->runs->len, apart->runs->len);
	assert_true(merged->merged > 0);
	exploration_free(merged);
	exploration_free(apart);
	scenario_free(scenario);
}

/* --- within a split step --- */

#define REFILLS                                                                     \
	ATTACHED("far")                                                             \
	"  - {by: p1, ats: {device: far, at: 0x10000}, as: t}\n"                    \
	"  - {by: p1, label: unmap, split: true, unmap: {space: s, at: 0x10000}}\n" \
	"  - {label: use, dma: {device: far, translated: t}, expect: " ANY "}\n"

/* A device that forgets first is given again what is stale, for a while, and keeps it; in the right order it is not. */
static void test_free_fetches_between_effects_of_a_split_step(void **state)
{
	g_autofree char *text = g_strconcat(LEGACY, REFILLS, ROW("safe"), NULL);
	struct scenario *scenario = load_text(text);

	(void)state;
	for (enum iommu_kind kind = IOMMU_VTD; kind < IOMMU_KINDS; kind++)
		for (unsigned first = 0; first < 2; first++) {
			struct run_request request = request_of(scenario, kind);
			struct exploration *all;
			unsigned reached = 0;

			request.rules.value[KNOB_DEVTLB_ORDER] = first ? DEVTLB_FIRST : DEVTLB_IOTLB_FIRST;
			all = explored(&request);
			for (unsigned i = 0; i < all->runs->len; i++) {
				const struct run_record *run = g_ptr_array_index(all->runs, i);
				g_autofree char *words = run_words(run);

				reached += strstr(words, "18=reaches buf") != NULL;
				assert_in_range(run->choices, 0, FREE_MAX_CHOICES);
			}
			assert_int_equal(reached > 0, first);
			assert_false(all->incomplete);
			exploration_free(all);
		}
	scenario_free(scenario);
}

static void test_free_witness_within_a_split_step_replays(void **state)
{
	g_autofree char *text = g_strconcat(LEGACY, REFILLS, ROW("safe"), NULL);
	struct scenario *scenario = load_text(text);
	struct run_request request = request_of(scenario, IOMMU_VTD);
	unsigned within = 0;
	struct exploration *all;

	(void)state;
	request.rules.value[KNOB_DEVTLB_ORDER] = DEVTLB_FIRST;
	all = explored(&request);
	for (unsigned i = 0; i < all->runs->len; i++) {
		const struct run_record *run = g_ptr_array_index(all->runs, i);
		g_autofree char *order = exploration_order(&scenario->cases[0], run), *did = run_words(run);
		g_autofree char *again = NULL;
		struct exploration *one;

		request.order = order;
		one = explored(&request);
		within += strchr(order, '@') != NULL;
		again = run_words(g_ptr_array_index(one->runs, 0));
		assert_string_equal(again, did);
		exploration_free(one);
	}
	assert_true(within > 0);
	exploration_free(all);
	scenario_free(scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_free_without_what_makes_no_difference_is_the_same),
		cmocka_unit_test(test_free_order_of_commands_is_the_specifications),
		cmocka_unit_test(test_free_nothing_is_fetched_that_is_not_there),
		cmocka_unit_test(test_free_witnesses_replay),
		cmocka_unit_test(test_free_row_is_about_all_that_hardware_may_do),
		cmocka_unit_test(test_free_bound_that_is_met_is_told),
		cmocka_unit_test(test_free_states_apart_say_the_same),
		cmocka_unit_test(test_free_fetches_between_effects_of_a_split_step),
		cmocka_unit_test(test_free_witness_within_a_split_step_replays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
