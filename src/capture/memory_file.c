/* SPDX-License-Identifier: MIT */
#include "capture/memory_file.h"

#include <ioasid-sim/error.h>

#include <gelf.h>
#include <libelf.h>
#include <string.h>

GBytes *capture_map_file(struct capture *capture, const char *path, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, &why);
	GBytes *bytes;

	if (!file) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_READ, "%s: %s", path, why->message);
		return NULL;
	}
	bytes = g_mapped_file_get_bytes(file);
	g_ptr_array_add(capture->backing, bytes);
	return bytes;
}

bool capture_is_elf(GBytes *file)
{
	return g_bytes_get_size(file) >= EI_NIDENT && memcmp(g_bytes_get_data(file, NULL), ELFMAG, SELFMAG) == 0;
}

static bool refuse(const char *path, const char *what, GError **error)
{
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX, "%s: %s", path, what);
	return false;
}

bool capture_add_image(struct capture *capture, const char *path, GBytes *file, uint64_t base, GError **error)
{
	gsize bytes;
	const uint8_t *data = g_bytes_get_data(file, &bytes);

	if (bytes == 0)
		return refuse(path, "the file is empty", error);
	if (base % CAPTURE_PAGE_BYTES != 0)
		return refuse(path, "the base of a memory image is not a multiple of 4096", error);
	if (base > CAPTURE_MAX_PA || bytes - 1 > CAPTURE_MAX_PA - base)
		return refuse(path, "the memory image reaches beyond 52 bits of address", error);

	struct capture_range range = {.first = base, .bytes = bytes, .data = data, .data_bytes = bytes};

	g_array_append_val(capture->ranges, range);
	return true;
}

static bool add_segment(struct capture *capture, const char *path, GBytes *file, size_t index, const GElf_Phdr *segment,
			GError **error)
{
	gsize size;
	const uint8_t *data = g_bytes_get_data(file, &size);

	if (segment->p_type != PT_LOAD || segment->p_memsz == 0)
		return true;
	if (segment->p_offset > size || segment->p_filesz > size - segment->p_offset ||
	    segment->p_filesz > segment->p_memsz || segment->p_paddr > CAPTURE_MAX_PA ||
	    segment->p_memsz - 1 > CAPTURE_MAX_PA - segment->p_paddr) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING,
			    "%s: segment %zu: expected it within the file and within 52 bits of address, found offset "
			    "0x%" G_GINT64_MODIFIER "x, file size 0x%" G_GINT64_MODIFIER
			    "x, physical address 0x%" G_GINT64_MODIFIER "x, memory size 0x%" G_GINT64_MODIFIER "x",
			    path, index, segment->p_offset, segment->p_filesz, segment->p_paddr, segment->p_memsz);
		return false;
	}

	struct capture_range range = {.first = segment->p_paddr,
				      .bytes = segment->p_memsz,
				      .data = data + segment->p_offset,
				      .data_bytes = segment->p_filesz};

	g_array_append_val(capture->ranges, range);
	return true;
}

static bool add_segments(struct capture *capture, const char *path, GBytes *file, Elf *elf, GError **error)
{
	GElf_Ehdr header;
	GElf_Phdr segment;
	size_t count;

	if (!gelf_getehdr(elf, &header) || elf_getphdrnum(elf, &count) != 0)
		return refuse(path, elf_errmsg(-1), error);
	if (header.e_type != ET_CORE || header.e_ident[EI_DATA] != ELFDATA2LSB)
		return refuse(path, "expected a little-endian ELF core", error);
	if (count > CAPTURE_MAX_SEGMENTS)
		return refuse(path, "more than 4096 segments", error);
	for (size_t i = 0; i < count; i++) {
		if (!gelf_getphdr(elf, (int)i, &segment))
			return refuse(path, elf_errmsg(-1), error);
		if (!add_segment(capture, path, file, i, &segment, error))
			return false;
	}
	return capture->ranges->len > 0 || refuse(path, "the ELF core has no PT_LOAD segment", error);
}

bool capture_add_elf(struct capture *capture, const char *path, GBytes *file, GError **error)
{
	gsize size;
	const void *data = g_bytes_get_data(file, &size);
	Elf *elf;
	bool added;

	elf_version(EV_CURRENT);
	/* libelf only reads from a memory image as long as nothing is updated. */
	elf = elf_memory((char *)data, size);
	if (!elf || elf_kind(elf) != ELF_K_ELF) {
		if (elf)
			elf_end(elf);
		return refuse(path, "not a readable ELF file", error);
	}
	added = add_segments(capture, path, file, elf, error);
	elf_end(elf);
	return added;
}
