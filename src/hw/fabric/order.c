/* SPDX-License-Identifier: MIT */
#include "hw/fabric/order.h"

/*
 * Rows: the later transaction; columns: the earlier one. Where a cell depends on attributes, `strict` holds without
 * them and `relaxed` with them. Two completions of one read never change places: handled apart (entry D5).
 */
static const struct {
	enum passing strict[4], relaxed[4];
} table[4] = {
	/* posted:                 posted        read           write          completion */
	[TRAFFIC_POSTED] = {{PASSING_NO, PASSING_MUST, PASSING_MUST, PASSING_MAY},
			    {PASSING_MAY, PASSING_MUST, PASSING_MUST, PASSING_MAY}},
	[TRAFFIC_READ] = {{PASSING_NO, PASSING_MAY, PASSING_MAY, PASSING_MAY},
			  {PASSING_MAY, PASSING_MAY, PASSING_MAY, PASSING_MAY}},
	[TRAFFIC_NONPOSTED_WRITE] = {{PASSING_NO, PASSING_MAY, PASSING_MAY, PASSING_MAY},
				     {PASSING_MAY, PASSING_MAY, PASSING_MAY, PASSING_MAY}},
	[TRAFFIC_COMPLETION] = {{PASSING_NO, PASSING_MUST, PASSING_MUST, PASSING_MAY},
				{PASSING_MAY, PASSING_MUST, PASSING_MUST, PASSING_MAY}},
};

enum passing traffic_may_pass(enum traffic later, enum traffic earlier, bool relaxed, bool same_request)
{
	if (later == TRAFFIC_COMPLETION && earlier == TRAFFIC_COMPLETION && same_request)
		return PASSING_NO;
	return relaxed ? table[later].relaxed[earlier] : table[later].strict[earlier];
}
