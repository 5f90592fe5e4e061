/* SPDX-License-Identifier: MIT */
/*
 * A second reading of specification 5.10: what a VT-d unit without caches answers. Slow and plain, one function a
 * section, with its own masks and an array as memory; it shares no header with the engine but the request.
 */
#ifndef TESTS_VTD_REFERENCE_WALK_H
#define TESTS_VTD_REFERENCE_WALK_H

#include "hw/request.h"

#include <stdbool.h>
#include <stdint.h>

struct reference {
	uint64_t *words; /* of memory from address 0 */
	uint64_t bytes;  /* beyond it nothing answers */
	uint64_t rtaddr, cap, ecap;
	unsigned haw;
};

struct reference_answer {
	bool fault;
	bool without_rights; /* a translation request that is answered with no permission */
	bool silent;         /* FPD, for a qualified reason */
	unsigned reason;
	uint64_t pa;
	unsigned page_lg2; /* 0: pass-through, or by the request itself */
	unsigned rights;   /* 1 read, 2 write */
	bool interrupt;
	/* Of a translation request: 'S' success, 'U' unsupported request, 'C' completer abort (table 30); 4.2.3. */
	char completion;
	bool privileged, non_snooped, untranslated_only;
};

/* The fault that a page request meets (table 30), 0: it goes to the queue; *silent: FPD, for a qualified reason. */
unsigned reference_page_request(struct reference *unit, uint32_t stream, uint32_t pasid, bool *silent);
struct reference_answer reference_translate(struct reference *unit, const struct request *request);

#endif
