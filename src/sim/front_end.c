/* SPDX-License-Identifier: MIT */
/* Front ends that are not built in: checked, and from then on policies like the others. */
#include <ioasid-sim/replay.h>

#include "scenario/program.h"
#include "sim/argument.h"
#include "sim/tables.h"
#include "uapi/plugin.h"
#include "uapi/rules.h"

#include <dlfcn.h>
#include <string.h>

#define NAME_MAX_BYTES 31

/* What was added, so that adding it again is no error. */
static const iosim_front_end *added[PLUGINS_MAX];
static unsigned added_count;

static bool refuse(GError **error, const char *who, const char *format, ...) G_GNUC_PRINTF(3, 4);

static bool refuse(GError **error, const char *who, const char *format, ...)
{
	g_autofree char *what = NULL;
	va_list arguments;

	va_start(arguments, format);
	what = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: %s", who, what);
	return false;
}

/* --- is it one --- */

/* Built against a later header: it answers calls that nobody here would make. */
static bool answers_more(const iosim_front_end *front_end)
{
	const uint8_t *bytes = (const uint8_t *)front_end;

	for (uint32_t i = sizeof(*front_end); i < front_end->bytes; i++)
		if (bytes[i])
			return true;
	return false;
}

/* `abi` and `bytes` are where they are in every version. */
static bool check_version(const iosim_front_end *front_end, const char *who, GError **error)
{
	if (front_end->abi != IOSIM_FRONT_END_ABI)
		return refuse(error, who, "it was built for version %u of <ioasid-sim/front_end.h>, this is version %u",
			      front_end->abi, IOSIM_FRONT_END_ABI);
	if (front_end->bytes < offsetof(iosim_front_end, take))
		return refuse(error, who, "its front end has %u bytes: IOSIM_FRONT_END_VERSION says how many",
			      front_end->bytes);
	if (answers_more(front_end))
		return refuse(error, who,
			      "it answers calls that this <ioasid-sim/front_end.h> does not have: its front end has "
			      "%u bytes, this one %zu",
			      front_end->bytes, sizeof(*front_end));
	return true;
}

static bool is_name(const char *name)
{
	return name && *name && strlen(name) <= NAME_MAX_BYTES &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

static bool check_content(const iosim_front_end *front_end, const char *who, GError **error)
{
	const uint32_t states[] = {front_end->device_state_bytes, front_end->space_state_bytes,
				   front_end->owner_state_bytes};

	if (!is_name(front_end->name))
		return refuse(error, who, "a name has a-z, 0-9 and '-', at most %d; its is '%s'", NAME_MAX_BYTES,
			      front_end->name ? front_end->name : "");
	if (policy_by_name(front_end->name) >= 0)
		return refuse(error, who, "there is a policy '%s' already", front_end->name);
	if (!front_end->summary || !*front_end->summary)
		return refuse(error, who, "'%s' has no summary", front_end->name);
	if (!front_end->base)
		return refuse(error, who, "'%s' has no base", front_end->name);
	for (unsigned i = 0; i < G_N_ELEMENTS(states); i++)
		if (states[i] > IOSIM_STATE_BYTES_MAX)
			return refuse(error, who, "%u bytes of state, at most %d are had", states[i],
				      IOSIM_STATE_BYTES_MAX);
	return true;
}

/* --- what it builds on --- */

static bool find_base(const iosim_front_end *front_end, unsigned *base, GError **error)
{
	int found = policy_by_name(front_end->base);

	if (found < 0)
		return argument_unknown(error, "base policy", front_end->base, sim_tables()->policies);
	if (policy_base((unsigned)found) != (unsigned)found)
		return refuse(error, front_end->name, "its base '%s' is a plug-in too", front_end->base);
	*base = (unsigned)found;
	return true;
}

static bool apply_setting(const char *text, const char *who, struct rules *rules, GError **error)
{
	struct setting setting;

	if (!argument_setting(text, &setting, error))
		return false;
	if (setting.knob == KNOB_USER_API)
		return refuse(error, who, "'%s': the plug-in is the user API", text);
	rules_set(rules, setting.knob, setting.value);
	return true;
}

/* Everything that can be refused is, before anything is added. */
static bool make_rules(const iosim_front_end *front_end, unsigned *base, struct rules *rules, GError **error)
{
	if (!find_base(front_end, base, error))
		return false;
	rules_of_policy(*base, rules);
	for (unsigned i = 0; front_end->settings && front_end->settings[i]; i++)
		if (!apply_setting(front_end->settings[i], front_end->name, rules, error))
			return false;
	return true;
}

/* --- adding --- */

static bool is_added(const iosim_front_end *front_end)
{
	for (unsigned i = 0; i < added_count; i++)
		if (added[i] == front_end)
			return true;
	return false;
}

static bool add(const iosim_front_end *front_end, const char *who, GError **error)
{
	struct rules rules;
	unsigned base = 0, number;

	if (is_added(front_end))
		return true;
	if (!check_version(front_end, who, error) || !check_content(front_end, who, error) ||
	    !make_rules(front_end, &base, &rules, error))
		return false;
	if (added_count == PLUGINS_MAX || policy_count() == POLICIES_MAX)
		return refuse(error, who, "there are %u front ends already", added_count);
	number = plugin_add(front_end, rules.value[KNOB_USER_API]);
	rules.plugin = (uint8_t)number;
	policy_add(front_end->name, front_end->summary, base, &rules);
	added[added_count++] = front_end;
	sim_tables_refresh();
	return true;
}

gboolean iosim_front_end_add(const iosim_front_end *front_end, GError **error)
{
	return add(front_end, "front end", error);
}

const char *iosim_front_end_load(const char *path, GError **error)
{
	/* A name without a folder is a file here, not one of the system's libraries. */
	g_autofree char *whole = g_canonicalize_filename(path, NULL);
	const iosim_front_end *front_end;
	void *object;

	if (!g_file_test(whole, G_FILE_TEST_IS_REGULAR)) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_READ, "%s: there is no such file", path);
		return NULL;
	}
	object = dlopen(whole, RTLD_NOW | RTLD_LOCAL);
	if (!object) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_READ, "%s: it cannot be loaded: %s", path, dlerror());
		return NULL;
	}
	front_end = dlsym(object, IOSIM_FRONT_END_SYMBOL);
	if (!front_end) {
		refuse(error, path, "it is no front end: it has no symbol '%s'", IOSIM_FRONT_END_SYMBOL);
		dlclose(object);
		return NULL;
	}
	if (!add(front_end, path, error)) {
		dlclose(object);
		return NULL;
	}
	return front_end->name; /* the object stays */
}
