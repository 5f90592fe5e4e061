/* SPDX-License-Identifier: MIT */
#include "uapi/iommufd_range.h"

#include "uapi/space.h"

#include <errno.h>

bool iommufd_takes_areas(const struct uapi *uapi, uint16_t owner, space_handle space)
{
	const struct space *row = space_get(uapi, owner, space);
	return row && row->kind == OBJECT_SPACE && !(row->flags & SPACE_NESTED);
}

int iommufd_check_place(const struct uapi *uapi, space_handle space, uint64_t iova, uint64_t bytes)
{
	uint64_t mask = space_alignment(uapi, space) - 1, first, last, end;
	if (!bytes || bytes & mask || iova & mask)
		return -EINVAL;
	if (iova + (bytes - 1) < iova)
		return -EOVERFLOW;
	space_bounds(uapi, space, &first, &last);
	if (iova < first || iova + (bytes - 1) > last || space_reserved(uapi, space, iova, iova + (bytes - 1), &end))
		return -EINVAL;
	return areas_overlap(&uapi->areas, space_set(space), iova, iova + (bytes - 1)) ? -EEXIST : 0;
}

uint64_t uapi_unmap_stopped(const struct uapi *uapi, space_handle space, uint64_t first, uint64_t last,
			    uint64_t unmapped)
{
	const struct area *area = unmapped ? areas_overlap(&uapi->areas, space_set(space), first, last) : NULL;
	return area ? area->iova : 0;
}

/* --- what may be picked --- */

/* A range takes the place of what was allowed before; no range allows everything again. */
int iommufd_allow(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes)
{
	uint64_t wanted = bytes ? iova + (bytes - 1) : 0, first, last, end;
	if (!iommufd_takes_areas(uapi, owner, space))
		return -ENOENT;
	if (bytes && wanted <= iova) /* the kernel takes no range of a single byte either */
		return -EINVAL;
	space_bounds(uapi, space, &first, &last);
	if (bytes && (iova < first || wanted > last || space_reserved(uapi, space, iova, wanted, &end)))
		return -EADDRINUSE;
	space_of(uapi, space)->allowed_first = bytes ? iova : 0;
	space_of(uapi, space)->allowed_last = wanted;
	space_hint_reset(uapi, space);
	return 0;
}

/* --- what there is --- */

/* The address cannot be mapped; *end: nor can any up to there. */
static bool is_closed(const struct uapi *uapi, space_handle space, uint64_t at, uint64_t *end)
{
	uint64_t first, last;
	space_bounds(uapi, space, &first, &last);
	if (at < first || at > last) {
		*end = at < first ? first - 1 : UINT64_MAX;
		return true;
	}
	return space_reserved(uapi, space, at, at, end);
}

/* The last address up to which all can be mapped from `at` on, which can. */
static uint64_t open_until(const struct uapi *uapi, space_handle space, uint64_t at)
{
	uint64_t first, last, end, good = at;
	space_bounds(uapi, space, &first, &last);
	if (!space_reserved(uapi, space, at, last, &end))
		return last;
	for (uint64_t bad = last; bad - good > 1;) {
		uint64_t middle = good + (bad - good) / 2;
		if (space_reserved(uapi, space, at, middle, &end))
			bad = middle;
		else
			good = middle;
	}
	return good;
}

/* As many as there is room for are filled in, and all are counted. */
int iommufd_ranges(struct uapi *uapi, uint16_t owner, space_handle space, struct uapi_ranges *out)
{
	uint64_t at = 0, end = 0;
	if (!iommufd_takes_areas(uapi, owner, space))
		return -ENOENT;
	out->count = 0;
	out->alignment = space_alignment(uapi, space);
	for (bool more = true; more; at = end + 1, more = end != UINT64_MAX) {
		if (is_closed(uapi, space, at, &end))
			continue;
		end = open_until(uapi, space, at);
		if (out->count < out->room && out->count < UAPI_MAX_RANGES) {
			out->first[out->count] = at;
			out->last[out->count] = end;
		}
		out->count++;
	}
	return out->count > out->room ? -EMSGSIZE : 0;
}

/* --- copies --- */

