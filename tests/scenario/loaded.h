/* SPDX-License-Identifier: MIT */
/* Good files in pieces, and how to look at what the loader makes of them. */
#ifndef IOSIM_TESTS_SCENARIO_LOADED_H
#define IOSIM_TESTS_SCENARIO_LOADED_H

#include "tables.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                               \
	"name: t\n"                                                        \
	"title: A title\n"                                                 \
	"source: {author: A. Author, date: 2021-06-14, message-id: a@b}\n" \
	"claim: >\n  Something\n  is claimed.\n"                           \
	"invariants: [p2p-contained, dma-confined]\n"
#define TAIL "expect: [{policy: iommufd, verdict: safe, basis: K}]\n"

static inline struct scenario *load(const char *text)
{
	GError *error = NULL;
	struct scenario *scenario = scenario_load_data("t.yaml", text, strlen(text), &test_tables, &error);

	if (!scenario)
		print_error("%s\n", error->message);
	assert_non_null(scenario);
	return scenario;
}

static inline const struct step *step_of(const struct scenario *scenario, uint32_t index)
{
	assert_true(index < scenario->cases[0].step_count);
	return &scenario->cases[0].steps[index];
}

static inline uint16_t device_named(const struct machine *machine, const char *name)
{
	for (uint32_t i = 0; i < machine->device_count; i++)
		if (strcmp(machine->devices[i].name, name) == 0)
			return (uint16_t)i;
	fail_msg("no device %s", name);
	return 0;
}

static inline uint16_t port_named(const struct machine *machine, const char *name)
{
	for (uint32_t i = 0; i < machine->port_count; i++)
		if (strcmp(machine->ports[i].name, name) == 0)
			return (uint16_t)i;
	fail_msg("no port %s", name);
	return 0;
}

#define MACHINE                                                                      \
	"let: {i: 0x10000}\n"                                                        \
	"machine:\n"                                                                 \
	"  owners: {p1: process, p2: vm}\n"                                          \
	"  devices:\n"                                                               \
	"    d: {bars: {bar0: 8K}, mdevs: {m: {}}}\n"                                \
	"    e: {driver: host, reserved: {r: {at: 0x7000, size: 4K, kind: rmrr}}}\n" \
	"  memory: {p: {of: p1, size: 8K}, q: {of: p2}}\n"
/* Steps in a machine with two owners, two devices and two pages. */
#define RUN(steps) HEAD MACHINE "run:\n" steps TAIL

#endif
