/* SPDX-License-Identifier: MIT */
/*
 * The engine against reference_walk.c: 150,000 requests through tables that are random, refer to each other in any way
 * and are corrupted. Same result, address, page size, rights, reason and record, and the same memory afterwards, so the
 * same A and D flags. Completions of translation requests, and the fate of page requests. The traced walk and the walk
 * under the cycle clock have to say the same.
 */
#include "reference_walk.h"

#include "base/random.h"
#include "hw/iommu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FRAMES   32
#define BYTES    (FRAMES * UINT64_C(4096))
#define WORDS    (BYTES / 8)
#define ROUNDS   1000 /* of legacy mode, twice as many of scalable mode */
#define REQUESTS 50
#define SLOTS    4 /* entries of a table that are in use: the first ones and, of the top, the last ones */
#define SID      0x0108u

enum { ROOT, LOWER, UPPER, DIRECTORY, PASIDS, TABLES }; /* frames */

/* 11.4.2, 11.4.3: all of scalable mode, with SRS, RPRIVS, RPS, SSADS, SC, DT, PRS and NWFS; PASIDs of 18 bits. */
#define CAP  UINT64_C(0x91d2008c226f0e06) /* FS5LP, FS1GP; SAGAW 3 to 5 levels, MGAW 48; one record */
#define ECAP UINT64_C(0x0023e98aa4000fc7)

static uint64_t memory_of_reference[WORDS];

struct round {
	struct arena *arena;
	struct memory *memory;
	struct iommu *unit;
	struct reference reference;
	struct random random;
};

static uint64_t below(struct round *round, uint64_t bound)
{
	return random_below(&round->random, bound);
}

static bool chance(struct round *round, unsigned percent)
{
	return below(round, 100) < percent;
}

static void put(struct round *round, uint64_t pa, uint64_t word)
{
	assert_true(memory_write64(round->memory, pa, word));
	memory_of_reference[pa / 8] = word;
}

static uint64_t some_table(struct round *round)
{
	return (TABLES + below(round, FRAMES - TABLES)) << 12;
}

/* A page-table entry of either stage: bits that both have in the same place, and now and then any other. */
static uint64_t some_entry(struct round *round)
{
	uint64_t word = some_table(round) | 3;
	if (chance(round, 90))
		word |= 1u << 2;       /* US */
	word |= below(round, 16) << 5; /* first stage: A, D; second: A; PS and PAT */
	word = chance(round, 85) ? word & ~UINT64_C(0x80) : word;
	word |= below(round, 4) << 8; /* second stage: A, D */
	if (word & 0x80 && chance(round, 80))
		word &= ~UINT64_C(0x1ff000) | (chance(round, 30) ? 0x1000 : 0);
	if (chance(round, 7))
		word &= ~(UINT64_C(1) << below(round, 3)); /* P, R, W, US */
	if (chance(round, 2))
		word ^= UINT64_C(1) << below(round, 64);
	if (chance(round, 1))
		word = UINT64_C(0xfee00003) | 0x64;
	return word;
}

static void fill_tables(struct round *round)
{
	for (unsigned frame = TABLES; frame < FRAMES; frame++)
		for (unsigned slot = 0; slot < 2 * SLOTS; slot++) {
			unsigned index = slot < SLOTS ? slot : 512 - 2 * SLOTS + slot;
			put(round, (uint64_t)frame << 12 | index * 8, some_entry(round));
		}
}

static uint64_t flip_some(struct round *round, uint64_t word, unsigned percent)
{
	return chance(round, percent) ? word ^ UINT64_C(1) << below(round, 64) : word;
}

/* Each table has a domain of its own (6.2.2.1), and no flipped bit makes one of another. */
static uint64_t domain_of(unsigned number)
{
	return (number + 1) * UINT64_C(0x1111);
}

static void write_pasid(struct round *round, unsigned pasid)
{
	uint64_t pa = PASIDS << 12 | pasid * 64;
	static const uint8_t types[] = {1, 1, 2, 3, 3, 3, 3, 4};
	uint64_t word[8] = {0};
	word[0] = some_table(round) | (uint64_t)types[below(round, 8)] << 6 | (1 + below(round, 3)) << 2 | 1;
	word[0] |= below(round, 2) << 9;
	word[1] = domain_of(pasid) | (chance(round, 90) ? 1u << 23 : 0);
	word[2] = some_table(round) | below(round, 2) | below(round, 2) << 4 | (uint64_t)chance(round, 30) << 2;
	for (unsigned i = 0; i < 8; i++)
		put(round, pa + 8 * i, flip_some(round, word[i], i < 3 ? 6 : 1));
}

