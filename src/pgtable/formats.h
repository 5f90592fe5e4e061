/* SPDX-License-Identifier: MIT */
/*
 * The list of page-table formats: X(ID, header in fmt/ without .h). It makes the enum, the table of formats, and the
 * common tests of each format.
 */
#ifndef IOSIM_PGTABLE_FORMATS_H
#define IOSIM_PGTABLE_FORMATS_H

#define PT_FORMAT_LIST(X) X(VTDSS, vtdss) X(VTDFS, vtdfs) X(ARMV8S1, armv8s1) X(ARMV8S2, armv8s2)

#define PT_FORMAT_ENUM(id, name) PT_FORMAT_##id,
enum pt_format_id { PT_FORMAT_LIST(PT_FORMAT_ENUM) PT_FORMATS };

#endif
