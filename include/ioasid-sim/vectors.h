/* SPDX-License-Identifier: MIT */
/*
 * Vectors: short programs of register writes, memory writes and requests with what another implementation did, and what
 * its specification asks for where that is something else. Each is run on a fresh unit with the vector's capabilities.
 */
#ifndef IOASID_SIM_VECTORS_H
#define IOASID_SIM_VECTORS_H

#include <ioasid-sim/api.h>
#include <ioasid-sim/error.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct iosim_vectors iosim_vectors;

/**
 * iosim_vectors_load:
 * @path: one JSON object a line; may be compressed by zstd
 * @error: IOSIM_ERROR_READ, IOSIM_ERROR_SYNTAX, IOSIM_ERROR_MEANING; the message names file, line and key
 *
 * Returns: (transfer full): at least one vector, or NULL.
 */
IOSIM_API iosim_vectors *iosim_vectors_load(const char *path, GError **error);
IOSIM_API void iosim_vectors_free(iosim_vectors *vectors);
IOSIM_API guint iosim_vectors_count(const iosim_vectors *vectors);

typedef enum {
	IOSIM_VECTOR_PASSED,
	IOSIM_VECTOR_FAILED,
	IOSIM_VECTOR_SKIPPED,  /* there is no such engine, or it lacks what the vector needs */
	IOSIM_VECTOR_DISPUTED, /* the unit answers as we read the specification, not as the vector's authors do */
} iosim_vector_status;

/**
 * iosim_vector_verdict:
 * @line: in the file
 * @engine: "vtd", "smmuv3"
 * @mode: the vector's own word for what is tested: "legacy", "s1"
 * @shape: the same in more words; may be empty
 * @reason: (nullable): IOSIM_VECTOR_SKIPPED: why. IOSIM_VECTOR_DISPUTED: what, with the section
 * @step: IOSIM_VECTOR_FAILED: which, counted from 0
 * @step_text: (nullable): IOSIM_VECTOR_FAILED: the step in words
 * @expected: (nullable): IOSIM_VECTOR_FAILED: what would have been right
 * @got: (nullable): IOSIM_VECTOR_FAILED
 * @walk: (nullable): IOSIM_VECTOR_FAILED, a request: each structure that its walk reads, as text
 *
 * All strings belong to the vectors, until the next run of one of them.
 */
typedef struct {
	iosim_vector_status status;
	guint line;
	const char *id;
	const char *engine;
	const char *mode;
	const char *shape;
	const char *reason;
	guint step;
	const char *step_text;
	const char *expected;
	const char *got;
	const char *walk;
} iosim_vector_verdict;

/**
 * iosim_vectors_run:
 * @index: below iosim_vectors_count()
 * @compat_qemu: answer as QEMU does, and hold the unit to what was measured on it alone
 */
IOSIM_API void iosim_vectors_run(iosim_vectors *vectors, guint index, gboolean compat_qemu,
				 iosim_vector_verdict *verdict);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(iosim_vectors, iosim_vectors_free)

G_END_DECLS

#endif
