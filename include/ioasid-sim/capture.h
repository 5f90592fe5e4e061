/* SPDX-License-Identifier: MIT */
/*
 * The memory and the registers of an IOMMU as somebody else's system left them. Files may be hostile. A capture is
 * read-only and serves any number of engines.
 */
#ifndef IOASID_SIM_CAPTURE_H
#define IOASID_SIM_CAPTURE_H

#include <ioasid-sim/api.h>
#include <ioasid-sim/error.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct iosim_capture iosim_capture;

/**
 * iosim_capture_open:
 * @folder: holds pages.json and pages.bin (or pages.bin.zst) and registers.json
 * @error: IOSIM_ERROR_READ, IOSIM_ERROR_SYNTAX, IOSIM_ERROR_MEANING; the message names the file and the line or the key
 *
 * Returns: (transfer full): the capture, or NULL.
 */
IOSIM_API iosim_capture *iosim_capture_open(const char *folder, GError **error);

/**
 * iosim_capture_open_memory:
 * @memory: an ELF core (PT_LOAD segments at their physical addresses), or an image of physical memory
 * @raw: take it for an image even if it begins as an ELF file does
 * @base: physical address of an image's first byte, a multiple of 4096
 * @registers: as a capture folder's registers.json
 *
 * As iosim_capture_open(), from two files.
 */
IOSIM_API iosim_capture *iosim_capture_open_memory(const char *memory, gboolean raw, guint64 base,
						   const char *registers, GError **error);
IOSIM_API void iosim_capture_free(iosim_capture *capture);
/** iosim_capture_iommu: which kind of IOMMU it says that it is of: "vtd", ... */
IOSIM_API const char *iosim_capture_iommu(const iosim_capture *capture);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(iosim_capture, iosim_capture_free)

G_END_DECLS

#endif
