/* SPDX-License-Identifier: MIT */
/* The header of each row of pgtable/formats.h, for the table of formats and its tests. Others include the one they
 * know. */
#ifndef IOSIM_PGTABLE_FMT_ALL_H
#define IOSIM_PGTABLE_FMT_ALL_H

#include "pgtable/fmt/armv8s1.h"
#include "pgtable/fmt/armv8s2.h"
#include "pgtable/fmt/vtdfs.h"
#include "pgtable/fmt/vtdss.h"

#endif
