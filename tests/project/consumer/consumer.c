/* SPDX-License-Identifier: MIT */
/* The least that a user of the library writes: built against an installed copy and as a Meson subproject. */
#include <ioasid-sim/ioasid-sim.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
	const char *const names[] = {"replay", "walk", NULL};
	const char *nearest = iosim_nearest_name("wlak", names);

	if (strcmp(iosim_version(), IOSIM_VERSION) != 0 || !nearest || strcmp(nearest, "walk") != 0)
		return 1;
	printf("ioasid-sim %s\n", iosim_version());
	return 0;
}
