/* SPDX-License-Identifier: MIT */
#include "scenario/program.h"
#include "scenario/word.h"

#include <errno.h>
#include <string.h>

/* The names that front ends answer with, and their neighbours, so that a misspelt one finds its way. */
#define ERRNO_ROWS(X)                                                                                              \
	X(EPERM)                                                                                                   \
	X(ENOENT)                                                                                                  \
	X(EIO)                                                                                                     \
	X(ENXIO)                                                                                                   \
	X(E2BIG)                                                                                                   \
	X(EBADF)                                                                                                   \
	X(EAGAIN)                                                                                                  \
	X(ENOMEM)                                                                                                  \
	X(EACCES)                                                                                                  \
	X(EFAULT) X(EBUSY) X(EEXIST) X(EXDEV) X(ENODEV) X(EINVAL) X(ENFILE) X(EMFILE) X(ENOTTY) X(EFBIG) X(ENOSPC) \
		X(ERANGE) X(EDEADLK) X(ENOSYS) X(EOVERFLOW) X(EOPNOTSUPP) X(EADDRINUSE) X(ETIMEDOUT) X(EALREADY)   \
			X(ECANCELED)

#define ERRNO_ROW(name) {#name, name},
static const struct {
	const char *name;
	int error;
} errno_rows[] = {ERRNO_ROWS(ERRNO_ROW)};

const char *errno_name(int error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(errno_rows); i++)
		if (errno_rows[i].error == error)
			return errno_rows[i].name;
	return NULL;
}

int errno_by_name(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(errno_rows); i++)
		if (strcmp(errno_rows[i].name, name) == 0)
			return errno_rows[i].error;
	return 0;
}

const char *const *errno_names(void)
{
	static const char *names[G_N_ELEMENTS(errno_rows) + 1];

	for (size_t i = 0; i < G_N_ELEMENTS(errno_rows); i++)
		names[i] = errno_rows[i].name;
	return names;
}
