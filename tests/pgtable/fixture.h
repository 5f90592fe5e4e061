/* SPDX-License-Identifier: MIT */
/*
 * A page table in simulated memory, and operations that watch what the algorithm does: each store goes to a table that
 * is in use, a retired table is linked nowhere, and any allocation or store can be made to fail.
 */
#ifndef TESTS_PGTABLE_FIXTURE_H
#define TESTS_PGTABLE_FIXTURE_H

#include "hw/memory.h"
#include "pgtable/fmt/all.h"
#include "pgtable/format.h"
#include "pgtable/pt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TABLES_FIRST UINT64_C(0x1000000)
#define TABLES_LAST  UINT64_C(0x7ffffff)
#define PAGES_FIRST  UINT64_C(0x8000000) /* what the tests map lies here or above: no table */
#define NEVER        UINT32_MAX

struct fixture {
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames;
	struct pt_ops ops;
	struct pt pt;
	uint8_t granule_lg2; /* of the configuration: pt_destroy() forgets it */
	const struct pt_format *format;
	uint32_t allocs_left; /* allocations that succeed */
	uint32_t stores_left; /* stores of something over 0 that succeed */
	uint64_t loads;
	uint64_t stores;
	uint64_t retired;
	void (*after_store)(struct fixture *fixture);
	bool check_links; /* search all tables for links to a table that is retired */
	bool hostile;     /* memory was overwritten: what is stored or retired where is not checked */
	const void *extra;
};

void fixture_init(struct fixture *fixture, const struct pt_config *config);
void fixture_free(struct fixture *fixture);

/* Every configuration of every format, with page_sizes filled in; NULL after the last. */
const struct pt_config *config_at(unsigned index);

/* Runs each test once for each configuration; the test finds its configuration in *state. */
#define PT_TEST(function)           \
	{                           \
#function, function \
	}
struct pt_test {
	const char *name;
	void (*function)(void **state);
};
int run_for_each_config(const char *group, const struct pt_test *tests, unsigned count);

struct leaf_count {
	uint64_t bytes;
	uint32_t by_lg2[64];
	uint32_t leaves;
};
/* What pt_for_each() finds in the whole table. */
struct leaf_count count_leaves(struct fixture *fixture);

/* Granules that are taken for tables. */
uint32_t tables_taken(const struct fixture *fixture);

uint64_t smallest_page(const struct pt *pt);
uint64_t largest_page(const struct pt *pt);

#endif
