/* SPDX-License-Identifier: MIT */
/*
 * Vectors: what somebody else's IOMMU did with short programs of register writes, memory writes and requests. One
 * vector is one line of JSON, a file may be compressed by zstd. The keys of a line are described in
 * tests/data/vectors/README.md.
 *
 * Plain data on the ordinary heap, read-only once loaded. Files are untrusted; a mistake in one is a GError of
 * IOSIM_ERROR that names file, line and key.
 */
#ifndef IOSIM_CAPTURE_VECTORS_H
#define IOSIM_CAPTURE_VECTORS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define VECTOR_MAX_LINES   (1u << 16)
#define VECTOR_MAX_STEPS   4096u
#define VECTOR_MAX_WORDS   65536u /* of the memory that a vector sets up */
#define VECTOR_MAX_RANGES  16u
#define VECTOR_MAX_REASONS 8u
#define VECTOR_MAX_FLAGS   16u
#define VECTOR_NAME_MAX    32
#define VECTOR_ID_WORDS    8

enum vector_engine { VECTOR_VTD, VECTOR_SMMUV3 };

/* What became of a request. */
enum vector_result {
	VECTOR_OK,        /* went on to `pa` */
	VECTOR_FAULT,     /* blocked; SMMUv3: and recorded */
	VECTOR_ABORT,     /* SMMUv3: blocked, nothing recorded */
	VECTOR_INTERRUPT, /* VT-d: an interrupt message */
};

/*
 * What else is said of it: key, name in messages. The part of a VT-d answer, then of a fault record, then of an
 * SMMUv3 event.
 */
#define VECTOR_FIELDS(X)              \
	X(PA, "pa")                   \
	X(DATA, "data")               \
	X(RECORDED, "recorded")       \
	X(SOURCE, "sid")              \
	X(TYPE, "type")               \
	X(FAULT_INFO, "addr")         \
	X(PASID_PRESENT, "pp")        \
	X(PASID, "pv")                \
	X(FSTS, "fsts")               \
	X(FRCD_LOW, "frcd[0]")        \
	X(FRCD_HIGH, "frcd[1]")       \
	X(EVENT, "event type")        \
	X(EVENT_STREAM, "event sid")  \
	X(EVENT_SSV, "event ssv")     \
	X(EVENT_STALL, "event stall") \
	X(EVENT_PNU, "event pnu")     \
	X(EVENT_IND, "event ind")     \
	X(EVENT_RNW, "event rnw")     \
	X(EVENT_S2, "event s2")       \
	X(EVENT_CLASS, "event class") \
	X(EVENT_INPUT, "event addr")  \
	X(EVENT_IPA, "event ipa")     \
	X(EVENT_FETCH, "event fetch_addr")

#define VECTOR_FIELD_NAME(name, text) VECTOR_##name,
enum vector_field { VECTOR_FIELDS(VECTOR_FIELD_NAME) VECTOR_FIELD_COUNT };

enum vector_type { VECTOR_TYPE_WRITE, VECTOR_TYPE_READ }; /* VECTOR_TYPE, as bit 62 of a fault record has it */
enum vector_class { VECTOR_CLASS_CD, VECTOR_CLASS_TT, VECTOR_CLASS_IN }; /* VECTOR_EVENT_CLASS, IHI 0070 7.3 */

struct vector_word {
	uint64_t pa;
	uint64_t value;
};

struct vector_outcome {
	bool given;
	enum vector_result result;
	uint32_t fields; /* bit n: field n is said */
	uint64_t value[VECTOR_FIELD_COUNT];
	unsigned reason_count; /* VT-d, VECTOR_FAULT: any of these; 0: nothing is said */
	uint16_t reasons[VECTOR_MAX_REASONS];
	unsigned flag_count; /* words of memory that must hold these values afterwards */
	struct vector_word flags[VECTOR_MAX_FLAGS];
	/* What else is right where the specification leaves more than one answer. */
	bool any_fault;        /* any recorded fault */
	uint16_t other_reason; /* a fault with this reason; 0: none */
};

struct vector_request {
	uint32_t stream;
	uint64_t iova;
	bool write;
	uint32_t data; /* of a write */
	bool cache;    /* depends on what is cached */
	char device[VECTOR_NAME_MAX];
	char *caveats;                  /* codes, separated by a space each; NULL: none */
	struct vector_outcome expect;   /* measured */
	struct vector_outcome uncached; /* with cold caches */
	struct vector_outcome spec;     /* where the specification asks for something else */
};

enum vector_step_kind {
	VECTOR_WRITE,       /* a register: place, value */
	VECTOR_CHECK,       /* a register: place, value, mask */
	VECTOR_STORE,       /* software writes 64 bits of memory: place, value */
	VECTOR_CHECK_STORE, /* memory holds value */
	VECTOR_COMMAND,     /* `command` at `place`, then the index `value` to CMDQ_PROD */
	VECTOR_REQUEST,
};

struct vector_step {
	enum vector_step_kind kind;
	unsigned bytes; /* of a register: 4 or 8 */
	uint64_t place; /* register offset or physical address */
	uint64_t value;
	uint64_t mask;
	uint64_t command[2];
	char caveat[VECTOR_NAME_MAX]; /* of a check: the code; empty: none */
	struct vector_request *request;
};

struct vector_range {
	uint64_t first, last;
};

struct vector {
	uint32_t line;
	enum vector_engine engine;
	char *id;
	char *mode;
	char *shape; /* what it is about, in words: may be empty */
	/* VT-d: CAP, ECAP. SMMUv3: IDR0 to IDR5, IIDR, AIDR. */
	uint64_t identification[VECTOR_ID_WORDS];
	unsigned address_width; /* 0: as the identification says */
	char *relax;            /* assumptions that must be granted, separated by a space each; NULL: none */
	unsigned range_count;
	struct vector_range ranges[VECTOR_MAX_RANGES]; /* of RAM */
	GArray *memory;                                /* struct vector_word */
	GArray *steps;                                 /* struct vector_step */
};

/* struct vector *, at least one, in the order of the file. */
GPtrArray *vectors_load(const char *path, GError **error);

/* "event type": what messages call it. */
const char *vector_field_name(enum vector_field field);

#endif