static void write_structures(struct round *round, bool scalable)
{
	uint64_t root = ROOT << 12 | (SID >> 8) * 16;
	if (!scalable) {
		put(round, root, flip_some(round, LOWER << 12 | 1, 8));
		put(round, root + 8, flip_some(round, 0, 2));
		for (unsigned devfn = 0; devfn < 15; devfn++) {
			uint64_t tt = chance(round, 60) ? 0 : below(round, 3);
			put(round, LOWER << 12 | devfn * 16, flip_some(round, some_table(round) | tt << 2 | 1, 10));
			put(round, (LOWER << 12 | devfn * 16) + 8,
			    flip_some(round, domain_of(devfn) << 8 | (1 + below(round, 3)), 10));
		}
		return;
	}
	put(round, root, flip_some(round, LOWER << 12 | 1, 8));
	put(round, root + 8, flip_some(round, UPPER << 12 | 1, 3));
	for (unsigned table = LOWER; table <= UPPER; table++)
		for (unsigned devfn = 0; devfn < 16; devfn++) {
			uint64_t pa = table << 12 | devfn * 32;
			uint64_t ats = chance(round, 60) ? 1u << 2 : 0;
			uint64_t pages = chance(round, ats ? 60 : 3) ? 1u << 4 : 0;
			put(round, pa, flip_some(round, DIRECTORY << 12 | pages | 1u << 3 | ats | 1, 8));
			put(round, pa + 8, flip_some(round, below(round, 8) | (uint64_t)chance(round, 10) << 20, 8));
			put(round, pa + 16, flip_some(round, 0, 1));
			put(round, pa + 24, flip_some(round, 0, 1));
		}
	for (unsigned i = 0; i < 2; i++)
		put(round, DIRECTORY << 12 | i * 8, flip_some(round, PASIDS << 12 | 1, 4));
	for (unsigned pasid = 0; pasid < 8; pasid++)
		write_pasid(round, pasid);
}

static uint64_t some_iova(struct round *round)
{
	uint64_t iova = below(round, 1024) * 4;
	unsigned levels = 3 + (unsigned)below(round, 3);
	for (unsigned level = 1; level <= levels; level++) {
		uint64_t index = below(round, SLOTS);
		if (level == levels && levels > 3 && chance(round, 25))
			index = 512 - 1 - index;
		iova |= index << (12 + 9 * (level - 1));
	}
	if (levels == 4 && iova >> 47)
		iova |= UINT64_C(0xffff) << 48;
	if (levels == 5 && iova >> 56)
		iova |= UINT64_C(0xff) << 56;
	if (chance(round, 2))
		iova ^= UINT64_C(1) << below(round, 64);
	if (chance(round, 2))
		iova = UINT64_C(0xfee00000) | below(round, 1024) * 4;
	return iova & ~UINT64_C(3);
}

static struct request some_request(struct round *round)
{
	struct request request = {.address = some_iova(round), .bytes = 4, .pasid = PASID_NONE};
	request.stream = (SID & 0xff00) | (uint32_t)below(round, 16) |
			 (round->reference.rtaddr & 0x400 && chance(round, 20) ? 0x80 : 0);
	request.op = (uint8_t)below(round, 3);
	if (chance(round, round->reference.rtaddr & 0x400 ? 60 : 3)) {
		request.pasid = (uint32_t)below(round, 9);
		request.privileged = chance(round, 25);
		request.execute = chance(round, 3);
		if (chance(round, 2))
			request.pasid = (uint32_t)below(round, 1u << 20);
	}
	if (chance(round, 5))
		request.at = AT_TRANSLATED;
	if (chance(round, 25)) {
		request.at = AT_TRANSLATION_REQUEST;
		request.op = REQUEST_READ;
		request.no_write = chance(round, 30);
	}
	if (chance(round, 5)) {
		request.bytes = 0;
		request.op = REQUEST_READ;
	}
	return request;
}

/* What the unit keeps: as long as its structures stay as they are it makes no difference to the answers. */
enum keeps { KEEPS_NOTHING, KEEPS_CONFIGURATION, KEEPS_ALL, KEEPS_TABLES, KEEPS_KINDS };

