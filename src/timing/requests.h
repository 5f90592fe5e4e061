/* SPDX-License-Identifier: MIT */
/*
 * A trace file as a workload: time,device,pasid,address,size,access in a CSV file, as the heading names them. A
 * requester is a device with a PASID, or without one; it has a domain of its own, in which every page is mapped that
 * its requests name. Page n of all of them, in the order of device, PASID (none first) and address, is page n behind
 * TIMING_PAGES.
 *
 * VT-d: legacy mode if no request has a PASID, else scalable mode with a second stage each; requests without PASID
 * have the entry of RID_PASID 0. SMMUv3: stage 1, with S1DSS = 0b10 where there are PASIDs.
 */
#ifndef IOSIM_TIMING_REQUESTS_H
#define IOSIM_TIMING_REQUESTS_H

#include "timing/host.h"

#include <glib.h>

#define TIMING_MAX_REQUEST_BYTES (1u << 20)
#define TIMING_MAX_REQUEST_NS    UINT64_C(1000000000000000)
#define TIMING_MAX_REQUEST_PAGES (1u << 18)
#define TIMING_MAX_REQUESTERS    65536u
#define TIMING_REQUEST_PASIDS    20 /* bits of a PASID */

struct timing_trace_request {
	uint64_t time_ps, address;
	uint64_t who; /* device, and below it TIMING_REQUEST_PASIDS bits of PASID; 0: it has none */
	uint32_t bytes;
	uint32_t page; /* of its first byte; those behind it follow */
	bool write;
};

struct timing_trace_page {
	uint64_t who, number; /* address / 4096 */
};

struct timing_requests {
	GArray *requests;       /* struct timing_trace_request, in the file's order: times do not fall */
	GArray *pages;          /* struct timing_trace_page, in order, each once */
	uint32_t requesters;    /* at most TIMING_MAX_REQUESTERS */
	uint32_t highest_pasid; /* 0: no request has one */
};

static inline uint32_t timing_request_stream(uint64_t who)
{
	return (uint32_t)(who >> TIMING_REQUEST_PASIDS);
}

static inline uint32_t timing_request_pasid(uint64_t who)
{
	uint32_t pasid = (uint32_t)(who & ((1u << TIMING_REQUEST_PASIDS) - 1));

	return pasid ? pasid : PASID_NONE;
}

/* False: *error says what is wrong, with path, line and column, or which limit of that profile's machine is passed. */
bool timing_requests_load(struct timing_requests *requests, const struct timing_profile *profile, const char *path,
			  GError **error);
void timing_requests_clear(struct timing_requests *requests);

/* Frames that structures and tables take, at most; a host has 2^20. */
uint64_t timing_requests_frames(const struct timing_requests *requests, unsigned levels);
/* As timing_host_init(), and timing_host_clear() clears it. */
void timing_requests_host_init(struct timing_host *host, const struct timing_profile *profile,
			       const struct timing_requests *requests);

#endif
