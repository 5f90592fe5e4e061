/* SPDX-License-Identifier: MIT */
#include "sim/argument.h"

#include <ioasid-sim/error.h>
#include <ioasid-sim/names.h>

#include "uapi/rules.h"

bool argument_unknown(GError **error, const char *what, const char *name, const char *const *names)
{
	const char *near = iosim_nearest_name(name, names);

	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "unknown %s '%s'%s%s%s", what, name,
		    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return false;
}

bool argument_setting(const char *text, struct setting *out, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(text, "=", 2);
	int row, value;

	if (!parts[0] || !parts[1]) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "expected KNOB=VALUE, found '%s'", text);
		return false;
	}
	row = knob_by_name(parts[0]);
	if (row < 0) {
		const char *names[KNOBS * 2 + 1] = {NULL};

		for (unsigned i = 0; i < knob_row_count() && i < KNOBS * 2; i++)
			names[i] = knob_rows[i].name;
		return argument_unknown(error, "knob", parts[0], names);
	}
	value = knob_value_by_name((unsigned)row, parts[1]);
	if (value < 0) {
		g_autofree char *what = g_strdup_printf("value of %s", parts[0]);
		return argument_unknown(error, what, parts[1], knob_rows[row].values);
	}
	*out = (struct setting){.knob = (uint16_t)row, .value = (uint16_t)value};
	return true;
}
