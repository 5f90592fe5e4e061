/* SPDX-License-Identifier: MIT */
#include "scenario/program.h"
#include "scenario/word.h"

#include <errno.h>
#include <string.h>

/* The names that front ends answer with, and their neighbours, so that a misspelt one finds its way. */
#define ROW(name)           \
	{                   \
#name, name \
	}
static const struct {
	const char *name;
	int error;
} errno_rows[] = {
	ROW(EPERM),     ROW(ENOENT), ROW(EIO),       ROW(ENXIO),      ROW(E2BIG),      ROW(EBADF),     ROW(EAGAIN),
	ROW(ENOMEM),    ROW(EACCES), ROW(EFAULT),    ROW(EBUSY),      ROW(EEXIST),     ROW(EXDEV),     ROW(ENODEV),
	ROW(EINVAL),    ROW(ENFILE), ROW(EMFILE),    ROW(ENOTTY),     ROW(EFBIG),      ROW(ENOSPC),    ROW(ERANGE),
	ROW(EDEADLK),   ROW(ENOSYS), ROW(EOVERFLOW), ROW(EOPNOTSUPP), ROW(EADDRINUSE), ROW(ETIMEDOUT), ROW(EALREADY),
	ROW(ECANCELED), ROW(EPROTO), ROW(EMSGSIZE),
};

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
