/* SPDX-License-Identifier: MIT */
/*
 * One IOMMU by itself: memory with the structures that some driver wrote, registers, requests. What hardware would do
 * with a request is asked here without a machine, a scenario or a front end around it.
 */
#ifndef IOASID_SIM_ENGINE_H
#define IOASID_SIM_ENGINE_H

#include <ioasid-sim/api.h>
#include <ioasid-sim/capture.h>
#include <ioasid-sim/error.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct iosim_engine iosim_engine;

/**
 * iosim_register:
 * @offset: from the base of the registers, in bytes, a multiple of @bytes
 * @bytes: 4 or 8
 */
typedef struct {
	guint32 offset;
	guint32 bytes;
	guint64 value;
} iosim_register;

/**
 * iosim_engine_options:
 * @compat_qemu: answer as QEMU does where QEMU deviates from the specification
 * @max_pages: pages that can hold something else than zeros, at most 1048576; 0: 65536
 */
typedef struct {
	gboolean compat_qemu;
	guint max_pages;
} iosim_engine_options;

/**
 * iosim_engine_new:
 * @iommu: "vtd" or "smmuv3"
 * @registers: as the unit holds them; its capability registers among them say what it can do
 * @count: how many
 * @options: (nullable): NULL is everything at its default
 * @error: IOSIM_ERROR_ARGUMENT: no such IOMMU, or a register is not a register; IOSIM_ERROR_MEANING: the capabilities
 * are not ones that the engine can have
 *
 * Returns: (transfer full): a unit without memory.
 */
IOSIM_API iosim_engine *iosim_engine_new(const char *iommu, const iosim_register *registers, gsize count,
					 const iosim_engine_options *options, GError **error);

/**
 * iosim_engine_new_from_capture:
 * @options: (nullable): @max_pages is not looked at
 *
 * The unit of a capture, with its memory. The capture is not needed afterwards.
 */
IOSIM_API iosim_engine *iosim_engine_new_from_capture(const iosim_capture *capture, const iosim_engine_options *options,
						      GError **error);
IOSIM_API void iosim_engine_free(iosim_engine *engine);

/**
 * iosim_engine_put_memory:
 * @pa: physical address of the first byte
 * @data: @data_bytes bytes; what follows up to @bytes is zero
 * @error: IOSIM_ERROR_ARGUMENT: beyond 52 bits, too many separate ranges, too many pages
 *
 * There is memory at [@pa, @pa + @bytes), rounded out to pages of 4096 bytes, with this in it. A walk that reads where
 * no memory is ends with IOSIM_LOST.
 */
IOSIM_API gboolean iosim_engine_put_memory(iosim_engine *engine, guint64 pa, const void *data, gsize data_bytes,
					   guint64 bytes, GError **error);

/** iosim_request: @stream: what the IOMMU is asked with: the requester ID. @iova: of the first byte. */
typedef struct {
	guint32 stream;
	gboolean write;
	guint64 iova;
} iosim_request;

typedef enum {
	IOSIM_TRANSLATED,
	IOSIM_FAULTED,
	IOSIM_INTERRUPT, /* an interrupt message, not a memory access */
	IOSIM_LOST,      /* a structure lies where no memory is */
} iosim_outcome;

/**
 * iosim_answer:
 * @pa: IOSIM_TRANSLATED
 * @page_bytes: of the translation used; 0 where there is none
 * @level: of its leaf, 1 is the last; 0 where there is none
 * @pass_through: translated to itself without a page table
 * @fault: IOSIM_FAULTED: the fault reason or event number of the specification; 0: blocked without any
 * @recorded: IOSIM_FAULTED: there is (by iosim_engine_explain() of an SMMUv3: would be) a record of it
 * @record: the fault record or event, as far as it is known; else 0
 * @fault_name: (nullable): a short name for it. Static
 * @fault_section: (nullable): of the specification. Static
 * @lost_pa: IOSIM_LOST: where the structure would lie
 */
typedef struct {
	iosim_outcome outcome;
	gboolean pass_through;
	guint64 pa;
	guint64 page_bytes;
	guint level;
	guint fault;
	gboolean recorded;
	guint64 record[4];
	const char *fault_name;
	const char *fault_section;
	guint64 lost_pa;
} iosim_answer;

/** iosim_engine_translate: what the unit does with the request, caches and fault records included. */
IOSIM_API void iosim_engine_translate(iosim_engine *engine, const iosim_request *request, iosim_answer *answer);

/** iosim_field: bits @msb down to @lsb of word @word of a structure. */
typedef struct {
	const char *name;
	const char *section;
	guint word, msb, lsb;
	guint64 value;
} iosim_field;

/**
 * iosim_walk_step:
 * One structure that a walk read. @section: of the specification. Valid during the callback.
 */
typedef struct {
	const char *structure;
	const char *section;
	guint64 pa;
	guint word_count;
	const guint64 *words;
	guint field_count;
	const iosim_field *fields;
} iosim_walk_step;

/**
 * iosim_walk_step_format:
 * @colour: ANSI colours
 *
 * Returns: (transfer full): the structure as text: a line with its address and its words, then its fields
 *   without ignored ones that are zero.
 */
IOSIM_API char *iosim_walk_step_format(const iosim_walk_step *step, gboolean colour);

typedef void (*iosim_walk_fn)(const iosim_walk_step *step, gpointer data);

/** iosim_engine_explain: as iosim_engine_translate(), without any effect on the unit; @seen is called for each
 * structure that is read, in that order. */
IOSIM_API void iosim_engine_explain(iosim_engine *engine, const iosim_request *request, iosim_walk_fn seen,
				    gpointer data, iosim_answer *answer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(iosim_engine, iosim_engine_free)

G_END_DECLS

#endif