static void set_up(struct round *round, uint64_t seed, bool scalable, bool zlr, enum keeps keeps)
{
	struct iommu_config config = {
		.id = {zlr ? CAP : CAP & ~(UINT64_C(1) << 22), ECAP},
		.address_width = 46,
		.no_cache = keeps == KEEPS_NOTHING,
		.no_translation_cache = keeps == KEEPS_CONFIGURATION || keeps == KEEPS_TABLES,
		.table_entries = keeps == KEEPS_TABLES ? 16 : 0,
		.iotlb_entries = 16,
		.context_entries = 8,
	};
	round->arena = arena_new();
	round->memory = memory_new(round->arena, 64);
	random_seed(&round->random, seed);
	memset(memory_of_reference, 0, sizeof(memory_of_reference));
	assert_true(memory_add_ram(round->memory, 0, BYTES - 1));
	round->unit = vtd_ops.create(round->arena, round->memory, &config);
	fill_tables(round);
	write_structures(round, scalable);
	vtd_ops.write_register(round->unit, 0x20, 8, ROOT << 12 | (scalable ? 0x400u : 0));
	vtd_ops.write_register(round->unit, 0x18, 4, 0x40000000);
	while (vtd_ops.advance(round->unit))
		;
	vtd_ops.write_register(round->unit, 0x18, 4, 0x80000000);
	while (vtd_ops.advance(round->unit))
		;
	round->reference = (struct reference){.words = memory_of_reference,
					      .bytes = BYTES,
					      .rtaddr = ROOT << 12 | (scalable ? 0x400u : 0),
					      .cap = vtd_ops.read_register(round->unit, 0x08, 8),
					      .ecap = vtd_ops.read_register(round->unit, 0x10, 8),
					      .haw = 46};
}

static void tear_down(struct round *round)
{
	vtd_ops.destroy(round->unit);
	memory_free(round->memory);
	arena_free(round->arena);
}

static void compare_memory(struct round *round, uint64_t seed)
{
	for (uint64_t pa = 0; pa < BYTES; pa += 8) {
		uint64_t word = 0;
		memory_read64(round->memory, pa, &word);
		if (word != memory_of_reference[pa / 8])
			fail_msg("seed %llu: the word at %llx is %llx, not %llx", (unsigned long long)seed,
				 (unsigned long long)pa, (unsigned long long)word,
				 (unsigned long long)memory_of_reference[pa / 8]);
	}
}

/* What the engine says, as text: equal texts are equal answers. */
static void describe(const struct translation *out, char *text, size_t size)
{
	if (out->result == TRANSLATE_FAULT)
		snprintf(text, size, "fault %x", out->fault);
	else if (out->result == TRANSLATE_INTERRUPT)
		snprintf(text, size, "interrupt");
	else if (out->permissions == 0)
		snprintf(text, size, "nothing granted");
	else
		snprintf(text, size, "to %llx page %u rights %u",
			 (unsigned long long)(out->untranslated_only ? 0 : out->pa), out->page_lg2, out->permissions);
	static const char completions[] = {[ATS_SUCCESS] = 'S', [ATS_UR] = 'U', [ATS_CA] = 'C'};
	if (out->completion != ATS_NONE)
		snprintf(text + strlen(text), size - strlen(text), " %c%s%s%s", completions[out->completion],
			 out->privileged ? " Priv" : "", out->non_snooped ? " N" : "",
			 out->untranslated_only ? " U" : "");
}

static void describe_reference(const struct reference_answer *out, char *text, size_t size)
{
	if (out->fault)
		snprintf(text, size, "fault %x", out->reason);
	else if (out->interrupt)
		snprintf(text, size, "interrupt");
	else if (out->without_rights || out->rights == 0)
		snprintf(text, size, "nothing granted");
	else
		snprintf(text, size, "to %llx page %u rights %u", (unsigned long long)out->pa, out->page_lg2,
			 out->rights);
	if (out->completion)
		snprintf(text + strlen(text), size - strlen(text), " %c%s%s%s", out->completion,
			 out->privileged ? " Priv" : "", out->non_snooped ? " N" : "",
			 out->untranslated_only ? " U" : "");
}

static void clear_records(struct round *round)
{
	vtd_ops.write_register(round->unit, 0x22c, 4, 0x80000000);
	vtd_ops.write_register(round->unit, 0x34, 4, 1);
}

/* Table 30: a fault is recorded and the answer is Invalid Request; else it is queued, and the queue read at once. */
static void compare_page_request(struct round *round, uint64_t seed, unsigned *seen)
{
	struct request some = some_request(round);
	struct page_request request = {
		.address = some.address & ~UINT64_C(0xfff),
		.stream = some.stream,
		.pasid = some.pasid,
		.group = (uint16_t)below(round, 512),
		.read = true,
		.last = chance(round, 70),
	};
	struct page_response response = {.code = 9};
	bool silent;
	unsigned reason = reference_page_request(&round->reference, request.stream, request.pasid, &silent);
	enum page_request_fate fate = vtd_ops.page_request(round->unit, &request, &response);
	uint64_t high = vtd_ops.read_register(round->unit, 0x228, 8);
	if (fate != (!reason        ? PAGE_REQUEST_QUEUED
		     : request.last ? PAGE_REQUEST_ANSWERED
				    : PAGE_REQUEST_DROPPED) ||
	    (reason && (high >> 63) == silent) || (reason && !silent && (high >> 32 & 0xff) != reason))
		fail_msg("seed %llu, page request of sid %x pasid %x: fate %u, record %llx, reference %x",
			 (unsigned long long)seed, request.stream, request.pasid, fate, (unsigned long long)high,
			 reason);
	seen[reason]++;
	clear_records(round);
	vtd_ops.write_register(round->unit, 0xc0, 8, vtd_ops.read_register(round->unit, 0xc8, 8));
}

