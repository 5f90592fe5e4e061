/* SPDX-License-Identifier: MIT */
/*
 * A slow, plain walker of SMMUv3 structures, written from IHI 0070 G.b and DDI 0487 with its own numbers: it shares no
 * header with the engine. It knows one unit (see reference_walk.c for its identification) and answers one transaction.
 */
#ifndef TESTS_SMMUV3_REFERENCE_WALK_H
#define TESTS_SMMUV3_REFERENCE_WALK_H

#include <stdbool.h>
#include <stdint.h>

struct reference_unit {
	bool (*read64)(void *context, uint64_t pa, uint64_t *word);
	void *context;
	uint64_t stream_base;              /* aligned */
	unsigned stream_lg2, stream_split; /* split 0: linear */
	unsigned oas, ssid_bits;
	bool ats, atschk, rec_cfg_ats; /* IDR0.ATS, with split-stage ATS; CR0.ATSCHK; CR2.REC_CFG_ATS */
};

struct reference_question {
	uint64_t address;
	uint32_t stream, substream;
	bool has_substream, write, privileged, instruction;
	enum { REFERENCE_ORDINARY, REFERENCE_REQUEST, REFERENCE_TRANSLATED } at;
};

struct reference_answer {
	bool ok;
	uint64_t pa;
	unsigned event; /* 0: aborted without one */
	bool recorded;
	bool second;
	unsigned class;
	uint64_t ipa, fetch;
	bool privileged, instruction;
	char completion; /* of a translation request: S, U (UR), C (CA) */
	unsigned rights; /* of one that succeeds: 1 read, 2 write, 4 execute */
};

struct reference_answer reference_walk(const struct reference_unit *unit, const struct reference_question *question);

#endif
