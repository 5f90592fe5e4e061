/* SPDX-License-Identifier: MIT */
/*
 * What somebody else's IOMMU looked like at one moment: its memory, its registers, and the translations that it is
 * known to give. Files are untrusted; a mistake in one is a GError of IOSIM_ERROR that names the file and the place.
 *
 * A capture is plain data on the ordinary heap, read-only once opened. Physical addresses, lengths in bytes.
 */
#ifndef IOSIM_CAPTURE_CAPTURE_H
#define IOSIM_CAPTURE_CAPTURE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define CAPTURE_PAGE_BYTES    4096u
#define CAPTURE_MAX_PAGES     (1u << 20) /* listed singly in a pages.json */
#define CAPTURE_MAX_SEGMENTS  4096u      /* of an ELF core */
#define CAPTURE_MAX_PA        ((UINT64_C(1) << 52) - 1)
#define CAPTURE_MAX_REGISTERS 4096u
#define CAPTURE_MAX_QUESTIONS (1u << 20)
#define CAPTURE_MAX_TEXT      (UINT64_C(256) << 20) /* of a JSON file */
#define CAPTURE_NAME_MAX      32

/* Memory that is there: `data` of `data_bytes`, then zeros up to `bytes`. */
struct capture_range {
	uint64_t first;
	uint64_t bytes; /* at least 1; the last byte is at most CAPTURE_MAX_PA */
	const uint8_t *data;
	uint64_t data_bytes;
};

struct capture_register {
	char name[CAPTURE_NAME_MAX]; /* empty: a word without a name */
	uint32_t offset;             /* from the register base, a multiple of `bytes` */
	uint8_t bytes;               /* 4 or 8 */
	uint64_t value;
};

struct capture {
	char iommu[CAPTURE_NAME_MAX]; /* "vtd", "smmuv3" */
	uint64_t registers_pa;
	GArray *ranges;     /* struct capture_range, in the order of the file; may overlap in an ELF core */
	GArray *registers;  /* struct capture_register: named ones first */
	GPtrArray *backing; /* GBytes that the ranges point into */
};

/* FOLDER/pages.json, FOLDER/pages.bin or pages.bin.zst, FOLDER/registers.json. */
struct capture *capture_open_folder(const char *folder, GError **error);
/*
 * `memory`: an ELF core (PT_LOAD segments at their p_paddr), or, with `raw` or without ELF's mark, an image of the
 * memory from `base` on. `registers`: as the registers.json of a folder.
 */
struct capture *capture_open_files(const char *memory, bool raw, uint64_t base, const char *registers, GError **error);
void capture_free(struct capture *capture);

/* One line of a truth.jsonl: a request and its answer. */
struct capture_question {
	uint32_t line;
	uint32_t stream; /* requester ID, StreamID */
	uint64_t iova;
	bool write;
	bool fault;
	bool pass_through;
	bool has_reason;
	uint16_t reason;     /* of the fault */
	uint64_t pa;         /* unless `fault` */
	uint64_t page_bytes; /* 0: not given */
	bool is_smmu;        /* asked by StreamID: `fault` without an event is one that records none */
	bool has_event;
	uint64_t event[4]; /* the record */
	char device[CAPTURE_NAME_MAX];
	char fault_name[CAPTURE_NAME_MAX];
};

/* struct capture_question, in the order of the file. */
GArray *capture_load_truth(const char *path, GError **error);

#endif
