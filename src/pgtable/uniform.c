/* SPDX-License-Identifier: MIT */
#include "pgtable/pt.h"

#include "pgtable/cursor.h"

#include <errno.h>

static bool fill(const struct pt *pt, const struct pt_ops *ops, unsigned level, uint64_t table, uint64_t entry)
{
	for (uint64_t at = 0; at >> pt_table_lg2(pt, level) == 0; at += 8)
		if (!ops->store64(ops->context, table + at, entry))
			return false;
	return true;
}

int pt_init_uniform(struct pt *pt, const struct pt_ops *ops, const struct pt_config *config, uint64_t pa,
		    unsigned attributes)
{
	int error = pt_init(pt, ops, config);
	if (error)
		return error;
	const struct pt_format *format = pt_format_of(pt->format);
	bool fits = pt->page_sizes >> pt->granule_lg2 & 1 && (pa & pt_mask(pt->granule_lg2)) == 0 &&
		    pa <= pt_mask(pt->output_lg2) && format->can_express(pt, attributes);
	uint64_t table = pt->root;
	error = fits ? 0 : -EINVAL;
	/* From the root on, so that pt_destroy() finds its way in what an error leaves. */
	for (unsigned level = pt->levels; level > 1 && !error; level--) {
		uint64_t below = pt_table_take(pt, ops);
		if (below == 0)
			error = -ENOMEM;
		else if (!fill(pt, ops, level, table, format->make_table(pt, level, below))) {
			if (ops->load64(ops->context, table) == 0)
				pt_table_retire(pt, ops, below);
			error = -ENOMEM;
		}
		table = below;
	}
	if (!error && !fill(pt, ops, 1, table, format->make_leaf(pt, 1, pa, attributes)))
		error = -ENOMEM;
	if (error)
		pt_destroy(pt, ops);
	return error;
}
