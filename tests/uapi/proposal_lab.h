/* SPDX-License-Identifier: MIT */
/*
 * The proposals of 2018 and 2021 (catalogue of the mails: ioasid-kt, ioasid-v1, iommu-v2, aux-domain). The machine is
 * the office's, and in addition: host, driven by the kernel as its sibling is, with the mdevs m2 and m3 (PASIDs 2 and
 * 3) and soft (none); far under a unit of its own. All functions have PASIDs.
 */
#ifndef IOSIM_TESTS_UAPI_PROPOSAL_LAB_H
#define IOSIM_TESTS_UAPI_PROPOSAL_LAB_H

#include "office.h"
#include "uapi/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define IOVA    UINT64_C(0x10000)
#define NOWHERE UINT64_MAX

struct lab {
	struct office o;
	uint16_t host, m2, m3, soft, far;
};

static inline uint16_t mdev(struct bench *b, const char *name, uint16_t parent, uint32_t pasid)
{
	uint16_t device = bench_device(b, name, DRIVER_USER);
	b->machine->devices[device].kind = DEVICE_MDEV;
	b->machine->devices[device].parent = parent;
	b->machine->devices[device].pasid = pasid;
	return device;
}

static inline void lab_declare(struct lab *l, const char *policy)
{
	struct bench *b = &l->o.b;
	office_declare(&l->o, policy, "7.0");
	l->host = bench_device(b, "host", DRIVER_HOST);
	bench_function(b, "host1", DRIVER_HOST, l->host);
	l->far = bench_device(b, "far", DRIVER_USER);
	bench_serve(b, l->far, bench_unit(b, "iommu1"));
	l->m2 = mdev(b, "m2", l->host, 2);
	l->m3 = mdev(b, "m3", l->host, 3);
	l->soft = mdev(b, "soft", l->host, MACHINE_NO_PASID);
	uint16_t devices[] = {l->o.nic, l->o.f0, l->o.f1, l->host, l->far};
	for (int i = 0; i < 5; i++)
		b->machine->devices[devices[i]].pasid_bits = 20;
}

static inline void lab_open(struct lab *l, const char *policy)
{
	lab_declare(l, policy);
	bench_start(&l->o.b);
}

static inline int take(struct lab *l, uint16_t device)
{
	return uapi_take(l->o.b.uapi, l->o.p1, device);
}

static inline int attach(struct lab *l, uint16_t device, space_handle space)
{
	return uapi_attach(l->o.b.uapi, l->o.p1, device, space);
}

static inline int detach(struct lab *l, uint16_t device)
{
	return uapi_detach(l->o.b.uapi, l->o.p1, device);
}

static inline int map(struct lab *l, space_handle space)
{
	return bench_map(&l->o.b, l->o.p1, space, IOVA, l->o.page);
}

static inline space_handle space(struct lab *l)
{
	return bench_space(&l->o.b, l->o.p1);
}

static inline uint64_t page(const struct lab *l)
{
	return bench_pa(&l->o.b, l->o.page);
}

static inline uint64_t reach(const struct lab *l, uint16_t device)
{
	return bench_reach(&l->o.b, device, IOVA);
}

static inline uint64_t reach_pasid(const struct lab *l, uint16_t device, uint32_t pasid)
{
	return bench_reach_pasid(&l->o.b, device, pasid, IOVA);
}

#endif