static void compare(struct round *round, uint64_t seed, enum keeps keeps, unsigned *seen)
{
	struct request request = some_request(round);
	struct translation out, traced;
	char ours[100], theirs[100], looked[100];
	uint64_t cycles;

	vtd_ops.explain(round->unit, &request, NULL, NULL, &traced);
	if (chance(round, 50))
		vtd_ops.translate(round->unit, &request, &out);
	else
		iommu_translate_cycles(round->unit, round->memory, &request, 7, &out, &cycles);
	struct reference_answer answer = reference_translate(&round->reference, &request);
	describe(&out, ours, sizeof(ours));
	describe_reference(&answer, theirs, sizeof(theirs));
	if (strcmp(ours, theirs) != 0)
		fail_msg("seed %llu, %llx sid %x pasid %x op %u at %u: engine '%s', reference '%s'",
			 (unsigned long long)seed, (unsigned long long)request.address, request.stream, request.pasid,
			 request.op, request.at, ours, theirs);
	describe(&traced, looked, sizeof(looked));
	assert_string_equal(looked, ours);
	if (keeps == KEEPS_NOTHING)
		assert_int_equal(traced.reads, out.reads);
	if (answer.fault) {
		seen[answer.reason]++;
		assert_int_equal(out.recorded || out.overflow, !answer.silent);
		clear_records(round);
	} else {
		seen[0]++;
	}
}

static void run(bool scalable, unsigned *seen, unsigned *pages)
{
	static uint64_t structures[TABLES * FRAME_BYTES / 8];

	for (unsigned i = 0; i < (scalable ? 2 : 1) * ROUNDS; i++) {
		struct round round;
		uint64_t seed = i * 2 + scalable + 1;
		enum keeps keeps = i / 2 % KEEPS_KINDS;
		set_up(&round, seed, scalable, i % 2, keeps);
		memcpy(structures, memory_of_reference, sizeof(structures));
		bool same = true;
		for (unsigned request = 0; same && request < REQUESTS; request++) {
			compare(&round, seed, keeps, seen);
			/* A walk that takes a structure for a table sets flags in it. */
			same = keeps == KEEPS_NOTHING ||
			       memcmp(structures, memory_of_reference, sizeof(structures)) == 0;
		}
		compare_memory(&round, seed);
		/* The queue lies in the last of the frames, beyond what the reference knows. */
		assert_true(memory_add_ram(round.memory, BYTES, BYTES + 4095));
		vtd_ops.write_register(round.unit, 0xd0, 8, BYTES);
		for (unsigned request = 0; same && request < REQUESTS / 5; request++)
			compare_page_request(&round, seed, pages);
		tear_down(&round);
	}
}

/* A test that met few of the reasons would prove little. */
static void test_differential_legacy_mode_agrees(void **state)
{
	(void)state;
	static const uint8_t reasons[] = {0, 2, 3, 4, 5, 6, 7, 0xa, 0xb, 0xc, 0xd, 0xe, 0x31};
	unsigned seen[256] = {0}, pages[256] = {0};
	run(false, seen, pages);
	assert_true(pages[0x32] > 0);
	for (unsigned i = 0; i < sizeof(reasons); i++)
		if (!seen[reasons[i]])
			fail_msg("reason %x was never met", reasons[i]);
}

static void test_differential_scalable_mode_agrees(void **state)
{
	(void)state;
	static const uint8_t reasons[] = {0,    0x39, 0x3a, 0x41, 0x42, 0x44, 0x45, 0x46, 0x48, 0x49, 0x51, 0x52,
					  0x59, 0x5a, 0x5b, 0x5c, 0x5d, 0x70, 0x71, 0x72, 0x74, 0x75, 0x77, 0x78,
					  0x79, 0x7a, 0x7c, 0x80, 0x81, 0x83, 0x84, 0x85, 0x86, 0x87, 0x90};
	static const uint8_t of_pages[] = {0,    0x39, 0x3a, 0x41, 0x42, 0x43, 0x45, 0x46,
					   0x47, 0x48, 0x51, 0x52, 0x59, 0x5a, 0x5b};
	unsigned seen[256] = {0}, pages[256] = {0};
	run(true, seen, pages);
	for (unsigned i = 0; i < sizeof(of_pages); i++)
		if (!pages[of_pages[i]])
			fail_msg("reason %x was never met by a page request", of_pages[i]);
	for (unsigned i = 0; i < sizeof(reasons); i++)
		if (!seen[reasons[i]])
			fail_msg("reason %x was never met", reasons[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_differential_legacy_mode_agrees),
		cmocka_unit_test(test_differential_scalable_mode_agrees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
