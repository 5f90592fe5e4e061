/* SPDX-License-Identifier: MIT */
/* A process with two functions of one device, one of them attached to its space; a kernel device beside them. */
#ifndef IOSIM_TESTS_MODEL_ATTACHED_H
#define IOSIM_TESTS_MODEL_ATTACHED_H

#include "build.h"

#define NONE MACHINE_NONE
#define RW   (MODEL_READ | MODEL_WRITE)

struct world {
	struct bench bench;
	struct model *model;
	uint16_t p1, p2;
	uint16_t nic, sibling, hba;
	uint16_t page, other, big, huge, kbuf, bar;
	model_space space;
};

/* nic and sibling belong to p1, nic is attached to its space. */
static inline struct world world_open(void)
{
	struct machine *machine = machine_new();
	struct world w = {.p1 = build_owner(machine, "p1", OWNER_PROCESS)};
	w.p2 = build_owner(machine, "p2", OWNER_PROCESS);
	w.nic = build_device(machine, "nic", NONE);
	w.sibling = build_function(machine, "sibling", w.nic);
	w.hba = build_device(machine, "hba", NONE);
	machine->devices[w.hba].driver = DRIVER_HOST;
	w.bar = build_bar(machine, "nic.bar0", w.nic, 0, 0x4000);
	build_reserved(machine, "r", w.hba, RESERVED_RMRR, 0x2000000, 0x2000);
	w.page = build_memory(machine, "page", w.p1, 0x1000);
	w.other = build_memory(machine, "other", w.p1, 0x1000);
	w.big = build_memory(machine, "big", w.p1, 0x10000);
	w.huge = build_memory(machine, "huge", w.p1, 0x40000);
	w.kbuf = build_memory(machine, "kbuf", MACHINE_HOST, 0x1000);
	w.bench = bench_open(machine);
	w.model = w.bench.model;
	model_take(w.model, w.p1, w.nic);
	model_take(w.model, w.p1, w.sibling);
	w.space = model_space_new(w.model, w.p1);
	model_attach(w.model, w.nic, w.space);
	model_step(w.model, 1);
	return w;
}

static inline struct model_meaning meaning_of(const struct world *w, uint16_t device, uint64_t address, uint64_t bytes)
{
	struct model_meaning meaning;
	model_meaning(w->model, device, MODEL_NO_PASID, address, bytes, &meaning);
	return meaning;
}

#endif
