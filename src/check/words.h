/* SPDX-License-Identifier: MIT */
/* Pieces of the sentences that findings are. Returned by value, to be used within one expression. */
#ifndef IOSIM_CHECK_WORDS_H
#define IOSIM_CHECK_WORDS_H

#include "check/check.h"

struct words {
	char text[160];
};

/* "at 'window'", or "in step 7" for a step without label. */
struct words words_where(const struct check_event *event);
/* "nic (owned by p1)". */
struct words words_owned(const struct check *check, uint16_t device);
/* The same, and who set it up if that is somebody else. */
struct words words_sender(const struct check *check, uint16_t device, uint16_t originator);
/* "'kbuf' of host", "'kbuf'+0x10 of host", "hba.bar0 (owned by host)", "firmware range 'r'", "the kernel's own memory".
 */
struct words words_target(const struct check *check, struct model_target target);
/* "0000:01:00.0", or a platform master's stream. */
struct words words_requester(const struct check *check, uint16_t device);
const char *words_access(const struct request *request); /* "read", "wrote", "updated" */
/* "translates by the kernel's DMA-API domain" ... */
const char *words_serving(enum check_serving serving);

/* What the model knows the PASID of a request by: an mdev is a device of its own. */
uint32_t request_pasid(const struct check *check, const struct request *request);
/*
 * The address that the owner knows: of a translated request that which it was translated from, as far as the unit ever
 * answered so. False: nobody knows.
 */
bool request_iova(const struct check *check, const struct check_event *event, uint64_t *iova);

/* What a request touched, as the model names it; MODEL_NOTHING: RAM that is nobody's but the kernel's. */
struct model_target hit_target(const struct hit *hit);
/* MODEL_READ, MODEL_WRITE: what the request has to be permitted. */
unsigned request_needs(const struct request *request);
/* What lies at a physical address, and how many bytes from there on it is the same. */
struct model_target target_at(const struct machine *machine, uint64_t pa, uint64_t *bytes);

#endif
