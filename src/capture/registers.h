/* SPDX-License-Identifier: MIT */
/* registers.json: which IOMMU it is, where its register page lies, and what stood there. */
#ifndef IOSIM_CAPTURE_REGISTERS_H
#define IOSIM_CAPTURE_REGISTERS_H

#include "capture/capture.h"

/* Fills in the capture's iommu, registers_pa and registers. */
bool capture_load_registers(struct capture *capture, const char *path, GError **error);

#endif
