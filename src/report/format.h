/* SPDX-License-Identifier: MIT */
/* The writers behind report_format(), one a format, and what they share. */
#ifndef IOSIM_REPORT_FORMAT_H
#define IOSIM_REPORT_FORMAT_H

#include "report/result.h"

char *report_json(const struct result_list *list);
char *report_tap(const struct result_list *list);
char *report_junit(const struct result_list *list);
char *report_text(const struct result_list *list, const struct report_options *options);

/* "vfio-type1 case=acs iommu=vtd group_check_point=none": what makes a run of a scenario its own. The caller frees. */
char *report_run_name(const struct result_row *row);

#endif