/* The areas of [first, last] without a gap: -ENOENT; none read-only if the copy is to be writable: -EPERM. */
static int check_source(const struct uapi *uapi, space_handle from, uint64_t first, uint64_t last, unsigned permissions)
{
	const struct area *area;
	uint64_t next = first;
	bool read_only = false;
	for (uint32_t at = areas_seek(&uapi->areas, space_set(from), first);
	     (area = areas_at(&uapi->areas, space_set(from), at)) && area->iova <= next; at++) {
		read_only |= !(area->flags & AREA_WRITABLE);
		if (area_last(area) >= last)
			return read_only && permissions & UAPI_WRITE ? -EPERM : 0;
		next = area_last(area) + 1;
	}
	return -ENOENT;
}

/* The part of `source` within [first, last], at the same distance in the copy. */
static struct area slice(const struct area *source, uint64_t first, uint64_t last, uint64_t to, unsigned permissions)
{
	uint64_t start = source->iova > first ? source->iova : first;
	uint64_t end = area_last(source) < last ? area_last(source) : last;
	struct area area = *source;
	area.iova = to + (start - first);
	area.bytes = end - start + 1;
	area.offset += start - source->iova;
	area.permissions = (uint8_t)permissions;
	area.flags &= AREA_WRITABLE | AREA_REVOKED | AREA_OF_FILE;
	return area;
}

static int copy_areas(struct uapi *uapi, space_handle to, uint64_t to_iova, space_handle from, uint64_t first,
		      uint64_t last, unsigned permissions)
{
	uint64_t at = first, mask = space_alignment(uapi, to) - 1;
	int error = 0;
	while (!error && at <= last) {
		const struct area *source = areas_overlap(&uapi->areas, space_set(from), at, at);
		struct area area = slice(source, first, last, to_iova, permissions);
		uint64_t end = area_last(source);
		/* Every piece has to begin on a page of the table. */
		error = (area.offset | area.iova | area.bytes) & mask ? -EINVAL : space_map(uapi, to, &area);
		if (error || end >= last)
			break;
		at = end + 1;
	}
	uint64_t taken_back;
	if (error && at > first)
		space_unmap(uapi, to, to_iova, to_iova + (at - first) - 1, &taken_back);
	return error;
}

int iommufd_copy(struct uapi *uapi, uint16_t owner, space_handle to, uint64_t to_iova, space_handle from,
		 uint64_t from_iova, uint64_t bytes, unsigned permissions)
{
	if (bytes == UINT64_MAX || from_iova == UINT64_MAX || to_iova == UINT64_MAX)
		return -EOVERFLOW;
	if (!permissions)
		return -EINVAL;
	if (!iommufd_takes_areas(uapi, owner, from))
		return -ENOENT;
	if (!bytes)
		return -EINVAL;
	if (from_iova + (bytes - 1) < from_iova)
		return -EOVERFLOW;
	int error = check_source(uapi, from, from_iova, from_iova + (bytes - 1), permissions);
	if (error == -ENOENT || !iommufd_takes_areas(uapi, owner, to))
		return -ENOENT;
	int place = iommufd_check_place(uapi, to, to_iova, bytes);
	if (place || error)
		return place ? place : error;
	return copy_areas(uapi, to, to_iova, from, from_iova, from_iova + (bytes - 1), permissions);
}

/* --- files --- */

/* The file's pages themselves, whoever has it mapped: the owner need not (Linux 6.13: here from 6.15 on). */
int iommufd_map_file(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, struct uapi_target target,
		     uint64_t bytes, unsigned permissions)
{
	struct area area = space_area(iova, target, bytes, permissions);
	uint64_t whole = target.kind == UAPI_MEMORY ? uapi->machine->memories[target.index].bytes
						    : uapi->machine->bars[target.index].bytes;
	if (!uapi_kernel_is(uapi, KERNEL_6_15))
		return -ENOTTY;
	if (iova == UINT64_MAX || bytes == UINT64_MAX)
		return -EOVERFLOW;
	if (!permissions)
		return -EINVAL;
	if (!iommufd_takes_areas(uapi, owner, space))
		return -ENOENT;
	if (!bytes || target.offset > whole || bytes > whole - target.offset)
		return -EINVAL;
	int error = iommufd_check_place(uapi, space, iova, bytes);
	if (!error && target.offset & (space_alignment(uapi, space) - 1))
		error = -EINVAL;
	area.flags |= AREA_OF_FILE;
	return error ? error : space_map(uapi, space, &area);
}
