/* SPDX-License-Identifier: MIT */
/* The public vectors. */
#include "sim/vector_run.h"

struct iosim_vectors {
	GPtrArray *vectors;    /* struct vector */
	struct vector_run run; /* the last one: what a verdict points into */
};

iosim_vectors *iosim_vectors_load(const char *path, GError **error)
{
	GPtrArray *loaded = vectors_load(path, error);
	iosim_vectors *vectors = loaded ? g_new0(iosim_vectors, 1) : NULL;

	if (vectors)
		vectors->vectors = loaded;
	return vectors;
}

void iosim_vectors_free(iosim_vectors *vectors)
{
	if (!vectors)
		return;
	vector_run_clear(&vectors->run);
	g_ptr_array_unref(vectors->vectors);
	g_free(vectors);
}

guint iosim_vectors_count(const iosim_vectors *vectors)
{
	return vectors->vectors->len;
}

void iosim_vectors_run(iosim_vectors *vectors, guint index, gboolean compat_qemu, iosim_vector_verdict *verdict)
{
	const struct vector *vector;
	struct vector_run *run = &vectors->run;

	IOSIM_ASSERT(index < vectors->vectors->len);
	vector = g_ptr_array_index(vectors->vectors, index);
	vector_run_clear(run);
	vector_run(run, vector, compat_qemu);
	*verdict = (iosim_vector_verdict){
		.status = run->status,
		.line = vector->line,
		.id = vector->id,
		.engine = vector->engine == VECTOR_VTD ? "vtd" : "smmuv3",
		.mode = vector->mode,
		.shape = vector->shape,
		.reason = run->reason,
		.step = run->failed_step,
		.step_text = run->step_text,
		.expected = run->expected,
		.got = run->got,
		.walk = run->walk,
	};
}
